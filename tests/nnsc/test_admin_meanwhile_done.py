"""A form whose record is published, moved, deleted, merged or restored meanwhile."""

import pytest

import make
from meanwhile import as_sent, change, draft, opened, save, saved, signed_in, stored
from news.models import Article
from nnsc.merging import merge
from nnsc.models import Tag
from nnsc.publishing import State
from principles.models import Principle
from reading import errors_of, main, untouched
from sending import in_bulk

pytestmark = pytest.mark.django_db


# Published, withdrawn, ordered


def test_what_another_published_stays_published(a, b):
    article = draft(goes_live_at=None)
    form_b = opened(b, article)
    saved(a, article, opened(a, article), state="published")

    said = saved(b, article, form_b, summary="B’s")

    article.refresh_from_db()
    assert article.is_live
    assert article.summary == "B’s"
    assert any("changed “State” and “Goes live at”" in text for text in said)


@pytest.mark.parametrize("way", ["form", "list"])
def test_what_another_withdrew_stays_withdrawn(a, b, way):
    article = make.article()
    form_b = opened(b, article)
    if way == "form":
        saved(a, article, opened(a, article), state="withdrawn")
    else:
        in_bulk(a, "/admin/news/article/", "withdraw", [article.pk])

    saved(b, article, form_b, title="B’s")

    assert (stored(article)["state"], stored(article)["title"]) == ("withdrawn", "B’s")


def test_an_order_and_a_form_do_not_undo_each_other(a, b):
    first, second = make.principle(position=1), make.principle(position=2)
    form_b = opened(b, first)
    a.post("/admin/principles/principle/move/", {"down": first.pk})

    saved(b, first, form_b, title="B’s")
    b.post("/admin/principles/principle/move/", {"down": second.pk})

    assert list(Principle.objects.order_by("position")) == [first, second]
    first.refresh_from_db()
    assert first.title == "B’s"


def test_a_contributor_whose_article_was_published_keeps_the_text_in_sight(a):
    writer = make.staff("Contributor")
    article = draft(added_by=writer)
    contributor = signed_in(writer)
    form = opened(contributor, article)
    saved(a, article, opened(a, article), state="published")

    response = save(contributor, article, form, quote="Typed for <an> hour.")

    assert response.status_code == 403
    page = main(response)
    assert "Ada Lovelace changed its state to “Published”" in page
    assert "Typed for <an> hour." in page
    assert "Shootings fell" not in page.split("What you typed")[1]
    assert stored(article)["quote"] == "One line.\n\nAnother line."


def test_who_never_might_change_it_is_told_so_as_well(a):
    article = draft()
    contributor = signed_in(make.staff("Contributor"))

    response = contributor.post(change(article), {"title": "Not mine"})

    assert response.status_code == 403
    assert "You may not change this" in main(response)
    assert "Not mine" in main(response)


def test_who_may_not_even_see_it_sees_nothing_of_it():
    article = draft()

    response = signed_in(make.staff()).post(change(article), {"title": "Mine"})

    assert response.status_code == 403
    assert "Shootings fell" not in response.text


# Deleted meanwhile


def test_what_was_typed_of_a_deleted_article_begins_a_new_draft(a, b):
    tag = make.tag("Trust")
    article = draft(state=State.PUBLISHED, tags=[tag])
    form = opened(b, article)
    a.post(f"/admin/news/article/{article.pk}/delete/", {"post": "yes"})

    response = save(b, article, form, quote="Typed for an hour.")

    page = main(response)
    assert "Ada Lovelace deleted “Shootings fell”" in page
    assert "It can be restored from the trash." in page
    assert "/admin/trash/" in response.text
    assert 'action="/admin/news/article/add/"' in response.text
    form = as_sent(response)
    assert form["quote"] == ["Typed for an hour."]
    assert form["tags"] == [str(tag.pk)]
    assert form["state"] == ["draft"]
    assert "_base" not in form
    assert b.post("/admin/news/article/add/", form).status_code == 302
    new = Article.objects.get()
    assert (new.quote, new.state) == ("Typed for an hour.", State.DRAFT)
    assert new.pk != article.pk


def test_what_was_deleted_past_the_admin_is_offered_anew_as_well(b):
    article = draft()
    form = opened(b, article)
    Article.objects.all().delete()

    response = save(b, article, form, title="B’s")

    assert "This article was deleted." in main(response)
    assert as_sent(response)["title"] == ["B’s"]


def test_what_was_merged_into_another_leads_there_with_what_was_typed(b):
    gone, heir = make.tag("Gun control"), make.tag("Gun policy")
    form = opened(b, gone)
    merge(Tag, heir.pk, [heir.pk, gone.pk], make.staff(first_name="Ada"))

    response = save(b, gone, form, meaning="Typed for an hour.")

    assert response.status_code == 409
    page = main(response)
    assert "Ada merged “Gun control” into another" in page
    assert "Open Gun policy" in page
    assert "Typed for an hour." in page
    assert change(heir) in response.text


@pytest.mark.parametrize("key", ["abc", "0", "9" * 40, "-1"])
def test_the_form_of_what_never_was_is_no_error(b, key):
    response = b.post(f"/admin/news/article/{key}/change/", {"title": "B’s"})

    assert response.status_code in (200, 302)
    assert response.status_code == 302 or 'value="B’s"' in response.text


# Restored and changed in bulk


def test_a_version_is_restored_onto_what_the_record_is_by_then(a, b):
    article = draft(title="First")
    saved(a, article, opened(a, article), title="Second")
    page = change(article) + "?version=1"
    form = untouched(b.get(page))
    saved(a, article, opened(a, article), summary="A’s")

    b.post(page, form)

    now = stored(article)
    assert (now["title"], now["summary"]) == ("First", "A’s")


def test_a_version_does_not_undo_unseen_what_was_just_typed(a, b):
    article = draft(title="First")
    saved(a, article, opened(a, article), title="Second")
    page = change(article) + "?version=1"
    form = untouched(b.get(page))
    saved(a, article, opened(a, article), title="Third")

    response = b.post(page, form)

    assert "title" in errors_of(response)
    assert stored(article)["title"] == "Third"


def test_a_bulk_action_does_not_undo_what_a_form_just_saved(a, b):
    article = draft()
    saved(a, article, opened(a, article), title="A’s")

    in_bulk(b, "/admin/news/article/", "publish", [article.pk])

    assert (stored(article)["title"], stored(article)["state"]) == ("A’s", "published")
