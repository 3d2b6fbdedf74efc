"""Search follows the content: live, hidden, renamed, under review, still to be read."""

from datetime import timedelta

import pytest
from django.utils import timezone

import make
from hits import found
from news.models import Article
from nnsc.changes import record_bulk_change
from nnsc.indexing import rebuild
from nnsc.models import TagAlias
from nnsc.publishing import State
from reading import main

pytestmark = pytest.mark.django_db


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


def test_a_hit_that_is_kept_follows_what_it_shows_of_others(client):
    source = make.source(name="The Record")
    make.article(title="Peace", source=source)
    assert "The Record" in main(client.get("/search/?q=peace"))

    source.name = "The Courier"
    source.save()

    assert "The Courier" in main(client.get("/search/?q=peace"))


def test_a_hit_that_is_kept_leads_to_where_its_record_is_now(client):
    city = make.city(name="Gary")
    before = city.get_absolute_url()
    assert f'href="{before}"' in client.get("/search/?q=gary").content.decode()

    city.slug = "gary-indiana"
    city.save()

    page = client.get("/search/?q=gary").content.decode()
    assert f'href="{city.get_absolute_url()}"' in page
    assert f'href="{before}"' not in page


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
