"""Whatever is typed into search gets an answer, in as many queries as are known."""

import pytest

import make
from hits import found, marks
from news import index
from news.index import news_index
from nnsc import fragments
from reading import HTML, links, main, parse

pytestmark = pytest.mark.django_db


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
        ("/news/feed.atom?q=peace", 8),
        ("/news.csv?q=peace", 7),
        ("/api/v1/articles?q=peace", 7),
    ],
)
def test_the_number_of_queries_does_not_grow(
    client, django_assert_num_queries, address, n_queries
):
    def ask():
        response = client.get(address)
        return b"".join(response.streaming_content) if response.streaming else response

    for n_each in [2, 7]:
        make_peace(n_each)
        ask()
        index.forget()
        fragments.forget()
        news_index()
        with django_assert_num_queries(n_queries):
            ask()
