"""Principles in the admin."""

import pytest

import make
from nnsc.publishing import State
from principles.models import Principle

LIST = "/admin/principles/principle/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.force_login(make.staff("Editor"))
    return client


def test_a_new_principle_comes_last_with_an_address_of_its_title(editor):
    make.principle("First")
    fields = {"title": "Do no harm", "body": "Really.", "state": "published"}

    assert editor.post(LIST + "add/", fields).status_code == 302
    last = Principle.objects.last()
    assert (last.title, last.slug) == ("Do no harm", "do-no-harm")


def test_an_address_that_is_taken_is_refused(editor):
    make.principle("Do no harm")
    fields = {"title": "X", "slug": "do-no-harm", "body": "Y", "state": "draft"}

    response = editor.post(LIST + "add/", fields)
    assert "slug" in response.context["adminform"].form.errors


def test_rows_are_moved_by_buttons(editor):
    first, second = make.principle("A"), make.principle("B")

    editor.post(LIST + "move/", {"down": first.pk})
    assert list(Principle.objects.all()) == [second, first]


def test_a_contributor_writes_and_neither_publishes_nor_orders(client):
    client.force_login(make.staff("Contributor"))
    published = make.principle("Published")
    fields = {"title": "New", "body": "Text", "state": "published"}

    assert client.post(LIST + "add/", fields).status_code == 200
    assert client.post(LIST + "add/", fields | {"state": "ready"}).status_code == 302
    assert Principle.objects.get(title="New").state == State.READY
    address = f"{LIST}{published.pk}/change/"
    assert client.post(address, fields).status_code == 403
    assert client.post(LIST + "move/", {"up": published.pk}).status_code == 403


def test_the_list_takes_as_many_queries_for_thirty_as_for_three(
    editor, django_assert_num_queries, django_assert_max_num_queries
):
    for _ in range(3):
        make.principle()
    with django_assert_max_num_queries(10) as captured:
        editor.get(LIST)
    for _ in range(27):
        make.principle()
    with django_assert_num_queries(len(captured)):
        editor.get(LIST)
