"""The search page: what readers type, and what they find for it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

import make
from hits import found, marks
from news.models import Article, SourceAlias
from nnsc import fragments
from nnsc.front.loading import load_content
from nnsc.models import TagAlias
from nnsc.publishing import State
from reading import HTML, links, main, parse, text

pytestmark = pytest.mark.django_db

TOMORROW = timezone.now() + timedelta(days=1)
TEENS = "Chicago Teens And Combat Veterans Join Forces To Process Trauma"
ATTORNEY = "US attorney for Connecticut builds closer ties with police"
SUFFOLK = "Suffolk Partners with Federal Officials to Create Firearm Suppression Team"
SAFE_SPACE = "A safe space in one of Chicago’s most violent neighborhoods"
NYPD = "The NYPD: Winning the war on crime"
STOCKTON = "Stockton Crime Rate at 15-Year Low"
JOSE = "San José names its first peacemaker"
OLD, NEW = "Homicide review of the old year", "Homicide review of the new year"
BODY = "A quiet summer"

# What is typed, and titles of what is found; first in order where it says so.
CASES = [
    # Words in their forms
    ("homicides", {OLD, NEW, BODY, STOCKTON}),
    ("homicide", {OLD, NEW, BODY, STOCKTON}),
    ("veteran", {TEENS}),
    ("neighborhood", {SAFE_SPACE, STOCKTON, TEENS}),
    ("attorneys", {ATTORNEY}),
    ("partnering", {SUFFOLK}),
    ("SHARING intelligence", {ATTORNEY}),
    ("communities of the NYPD", {NYPD}),
    # Beginnings
    ("stock", {STOCKTON}),
    ("Chicag", {TEENS, SAFE_SPACE}),
    ("homic", {OLD, NEW, BODY, STOCKTON}),
    ("suppres", {SUFFOLK}),
    ("crime rate stock", {STOCKTON}),
    ("stock crime", {STOCKTON}),
    # One letter wrong
    ("homocide", {OLD, NEW, BODY, STOCKTON}),
    ("homocides", {OLD, NEW, BODY, STOCKTON}),
    ("Stocton", {STOCKTON}),
    ("chciago", {TEENS, SAFE_SPACE}),
    ("trraumaa", set()),
    ("vetterans", {TEENS}),
    ("jtockton", {STOCKTON}),
    ("stocton reconcilation", {STOCKTON}),
    ('"combt veterans"', {TEENS}),
    # Accents and signs
    ("san jose", {JOSE}),
    ("SAN JOSÉ", {JOSE}),
    ("Jose\u0301", {JOSE}),
    ("peacemaker’s", {JOSE}),
    ("F.A.S.T.", {SUFFOLK}),
    ("fast", {SUFFOLK}),
    ("U.S. attorney", {ATTORNEY}),
    ("15 year low", {STOCKTON}),
    # Phrases
    ('"combat veterans"', {TEENS}),
    ('"veterans combat"', set()),
    ("veterans combat", {TEENS}),
    ('"crime rate" stockton', {STOCKTON}),
    ("“safe space”", {SAFE_SPACE}),
    ('"safe space', {SAFE_SPACE}),
    # A title's end and a body's beginning are not side by side.
    ('"quiet summer homicide"', set()),
    # Names: outlets, cities, tags, and what they were once called
    ("npr", {TEENS}),
    ("national public radio", {TEENS}),
    ("associated press", {ATTORNEY}),
    ("new haven", {ATTORNEY}),
    ("illinois", {TEENS, SAFE_SPACE}),
    ("swift, certain & fair", {NYPD}),
    ("Swift Certain and Fair", {NYPD}),
    ("gang reconciling", {STOCKTON}),
    ("truth telling", {STOCKTON}),
    ("january 2016 npr", {TEENS}),
    ("chicago trauma veterans", {TEENS}),
    # Words that nearly every text has
    ("what is the trauma in chicago", {TEENS}),
    ("to be or not to be a zebra", set()),
    # Nothing
    ("zebra", set()),
    ("chicago zebra", set()),
    ("withdrawn secrets", set()),
    ("unborn story", set()),
]
OTHERS = [
    ("city", "stockton", "Stockton, CA"),
    ("city", "california", "Stockton, CA"),
    ("city", "new york city", "New York City, NY"),
    ("program", "peacekeeper", "Operation Peacekeeper"),
    ("program", "ceasfire", "Operation Ceasefire (Boston)"),
    ("principle", "deterrence", "Get deterrence right"),
    ("principle", "first do no harm", "First do no harm"),
    ("tag", "gang reconciliation", "Reconciliation"),
    ("tag", "fair and certain", "Swift, Certain, & Fair"),
    ("source", "national public radio", "NPR"),
    ("source", "stockton rec", "Stockton Record"),
    ("figure", "youth homicides boston", "reduction in youth homicide"),
    ("figure", "63", "reduction in youth homicide"),
    ("figure", "Rockford offense", "reduction in non-violent offenses"),
]


@pytest.fixture
def content():
    load_content()
    npr = Article.objects.get(title=TEENS).source
    SourceAlias.objects.create(source=npr, name="National Public Radio")
    tag = Article.objects.get(title=STOCKTON).tags.get(name="Reconciliation")
    TagAlias.objects.create(tag=tag, name="Gang reconciling and truth-telling")
    gazette = make.source(name="The Gazette")
    old = {"source": gazette, "quote": "They meet."}
    make.article(title=OLD, dated=date(2013, 5, 1), **old)
    make.article(title=JOSE, dated=date(2012, 5, 1), **old)
    make.article(title=NEW, dated=date(2014, 5, 1), **old)
    make.article(
        title=BODY, source=gazette, quote="Homicides fell.", dated=date(2015, 5, 1)
    )
    make.article(title="Withdrawn secrets", state=State.WITHDRAWN)
    tomorrow = timezone.now() + timedelta(days=1)
    make.article(title="Unborn story", goes_live_at=tomorrow)


def test_every_query_of_the_table_finds_what_it_must(client, content):
    wrong = []
    for typed, expected in CASES:
        titles = found(client.get("/search/", {"q": typed}))
        if set(titles) != expected or len(titles) != len(expected):
            wrong.append(f"{typed}: {titles}, not {sorted(expected)}")
    for kind, typed, expected in OTHERS:
        titles = found(client.get("/search/", {"q": typed}), kind)
        if expected not in titles:
            wrong.append(f"{typed}: {kind} {titles} lacks {expected}")

    assert len(CASES) >= 40
    assert wrong == []


def test_the_news_list_finds_what_the_search_finds(client, content):
    wrong = []
    for typed, expected in CASES:
        page = client.get("/news/", {"q": typed}).context["page"]
        titles = {article.title for article in page}
        if titles != expected:
            wrong.append(f"{typed}: {titles}, not {sorted(expected)}")

    assert wrong == []


def test_titles_come_first_and_then_the_newest(client, content):
    assert found(client.get("/search/?q=homicides")) == [NEW, OLD, STOCKTON, BODY]


def test_it_is_grouped_by_kind_with_counts(client, content):
    page = client.get("/search/?q=stockton")

    assert [text(heading) for heading in parse(page).iter(f"{HTML}h2")] == [
        *["Articles", "Cities", "Figures", "Programs", "Sources"]
    ]
    assert "Articles 1 Cities 1 Figures 1 Programs 2 Sources 1" in main(page)
    assert {"/cities/stockton/", "/sources/stockton-record/"} <= set(links(page))


def test_hits_are_marked_in_whatever_form_they_stand(client, content):
    assert {"Homicides", "Homicide"} <= set(marks(client.get("/search/?q=homicide")))
    assert set(marks(client.get('/search/?q="combat+veterans"'))) == {
        "Combat",
        "Veterans",
    }
    assert "José" in marks(client.get("/search/?q=jose"))


def test_a_passage_of_the_outlet_stands_in_quotation_marks(client):
    make.article(title="One", quote="Peace at last. " + "And more. " * 60)
    make.article(title="Two", quote="", summary="In our words, peace. " * 3)

    page = main(client.get("/search/?q=peace"))

    assert "“Peace at last. And more." in page
    assert " …”" in page
    assert "2016 In our words, peace." in page


def test_a_mistyped_word_says_what_was_looked_for_and_offers_the_other(client, content):
    page = client.get("/search/?q=homocide")

    assert "Showing results for homicide. Search instead for homocide." in main(page)
    assert "/search/?q=homocide&as_typed=1" in links(page)
    assert "Nothing here has “homocide”" in main(
        client.get("/search/?q=homocide&as_typed=1")
    )


def test_words_that_name_facets_lead_to_the_narrowed_news(client, content):
    page = client.get("/search/?q=stockton+reconciliation+2016")

    assert "/news/?city=stockton&tag=reconciliation&year=2016" in links(page)
    assert "News: Stockton, CA · Reconciliation · 2016 (1 article)" in main(page)


@pytest.mark.parametrize(
    "typed,address",
    [
        ("Stockton", "/cities/stockton/"),
        ("stockton, california 2016", "/news/?city=stockton&year=2016"),
        ("national public radio", "/sources/npr/"),
        ("swift certain & fair nyc", None),
        ("crime in stockton", "/news/?city=stockton&q=crime"),
        ("2016 gang reconciling and truth-telling", "/news/?tag=reconciliation&year"),
        ("stockton 2011", None),
    ],
)
def test_the_narrowed_news_are_offered_where_there_are_any(
    client, content, typed, address
):
    narrowed = client.get("/search/", {"q": typed}).context["narrowed"]

    if address is None:
        assert narrowed is None
    else:
        assert narrowed.address.startswith(address)
        assert narrowed.n_articles == 1


@pytest.mark.parametrize(
    "typed,address",
    [
        ("crime gary", "/news/?city=gary&q=crime"),
        ("gary crime 2016", "/news/?city=gary&year=2016&q=crime"),
        ("the former steel city and crime", "/news/?city=gary&q=crime"),
        ("gary boston crim", "/news/?city=boston&city=gary&q=crim"),
        ("gary, indiana outreach crime", "/news/?city=gary&tag=outreach&q=crime"),
        ('gary "crime rises"', "/news/?city=gary&q=%22crime+rises%22"),
        ('"gary" crime', "/news/?city=gary&q=crime"),
        ('"crime in gary"', None),
        ("gary zebra", None),
    ],
)
def test_the_narrowed_news_have_as_many_articles_as_it_says(client, typed, address):
    boston, gary = make.city("Boston", state="MA"), make.city("Gary", state="IN")
    gary.aliases.create(name="The former steel city")
    make.article(title="Crime falls", cities=[boston])
    make.article(title="Criminals repent", cities=[gary], tags=["Outreach"])
    make.article(title="Crime rises", cities=[gary], tags=["Outreach"])
    make.article(title="Trust", cities=[gary])
    make.article(title="Crime", cities=[gary], goes_live_at=TOMORROW)

    narrowed = client.get("/search/", {"q": typed}).context["narrowed"]

    assert (narrowed and narrowed.address) == address
    if narrowed:
        shown = client.get(address).context["page"].paginator.count
        assert narrowed.n_articles == shown > 0


def test_the_narrowed_news_of_very_many_are_not_counted(client, monkeypatch):
    monkeypatch.setattr("nnsc.searching.N_COUNTED", 4)
    boston = make.city("Boston", state="MA")
    for _ in range(6):
        make.article(cities=[boston])

    page = client.get("/search/?q=boston+shootings")

    assert "News: Boston, MA · “shootings”" in main(page)
    assert page.context["narrowed"].n_articles is None
    assert "/news/?city=boston&q=shootings" in links(page)


def test_many_articles_are_shown_page_by_page(client):
    for _ in range(25):
        make.article()

    first = client.get("/search/?q=shootings")
    assert len(found(first)) == 10
    assert "All 25 articles" in main(first)
    assert "/search/?q=shootings&kind=article" in links(first)

    second = client.get("/search/?q=shootings&kind=article&page=2")
    assert len(found(second)) == 5
    assert "Page 2 of 2" in main(second)
    assert 'href="?q=shootings&amp;kind=article&amp;page=1"' in second.content.decode()


def test_titles_come_first_on_every_page(client):
    source = make.source()
    for n in range(50):
        title = f"Story {n}" if n % 2 else f"Shootings {n}"
        make.article(title=title, quote="Shootings fell.", source=source)

    pages = [
        client.get(f"/search/?q=shootings&kind=article&page={page}")
        for page in (1, 2, 3)
    ]

    titles = [f"Shootings {n}" for n in range(48, -1, -2)]
    others = [f"Story {n}" for n in range(49, 0, -2)]
    assert [title for page in pages for title in found(page)] == [*titles, *others]
    last = client.get("/search/?q=shootings&kind=article&page=99")
    assert found(last) == others[-10:]


def test_a_usual_search_takes_ten_queries_and_half_as_many_where_hits_are_kept(
    client, content, django_assert_num_queries
):
    client.get("/search/?q=stockton")
    fragments.forget()

    with django_assert_num_queries(10):
        client.get("/search/?q=stockton")
    with django_assert_num_queries(5):
        page = client.get("/search/?q=stockton")

    assert "Articles 1 Cities 1 Figures 1 Programs 2 Sources 1" in main(page)


def test_search_pages_are_no_business_of_search_engines(client):
    page = client.get("/search/?q=x").content.decode()

    assert '<meta name="robots" content="noindex,follow">' in page
    assert 'rel="canonical"' not in page


def test_every_page_has_the_box(client):
    forms = [
        form
        for form in parse(client.get("/about/")).iter(f"{HTML}form")
        if form.get("role") == "search"
    ]

    assert [form.get("action") for form in forms] == ["/search/"]


def test_words_narrow_the_news_beside_the_facets(client):
    boston, gary = make.city("Boston"), make.city("Gary")
    make.article(title="Boston peace", cities=[boston])
    make.article(title="Gary peace", cities=[gary])
    make.article(title="Gary trust", cities=[gary])

    page = client.get("/news/?q=peace")
    assert page.context["page"].paginator.count == 2
    assert "/news/" in links(page)
    assert "Take back: “peace”" in main(page)
    assert "noindex" in page.content.decode()

    both = client.get("/news/?q=peace&city=gary")
    assert [article.title for article in both.context["page"]] == ["Gary peace"]
    assert {"/news/?q=peace", "/news/?city=gary"} <= set(links(both))
    assert 'value="peace"' in both.content.decode()
    options = {
        option.value: option.n_records
        for option in both.context["chosen"].facets[0].options
    }
    assert options == {"boston": 1, "gary": 1}


def test_mistyped_words_narrow_the_news_as_they_were_meant(client):
    make.article(title="Peace")

    page = client.get("/news/?q=pexce")

    assert "No article has “pexce”; these have “peace”." in main(page)
    assert page.context["page"].paginator.count == 1


def test_the_words_stay_from_page_to_page(client):
    for _ in range(21):
        make.article()

    page = client.get("/news/?q=shootings+fall&year=2016")

    assert 'href="?year=2016&amp;q=shootings+fall&amp;page=2"' in page.content.decode()
