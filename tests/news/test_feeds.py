"""A feed for every view of the news."""

import json
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

import make
from news import selection
from news.models import Article
from nnsc.publishing import State
from reading import HTML, parse

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


def atom(response):
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)  # noqa: S314


def entries(feed):
    return feed.findall(f"{ATOM}entry")


def atom_titles(response):
    return [entry.findtext(f"{ATOM}title") for entry in entries(atom(response))]


def json_titles(response):
    assert response["Content-Type"] == "application/feed+json; charset=utf-8"
    return [item["title"] for item in json.loads(response.content)["items"]]


@pytest.fixture
def news():
    """Make an article that every kind of view shows, and one that none does."""
    chicago = make.city("Chicago", state="IL")
    trust = make.tag("Trust")
    make.program("Group Work", tag=trust)
    npr = make.source(name="NPR")
    make.article(title="Wanted", cities=[chicago], tags=[trust], source=npr)
    make.article(title="Other", dated=date(2015, 5, 1))


@pytest.mark.parametrize(
    "page,name",
    [
        ("/news/?city=chicago&year=2016", "Chicago, IL · 2016"),
        ("/news/?tag=trust", "Trust"),
        ("/news/2016/", "2016"),
        ("/news/2016/01/", "January 2016"),
        ("/news/tags/trust/", "Trust"),
        ("/sources/npr/", "NPR"),
        ("/cities/chicago/", "Chicago, IL"),
        ("/programs/group-work/", "Group Work"),
    ],
)
def test_every_view_has_feeds_of_its_own_that_its_page_names(client, news, page, name):
    title = f"News: {name} · National Network for Safe Communities"
    alternates = {
        link.get("type"): link
        for link in parse(client.get(page)).iter(f"{HTML}link")
        if link.get("rel") == "alternate"
    }

    for media_type in ["application/atom+xml", "application/feed+json"]:
        assert alternates[media_type].get("title") == title
    as_atom = client.get(alternates["application/atom+xml"].get("href"))
    as_json = client.get(alternates["application/feed+json"].get("href"))
    assert atom_titles(as_atom) == json_titles(as_json) == ["Wanted"]
    assert atom(as_atom).findtext(f"{ATOM}title") == title
    assert json.loads(as_json.content)["title"] == title
    assert (
        json.loads(as_json.content)["home_page_url"] == f"http://localhost:8000{page}"
    )


def test_all_news_has_a_feed_that_home_names_too(client, news):
    for page in ["/", "/news/"]:
        hrefs = [
            link.get("href") for link in parse(client.get(page)).iter(f"{HTML}link")
        ]
        assert "/news/feed.atom" in hrefs
        assert "/news/feed.json" in hrefs
    assert atom_titles(client.get("/news/feed.atom")) == ["Wanted", "Other"]


def test_a_month_is_said_as_a_month_and_no_day_is_made_up(client):
    shown_at = timezone.now() - timedelta(days=3)
    article = make.article(goes_live_at=shown_at)

    (entry,) = entries(atom(client.get("/news/feed.atom")))
    (item,) = json.loads(client.get("/news/feed.json").content)["items"]

    assert entry.findtext(f"{ATOM}published") == shown_at.isoformat()
    assert entry.findtext(f"{ATOM}updated") == article.updated_at.isoformat()
    assert item["date_published"] == shown_at.isoformat()
    for text in [entry.findtext(f"{ATOM}summary"), item["content_html"]]:
        assert f"<p>{article.source}, January 2016</p>" in text
        assert "2016-01-01" not in text


def test_an_entry_keeps_its_name_whatever_changes(client):
    article = make.article()
    feed = "/news/feed.atom"
    names = [entry.findtext(f"{ATOM}id") for entry in entries(atom(client.get(feed)))]

    article.title, article.slug, article.dated = "New", "new", date(2014, 1, 1)
    article.save()

    (entry,) = entries(atom(client.get(feed)))
    assert names == [f"tag:nnscommunities.org,2016:article/{article.pk}"]
    assert entry.findtext(f"{ATOM}id") == names[0]
    (item,) = json.loads(client.get("/news/feed.json").content)["items"]
    assert item["id"] == names[0]


def test_a_feed_keeps_its_name_when_a_city_is_renamed(client):
    city = make.city("Chicago")
    make.article(cities=[city])
    before = atom(client.get("/cities/chicago/feed.atom")).findtext(f"{ATOM}id")

    city.slug = "chicago-il"
    city.save()

    after = atom(client.get("/cities/chicago-il/feed.atom")).findtext(f"{ATOM}id")
    assert before == after


