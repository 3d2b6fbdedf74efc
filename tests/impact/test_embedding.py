"""Figures on the pages of others: the frame, and what oEmbed says of it."""

import json
from urllib.parse import urlencode
from xml.etree import ElementTree

import html5lib
import pytest

import make
from impact.models import Metric
from nnsc.publishing import State
from reading import HTML, parse, text

pytestmark = pytest.mark.django_db

SITE = "http://localhost:8000"


@pytest.fixture
def metric():
    return make.metric(
        outcome="youth homicide",
        city=make.city("Boston", state="MA"),
        program=make.program("Ceasefire"),
        citation=make.citation(authors="Braga, A. A.", title="Why & how"),
    )


def frame_of(client, metric, status=200):
    page = client.get(f"/embed/impact/{metric.pk}/")
    assert page.status_code == status
    return page


def test_a_frame_says_the_figure_and_who_says_so(client, metric):
    page = frame_of(client, metric)

    words = text(parse(page).find(f".//{HTML}main"))
    assert words.startswith("42% reduction in youth homicide Ceasefire was associated")
    assert "Braga, A. A. (2008). Why & how." in words
    assert "Time series; no interval reported in the sources we read." in words
    links = [link.get("href") for link in parse(page).iter(f"{HTML}a")]
    assert f"{SITE}{metric.get_absolute_url()}" in links
    assert not list(parse(page).iter(f"{HTML}script"))
    assert not page.cookies
    head = page.content.decode()
    assert '<meta name="robots" content="noindex">' in head
    assert f'rel="canonical" href="{SITE}{metric.get_absolute_url()}"' in head


def test_a_frame_says_when_its_figure_was_withdrawn(client, metric):
    Metric.objects.update(state=State.WITHDRAWN)

    page = frame_of(client, metric, status=410)

    words = text(parse(page).find(f".//{HTML}main"))
    assert "This figure was withdrawn" in words
    assert "should not be cited any more" in words
    assert "42%" not in words


def test_a_frame_says_when_its_figure_is_under_review(client):
    metric = make.metric_under_review(
        headline="reduction in thefts",
        value_low="71.7",
        value_high="71.7",
        scope="71.7 gangs",
    )

    page = frame_of(client, metric)

    assert "Reduction in thefts This figure is under review." in text(
        parse(page).find(f".//{HTML}main")
    )
    assert "71.7" not in page.content.decode()


def test_a_frame_without_a_figure_says_so(client):
    draft = make.metric_under_review(listed_under_review=False)

    for pk in [draft.pk, 10**9, 10**30]:
        page = client.get(f"/embed/impact/{pk}/")
        assert page.status_code == 404
        assert "There is no figure here" in page.content.decode()


def frame_headers(response):
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in response["Content-Security-Policy"].split(";")
    )
    return policy["frame-ancestors"], response.get("X-Frame-Options")


