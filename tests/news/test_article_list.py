from datetime import date, timedelta

import pytest
from django.utils import timezone

import make
from nnsc.publishing import State
from reading import HTML, links, main, parse, titles

pytestmark = pytest.mark.django_db


def test_a_list_without_news_says_so(client):
    assert "No article fits this choice" in main(client.get("/news/"))


def test_it_hides_articles_whose_hour_has_not_come(client):
    make.article(goes_live_at=timezone.now() + timedelta(days=1))
    make.article(state=State.DRAFT)

    assert titles(client.get("/news/")) == []


def test_the_newest_come_first_by_month_then_known_day_then_date_added(client):
    make.article(title="December", dated=date(2015, 12, 31), dated_precision="day")
    make.article(title="Added first", dated=date(2016, 1, 1))
    make.article(title="Added last", dated=date(2016, 1, 1))
    make.article(title="The 5th", dated=date(2016, 1, 5), dated_precision="day")
    make.article(title="The 9th", dated=date(2016, 1, 9), dated_precision="day")

    assert titles(client.get("/news/")) == [
        "The 9th",
        "The 5th",
        "Added last",
        "Added first",
        "December",
    ]


def test_a_reader_narrows_by_city_tag_source_and_year(client):
    chicago, npr = make.city("Chicago", state="IL"), make.source(name="NPR")
    wanted = {"cities": [chicago], "tags": ["Trust"], "source": npr}
    make.article(title="Wanted", **wanted)
    make.article(title="Other year", **wanted, dated=date(2015, 1, 1))
    make.article(title="Other city", **wanted | {"cities": [make.city()]})
    make.article(title="Other tag", **wanted | {"tags": ["Help"]})
    make.article(title="Other source", **wanted | {"source": make.source()})

    page = client.get("/news/?city=chicago&tag=trust&source=npr&year=2016")

    assert titles(page) == ["Wanted"]
    assert "Chicago, IL · Trust · NPR · 2016" in main(page)


def test_only_what_leads_to_an_article_is_offered(client):
    make.city("Gary")
    make.article(cities=[make.city("Boston")])
    make.article(cities=[make.city("Salem")], state=State.DRAFT)

    page = client.get("/news/").content.decode()

    assert '<option value="boston">' in page
    assert '<option value="gary">' not in page
    assert '<option value="salem">' not in page


@pytest.mark.parametrize(
    "query,sentence",
    [
        ("city=chicgo", "no news with the city “chicgo”. Did you mean Chicago, OH?"),
        ("year=abc", "no news with the year “abc”"),
        ("tag=<b>x", "no news with the tag “<b>x”"),
        ("source=" + "x" * 9000, "no news with the source “xxxx"),
    ],
)
def test_an_unknown_value_gets_a_kind_sentence_and_the_rest_is_kept(
    client, query, sentence
):
    make.article(title="There", cities=[make.city("Chicago")], tags=["Trust"])

    page = client.get(
        f"/news/?{query}&year=2016" if "year" not in query else f"/news/?{query}"
    )

    assert page.status_code == 200
    assert sentence in main(page)
    assert titles(page) == ["There"]


@pytest.mark.parametrize(
    "query",
    [
        "page=-1",
        "page=0",
        "page=abc",
        "page=999999",
        "page=" + "9" * 5000,
        "year=99999999999999999999",
        "year=0",
        "city=%00",
        "city=%ff%fe",
        "tag=1&tag=2&city=&city=x",
        "=&&==",
        "x=" + "y" * 10_000,
    ],
)
def test_no_query_string_breaks_the_list(client, query):
    make.article()

    assert client.get(f"/news/?{query}").status_code == 200


def test_long_lists_are_paged_and_keep_the_choice(client):
    city = make.city("Boston")
    for _ in range(21):
        make.article(cities=[city])

    first = client.get("/news/?city=boston")
    second = client.get("/news/?city=boston&page=2")

    assert (len(titles(first)), len(titles(second))) == (20, 1)
    assert 'href="?city=boston&amp;page=2"' in first.content.decode()
    assert "Page 2 of 2" in main(second)


def test_a_page_of_a_list_is_its_own_canonical_address(client):
    for _ in range(21):
        make.article()

    second = client.get("/news/?page=2&utm_source=x")
    assert canonical(second).endswith("/news/?page=2")
    assert canonical(client.get("/news/?page=1")).endswith("/news/")


@pytest.mark.parametrize(
    "query,address",
    [
        ("city=boston", "/cities/boston/"),
        ("tag=trust", "/news/tags/trust/"),
        ("source=npr", "/sources/npr/"),
        ("year=2016", "/news/2016/"),
        ("year=2016&city=boston", "/news/?city=boston&year=2016"),
        ("city=boston&year=2016&city=boston", "/news/?city=boston&year=2016"),
    ],
)
def test_one_choice_has_one_permanent_address(client, query, address):
    npr = make.source(name="NPR")
    make.article(cities=[make.city("Boston")], tags=["Trust"], source=npr)

    page = client.get(f"/news/?{query}")

    assert canonical(page).endswith(address)
    assert ("noindex" in page.content.decode()) == ("&" in address)


def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries):
    for _ in range(3):
        make.article(cities=[make.city()], tags=[make.tag()])
    with django_assert_max_num_queries(10) as few:
        client.get("/news/")
    for _ in range(15):
        make.article(cities=[make.city()], tags=[make.tag(), make.tag()])

    with django_assert_max_num_queries(10) as many:
        client.get("/news/")

    assert len(many) == len(few)


def test_a_card_leads_to_the_article_its_source_its_cities_and_its_tags(client):
    article = make.article(
        source=make.source(name="NPR"),
        cities=[make.city("Boston")],
        tags=["Swift, Certain, & Fair"],
    )

    found = links(client.get("/news/"))

    assert article.get_absolute_url() in found
    assert {
        "/sources/npr/",
        "/cities/boston/",
        "/news/tags/swift-certain-fair/",
    } <= set(found)


def canonical(response):
    for link in parse(response).iter(f"{HTML}link"):
        if link.get("rel") == "canonical":
            return link.get("href")
    return None


def test_the_years_are_counted_newest_first(client):
    make.article(dated=date(2015, 3, 1))
    make.article(dated=date(2016, 1, 1))
    make.article(dated=date(2016, 12, 31), dated_precision="day")
    make.article(dated=date(2017, 1, 1), state=State.DRAFT)

    page = client.get("/news/")

    assert "News by year 2016 2 2015 1" in main(page)
    assert {"/news/2016/", "/news/2015/"} <= set(links(page))
