"""Earlier versions, brought back by way of the form."""

from pathlib import Path

import pytest
from django.test import Client

import make
from at_once import at_once
from news.models import Article
from nnsc.history import snapshot
from nnsc.models import Act
from nnsc.publishing import State
from reading import untouched
from resending import address, change, history, resend, text_of
from versions import last_of

WAYS = ["preview", "check"]

pytestmark = pytest.mark.django_db


# Restored by way of the form


def test_restoring_fills_the_form_and_saves_nothing(editor):
    tag, city = make.tag("Trust"), make.city("Gary", state="IN")
    article = make.article(title="First", tags=[tag], cities=[city], state=State.DRAFT)
    resend(editor, change(article), title="Second", tags=[], date="January 5, 2016")

    response = editor.get(change(article, version=1))

    filled = untouched(response)
    assert filled["title"] == ["First"]
    assert filled["tags"] == [str(tag.pk)]
    assert filled["date"] == ["January 2016"]
    page = text_of(response)
    assert "Restoring version 1" in page
    assert "Nothing changes until you save" in page
    assert "Title [removed: Second] [added: First]" in page
    assert "Tags [added: Trust]" in page
    assert "Date [removed: January 5, 2016] [added: January 2016]" in page
    article.refresh_from_db()
    assert (article.title, last_of(article).number) == ("Second", 2)


def test_saving_a_restored_form_makes_a_new_version(editor, ann):
    tag, source = make.tag(), make.source(name="NPR")
    article = make.article(title="First", tags=[tag], source=source, state="draft")
    before = snapshot(Article.objects.get())
    resend(editor, change(article), title="Second", tags=[], source="", date="")

    resend(editor, change(article, version=1))

    assert snapshot(Article.objects.get()) == before
    version = last_of(article)
    assert (version.number, version.data) == (3, before)
    assert version.revision.act == Act.RESTORED
    assert version.revision.note == "Version 1 restored."
    assert version.revision.user == ann


def test_what_is_typed_over_a_restored_form_is_saved_with_it(editor):
    article = make.article(title="First", quote="Quote.", state=State.DRAFT)
    resend(editor, change(article), title="Second", quote="")

    resend(editor, change(article, version=1), title="Third")

    article.refresh_from_db()
    assert (article.title, article.quote) == ("Third", "Quote.")


def test_a_restored_form_with_errors_says_still_what_it_restores(editor):
    article = make.article(title="First", state=State.DRAFT)
    resend(editor, change(article), title="Second")
    page = change(article, version=1)

    response = editor.post(page, untouched(editor.get(page)) | {"title": ""})

    assert "Restoring version 1" in text_of(response)
    assert last_of(article).number == 2


def test_restoring_neither_publishes_nor_takes_back(editor):
    article = make.article(title="First", state=State.DRAFT)
    resend(editor, change(article), title="Second", state=State.PUBLISHED)

    resend(editor, change(article, version=1))

    article.refresh_from_db()
    assert (article.title, article.state) == ("First", State.PUBLISHED)


def test_what_was_deleted_since_is_named_and_left_out(editor):
    kept, gone = make.tag("Kept"), make.tag("Gone")
    npr, npr_again = make.source(name="NPR"), make.source(name="NPR again")
    article = make.article(tags=[kept, gone], source=npr, state=State.DRAFT)
    resend(editor, change(article), tags=[], source=npr_again.pk)
    editor.post(address(gone, "delete"), {"post": "yes"})
    editor.post(address(npr, "delete"), {"post": "yes"})

    response = editor.get(change(article, version=1))

    page = text_of(response)
    assert "Tags: “Gone” was deleted since and cannot be brought back." in page
    assert "Source: “NPR” was deleted since and cannot be brought back." in page
    filled = untouched(response)
    assert filled["tags"] == [str(kept.pk)]
    assert filled["source"] == [str(npr_again.pk)]
    assert "Tags [added: Kept, Gone]" not in page


def test_other_names_are_restored_with_their_tag(editor):
    tag = make.tag("Reconciliation")
    stays, goes = (tag.aliases.create(name=name) for name in ("Stays", "Goes"))
    page = change(tag)
    filled = untouched(editor.get(page)) | {
        "aliases-0-name": "Other",
        "aliases-1-name": "Stays!",
        "aliases-0-DELETE": "",
    }
    first, second = filled["aliases-0-id"][0], filled["aliases-1-id"][0]
    assert [first, second] == [str(goes.pk), str(stays.pk)]
    filled |= {"aliases-0-DELETE": "on", "aliases-2-name": "New"}
    assert editor.post(page, filled).status_code == 302
    names = set(tag.aliases.values_list("name", flat=True))
    assert names == {"Stays!", "New"}

    resend(editor, change(tag, version=1))

    names = set(tag.aliases.values_list("name", flat=True))
    assert names == {"Stays", "Goes"}


def test_ratings_are_restored_with_their_figure(editor):
    metric = make.metric()
    make.rating(metric, body="NIJ", dated="2011-05-06")
    page = change(metric)
    filled = untouched(editor.get(page)) | {"ratings-0-DELETE": "on"}
    assert editor.post(page, filled).status_code == 302
    assert not metric.ratings.exists()

    resend(editor, change(metric, version=1))

    rating = metric.ratings.get()
    assert (rating.body, str(rating.dated)) == ("NIJ", "2011-05-06")


