"""The admin as it is seen, read aloud and reached by keyboard."""

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

import make
from browser import complaints
from impact.models import City, Metric
from news.models import Article
from nnsc.front.loading import load_content
from nnsc.models import Tag

WIDTHS = [360, 1280]
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"type": "tag", "values": LEVELS}


@pytest.fixture
def signed_in(browser_page, sign_in):
    """Return a page on which a superuser has signed in to a site with its content."""
    load_content()
    Tag.objects.first().aliases.create(name="Another name")
    make.correction(Metric.objects.live().first())
    sign_in(browser_page, make.superuser())
    return browser_page


def admin_pages():
    """Return the addresses of every page of every admin, and some of odd lists."""
    user = make.staff("Editor")
    pages = [
        reverse("admin:index"),
        reverse("admin:password_change"),
        reverse("admin:auth_user_password_change", args=[user.pk]),
        "/admin/news/article/?q=nothing+like+it",
        "/admin/news/article/?without=city&dated=2016",
        "/admin/news/article/add/?_popup=1",
    ]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        key = model.objects.order_by("pk").first().pk
        pages += [reverse(f"{name}_{page}") for page in ("changelist", "add")]
        # Histories look alike, and so do the questions before a deletion, but for what
        # is in use and what is not.
        others = ("history", "delete") if model in (Article, City, Tag) else ()
        for page in ("change", *others):
            try:
                pages.append(reverse(f"{name}_{page}", args=[key]))
            except NoReverseMatch:
                continue
    return pages


@pytest.mark.parametrize("part", range(4))
def test_axe_finds_nothing_on_any_page(signed_in, part):
    found = []
    for address in admin_pages()[part::4]:
        # What nobody may do, such as adding a text, is no page.
        if signed_in.goto(address).status == 200:
            found += complaints(signed_in, WIDTHS, runOnly=RULES)

    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_the_way_in(browser_page):
    browser_page.goto("/admin/login/")
    assert not list(complaints(browser_page, WIDTHS, runOnly=RULES))

    browser_page.fill("[name=username]", "nobody")
    browser_page.fill("[name=password]", "wrong")
    browser_page.click("[type=submit]")
    browser_page.wait_for_selector(".errornote")
    assert not list(complaints(browser_page, WIDTHS, runOnly=RULES))


def test_axe_finds_nothing_on_a_form_full_of_errors(signed_in):
    signed_in.goto("/admin/news/article/add/")
    signed_in.fill("[name=date]", "13/2016")
    signed_in.select_option("[name=state]", "published")
    signed_in.click("[name=_save]")
    signed_in.wait_for_selector(".errornote")

    assert "There is no month “13”" in signed_in.inner_text(".field-date .errorlist")
    assert not list(complaints(signed_in, WIDTHS, runOnly=RULES))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_that_is_chosen_wins_over_the_system(signed_in, theme):
    signed_in.emulate_media(color_scheme="dark" if theme == "light" else "light")
    signed_in.goto("/admin/")
    signed_in.evaluate(f"localStorage.setItem('theme', '{theme}')")
    signed_in.reload()

    color = signed_in.evaluate("getComputedStyle(document.body).backgroundColor")
    assert color == ("rgb(251, 250, 247)" if theme == "light" else "rgb(18, 25, 31)")


def titles(page):
    return page.eval_on_selector_all(
        "#result_list .field-title", "cells => cells.map(cell => cell.innerText)"
    )


def test_an_order_is_kept_by_dragging(signed_in):
    signed_in.set_viewport_size({"width": 1280, "height": 900})
    signed_in.goto("/admin/principles/principle/")
    before = titles(signed_in)
    fourth = signed_in.locator(".handle").nth(3).bounding_box()
    first = signed_in.locator(".handle").nth(0).bounding_box()

    signed_in.mouse.move(fourth["x"] + 8, fourth["y"] + 8)
    signed_in.mouse.down()
    signed_in.mouse.move(first["x"] + 8, first["y"] + 60, steps=8)
    with signed_in.expect_response("**/adminsortable2_update/") as response:
        signed_in.mouse.move(first["x"] + 8, first["y"] + 1, steps=8)
        signed_in.mouse.up()
    assert response.value.status == 200
    dragged = titles(signed_in)

    assert dragged != before
    assert dragged.index(before[3]) < 3
    signed_in.reload()
    assert titles(signed_in) == dragged


def test_an_order_is_kept_by_keyboard_which_stays_on_its_button(signed_in):
    signed_in.goto("/admin/principles/principle/")
    first, second, *others = titles(signed_in)
    button = signed_in.get_by_role("button", name=f"Move down: {first}")
    identity = button.get_attribute("id")

    button.press("Enter")
    signed_in.wait_for_selector(".messagelist")
    assert titles(signed_in) == [second, first, *others]
    assert signed_in.evaluate("document.activeElement.id") == identity


def test_an_empty_order_is_no_broken_script(browser_page, signed_in):
    signed_in.goto("/admin/impact/metric/?q=nothing+like+it")

    assert "Nothing fits" in signed_in.inner_text("main")
