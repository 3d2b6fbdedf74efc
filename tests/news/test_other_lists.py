from datetime import date

import pytest

import make
from nnsc.publishing import State
from reading import links, main, titles

pytestmark = pytest.mark.django_db


def test_a_year_shows_its_news_and_its_months(client):
    make.article(title="May", dated=date(2016, 5, 1))
    make.article(title="January", dated=date(2016, 1, 1))
    make.article(title="Before", dated=date(2015, 12, 1))

    page = client.get("/news/2016/")

    assert titles(page) == ["May", "January"]
    assert "May 2016 1 January 2016 1" in main(page)
    months = [link for link in links(page) if link.startswith("/news/2016/")]
    months = [link for link in months if link.endswith("/")]
    assert months == ["/news/2016/05/", "/news/2016/01/"]


def test_a_month_shows_its_news(client):
    make.article(title="May", dated=date(2016, 5, 1))
    make.article(title="January", dated=date(2016, 1, 9), dated_precision="day")

    page = client.get("/news/2016/01/")

    assert titles(page) == ["January"]
    assert "News of January 2016" in main(page)


@pytest.mark.parametrize(
    "address", ["/news/2015/", "/news/2016/02/", "/news/2016/13/", "/news/216/"]
)
def test_a_time_without_news_is_not_found(client, address):
    make.article()

    assert client.get(address).status_code == 404


def test_a_tag_shows_its_news_its_meaning_and_its_program(client):
    tag = make.tag("Trust", meaning="Between police and residents.")
    make.program("Building Trust", tag=tag)
    make.article(title="Wanted", tags=[tag])
    make.article(title="Other", tags=["Help"])

    page = client.get("/news/tags/trust/")

    assert titles(page) == ["Wanted"]
    assert "Between police and residents." in main(page)
    assert "/programs/building-trust/" in links(page)


def test_a_tag_without_news_says_so(client):
    make.tag("Trust")

    assert "No news carries this tag yet." in main(client.get("/news/tags/trust/"))


def test_tags_and_sources_are_listed_with_their_live_articles(client):
    npr = make.source(name="NPR")
    make.source(name="Unused")
    make.tag("Unused")
    make.article(source=npr, tags=["Trust"])
    make.article(source=npr, tags=["Trust", "Help"])
    make.article(source=npr, tags=["Trust"], state=State.DRAFT)

    tags, sources = main(client.get("/news/tags/")), main(client.get("/sources/"))

    assert "Help 1 article Trust 2 articles" in tags
    assert "NPR 2 articles" in sources
    assert "Unused" not in tags + sources


def test_lists_of_nothing_say_so(client):
    assert "No article has a tag yet." in main(client.get("/news/tags/"))
    assert "No story has been gathered yet." in main(client.get("/sources/"))


def test_a_source_shows_its_stories(client):
    npr = make.source(name="NPR", home_page="https://www.npr.org/")
    make.article(title="Wanted", source=npr)
    make.article(title="Other")

    page = client.get("/sources/npr/")

    assert titles(page) == ["Wanted"]
    assert "https://www.npr.org/" in page.content.decode()


@pytest.mark.parametrize("address", ["/news/tags/nothing/", "/sources/nothing/"])
def test_an_unknown_name_is_not_found(client, address):
    assert client.get(address).status_code == 404
