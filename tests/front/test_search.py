"""The search page: what readers type, and what they find for it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

import make
from news import index
from news.index import news_index
from news.models import Article, SourceAlias
from nnsc import fragments
from nnsc.changes import record_bulk_change
from nnsc.front.loading import load_content
from nnsc.indexing import rebuild
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


def found(response, kind="article") -> list[str]:
    """Return the titles of the hits of one kind, in their order."""
    for section in parse(response).iter(f"{HTML}section"):
        if section.get("aria-labelledby") == kind:
            return [
                text(element)
                for element in section.iter(f"{HTML}p")
                if element.get("class") == "hit__title"
            ]
    return []


def marks(response) -> list[str]:
    return [text(mark) for mark in parse(response).iter(f"{HTML}mark")]


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
        assert narrowed.n_articles == 1 + ("npr" in address) * 0


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


def test_counts_stop_where_counting_would_cost_too_much(client, monkeypatch):
    monkeypatch.setattr("nnsc.searching.N_COUNTED", 4)
    for _ in range(6):
        make.article()

    page = client.get("/search/?q=shootings")

    assert "Articles 4+" in main(page)
    assert len(found(page)) == 4


@pytest.mark.parametrize(
    "typed",
    [
        *["", " ", "%", "_", "'", '"', '""', '"""', "\\", "\x00", "a\x00b", "*", "a*"],
        *["(", ")", "NEAR(a b)", "title:x", "title : stockton", "-", "- x", "AND"],
        *["OR", "NOT", "a AND", "^a", "{a}", "a' OR '1'='1", "😀", "é", "\u0301"],
        *["<script>alert(1)</script>", "&amp;", "½ ² Ⅷ", "ﬁ", "שלום", "पुलिस", "\ud7ff"],
        *["x" * 10_000, "word " * 2_000, '"' * 10_000, "é" * 10_000, "\u0301" * 10_000],
        *[
            "·",
            "· ·",
            '"·"',
            "stockton · chicago",
            ":* & | ! <-> ()",
            "a:b:c",
            "a <-> b",
        ],
        *["e.g.", "..", "1e5", "-1", "0x1f", "a/b/c", "http://a.b/c?d=e", "a@b.c"],
    ],
)
def test_whatever_is_typed_gets_an_answer(client, typed):
    make.article(title="Stockton & Chicago")

    for address in ["/search/", "/news/"]:
        page = client.get(address, {"q": typed}, follow=True)
        assert page.status_code == 200
        assert main(page)
        assert parse(page).find(f".//{HTML}script") is None


@pytest.mark.parametrize(
    "query", ["q=%ff%fe", "q=x&kind=zebra", "q=x&kind=article&page=x", "q=x&page=-1"]
)
def test_no_address_breaks_the_page(client, query):
    make.article(title="x")

    assert client.get(f"/search/?{query}").status_code == 200


@pytest.mark.parametrize(
    "typed,sentence",
    [
        ("", "Type a word or a few"),
        ("%_%", "There is no word in that to look for."),
        ("zebra", "Nothing here has “zebra”."),
        (
            "zebra lion",
            "All words must be found together; try fewer of them: zebra lion",
        ),
        ("police " * 100, "We looked for its first words."),
    ],
)
def test_where_nothing_is_found_the_page_helps_on(client, typed, sentence):
    page = client.get("/search/", {"q": typed})

    assert sentence in main(page).replace("zebralion", "zebra lion")
    assert "/news/" in links(page)


def test_the_title_of_a_hit_may_be_anything(client):
    hostile = "<b>stockton</b> & \"<mark>\" </mark> <script>alert('stockton')</script>"
    make.article(title=hostile, quote=hostile)

    page = client.get("/search/?q=stockton")

    assert found(page) == [hostile]
    assert set(marks(page)) == {"stockton"}
    assert parse(page).find(f".//{HTML}script") is None


def test_an_article_is_found_on_its_second(client, time_machine):
    time_machine.move_to("2016-01-25T09:00Z", tick=False)
    make.article(title="Scheduled", goes_live_at=timezone.now() + timedelta(minutes=5))
    assert found(client.get("/search/?q=scheduled")) == []

    time_machine.shift(timedelta(minutes=4, seconds=59))
    assert found(client.get("/search/?q=scheduled")) == []
    time_machine.shift(timedelta(seconds=1))

    assert found(client.get("/search/?q=scheduled")) == ["Scheduled"]


def test_a_withdrawn_article_is_gone_at_once(client):
    article = make.article(title="Stockton", quote="Peacekeepers meet.")
    assert found(client.get("/search/?q=stockton")) == ["Stockton"]

    article.state = State.WITHDRAWN
    article.save()

    assert found(client.get("/search/?q=stockton")) == []


def test_a_word_of_hidden_articles_is_never_suggested(client):
    make.article(title="Peacekeeper", goes_live_at=timezone.now() + timedelta(days=1))
    make.article(title="Outreach", state=State.DRAFT)

    for typed in ["peacekeepr", "outrech"]:
        page = client.get("/search/", {"q": typed})
        assert "Showing results" not in main(page)


