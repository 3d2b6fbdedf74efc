"""What a form does while it is typed in: previews, links, words, lost sessions."""

import pytest

import make
from browser import complaints
from nnsc.publishing import State


@pytest.fixture
def form(browser_page, transactional_db):
    """Return the page of an editor who has signed in."""
    make.staff("Editor", username="editor", password="a long password")
    browser_page.goto("/admin/login/")
    browser_page.fill("[name=username]", "editor")
    browser_page.fill("[name=password]", "a long password")
    browser_page.click("[type=submit]")
    browser_page.wait_for_selector("#user-tools")
    return browser_page


def change(article):
    return f"/admin/news/article/{article.pk}/change/"


def test_a_preview_opens_beside_the_form_which_keeps_all(form):
    article = make.article(title="Saved", state=State.DRAFT)
    form.goto(change(article))
    form.fill("[name=title]", "Typed")

    with form.expect_popup() as popup:
        form.click("[value=Preview]")
    preview = popup.value
    preview.wait_for_selector(".preview")
    assert preview.inner_text("h1") == "Typed"
    assert not list(complaints(preview, [360, 1280]))
    assert form.input_value("[name=title]") == "Typed"
    article.refresh_from_db()
    assert article.title == "Saved"


def test_a_link_is_made_and_revoked_while_the_form_keeps_all(form, browser):
    article = make.article(title="Saved", state=State.DRAFT)
    form.goto(change(article))
    form.fill("[name=title]", "Typed")

    form.click("text=Make a link")
    address = form.input_value("#made-link")
    assert form.evaluate("document.activeElement.id") == "made-link"
    assert not list(complaints(form, [360, 1280]))
    reader = browser.new_page()
    assert reader.goto(form.url.split("/admin/")[0] + path(address)).status == 200
    assert reader.inner_text("h1") == "Saved"
    form.click("text=Revoke")
    form.wait_for_selector("text=Revoke", state="detached")
    assert reader.reload().status == 404
    reader.close()
    assert form.input_value("[name=title]") == "Typed"


def path(address):
    return address.removeprefix("http://localhost:8000")
