"""An article is typed in the admin with its search boxes."""

import pytest

import make
from browser import SEARCH, choose, wait_for_choice
from news.models import Article


@pytest.fixture
def form(browser_page, sign_in):
    """Return the empty form, on the page of an editor."""
    sign_in(browser_page, make.staff("Editor"))
    browser_page.goto("/admin/news/article/add/")
    return browser_page


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


class Person:
    """Counts what it takes: a click is one, so is moving on by Tab and typing."""

    def __init__(self, page):
        self.page, self.n = page, 0

    def click(self, selector):
        self.n += 1
        self.page.click(selector)

    def type(self, text, *, into=None):
        """Type, into a field that Tab leads to where one is named."""
        self.n += 1
        if into:
            self.move_to(into)
        self.page.keyboard.type(text)

    def choose(self, *names, into=None):
        """Type in a search box as much as is needed, and take what it offers."""
        for name in names:
            self.type(name[:5], into=into)
            wait_for_choice(self.page, name)
            self.page.keyboard.press("Enter")

    def press(self, button):
        self.n += 1
        self.move_to(button)
        self.page.keyboard.press("Enter")

    def move_to(self, selector):
        is_there = "selector => Boolean(document.activeElement.closest(selector))"
        for _ in range(40):
            if self.page.evaluate(is_there, selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {selector}")


@pytest.fixture
def person(form):
    """Return who sits at the desk of a site that has one article of the Record."""
    record = make.source(name="Record")
    make.article(source=record, source_url="https://www.recordnet.com/first/")
    make.city("Stockton", state="CA")
    for name in ["Reconciliation", "Custom Notifications"]:
        make.tag(name)
    form.goto("/admin/")
    return Person(form)


def begin(person, link):
    person.page.wait_for_selector("[autofocus]:focus")
    person.type(link)
    person.page.keyboard.press("Enter")
    person.page.wait_for_selector("[name=title]:focus")


def is_whole(article):
    names = {tag.name for tag in article.tags.all()}
    return (
        article.is_live
        and article.source.name == "Record"
        and article.date_text() == "January 2016"
        and article.quote == "Fewer were shot."
        and [str(city) for city in article.cities.all()] == ["Stockton, CA"]
        and names == {"Reconciliation", "Custom Notifications"}
    )


def test_a_clipping_takes_few_clicks(person):
    begin(person, "recordnet.com/second")
    person.type("Trust grows")
    person.click("[name=date]")
    person.type("Jan 2016")
    person.click("[name=quote]")
    person.type("Fewer were shot.")
    person.click(".field-cities .select2-selection")
    person.page.wait_for_selector(SEARCH)
    person.choose("Stockton, CA")
    person.choose("Reconciliation", "Custom Notifications", into=".field-tags")
    person.click("text=Publish now")
    person.page.wait_for_selector(".messagelist")

    assert is_whole(Article.objects.get(title="Trust grows"))
    assert person.n < 12


def test_a_clipping_takes_few_strokes_and_the_next_fewer(person):
    begin(person, "recordnet.com/second")
    person.type("Trust grows")
    person.type("Jan 2016", into="[name=date]")
    person.type("Fewer were shot.", into="[name=quote]")
    person.choose("Stockton, CA", into=".field-cities")
    person.choose("Reconciliation", "Custom Notifications", into=".field-tags")
    person.type("p", into="[name=state]")
    person.press("[name=_addanother]")
    person.page.wait_for_selector("[name=source_url]:focus")
    n_first, person.n = person.n, 0

    person.type("https://recordnet.com/third")
    person.type("Trust stays", into="[name=title]")
    person.type("Fewer were shot.", into="[name=quote]")
    person.press("[name=_publish]")
    person.page.wait_for_selector("#changelist")

    for title in ["Trust grows", "Trust stays"]:
        assert is_whole(Article.objects.get(title=title)), title
    assert (n_first, person.n) == (9, 4)
