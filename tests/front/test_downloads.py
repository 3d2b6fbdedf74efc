"""Every list as a table, and the page that says so."""

import contextlib
import csv
import gc
import io
import json
import re
import shlex
import tracemalloc
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import make
from news.index import news_index
from news.models import Article, ArticleTag
from news.selection import N_STREAMED
from nnsc.changes import record_bulk_change
from nnsc.front.loading import load_content
from nnsc.publishing import State
from reading import HTML, parse, text

pytestmark = pytest.mark.django_db

TABLES = {
    "/news/": "/news.csv",
    "/news/tags/": "/news/tags.csv",
    "/sources/": "/sources.csv",
    "/cities/": "/cities.csv",
    "/programs/": "/programs.csv",
    "/impact/": "/impact.csv",
    "/principles/": "/principles.csv",
}


def table(response):
    assert response.status_code == 200, response.content
    assert response.streaming
    written = response.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(written, newline="")))


def other_forms(client, page):
    """Return where a page says it is in other forms, by what it calls them."""
    return {
        text(link): link.get("href")
        for nav in parse(client.get(page)).iter(f"{HTML}nav")
        if nav.get("class") == "take-away"
        for link in nav.iter(f"{HTML}a")
    }


@pytest.mark.parametrize("page,address", TABLES.items())
def test_every_list_names_its_table_and_its_json(client, page, address):
    load_content()

    forms = other_forms(client, page)

    assert forms["CSV"] == address
    rows = table(client.get(address))
    listed = client.get(forms["JSON"]).json()
    assert len(rows) == listed["count"] > 0
    assert [row["id"] for row in rows][:50] == [
        str(item["id"]) for item in listed["items"]
    ]


@pytest.mark.parametrize(
    "page,query",
    [
        ("/news/?year=2016&city=chicago", "city=chicago&year=2016"),
        ("/news/?city=chicgo&year=2016", "year=2016"),
        ("/news/2016/", "year=2016"),
        ("/news/2016/01/", "month=2016-01"),
        ("/news/tags/trust/", "tag=trust"),
        ("/sources/npr/", "source=npr"),
        ("/cities/chicago/", "city=chicago"),
        ("/programs/group-work/", "tag=trust"),
    ],
)
def test_a_narrowed_page_leads_to_the_same_articles(client, page, query):
    chicago, trust = make.city("Chicago"), make.tag("Trust")
    make.program("Group Work", tag=trust)
    fields = {"cities": [chicago], "tags": [trust], "source": make.source(name="NPR")}
    make.article(title="Wanted", **fields)
    make.article(title="Other", dated=date(2015, 1, 1))

    forms = other_forms(client, page)

    assert forms["CSV"] == f"/news.csv?{query}"
    assert [row["title"] for row in table(client.get(forms["CSV"]))] == ["Wanted"]
    listed = client.get(forms["JSON"]).json()
    assert [item["title"] for item in listed["items"]] == ["Wanted"]


def test_the_figures_of_a_city_are_a_table(client):
    boston = make.city("Boston")
    make.metric(city=boston, headline="Wanted")
    make.metric()

    page = client.get("/cities/boston/").content.decode()

    assert 'href="/impact.csv?city=boston"' in page
    rows = table(client.get("/impact.csv?city=boston"))
    assert [row["headline"] for row in rows] == ["Wanted"]


def test_a_program_without_a_tag_has_feeds_and_no_table(client):
    make.program("Group Work")

    assert set(other_forms(client, "/programs/group-work/")) == {
        "Subscribe (Atom)",
        "JSON Feed",
    }


def test_an_article_as_a_row(client):
    article = make.article(
        title="=HYPERLINK(“http://x”)",
        summary="One\nand two",
        quote="",
        cities=[make.city("Gary"), make.city("Chicago")],
        tags=["Swift, Certain, & Fair", "Trust"],
        staff_note="secret",
    )

    (row,) = table(client.get("/news.csv"))

    assert row["title"] == "'=HYPERLINK(“http://x”)"
    assert row["dated"] == "2016-01"
    assert row["dated_precision"] == "month"
    assert row["summary"] == "One\nand two"
    assert (row["quote"], row["byline"], row["source_url"]) == ("", "", "")
    assert row["cities"] == "Chicago, OH; Gary, OH"
    assert row["tags"] == "Swift, Certain, & Fair; Trust"
    assert row["source"] == article.source.name
    assert "secret" not in row.values()


def test_a_figure_as_a_row(client):
    metric = make.metric(
        value_low=35, value_high=42, caveats="One.\nTwo.", year_to=None
    )

    (row,) = table(client.get("/impact.csv"))

    assert (row["value_low"], row["value_high"], row["unit"]) == ("35", "42", "percent")
    assert (row["interval_low"], row["interval_not_reported"]) == ("", "true")
    assert (row["year_from"], row["year_to"]) == ("1997", "")
    assert row["citation"] == str(metric.citation)
    assert row["caveats"] == "One.; Two."


def test_a_figure_under_review_has_no_number_whatever_its_draft_says(client):
    make.metric_under_review(
        value_low=63, value_high=63, caveats="63", design_details="63", city=None
    )

    (row,) = table(client.get("/impact.csv"))

    said = {name: value for name, value in row.items() if value}
    assert set(said) == {"id", "url", "status", "headline"}
    assert said["status"] == "under_review"


