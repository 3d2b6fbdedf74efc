"""What pages say of themselves to machines, and never more than they show."""

import json
from datetime import date, timedelta

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import timezone

import make
from news.models import Article
from nnsc.front.loading import load_content
from reading import HTML, parse

pytestmark = pytest.mark.django_db


def data(client, path):
    """Return the things that a page describes, by their types."""
    (script,) = parse(client.get(path)).iter(f"{HTML}script")
    assert script.get("type") == "application/ld+json"
    described = json.loads(script.text)
    assert described["@context"] == "https://schema.org"
    return {thing["@type"]: thing for thing in described["@graph"]}


def metas(client, path):
    return {
        meta.get("property") or meta.get("name"): meta.get("content")
        for meta in parse(client.get(path)).iter(f"{HTML}meta")
    }


def everything(thing):
    """Yield every object within a thing."""
    if isinstance(thing, dict):
        yield thing
        for part in thing.values():
            yield from everything(part)
    if isinstance(thing, list):
        for part in thing:
            yield from everything(part)


def test_home_is_the_organization_and_how_its_site_is_searched(client):
    found = data(client, "/")

    assert found["Organization"]["url"] == "http://localhost:8000/"
    action = found["WebSite"]["potentialAction"]
    assert action["target"]["urlTemplate"] == (
        "http://localhost:8000/search/?q={search_term_string}"
    )


def test_an_article_is_our_page_about_the_story_of_somebody_else(client):
    shown_at = timezone.now() - timedelta(days=2)
    article = make.article(
        title="Fewer shots",
        summary="Ours.",
        source=make.source(name="NPR", home_page="https://npr.org/"),
        source_url="https://npr.org/1",
        cities=[make.city("Chicago", state="IL")],
        tags=["Trust"],
        goes_live_at=shown_at,
    )

    found = data(client, article.get_absolute_url())

    page = found["WebPage"]
    assert page["url"] == f"http://localhost:8000{article.get_absolute_url()}"
    assert page["datePublished"] == shown_at.isoformat()
    assert page["publisher"]["name"] == "National Network for Safe Communities"
    assert page["about"][0]["@type"] == "City"
    assert page["citation"] == {
        "@type": "NewsArticle",
        "headline": "Fewer shots",
        "url": "https://npr.org/1",
        "datePublished": "2016-01",
        "publisher": {
            "@type": "Organization",
            "name": "NPR",
            "url": "https://npr.org/",
        },
    }
    crumbs = found["BreadcrumbList"]["itemListElement"]
    assert [crumb["name"] for crumb in crumbs] == [
        "Home",
        "News",
        "2016",
        "Fewer shots",
    ]


def test_a_known_day_is_given_and_a_press_release_is_no_news(client):
    article = make.article(
        dated=date(2016, 1, 5),
        dated_precision="day",
        kind=Article.Kind.PRESS_RELEASE,
        byline="A. Writer",
    )

    story = data(client, article.get_absolute_url())["WebPage"]["citation"]

    assert (story["@type"], story["datePublished"]) == ("Article", "2016-01-05")
    assert story["author"] == {"@type": "Person", "name": "A. Writer"}
    assert "url" not in story


def test_no_page_claims_a_story_as_ours(client):
    load_content()
    for article in Article.objects.all():
        for thing in data(client, article.get_absolute_url()).values():
            assert "NewsArticle" not in thing["@type"]


def test_figures_are_observations_of_a_dataset_with_their_studies(client):
    citation = make.citation(title="What the letters changed", year=2008)
    metric = make.metric(
        value_low=35,
        value_high=42,
        city=make.city("Boston", state="MA"),
        citation=citation,
    )

    dataset = data(client, "/impact/")["Dataset"]

    (observation,) = dataset["mainEntity"]
    assert observation["@type"] == "Observation"
    assert observation["name"] == metric.sentence()
    assert (observation["minValue"], observation["maxValue"]) == (35, 42)
    assert "value" not in observation
    assert observation["observationPeriod"] == "1997/2002"
    assert observation["observationAbout"]["name"] == "Boston"
    (study,) = dataset["citation"]
    assert study["@id"] == observation["subjectOf"]["@id"]
    assert (study["name"], study["datePublished"]) == (citation.title, "2008")
    addresses = [part["contentUrl"] for part in dataset["distribution"]]
    for address in addresses:
        path = address.removeprefix("http://localhost:8000")
        assert client.get(path).status_code == 200


