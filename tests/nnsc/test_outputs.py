"""What is taken away is sent again only when it has changed."""

from datetime import timedelta

import pytest
from django.utils import timezone

import make
from nnsc import editions
from nnsc.editions import current_edition

pytestmark = pytest.mark.django_db

ADDRESSES = ["/news.csv", "/news/feed.atom", "/api/v1/articles", "/api/v1/openapi.json"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_has_not_changed_is_not_sent_again(
    client, time_machine, address, django_assert_num_queries
):
    time_machine.move_to("2026-01-01T12:00:00Z", tick=False)
    make.article()
    first = client.get(address)
    time_machine.shift(5)
    second = client.get(address)

    with django_assert_num_queries(1):
        by_tag = client.get(address, headers={"If-None-Match": first["ETag"]})
    by_moment = client.get(
        address, headers={"If-Modified-Since": second["Last-Modified"]}
    )

    assert (by_tag.status_code, by_moment.status_code) == (304, 304)
    assert by_tag["ETag"] == first["ETag"] == second["ETag"]
    assert by_tag["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("address", ADDRESSES)
def test_any_change_of_the_content_is_sent(client, time_machine, address):
    time_machine.move_to("2026-01-01T12:00:00Z", tick=False)
    article = make.article(tags=["Trust"])
    client.get(address)
    time_machine.shift(5)
    before = client.get(address)
    known = {"If-None-Match": before["ETag"]}
    since = {"If-Modified-Since": before["Last-Modified"]}

    time_machine.shift(5)
    article.tags.set([])

    assert client.get(address, headers=known).status_code == 200
    assert client.get(address, headers=since).status_code == 200


def test_a_change_within_the_second_is_not_missed(client, time_machine):
    time_machine.move_to("2026-01-01T12:00:00.100Z", tick=False)
    make.article()
    early = client.get("/news.csv")
    time_machine.move_to("2026-01-01T12:00:00.800Z", tick=False)
    make.article()

    assert "Last-Modified" not in early
    since = {"If-Modified-Since": "Thu, 01 Jan 2026 11:59:59 GMT"}
    assert client.get("/news.csv", headers=since).status_code == 200


def test_a_scheduled_article_changes_the_edition_on_its_second(client, time_machine):
    time_machine.move_to("2026-01-01T12:00:00Z", tick=False)
    make.article(goes_live_at=timezone.now() + timedelta(seconds=30))
    before = client.get("/news.csv")
    known = {"If-None-Match": before["ETag"]}

    time_machine.shift(29)
    assert client.get("/news.csv", headers=known).status_code == 304
    time_machine.shift(1)
    after = client.get("/news.csv", headers=known)

    assert before["Cache-Control"] == "public, max-age=30"
    assert after.status_code == 200
    assert after["Cache-Control"] == "public, max-age=60"


def test_all_processes_name_an_edition_alike(time_machine):
    time_machine.move_to("2026-01-01T12:00:00Z", tick=False)
    make.article(goes_live_at=timezone.now() + timedelta(days=1))
    ours = current_edition()

    editions.forget()
    time_machine.shift(3600)
    theirs = current_edition()

    assert ours.name == theirs.name
    assert ours.since != theirs.since


def test_two_addresses_never_share_a_tag(client):
    tags = {client.get(f"/news.csv?month={month}")["ETag"] for month in ("", "")}
    tags |= {client.get(address)["ETag"] for address in ADDRESSES}

    assert len(tags) == 1 + len(ADDRESSES)


@pytest.mark.parametrize("address", ADDRESSES)
def test_scripts_of_other_sites_may_read_and_nobody_may_write(client, address):
    asked = client.options(
        address,
        headers={
            "Origin": "https://paper.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "If-None-Match",
        },
    )
    assert asked.status_code == 204
    assert "If-None-Match" in asked["Access-Control-Allow-Headers"]
    for answer in [asked, client.get(address), client.get(f"{address}?x=1")]:
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["X-Robots-Tag"] == "noindex"
        assert not answer.cookies
        assert "Cookie" not in answer.headers.get("Vary", "")
    refused = client.post(address)
    assert refused.status_code == 405
    assert refused["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("address", ADDRESSES)
def test_head_tells_what_get_would(client, address):
    head, get = client.head(address), client.get(address)

    assert head.status_code == 200
    assert head["Content-Type"] == get["Content-Type"]
    assert head["ETag"] == get["ETag"]
    assert not b"".join(head)
