"""A figure and its study as staff type them: what is asked, mended and refused."""

import pytest
from django.utils import timezone

import make
from impact.dois import clean_address
from impact.models import Citation, Metric
from nnsc.models import Version
from nnsc.publishing import State
from reading import HTML, errors_of, links, main, parse, text

pytestmark = pytest.mark.django_db

ADD = "/admin/impact/metric/add/"
CITATION_ADD = "/admin/impact/citation/add/"


@pytest.fixture
def editor(client):
    client.force_login(make.staff("Editor"))
    return client


def change(metric):
    return f"/admin/impact/metric/{metric.pk}/change/"


def typed(**fields):
    return {
        "ratings-TOTAL_FORMS": 0,
        "ratings-INITIAL_FORMS": 0,
        "headline": "reduction in gun homicide",
        "direction": "fell",
        "unit": "percent",
        "outcome": "gun homicide",
        "verification": "unverified",
        "state": "draft",
    } | fields


def study(**fields):
    return {
        "authors": "Braga, A. A.",
        "year": 2008,
        "title": "Pulling levers",
        "url": "https://example.org/study",
    } | fields


# Percentages typed as shares of one


@pytest.mark.parametrize(
    "sizes, question",
    [
        ({"value_low": "0.63"}, "Did you mean 63%?"),
        ({"value_low": ".063"}, "Did you mean 6.3%?"),
        ({"value_low": "0.35", "value_high": "0.42"}, "Did you mean 35–42%?"),
    ],
)
def test_a_share_of_one_is_asked_about_and_taken_with_one_choice(
    editor, sizes, question
):
    fields = typed(caveats="Small numbers.", **sizes)

    response = editor.post(ADD, fields)
    assert errors_of(response)["value_low"] == [question]
    form = text(parse(response))
    assert "Small numbers." in form
    boxes = {box.get("value") for box in parse(response).iter(f"{HTML}input")}
    assert {*sizes.values(), "yes", "no"} <= boxes
    assert not Metric.objects.exists()

    assert editor.post(ADD, fields | {"_meant": "yes"}).status_code == 302
    metric = Metric.objects.get()
    assert question == f"Did you mean {metric.value_text()}?"
    assert metric.caveats == "Small numbers."


def test_its_interval_is_taken_with_it(editor):
    fields = {"value_low": "0.63", "interval_low": "0.5", "interval_high": "0.72"}
    editor.post(ADD, typed(**fields, _meant="yes"))

    assert Metric.objects.get().interval_text() == "50% to 72%"


def test_what_was_meant_as_it_is_typed_stays_so(editor):
    assert editor.post(ADD, typed(value_low="0.6", _meant="no")).status_code == 302
    metric = Metric.objects.get()
    assert metric.value_text() == "0.6%"
    # It has been asked once.
    again = typed(value_low="0.6", headline="Another line")
    assert editor.post(change(metric), again).status_code == 302


@pytest.mark.parametrize(
    "fields", [{"unit": "count"}, {"value_high": "3"}, {"value_low": "0"}]
)
def test_what_is_no_share_is_not_asked_about(editor, fields):
    editor.post(ADD, typed(**{"value_low": "0.6"} | fields))

    assert Metric.objects.exists()


@pytest.mark.parametrize(
    "written, value",
    [("63%", "63%"), ("63.0", "63%"), (" 55.5 % ", "55.5%"), ("1,200", "1,200%")],
)
def test_a_number_may_be_written_as_people_write_it(editor, written, value):
    editor.post(ADD, typed(value_low=written, direction="rose"))

    assert Metric.objects.get().value_text() == value


# The sentence, as it is typed


def said(editor, address=ADD, **fields):
    answer = editor.post(address + "said/", typed(**fields))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_sentence_is_the_one_of_the_page(editor):
    city = make.city("Boston")
    years = {"year_from": "1996", "year_to": "2000"}

    words = said(editor, value_low="63", city=city.pk, design="time_series", **years)

    assert "63% reduction in gun homicide, Boston, 1996–2000" in words
    assert "The work was associated with a 63% reduction in gun homicide in" in words
    words = said(
        editor, value_low="63", value_high="70", outcome="<b>", direction="rose"
    )
    assert "63–70% increase in &lt;b&gt;, years still to be given" in words
    metric = make.metric()
    address = change(metric).removesuffix("change/")
    words = said(editor, address, value_low="9", unit="count", city=metric.city_id)
    assert f"9 reduction in gun homicide, {metric.city.name}" in words
    assert not Metric.objects.exclude(pk=metric.pk).exists()
    assert Metric.objects.get().value_low == 42


@pytest.mark.parametrize(
    "fields, words",
    [
        ({}, "Without a value readers see its line, and no number."),
        ({"direction": ""}, "Say whether it fell, rose or did not clearly change."),
        ({"value_low": "abc"}, "This is no number."),
        ({"value_low": "-63"}, "Give the size without a sign, 63."),
        ({"value_low": "150"}, "Nothing can fall by more than 100%."),
        ({"value_low": "63", "outcome": ""}, "63% reduction in …"),
        ({"value_low": "63", "state": "published"}, "63% reduction in gun homicide"),
    ],
)
def test_what_cannot_be_said_yet_is_told(editor, fields, words):
    assert words in said(editor, **fields)


