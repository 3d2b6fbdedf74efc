"""What a form does while it is typed in: previews, links, words, lost sessions."""

import pytest
from playwright.sync_api import expect

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
        form.click("button:text-is('Preview')")
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


def test_buttons_and_checklist_follow_what_is_typed(form):
    make.tag("Reconciliation")
    form.goto("/admin/news/article/add/")
    save, checklist = form.locator("[name=_save]"), form.locator("#checklist")
    assert save.inner_text() == "Save draft"

    form.select_option("[name=state]", "published")
    expect(save).to_have_text("Publish now", use_inner_text=True)
    form.fill("[name=goes_live_at]", "2030-11-26T09:00:00")
    words = "Publish on Tuesday, 26 November 2030, 09:00 (New York)"
    expect(save).to_have_text(words, use_inner_text=True)
    expect(checklist).to_contain_text("It has no tag.")
    form.get_by_label("Tags", exact=True).locator("visible=true").first.click()
    form.keyboard.type("recon")
    form.get_by_role("option", name="Reconciliation", exact=True).click()
    expect(checklist).not_to_contain_text("It has no tag.")
    form.fill("[name=title]", "STOCKTON CRIME RATE FALLS")
    expect(checklist).to_contain_text("The title is in capitals")
    assert not list(complaints(form, [360, 1280]))


def test_the_button_says_only_what_is_sure_until_the_site_has_answered(form):
    form.goto("/admin/news/article/add/")
    form.route("**/check/", lambda route: None)

    form.select_option("[name=state]", "published")
    save = form.locator("[name=_save]")
    expect(save).to_have_text("Save", use_inner_text=True)
    form.unroute("**/check/")
    form.select_option("[name=state]", "ready")
    expect(save).to_have_text("Hand over for review", use_inner_text=True)


def test_without_script_the_button_says_only_what_is_sure(form, browser, live_server):
    cookies = form.context.cookies()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto("/admin/news/article/add/")

    assert page.locator("[name=_save]").inner_text() == "Save"
    assert "Saving does what the state says" in page.inner_text(".submit-row")
    context.close()
