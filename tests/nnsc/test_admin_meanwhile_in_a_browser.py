"""Two people in two browsers at one article, and the trash between them."""

import pytest

import make
from browser import complaints
from news.models import Article
from nnsc.publishing import State

WIDTHS = [360, 1280]
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"type": "tag", "values": LEVELS}


def save(page, then):
    page.click("[name=_save]")
    page.wait_for_selector(then)


@pytest.fixture
def people(browser, browser_page, live_server, sign_in):
    """Return the pages of Ada, an editor, and of Bob, a manager, both signed in."""
    context = browser.new_context(base_url=live_server.url)
    context.set_default_timeout(30_000)
    bobs = context.new_page()
    sign_in(browser_page, make.staff("Editor", username="ada", first_name="Ada"))
    sign_in(bobs, make.staff("Manager", username="bob", first_name="Bob"))
    yield browser_page, bobs
    context.close()


@pytest.fixture
def article(people):
    return make.article(
        title="At first",
        quote="One line.\n\nAnother line.",
        state=State.DRAFT,
        tags=[make.tag("Trust")],
    )


def change(article):
    return f"/admin/news/article/{article.pk}/change/"


def test_two_browsers_at_one_article_lose_nothing(people, article):
    ada, bob = people
    for page in people:
        page.goto(change(article))
    ada.fill("[name=quote]", "One line by Ada.\n\nAnother line.")
    ada.fill("[name=byline]", "Jane Doe")
    save(ada, ".messagelist")

    bob.fill("[name=quote]", "One line by Bob.\n\nAnother line.")
    bob.fill("[name=title]", "By Bob")
    save(bob, ".asked")

    assert "Ada changed “Byline” meanwhile" in bob.inner_text(".messagelist")
    asked = bob.inner_text(".asked")
    assert "Ada changed this as well, while you were typing." in asked
    assert bob.input_value("[name=quote]") == "One line by Bob.\n\nAnother line."
    assert bob.input_value("[name=title]") == "By Bob"
    assert bob.input_value("[name=byline]") == "Jane Doe"
    found = list(complaints(bob, WIDTHS, runOnly=RULES))
    assert not found, "\n".join(found)

    # By keyboard alone: from Bob's wording to Ada's, and save.
    bob.get_by_label("Mine: what stands in the form").press("ArrowRight")
    assert bob.get_by_label("Theirs: what is saved by now").is_checked()
    bob.locator("[name=_save]").press("Enter")
    bob.wait_for_selector(".messagelist .success")

    article.refresh_from_db()
    assert article.quote == "One line by Ada.\n\nAnother line."
    assert (article.title, article.byline) == ("By Bob", "Jane Doe")


def test_an_older_page_of_the_browser_still_knows_from_when_it_is(people, article):
    ada, bob = people
    bob.goto(change(article))
    bob.goto("/admin/")
    ada.goto(change(article))
    ada.fill("[name=title]", "By Ada")
    save(ada, ".messagelist")

    bob.go_back()
    bob.wait_for_selector("[name=_save]")
    bob.fill("[name=summary]", "By Bob")
    save(bob, ".messagelist")

    article.refresh_from_db()
    assert (article.title, article.summary) == ("By Ada", "By Bob")


def test_what_is_deleted_is_had_back_by_keyboard(people, article):
    ada, bob = people
    bob.goto(change(article))
    ada.goto(f"/admin/news/article/{article.pk}/delete/")
    found = list(complaints(ada, WIDTHS, runOnly=RULES))
    ada.get_by_role("button", name="Move to the trash").press("Enter")
    ada.wait_for_selector(".undo")
    found += complaints(ada, WIDTHS, runOnly=RULES)
    assert not Article.objects.exists()

    bob.fill("[name=title]", "Typed for an hour")
    save(bob, ".errornote")
    assert "Ada deleted “At first”" in bob.inner_text(".errorlist.nonfield")
    assert bob.input_value("[name=title]") == "Typed for an hour"
    found += complaints(bob, WIDTHS, runOnly=RULES)

    bob.goto("/admin/trash/")
    found += complaints(bob, WIDTHS, runOnly=RULES)
    bob.check("[name=version]")
    bob.get_by_role("button", name="Erase what is ticked for good").click()
    bob.wait_for_selector("#deleted-objects")
    found += complaints(bob, WIDTHS, runOnly=RULES)
    assert not found, "\n".join(found)

    ada.get_by_role("button", name="Undo").press("Enter")
    ada.wait_for_selector("[name=title]")
    assert ada.input_value("[name=title]") == "At first"
    assert [tag.name for tag in Article.objects.get().tags.all()] == ["Trust"]


def test_who_may_not_change_it_any_more_sees_what_was_typed(people, article, sign_in):
    ada, bob = people
    author = make.staff("Contributor")
    article.added_by_id = author.pk
    article.save()
    bob.context.clear_cookies()
    sign_in(bob, author)
    bob.goto(change(article))
    ada.goto(change(article))
    ada.select_option("[name=state]", "published")
    save(ada, ".messagelist")

    bob.fill("[name=quote]", "Typed for an hour.")
    save(bob, ".refused")

    assert "Typed for an hour." in bob.inner_text(".refused")
    found = list(complaints(bob, WIDTHS, runOnly=RULES))
    assert not found, "\n".join(found)