def test_a_replaced_image_is_restored(editor, committed):
    city = make.city(image=make.upload(size=(900, 600)), image_alt="A porch.")
    name = city.image.name
    with committed():
        upload = make.upload(size=(300, 200))
        resend(editor, change(city), image=upload, image_alt="A street.")
    page = editor.get(change(city, version=1)).content.decode()
    assert city.image.narrowest_url() in page
    assert "The image until then" in page

    with committed():
        resend(editor, change(city, version=1))

    city.refresh_from_db()
    assert (city.image.name, city.image_alt) == (name, "A porch.")
    assert (city.image_width, city.image_height) == (900, 600)
    assert Path(city.image.path).exists()


def test_the_preview_and_the_checklist_of_a_version_show_its_image(editor, committed):
    article = make.article(image=make.upload(size=(900, 600)), image_alt="A porch.")
    with committed():
        resend(editor, change(article), **{"image-clear": "on", "image_alt": ""})
    form = editor.get(change(article, version=1))
    preview, check = (address(article, way) + "?version=1" for way in WAYS)
    assert f'formaction="{preview}"' in form.text
    assert f'data-address="{check}"' in form.text

    seen = editor.post(preview, untouched(form))
    assert article.image.narrowest_url() in seen.text
    assert 'alt="A porch."' in seen.text
    described = untouched(form) | {"image_alt": ""}
    assert "Say what the image shows" in editor.post(check, described).json()["lists"]
    for odd in ("9", "x", ""):
        plain = editor.post(preview.replace("=1", f"={odd}"), untouched(form))
        assert plain.status_code == 200
        assert article.image.narrowest_url() not in plain.text
    assert not Article.objects.get().image


def test_that_there_was_no_image_is_restored(editor, committed):
    city = make.city()
    with committed():
        resend(editor, change(city), image=make.upload(), image_alt="A street.")

    with committed():
        resend(editor, change(city, version=1))

    city.refresh_from_db()
    assert not city.image
    assert city.image_alt == ""
    with committed():
        resend(editor, change(city, version=2))
    city.refresh_from_db()
    assert city.image
    assert city.image_alt == "A street."


def test_a_new_image_goes_before_the_restored_one(editor, committed):
    city = make.city(image=make.upload(size=(900, 600)), image_alt="A porch.")
    with committed():
        resend(editor, change(city), **{"image-clear": "on"})

    with committed():
        resend(editor, change(city, version=1), image=make.upload(size=(300, 200)))

    city.refresh_from_db()
    assert city.image_width == 300


def test_an_image_whose_file_is_lost_is_said_to_be(editor, committed):
    city = make.city(image=make.upload(), image_alt="A porch.")
    with committed():
        resend(editor, change(city), **{"image-clear": "on"})
    city.image.remove()

    page = text_of(editor.get(change(city, version=1)))
    assert "The image of that version is not kept any more." in page
    resend(editor, change(city, version=1))


def test_a_moved_record_keeps_its_new_place(editor):
    first, second = make.principle("A"), make.principle("B")
    editor.post("/admin/principles/principle/move/", {"down": first.pk})
    first.refresh_from_db()
    assert first.position > 1

    page = text_of(editor.get(change(first, version=1)))
    assert "There is nothing to restore." in page
    resend(editor, change(first, version=1))

    second.refresh_from_db()
    assert second.position == 1


# Who may


def test_who_may_not_change_it_reads_the_history_and_restores_nothing(client, editor):
    article = make.article(title="First")
    resend(editor, change(article), title="Second")
    contributor = Client()
    contributor.force_login(make.staff("Contributor"))

    assert "Restore" not in text_of(contributor.get(history(article)))
    assert "Restore" not in text_of(contributor.get(address(article, "history", 1)))
    page = change(article, version=1)
    assert contributor.get(page).status_code == 403
    assert contributor.post(page, untouched(editor.get(page))).status_code == 403
    article.refresh_from_db()
    assert article.title == "Second"


def test_a_contributor_restores_their_own_draft(client):
    client.force_login(make.staff("Contributor"))
    fields = {"title": "First", "kind": "news", "state": "draft"}
    client.post("/admin/news/article/add/", fields)
    article = Article.objects.get()
    resend(client, change(article), title="Second")

    assert "Restore version 1" in text_of(client.get(history(article)))
    resend(client, change(article, version=1))

    article.refresh_from_db()
    assert article.title == "First"


def test_a_draft_that_was_public_once_is_not_public_by_being_restored(client, editor):
    author = make.staff("Contributor")
    article = make.article(title="First", added_by=author)
    resend(editor, change(article), title="Second", state=State.DRAFT)
    client = Client()
    client.force_login(author)

    resend(client, change(article, version=1))

    article.refresh_from_db()
    assert (article.title, article.state) == ("First", State.DRAFT)


def test_of_two_who_restore_at_once_the_second_is_asked(transactional_db):
    article = make.article(title="First", state=State.DRAFT)
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(make.staff("Editor"))
    for title in ["Second", "Third"]:
        resend(clients[0], change(article), title=title)

    def restore(client, number):
        page = change(article, number)
        filled = untouched(client.get(page))
        return lambda: client.post(page, filled).status_code

    statuses = at_once(restore(clients[0], 1), restore(clients[1], 2))

    assert sorted(statuses) == [200, 302]
    assert last_of(article).number == 4
    article.refresh_from_db()
    assert last_of(article).data["title"] == article.title


def test_a_form_that_is_only_looked_at_locks_nothing(client, transactional_db):
    article = make.article()
    client.force_login(make.staff("Editor"))
    filled = untouched(client.get(change(article)))

    assert client.post(address(article, "preview"), filled).status_code == 200
