"""What each role may do in the admin, at the addresses of the acts themselves.

Every act is sent as if its page had been seen, also by who is shown no such page.
"""

from types import SimpleNamespace

import pytest
from django.core import signing
from django.db import transaction
from django.test import Client
from django.utils import timezone

import make
from dump import dump
from news.models import Article
from nnsc.bulk import carry_out, plan
from nnsc.bulk_changes import Adding, Removing, Setting, ToState, ToTrash
from nnsc.history import record_change, snapshot
from nnsc.merging import merge
from nnsc.models import Act, PreviewLink, Revision, Tag, Version
from nnsc.previews import make_link
from nnsc.publishing import State
from nnsc.trash import in_trash, move_to_trash
from nnsc.undoing import undo
from sending import base_of

C, E, M = "Contributor", "Editor", "Manager"
# Not signed in, and signed in without a group.
ROLES = ["nobody", None, C, E, M]
ALL, EDITORS = {C, E, M}, {E, M}
ARTICLES, TAGS = "/admin/news/article/", "/admin/nnsc/tag/"

# Who may do what is the same on every database.
pytestmark = [pytest.mark.django_db, pytest.mark.once]


def always(record):
    return True


def with_versions(article, by):
    record_change(article, by=by, act=Act.ADDED)
    before = snapshot(article)
    Article.objects.filter(pk=article.pk).update(title=f"{article.title}, later")
    article.refresh_from_db()
    record_change(article, by=by, act=Act.CHANGED, before=before)
    return article


def done(change, *records):
    keys = [record.pk for record in records]
    return carry_out(change, plan(change, keys, always).seen, None, always).revision


class Witness(Client):
    """Notes what there was before it sends something."""

    def post(self, *args, **kwargs):
        self.before = all_there_is()
        return super().post(*args, **kwargs)


def all_there_is() -> dict:
    return dump() | {
        "links": list(PreviewLink.objects.values_list("label", "record")),
        "trash": list(in_trash().values_list("pk", flat=True)),
        "versions": list(Version.objects.values_list("label", "record", "number")),
    }


@pytest.fixture
def there():
    """What there is to act upon.

    own is a draft that the person has written, draft another's, public what readers
    see, which the person has written as well.
    """
    other = make.staff("Editor", username="other")
    tag, city = make.tag("Tag"), make.city()
    some = {"tags": [tag], "cities": [city], "state": State.DRAFT}
    gone = make.article(title="In the trash")
    move_to_trash(Article, [gone.pk], Revision.of(other, Act.DELETED))
    return SimpleNamespace(
        tag=tag,
        unused=make.tag("Unused"),
        source=make.source(),
        city=city,
        own=with_versions(make.article(title="Own", **some), other),
        draft=with_versions(make.article(title="Draft", added_by=other, **some), other),
        public=with_versions(make.article(title="Public"), other),
        principles=[make.principle(state=State.DRAFT) for _ in range(2)],
        metric=make.metric(state=State.DRAFT),
        gone=gone,
        lying=in_trash().get(),
    )


def each_role(there):
    """Yield each role, with its person among what there is; take back what they do."""
    for role in ROLES:
        with transaction.atomic():
            there.client, there.user = Witness(), None
            if role != "nobody":
                there.user = make.staff(role)
                there.client.force_login(there.user)
            for article in (there.own, there.public):
                article.refresh_from_db()
                article.added_by = there.user
                article.save_base(update_fields=["added_by"], raw=True)
            yield role
            transaction.set_rollback(True)


def prepared(kind, record):
    """Return an address of an article with what its form would send."""

    def send(it, page="", **typed):
        article = getattr(it, record)
        fields = {
            "title": article.title,
            "kind": "news",
            "state": article.state,
            "date": article.date_text(),
            "source": article.source_id,
            "slug": article.slug,
            "tags": [tag.pk for tag in article.tags.all()],
            "cities": [city.pk for city in article.cities.all()],
            "_base": base_of(article),
        }
        return it.client.post(f"{ARTICLES}{article.pk}/{kind}", fields | typed)

    return send


