"""Each missing piece alone keeps a figure from the public, on every way there."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

import make
from impact.models import Metric
from nnsc.publishing import State
from reading import main, untouched
from sending import in_bulk as send_in_bulk

pytestmark = pytest.mark.django_db

LIST = "/admin/impact/metric/"
# The piece, what lacks it, and the field of the form beside which it is asked for.
MISSING = {
    "value": ({"value_low": None, "value_high": None}, "value_low"),
    "years": ({"year_from": None, "year_to": None}, "year_from"),
    "city or program": ({"city": None, "program": None}, "city"),
    "design": ({"design": ""}, "design"),
    "citation": ({"citation": None}, "citation"),
    "interval": ({"interval_not_reported": False}, "interval_not_reported"),
    "verification": ({"verification": "unverified"}, "verification"),
}


def in_form(client, metric, name):
    address = f"{LIST}{metric.pk}/change/"
    fields = untouched(client.get(address)) | {"state": "published"}
    response = client.post(address, fields)
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [name]
    checked = client.post(address.replace("change/", "check/"), fields).json()
    assert checked["summary"].startswith("1 thing is still needed.")


def in_bulk(client, metric, name):
    chosen = {"action": "publish", "_selected_action": [metric.pk]}
    page = client.post(LIST, chosen, follow=True)
    sentence = str(metric.missing_for_publishing()[name])
    assert sentence in main(page)
    assert "0 metrics will change" in main(page)


def in_the_shell(client, metric, name):
    metric.state = State.PUBLISHED
    with pytest.raises(ValidationError) as error:
        metric.full_clean()
    assert list(error.value.message_dict) == [name]


def in_the_database(client, metric, name):
    metric.state = State.PUBLISHED
    with pytest.raises(IntegrityError), transaction.atomic():
        metric.save()
    published = {"state": State.PUBLISHED, "goes_live_at": metric.created_at}
    with pytest.raises(IntegrityError), transaction.atomic():
        Metric.objects.filter(pk=metric.pk).update(**published)


@pytest.mark.parametrize("way", [in_form, in_bulk, in_the_shell, in_the_database])
@pytest.mark.parametrize("piece", MISSING)
def test_without_it_no_figure_is_published(client, piece, way):
    lacking, name = MISSING[piece]
    client.force_login(make.staff("Editor"))
    metric = make.metric(state=State.DRAFT, **lacking)

    way(client, Metric.objects.get(pk=metric.pk), name)

    assert not Metric.objects.live().exists()


def test_with_all_of_them_it_is(client):
    client.force_login(make.staff("Editor"))
    metric = make.metric(state=State.DRAFT)

    send_in_bulk(client, LIST, "publish", [metric.pk])

    assert Metric.objects.live().exists()
