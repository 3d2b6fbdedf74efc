"""Figures to take away: one, all, or a choice of them, at addresses that stay."""

import csv
import io
import json
import re
import zipfile

import pytest
import rispy
from pybtex.database import parse_string

import make
from impact.archive import COLUMNS
from impact.models import Metric
from impact.tables import METRIC
from nnsc.front.loading import load_content
from nnsc.models import SiteText
from nnsc.publishing import State
from reading import main, parse

pytestmark = pytest.mark.django_db

FORMS = ["csv", "json", "zip", "bib", "ris", "txt"]


def body(response):
    assert response.status_code == 200, response.content
    return response.getvalue()


def table(content):
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def metric():
    metric = make.metric(
        city=make.city("Boston", state="MA"),
        outcome="youth homicide",
        caveats="=Weak design.\nToo few incidents.",
        citation=make.citation(authors="Braga, A. A.", title="Problem & {policing}"),
    )
    make.rating(metric, rating="No Effects")
    return metric


def test_a_figure_is_a_table_of_one_row(client, metric):
    response = client.get(f"/impact/{metric.pk}.csv")

    (row,) = table(body(response))
    assert response["Content-Disposition"] == (
        f'attachment; filename="figure-{metric.pk}.csv"'
    )
    assert (row["value_low"], row["interval_low"], row["year_to"]) == ("42", "", "2002")
    assert row["caveats"] == "'=Weak design.; Too few incidents."
    assert row["ratings"] == "CrimeSolutions (NIJ): No Effects"


def test_a_figure_is_json_as_the_api_has_it(client, metric):
    response = client.get(f"/impact/{metric.pk}.json")

    said = json.loads(body(response))
    assert response["Content-Type"] == "application/json"
    assert said["items"] == [client.get(f"/api/v1/metrics/{metric.pk}").json()]
    assert said["title"] == metric.sentence()
    assert said["url"] == f"http://localhost:8000{metric.get_absolute_url()}"
    assert said["license"] == "http://localhost:8000/data/#license"


def test_an_archive_has_the_data_what_it_means_and_how_to_use_it(client, metric):
    files = unzipped(body(client.get(f"/impact/{metric.pk}.zip")))

    folder = f"figure-{metric.pk}"
    assert {name.partition("/")[0] for name in files} == {folder}
    files = {name.partition("/")[2]: content for name, content in files.items()}
    assert files["figures.csv"] == body(client.get(f"/impact/{metric.pk}.csv"))
    assert files["figures.json"] == body(client.get(f"/impact/{metric.pk}.json"))
    assert files["citations.bib"] == body(client.get(f"/impact/{metric.pk}.bib"))
    assert files["citations.ris"] == body(client.get(f"/impact/{metric.pk}.ris"))
    readme = " ".join(files["README.txt"].decode().split())
    for said in [
        "42% reduction in youth homicide, Boston, 1997–2002",
        "The work was associated with a 42% reduction",
        "Caveats: =Weak design. Caveats: Too few incidents.",
        "Independent ratings: CrimeSolutions (NIJ): No Effects",
        "Interval: no interval reported in the sources we read",
        "Please cite: Braga, A. A. (2008). Problem & {policing}.",
        "Creative Commons Attribution 4.0",
        "What is unknown is empty and never 0.",
    ]:
        assert said in readme
    package = json.loads(files["datapackage.json"])
    (resource,) = package["resources"]
    assert resource["path"] == "figures.csv"
    assert [f["name"] for f in resource["schema"]["fields"]] == list(
        table(files["figures.csv"])[0]
    )


def test_every_column_is_explained():
    assert list(COLUMNS) == list(METRIC)


def test_the_license_is_as_staff_word_it(client, metric):
    SiteText.objects.filter(key="license").update(text="Ask us first.")

    files = unzipped(body(client.get("/impact.zip")))

    assert b"Ask us first." in files["impact/README.txt"]
    assert "Ask us first." in main(client.get("/data/"))


def test_the_same_figures_make_the_same_bytes(client, metric, time_machine):
    time_machine.move_to("2997-01-01T12:00:00Z", tick=False)
    first = body(client.get("/impact.zip"))
    time_machine.move_to("2998-07-01T12:00:00Z", tick=False)

    assert body(client.get("/impact.zip")) == first


def test_how_a_figure_is_cited_stands_at_its_addresses(client, metric):
    bib = client.get(f"/impact/{metric.pk}.bib")
    ris = client.get(f"/impact/{metric.pk}.ris")
    txt = client.get(f"/impact/{metric.pk}.txt")

    entries = parse_string(body(bib).decode(), "bibtex").entries
    references = rispy.loads(body(ris).decode())
    assert next(iter(entries.values())).fields["year"] == "2008"
    assert [r["authors"][0] for r in references] == [
        "Braga, A. A.",
        "National Network for Safe Communities",
    ]
    assert body(txt).decode().startswith("Braga, A. A. (2008). Problem & {policing}.")
    types = [answer["Content-Type"].split(";")[0] for answer in (bib, ris, txt)]
    assert types == [
        "application/x-bibtex",
        "application/x-research-info-systems",
        "text/plain",
    ]


def test_all_studies_are_cited_once_each(client, metric):
    make.metric(citation=metric.citation)

    references = rispy.loads(body(client.get("/impact.ris")).decode())

    assert [reference["type_of_reference"] for reference in references] == [
        "GEN",
        "ELEC",
        "ELEC",
    ]


