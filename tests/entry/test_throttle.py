"""Guessing is slow, and nobody is kept out by strangers who guess."""

from datetime import timedelta

import pytest
from django.utils import timezone

import make
from at_once import at_once
from doors import PASSWORD, browser, is_in, log_in
from nnsc.entry import throttle
from nnsc.entry.models import Attempts

pytestmark = pytest.mark.django_db
HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    return time_machine


@pytest.fixture
def ann():
    return make.staff("Editor", username="ann", password=PASSWORD)


def guess(client, n, user="ann"):
    return [log_in(client, user, "a wrong password").status_code for _ in range(n)]


def test_after_five_wrong_passwords_even_the_right_one_waits(ann, clock):
    client = browser()

    assert guess(client, 6) == [200] * 5 + [429]
    answer = log_in(client, ann)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"
    assert "wait 15 minutes" in answer.content.decode()
    clock.shift(timedelta(minutes=15))
    assert log_in(client, ann).status_code == 302


def test_a_stranger_elsewhere_locks_nobody_out(ann):
    guess(browser(ELSEWHERE), 20)

    assert log_in(browser(HOME), ann).status_code == 302


def test_at_the_same_address_a_browser_that_was_in_before_gets_in(ann):
    """As where a whole office has one address, or a stranger has the same proxy."""
    known = browser(HOME)
    log_in(known, ann)
    known.post("/admin/logout/")
    guess(browser(HOME), 40)

    assert log_in(browser(HOME), ann).status_code == 429
    assert log_in(known, ann).status_code == 302
    assert is_in(known)


def test_a_known_browser_may_guess_no_more_than_ten_times(ann, clock):
    known = browser(HOME)
    log_in(known, ann)
    known.post("/admin/logout/")

    assert guess(known, 11) == [200] * 10 + [429]
    clock.shift(timedelta(minutes=15))
    assert log_in(known, ann).status_code == 302


def test_a_browser_is_known_for_its_own_account_alone(ann):
    bob = make.staff("Editor", username="bob", password=PASSWORD)
    known = browser(HOME)
    log_in(known, bob)
    known.post("/admin/logout/")

    assert guess(known, 6)[-1] == 429
    assert log_in(known, bob).status_code == 302


def test_with_a_new_password_a_browser_is_new_again(ann):
    known = browser(HOME)
    log_in(known, ann)
    known.post("/admin/logout/")
    ann.set_password("another long password")
    ann.save()

    assert guess(known, 6)[-1] == 429


@pytest.mark.parametrize("mark", ["", "x", "a:b:c", "é", "x" * 5000])
def test_a_mark_that_is_not_ours_is_none(ann, mark):
    client = browser()
    client.cookies["known"] = mark

    assert guess(client, 6)[-1] == 429


def test_an_address_may_try_thirty_times_whatever_the_account(ann, clock):
    client = browser()
    tries = [guess(client, 1, f"nobody{n}")[0] for n in range(31)]

    assert tries == [200] * 30 + [429]
    assert log_in(client, ann).status_code == 429
    clock.shift(timedelta(hours=1))
    assert log_in(client, ann).status_code == 302


def test_a_right_password_opens_no_way_to_guess_at_other_accounts(ann):
    client = browser()
    for n in range(30):
        guess(client, 1, f"nobody{n}")
        browser().cookies.clear()
        if n % 5 == 4:
            log_in(browser(), ann)

    assert guess(client, 1, "somebody")[0] == 429


def test_a_crowd_of_strangers_slows_an_account_and_never_closes_it(ann, clock):
    answers = [guess(browser(f"10.{n // 256}.{n % 256}.1"), 1)[0] for n in range(101)]
    assert answers == [200] * 100 + [429]

    new = browser("192.0.2.1")
    assert log_in(new, ann).status_code == 429
    clock.shift(timedelta(minutes=1))
    assert log_in(new, ann).status_code == 302


def test_an_unknown_account_is_answered_as_a_known_one(ann):
    ours, theirs = browser("192.0.2.1"), browser("192.0.2.2")
    make.staff(username="off", password=PASSWORD, is_active=False)
    make.staff(username="guest", password=PASSWORD, is_staff=False)
    for _ in range(5):
        known = log_in(ours, ann, "wrong").content.decode()
        unknown = log_in(theirs, "nobody", "wrong").content.decode()
    assert sentence(known) == sentence(unknown)
    assert "Please enter the correct username" in sentence(known)
    assert sentence(log_in(ours, ann).content.decode()) == sentence(
        log_in(theirs, "nobody").content.decode()
    )
    for name in ("off", "guest"):
        right = log_in(browser("192.0.2.3"), name).content.decode()
        assert sentence(right) == sentence(known)


def sentence(page):
    return page.split('class="errornote">')[1].split("</p>")[0].strip()


def test_a_name_in_other_letters_is_the_same_name(ann):
    client = browser()
    guess(client, 3)

    assert guess(client, 3, "ANN") == [200, 200, 429]
    assert guess(client, 1, "ａｎｎ") == [429]


@pytest.mark.parametrize(
    "address, network",
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_a_household_counts_as_one(address, network):
    assert throttle.network_of(address) == network


def test_where_no_address_is_known_a_stranger_still_locks_nobody_out(ann):
    guess(browser(""), 20)

    assert log_in(browser(""), ann).status_code == 302


def test_the_table_tells_of_nobody(ann):
    guess(browser(HOME), 1)

    kept = str(list(Attempts.objects.values_list()))
    assert Attempts.objects.count() == 3
    assert "ann" not in kept
    assert HOME not in kept


def test_old_attempts_are_forgotten(ann, clock, monkeypatch):
    guess(browser(), 1)
    clock.shift(timedelta(days=3))
    monkeypatch.setattr(throttle, "PRUNED_EVERY", 1)

    guess(browser(ELSEWHERE), 1)
    assert all(row.last_at == timezone.now() for row in Attempts.objects.all())


def test_many_at_once_are_no_way_around(transactional_db):
    counters = throttle.counters("ann", HOME)

    waits = at_once(*[lambda: throttle.knock("password", counters)] * 8)

    assert sorted(map(bool, waits)) == [False] * 5 + [True] * 3


@pytest.mark.parametrize(
    "name", ["", "x" * 5000, "a\0b", "'; DROP TABLE x", "a\u202eb", "🙂" * 100]
)
def test_any_name_gets_a_sane_answer(name):
    for tried in (name, name * 2):
        assert log_in(browser(), tried, "x").status_code == 200