def test_it_has_the_fifty_that_were_shown_last_however_old_their_stories(client):
    shown_at = timezone.now() - timedelta(days=60)
    for day in range(50):
        moment = shown_at + timedelta(days=day)
        make.article(dated=date(2016, 1, 1), goes_live_at=moment)
    first = Article.objects.earliest("goes_live_at")
    first.title = "First"
    first.save()
    make.article(title="Old story, new here", dated=date(2009, 1, 1))

    titles = atom_titles(client.get("/news/feed.atom"))

    assert len(titles) == 50
    assert "First" not in titles
    assert titles[-1] == "Old story, new here"


def test_a_great_selection_is_walked_and_says_the_same(client, monkeypatch):
    city = make.city("Chicago")
    for number in range(30):
        make.article(cities=[city] if number % 3 else [])
    small = [
        atom_titles(client.get(f"/news/feed.atom{query}"))
        for query in ["", "?city=chicago"]
    ]

    monkeypatch.setattr(selection, "N_BY_ID", 0)
    monkeypatch.setattr(selection, "N_STREAMED", 4)
    make.tag()

    for before, query in zip(small, ["", "?city=chicago"], strict=True):
        assert atom_titles(client.get(f"/news/feed.atom{query}")) == before


def test_its_queries_do_not_grow(client, django_assert_num_queries):
    make.article(cities=[make.city()], tags=["Trust"])
    client.get("/news/feed.atom")
    for _ in range(5):
        make.article(cities=[make.city()], tags=[make.tag()])
    client.get("/news/")

    # The edition, which are the latest; and, of the new ones alone, all they show.
    with django_assert_num_queries(5):
        client.get("/news/feed.atom")
    with django_assert_num_queries(2):
        client.get("/news/feed.atom")


def test_an_entry_follows_its_article_and_what_that_names(client):
    city = make.city("Boston")
    article = make.article(title="Peace", cities=[city])
    make.article(title="Other")
    client.get("/news/feed.json")

    article.title = "Peace at last"
    article.save()
    city.name = "New Boston"
    city.save()

    _other, changed = client.get("/news/feed.json").json()["items"]
    assert changed["title"] == "Peace at last"
    assert "New Boston" in str(changed["tags"])


def test_only_what_is_live_is_in(client):
    make.article(state=State.DRAFT)
    make.article(state=State.WITHDRAWN)
    make.article(goes_live_at=timezone.now() + timedelta(hours=1))

    assert atom_titles(client.get("/news/feed.atom")) == []
    assert json_titles(client.get("/news/feed.json")) == []


def test_a_title_may_be_anything(client):
    hostile = 'A\x0b\x1f <script>alert(1)</script> ]]> & "q" \ufffe \U0001f600'
    make.article(
        title=hostile,
        quote="<img src=x onerror=alert(1)>\x0b",
        summary="]]><script>",
        cities=[make.city("<b>City")],
        tags=["<i>&Tag"],
    )

    (entry,) = entries(atom(client.get("/news/feed.atom")))
    (item,) = json.loads(client.get("/news/feed.json").content)["items"]

    clean = 'A <script>alert(1)</script> ]]> & "q"  \U0001f600'
    assert entry.findtext(f"{ATOM}title") == item["title"] == clean
    for text in [entry.findtext(f"{ATOM}summary"), item["content_html"]]:
        assert "<img" not in text
        assert "<script" not in text
    assert [category.get("term") for category in entry.findall(f"{ATOM}category")] == [
        "<b>City, OH",
        "<i>&Tag",
    ]


def test_it_leads_to_the_story_itself(client):
    make.article(source_url="https://npr.org/story")

    (entry,) = entries(atom(client.get("/news/feed.atom")))
    (item,) = json.loads(client.get("/news/feed.json").content)["items"]

    links = {link.get("rel"): link.get("href") for link in entry.findall(f"{ATOM}link")}
    assert links["via"] == item["external_url"] == "https://npr.org/story"
    assert links["alternate"].startswith("http://localhost:8000/news/")


@pytest.mark.parametrize(
    "query,words",
    [
        ("city=chicgo", "No city called “chicgo”. Did you mean Chicago, OH?"),
        ("citty=chicago", "There is no parameter “citty” here."),
        ("month=2016-13", "No news of the month “2016-13”."),
        ("year=abc&page=2", "There is no parameter “page” here."),
    ],
)
def test_a_feed_that_would_not_be_what_was_asked_is_refused(client, query, words):
    make.article(cities=[make.city("Chicago")])

    answer = client.get(f"/news/feed.atom?{query}")

    assert answer.status_code == 400
    assert words in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/cities/nowhere/feed.atom",
        "/news/tags/nothing/feed.json",
        "/sources/nobody/feed.atom",
        "/programs/none/feed.atom",
        "/news/1999/feed.atom",
        "/news/1999/02/feed.json",
        "/news/feed.rss",
    ],
)
def test_what_is_not_there_has_no_feed(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("form", ["atom", "json"])
def test_a_feed_travels_compressed(client, form):
    make.article()

    answer = client.get(f"/news/feed.{form}", headers={"accept-encoding": "br"})

    assert answer.headers["Content-Encoding"] == "br"
