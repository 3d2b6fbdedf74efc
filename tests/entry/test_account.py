"""One's own account: its second step, and the browsers that are signed in."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command

import make
from doors import PASSWORD, SECRET, browser, code_now, is_in, log_in, with_second_step
from nnsc.entry import codes
from nnsc.entry.models import Event, Rule, SecondStep, Session
from nnsc.entry.views import reference
from reading import parse, text

pytestmark = pytest.mark.django_db

ACCOUNT = "/admin/account/"
SET_UP = f"{ACCOUNT}second-step/"


@pytest.fixture
def ann():
    return make.staff("Manager", username="ann", password=PASSWORD)


@pytest.fixture
def here(ann):
    client = browser()
    log_in(client, ann)
    return client


def shown_secret(client) -> bytes:
    page = client.get(SET_UP).content.decode()
    letters = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    return codes.base64.b32decode(letters)


def set_up(client, **fields):
    secret = shown_secret(client)
    code = codes.code_at(secret, int(codes.time.time()) // 30)
    return client.post(SET_UP, {"code": code, "password": PASSWORD} | fields)


def test_an_app_is_set_up_with_its_code_and_the_password(here, ann):
    page = set_up(here)

    assert page.status_code == 200
    shown = re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", page.content.decode())
    assert len(shown) == 10
    assert "no-store" in page["Cache-Control"]
    assert is_in(here)
    assert codes.take_recovery_code(ann, shown[3])
    for address in (ACCOUNT, SET_UP):
        assert shown[0] not in here.get(address, follow=True).content.decode()
    assert Event.objects.filter(kind="step_on", account="ann", by="ann").exists()


def test_setting_up_signs_out_the_other_browsers_and_renews_this_one(here, ann):
    other = browser()
    log_in(other, ann)
    before = here.session.session_key

    set_up(here)

    assert not is_in(other)
    assert here.session.session_key != before
    assert list(Session.objects.filter(user=ann)) == [Session.objects.get()]


@pytest.mark.parametrize(
    "fields, complaint",
    [
        ({"code": "000000"}, "not the code that belongs to the picture"),
        ({"code": ""}, "This field is required"),
        ({"password": "wrong"}, "This is not your password"),
        ({"password": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_said_and_the_picture_stays(here, ann, fields, complaint):
    secret = shown_secret(here)

    page = set_up(here, **fields)

    assert complaint in text(parse(page))
    assert shown_secret(here) == secret
    assert not SecondStep.objects.exists()


def test_the_code_that_set_it_up_opens_nothing_else(here, ann):
    secret = shown_secret(here)
    set_up(here)

    assert not codes.take_code(ann, codes.code_at(secret, int(codes.time.time()) // 30))


def test_who_has_a_second_step_sees_no_secret_any_more(here, ann):
    set_up(here)

    assert here.get(SET_UP).url == ACCOUNT
    page = here.get(ACCOUNT)
    assert "10 recovery codes are left" in text(parse(page))


@pytest.fixture
def proven(ann):
    """A browser in which ann has signed in with both steps."""
    recovery = with_second_step(ann)
    client = browser()
    page = log_in(client, ann)
    token = re.search(r'name="passed" value="([^"]+)"', page.content.decode())[1]
    client.post("/admin/login/", {"passed": token, "code": recovery[0]})
    assert is_in(client)
    return client


def test_new_recovery_codes_need_the_password(proven, ann):
    address = f"{ACCOUNT}recovery-codes/"

    refused = proven.post(address, {"codes-password": "wrong"})
    assert "This is not your password" in text(parse(refused))
    assert ann.recovery_codes.count() == 9
    page = proven.post(address, {"codes-password": PASSWORD})
    assert "New recovery codes" in text(parse(page))
    assert ann.recovery_codes.count() == 10
    assert Event.objects.filter(kind="new_codes").exists()


def test_the_second_step_is_removed_with_the_password(proven, ann):
    address = f"{ACCOUNT}remove-second-step/"

    assert proven.post(address, {"remove-password": "wrong"}).status_code == 200
    assert SecondStep.objects.exists()
    assert proven.post(address, {"remove-password": PASSWORD}).url == ACCOUNT
    assert not SecondStep.objects.exists()
    assert not ann.recovery_codes.exists()
    assert Event.objects.filter(kind="step_off", by="ann").exists()
    assert log_in(browser(), ann).status_code == 302


def test_it_is_not_removed_where_the_account_needs_it(proven, ann):
    Rule.objects.update(for_everyone=True)

    address = f"{ACCOUNT}remove-second-step/"
    page = proven.post(address, {"remove-password": PASSWORD}, follow=True)
    assert "Your account needs a second step" in text(parse(page))
    assert SecondStep.objects.exists()
    assert "Remove the second step" not in text(parse(proven.get(ACCOUNT)))


def test_guessing_the_password_here_is_slow_too(proven):
    address = f"{ACCOUNT}remove-second-step/"
    answers = [
        proven.post(address, {"remove-password": "wrong"}).status_code
        for _ in range(11)
    ]

    assert answers == [200] * 10 + [429]


@pytest.mark.parametrize(
    "page",
    ["recovery-codes", "remove-second-step", "sign-out", "sign-out-everywhere"],
)
def test_nothing_is_done_by_following_a_link(here, page):
    assert here.get(f"{ACCOUNT}{page}/").status_code == 405


@pytest.mark.parametrize("page", ["", "second-step/"])
def test_strangers_are_asked_to_sign_in(page):
    assert browser().get(ACCOUNT + page).url.startswith("/admin/login/")


# Browsers


def test_every_browser_is_listed_and_this_one_first(here, ann):
    phone = browser(agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18) Safari/604")
    log_in(phone, ann)
    log_in(browser(), make.staff(password=PASSWORD))

    listed = text(parse(here.get(ACCOUNT)))
    assert listed.index("Firefox, Windows this one") < listed.index("Safari, iPhone")
    assert listed.count("Last used") == 2
    assert here.session.session_key not in here.get(ACCOUNT).content.decode()


def test_one_browser_is_signed_out(here, ann):
    phone = browser()
    log_in(phone, ann)
    page = here.get(ACCOUNT).content.decode()
    (shown,) = re.findall(r'name="browser" value="(\w+)"', page)

    here.post(f"{ACCOUNT}sign-out/", {"browser": shown})

    assert not is_in(phone)
    assert is_in(here)
    again = here.post(f"{ACCOUNT}sign-out/", {"browser": shown}, follow=True)
    assert "was signed out already" in text(parse(again))


def test_nobody_signs_out_somebody_else(here, ann):
    bob = browser()
    log_in(bob, make.staff(password=PASSWORD))

    for given in [reference(bob.session.session_key), "", "x" * 9999, "a\0b"]:
        assert here.post(f"{ACCOUNT}sign-out/", {"browser": given}).status_code == 302
    assert is_in(bob)
    assert is_in(here)


def test_signing_out_everywhere_is_here_too(here, ann):
    phone, bob = browser(), browser()
    log_in(phone, ann)
    log_in(bob, make.staff(password=PASSWORD))

    assert here.post(f"{ACCOUNT}sign-out-everywhere/").url == "/admin/login/"

    assert not is_in(here)
    assert not is_in(phone)
    assert is_in(bob)
    assert Event.objects.filter(kind="everywhere", account="ann", by="ann").exists()


def test_a_new_password_signs_out_the_other_browsers(here, ann):
    phone = browser()
    log_in(phone, ann)
    new = "another long password"
    fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}

    assert here.post("/admin/password_change/", fields).status_code == 302
    assert is_in(here)
    assert not is_in(phone)


def test_the_page_asks_as_much_for_ten_browsers_as_for_one(
    here, ann, django_assert_num_queries
):
    with django_assert_num_queries(8):
        here.get(ACCOUNT)
    for _ in range(9):
        log_in(browser(), ann)
    with django_assert_num_queries(8):
        here.get(ACCOUNT)


# By managers


def act(client, action, *users):
    keys = [user.pk for user in users]
    fields = {"action": action, "_selected_action": keys}
    return client.post("/admin/auth/user/", fields, follow=True)


def test_a_manager_lets_in_who_has_lost_their_phone(here, ann):
    bob = make.staff("Editor", username="bob", password=PASSWORD)
    with_second_step(bob)
    root = make.superuser()
    with_second_step(root)
    with_second_step(ann)
    Session.objects.filter(user=ann).delete()
    here.force_login(ann)
    session = here.session
    session["is_proven"] = True
    session.save()

    page = act(here, "remove_second_step", bob, root, ann)

    assert "Second steps removed: 1." in text(parse(page))
    assert set(SecondStep.objects.values_list("user", flat=True)) == {root.pk, ann.pk}
    event = Event.objects.get(kind="step_off")
    assert (event.account, event.by) == ("bob", "ann")


def test_a_manager_signs_others_out(here):
    bob, phone = make.staff("Editor", password=PASSWORD), browser()
    log_in(phone, bob)

    page = act(here, "sign_out_everywhere", bob, make.superuser())

    assert "People signed out: 1." in text(parse(page))
    assert not is_in(phone)
    assert is_in(here)


def test_who_may_only_look_at_people_does_neither(client):
    helper = make.staff()
    helper.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(helper)
    bob = make.staff("Editor")
    with_second_step(bob)

    act(client, "remove_second_step", bob)

    assert SecondStep.objects.filter(secret=SECRET).exists()


def test_an_operator_lets_in_whom_nobody_else_can(ann, capsys, monkeypatch):
    monkeypatch.setattr("nnsc.entry.mails.sender.shutdown", lambda: None)
    with_second_step(ann)
    call_command("remove_second_step", "ann")

    assert "password alone" in capsys.readouterr().out
    assert log_in(browser(), ann).status_code == 302
    with pytest.raises(CommandError, match="ann has no second step"):
        call_command("remove_second_step", "ann")
    with pytest.raises(CommandError, match="no account called bob"):
        call_command("remove_second_step", "bob")


def test_a_code_of_now_opens(ann):
    with_second_step(ann)
    client = browser()
    page = log_in(client, ann)
    token = re.search(r'name="passed" value="([^"]+)"', page.content.decode())[1]

    client.post("/admin/login/", {"passed": token, "code": f" {code_now()[:3]} "})
    assert not is_in(client)
    client.post("/admin/login/", {"passed": token, "code": code_now()})
    assert is_in(client)
