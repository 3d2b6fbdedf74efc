"""Signing in: in one step or two, and out again."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail

import make
from doors import (
    FIREFOX,
    LOGIN,
    PASSWORD,
    browser,
    code_now,
    is_in,
    log_in,
    passed,
    type_code,
    with_second_step,
)
from nnsc.entry import mails
from nnsc.entry.models import Event, Rule, Session
from reading import parse, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    email = "ann@nnscommunities.org"
    return make.staff("Editor", username="ann", password=PASSWORD, email=email)


@pytest.fixture
def codes(ann):
    return with_second_step(ann)


def test_a_password_opens_where_there_is_no_second_step(ann):
    client = browser()

    answer = log_in(client, ann, next="/admin/news/article/?q=x")
    assert answer.url == "/admin/news/article/?q=x"
    assert is_in(client)


def test_who_has_a_second_step_is_asked_for_its_code(ann, codes):
    client = browser()

    page = log_in(client, ann, next="/admin/news/article/?q=x")
    assert page.status_code == 200
    assert "Second step" in text(parse(page))
    assert PASSWORD not in page.content.decode()
    assert not is_in(client)
    answer = type_code(client, page, code_now(), next="/admin/news/article/?q=x")
    assert answer.url == "/admin/news/article/?q=x"
    assert is_in(client)


def test_the_second_step_carries_where_to_go_on(ann, codes):
    page = log_in(browser(), ann, next="/admin/news/article/?q=x")

    assert 'name="next" value="/admin/news/article/?q=x"' in page.content.decode()
    again = type_code(browser(), page, "000000", next="/admin/auth/")
    assert 'name="next" value="/admin/auth/"' in again.content.decode()


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "\\\\x"])
def test_nobody_is_led_away_from_the_site(ann, where):
    assert log_in(browser(), ann, next=where).url == "/admin/"


def test_a_code_opens_once(ann, codes):
    page = log_in(browser(), ann)
    code = code_now()

    assert type_code(browser(), page, code).status_code == 302
    again = type_code(browser(), log_in(browser(), ann), code)
    assert again.status_code == 200
    assert "was used already" in text(parse(again))


def test_a_recovery_code_opens_once_and_the_log_says_how_many_are_left(ann, codes):
    client = browser()
    assert type_code(client, log_in(client, ann), codes[0]).status_code == 302
    assert is_in(client)

    event = Event.objects.get(kind="code_used")
    assert event.detail == "9 left"
    other = browser()
    assert type_code(other, log_in(other, ann), codes[0]).status_code == 200


def test_wrong_codes_are_counted(ann, codes):
    client = browser()
    page = log_in(client, ann)
    answers = [type_code(client, page, "000000").status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]
    assert type_code(client, page, code_now()).status_code == 429
    assert type_code(browser("192.0.2.1"), page, code_now()).status_code == 302


def test_an_empty_code_is_asked_for_again(ann, codes):
    client = browser()
    page = type_code(client, log_in(client, ann), "")

    assert "Please type the code" in text(parse(page))
    assert type_code(client, page, code_now()).status_code == 302


def test_a_code_without_the_password_opens_nothing(ann, codes):
    for token in ["", "x", "a:b:c", passed(log_in(browser(), ann)) + "x"]:
        client = browser()
        client.post(LOGIN, {"passed": token, "code": code_now()})
        assert not is_in(client)


def test_the_right_password_is_right_for_ten_minutes(ann, codes, time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    page = log_in(browser(), ann)
    time_machine.shift(timedelta(minutes=11))

    assert type_code(browser(), page, code_now()).status_code == 200
    page = log_in(browser(), ann)
    ann.set_password("another long password")
    ann.save()
    assert type_code(browser(), page, code_now()).status_code == 200


def test_an_account_that_was_closed_meanwhile_stays_outside(ann, codes):
    page = log_in(browser(), ann)
    ann.is_active = False
    ann.save()

    assert type_code(browser(), page, code_now()).status_code == 200


def test_a_session_of_one_step_ends_once_there_is_a_second(ann):
    client = browser()
    log_in(client, ann)
    with_second_step(ann)

    assert client.get("/admin/").url.startswith("/admin/login/")
    assert Session.objects.filter(user=ann).count() == 0


def test_a_form_from_elsewhere_is_refused(ann):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    for address in ["/admin/login/", "/admin/logout/", "/admin/account/sign-out/"]:
        assert client.post(address).status_code == 403


# Sessions


def test_a_session_has_a_new_key_after_signing_in(ann):
    client = browser()
    client.cookies["sessionid"] = "chosen-by-a-stranger-0123456789ab"
    log_in(client, ann)

    assert client.session.session_key != "chosen-by-a-stranger-0123456789ab"
    session = Session.objects.get()
    assert session.user == ann
    assert session.browser == "Firefox, Windows"


def test_a_session_ends_after_half_a_day_without_use(ann, time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    client = browser()
    log_in(client, ann)
    for _ in range(3):
        time_machine.shift(timedelta(hours=11))
        assert is_in(client)

    time_machine.shift(timedelta(hours=12, minutes=1))
    assert not is_in(client)


def test_a_session_ends_after_a_week_however_it_is_used(ann, time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    client = browser()
    log_in(client, ann)
    for _ in range(20):
        time_machine.shift(timedelta(hours=8))
        assert is_in(client)

    time_machine.shift(timedelta(hours=8, seconds=1))
    assert not is_in(client)


def test_sessions_that_are_over_are_removed(ann, time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    log_in(browser(), ann)
    time_machine.shift(timedelta(days=8))
    log_in(browser(), ann)

    assert Session.objects.count() == 1


def test_a_page_within_five_minutes_writes_nothing(ann, django_assert_num_queries):
    client = browser()
    log_in(client, ann)
    client.get("/admin/account/")
    # The session, the person, whether they need a second step and how many codes are
    # left, whether for the page or the door; their browsers; their menu's rights.
    with django_assert_num_queries(8) as queries:
        client.get("/admin/account/")
    assert not [q for q in queries if not q["sql"].startswith("SELECT")]


def test_public_pages_never_look_at_the_session(ann, django_assert_num_queries):
    client = browser()
    log_in(client, ann)

    page = client.get("/about/")
    assert "Cookie" not in page.headers.get("Vary", "")
    assert not page.cookies


# Whose account needs one


@pytest.fixture
def rule():
    return Rule.objects.get()


def test_a_role_that_needs_a_second_step_is_led_to_it(ann, rule):
    rule.groups.add(Group.objects.get(name="Editor"))
    client = browser()
    log_in(client, ann)

    assert client.get("/admin/").url == "/admin/account/second-step/"
    assert client.post("/admin/news/article/add/").url == "/admin/account/second-step/"
    assert client.get("/admin/account/second-step/").status_code == 200
    assert client.get("/admin/account/").status_code == 200
    assert client.get("/admin/password_change/").status_code == 200
    assert client.post("/admin/logout/").status_code == 200


@pytest.mark.parametrize("role", [None, "Contributor", "Manager"])
def test_other_roles_are_not(rule, role):
    rule.groups.add(Group.objects.get(name="Editor"))
    client = browser()
    log_in(client, make.staff(role, password=PASSWORD))

    assert is_in(client)


def test_administrators_need_one_as_soon_as_anybody_does(rule):
    root = make.staff(is_superuser=True, password=PASSWORD)
    client = browser()
    log_in(client, root)
    assert is_in(client)

    rule.groups.add(Group.objects.get(name="Contributor"))
    assert not is_in(client)


def test_everyone_means_who_has_no_role_too(rule):
    rule.for_everyone = True
    rule.save()
    client = browser()
    log_in(client, make.staff(password=PASSWORD))

    assert not is_in(client)


def test_what_somebody_types_while_the_rule_comes_is_saved(ann, rule):
    client = browser()
    log_in(client, ann)
    rule.for_everyone = True
    rule.save()

    assert client.get("/admin/news/source/add/").status_code == 302
    saved = client.post("/admin/news/source/add/", {"name": ""})
    assert saved.status_code == 200
    assert "errors" in saved.content.decode()


# Mail


@pytest.fixture
def outbox(settings):
    settings.EMAIL_HOST = "mail.example.org"

    def outbox():
        mails.sender.submit(lambda: None).result()
        return mail.outbox

    return outbox


def test_a_new_browser_is_told_by_mail_and_a_known_one_is_not(
    ann, outbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = browser()
        log_in(first, ann)
        first.post("/admin/logout/")
        log_in(first, ann)
    # Who has never been here has no browser that another could differ from.
    assert outbox() == []

    with django_capture_on_commit_callbacks(execute=True):
        log_in(browser(agent="Mozilla/5.0 (iPhone) Safari/604.1"), ann)
    (message,) = outbox()
    assert message.to == ["ann@nnscommunities.org"]
    assert "A new browser" in message.subject
    assert "Safari, iPhone" in message.body
    assert "/admin/account/" in message.body


def test_a_new_password_and_a_removed_step_are_told_by_mail(
    ann, outbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        ann.set_password("another long password")
        ann.save()
    assert "password was changed" in outbox()[0].subject


def test_who_has_no_address_gets_no_mail_and_no_error(
    outbox, django_capture_on_commit_callbacks
):
    user = make.staff(password=PASSWORD)
    with django_capture_on_commit_callbacks(execute=True):
        user.set_password("another long password")
        user.save()

    assert outbox() == []


def test_a_mail_server_that_fails_stops_nobody(
    ann, outbox, settings, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def fail(self):
        raise OSError("ann@nnscommunities.org refused")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    with django_capture_on_commit_callbacks(execute=True):
        log_in(browser(), ann)
        assert log_in(browser(agent=FIREFOX + "x"), ann).status_code == 302
    outbox()

    assert "could not be sent: OSError" in caplog.text
    assert "ann@" not in caplog.text
