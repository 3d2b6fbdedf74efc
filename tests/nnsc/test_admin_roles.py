"""Who may open what in the admin, and who may let others in."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

import make
from nnsc.front.loading import load_content
from nnsc.models import SiteText

PEOPLE = "/admin/auth/user/"
CONTENT = {
    "news.article",
    "news.source",
    "nnsc.tag",
    "impact.metric",
    "impact.citation",
    "impact.city",
    "impact.program",
    "principles.principle",
}
PAGES = ["changelist", "add", "change", "delete", "history"]
SEEN, ADDED, ALL = {"changelist", "change", "history"}, {"add"}, set(PAGES)
MAY_OPEN = {
    "Contributor": dict.fromkeys(CONTENT, SEEN | ADDED),
    "Editor": dict.fromkeys(CONTENT, ALL),
    "Manager": dict.fromkeys(CONTENT, ALL)
    | {"nnsc.sitetext": SEEN, "auth.user": SEEN | ADDED}
    | {"entry.rule": SEEN, "entry.event": SEEN},
    "superuser": dict.fromkeys(CONTENT, ALL)
    | {"nnsc.sitetext": SEEN, "auth.user": ALL, "auth.group": SEEN}
    | {"entry.rule": SEEN, "entry.event": SEEN},
}

pytestmark = pytest.mark.django_db


def account(role):
    return make.superuser() if role == "superuser" else make.staff(role)


@pytest.mark.parametrize("role", MAY_OPEN)
def test_each_role_opens_its_pages_and_no_others(client, role):
    load_content()
    make.staff()
    client.force_login(account(role))
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        keys = {"changelist": [], "add": []}
        key = [model.objects.order_by("pk").first().pk]
        for page in PAGES:
            address = reverse(f"admin:{name}_{page}", args=keys.get(page, key))
            may = page in MAY_OPEN[role].get(model._meta.label_lower, ())
            expected = 200 if may else 403
            assert client.get(address).status_code == expected, (role, address)


@pytest.mark.parametrize("role", [None, "Contributor", "Manager"])
def test_everyone_finds_their_own_things_on_the_desk(client, role):
    client.force_login(make.staff(role))

    page = client.get("/admin/").content.decode()
    assert ("/admin/news/article/add/" in page) == (role is not None)
    assert (PEOPLE in page) == (role == "Manager")
    assert client.get("/admin/password_change/").status_code == 200


def test_who_is_not_signed_in_is_asked_to(client):
    for address in ["/admin/", PEOPLE, "/admin/news/article/1/change/"]:
        assert client.get(address).url.startswith("/admin/login/?next=")
    assert "<h1>Log in</h1>" in client.get("/admin/login/").content.decode()


# People


@pytest.fixture
def boss():
    return make.staff("Manager", username="boss")


@pytest.fixture
def manager(client, boss):
    client.force_login(boss)
    return client


def typed(user, **fields):
    """Return what the browser sends of the form of an account."""
    return {
        "username": user.username,
        "is_active": "on",
        "is_staff": "on",
        "groups": [group.pk for group in user.groups.all()],
    } | fields


def change(user):
    return f"{PEOPLE}{user.pk}/change/"


def group(name):
    return Group.objects.get(name=name)


def test_a_manager_adds_staff_and_gives_them_a_role(manager):
    fields = {
        "username": "new",
        "usable_password": "true",
        "password1": "a long password",
        "password2": "a long password",
    }
    response = manager.post(PEOPLE + "add/", fields)

    user = User.objects.get(username="new")
    assert response.url == change(user)
    assert user.is_staff
    assert not user.is_superuser
    editor = group("Editor").pk
    assert manager.post(change(user), typed(user, groups=[editor])).status_code == 302
    assert user.has_perm("news.publish_article")


@pytest.mark.parametrize("page", ["add", "change"])
def test_a_manager_never_sees_what_makes_a_superuser(manager, page):
    address = PEOPLE + "add/" if page == "add" else change(make.staff())

    content = manager.get(address).content.decode()
    assert "superuser" not in content
    assert "user_permissions" not in content
    assert "superuser" not in manager.get(PEOPLE).content.decode()


def test_a_manager_cannot_make_a_superuser_by_sending_it(manager, boss):
    user = make.staff()
    power = {
        "is_superuser": "on",
        "user_permissions": list(Permission.objects.values_list("pk", flat=True)),
    }
    for account in (user, boss):
        manager.post(change(account), typed(account, **power))
        account.refresh_from_db()
        assert not account.is_superuser
        assert not account.user_permissions.exists()
    fields = {
        "username": "new",
        "usable_password": "true",
        "password1": "a long password",
        "password2": "a long password",
    }
    manager.post(PEOPLE + "add/", fields | power)
    assert not User.objects.get(username="new").is_superuser


def test_a_manager_cannot_touch_a_superuser(manager):
    root = make.superuser()

    page = manager.get(change(root)).content.decode()
    assert 'name="username"' not in page
    assert manager.post(change(root), typed(root)).status_code == 403
    password = f"{PEOPLE}{root.pk}/password/"
    assert manager.get(password).status_code == 403
    fields = {"password1": "a long password", "password2": "a long password"}
    assert manager.post(password, fields).status_code == 403
    assert manager.post(f"{PEOPLE}{root.pk}/delete/", {"post": "y"}).status_code == 403


@pytest.mark.parametrize("is_active", [True, False])
def test_a_manager_cannot_touch_who_has_more_rights(manager, is_active):
    strong = make.staff(is_active=is_active)
    strong.user_permissions.add(Permission.objects.get(codename="delete_user"))

    assert manager.post(change(strong), typed(strong)).status_code == 403
    assert manager.get(f"{PEOPLE}{strong.pk}/password/").status_code == 403


def test_a_manager_cannot_hand_out_a_group_beyond_the_roles(manager):
    beyond = Group.objects.create(name="Beyond")
    beyond.permissions.add(Permission.objects.get(codename="delete_user"))
    user = make.staff("Editor")

    assert "Beyond" not in manager.get(change(user)).content.decode()
    manager.post(change(user), typed(user, groups=[beyond.pk]))
    assert [group.name for group in user.groups.all()] == ["Editor"]


def test_a_group_that_a_manager_cannot_give_is_kept(manager):
    harmless = Group.objects.create(name="Choir")
    user = make.staff("Editor")
    user.groups.add(harmless)

    fields = typed(user, groups=[group("Contributor").pk])
    assert manager.post(change(user), fields).status_code == 302
    assert {g.name for g in user.groups.all()} == {"Choir", "Contributor"}


def test_a_manager_keeps_their_own_way_in_as_it_is(manager, boss):
    fields = {"username": "boss", "first_name": "Ada"}

    assert manager.post(change(boss), fields).status_code == 302
    boss.refresh_from_db()
    assert boss.first_name == "Ada"
    assert boss.is_staff
    assert boss.is_active
    assert [group.name for group in boss.groups.all()] == ["Manager"]


def test_who_may_only_change_people_cannot_raise_anyone(client):
    helper = make.staff()
    rights = Permission.objects.filter(codename__in=["change_user", "add_user"])
    helper.user_permissions.set(rights)
    client.force_login(helper)
    user = make.staff()
    for account in (helper, user):
        client.post(change(account), typed(account, groups=[group("Manager").pk]))
        assert not account.groups.exists()


def test_a_superuser_may_do_all_of_it(client):
    client.force_login(make.superuser())
    user = make.staff("Editor")

    page = client.get(change(user)).content.decode()
    assert "is_superuser" in page
    fields = typed(user, is_superuser="on", groups=[group("Manager").pk])
    assert client.post(change(user), fields).status_code == 302
    user.refresh_from_db()
    assert user.is_superuser


@pytest.mark.parametrize("key", ["abc", "9" * 40, "\0"])
def test_a_group_that_is_none_is_refused(manager, key):
    user = make.staff("Editor")

    response = manager.post(change(user), typed(user, groups=[key]))
    assert "groups" in response.context["adminform"].form.errors


def test_the_list_takes_as_many_queries_for_thirty_people_as_for_three(
    manager, django_assert_num_queries, django_assert_max_num_queries
):
    for _ in range(3):
        make.staff("Editor")
    with django_assert_max_num_queries(15) as captured:
        manager.get(PEOPLE)
    for _ in range(27):
        make.staff("Editor")
    with django_assert_num_queries(len(captured)):
        manager.get(PEOPLE)


def test_roles_are_shown_and_changed_by_nobody(client):
    client.force_login(make.superuser())
    address = f"/admin/auth/group/{group('Editor').pk}/change/"

    assert "Can publish and withdraw articles" in client.get(address).content.decode()
    assert client.post(address, {"name": "X"}).status_code == 403


# The site's own texts


@pytest.fixture
def mission():
    return SiteText.objects.get(key="mission")


def test_all_texts_are_listed_in_their_order_with_their_place(manager):
    page = manager.get("/admin/nnsc/sitetext/").content.decode()

    assert page.index("Mission") < page.index("Commitment") < page.index("Accessib")
    assert "Top of the home page" in page
    assert "The National Network for Safe Communities supports" in page


def test_a_text_is_changed_and_never_emptied(manager, mission):
    address = f"/admin/nnsc/sitetext/{mission.pk}/change/"

    assert "Top of the home page" in manager.get(address).content.decode()
    manager.post(address, {"text": "New words.\n\nMore."})
    mission.refresh_from_db()
    assert mission.text == "New words.\n\nMore."
    for nothing in ["", "  \n ", "NUL \0"]:
        response = manager.post(address, {"text": nothing})
        assert "text" in response.context["adminform"].form.errors


def test_texts_are_neither_added_nor_deleted(manager, mission):
    client = manager

    assert client.post("/admin/nnsc/sitetext/add/", {"text": "X"}).status_code == 403
    address = f"/admin/nnsc/sitetext/{mission.pk}/delete/"
    assert client.post(address, {"post": "yes"}).status_code == 403


def test_an_editor_does_not_change_texts(client, mission):
    client.force_login(make.staff("Editor"))

    address = f"/admin/nnsc/sitetext/{mission.pk}/change/"
    assert client.post(address, {"text": "X"}).status_code == 403
