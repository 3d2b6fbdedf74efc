"""What managers find of sign-ins and of changes to what people may do."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

import make
from doors import FIREFOX, PASSWORD, browser, log_in
from nnsc.entry import audit
from nnsc.entry.models import Event, Rule
from reading import parse, text

pytestmark = pytest.mark.django_db

EVENTS = "/admin/entry/event/"
RULE = "/admin/entry/rule/"


@pytest.fixture
def manager():
    client = browser()
    log_in(client, make.staff("Manager", username="boss", password=PASSWORD))
    return client


def happened(account):
    """Return (kind, by, detail) of what happened to the account, the first first."""
    events = Event.objects.filter(account=account).order_by("pk")
    return [(event.kind, event.by, event.detail) for event in events]


def test_who_signs_in_and_out_is_kept_with_the_browser_and_the_address():
    client = browser("203.0.113.7", FIREFOX)
    log_in(client, make.staff(username="ann", password=PASSWORD))
    client.post("/admin/logout/")

    assert happened("ann")[1:] == [
        ("signed_in", "ann", "in a new browser"),
        ("signed_out", "ann", ""),
    ]
    event = Event.objects.get(kind="signed_in")
    assert (event.browser, event.address) == ("Firefox, Windows", "203.0.113.7")


def test_a_wrong_password_is_kept_of_those_who_have_an_account():
    make.staff(username="ann", password=PASSWORD)
    log_in(browser(), "ann", "wrong")
    log_in(browser(), "my-password-in-the-wrong-box", "wrong")

    assert happened("ann")[1:] == [("refused", "", "")]
    assert Event.objects.filter(kind="refused").count() == 1


def test_whatever_changes_what_somebody_may_do_is_kept(manager):
    ann = make.staff("Contributor", username="ann")
    seen = len(happened("ann"))
    editor, manager_group = (
        Group.objects.get(name=name) for name in ("Editor", "Manager")
    )
    address = f"/admin/auth/user/{ann.pk}/change/"
    fields = {"username": "ann", "is_active": "on", "is_staff": "on"}
    manager.post(address, fields | {"groups": [editor.pk, manager_group.pk]})
    manager.post(address, {"username": "ann", "groups": [editor.pk]})

    assert happened("ann")[seen:] == [
        ("rights", "boss", "roles: −Contributor"),
        ("rights", "boss", "roles: +Editor, +Manager"),
        ("rights", "boss", "active: yes → no; staff status: yes → no"),
        ("rights", "boss", "roles: −Manager"),
    ]


def test_what_is_changed_outside_the_admin_is_kept_too():
    ann = make.staff(username="ann")
    ann.is_superuser = True
    ann.save()
    permission = Permission.objects.get(codename="delete_user")
    ann.user_permissions.add(permission)
    ann.user_permissions.clear()
    Group.objects.get(name="Editor").user_set.add(ann)
    ann.set_password("another long password")
    ann.save()
    ann.last_login = None
    ann.save(update_fields=["last_login"])
    ann.delete()

    assert happened("ann") == [
        ("account", "", "added (staff status)"),
        ("rights", "", "superuser status: no → yes"),
        ("rights", "", f"rights: +{permission}"),
        ("rights", "", f"rights: −{permission}"),
        ("rights", "", "roles: +Editor"),
        ("password", "", ""),
        ("account", "", "deleted"),
    ]


def test_a_hash_that_is_renewed_is_no_new_password(settings):
    ann = make.staff(username="ann", password=PASSWORD)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    log_in(browser(), ann)

    assert [kind for kind, *_rest in happened("ann")] == ["account", "signed_in"]


def test_nothing_that_happened_is_changed_or_deleted():
    audit.record(audit.Kind.PASSWORD, "ann")
    event = Event.objects.get(account="ann")
    event.account = "bob"

    for attempt in [
        event.save,
        event.delete,
        Event.objects.all().delete,
        lambda: Event.objects.update(account="bob"),
        lambda: Event.objects.bulk_update([event], ["account"]),
    ]:
        with pytest.raises(PermissionDenied):
            attempt()
    assert Event.objects.get().account == "ann"


def test_managers_read_it_and_nobody_writes_it(manager):
    # What an attacker might leave there for a manager's browser to run.
    audit.record(audit.Kind.PASSWORD, "ann", detail="<script>alert(1)</script>")

    page = manager.get(EVENTS)
    assert "Password changed" in text(parse(page))
    assert "<script>alert" not in page.content.decode()
    event = Event.objects.latest("pk")
    assert manager.get(f"{EVENTS}add/").status_code == 403
    assert manager.post(f"{EVENTS}{event.pk}/change/", {}).status_code == 403
    assert manager.post(f"{EVENTS}{event.pk}/delete/", {}).status_code == 403
    selected = {"action": "delete_selected", "_selected_action": [event.pk]}
    manager.post(EVENTS, selected)
    assert Event.objects.filter(pk=event.pk).exists()


def test_editors_do_not_see_it():
    client = browser()
    log_in(client, make.staff("Editor", password=PASSWORD))

    assert client.get(EVENTS).status_code == 403
    assert client.get(RULE).status_code == 403


def test_it_is_found_by_account_and_kind(manager):
    audit.record(audit.Kind.PASSWORD, "ann")
    audit.record(audit.Kind.PASSWORD, "bob")

    found = parse(manager.get(f"{EVENTS}?q=ann")).find(".//*[@id='result_list']")
    assert "ann" in text(found)
    assert "bob" not in text(found)
    assert manager.get(f"{EVENTS}?kind=password").status_code == 200
    for odd in ["?kind=x", "?at__year=x", "?q=%00", "?p=-1", "?o=99"]:
        assert manager.get(EVENTS + odd).status_code in (200, 302), odd


def test_what_is_old_is_forgotten(time_machine, monkeypatch):
    time_machine.move_to("2026-01-01T12:00:00Z")
    audit.record(audit.Kind.PASSWORD, "ann")
    monkeypatch.setattr(audit, "PRUNED_EVERY", 1)
    time_machine.move_to("2027-03-01T12:00:00Z")
    audit.record(audit.Kind.PASSWORD, "bob")

    assert [event.account for event in Event.objects.all()] == ["bob"]


def test_a_manager_decides_who_needs_a_second_step(manager):
    editor = Group.objects.get(name="Editor")
    assert "Editor" in text(parse(manager.get(RULE)))

    answer = manager.post(RULE, {"groups": [editor.pk]})

    assert answer.status_code == 302
    assert list(Rule.objects.get().groups.all()) == [editor]
    assert Event.objects.get(kind="rule").detail == "Editor"
    manager.post(RULE, {})
    assert Event.objects.filter(kind="rule").latest("pk").detail == "nobody"
    page = manager.post(RULE, {"groups": ["x"], "for_everyone": "on"})
    assert page.status_code == 200
    assert not Rule.objects.get().for_everyone


def test_the_list_takes_as_many_queries_for_fifty_events_as_for_three(
    manager, django_assert_num_queries, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12) as captured:
        manager.get(EVENTS)
    for _ in range(40):
        audit.record(audit.Kind.PASSWORD, "ann")
    with django_assert_num_queries(len(captured)):
        manager.get(EVENTS)


def test_accounts_of_a_fixture_are_not_taken_for_changes(tmp_path):
    make.staff(username="ann")
    file = tmp_path / "users.json"
    call_command("dumpdata", "auth.user", output=str(file))
    n_events = Event.objects.count()
    call_command("loaddata", str(file), verbosity=0)

    assert Event.objects.count() == n_events
    assert User.objects.count() == 1