def test_a_place_keeps_its_numbers(client):
    make.city("Chicago", latitude="41.8500", longitude="-87.6500", basis="secret")
    make.city("Boston")

    boston, chicago = table(client.get("/cities.csv"))

    assert (chicago["latitude"], chicago["longitude"]) == ("41.85", "-87.65")
    assert (boston["latitude"], boston["longitude"]) == ("", "")
    assert "secret" not in chicago.values()


def test_only_what_is_live_is_in_a_table(client):
    later = {"goes_live_at": timezone.now() + timedelta(hours=1)}
    for hidden in [{"state": State.DRAFT}, {"state": State.WITHDRAWN}, later]:
        make.article(tags=["Hidden"], source=make.source(), **hidden)
        make.principle(**hidden)
        make.metric(**hidden)

    for page in ["/news/", "/news/tags/", "/sources/", "/impact/", "/principles/"]:
        assert table(client.get(TABLES[page])) == []


def test_what_is_withdrawn_while_it_is_read_is_left_out(client):
    for _ in range(3):
        article = make.article()
    selection = news_index().of("year", 2016)
    Article.objects.filter(pk=article.pk).update(state=State.WITHDRAWN)

    assert article.pk not in [found.pk for found in selection.stream()]


@pytest.mark.parametrize("address", TABLES.values())
def test_a_parameter_that_a_table_does_not_have_is_named(client, address):
    answer = client.get(f"{address}?citty=chicago")

    assert answer.status_code == 400
    assert "There is no parameter “citty” here." in answer.content.decode()


def test_thousands_of_articles_are_read_in_chunks_and_forgotten(client):
    n_articles = 2_000
    make_many(n_articles)
    client.get("/news.csv")

    response = client.get("/news.csv")
    gc.freeze()
    tracemalloc.start()
    held_bytes = []
    for _ in response.streaming_content:
        gc.collect()
        held_bytes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    gc.unfreeze()
    assert max(held_bytes[5:]) < 1.2 * max(held_bytes[:5])

    with CaptureQueriesContext(connection) as queries:
        response = client.get("/news.csv")
        assert len(queries) <= 1
        for _ in response.streaming_content:
            pass
    assert len(queries) == 1 + 3 * n_articles / N_STREAMED


def make_many(n_articles):
    source, tag = make.source(), make.tag()
    articles = [
        Article(
            title=f"Title {number}",
            source=source,
            dated=date(2016, 1, 1),
            summary="x" * 2_000,
            state=State.PUBLISHED,
            goes_live_at=timezone.now(),
        )
        for number in range(n_articles)
    ]
    for article in articles:
        article.prepare()
    made = Article.objects.bulk_create(articles)
    ArticleTag.objects.bulk_create(
        ArticleTag(content_object=article, tag=tag) for article in made
    )
    record_bulk_change()


def samples(page):
    return re.findall(r'<pre class="sample"[^>]*><code>(.*?)</code></pre>', page, re.S)


@pytest.mark.parametrize("is_full", [True, False])
def test_the_examples_of_the_data_page_run(client, is_full):
    if is_full:
        load_content()
    page = unescape(client.get("/data/").content.decode())
    lines = [line for sample in samples(page) for line in sample.splitlines()]
    commands = [shlex.split(line) for line in lines if line.startswith("curl ")]

    assert len(commands) == (6 if is_full else 5)
    for command in commands:
        address = command[-1].removeprefix("http://localhost:8000")
        assert client.get(address).status_code == 200, command
    assert ("city=" in page) == is_full


def test_the_program_of_the_data_page_follows_next_to_the_end(
    client, monkeypatch, capsys
):
    for number in range(51):
        make.article(title=f"Title {number}", cities=[make.city()])
    page = unescape(client.get("/data/").content.decode())
    (program,) = [
        sample for sample in samples(page) if sample.startswith("import json")
    ]
    program = re.sub(r"\?city=[^\"]*", "", program)

    def urlopen(address):
        path = address.removeprefix("http://localhost:8000")
        return contextlib.closing(io.BytesIO(client.get(path).content))

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    exec(compile(program, "/data/", "exec"), {})  # noqa: S102

    assert capsys.readouterr().out.count("2016-01 Title") == 51


def test_words_narrow_every_form_as_they_narrow_the_page(client):
    make.article(title="Homicides fall")
    make.article(title="Schools open")

    page = client.get("/news/?q=homicide")
    feed = json.loads(client.get("/news/feed.json?q=homicide").content)
    table = b"".join(client.get("/news.csv?q=homicide")).decode()
    answer = client.get("/api/v1/articles?q=homicide").json()

    assert "/news/feed.atom?q=homicide" in page.content.decode()
    assert [item["title"] for item in feed["items"]] == ["Homicides fall"]
    assert "Homicides fall" in table
    assert "Schools open" not in table
    assert [item["title"] for item in answer["items"]] == ["Homicides fall"]


@pytest.mark.parametrize("words", ["homocide", '"', "%00"])
def test_words_that_were_not_meant_so_are_refused_and_named(client, words):
    make.article(title="Homicides fall")

    assert client.get(f"/news/feed.atom?q={words}").status_code == 400
    answer = client.get(f"/api/v1/articles?q={words}")

    assert answer.status_code == 422
    assert answer.json()["parameters"] == ["q"]
