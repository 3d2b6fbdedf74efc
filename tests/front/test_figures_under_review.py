"""The figures that nobody has confirmed: no reader meets a number of theirs."""

import io
import re
import zipfile

import pytest

import make
from impact.models import Citation, Correction, Metric
from nnsc.front.loading import load_content

pytestmark = pytest.mark.django_db

# By itself: stamps and names of files may have such digits within.
NUMBER = re.compile(r"(?<![\w.])7,?171(?!\w)|secret", re.IGNORECASE)
FORMS = ["csv", "json", "zip", "bib", "ris", "txt"]


@pytest.fixture(scope="module")
def under_review(database_of_module):
    """Give the figures under review, of the first content, drafts full of numbers."""
    load_content()
    Citation.objects.filter(metrics__value_low=None).update(title="Secret 7171 study")
    text = "secret: 7171.7% fewer"
    metrics = Metric.objects.under_review()
    assert metrics.count() == 4
    metrics.update(
        unit="count",
        value_low="7171.7",
        value_high="7171.7",
        interval_low="7171",
        interval_high="7171.7",
        outcome=text,
        scope=text,
        comparison=text,
        design_details=text,
        years_note=text,
        caveats=text,
        other_readings=text,
        verified_where=text,
        staff_note=text,
        year_from=None,
        year_to=None,
    )
    for metric in metrics:
        make.rating(metric, body="Secret", rating=text)
    return list(metrics.for_cards())


def addresses(metrics):
    yield from ["/", "/impact/", "/impact/methods/", "/cities/", "/programs/", "/data/"]
    yield from [f"/impact.{form}" for form in FORMS]
    yield from ["/corrections/", "/corrections/feed.atom", "/corrections/feed.json"]
    yield from ["/api/v1/metrics", "/sitemap-pages-1.xml", "/impact/?design=other"]
    yield from ["/search/?q=reduction", "/search/?q=group+member+homicide"]
    for metric in metrics:
        yield metric.get_absolute_url()
        yield metric.city.get_absolute_url()
        yield metric.program.get_absolute_url()
        yield f"/embed/impact/{metric.pk}/"
        yield f"/oembed/?url=http://localhost:8000{metric.get_absolute_url()}"
        yield f"/api/v1/metrics/{metric.pk}"
        yield from (f"/impact/{metric.pk}.{form}" for form in FORMS)
        yield from (f"/impact/{metric.pk}.json?version={n}" for n in (0, 1, 2))
        for form in ["csv", "json"]:
            yield f"/impact.{form}?city={metric.city.slug}"


def test_no_number_of_theirs_becomes_a_version(client, under_review):
    for metric in under_review:
        metric.value_low = metric.value_high = "7171.8"
        metric.save()
        metric.correction_note = "7171"
        metric.save()
    assert not Correction.objects.exists()
    for address in addresses(under_review):
        assert not NUMBER.search(contents(client.get(address))), address


def contents(response):
    """Return what was sent; of an archive, what it holds."""
    body = response.getvalue()
    if response["Content-Type"] != "application/zip":
        return body.decode()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def test_no_reader_meets_a_number_that_is_under_review(client, under_review):
    n_named = 0
    for address in addresses(under_review):
        said = contents(client.get(address))
        found = NUMBER.search(said)
        assert not found, f"{address}: {said[found.start() - 80 : found.end() + 80]}"
        n_named += any(metric.headline in said for metric in under_review)
    assert n_named > 20


@pytest.mark.parametrize("typed", ["7171.7", "7171", "secret", "secret study"])
def test_a_number_that_is_under_review_finds_nothing(client, under_review, typed):
    said = contents(client.get("/search/", {"q": typed}))

    assert not [metric for metric in under_review if metric.headline in said]
