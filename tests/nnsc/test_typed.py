"""What was typed outlives the session: through the log-in, back to the same form."""

import pytest
from django.core import signing
from django.test import Client

import make
from news.models import Article
from nnsc.changes import current_generation
from nnsc.entry.models import Session
from nnsc.publishing import State
from reading import HTML, parse, text

ADD = "/admin/news/article/add/"
LOGIN = "/admin/login/"
PASSWORD = "a long password"
HERE = {"HTTP_ORIGIN": "http://testserver"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return make.staff("Editor", username="ada", password=PASSWORD)


@pytest.fixture
def browser():
    """Return a client that keeps its cookies and is checked as a browser is."""
    client = Client(enforce_csrf_checks=True)
    client.get(LOGIN)
    return client


def token(browser):
    return browser.cookies["csrftoken"].value


def send(browser, address, fields=None, **headers):
    fields = {"csrfmiddlewaretoken": token(browser)} | (fields or {})
    return browser.post(address, fields, **HERE | headers)


def inputs(response):
    """Return the values of the hidden boxes on a page."""
    return {
        box.get("name"): box.get("value")
        for box in parse(response).iter(f"{HTML}input")
        if box.get("type") == "hidden"
    }


def log_in(browser, page, username="ada", password=PASSWORD):
    """Fill in the log-in that a page shows, and press its button."""
    (form,) = (
        it for it in parse(page).iter(f"{HTML}form") if it.get("id") == "login-form"
    )
    assert form.get("action") == LOGIN
    fields = {"username": username, "password": password, **inputs(page)}
    return browser.post(LOGIN, fields, **HERE)


def typed(**fields):
    return {"title": "A title", "kind": "news", "state": "draft"} | fields


def shown(browser, response):
    """Follow where a log-in leads; return the form that it shows."""
    assert response.status_code == 302
    page = browser.get(response.url)
    assert page.status_code == 200
    return page


def test_what_a_stranger_to_the_session_typed_comes_back_in_its_form(browser, editor):
    source, city = make.source(), make.city()
    tags = [make.tag(name) for name in ["Swift, Certain, & Fair", 'say "hi"']]
    fields = typed(
        title="Fewer “shots” <b>\u202e",
        quote="Two\nlines & more",
        source=source.pk,
        date="13/2016",
        cities=[city.pk],
        tags=[tag.pk for tag in tags],
        state="published",
        goes_live_at="2030-11-26T09:00:00",
        _save="",
    )
    before = current_generation()

    page = send(browser, ADD, fields)
    assert "You have been signed out." in text(parse(page))
    page = shown(browser, log_in(browser, page))
    form = page.context["adminform"].form
    assert form["title"].value() == "Fewer “shots” <b>\u202e"
    assert form["quote"].value() == "Two\nlines & more"
    assert form["source"].value() == str(source.pk)
    assert form["date"].value() == "13/2016"
    assert form["cities"].value() == [str(city.pk)]
    assert form["tags"].value() == [str(tag.pk) for tag in tags]
    assert form["state"].value() == "published"
    assert "You had been signed out. Nothing that you typed is lost" in (
        text(parse(page))
    )
    assert "There is no month “13”." in text(parse(page))
    assert current_generation() == before
    assert not Article.objects.exists()


def test_it_is_saved_by_saving_and_then_forgotten(browser, editor):
    page = send(browser, ADD, typed(quote="Kept"))
    address = log_in(browser, page).url
    assert browser.get(address).context["adminform"].form["quote"].value() == "Kept"

    response = send(browser, address, typed(quote="Kept, and more", _continue=""))
    assert response.status_code == 302
    assert Article.objects.get().quote == "Kept, and more"
    assert "Kept" not in str(list(browser.session.items()))
    assert browser.get(address).context["adminform"].form["quote"].value() is None


def test_a_stored_record_is_changed_by_the_form_alone(browser, editor):
    article = make.article(title="Old", tags=["A"])
    address = f"/admin/news/article/{article.pk}/change/"

    page = send(browser, address, typed(title="New", tags=[]))
    page = shown(browser, log_in(browser, page))
    form = page.context["adminform"].form
    assert (form["title"].value(), form["tags"].value()) == ("New", [])
    article.refresh_from_db()
    assert (article.title, article.tags.count()) == ("Old", 1)


def test_rows_that_were_added_come_back(browser, editor):
    fields = {
        "name": "Reconciliation",
        "aliases-TOTAL_FORMS": "3",
        "aliases-INITIAL_FORMS": "0",
        "aliases-0-name": "Healing",
        "aliases-2-name": "Truth",
    }

    page = shown(
        browser, log_in(browser, send(browser, "/admin/nnsc/tag/add/", fields))
    )
    (inline,) = page.context["inline_admin_formsets"]
    names = [form["name"].value() for form in inline.formset.forms]
    assert names == ["Healing", None, "Truth"]


def test_a_wrong_password_loses_nothing(browser, editor):
    page = send(browser, ADD, typed(quote="Kept"))

    for _ in range(3):
        page = log_in(browser, page, password="wrong")
        assert page.status_code == 200
        assert "You have been signed out." in text(parse(page))
    page = shown(browser, log_in(browser, page))
    assert page.context["adminform"].form["quote"].value() == "Kept"


def test_a_session_that_ends_between_two_saves_loses_nothing(browser, editor):
    log_in(browser, browser.get(LOGIN))
    Session.objects.all().delete()

    page = send(browser, ADD, typed(quote="Kept"))
    page = shown(browser, log_in(browser, page))
    assert page.context["adminform"].form["quote"].value() == "Kept"
    Session.objects.all().delete()
    page = send(browser, page.request["PATH_INFO"], typed(quote="Kept twice"))
    page = shown(browser, log_in(browser, page))
    assert page.context["adminform"].form["quote"].value() == "Kept twice"


def test_the_address_is_kept_with_its_query(browser, editor):
    address = ADD + "?_changelist_filters=q%3Dmayor"

    response = log_in(browser, send(browser, address, typed()))
    assert response.url.startswith(address + "&_typed=")
    page = send(browser, response.url, typed())
    assert page.status_code == 302
    assert page.url == "/admin/news/article/?q=mayor"


def test_a_file_cannot_be_kept_and_that_is_said(browser, editor):
    page = send(browser, ADD, typed(image=make.upload(), image_alt="A street"))

    assert "An image must be chosen again." in text(parse(page))
    page = shown(browser, log_in(browser, page))
    assert "The image must be chosen again." in text(parse(page))
    assert page.context["adminform"].form["image_alt"].value() == "A street"


def test_what_is_too_long_for_the_way_is_there_to_be_copied(browser, editor, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20_000
    # It must not shrink by being packed.
    long = " ".join(f"{number * 7919 % 100_003:x}" for number in range(3_000))

    page = send(browser, ADD, typed(quote=long, source_url="https://a.org/story"))
    assert page.status_code == 200
    words = text(parse(page))
    assert "too long to be brought back after the log-in. Copy it" in words
    assert long in words
    assert "https://a.org/story" in words
    assert "typed" not in inputs(page)
    assert log_in(browser, page).url == ADD


def test_a_form_beyond_all_limits_is_refused_in_a_sentence(browser, editor, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000

    response = send(browser, ADD, typed(quote="x" * 20_000))
    assert response.status_code == 400
    assert "what you typed is still there" in text(parse(response))


# Who signs in


def test_who_may_not_save_it_is_told_so_and_can_copy_it(browser):
    make.staff("Contributor", username="ada", password=PASSWORD)
    article = make.article(title="Public")
    address = f"/admin/news/article/{article.pk}/change/"

    page = send(browser, address, typed(title="New words", quote="Long\nquote"))
    response = log_in(browser, page)
    page = browser.get(response.url)
    assert page.status_code == 403
    assert "You may not change this, so nothing was saved." in text(parse(page))
    assert "New words" in text(parse(page))
    assert "Long quote" in text(parse(page))
    assert send(browser, response.url, typed(title="New")).status_code == 403
    article.refresh_from_db()
    assert article.title == "Public"


def test_who_has_no_role_can_copy_it_too(browser):
    make.staff(username="ada", password=PASSWORD)

    page = browser.get(log_in(browser, send(browser, ADD, typed(quote="My words"))).url)
    assert page.status_code == 403
    assert "My words" in text(parse(page))


def test_what_was_deleted_meanwhile_stands_in_the_form_of_a_new_one(browser, editor):
    article = make.article()
    address = f"/admin/news/article/{article.pk}/change/"
    page = send(browser, address, typed(quote="My words"))
    article.delete()

    page = browser.get(log_in(browser, page).url)
    assert "What you typed stands below." in text(parse(page))
    assert "My words" in text(parse(page))
    assert not Article.objects.exists()


def test_another_person_does_not_find_it(browser, editor):
    address = log_in(browser, send(browser, ADD, typed(quote="My words"))).url
    send(browser, "/admin/logout/")

    make.staff("Editor", username="bob", password=PASSWORD)
    log_in(browser, browser.get(LOGIN), username="bob")
    assert "My words" not in browser.get(address).content.decode()


# Forged, and from elsewhere


@pytest.mark.parametrize(
    "field",
    [
        "nonsense",
        "",
        "\0",
        "x" * 10_000,
        signing.dumps([ADD, [["title", "Forged"]], False], key="another key"),
        signing.dumps([ADD, [["title", "Forged"]], False], salt="another salt"),
    ],
)
def test_what_is_not_ours_is_left_out(browser, editor, field):
    page = send(
        browser,
        LOGIN,
        {"typed": field, "next": ADD} | {"username": "ada", "password": PASSWORD},
    )

    assert page.url == ADD
    assert "Forged" not in browser.get(page.url).content.decode()
    assert "Forged" not in str(list(browser.session.items()))


def test_another_site_fills_in_no_form_of_a_stranger(browser, editor):
    elsewhere = {"HTTP_ORIGIN": "https://evil.example"}

    for headers in [elsewhere, {"HTTP_ORIGIN": "null"}]:
        response = browser.post(ADD, typed(title="Evil"), **headers)
        assert response.status_code == 403
        assert "Evil" not in response.content.decode()
        assert "Nothing was done" in text(parse(response))


def test_another_site_fills_in_no_form_of_who_is_signed_in(browser, editor):
    log_in(browser, browser.get(LOGIN))

    response = browser.post(
        ADD, typed(title="Evil"), HTTP_ORIGIN="https://evil.example"
    )
    assert response.status_code == 403
    assert "Evil" not in response.content.decode()
    assert "Evil" not in str(list(browser.session.items()))


def test_another_site_logs_nobody_in_to_bring_its_words(browser, editor):
    attacker = Client()
    sealed = inputs(attacker.post(ADD, typed(title="Evil")))["typed"]

    fields = {"username": "ada", "password": PASSWORD, "typed": sealed}
    response = browser.post(LOGIN, fields, HTTP_ORIGIN="https://evil.example")
    assert response.status_code == 403
    assert "Evil" not in response.content.decode()
    assert "_auth_user_id" not in browser.session


# A token of before


def test_a_form_from_before_a_new_log_in_comes_back_filled(browser, editor):
    log_in(browser, browser.get(LOGIN))
    old = token(browser)
    send(browser, "/admin/logout/")
    log_in(browser, browser.get(LOGIN))

    fields = typed(quote="Kept", csrfmiddlewaretoken=old)
    page = shown(browser, browser.post(ADD, fields, **HERE))
    assert page.context["adminform"].form["quote"].value() == "Kept"
    assert not Article.objects.exists()


def test_a_form_without_any_cookie_comes_back_through_the_log_in(editor):
    bare = Client(enforce_csrf_checks=True)

    page = bare.post(ADD, typed(quote="Kept"), **HERE)
    assert "You have been signed out." in text(parse(page))
    page = shown(bare, log_in(bare, page))
    assert page.context["adminform"].form["quote"].value() == "Kept"


def test_a_log_in_from_before_another_one_keeps_what_it_carries(browser, editor):
    page = send(browser, ADD, typed(quote="Kept"))
    log_in(browser, browser.get(LOGIN))

    page = shown(browser, log_in(browser, page))
    assert page.context["adminform"].form["quote"].value() == "Kept"


def test_a_log_in_without_its_cookie_can_be_repeated(editor):
    bare = Client(enforce_csrf_checks=True)
    page = bare.post(ADD, typed(quote="Kept"), **HERE)
    bare.cookies.clear()

    page = log_in(bare, page)
    assert "Please log in once more." in text(parse(page))
    page = shown(bare, log_in(bare, page))
    assert page.context["adminform"].form["quote"].value() == "Kept"


def test_what_is_no_form_of_content_is_simply_refused(browser, editor):
    log_in(browser, browser.get(LOGIN))
    article = make.article(state=State.DRAFT)

    for address in [
        f"/admin/news/article/{article.pk}/delete/",
        "/admin/news/article/",
        "/admin/auth/user/add/",
        "/admin/logout/",
        "/news/",
    ]:
        response = browser.post(
            address, {"post": "yes", "password1": "se cret"}, **HERE
        )
        assert response.status_code == 403
        assert "Nothing was done" in text(parse(response))
        assert "se cret" not in response.content.decode()


def test_a_password_is_carried_nowhere(browser):
    response = send(browser, "/admin/auth/user/add/", {"password1": "se cret"})

    assert response.url == "/admin/login/?next=/admin/auth/user/add/"


def test_only_the_last_few_forms_are_kept(browser, editor):
    log_in(browser, browser.get(LOGIN))
    for number in range(5):
        fields = typed(quote=f"Quote {number}", csrfmiddlewaretoken="x" * 64)
        browser.post(ADD, fields, **HERE)

    kept = str(browser.session["typed"])
    assert [f"Quote {number}" in kept for number in range(5)] == [
        *[False, False],
        *[True, True, True],
    ]


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_a_preview_that_was_asked_for_too_late_is_shown_after_all(
    browser, editor, is_signed_in
):
    article = make.article(title="Old")
    address = f"/admin/news/article/{article.pk}/preview/"
    if is_signed_in:
        log_in(browser, browser.get(LOGIN))
        fields = typed(title="New", csrfmiddlewaretoken="x" * 64)
        response = browser.post(address, fields, **HERE)
    else:
        response = log_in(browser, send(browser, address, typed(title="New")))

    page = shown(browser, response)
    assert "Preview. Nothing is saved." in text(parse(page))
    assert "New" in text(parse(page).find(f".//{HTML}h1"))
    article.refresh_from_db()
    assert article.title == "Old"