def test_frames_may_be_framed_and_nothing_else(client, metric):
    withdrawn = make.metric(state=State.WITHDRAWN)
    frames = [f"/embed/impact/{pk}/" for pk in (metric.pk, withdrawn.pk, 10**9)]
    others = [
        "/",
        metric.get_absolute_url(),
        withdrawn.get_absolute_url(),
        f"/impact/{metric.pk}.json",
        "/impact.csv",
        "/api/v1/metrics",
        "/oembed/",
        "/admin/login/",
        "/embed/",
        "/embed/impact/x/",
        "/share/000000000000.png",
        "/nothing/",
    ]

    for address in frames:
        assert frame_headers(client.get(address)) == ("*", None), address
    for address in others:
        assert frame_headers(client.get(address)) == ("'none'", "DENY"), address
    # What else a frame may do is as on every page.
    policy = client.get(frames[0])["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy


def oembed(client, **query):
    return client.get("/oembed/", query)


def test_the_page_of_a_figure_names_its_frame_and_where_programs_find_it(
    client, metric
):
    page = client.get(metric.get_absolute_url())

    tree = parse(page)
    found = {
        link.get("type"): link.get("href")
        for link in tree.iter(f"{HTML}link")
        if link.get("rel") == "alternate"
    }
    by_json = client.get(found["application/json+oembed"].removeprefix(SITE))
    by_xml = client.get(found["text/xml+oembed"].removeprefix(SITE))
    (code,) = [text(element) for element in tree.iter(f"{HTML}code")]
    said = json.loads(by_json.content)
    assert said["html"] == code
    assert by_json["Content-Type"] == "application/json"
    assert by_xml["Content-Type"] == "text/xml; charset=utf-8"
    as_xml = {
        part.tag: part.text
        for part in ElementTree.fromstring(by_xml.content)  # noqa: S314
    }
    assert as_xml == {name: str(value) for name, value in said.items()}


def test_oembed_describes_a_frame_with_its_study(client, metric):
    said = oembed(client, url=f"{SITE}{metric.get_absolute_url()}").json()

    assert (said["version"], said["type"]) == ("1.0", "rich")
    assert said["title"] == metric.sentence()
    assert said["author_name"] == "Braga, A. A."
    assert said["author_url"] == metric.citation.url
    assert said["provider_url"] == f"{SITE}/"
    assert said["thumbnail_url"].startswith(f"{SITE}/share/impact/{metric.pk}/")
    (frame,) = html5lib.parseFragment(said["html"])
    assert frame.tag == f"{HTML}iframe"
    assert frame.get("src") == f"{SITE}/embed/impact/{metric.pk}/"
    assert frame.get("title") == metric.sentence()
    assert (frame.get("width"), frame.get("height")) == ("600", "440")
    assert (said["width"], said["height"]) == (600, 440)


def test_it_is_no_larger_than_asked_for(client, metric):
    url = f"{SITE}{metric.get_absolute_url()}"

    small = oembed(client, url=url, maxwidth=320, maxheight=400).json()
    tiny = oembed(client, url=url, maxwidth=1).json()
    large = oembed(client, url=url, maxwidth=2000).json()

    assert (small["width"], small["height"]) == (320, 400)
    assert 'width="320" height="400"' in small["html"]
    assert "thumbnail_url" not in small
    assert tiny["width"] == 120
    assert large["width"] == 600
    assert large["thumbnail_width"] == 1200


@pytest.mark.parametrize(
    "address",
    [
        "{page}",
        "{page}?utm_source=paper#cite",
        "{site}/impact/{pk}-a-former-slug/",
        "{site}/embed/impact/{pk}/",
        "https://localhost:8000/impact/{pk}-x/",
    ],
)
def test_any_address_of_the_figure_is_understood(client, metric, address):
    page = f"{SITE}{metric.get_absolute_url()}"
    url = address.format(page=page, site=SITE, pk=metric.pk)

    # WordPress and others add what is theirs.
    answer = oembed(client, url=url, dnt=1, lang="en")

    assert answer.json()["title"] == metric.sentence()


@pytest.mark.parametrize(
    "query,status",
    [
        ({}, 400),
        ({"url": ""}, 400),
        ({"url": f"{SITE}/impact/"}, 404),
        ({"url": f"{SITE}/nothing/"}, 404),
        ({"url": f"{SITE}/impact/{10**30}-x/"}, 404),
        ({"url": "https://elsewhere.example/impact/1-x/"}, 404),
        ({"url": "http://[::1"}, 404),
        ({"url": "\x00"}, 404),
        ({"url": "x" * 100_000}, 404),
        ({"url": f"{SITE}/impact/%00-x/"}, 404),
    ],
)
def test_what_is_no_figure_is_refused(client, query, status):
    assert oembed(client, **query).status_code == status


def test_what_is_not_live_is_not_described(client, metric):
    under_review = make.metric_under_review()
    withdrawn = make.metric(state=State.WITHDRAWN)

    for record, status in [(under_review, 404), (withdrawn, 410)]:
        answer = oembed(client, url=f"{SITE}{record.get_absolute_url()}")
        assert answer.status_code == status


@pytest.mark.parametrize("value", ["abc", "-5", "1.5", "²", "9" * 5000, "\x00"])
def test_a_size_that_is_none_is_refused_and_named(client, metric, value):
    url = f"{SITE}{metric.get_absolute_url()}"

    answer = oembed(client, url=url, maxwidth=value)

    assert answer.status_code == 400
    assert "“maxwidth” is a number of pixels" in answer.content.decode()


def test_another_format_is_not_implemented(client, metric):
    url = f"{SITE}{metric.get_absolute_url()}"

    assert oembed(client, url=url, format="yaml").status_code == 501


def test_a_hostile_figure_ends_no_attribute_and_no_element(client):
    hostile = '"><script>alert(1)</script>&\x0b]]>'
    metric = make.metric(
        outcome=hostile, citation=make.citation(authors=hostile, title=hostile)
    )
    url = f"{SITE}{metric.get_absolute_url()}"

    (frame,) = html5lib.parseFragment(oembed(client, url=url).json()["html"])
    as_xml = oembed(client, url=url, format="xml")

    assert list(frame) == []
    assert "<script>" in frame.get("title")
    assert ElementTree.fromstring(as_xml.content) is not None  # noqa: S314
    page = client.get(f"/embed/impact/{metric.pk}/").content.decode()
    assert "<script>" not in page


def test_frames_ask_the_database_little(client, metric, django_assert_max_num_queries):
    query = urlencode({"url": f"{SITE}{metric.get_absolute_url()}"})
    client.get(f"/oembed/?{query}")

    # One is for the edition.
    with django_assert_max_num_queries(3):
        frame_of(client, metric)
    with django_assert_max_num_queries(3):
        client.get(f"/oembed/?{query}&maxwidth=300")
