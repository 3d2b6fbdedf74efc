import pytest

from nnsc.models import SiteText
from nnsc.texts import TEXTS, make_texts

pytestmark = pytest.mark.django_db


def test_every_text_can_be_edited_from_the_start():
    assert set(SiteText.objects.values_list("key", flat=True)) == set(TEXTS)


def test_an_edited_text_is_what_readers_see(client):
    SiteText.objects.filter(key="mission").update(text="Fewer funerals <now>.")

    assert "Fewer funerals &lt;now&gt;." in client.get("/").content.decode()


def test_a_later_migrate_leaves_an_edited_text_alone():
    SiteText.objects.filter(key="mission").update(text="Fewer funerals.")

    make_texts(using="default")

    assert SiteText.objects.get(key="mission").text == "Fewer funerals."


def test_a_text_without_a_row_reads_as_it_first_did(client):
    SiteText.objects.all().delete()

    assert "minimize arrest and incarceration" in client.get("/").content.decode()
