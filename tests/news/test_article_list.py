import random
from datetime import date, timedelta

import pytest
from django.utils import timezone

import make
from news.models import Article
from nnsc.publishing import State
from reading import HTML, links, main, parse, text, titles

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
    assert "Chicago, IL × Take back: Trust × Take back: NPR × Take back: 2016 ×" in (
        main(page)
    )


def test_only_what_leads_to_an_article_is_offered(client):
    make.city("Gary")
    make.article(cities=[make.city("Boston")])
    make.article(cities=[make.city("Salem")], state=State.DRAFT)

    assert options(client.get("/news/"), "city") == {"boston": 1}


@pytest.mark.parametrize(
    "query,sentence",
    [
        ("city=chicgo", "No city called “chicgo”. Did you mean Chicago, OH?"),
        ("year=abc", "No news of the year “abc”."),
        ("tag=<b>x", "No tag called “<b>x”."),
        ("source=" + "x" * 9000, "No source called “xxxx"),
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

    assert client.get(f"/news/?{query}", follow=True).status_code == 200


@pytest.mark.parametrize(
    "query,address",
    [
        ("q=&city=boston", "/news/?city=boston"),
        ("city=&tag=&year=2016&year=", "/news/?year=2016"),
        ("q=+", "/news/"),
    ],
)
def test_what_a_form_left_empty_does_not_stay_in_the_address(client, query, address):
    make.article(cities=[make.city("Boston")])

    answer = client.get(f"/news/?{query}")

    assert (answer.status_code, answer.url) == (302, address)


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
    client.get("/news/")
    with django_assert_max_num_queries(10) as few:
        client.get("/news/")
    for _ in range(15):
        make.article(cities=[make.city()], tags=[make.tag(), make.tag()])
    client.get("/news/")

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


def options(response, name):
    """Return the values that a facet offers, with their counts."""
    return {
        label.find(f"{HTML}input").get("value"): int(text(label).split()[-1])
        for label in parse(response).iter(f"{HTML}label")
        if label.find(f"{HTML}input").get("name") == name
    }


def test_values_of_one_facet_widen_and_facets_narrow(client):
    boston, gary = make.city("Boston"), make.city("Gary")
    make.article(title="Boston trust", cities=[boston], tags=["Trust"])
    make.article(title="Gary trust", cities=[gary], tags=["Trust"])
    make.article(title="Gary help", cities=[gary], tags=["Help"])

    both = client.get("/news/?city=boston&city=gary&tag=trust")

    assert sorted(titles(both)) == ["Boston trust", "Gary trust"]


def test_a_facet_is_counted_without_its_own_choice(client):
    boston, gary = make.city("Boston"), make.city("Gary")
    make.article(cities=[boston], tags=["Trust"])
    make.article(cities=[gary], tags=["Trust"])
    make.article(cities=[gary], tags=["Help"])

    page = client.get("/news/?city=boston")

    assert options(page, "city") == {"gary": 2, "boston": 1}
    assert options(page, "tag") == {"trust": 1}


def test_a_long_facet_folds_but_never_hides_what_was_chosen(client):
    for at in range(12):
        make.article(tags=[f"Tag {at:02}"])

    html = client.get("/news/?tag=tag-11&tag=tag-00").content.decode()

    unfolded, folded = html.split("<details>")[0], html.split("<details>")[1]
    assert "3 more" in folded
    assert 'value="tag-11" checked' in unfolded


def test_a_chip_takes_its_part_of_the_choice_back(client):
    make.article(cities=[make.city("Boston")], tags=["Trust"])

    page = client.get("/news/?year=2016&tag=trust&city=boston")

    assert {
        "/news/?tag=trust&year=2016",
        "/news/?city=boston&year=2016",
        "/news/?city=boston&tag=trust",
    } <= set(links(page))


def test_nothing_that_is_offered_leads_nowhere(client):
    chance = random.Random(2016)
    cities, tags = [make.city() for _ in range(4)], [make.tag() for _ in range(4)]
    sources = [make.source() for _ in range(3)]
    for _ in range(40):
        make.article(
            cities=chance.sample(cities, chance.randint(0, 2)),
            tags=chance.sample(tags, chance.randint(0, 3)),
            source=chance.choice(sources),
            dated=date(2014 + chance.randrange(3), 1, 1),
        )
    for _ in range(25):
        chosen = {"city": set(), "tag": set(), "source": set(), "year": set()}
        for _ in range(chance.randint(0, 4)):
            page = client.get("/news/", {name: list(v) for name, v in chosen.items()})
            name = chance.choice(list(chosen))
            offered = options(page, name)
            assert all(offered.values()) or chosen[name]
            value = chance.choice(list(offered))
            widened = chosen | {name: {value}}
            answer = client.get("/news/", {n: list(v) for n, v in widened.items()})
            assert answer.context["page"].paginator.count == offered[value]
            assert answer.context["page"].paginator.count == by_the_database(widened)
            chosen[name].add(value)


def by_the_database(chosen):
    fields = {"city": "cities__slug", "tag": "tags__slug", "source": "source__slug"}
    articles = Article.objects.live()
    for name, values in chosen.items():
        if values:
            found = {f"{fields.get(name, 'dated__year')}__in": values}
            articles = articles.filter(pk__in=Article.objects.filter(**found))
    return articles.count()


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