@pytest.mark.parametrize("form", FORMS)
def test_a_choice_is_narrowed_as_the_page_is(client, metric, form):
    make.metric(city=make.city("Chicago"), outcome="thefts")

    found = client.get(f"/impact.{form}?city=boston&outcome=youth-homicide")

    content = body(found)
    if form == "zip":
        content = b"".join(unzipped(content).values())
    assert b"youth homicide" in content
    assert b"thefts" not in content
    refused = client.get(f"/impact.{form}?city=bostn")
    assert refused.status_code == 400
    assert "Did you mean Boston, MA?" in refused.content.decode()
    assert client.get(f"/impact/{metric.pk}.{form}?city=boston").status_code == 400


def test_a_choice_that_fits_nothing_is_an_empty_table(client, metric):
    query = "design=randomized"

    assert table(body(client.get(f"/impact.csv?{query}"))) == []
    assert json.loads(body(client.get(f"/impact.json?{query}")))["items"] == []
    files = unzipped(body(client.get(f"/impact.zip?{query}")))
    assert files["impact/citations.bib"] == b""


@pytest.mark.parametrize("form", FORMS)
def test_what_has_not_changed_is_not_sent_again(
    client, metric, form, django_assert_num_queries
):
    for address in [f"/impact/{metric.pk}.{form}", f"/impact.{form}"]:
        first = client.get(address)
        body(first)
        with django_assert_num_queries(1):
            again = client.get(address, headers={"If-None-Match": first["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("form", FORMS)
def test_a_withdrawn_figure_is_gone_from_all_forms(client, metric, form):
    Metric.objects.filter(pk=metric.pk).update(state=State.WITHDRAWN)

    answer = client.get(f"/impact/{metric.pk}.{form}")

    assert answer.status_code == 410
    assert "should not be cited any more" in answer.content.decode()
    assert b"youth homicide" not in b"".join(client.get(f"/impact.{form}"))


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_shown_is_not_found(client, form):
    later = make.metric(goes_live_at="2999-01-01T00:00Z")
    draft = make.metric_under_review(listed_under_review=False)

    for pk in [later.pk, draft.pk, 10**9, 10**30]:
        assert client.get(f"/impact/{pk}.{form}").status_code == 404


def test_a_figure_under_review_has_its_line_and_no_number_in_any_form(client):
    metric = make.metric_under_review(
        headline="reduction in gun assaults",
        # Named, for a made up name has a number.
        city=make.city("Oakland", state="CA"),
        program=make.program("Ceasefire"),
        outcome="secret 77.7",
        value_low="71.7",
        value_high="77.7",
        year_from=1971,
        year_to=1977,
        caveats="A case study reports 77.7% fewer.",
        verified_where="p. 77.7",
        scope="77.7 gangs",
        citation=make.citation(authors="Secret, A.", title="77.7"),
    )
    make.rating(metric, rating="77.7 points")

    for address in [f"/impact/{metric.pk}", "/impact"]:
        zipped = unzipped(body(client.get(f"{address}.zip")))
        contents = [
            *zipped.values(),
            body(client.get(f"{address}.csv")),
            body(client.get(f"{address}.json")),
        ]
        for content in contents:
            assert not re.search(rb"7[17]\.7|197[17]|secret", content, re.IGNORECASE)
        assert any(b"reduction in gun assaults" in content for content in contents)
    for form in ["bib", "ris", "txt"]:
        assert client.get(f"/impact/{metric.pk}.{form}").status_code == 404
        assert body(client.get(f"/impact.{form}")) == b""


def test_the_page_leads_to_all_forms(client, metric):
    page = client.get(metric.get_absolute_url())

    found = {link.get("href") for link in parse(page).iter() if link.get("href")}
    assert {f"/impact/{metric.pk}.{form}" for form in FORMS} <= found
    words = main(page)
    assert "Braga, A. A. (2008). Problem & {policing}. https://doi.org" in words
    assert words.index("Problem & {policing}. https") < words.index(
        "National Network for Safe Communities. ("
    )


def test_the_first_figures_are_read_by_every_form(client):
    load_content()

    rows = table(body(client.get("/impact.csv")))
    entries = parse_string(body(client.get("/impact.bib")).decode(), "bibtex").entries
    references = rispy.loads(body(client.get("/impact.ris")).decode())

    assert [row["value_low"] for row in rows] == [
        *["55", "37", "23", "", "63", "42", "", "", ""]
    ]
    assert len(entries) == len(references) == 10
    (braga,) = [entry for key, entry in entries.items() if "braga-2008" in key]
    assert braga.fields["pages"] == "332--343"


@pytest.mark.parametrize("form", FORMS)
def test_the_number_of_queries_does_not_grow(
    client, form, django_assert_max_num_queries
):
    metrics = [make.metric(program=make.program()) for _ in range(8)]
    for metric in metrics:
        make.rating(metric)
        make.metric_under_review(program=make.program())

    client.get("/impact.csv")  # which makes this process's edition

    with django_assert_max_num_queries(5):
        body(client.get(f"/impact.{form}"))
    with django_assert_max_num_queries(4):
        body(client.get(f"/impact/{metrics[0].pk}.{form}"))