def in_form(record, **typed):
    return lambda it: prepared("change/", record)(it, **typed)


def looked_at(way, record):
    return lambda it: prepared(f"{way}/", record)(it, title="As typed")


def opened(address):
    return lambda it: it.client.get(address(it))


def bulk(change_of, name, address=ARTICLES):
    """Send a change to many with a signature for the person, seen or not."""

    def send(it):
        found = getattr(it, name)
        records = found if isinstance(found, list) else [found]
        change = change_of(it, type(records[0]))
        seen = plan(change, [record.pk for record in records], always).seen
        assert seen
        sent = {"spec": change.spec(), "seen": list(seen.items()), "list": ""}
        label, pk = change.model._meta.label_lower, it.user.pk if it.user else None
        signed = signing.dumps(sent, salt=f"bulk {label} {pk}", compress=True)
        return it.client.post(f"{address}bulk/", {"signed": signed})

    return send


def to(state):
    return lambda it, model: ToState(model, state)


def adding(it, model):
    return Adding(model, "tags", [it.unused.pk])


def adding_city(it, model):
    return Adding(model, "cities", [make.city().pk])


def removing(it, model):
    return Removing(model, "tags", [it.tag.pk])


def removing_city(it, model):
    return Removing(model, "cities", [it.city.pk])


def setting(it, model):
    return Setting(model, "source", [it.source.pk])


def trashing(it, model):
    return ToTrash(model)


def undoing(make_act):
    """Undo an act that somebody else has done."""

    def send(it):
        return it.client.post(f"/admin/undo/{make_act(it).pk}/")

    return send


def merged(it):
    return merge(Tag, it.tag.pk, [it.unused.pk], None)


def tagged(name):
    return lambda it: done(adding(it, Article), getattr(it, name))


def brought(name, state):
    return lambda it: done(ToState(Article, state), getattr(it, name))


def undone(make_act):
    return lambda it: undo(make_act(it), None).revision


def link(name, is_revoked=False):
    def send(it):
        article = getattr(it, name)
        fields = {"make": "1"}
        if is_revoked:
            make_link(article, by=None)
            fields = {"revoke": PreviewLink.objects.get().pk}
        return it.client.post(f"{ARTICLES}{article.pk}/preview-links/", fields)

    return send


def sent(address, **fields):
    return lambda it: it.client.post(
        address(it), {name: value(it) for name, value in fields.items()}
    )


def trash_way(way, **more):
    fields = {"version": lambda it: it.lying.pk} | more
    return sent(lambda it: f"/admin/trash/{way}/", **fields)


def merging(it):
    keys = f"{it.tag.pk},{it.unused.pk}"
    return it.client.post(f"{TAGS}merge/", {"keys": keys, "into": it.tag.pk})