def test_what_may_have_been_meant_is_a_button(editor):
    words = said(editor, value_low="0.35", value_high="0.42")

    assert "Did you mean 35–42%?" in words
    assert 'data-value_low="35" data-value_high="42"' in words
    assert "reduction" not in words


def test_only_who_may_type_is_told(client):
    make.metric(state=State.DRAFT)
    client.force_login(make.staff())

    assert client.post(ADD + "said/", typed()).status_code == 403
    assert client.get(ADD + "said/").status_code in (403, 405)


# Studies


DOI = "https://doi.org/10.1016/j.jcrimjus.2008.06.009"


@pytest.mark.parametrize(
    "pasted",
    [
        "https://doi.org/10.1016/j.jcrimjus.2008.06.009",
        "10.1016/j.jcrimjus.2008.06.009",
        "doi:10.1016/j.jcrimjus.2008.06.009.",
        "DOI: 10.1016/j.jcrimjus.2008.06.009,",
        "http://dx.doi.org/10.1016/j.jcrimjus.2008.06.009",
        "https://doi.org/10.1016%2Fj.jcrimjus.2008.06.009",
        "https%3A%2F%2Fdoi.org%2F10.1016%252Fj.jcrimjus.2008.06.009",
        "doi.org/10.1016/j.jcrimjus.2008.06.009?utm_source=x#top",
        "https://doi-org.proxy.example.edu/10.1016/j.jcrimjus.2008.06.009",
        "(https://doi.org/10.1016/j.jcrimjus.2008.06.009).",
        "<https://www.doi.org/10.1016/j.jcrimjus.2008.06.009>",
        "\u200bhttps://doi.org/doi:10.1016/j.jcrimjus.2008.06.009\u00a0",
        "36(4), 332-343. https://doi.org/10.1016/j.jcrimjus.2008.06.009.",
    ],
)
def test_a_doi_is_cleaned_from_any_pasted_form(pasted):
    assert clean_address(pasted) == DOI


@pytest.mark.parametrize(
    "address, cleaned",
    [
        (
            "https://doi.org/10.1016/S0140-6736(05)67890-1",
            "https://doi.org/10.1016/S0140-6736(05)67890-1",
        ),
        (
            "10.1002/(SICI)1097(1998)17:15<1661::AID-SIM968>3.0.CO;2-2",
            "https://doi.org/10.1002/(SICI)1097(1998)17:15%3C1661::AID-SIM968%3E3.0.CO;2-2",
        ),
        ("https://journal.example/doi/abs/10.1080/0741.2011", None),
        ("http://cebcp.org/10.1/2", None),
        ("10.1016/", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_what_is_part_of_a_doi_stays_and_other_addresses_do(address, cleaned):
    assert clean_address(address) == (cleaned or address)
    assert clean_address(clean_address(address)) == clean_address(address)


def test_every_way_in_cleans_a_doi(editor):
    pasted = "doi:10.1016%2Fj.jcrimjus.2008.06.009."

    assert make.citation(url=pasted).url == DOI
    Citation.objects.update(url=pasted)
    assert Citation.objects.get(url=pasted).url == DOI
    Citation.objects.all().delete()
    full = Citation(**study(url=pasted))
    full.full_clean()
    assert full.url == DOI
    assert editor.post(CITATION_ADD, study(url=pasted)).status_code == 302
    assert Citation.objects.get().url == DOI


def test_a_study_is_not_entered_twice_by_its_doi(editor):
    known = make.citation(url=DOI, title="The first")

    response = editor.post(
        CITATION_ADD, study(url=DOI.upper().replace("HTTPS", "https"))
    )

    assert "You already have the study of this DOI" in str(errors_of(response))
    assert f"/admin/impact/citation/{known.pk}/change/" in links(response)


@pytest.mark.parametrize(
    "words", [DOI, "doi:10.1016/j.jcrimjus.2008.06.009", "Pulling"]
)
def test_a_study_is_chosen_from_a_search_box(editor, words):
    known = make.citation(url=DOI, title="Pulling levers")
    make.citation(title="Another", url="https://example.org/other")
    about = {"app_label": "impact", "model_name": "metric", "field_name": "citation"}

    found = editor.get("/admin/autocomplete/", about | {"term": words}).json()

    assert [one["id"] for one in found["results"]] == [str(known.pk)]


def test_studies_that_nobody_has_checked_wait_on_the_desk(editor):
    today = timezone.localdate()
    old = today.replace(year=today.year - 4)
    never = make.citation(title="Never")
    make.metric(citation=never)
    make.metric(citation=make.citation(title="Long ago", checked_on=old))
    make.metric(citation=make.citation(title="Lately", checked_on=today))
    make.metric(citation=make.citation(title="Read"), verified_on=today)
    make.metric_under_review(citation=make.citation(title="Not led to"))

    page = editor.get("/admin/")
    (address,) = (link for link in links(page) if "citation/?needs=check" in link)
    found = editor.get(address).context["cl"].result_list
    assert {study.title for study in found} == {"Never", "Long ago"}
    assert "2 not checked for three years" in main(page)

    chosen = {"action": "checked_today", "_selected_action": [one.pk for one in found]}
    editor.post(address, chosen)
    assert editor.get(address).context["cl"].result_count == 0
    never.refresh_from_db()
    assert never.checked_on == today
    assert Version.objects.filter(label="impact.citation", record=never.pk).exists()
