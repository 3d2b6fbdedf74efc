"""Who publishes an article in the admin, withdraws or changes it, and when."""

from datetime import timedelta

import pytest
from django.utils import timezone

import make
from filling import ADD, LIST, change, retyped, typed
from news.models import Article
from nnsc.publishing import State
from reading import errors_of
from sending import act, see

pytestmark = pytest.mark.django_db


def test_what_is_missing_stands_beside_its_field(editor):
    response = editor.post(ADD, typed(state="published"))

    errors = errors_of(response)
    assert errors["source"] == ["A published article needs the outlet that ran it."]
    assert errors["date"] == ["A published article needs its month."]


def test_a_date_that_cannot_be_read_is_complained_of_once(editor):
    response = editor.post(ADD, typed(state="published", date="13/2016", title=""))

    assert [len(errors) for errors in errors_of(response).values()] == [1, 1, 1]


def test_an_editor_publishes_in_the_form(editor):
    source = make.source()
    fields = typed(state="published", date="2016-01", source=source.pk)

    assert editor.post(ADD, fields).status_code == 302
    assert Article.objects.live().count() == 1


def test_a_contributor_is_offered_draft_and_ready_alone(contributor):
    form = contributor.get(ADD).context["adminform"].form

    assert [value for value, _ in form.fields["state"].choices] == ["draft", "ready"]
    assert contributor.post(ADD, typed(state="ready")).status_code == 302


@pytest.mark.parametrize("state", ["published", "withdrawn"])
def test_a_contributor_cannot_publish_by_sending_the_state(contributor, state):
    fields = typed(state=state, date="2016-01", source=make.source().pk)
    assert "state" in errors_of(contributor.post(ADD, fields))

    contributor.post(ADD, typed())
    draft = Article.objects.get()
    fields = retyped(draft) | {"state": state}
    assert "state" in errors_of(contributor.post(change(draft), fields))
    assert not Article.objects.exclude(state=State.DRAFT).exists()


def test_a_contributor_changes_their_own_drafts_and_sees_those_of_others(contributor):
    contributor.post(ADD, typed(title="Mine"))
    mine = Article.objects.get()
    theirs = make.article(title="Theirs", state=State.DRAFT)

    assert contributor.post(change(mine), retyped(mine) | {"title": "New"}).url
    mine.refresh_from_db()
    assert mine.title == "New"
    page = contributor.get(change(theirs))
    assert "Theirs" in page.text
    assert 'name="title"' not in page.text
    assert contributor.post(change(theirs), retyped(theirs)).status_code == 403


def test_an_editor_changes_the_drafts_of_others(editor):
    writer = make.staff("Contributor")
    draft = make.article(state=State.DRAFT, added_by=writer)

    assert editor.post(change(draft), retyped(draft) | {"title": "Edited"}).url
    draft.refresh_from_db()
    assert (draft.title, draft.added_by) == ("Edited", writer)


@pytest.mark.parametrize("state", [State.PUBLISHED, State.WITHDRAWN])
def test_a_contributor_sees_a_published_article_and_cannot_change_it(
    contributor, state
):
    article = make.article(state=state, title="As published")

    page = contributor.get(change(article)).content.decode()
    assert "January 2016" in page
    assert 'name="title"' not in page
    fields = retyped(article) | {"title": "Changed", "state": "draft"}
    assert contributor.post(change(article), fields).status_code == 403
    article.refresh_from_db()
    assert (article.title, article.state) == ("As published", state)


@pytest.mark.parametrize("action", ["publish", "withdraw", "back_to_draft"])
def test_a_contributor_has_no_action_that_publishes(contributor, action):
    article, draft = make.article(), make.article(state=State.DRAFT)
    act(contributor, action, article, draft)

    assert [article.state, draft.state] == list(
        Article.objects.order_by("pk").values_list("state", flat=True)
    )
    assert "Withdraw" not in contributor.get(LIST).content.decode().split("<tbody")[0]


def test_a_contributor_cannot_delete(contributor):
    article = make.article(state=State.DRAFT)
    address = f"/admin/news/article/{article.pk}/delete/"

    assert contributor.post(address, {"post": "yes"}).status_code == 403
    see(contributor, "delete_selected", article, post="yes")
    assert Article.objects.exists()


def test_what_is_published_can_be_withdrawn_and_go_back_to_draft(editor):
    article, draft = make.article(), make.article(state=State.DRAFT)
    assert "never published" in see(editor, "withdraw", article, draft).text
    act(editor, "withdraw", article, draft)

    article.refresh_from_db()
    draft.refresh_from_db()
    assert (article.state, draft.state) == (State.WITHDRAWN, State.DRAFT)
    act(editor, "back_to_draft", article)
    article.refresh_from_db()
    assert article.state == State.DRAFT


def test_the_page_on_the_site_is_offered_once_it_is_live(editor):
    live = make.article()
    later = make.article(goes_live_at=timezone.now() + timedelta(days=1))

    assert "View on site" in editor.get(change(live)).content.decode()
    assert "View on site" not in editor.get(change(later)).content.decode()


def test_an_error_beside_an_emptied_address_is_shown(editor):
    article = make.article()
    address = article.get_absolute_url()
    for slug in ["", "other", "a b", "x" * 500]:
        response = editor.post(
            change(article), retyped(article, slug=slug) | {"title": ""}
        )

        assert "title" in errors_of(response)
        assert f'href="{address}"' in response.content.decode()
