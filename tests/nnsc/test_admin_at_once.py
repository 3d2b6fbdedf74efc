"""People who save, publish, order, delete and restore at the very same moment."""

import pytest

import make
from at_once import at_once
from impact.models import City
from news.models import Article
from nnsc.models import Act, Revision, Tag, Version
from nnsc.publishing import State
from nnsc.trash import in_trash
from principles.models import Principle
from reading import main, untouched
from sending import Browser, in_bulk

ARTICLES = "/admin/news/article/"
PRINCIPLES = "/admin/principles/principle/"
N_ROUNDS = 3

pytestmark = pytest.mark.django_db


def editor(role="Editor", **fields):
    browser = Browser()
    browser.force_login(make.staff(role, **fields))
    return browser


def change(record):
    opts = record._meta
    return f"/admin/{opts.app_label}/{opts.model_name}/{record.pk}/change/"


def delete(record):
    return change(record).replace("/change/", "/delete/")


def saving(browser, record, **typed):
    """Open the form now; return what sends it."""
    form = untouched(browser.get(change(record))) | typed
    return lambda: browser.post(change(record), form)


def statuses(*calls):
    return [response.status_code for response in at_once(*calls)]


def test_what_each_changed_elsewhere_is_kept(transactional_db):
    article = make.article(state=State.DRAFT)
    typed = {
        "title": "By one",
        "quote": "By another",
        "summary": "By a third",
        "byline": "By a fourth",
        "staff_note": "By a fifth",
    }
    saves = [saving(editor(), article, **{name: text}) for name, text in typed.items()]

    assert statuses(*saves) == [302] * 5

    article.refresh_from_db()
    assert {name: getattr(article, name) for name in typed} == typed


def test_of_those_who_change_the_same_one_saves_and_the_others_are_asked(
    transactional_db,
):
    article = make.article(title="At first", state=State.DRAFT)
    saves = [saving(editor(), article, title=f"By {n}") for n in range(4)]

    responses = at_once(*saves)

    article.refresh_from_db()
    titles = {}
    for n, response in enumerate(responses):
        titles.setdefault(response.status_code, []).append(f"By {n}")
        if response.status_code == 200:
            assert "changed this as well" in main(response)
            assert untouched(response)["title"] == [f"By {n}"]
    assert titles[302] == [article.title]
    assert len(titles[200]) == 3


def test_rows_that_several_add_and_delete_are_all_kept(transactional_db):
    tag = make.tag()
    for name in ("One", "Two"):
        tag.aliases.create(name=name)
    browsers = [editor() for _ in range(3)]
    form = untouched(browsers[0].get(change(tag)))

    def save(browser, **typed):
        return lambda: browser.post(change(tag), form | typed)

    assert (
        statuses(
            save(browsers[0], **{"aliases-0-DELETE": "on"}),
            save(browsers[1], **{"aliases-2-name": "Three"}),
            save(browsers[2], **{"aliases-1-name": "Zwei", "meaning": "A word."}),
        )
        == [302] * 3
    )

    tag.refresh_from_db()
    assert sorted(alias.name for alias in tag.aliases.all()) == ["Three", "Zwei"]
    assert tag.meaning == "A word."


def test_a_contributor_who_saves_while_an_editor_publishes(transactional_db):
    for _ in range(N_ROUNDS):
        contributor = editor("Contributor")
        writer = contributor.session["_auth_user_id"]
        article = make.article(
            title="At first", state=State.DRAFT, added_by_id=int(writer)
        )
        save = saving(contributor, article, quote="Typed for an hour.")
        publish = saving(editor(), article, state="published")

        saved, published = at_once(save, publish)

        assert published.status_code == 302
        article.refresh_from_db()
        assert article.state == State.PUBLISHED
        if saved.status_code == 302:
            assert article.quote == "Typed for an hour."
        else:
            assert saved.status_code == 403
            assert "Typed for an hour." in main(saved)
            assert article.quote != "Typed for an hour."


