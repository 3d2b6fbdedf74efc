"""The API for reading: what it says it answers is what it answers."""

import json
import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

import make
from nnsc.front.loading import load_content
from nnsc.publishing import State
from schemas import check

pytestmark = pytest.mark.django_db

LISTS = ["articles", "sources", "tags", "cities", "programs", "metrics", "principles"]


def api(client, path):
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json; charset=utf-8"
    return json.loads(response.content)


def refused(client, path):
    response = client.get(f"/api/v1/{path}")
    return response.status_code, json.loads(response.content)


def pages(client, path):
    """Yield the pages of a list, from next to next."""
    while path:
        page = api(client, path)
        yield page
        path = (page["next"] or "").removeprefix("http://localhost:8000/api/v1/")


def test_it_is_described_in_openapi_3_1(client):
    document = json.loads(client.get("/api/v1/openapi.json").content)

    assert document["openapi"].startswith("3.1")
    assert {path.split("/")[3] for path in document["paths"]} == set(LISTS)
    assert {method for path in document["paths"].values() for method in path} == {"get"}


@pytest.mark.parametrize("is_full", [True, False])
def test_every_path_answers_as_its_schema_says(client, is_full):
    if is_full:
        load_content()
        make.article(dated=date(2016, 1, 5), dated_precision="day", byline="A. Writer")
        make.rating(make.metric(interval_not_reported=False, interval_low=1,
                                interval_high=2), dated=date(2020, 6, 11))  # fmt: skip
    document = json.loads(client.get("/api/v1/openapi.json").content)
    n_called = 0
    for path, methods in document["paths"].items():
        schemas = {
            int(status): answer["content"]["application/json"]["schema"]
            for status, answer in methods["get"]["responses"].items()
        }
        if "{" in path:
            list_path, key = re.fullmatch(r"(.*)/\{(\w+)\}", path).groups()
            items = json.loads(client.get(list_path).content)["items"]
            addresses = [f"{list_path}/{item[key]}" for item in items]
            missing = f"{list_path}/{9**9 if key == 'id' else 'nothing'}"
            check(client.get(missing).json(), schemas[404], document)
        else:
            addresses = [path]
            check(client.get(f"{path}?limit=0").json(), schemas[422], document)
            check(client.get(f"{path}?after=x").json(), schemas[422], document)
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 200
            check(answer.json(), schemas[200], document, address)
            refusal = client.get(f"{address}?citty=chicago")
            assert refusal.status_code == 422
            check(refusal.json(), schemas[422], document)
            n_called += 1
    assert n_called > (90 if is_full else 6)


def test_an_article_says_what_its_page_does(client):
    chicago, npr = make.city("Chicago", state="IL"), make.source(name="NPR")
    article = make.article(
        title="Fewer shots",
        cities=[chicago],
        tags=["Trust"],
        source=npr,
        source_url="https://npr.org/1",
    )

    (item,) = api(client, "articles")["items"]

    assert item == api(client, f"articles/{article.pk}")
    assert item["url"] == f"http://localhost:8000{article.get_absolute_url()}"
    assert item["dated"] == "2016-01"
    assert item["dated_precision"] == "month"
    assert item["source"]["name"] == "NPR"
    assert item["cities"][0]["name"] == "Chicago, IL"
    assert item["tags"][0]["slug"] == "trust"
    assert "staff_note" not in item


def test_it_narrows_as_the_page_does(client):
    chicago = make.city("Chicago")
    make.article(title="Both", cities=[chicago], tags=["Trust"])
    make.article(title="City", cities=[chicago], dated=date(2015, 3, 1))
    make.article(title="Neither")

    def titles(query):
        return [item["title"] for item in api(client, f"articles?{query}")["items"]]

    assert titles("city=chicago") == ["Both", "City"]
    assert titles("city=chicago&tag=trust") == ["Both"]
    assert titles("year=2015&year=2016&city=chicago") == ["Both", "City"]
    assert titles("month=2015-03") == ["City"]
    assert titles("city=") == ["Neither", "Both", "City"]


@pytest.mark.parametrize("name", LISTS)
def test_next_leads_to_the_end_and_to_everything_once(client, name):
    same = timezone.now()
    for number in range(7):
        tag, city = make.tag(f"T{number % 2}{number}"), make.city(f"C{number}")
        make.article(cities=[city], tags=[tag], created_at=same)
        make.program(tag=tag)
        make.metric(position=number % 3)
        make.principle(position=number % 3)
    everything = api(client, f"{name}?limit=100")

    found = list(pages(client, f"{name}?limit=3"))

    assert everything["next"] is None
    assert [item for page in found for item in page["items"]] == everything["items"]
    assert {page["count"] for page in found} == {len(everything["items"])}
    assert [len(page["items"]) for page in found][:-1] == [3] * (len(found) - 1)


def test_what_comes_in_between_is_neither_skipped_nor_repeated(client):
    for month in range(1, 7):
        make.article(title=f"{month}", dated=date(2015, month, 1))
    first, *_ = pages(client, "articles?limit=3&year=2015")
    make.article(title="Newest", dated=date(2015, 12, 1))

    rest = list(
        pages(client, first["next"].removeprefix("http://localhost:8000/api/v1/"))
    )

    titles = [item["title"] for page in [first, *rest] for item in page["items"]]
    assert titles == ["6", "5", "4", "3", "2", "1"]
    assert "year=2015" in first["next"]


