"""A record on its public page out of its form, before anything is saved."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

import make
from impact.models import City, Metric
from news.models import Article
from nnsc.changes import current_generation
from nnsc.publishing import State
from reading import HTML, links, main, parse, text

ADD = "/admin/news/article/add/preview/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.force_login(make.staff("Editor"))
    return client


def typed(**fields):
    return {"title": "A title", "kind": "news", "state": "draft"} | fields


def preview(record):
    name = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{name}_preview", args=[record.pk])


def banner(response):
    (found,) = (it for it in parse(response).iter(f"{HTML}aside") if is_banner(it))
    return text(found)


def is_banner(element):
    return element.get("class") == "preview"


def everything_stored():
    """Return what a preview must not change: all rows, and the generation."""
    rows = {model: list(model.objects.values()) for model in apps.get_models()}
    return rows, current_generation()


def test_a_new_article_is_shown_as_it_is_typed_and_nothing_is_kept(
    editor, settings, django_assert_max_num_queries
):
    source = make.source(name="NPR")
    tags, cities = [make.tag("A & B"), make.tag("C")], [make.city("Chicago")]
    before = everything_stored()

    fields = typed(
        title="Fewer <b>shots</b>",
        source=source.pk,
        source_url="https://www.npr.org/1",
        date="January 2016",
        quote="It worked.",
        tags=[tag.pk for tag in tags],
        cities=[city.pk for city in cities],
        image=make.upload(),
        image_alt="A street",
    )
    with django_assert_max_num_queries(30):
        response = editor.post(ADD, fields)

    page = main(response)
    assert "January 2016 | NPR | News Fewer <b>shots</b>" in page
    assert "“It worked.” NPR, January 2016" in page
    assert "Read the story at npr.org" in page
    assert "Chicago A & BC" in page
    assert banner(response) == "Preview. Nothing is saved."
    (image,) = (it for it in parse(response).iter(f"{HTML}img"))
    assert image.get("src").startswith("data:image/jpeg;base64,/9j/")
    assert image.get("alt") == "A street"
    assert (image.get("width"), image.get("height")) == ("1600", "107")

    assert everything_stored() == before
    assert not settings.MEDIA_ROOT.exists()
    assert "Fewer" not in editor.get("/news/").content.decode()


def test_a_preview_is_kept_by_no_cache_and_no_search_engine(editor):
    response = editor.post(ADD, typed())

    assert {"no-store", "private"} <= set(response.headers["Cache-Control"].split(", "))
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert "<title>Preview: A title ·" in response.content.decode()
    page = response.content.decode()
    for public in ["canonical", "og:url", "ld+json", "csrf", "sessionid"]:
        assert public not in page


def test_a_stored_article_is_shown_as_it_would_be_and_stays_as_it_is(editor):
    article = make.article(title="Old", cities=[make.city("Gary")], quote="Old words")
    others = [make.article(cities=article.cities.all()) for _ in range(4)]
    city = make.city("Boston")
    before = everything_stored()

    fields = typed(
        title="New", cities=[city.pk], date="March 5, 2017", source=article.source.pk
    )
    response = editor.post(preview(article), fields)

    page = main(response)
    assert "March 5, 2017" in page
    assert "New" in page
    assert "Boston" in page
    assert "Gary" not in page
    assert "Old words" not in page
    assert f"/news/{article.pk}-" not in "".join(links(response))
    assert everything_stored() == before
    assert not {other.get_absolute_url() for other in others} & {
        link for link in links(response) if "/cities/" in link
    }
    assert main(editor.get(article.get_absolute_url())).count("Old") > 1


def test_what_cannot_be_read_is_said_and_the_rest_is_shown(editor):
    response = editor.post(ADD, typed(title="Kept", date="13/2016", state="published"))

    said = banner(response)
    assert "It could not be saved like this: Date: There is no month “13”." in said
    assert "A published article needs the outlet that ran it." in said
    assert "Kept" in main(response)
    assert "choose it again" not in said


def test_what_stops_publishing_is_said_of_a_draft(editor):
    said = banner(editor.post(ADD, typed()))

    assert "Before it can be published: A published article needs the outlet" in said
    assert "A published article needs its month." in said


def test_a_refused_link_leads_to_the_article_that_has_it(editor):
    twin = make.article(source_url="https://npr.org/1", title="<i>First</i>")

    response = editor.post(ADD, typed(source_url="https://www.npr.org/1/"))
    assert "You already have this: “<i>First</i>”" in banner(response)
    assert f"/admin/news/article/{twin.pk}/change/" in links(response)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": ""},
        {"title": "x" * 10_000, "slug": "???", "state": "nonsense"},
        {"title": "NUL \0", "date": "\0", "tags": "abc", "source": "9" * 40},
        {"title": "\u202e؜ 🂡 \ud7ff", "quote": "\n" * 2_000, "goes_live_at": "soon"},
    ],
)
def test_no_form_is_too_odd_to_be_shown(editor, fields):
    for address in [ADD, preview(make.article())]:
        response = editor.post(address, fields)
        assert response.status_code == 200
        assert "Preview." in banner(response)


def test_an_image_that_is_none_is_said(editor):
    image = make.upload()
    image.file.truncate(100)

    response = editor.post(ADD, typed(image=image))
    assert "Image: This image is damaged" in banner(response)


def test_a_principle_stands_among_the_others(editor):
    first, second = make.principle("First"), make.principle("Second")
    fields = {"title": "Third", "body": "Because.", "state": "draft"}

    page = editor.post("/admin/principles/principle/add/preview/", fields)
    assert "Principle 3 Third" in main(page)
    assert second.get_absolute_url() in links(page)
    page = editor.post(preview(first), fields | {"title": "One"})
    assert "Principle 1 One" in main(page)


def test_a_metric_has_its_number_once_its_evidence_is_whole(editor):
    stored = make.metric(headline="Old line")
    fields = {
        name: value.pk if hasattr(value, "pk") else value
        for name, value in make.metric_fields(headline="New line").items()
    }
    fields["state"] = "draft"
    ratings = {
        "ratings-TOTAL_FORMS": "1",
        "ratings-INITIAL_FORMS": "0",
        "ratings-0-body": "CrimeSolutions",
        "ratings-0-rating": "No Effects",
        "ratings-0-url": "https://a.org",
    }

    page = editor.post("/admin/impact/metric/add/preview/", fields | ratings)
    assert "42% New line" in main(page)
    assert "Show it on your site" not in main(page)
    assert "CrimeSolutions No Effects" in main(page)
    page = editor.post(preview(stored), fields | {"citation": ""})
    assert "New line" in main(page)
    assert "42%" not in main(page)
    assert "needs the study it rests on" in banner(page)
    assert Metric.objects.get().headline == "Old line"


@pytest.mark.parametrize(
    "kind, fields, words",
    [
        (
            "impact/city",
            {"name": "Gary", "state": "IN", "kind": "city"},
            "Indiana Gary",
        ),
        ("impact/city", {"name": ""}, "No program is recorded"),
        ("impact/program", {"name": "Ceasefire", "kind": "local"}, "Ceasefire"),
        ("news/source", {"name": "NPR"}, "NPR"),
        ("nnsc/tag", {"name": "Reconciliation"}, "Reconciliation"),
    ],
)
def test_names_have_their_pages_too(editor, kind, fields, words):
    response = editor.post(f"/admin/{kind}/add/preview/", fields)

    assert words in main(response)
    assert not City.objects.exists()


def test_the_cities_of_a_program_are_those_that_are_typed(editor):
    program = make.program("Ceasefire", cities=[make.city("Gary")])
    fields = {"name": "Ceasefire", "kind": "local", "cities": [make.city("Boston").pk]}

    page = main(editor.post(preview(program), fields))
    assert "Boston" in page
    assert "Gary" not in page


def test_every_record_with_a_page_can_be_previewed(editor):
    """Each view of a record says with @shows what it renders."""
    records = [
        *[make.article(), make.source(), make.tag(), make.city()],
        *[make.program(), make.metric(), make.principle()],
    ]
    with_page = [m for m in admin.site._registry if hasattr(m, "get_absolute_url")]
    assert {type(record) for record in records} >= set(with_page) - {admin.site}
    for record in records:
        response = editor.get(preview(record))
        assert "Preview. This is how it is saved." in banner(response)


def test_it_is_a_button_of_the_form_that_opens_a_new_tab(editor):
    article = make.article(state=State.DRAFT)
    for page, address in [
        ("/admin/news/article/add/", ADD),
        (f"/admin/news/article/{article.pk}/change/", preview(article)),
    ]:
        buttons = parse(editor.get(page)).iter(f"{HTML}button")
        (found,) = (it for it in buttons if it.get("formaction") == address)
        assert found.get("formtarget") == "_blank"
    assert (
        "formaction" not in editor.get("/admin/nnsc/tag/add/?_popup=1").content.decode()
    )


# Who may


def test_a_contributor_previews_their_drafts_and_sees_what_is_public(client):
    contributor = make.staff("Contributor")
    client.force_login(contributor)
    draft = make.article(state=State.DRAFT, added_by=contributor)
    live = make.article()

    assert client.post(ADD, typed()).status_code == 200
    assert client.post(preview(draft), typed()).status_code == 200
    assert client.post(preview(live), typed()).status_code == 403
    assert client.get(preview(live)).status_code == 200


def test_who_is_not_signed_in_or_has_no_role_sees_nothing(client):
    article = make.article(state=State.DRAFT)
    for address in [ADD, preview(article)]:
        assert client.get(address).url.startswith("/admin/login/")
    client.force_login(make.staff())
    assert client.post(ADD, typed()).status_code == 403
    assert client.get(preview(article)).status_code == 403
    assert client.post(preview(article), typed()).status_code == 403


def test_another_site_cannot_ask_for_a_preview(editor):
    editor.handler.enforce_csrf_checks = True

    assert editor.post(ADD, typed()).status_code == 403


def test_a_preview_of_what_is_not_there_leads_back(editor):
    assert editor.post("/admin/news/article/12345/preview/").url == "/admin/"
    assert editor.get("/admin/news/article/abc/preview/").url == "/admin/"
    assert editor.get(ADD).url == "/admin/news/article/add/"


def test_a_scheduled_article_is_previewed_and_stays_hidden(editor):
    later = timezone.now() + timedelta(days=1)
    article = make.article(goes_live_at=later, title="Tomorrow")

    assert "Tomorrow" in main(editor.get(preview(article)))
    assert editor.get(article.get_absolute_url()).status_code == 404
    assert "Tomorrow" not in editor.get("/news/").content.decode()
    assert Article.objects.get().goes_live_at == later


@pytest.mark.django_db(transaction=True)
def test_a_preview_takes_no_lock(client):
    """PostgreSQL refuses one outside of a transaction, and others need not wait."""
    client.force_login(make.staff("Editor"))
    article = make.article(title="Old")

    assert "New" in main(client.post(preview(article), typed(title="New")))
    check = preview(article).replace("preview", "check")
    assert client.post(check, typed()).status_code == 200
    links = preview(article).replace("preview", "preview-links")
    assert client.post(links, {"make": "1"}).status_code == 200


VIEWED, TYPED = {"preview"}, {"preview", "typed", "check", "links", "link"}
MAY = {
    # role: what it may ask of its own draft, another's, what is live, what is not.
    None: [set(), set(), set(), set()],
    "Contributor": [TYPED, VIEWED, VIEWED, VIEWED],
    "Editor": [TYPED, TYPED, TYPED, TYPED],
    "Manager": [TYPED, TYPED, TYPED, TYPED],
}


@pytest.mark.parametrize("role", MAY)
def test_each_role_asks_for_what_it_may_and_for_nothing_else(client, role):
    person = make.staff(role)
    client.force_login(person)
    articles = [
        make.article(state=State.DRAFT, added_by=person),
        make.article(state=State.DRAFT),
        make.article(),
        make.article(state=State.WITHDRAWN),
    ]
    for article, may in zip(articles, MAY[role], strict=True):
        page = preview(article)
        links = page.replace("preview", "preview-links")
        asked = {
            "preview": client.get(page),
            "typed": client.post(page, typed()),
            "check": client.post(page.replace("preview", "check"), typed()),
            "links": client.get(links),
            "link": client.post(links, {"make": "1"}),
        }
        answers = {name: answer.status_code for name, answer in asked.items()}
        assert answers == {name: 200 if name in may else 403 for name in asked}


@pytest.mark.parametrize("kind", ["auth/user", "auth/group", "nnsc/sitetext"])
def test_what_has_no_page_has_no_preview(client, kind):
    client.force_login(make.superuser())

    for page in ["preview", "check", "preview-links"]:
        for method in [client.get, client.post]:
            assert method(f"/admin/{kind}/1/{page}/").status_code in (302, 404)
