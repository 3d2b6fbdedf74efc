"""Merging and changing many, as it is seen, read aloud and done by keyboard."""

import pytest

import make
from browser import SEARCH, complaints, wait_for_choice
from news.models import Article
from nnsc.models import Tag

WIDTHS = [360, 1280]
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"type": "tag", "values": LEVELS}


@pytest.fixture
def signed_in(browser_page, sign_in):
    sign_in(browser_page, make.staff("Editor"))
    return browser_page


def check(page):
    assert not list(complaints(page, WIDTHS, runOnly=RULES))
    page.set_viewport_size({"width": 1280, "height": 900})


def test_two_tags_are_merged_and_parted_by_keyboard(signed_in):
    kept, gone = make.tag("Kept", meaning="One."), make.tag("Gone", meaning="Other.")
    article = make.article(tags=[gone])
    make.article(tags=[kept])
    make.article(tags=[kept])
    page = signed_in
    page.goto(f"/admin/nnsc/tag/{gone.pk}/change/")
    page.get_by_role("link", name="Merge into another").press("Enter")
    page.wait_for_selector(".candidates")
    check(page)

    box = page.get_by_role("combobox", name="Another one to merge with these")
    box.focus()
    box.press("Enter")
    page.wait_for_selector(SEARCH)
    page.keyboard.type("kep")
    wait_for_choice(page, "Kept")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add").press("Enter")
    page.wait_for_selector(".plan")
    check(page)
    page.get_by_role("button", name="Merge into “Kept”").press("Enter")
    page.wait_for_selector(".messagelist")
    assert list(article.tags.all()) == [kept]
    page.get_by_role("link", name="Undo", exact=True).press("Enter")
    page.wait_for_selector("input[value='Undo this']")
    check(page)
    page.get_by_role("button", name="Undo this").press("Enter")
    page.wait_for_selector(".history")
    check(page)
    assert list(article.tags.all()) == [gone]


def test_a_merge_that_cannot_be_is_seen_with_its_way_out(signed_in):
    tags = [make.tag(f"Tag {n}") for n in range(3)]
    for n, tag in enumerate(tags[:2]):
        make.program(f"Program {n}", tag=tag)
    keys = ",".join(str(tag.pk) for tag in tags)

    signed_in.goto(f"/admin/nnsc/tag/merge/?keys={keys}")

    assert "only one program" in signed_in.inner_text(".errornote")
    check(signed_in)
    signed_in.get_by_role("link", name="Merge these").press("Enter")
    signed_in.wait_for_selector("text=Each has its own tag")
    check(signed_in)


def test_tags_are_added_to_all_that_fit_by_keyboard(signed_in):
    Tag.objects.create(name="Reconciliation")
    Tag.objects.create(name="Of no use")
    for n in range(60):
        unfit = {"source": None} if n % 20 == 0 else {}
        make.article(title=f"Story {n}", state="draft", **unfit)
    page = signed_in
    page.goto("/admin/news/article/?state__exact=draft")
    page.get_by_role("checkbox", name="Select all").press("Space")
    page.get_by_role("button", name="Select all 60 articles").press("Enter")
    page.get_by_label("Action:").select_option("add_tags")
    page.get_by_role("button", name="Go").press("Enter")
    page.wait_for_selector("text=Chosen: 60 articles")
    check(page)

    page.get_by_role("searchbox", name="Tags to add").focus()
    page.keyboard.type("recon")
    wait_for_choice(page, "Reconciliation")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show what will change").press("Enter")
    page.wait_for_selector("text=60 articles will change")
    check(page)
    page.get_by_role("button", name="Add tags to 60 articles").press("Enter")
    page.wait_for_selector(".messagelist")
    assert "60 were changed." in page.inner_text(".messagelist")
    assert Article.objects.filter(tags__name="Reconciliation").count() == 60
    page.goto("/admin/news/article/")
    page.get_by_role("checkbox", name="Select all").press("Space")
    page.get_by_label("Action:").select_option("publish")
    page.get_by_role("button", name="Go").press("Enter")
    page.wait_for_selector("text=What stays as it is")
    check(page)
    page.goto("/admin/nnsc/tag/?use=unused")
    page.get_by_role("checkbox", name="Select all").press("Space")
    page.get_by_label("Action:").select_option("delete_selected")
    page.get_by_role("button", name="Go").press("Enter")
    page.get_by_role("button", name="Move 1 tag to the trash").press("Enter")
    page.wait_for_selector(".messagelist")
    page.goto("/admin/changes/")
    check(page)
    page.get_by_role("button", name="Restore from the trash").press("Enter")
    page.wait_for_selector("text=is back.")
