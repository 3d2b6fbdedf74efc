"""A link by which others see one record before the public does."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import make
from nnsc.changes import current_generation
from nnsc.models import PreviewLink
from nnsc.previews import make_link
from nnsc.publishing import State
from reading import links, main, parse, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.force_login(make.staff("Editor", username="ada"))
    return client


@pytest.fixture
def draft():
    return make.article(state=State.DRAFT, title="Not yet", dated=None, source=None)


@pytest.fixture
def reader():
    return Client()


def page_of_links(record):
    name = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{name}_preview_links", args=[record.pk])


def change(record):
    return page_of_links(record).replace("preview-links", "change")


def made(editor, record):
    """Make a link in the admin and return its path."""
    response = editor.post(page_of_links(record), {"make": "1"})
    (box,) = (it for it in parse(response).iter() if it.get("id") == "made-link")
    return box.get("value").removeprefix("http://localhost:8000")


def test_a_link_shows_a_draft_to_whoever_has_it(
    editor, reader, draft, django_assert_max_num_queries
):
    address = made(editor, draft)

    with django_assert_max_num_queries(12):
        response = reader.get(address)
    page = text(parse(response))
    assert "Not yet" in main(response)
    assert "This is not public. It may still change, or never appear." in page
    assert "New York)." in page
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")
    assert response.headers["Cache-Control"] == "no-store, private"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex' in response.content.decode()
    assert "canonical" not in response.content.decode()
    assert reader.head(address).status_code == 200
    assert reader.post(address).status_code == 405


def test_it_is_shown_once_and_only_its_hash_is_kept(editor, draft):
    token = made(editor, draft).split("/")[2]

    assert len(token) == 32
    (link,) = PreviewLink.objects.values()
    assert token not in str(link)
    assert token not in editor.get(page_of_links(draft)).content.decode()
    assert token not in editor.get(change(draft)).content.decode()
    assert token not in str(LogEntry.objects.values())


def test_it_follows_what_is_saved(editor, reader, draft):
    address = made(editor, draft)
    draft.title = "Changed"
    draft.save()
    assert "Changed" in main(reader.get(address))

    draft.source, draft.dated = make.source(), timezone.localdate()
    draft.state = State.PUBLISHED
    draft.save()
    response = reader.get(address)
    assert "This is public now: the page" in text(parse(response))
    assert draft.get_absolute_url() in links(response)
    assert "canonical" not in response.content.decode()

    draft.delete()
    assert reader.get(address).status_code == 404


def test_it_works_for_a_week(editor, reader, draft, time_machine):
    time_machine.move_to(timezone.now())
    address = made(editor, draft)

    time_machine.shift(timedelta(days=7, seconds=-60))
    assert reader.get(address).status_code == 200
    time_machine.shift(timedelta(seconds=120))
    assert reader.get(address).status_code == 404
    # Whose session is over by now, too.
    editor.force_login(make.staff("Editor"))
    assert "until" not in text(parse(editor.get(page_of_links(draft))))
    make_link(draft, by=None)
    assert PreviewLink.objects.count() == 1


def test_it_is_revoked_in_the_form_and_by_nothing_else(editor, reader, draft):
    other = make.principle(state=State.DRAFT)
    address, kept = made(editor, draft), made(editor, other)
    page = text(parse(editor.get(change(draft))))
    assert "Made by ada, until" in page
    revoke = {"revoke": PreviewLink.objects.to(draft).get().pk}

    editor.post(page_of_links(other), revoke)
    assert reader.get(address).status_code == 200
    for nonsense in ["abc", "", "9" * 40, "\0"]:
        editor.post(page_of_links(draft), {"revoke": nonsense})
    assert reader.get(address).status_code == 200
    assert editor.post(page_of_links(draft), revoke).status_code == 200
    assert reader.get(address).status_code == 404
    assert reader.get(kept).status_code == 200


def test_a_wrong_an_expired_and_a_revoked_link_look_alike(editor, reader, draft):
    revoked, expired = made(editor, draft), made(editor, draft)
    last, first = PreviewLink.objects.order_by("-pk")
    first.delete()
    last.expires_at = timezone.now()
    last.save()

    wrong = [f"/preview/{'x' * 32}/", "/preview/é%00/", f"/preview/{'x' * 5000}/"]
    answers = [reader.get(address) for address in [revoked, expired, *wrong]]
    assert {answer.status_code for answer in answers} == {404}
    assert len({main(answer) for answer in answers}) == 1
    assert "There is no page at this address" in main(answers[0])


def test_nothing_else_that_is_unpublished_is_shown(editor, reader):
    city, tag = make.city("Boston"), make.tag("Ceasefire")
    hidden = [
        make.article(title=f"Hidden {state}", state=state, cities=[city], tags=[tag])
        for state in [State.DRAFT, State.READY, State.WITHDRAWN]
    ]
    make.article(
        title="Hidden tomorrow",
        cities=[city],
        goes_live_at=timezone.now() + timedelta(days=1),
    )
    shown = make.article(
        title="Shown", state=State.DRAFT, cities=[city], tags=[tag], staff_note="Secret"
    )
    make.metric(state=State.DRAFT, headline="Hidden figure", city=city)
    figure = make.metric(state=State.DRAFT, headline="Shown figure", city=city)
    principle = make.principle("Shown principle", state=State.DRAFT)
    make.principle("Hidden principle", state=State.DRAFT)
    for record in [shown, figure, principle]:
        page = reader.get(made(editor, record)).content.decode()
        assert "Shown" in page
        assert "Hidden" not in page
        assert "Secret" not in page
    assert reader.get(hidden[0].get_absolute_url()).status_code == 404


def test_a_link_changes_nothing_that_the_public_sees(editor, reader, draft):
    before = current_generation()
    address = made(editor, draft)

    assert current_generation() == before
    reader.get(address)
    assert reader.get(draft.get_absolute_url()).status_code == 404
    for public in ["/sitemap.xml", "/sitemap-pages-1.xml", "/robots.txt", "/news/"]:
        page = b"".join(reader.get(public))
        assert b"preview" not in page
        assert b"Not yet" not in page


def test_many_links_are_listed_in_as_many_queries_as_one(
    editor, draft, django_assert_num_queries, django_assert_max_num_queries
):
    made(editor, draft)
    with django_assert_max_num_queries(12) as captured:
        editor.get(page_of_links(draft))
    n_queries = len(captured)
    for _ in range(30):
        editor.post(page_of_links(draft), {"make": "1"})
    assert PreviewLink.objects.count() == 20
    with django_assert_num_queries(n_queries):
        page = editor.get(page_of_links(draft))
    assert text(parse(page)).count("Revoke") == 20


def test_what_is_public_has_no_use_for_links(editor):
    article = make.article()
    assert "Make a link" not in editor.get(change(article)).content.decode()

    make_link(article, by=None)
    page = text(parse(editor.get(change(article))))
    assert "Made by somebody who has left" in page


def test_who_may_not_change_a_record_makes_and_revokes_no_link(client, draft):
    contributor = make.staff("Contributor")
    withdrawn = make.article(state=State.WITHDRAWN)
    make_link(withdrawn, by=None)
    link = PreviewLink.objects.get()

    client.force_login(contributor)
    theirs = make.article(state=State.DRAFT, added_by=contributor)
    assert client.get(page_of_links(theirs)).status_code == 200
    assert client.get(page_of_links(draft)).status_code == 403
    for fields in [{"make": "1"}, {"revoke": link.pk}]:
        assert client.post(page_of_links(withdrawn), fields).status_code == 403
    assert client.get(page_of_links(withdrawn)).status_code == 403
    assert "Make a link" not in client.get(change(withdrawn)).content.decode()
    client.force_login(make.staff())
    assert client.post(page_of_links(draft), {"make": "1"}).status_code == 403
    client.logout()
    assert client.post(page_of_links(draft), {"make": "1"}).status_code == 302
    assert PreviewLink.objects.get() == link


def test_another_site_cannot_have_a_link_made(editor, draft):
    editor.handler.enforce_csrf_checks = True

    assert editor.post(page_of_links(draft), {"make": "1"}).status_code == 403
    assert not PreviewLink.objects.exists()


def test_links_of_what_is_not_there_lead_back(editor):
    assert editor.get("/admin/news/article/12345/preview-links/").url == "/admin/"