def test_tags_and_outlets_of_hidden_articles_are_not_shown(client):
    draft = make.article(
        tags=["Secret plan"], source=make.source(name="Secret"), state=State.DRAFT
    )
    assert found(client.get("/search/?q=secret"), "tag") == []

    draft.state = State.PUBLISHED
    draft.save()

    page = client.get("/search/?q=secret")
    assert found(page, "tag") == ["Secret plan"]
    assert found(page, "source") == ["Secret"]


def test_a_figure_under_review_is_found_by_its_line_and_never_by_a_number(client):
    make.metric_under_review(
        value_low=47,
        value_high=47,
        headline="reduction in drug offenses in all 4 neighborhoods",
        city=make.city("High Point", state="NC"),
    )

    for typed in ["47", "4", "1997", "2002", "42"]:
        assert found(client.get("/search/", {"q": typed}), "figure") == []
    page = client.get("/search/?q=drug+offense+high+point")
    assert len(found(page, "figure")) == 1
    assert "Figure under review: no number stands here yet" in main(page)
    assert "47" not in main(page)


def test_a_renamed_tag_is_found_by_its_new_name_and_an_alias_by_the_old(client):
    article = make.article(title="Stockton", tags=["Custom Notifications"])
    tag = article.tags.get()
    assert found(client.get("/search/?q=custom+notification")) == ["Stockton"]

    tag.name = "House calls"
    tag.save()
    assert found(client.get("/search/?q=custom")) == []
    assert found(client.get("/search/?q=house+calls")) == ["Stockton"]

    alias = TagAlias.objects.create(tag=tag, name="Custom Notifications")
    assert found(client.get("/search/?q=custom")) == ["Stockton"]
    alias.delete()
    assert found(client.get("/search/?q=custom")) == []


def make_peace(n):
    """Make so many records of every kind that a search for peace finds."""
    for _ in range(n):
        place = make.city(f"Peace {make.number()}")
        make.article(
            title="Peace",
            cities=[place],
            tags=[f"Peace {make.number()}"],
            source=make.source(name=f"Peace {make.number()}"),
        )
        make.program(f"Peace {make.number()}", cities=[place])
        make.metric(headline="peace", city=place)
        make.principle("Peace")


@pytest.mark.parametrize(
    "address,n_queries",
    [
        # Of each kind that is found there is one, besides the five of any search.
        ("/search/?q=peace", 12),
        ("/search/?q=peace&kind=article", 5),
        ("/search/?q=pexce", 16),
        ("/search/?q=pexce&as_typed=1", 6),
        ("/search/?q=peace+2016", 8),
        ('/search/?q="peace+peace"', 7),
        ("/news/?q=peace", 8),
        ("/news/?q=pexce", 14),
        ("/news/feed.atom?q=peace", 10),
        ("/news.csv?q=peace", 8),
        ("/api/v1/articles?q=peace", 8),
    ],
)
def test_the_number_of_queries_does_not_grow(
    client, django_assert_num_queries, address, n_queries
):
    def ask():
        response = client.get(address)
        return b"".join(response.streaming_content) if response.streaming else response

    make_peace(2)
    ask()
    index.forget()
    fragments.forget()
    news_index()
    with django_assert_num_queries(n_queries):
        ask()
    make_peace(7)
    ask()
    index.forget()
    fragments.forget()
    news_index()
    with django_assert_num_queries(n_queries):
        ask()


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


def test_a_hit_that_is_kept_follows_what_it_shows_of_others(client):
    source = make.source(name="The Record")
    make.article(title="Peace", source=source)
    assert "The Record" in main(client.get("/search/?q=peace"))

    source.name = "The Courier"
    source.save()

    assert "The Courier" in main(client.get("/search/?q=peace"))


def test_what_is_read_again_meanwhile_is_said_to_be_missing(client, monkeypatch):
    monkeypatch.setattr("nnsc.indexing.N_AT_ONCE", 4)
    source = make.source()
    for _ in range(9):
        make.article(title="Before", source=source)
    rebuild()
    Article.objects.update(title="After")
    record_bulk_change()
    addresses = ["/search/?q=after", "/news/?q=after"]

    for address in addresses:
        page = client.get(address)
        assert "Search is still reading" in main(page)
        assert "no-store" in page["Cache-Control"]
    record_bulk_change()
    for address in ["/news/feed.atom?q=after", "/news.csv?q=after"]:
        refused = client.get(address)
        assert refused.status_code == 503
        assert refused["Retry-After"] == "60"
        assert "ETag" not in refused
        assert "Search is still reading" in refused.content.decode()
    record_bulk_change()
    refused = client.get("/api/v1/articles?q=after")
    assert refused.status_code == 503
    assert refused["Retry-After"] == "60"
    assert "Search is still reading" in refused.json()["detail"]

    rebuild()
    for address in addresses:
        page = client.get(address)
        assert "Search is still reading" not in main(page)
        assert "no-store" not in page.get("Cache-Control", "")
    assert len(found(client.get("/search/?q=after"))) == 9
    assert client.get("/news/?q=after").context["page"].paginator.count == 9
    assert client.get("/api/v1/articles?q=after").json()["count"] == 9


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