def test_a_figure_under_review_is_no_data(client):
    make.metric_under_review(
        headline="reduction in thefts", value_low=63, value_high=63
    )

    described = data(client, "/impact/")

    assert "thefts" not in json.dumps(described)
    assert not [t for t in everything(described) if t.get("@type") == "Observation"]


@pytest.mark.parametrize(
    "kind,schema_type",
    [("city", "City"), ("county", "AdministrativeArea"), ("region", "Place")],
)
def test_a_city_page_is_about_a_place(client, kind, schema_type):
    city = make.city(
        "Chicago", state="IL", kind=kind, latitude="41.85", longitude="-87.65"
    )

    place = data(client, city.get_absolute_url())[schema_type]

    assert place["name"] == "Chicago"
    assert place["containedInPlace"]["name"] == "Illinois"
    assert place["geo"]["longitude"] == -87.65
    assert "description" not in place


@pytest.mark.parametrize(
    "path,names",
    [
        ("/news/2016/", ["News", "2016"]),
        ("/news/2016/01/", ["News", "2016", "January 2016"]),
        ("/news/tags/trust/", ["Tags", "Trust"]),
        ("/sources/npr/", ["Sources", "NPR"]),
        ("/cities/gary/", ["Cities", "Gary, IN"]),
        ("/programs/ceasefire/", ["Programs", "Ceasefire"]),
        ("/principles/do-no-harm/", ["Principles", "Do no harm"]),
    ],
)
def test_the_way_from_home_to_a_page_is_said(client, path, names):
    gary = make.city("Gary", state="IN")
    make.article(source=make.source(name="NPR"), tags=["Trust"], cities=[gary])
    make.program("Ceasefire")
    make.principle("Do no harm")

    crumbs = data(client, path)["BreadcrumbList"]["itemListElement"]

    assert [crumb["name"] for crumb in crumbs] == ["Home", *names]
    assert crumbs[-1]["item"] == f"http://localhost:8000{path}"
    for crumb in crumbs:
        address = crumb["item"].removeprefix("http://localhost:8000")
        assert client.get(address).status_code == 200


def test_a_hostile_title_ends_no_script(client):
    hostile = '</script><script>alert(1)</script><!-- " & \u2028 \\'
    article = make.article(title=hostile, byline=hostile, summary=hostile)
    city = make.city("</script><b>", description=hostile)

    page = client.get(article.get_absolute_url())

    assert data(client, article.get_absolute_url())["WebPage"]["name"] == hostile
    assert b"</script><script>" not in page.content
    assert data(client, city.get_absolute_url())["City"]["name"] == "</script><b>"


def test_what_is_shared_is_the_title_and_the_description_of_the_page(client):
    article = make.article(title='Fewer "shots" & less', summary="Ours.")

    shared = metas(client, article.get_absolute_url())

    assert shared["og:title"] == 'Fewer "shots" & less'
    assert shared["og:description"] == shared["description"]
    assert shared["og:url"] == f"http://localhost:8000{article.get_absolute_url()}"
    assert shared["twitter:card"] == "summary_large_image"
    assert metas(client, "/")["og:title"] == "National Network for Safe Communities"


def test_a_capture_without_a_name_is_refused():
    source = "{% load nnsc %}{% capture title %}x{% endcapture %}"

    with pytest.raises(TemplateSyntaxError, match="capture is written"):
        Template(source).render(Context())
