"""What a form does while it is typed in: previews, links, words, lost sessions."""

import json
from contextlib import suppress
from time import monotonic

import pytest
from playwright.sync_api import Error, expect

import make
from browser import choose, complaints
from news.models import Article
from nnsc.entry.models import Session
from nnsc.publishing import State


@pytest.fixture
def form(browser_page, sign_in):
    """Return the page of an editor who has signed in."""
    user = make.staff("Editor", username="editor", password="a long password")
    sign_in(browser_page, user)
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


def test_the_page_of_links_works_by_itself(form):
    article = make.article(title="Saved", state=State.DRAFT)
    form.goto(f"/admin/news/article/{article.pk}/preview-links/")

    form.click("text=Make a link")
    assert "/preview/" in form.input_value("#made-link")
    assert not list(complaints(form, [360, 1280]))
    form.click("text=Revoke")
    form.wait_for_selector("text=Revoke", state="detached")


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
    choose(form, "Tags", "recon", "Reconciliation")
    expect(checklist).not_to_contain_text("It has no tag.")
    form.fill("[name=title]", "STOCKTON CRIME RATE FALLS")
    expect(checklist).to_contain_text("The title is in capitals")
    assert not list(complaints(form, [360, 1280]))


def test_the_button_says_only_what_is_sure_until_the_site_has_answered(form):
    form.goto("/admin/news/article/add/")
    form.evaluate("() => { real = fetch; fetch = () => new Promise(() => {}); }")

    form.select_option("[name=state]", "published")
    save = form.locator("[name=_save]")
    expect(save).to_have_text("Save", use_inner_text=True)
    form.evaluate("() => { fetch = real; }")
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


# What was typed and is not saved


def copies(page):
    # The script of the page comes last; until then it has thrown nothing away.
    page.wait_for_load_state()
    store = page.evaluate("({ ...localStorage })")
    return [text for key, text in store.items() if key.startswith("unsaved:")]


def type_and_wait(page, **fields):
    """Fill in text boxes, and wait until the browser has a copy of the last."""
    for name, value in fields.items():
        page.fill(f"[name={name}]", value)
    deadline = monotonic() + 30
    while not any(json.dumps(value) in text for text in copies(page)):
        assert monotonic() < deadline
        page.wait_for_timeout(50)


@pytest.fixture
def asked(form):
    """Return what the browser asked before it left a page."""
    asked = []

    def note(dialog):
        asked.append(dialog.type)
        dialog.accept()

    form.on("dialog", note)
    return asked


def test_unsaved_work_is_not_left_without_a_question(form, asked):
    form.goto("/admin/news/article/add/")
    form.goto("/admin/")
    form.goto("/admin/news/article/add/")
    form.fill("[name=title]", "A title")
    form.fill("[name=title]", "")
    form.goto("/admin/news/article/add/")
    form.fill("[name=title]", "A title")
    form.click("[name=_continue]")
    form.wait_for_selector(".messagelist")
    assert asked == []

    form.fill("[name=title]", "Another title")
    form.goto("/admin/")
    assert asked == ["beforeunload"]


def test_after_a_crash_the_text_is_brought_back_and_gone_once_it_is_saved(form):
    make.tag("Reconciliation")
    form.goto("/admin/news/article/add/")
    form.select_option("[name=kind]", "feature")
    form.check("[name=image_decorative]")
    choose(form, "Tags", "recon", "Reconciliation")
    type_and_wait(form, title="Typed", quote="Two\nlines")
    crash(form)

    page = form.context.new_page()
    page.goto("/admin/news/article/add/")
    page.click("text=Bring it back")
    assert page.input_value("[name=title]") == "Typed"
    assert page.input_value("[name=quote]") == "Two\nlines"
    assert page.input_value("[name=kind]") == "feature"
    assert page.is_checked("[name=image_decorative]")
    tags = page.eval_on_selector_all(
        "#id_tags option:checked", "options => options.map(o => o.text)"
    )
    assert tags == ["Reconciliation"]
    assert "It is back." in page.inner_text(".signed-out")
    assert not list(complaints(page, [360, 1280]))
    page.click("[name=_save]")
    page.wait_for_selector(".messagelist")
    assert copies(page) == []
    page.goto("/admin/news/article/add/")
    assert not page.locator("text=You have unsaved text").count()


def crash(page):
    """End the process that shows the page, as a crash does."""
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")


def test_rows_are_brought_back_and_what_changed_meanwhile_is_named(form):
    tag = make.tag("Reconciliation")
    address = f"/admin/nnsc/tag/{tag.pk}/change/"
    form.goto(address)
    form.click("text=Add another")
    type_and_wait(form, meaning="Mine", **{"aliases-1-name": "Healing"})
    crash(form)
    tag.meaning = "Theirs"
    tag.save()

    page = form.context.new_page()
    page.goto(address)
    page.click("text=Bring it back")
    assert page.input_value("[name=meaning]") == "Mine"
    assert page.input_value("[name=aliases-1-name]") == "Healing"
    said = page.inner_text(".signed-out")
    assert (
        "Somebody has changed this in the meantime, so look it over: Meaning." in said
    )
    page.close()


def test_a_copy_can_be_discarded_and_is_offered_to_its_owner_alone(form):
    form.goto("/admin/news/article/add/")
    type_and_wait(form, title="Typed")
    other = form.context.new_page()
    other.goto("/admin/news/article/add/")
    other.wait_for_load_state("networkidle")
    assert not other.locator("text=You have unsaved text").count()
    crash(form)

    other.reload()
    other.click("text=Discard it")
    assert not other.locator("text=You have unsaved text").count()
    assert copies(other) == []


def test_signing_out_leaves_no_copy_behind(form, asked):
    form.goto("/admin/news/article/add/")
    type_and_wait(form, title="Typed")

    form.click("#logout-form button")
    form.wait_for_url("**/logout/")
    assert asked == ["beforeunload"]
    assert copies(form) == []


def test_a_session_that_is_gone_costs_one_log_in_and_no_word(form, asked):
    form.goto("/admin/news/article/add/")
    type_and_wait(form, title="Typed", quote="Two\nlines")
    Session.objects.all().delete()
    form.fill("[name=date]", "13/2016")
    status = form.locator("#checklist-summary")
    expect(status).to_contain_text("You have been signed out.")

    form.click("[name=_save]")
    form.wait_for_selector("#login-form")
    assert not list(complaints(form, [360, 1280]))
    form.fill("[name=username]", "editor")
    form.fill("[name=password]", "a long password")
    form.click("[type=submit]")
    form.wait_for_selector("#article_form")
    assert form.input_value("[name=quote]") == "Two\nlines"
    assert form.input_value("[name=date]") == "13/2016"
    assert not Article.objects.exists()
    form.fill("[name=date]", "January 2016")
    form.click("[name=_save]")
    form.wait_for_selector(".messagelist")
    assert Article.objects.get().title == "Typed"
    assert copies(form) == []
    assert asked == []
