"""The first page of the admin."""

import pytest

import make
from nnsc.publishing import State
from reading import headings, links, main

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.force_login(make.staff("Editor"))
    return client


def test_nothing_waits_where_nothing_is_missing(editor):
    assert "Nothing is waiting." in main(editor.get("/admin/"))


def test_it_counts_what_needs_someone_and_each_count_opens_its_list(editor):
    whole = {"cities": [make.city()], "tags": ["A"], "source_url": "https://a.org"}
    make.article(**whole)
    make.article(state=State.DRAFT)
    for _ in range(2):
        make.article(**whole | {"state": State.READY, "source_url": ""})
    make.metric_under_review()

    response = editor.get("/admin/")
    page = main(response)
    assert "1 in draft 2 ready for review 1 without a city 1 without a tag" in page
    assert "3 without a link" in page
    assert "1 in draft 1 under review 1 unverified" in page
    lists = [link for link in links(response) if "?" in link]
    assert len(lists) == 8
    for address in lists:
        n_found = editor.get(address).context["cl"].result_count
        assert f'href="{address}"><strong>{n_found}</strong>' in (
            response.content.decode()
        )


def test_it_begins_articles_and_metrics(editor):
    page = editor.get("/admin/").content.decode()

    assert "New article" in page
    assert "New metric" in page


def test_things_stand_in_the_order_of_work(client):
    client.force_login(make.superuser())

    page = main(client.get("/admin/")).split("Nothing is waiting.")[1]
    names = [
        *["News", "Articles", "Sources", "Tags"],
        *["Impact", "Metrics", "Citations", "Cities", "Programs"],
        *["Principles", "The site’s own texts", "Site texts"],
        *["People", "Users", "Groups"],
    ]
    places = [page.index(name) for name in names]
    assert places == sorted(places)


def test_who_has_no_role_is_told_what_to_do(client):
    client.force_login(make.staff())

    assert "Ask a manager for a role." in main(client.get("/admin/"))


def test_it_takes_as_many_queries_for_much_work_as_for_little(
    editor, django_assert_num_queries, django_assert_max_num_queries
):
    make.metric_under_review()
    make.article(state=State.DRAFT)
    editor.get("/admin/")  # which makes this process's index of the news
    with django_assert_max_num_queries(19) as captured:
        editor.get("/admin/")
    n_queries = len(captured)
    for _ in range(9):
        make.metric_under_review()
        make.article(state=State.DRAFT)
    editor.get("/admin/")
    with django_assert_num_queries(n_queries):
        editor.get("/admin/")


def test_its_headings_are_in_order(editor):
    make.metric_under_review()
    response = editor.get("/admin/")

    assert headings(response, "h1") == ["The desk"]
    assert headings(response)[0] == "What needs someone"
