"""An address that was once good leads on, in one hop."""

import pytest

import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "thing,folder",
    [
        (make.city, "/cities/"),
        (make.program, "/programs/"),
        (make.source, "/sources/"),
        (make.tag, "/news/tags/"),
        (make.principle, "/principles/"),
    ],
)
def test_a_renamed_record_is_found_at_each_of_its_old_addresses(client, thing, folder):
    record = thing()
    first = record.slug
    for slug in ["second", "third"]:
        record.slug = slug
        record.save()

    for old in [first, "second"]:
        answer = client.get(f"{folder}{old}/?page=1")
        assert answer.status_code == 301
        assert answer.url == f"{folder}third/?page=1"
    assert client.get(f"{folder}third/").status_code == 200


def test_a_feed_moves_with_its_page(client):
    city = make.city("Bostn")
    city.slug = "boston"
    city.save()

    answer = client.get("/cities/bostn/feed.atom")

    assert (answer.status_code, answer.url) == (301, "/cities/boston/feed.atom")


def test_an_old_address_that_somebody_else_has_now_is_theirs(client):
    first = make.city("Boston")
    first.slug = "boston-old"
    first.save()
    make.city("Boston", state="MA")

    assert client.get("/cities/boston/").status_code == 200


def test_the_address_of_what_was_deleted_is_not_found(client):
    city = make.city("Bostn")
    city.slug = "boston"
    city.save()
    city.delete()

    assert client.get("/cities/bostn/").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/impact/news", "/impact/news/", "/impact/news/P25", "/impact/news/P575/"],
)
def test_addresses_of_the_former_site_lead_to_the_news(client, address):
    answer = client.get(address)

    assert (answer.status_code, answer.url) == (301, "/news/")


@pytest.mark.parametrize("address", ["/nothing/", "/cities/%00/", "/" + "x" * 5000])
def test_what_never_was_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_a_page_that_is_there_costs_no_query_more(client, django_assert_num_queries):
    make.principle("Rule")
    client.get("/principles/rule/")

    # For the edition, and for the page.
    with django_assert_num_queries(2):
        client.get("/principles/rule/")
