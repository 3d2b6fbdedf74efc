"""What was typed comes back through two steps, a wrong one, and the set-up of one."""

import pytest

import make
from doors import LOGIN, PASSWORD, code_now, log_in, with_second_step
from nnsc.entry import codes
from nnsc.entry.models import Rule
from reading import HTML, parse, text
from sending import Browser

ADD = "/admin/news/article/add/"
SET_UP = "/admin/account/second-step/"
TYPED = {"title": "A title", "quote": "My words", "kind": "news", "state": "draft"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    return make.staff("Editor", username="ann", password=PASSWORD)


@pytest.fixture
def ada(ann):
    """Somebody with a second step."""
    with_second_step(ann)
    return ann


@pytest.fixture
def browser():
    return Browser()


def hidden(page) -> dict:
    """Return what the page of the log-in sends unseen."""
    return {
        box.get("name"): box.get("value")
        for box in parse(page).iter(f"{HTML}input")
        if box.get("type") == "hidden" and box.get("value")
    }


def fill_in(browser, page, **fields):
    return browser.post(LOGIN, hidden(page) | fields)


def name_and_password(user, password=PASSWORD):
    return {"username": user.username, "password": password}


def quote_in(page):
    return page.context["adminform"].form["quote"].value()


def test_it_comes_back_after_the_second_step(browser, ada):
    page = browser.post(ADD, TYPED)
    page = fill_in(browser, page, **name_and_password(ada))
    assert "Second step" in text(parse(page))
    assert "You have been signed out." in text(parse(page))
    answer = fill_in(browser, page, code=code_now())

    assert answer.url.startswith(ADD)
    assert quote_in(browser.get(answer.url)) == "My words"


def test_wrong_words_and_codes_and_too_many_of_them_lose_nothing(browser, ada):
    page = browser.post(ADD, TYPED)
    page = fill_in(browser, page, **name_and_password(ada, "wrong"))
    page = fill_in(browser, page, **name_and_password(ada))
    for code in ["", *["000000"] * 6]:
        page = fill_in(browser, page, code=code)
    assert page.status_code == 429
    elsewhere = Browser(REMOTE_ADDR="192.0.2.1")
    answer = fill_in(elsewhere, page, code=code_now())

    assert quote_in(elsewhere.get(answer.url)) == "My words"


def test_beginning_again_loses_nothing(browser, ada):
    page = browser.post(ADD, TYPED)
    page = fill_in(browser, page, **name_and_password(ada))
    page = fill_in(browser, page, again="1", code="")
    assert "Second step" not in text(parse(page))
    assert "passed" not in hidden(page)
    page = fill_in(browser, page, **name_and_password(ada))
    answer = fill_in(browser, page, code=code_now())

    assert quote_in(browser.get(answer.url)) == "My words"


def test_beginning_again_keeps_where_to_go_on(browser, ada):
    page = log_in(browser, ada, next="/admin/news/article/?q=x")
    page = fill_in(browser, page, again="1")

    assert hidden(page)["next"] == "/admin/news/article/?q=x"


def test_a_password_that_was_right_too_long_ago_loses_nothing(
    browser, ada, time_machine
):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    page = browser.post(ADD, TYPED)
    page = fill_in(browser, page, **name_and_password(ada))
    time_machine.shift(660)
    page = fill_in(browser, page, code=code_now())
    page = fill_in(browser, page, **name_and_password(ada))
    answer = fill_in(browser, page, code=code_now())

    assert quote_in(browser.get(answer.url)) == "My words"


def test_it_waits_while_the_second_step_is_set_up(browser, ann):
    Rule.objects.update(for_everyone=True)
    page = browser.post(ADD, TYPED)
    answer = fill_in(browser, page, **name_and_password(ann))
    assert browser.get(answer.url).url == SET_UP
    # Something else is asked for meanwhile, and the code is wrong at first.
    browser.get("/admin/autocomplete/", headers={"sec-fetch-mode": "cors"})
    browser.post(SET_UP, {"code": "000000", "password": PASSWORD})
    secret = bytes.fromhex(browser.session["new_secret"])
    code = codes.code_at(secret, int(codes.time.time()) // 30)
    page = browser.post(SET_UP, {"code": code, "password": PASSWORD})
    (go_on,) = (
        link.get("href")
        for link in parse(page).iter(f"{HTML}a")
        if text(link) == "I have kept them"
    )

    assert go_on == answer.url
    assert quote_in(browser.get(go_on)) == "My words"


def test_a_second_step_that_came_from_another_browser_meanwhile_loses_nothing(
    browser, ann
):
    page = browser.post(ADD, TYPED)
    answer = fill_in(browser, page, **name_and_password(ann))
    with_second_step(ann)

    # It was signed in without it, and had its form still to open.
    page = browser.get(answer.url)
    page = fill_in(browser, page, **name_and_password(ann))
    answer = fill_in(browser, page, code=code_now())
    assert quote_in(browser.get(answer.url)) == "My words"
    # The same again, and what is sent from the open form.
    browser.session.flush()
    page = browser.post(answer.url, TYPED | {"quote": "Other words"})
    page = fill_in(browser, page, **name_and_password(ann))
    answer = fill_in(browser, page, code=code_now(later=1))
    assert quote_in(browser.get(answer.url)) == "Other words"