def test_only_what_is_live_is_there(client):
    later = {"goes_live_at": timezone.now() + timedelta(hours=1)}
    for hidden in [{"state": State.DRAFT}, {"state": State.WITHDRAWN}, later]:
        article = make.article(tags=["Hidden"], source=make.source(), **hidden)
        principle = make.principle(**hidden)
        metric = make.metric(**hidden)
        gone = 410 if article.is_withdrawn else 404
        assert client.get(f"/api/v1/articles/{article.pk}").status_code == gone
        assert client.get(f"/api/v1/principles/{principle.slug}").status_code == 404
        assert client.get(f"/api/v1/metrics/{metric.pk}").status_code == 404

    for name in ["articles", "sources", "tags", "metrics", "principles"]:
        assert api(client, name) == {"count": 0, "next": None, "items": []}


def test_a_figure_under_review_has_no_number(client):
    boston = make.city("Boston", state="MA")
    metric = make.metric_under_review(
        city=boston,
        headline="reduction in youth homicide",
        value_low=63,
        value_high=63,
        caveats="63 is not what the study says",
        staff_note="63",
    )

    (item,) = api(client, "metrics")["items"]

    assert item == api(client, f"metrics/{metric.pk}")
    said = {name: value for name, value in item.items() if value is not None}
    assert set(said) == {"id", "url", "status", "headline", "city"}
    assert said["status"] == "under_review"


def test_figures_are_narrowed_by_city_and_program(client):
    boston, ceasefire = make.city("Boston"), make.program("Ceasefire")
    wanted = make.metric(city=boston, program=ceasefire)
    make.metric(city=boston)
    make.metric(program=ceasefire)

    found = api(client, "metrics?city=boston&program=ceasefire")

    assert [item["id"] for item in found["items"]] == [wanted.pk]
    assert api(client, "metrics?city=boston")["count"] == 2


def test_figures_are_narrowed_by_outcome_and_design(client):
    wanted = make.metric(outcome="Gun homicide", design="quasi_experiment")
    make.metric(outcome="gun homicide", design="time_series")
    make.metric(outcome="shootings", design="quasi_experiment")
    make.metric_under_review(outcome="gun homicide", design="quasi_experiment")

    found = api(client, "metrics?outcome=gun-homicide&design=quasi_experiment")

    assert [item["id"] for item in found["items"]] == [wanted.pk]
    assert api(client, "metrics?outcome=gun-homicide")["count"] == 2
    assert api(client, "metrics?design=randomized")["count"] == 0


@pytest.mark.parametrize(
    "path,words,parameters",
    [
        ("articles?citty=chicago", "There is no parameter “citty”", ["citty"]),
        ("articles?city=chicgo", "Did you mean Chicago, OH?", ["city"]),
        ("articles?city=chicago&year=abc", "No news of the year “abc”.", ["year"]),
        ("articles?limit=1000", "“limit”: Input should be less than", ["limit"]),
        ("articles?limit=x&after=", "“limit”: Input should be a valid", ["limit"]),
        ("sources?city=chicago", "What can be asked: after, limit.", ["city"]),
        ("metrics?city=chicgo", "Did you mean Chicago, OH?", ["city"]),
        ("metrics?outcome=gun-homocide", "Did you mean gun homicide?", ["outcome"]),
        ("metrics?design=quasi_experimen", "Did you mean Quasi-exp", ["design"]),
        ("metrics?city=x&design=y", "No study design called", ["city", "design"]),
        ("metrics?program=%00", "No program called", ["program"]),
        ("tags?after=WzFd:forged", "“after” is not from", ["after"]),
        ("principles/x?page=2", "There is no parameter “page” here.", ["page"]),
    ],
)
def test_what_is_not_understood_is_refused_and_named(client, path, words, parameters):
    make.article(cities=[make.city("Chicago")])
    make.metric(outcome="gun homicide")

    status, problem = refused(client, path)

    assert status == 422
    assert words in problem["detail"]
    assert problem["parameters"] == parameters


def test_a_cursor_serves_the_list_that_gave_it_alone(client):
    for _ in range(3):
        make.city()
        make.principle()
    cursor = api(client, "cities?limit=1")["next"].partition("after=")[2]

    assert refused(client, f"principles?limit=1&after={cursor}")[0] == 422


HOSTILE = [
    "%00",
    "%27%22%3B--",
    "%25_",
    "9" * 5000,
    "x" * 5000,
    "%F0%9F%92%A3",
    "%FF%FE",
    "-1",
    "1e400",
    "[]",
    "{}",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_is_an_error_of_ours(client, value):
    make.article(cities=[make.city("Chicago")])
    make.metric()
    names = ["after", "limit", "city", "tag", "source", "year", "month", "program"]
    names += ["outcome", "design", "x"]
    for name in names:
        for path in [*LISTS, "articles/1"]:
            assert client.get(f"/api/v1/{path}?{name}={value}").status_code in (
                422,
                200,
            )
        for path in ["news.csv", "impact.csv", "cities.csv", "news/feed.atom"]:
            assert client.get(f"/{path}?{name}={value}").status_code in (400, 200)
    for name in LISTS:
        assert client.get(f"/api/v1/{name}/{value}").status_code == 404


@pytest.mark.parametrize("path", ["", "nothing", "articles/", "articles/abc", "docs"])
def test_what_is_not_there_is_said_in_json(client, path):
    status, problem = refused(client, path)

    assert status == 404
    assert problem["detail"] == "There is nothing here. /data/ says what there is."


@pytest.mark.parametrize("name", LISTS)
def test_its_queries_do_not_grow(client, name, django_assert_max_num_queries):
    for _ in range(12):
        tag, city = make.tag(), make.city()
        make.article(cities=[city], tags=[tag])
        program = make.program(tag=tag, cities=[city])
        make.rating(make.metric(program=program))
        make.principle()
    client.get(f"/api/v1/{name}?limit=2")

    with django_assert_max_num_queries(6):
        page = api(client, f"{name}?limit=10")

    assert len(page["items"]) == 10
