"""Codes of apps and on paper, each of which opens once."""

import re

import pytest

import make
from at_once import at_once
from nnsc.entry import codes
from nnsc.entry.models import RecoveryCode, SecondStep

SECRET = b"12345678901234567890"
# RFC 6238, appendix B, of whose eight digits apps show the last six.
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


@pytest.mark.parametrize("seconds, code", VECTORS.items())
def test_codes_are_those_of_the_standard(seconds, code):
    assert codes.code_at(SECRET, seconds // 30) == code


@pytest.mark.parametrize(
    "behind, is_right", [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_half_a_minute_off(time_machine, behind, is_right):
    time_machine.move_to(1_111_111_111, tick=False)
    now = 1_111_111_111 // 30

    step = codes.step_of(SECRET, codes.code_at(SECRET, now + behind))
    assert (step == now + behind) == is_right


@pytest.mark.parametrize(
    "typed", ["", "0", "05047", "0504711", "050472", "०५०४७१", "0\0" * 3, "x" * 99999]
)
def test_anything_else_is_no_code(time_machine, typed):
    time_machine.move_to(1_111_111_111, tick=False)

    assert codes.step_of(SECRET, "050 471") == 1_111_111_111 // 30
    assert codes.step_of(SECRET, typed) is None


@pytest.fixture
def user(db):
    user = make.staff()
    SecondStep.objects.create(user=user, secret=SECRET)
    return user


@pytest.mark.django_db
def test_a_code_opens_once_and_so_does_none_before_it(user, time_machine):
    time_machine.move_to(1_111_111_111, tick=False)
    now = 1_111_111_111 // 30
    before, present, after = (codes.code_at(SECRET, now + step) for step in (-1, 0, 1))

    assert codes.take_code(user, present)
    assert not codes.take_code(user, present)
    assert not codes.take_code(user, before)
    assert codes.take_code(user, after)


def test_of_many_who_use_a_code_at_once_one_gets_in(
    transactional_db, user, time_machine
):
    time_machine.move_to(1_111_111_111, tick=False)
    recovery, *_others = codes.new_recovery_codes(user)

    taken = at_once(*[lambda: codes.take_code(user, "050471")] * 4)
    assert sorted(taken) == [False, False, False, True]
    taken = at_once(*[lambda: codes.take_recovery_code(user, recovery)] * 4)
    assert sorted(taken) == [False, False, False, True]


@pytest.mark.django_db
def test_who_has_no_second_step_has_no_code():
    assert not codes.take_code(make.staff(), "050471")


@pytest.mark.django_db
def test_a_recovery_code_opens_once_however_it_is_typed(user):
    ours, theirs = codes.new_recovery_codes(user), make.staff()

    assert len(set(ours)) == 10
    assert all(re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}", code) for code in ours)
    assert not codes.take_recovery_code(theirs, ours[0])
    assert codes.take_recovery_code(user, ours[0].upper().replace("-", " "))
    assert not codes.take_recovery_code(user, ours[0])
    assert codes.take_recovery_code(user, ours[1])
    assert user.recovery_codes.count() == 8


@pytest.mark.django_db
def test_recovery_codes_are_kept_where_nobody_can_read_them(user):
    ours = codes.new_recovery_codes(user)

    kept = " ".join(RecoveryCode.objects.values_list("digest", flat=True))
    assert not [code for code in ours if code.replace("-", "") in kept]


@pytest.mark.django_db
def test_new_recovery_codes_take_the_place_of_the_old(user):
    old = codes.new_recovery_codes(user)
    codes.new_recovery_codes(user)

    assert not codes.take_recovery_code(user, old[0])
    assert user.recovery_codes.count() == 10


def test_apps_are_told_the_secret_and_whose_it_is():
    address = codes.address_of(SECRET, "ann o’neil", "NNSC")

    assert address == (
        "otpauth://totp/NNSC%3Aann%20o%E2%80%99neil"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=NNSC"
    )
    assert codes.in_groups(SECRET).startswith("GEZD GNBV GY3T")


def test_the_picture_has_no_style_and_escapes_its_name():
    drawing = codes.drawing("otpauth://totp/x", 'a "name" <b>')

    assert "style" not in drawing
    assert "&lt;b&gt;" in drawing
    assert 'viewBox="0 0 33 33"' in drawing
