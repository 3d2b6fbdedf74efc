from datetime import date, timedelta

import pytest
from django.utils import timezone

import make
from nnsc.publishing import State
from nnsc.structured import json_ld
from reading import headings, links, main, titles

pytestmark = pytest.mark.django_db


def test_a_reader_sees_the_story_and_the_way_to_it(client):
    article = make.article(
        title="Teens <and> veterans",
        source=make.source(name="NPR"),
        source_url="https://www.npr.org/transcripts/463875598",
        byline="Audie Cornish",
        quote="They're going through\u2026 this.",
        editor_note="The link is to the transcript.",
        cities=[make.city("Chicago", state="IL")],
        tags=["Support & Outreach"],
    )

    page = client.get(article.get_absolute_url())

    html, words = page.content.decode(), main(page)
    assert headings(page, "h1") == ["Teens <and> veterans"]
    assert '<time datetime="2016-01">January 2016</time>' in html
    assert 'href="https://www.npr.org/transcripts/463875598"' in html
    assert "Read the story at npr.org" in words
    assert "“They're going through\u2026 this.” NPR, January 2016" in words
    assert "By Audie Cornish" in words
    assert "The link is to the transcript." in words
    assert {"/cities/chicago/", "/news/tags/support-outreach/"} <= set(links(page))


def test_a_summary_is_not_shown_as_a_quote(client):
    article = make.article(quote="", summary="It profiles a safe space.")

    page = client.get(article.get_absolute_url())

    assert "Our summary It profiles a safe space." in main(page)
    assert "blockquote" not in page.content.decode()


def test_a_story_without_a_link_says_so(client):
    article = make.article(source_url="", source=make.source(name="Island Exchange"))

    page = client.get(article.get_absolute_url())

    assert "no address for this story. Island Exchange may have it" in main(page)


def test_no_day_is_shown_where_only_the_month_is_known(client):
    article = make.article(dated=date(2016, 1, 1))

    for address in [article.get_absolute_url(), "/news/", "/"]:
        html = client.get(address).content.decode()
        assert "2016-01-01" not in html
        assert "January 1" not in html


def test_a_known_day_is_shown(client):
    article = make.article(dated=date(2016, 1, 25), dated_precision="day")

    html = client.get(article.get_absolute_url()).content.decode()

    assert '<time datetime="2016-01-25">January 25, 2016</time>' in html


def test_an_old_slug_leads_to_the_article(client):
    article = make.article(title="New title")

    answer = client.get(f"/news/{article.pk}-old-title/")

    assert answer.status_code == 301
    assert answer.url == article.get_absolute_url()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.DRAFT},
        {"state": State.READY},
        {"goes_live_at": timezone.now() + timedelta(days=1)},
    ],
)
def test_what_is_not_live_is_not_found(client, fields):
    article = make.article(title="Secret", **fields)

    answer = client.get(article.get_absolute_url())

    assert answer.status_code == 404
    assert "Secret" not in answer.content.decode()


def test_a_withdrawn_article_is_gone_and_says_where_to_go(client):
    article = make.article(title="Mistaken", state=State.WITHDRAWN)

    answer = client.get(article.get_absolute_url())

    assert answer.status_code == 410
    assert "Mistaken" not in answer.content.decode()
    assert "withdrawn" in main(answer)
    assert "/news/" in links(answer)


@pytest.mark.parametrize(
    "address",
    ["/news/0-x/", "/news/99999999999999999999999-x/", "/news/1-/", "/news/x-1/"],
)
def test_an_address_of_nothing_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_a_reader_walks_the_list_article_by_article(client):
    oldest = make.article(dated=date(2015, 5, 1))
    earlier = make.article(dated=date(2016, 1, 1))
    later = make.article(dated=date(2016, 1, 1))
    make.article(dated=date(2015, 12, 1), state=State.DRAFT)

    def neighbours(article):
        page = client.get(article.get_absolute_url())
        return page.context["newer"], page.context["older"]

    assert neighbours(later) == (None, earlier)
    assert neighbours(earlier) == (later, oldest)
    assert neighbours(oldest) == (earlier, None)


def test_more_news_of_the_same_city_is_offered(client):
    boston = make.city("Boston")
    article = make.article(cities=[boston, make.city()])
    make.article(title="Elsewhere", cities=[make.city()])
    make.article(title="Hidden", cities=[boston], state=State.DRAFT)
    make.article(title="Also Boston", cities=[boston])

    assert titles(client.get(article.get_absolute_url())) == ["Also Boston"]


def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries):
    cities = [make.city() for _ in range(5)]
    article = make.article(cities=cities, tags=["One"])
    for _ in range(5):
        make.article(cities=cities, tags=["One", "Two", "Three"])

    client.get("/news/")  # which makes this process's index

    with django_assert_max_num_queries(10):
        client.get(article.get_absolute_url())


def test_what_an_article_says_is_rendered_anew_when_it_or_a_name_in_it_changes(
    client, monkeypatch
):
    tag = make.tag("Trust")
    article = make.article(title="Peace", tags=[tag])
    address, n_made = article.get_absolute_url(), []

    def describe(*things):
        n_made.append(1)
        return json_ld(*things)

    monkeypatch.setattr("news.views.json_ld", describe)
    client.get(address)

    make.article(title="Another", source=article.source)
    assert "Another" in main(client.get(address))
    assert len(n_made) == 1

    tag.name = "Mutual trust"
    tag.save()
    assert "Mutual trust" in main(client.get(address))

    article.title = "Peace at last"
    article.save()
    page = client.get(article.get_absolute_url())
    assert headings(page, "h1") == ["Peace at last"]
    assert len(n_made) == 3


def test_an_article_that_is_kept_is_gone_when_it_is_withdrawn_or_deleted(client):
    withdrawn, deleted = make.article(), make.article()
    for article in (withdrawn, deleted):
        assert client.get(article.get_absolute_url()).status_code == 200

    withdrawn.state = State.WITHDRAWN
    withdrawn.save()
    address = deleted.get_absolute_url()
    deleted.delete()

    assert client.get(withdrawn.get_absolute_url()).status_code == 410
    assert client.get(address).status_code == 404