def test_an_order_and_forms_at_once_undo_nothing(transactional_db):
    principles = [make.principle(position=n) for n in range(1, 5)]
    mover, publisher = editor(), editor()
    keys = [principle.pk for principle in principles[::-1]]

    def act(action):
        return lambda: in_bulk(publisher, PRINCIPLES, action, keys)

    for n in range(N_ROUNDS):
        titles = {one.pk: f"{one.pk} in round {n}" for one in principles[:2]}

        assert (
            statuses(
                lambda: mover.post(f"{PRINCIPLES}move/", {"down": keys[-1]}),
                act("withdraw" if n % 2 else "publish"),
                *(
                    saving(editor(), one, title=titles[one.pk])
                    for one in principles[:2]
                ),
            )
            == [302] * 4
        )

        for one in principles[:2]:
            one.refresh_from_db()
            assert one.title == titles[one.pk]

    ordered = list(Principle.objects.order_by("position"))
    assert [one.position for one in ordered] == [1, 2, 3, 4]
    assert ordered[-1] == principles[0]


def test_who_renames_a_tag_and_who_chooses_it_do_not_wait_for_ever(transactional_db):
    for n in range(N_ROUNDS):
        tag, article = make.tag(f"Tag of {n}"), make.article()

        assert statuses(
            saving(editor(), tag, name=f"New name of {n}"),
            saving(editor(), article, tags=[tag.pk], title="New"),
        ) == [302, 302]

        assert list(article.tags.all()) == [tag]


def test_who_deletes_a_tag_and_who_chooses_it_meet_no_error(transactional_db):
    for _ in range(N_ROUNDS):
        tag, article = make.tag(), make.article()
        deleter = editor()

        saved, deleted = at_once(
            saving(editor(), article, tags=[tag.pk], title="Typed"),
            lambda deleter=deleter, tag=tag: deleter.post(delete(tag), {"post": "yes"}),
        )

        if Tag.objects.filter(pk=tag.pk).exists():
            assert (saved.status_code, deleted.status_code) == (302, 200)
            assert list(article.tags.all()) == [tag]
            assert "is in use" in main(deleted)
        else:
            assert (saved.status_code, deleted.status_code) == (200, 302)
            assert untouched(saved)["title"] == ["Typed"]


def test_what_two_restore_at_once_comes_back_once(transactional_db):
    city = make.city()
    browsers = [editor() for _ in range(3)]
    browsers[0].post(delete(city), {"post": "yes"})
    version = in_trash().get()

    found = statuses(
        *(
            lambda browser=browser: browser.post(
                "/admin/trash/restore/", {"version": version.pk}
            )
            for browser in browsers
        )
    )

    assert found == [302] * 3
    assert City.objects.get() == city
    assert Version.objects.filter(revision__act=Act.RESTORED).count() == 1


def test_what_is_restored_and_erased_at_once_is_either(transactional_db):
    for _ in range(N_ROUNDS):
        city = make.city()
        restorer, eraser = editor(), editor("Manager")
        restorer.post(delete(city), {"post": "yes"})
        version = {"version": in_trash().get().pk, "post": "yes"}

        found = statuses(
            lambda r=restorer, v=version: r.post("/admin/trash/restore/", v),
            lambda e=eraser, v=version: e.post("/admin/trash/erase/", v),
        )

        assert found == [302, 302]
        is_back = City.objects.filter(pk=city.pk).exists()
        assert Version.objects.filter(record=city.pk).exists() == is_back
        assert not in_trash().exists()


def test_what_two_delete_at_once_is_in_the_trash_once(transactional_db):
    articles = [make.article() for _ in range(4)]
    keys = [article.pk for article in articles]
    one, other = editor(), editor()

    found = statuses(
        lambda: in_bulk(one, ARTICLES, "delete_selected", keys),
        lambda: in_bulk(other, ARTICLES, "delete_selected", keys[::-1]),
    )

    assert found == [302, 302]
    assert not Article.objects.exists()
    assert sorted(version.record for version in in_trash()) == sorted(keys)
    assert Revision.objects.filter(act=Act.DELETED).count() == 1