def renaming(it):
    fields = {"name": "Another", "slug": "", "_base": base_of(it.unused)}
    fields |= {"aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}
    return it.client.post(f"{TAGS}{it.unused.pk}/change/", fields)


def restoring(name):
    def send(it):
        article = getattr(it, name)
        title = article.title.removesuffix(", later")
        return prepared("change/?version=1", name)(it, title=title)

    return send


def of(name, way):
    return lambda it: f"{ARTICLES}{getattr(it, name).pk}/{way}"


def undo_page(make_act):
    return lambda it: f"/admin/undo/{make_act(it).pk}/"


# What is only looked at: who is shown it, and a word of it.
LOOKS = {
    "the merge page": (
        opened(lambda it: f"{TAGS}merge/?keys={it.tag.pk},{it.unused.pk}"),
        EDITORS,
        "Which one stays?",
    ),
    "the trash": (opened(lambda it: "/admin/trash/"), ALL, "In the trash"),
    "the recent changes": (opened(lambda it: "/admin/changes/"), ALL, "Draft, later"),
    "a history": (opened(of("draft", "history/")), ALL, "Version 2"),
    "the history of what is gone": (
        opened(lambda it: f"{ARTICLES}{it.gone.pk}/history/"),
        ALL,
        "In the trash",
    ),
    "a version": (opened(of("draft", "history/1/")), ALL, "Draft"),
    "a version in the form of one's own": (
        opened(of("own", "change/?version=1")),
        ALL,
        "Restoring version 1",
    ),
    "a version in another's form": (
        opened(of("draft", "change/?version=1")),
        EDITORS,
        "Restoring version 1",
    ),
    "the preview of what is saved": (opened(of("draft", "preview/")), ALL, "Draft"),
    "the preview of one's own": (looked_at("preview", "own"), ALL, "As typed"),
    "the preview of another's": (looked_at("preview", "draft"), EDITORS, "As typed"),
    "the preview of what is public": (
        looked_at("preview", "public"),
        EDITORS,
        "As typed",
    ),
    "the preview of a new one": (
        sent(lambda it: f"{ARTICLES}add/preview/", title=lambda it: "As typed"),
        ALL,
        "As typed",
    ),
    "the checklist of one's own": (looked_at("check", "own"), ALL, '"buttons"'),
    "the checklist of another's": (looked_at("check", "draft"), EDITORS, '"buttons"'),
    "the preview links of one's own": (
        opened(of("own", "preview-links/")),
        ALL,
        "Preview links",
    ),
    "the preview links of another's": (
        opened(of("draft", "preview-links/")),
        EDITORS,
        "Preview links",
    ),
    "what undoes a merge": (opened(undo_page(merged)), EDITORS, "Undo this"),
    "what undoes a publication": (
        opened(undo_page(brought("draft", State.PUBLISHED))),
        EDITORS,
        "Undo this",
    ),
}


@pytest.mark.parametrize("look", LOOKS)
def test_who_is_shown_what(there, look):
    open_it, allowed, word = LOOKS[look]
    for role in each_role(there):
        response = open_it(there)
        if role in allowed:
            assert response.status_code == 200, role
            assert word in response.text, role
        elif role == "nobody":
            assert is_led_to_the_login(response)
        else:
            assert response.status_code in (200, 403), role
            assert word not in response.text, role


def is_led_to_the_login(response) -> bool:
    if response.status_code == 302:
        return response.url.startswith("/admin/login/?next=")
    # What was typed in a form is carried through the log-in.
    return "<h1>Log in</h1>" in response.text


# What is done: by whom, and what of the content changes but for search and history.
DEEDS = {
    "change one's own draft": (in_form("own", title="New"), ALL),
    "change another's draft": (in_form("draft", title="New"), EDITORS),
    "change what is public": (in_form("public", title="New"), EDITORS),
    "publish one's own in its form": (in_form("own", state="published"), EDITORS),
    "restore a version of one's own": (restoring("own"), ALL),
    "restore a version of another's": (restoring("draft"), EDITORS),
    "restore a version of what is public": (restoring("public"), EDITORS),
    "merge": (merging, EDITORS),
    "rename": (renaming, EDITORS),
    "delete one's own": (
        sent(of("own", "delete/"), post=lambda it: "yes"),
        EDITORS,
    ),
    "delete a tag": (
        sent(lambda it: f"{TAGS}{it.unused.pk}/delete/", post=lambda it: "yes"),
        EDITORS,
    ),
    "restore from the trash": (trash_way("restore"), EDITORS),
    "restore an act from the trash": (
        sent(
            lambda it: "/admin/trash/restore/",
            revision=lambda it: it.lying.revision_id,
        ),
        EDITORS,
    ),
    "erase": (trash_way("erase", post=lambda it: "yes"), {M}),
    "make a link to one's own": (link("own"), ALL),
    "make a link to another's": (link("draft"), EDITORS),
    "make a link to what is public": (link("public"), EDITORS),
    "revoke a link to one's own": (link("own", is_revoked=True), ALL),
    "revoke a link to another's": (link("draft", is_revoked=True), EDITORS),
    "move a principle": (
        sent(
            lambda it: "/admin/principles/principle/move/",
            down=lambda it: it.principles[0].pk,
        ),
        EDITORS,
    ),
    "undo a merge": (undoing(merged), EDITORS),
    "undo an undone merge": (undoing(undone(merged)), EDITORS),
    "undo tags of one's own": (undoing(tagged("own")), ALL),
    "undo tags of another's": (undoing(tagged("draft")), EDITORS),
    "undo tags of what is public": (undoing(tagged("public")), EDITORS),
    "undo an undoing on what is public": (undoing(undone(tagged("public"))), EDITORS),
    "undo a publication": (undoing(brought("own", State.PUBLISHED)), EDITORS),
    "undo a withdrawal": (undoing(brought("public", State.WITHDRAWN)), EDITORS),
    "undo a way back to draft": (undoing(brought("public", State.DRAFT)), EDITORS),
    "publish in bulk": (bulk(to(State.PUBLISHED), "own"), EDITORS),
    "withdraw in bulk": (bulk(to(State.WITHDRAWN), "public"), EDITORS),
    "mark one's own as ready in bulk": (bulk(to(State.READY), "own"), ALL),
    "mark another's as ready in bulk": (bulk(to(State.READY), "draft"), EDITORS),
    "take back to draft in bulk": (bulk(to(State.DRAFT), "public"), EDITORS),
    "add tags to one's own": (bulk(adding, "own"), ALL),
    "add tags to another's": (bulk(adding, "draft"), EDITORS),
    "add tags to what is public": (bulk(adding, "public"), EDITORS),
    "remove tags from one's own": (bulk(removing, "own"), ALL),
    "remove tags from another's": (bulk(removing, "draft"), EDITORS),
    "add cities to one's own": (bulk(adding_city, "own"), ALL),
    "add cities to another's": (bulk(adding_city, "draft"), EDITORS),
    "remove cities from one's own": (bulk(removing_city, "own"), ALL),
    "remove cities from another's": (bulk(removing_city, "draft"), EDITORS),
    "set the source of one's own": (bulk(setting, "own"), ALL),
    "set the source of what is public": (bulk(setting, "public"), EDITORS),
    "delete one's own in bulk": (bulk(trashing, "own"), EDITORS),
    "delete tags in bulk": (bulk(trashing, "unused", TAGS), EDITORS),
    "publish figures in bulk": (
        bulk(to(State.PUBLISHED), "metric", "/admin/impact/metric/"),
        EDITORS,
    ),
    "delete principles in bulk": (
        bulk(trashing, "principles", "/admin/principles/principle/"),
        EDITORS,
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_who_does_what(there, deed):
    do, allowed = DEEDS[deed]
    for role in each_role(there):
        response = do(there)
        is_done = all_there_is() != there.client.before
        assert is_done == (role in allowed), (role, response)
        if role in allowed:
            assert response.status_code in (200, 302), role
        elif role == "nobody":
            assert is_led_to_the_login(response)
        else:
            # A form comes back with its errors.
            assert response.status_code in (200, 302, 403), role


def test_each_role_is_offered_what_it_may_do(client):
    menus = {}
    for role in ROLES[1:]:
        client.force_login(make.staff(role))
        response = client.get(ARTICLES)
        if response.status_code == 200:
            make.article(state=State.DRAFT, goes_live_at=timezone.now())
            form = client.get(ARTICLES).context["action_form"]
            menus[role] = {name for name, _label in form.fields["action"].choices}

    change = {"mark_ready", "back_to_draft", "add_tags", "remove_tags"}
    change |= {"add_cities", "remove_cities", "set_source", ""}
    every = change | {"publish", "withdraw", "delete_selected"}
    assert menus == {C: change, E: every, M: every}
