"""An article is typed in the admin with its search boxes."""

import pytest

import make
from news.models import Article


@pytest.fixture
def form(browser_page, transactional_db):
    """Return the empty form, on the page of an editor."""
    make.staff("Editor", username="editor", password="a long password")
    browser_page.goto("/admin/login/")
    browser_page.fill("[name=username]", "editor")
    browser_page.fill("[name=password]", "a long password")
    browser_page.click("[type=submit]")
    browser_page.wait_for_selector("#user-tools")
    browser_page.goto("/admin/news/article/add/")
    return browser_page


def choose(page, label, text, result):
    page.get_by_label(label, exact=True).locator("visible=true").first.click()
    page.keyboard.type(text)
    page.get_by_role("option", name=result, exact=True).click()


def chosen(page, name):
    return page.eval_on_selector_all(
        f"#id_{name} option:checked", "options => options.map(o => o.textContent)"
    )


def test_tags_and_cities_are_found_chosen_and_taken_away_one_by_one(form):
    for name in ["Swift, Certain, & Fair", "Reconciliation"]:
        make.tag(name)
    make.city("Chicago", state="IL")

    choose(form, "Tags", "swift", "Swift, Certain, & Fair")
    choose(form, "Tags", "recon", "Reconciliation")
    choose(form, "Cities", "chicago", "Chicago, IL")
    assert chosen(form, "tags") == ["Swift, Certain, & Fair", "Reconciliation"]
    way_out = ".field-tags [title=Reconciliation] .select2-selection__choice__remove"
    form.click(way_out)
    assert chosen(form, "tags") == ["Swift, Certain, & Fair"]

    form.fill("[name=title]", "A title")
    form.fill("[name=date]", "Jan 2016")
    form.press("[name=date]", "Enter")
    form.wait_for_selector(".messagelist")
    article = Article.objects.get()
    assert [tag.name for tag in article.tags.all()] == ["Swift, Certain, & Fair"]
    assert [str(city) for city in article.cities.all()] == ["Chicago, IL"]


def test_a_new_tag_is_made_by_the_plus_beside_the_box(form):
    with form.expect_popup() as popup:
        form.click("#add_id_tags")
    popup.value.fill("[name=name]", 'say "hi", ok')
    popup.value.click("[name=_save]")
    form.wait_for_selector("#id_tags option", state="attached")

    assert chosen(form, "tags") == ['say "hi", ok']


def test_a_search_box_is_named_when_it_opens(form):
    make.source(name="NPR")

    choose(form, "Source", "np", "NPR")
    assert chosen(form, "source") == ["NPR"]
