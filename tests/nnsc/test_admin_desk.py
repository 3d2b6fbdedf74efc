"""The first page of the admin."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

import make
from impact.models import Metric
from news.models import Article
from nnsc.front.loading import load_content
from nnsc.publishing import State
from reading import HTML, headings, links, main, parse, text

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
    with django_assert_max_num_queries(22) as captured:
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


# A new article, from its link

ADD = "/admin/news/article/add/"


def begin(client, link):
    return client.get(ADD, {"source_url": link})


def test_a_link_begins_an_article(editor):
    page = editor.get("/admin/")
    boxes = [it.get("name") for it in parse(page).iter(f"{HTML}input")]
    assert "source_url" in boxes

    form = begin(editor, "https://npr.org/1").context["adminform"].form
    assert form["source_url"].value() == "https://npr.org/1"


@pytest.mark.parametrize("link", [" https://npr.org/1 ", "npr.org/1"])
def test_a_link_is_mended_where_it_can_be(editor, link):
    page = editor.get(ADD, {"source_url": link, "kind": "op_ed"}, follow=True)

    form = page.context["adminform"].form
    expected = link.strip() if "://" in link else f"https://{link}"
    assert form["source_url"].value() == expected
    assert form["kind"].value() == "op_ed"


@pytest.mark.parametrize(
    "link", ["what the mayor said", "http://[", "javascript:alert(1)", "x" * 3_000]
)
def test_what_is_no_link_is_kept_in_its_box_and_said(editor, link):
    page = begin(editor, link)

    assert page.status_code == 200
    assert page.context["adminform"].form["source_url"].value() == link
    assert "This is no address of a page: “" in text(parse(page))


def test_a_story_that_is_here_is_not_begun_again(editor):
    source = make.source(name="NPR")
    twin = make.article(source_url="https://npr.org/1", title="<b>", source=source)

    response = begin(editor, "http://www.npr.org/1/?utm_source=x")
    assert response.url == "/admin/"
    page = editor.get("/admin/")
    assert "You already have this: “<b>”, NPR, January 2016. Open it in a new tab." in (
        text(parse(page))
    )
    assert f"{ADD[:-4]}{twin.pk}/change/" in links(page)


def test_who_may_not_add_articles_has_no_box(client):
    make.article(source_url="https://npr.org/1")
    client.force_login(make.staff())

    assert "source_url" not in client.get("/admin/").content.decode()
    assert begin(client, "https://npr.org/1").status_code == 403


# What was published lately


def test_it_shows_what_was_published_last_and_by_whom(client):
    client.force_login(make.staff("Editor", first_name="Ada", last_name="Young"))
    fields = {"kind": "news", "state": "published", "source": make.source().pk}
    fields["date"] = "January 2016"
    for number in range(6):
        client.post(ADD, fields | {"title": f"Article {number}"})
    client.post(ADD, fields | {"title": "Later", "goes_live_at": "2030-11-26T09:00"})
    client.post(ADD, fields | {"title": "Draft", "state": "draft"})
    Article.objects.get(title="Article 5").delete()

    (list_,) = (
        it
        for it in parse(client.get("/admin/")).iter(f"{HTML}section")
        if (it.get("class") == "desk-lately")
    )
    entries = [text(entry) for entry in list_.iter(f"{HTML}li")]
    assert [entry.split(" by ")[0] for entry in entries] == [
        *["Later", "Article 4", "Article 3", "Article 2", "Article 1"]
    ]
    assert entries[0].startswith("Later by Ada Young, ")
    assert "Goes live" in entries[0]
    assert "Goes live" not in entries[1]


def test_figures_that_nobody_has_checked_for_three_years_wait(editor):
    make.metric(verified_on=timezone.localdate() - timedelta(days=1_000))
    make.metric(verified_on=timezone.localdate() - timedelta(days=1_200))
    make.metric()

    page = editor.get("/admin/")
    assert "2 not checked for three years" in main(page)
    (address,) = (link for link in links(page) if "metric/?needs=check" in link)
    assert editor.get(address).context["cl"].result_count == 2


def trail(response) -> str:
    (crumbs,) = (
        box for box in parse(response).iter() if box.get("class") == "breadcrumbs"
    )
    return text(crumbs)


def test_every_trail_is_made_of_lists_and_records_and_names_no_part_of_the_code(client):
    load_content()
    make.correction(Metric.objects.live().first())
    client.force_login(make.superuser())
    user = make.staff(username="sam")
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        kinds = capfirst(model._meta.verbose_name_plural)
        key = [user.pk if model is type(user) else model.objects.first().pk]
        args = {"changelist": [], "add": []}
        for page in ["changelist", "add", "change", "delete", "history"]:
            response = client.get(
                reverse(f"admin:{name}_{page}", args=args.get(page, key))
            )
            if response.status_code == 200:
                assert trail(response).startswith(f"Home › {kinds}"), response.request
                assert f"/admin/{model._meta.app_label}/" not in links(response)
    password = client.get(f"/admin/auth/user/{user.pk}/password/")
    assert trail(password) == "Home › Users › sam › Password"
    chosen = {"action": "delete_selected", "_selected_action": user.pk}
    question = client.post("/admin/auth/user/", chosen)
    assert trail(question) == "Home › Users › Delete"
    assert client.get("/admin/nnsc/").url == "/admin/"
