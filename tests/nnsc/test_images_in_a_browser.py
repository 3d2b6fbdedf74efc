"""An image is chosen, seen before it is saved, and shown, in a browser."""

import pytest

import make
from impact.models import City

WORDS = "Two outreach workers talk with a young man."


@pytest.fixture
def form(browser_page, sign_in):
    """Return the empty form of a city, on the page of an editor."""
    sign_in(browser_page, make.staff("Editor"))
    browser_page.goto("/admin/impact/city/add/")
    return browser_page


def choose(page, content, name="photo.jpg"):
    file = {"name": name, "mimeType": "image/jpeg", "buffer": content}
    page.set_input_files("[name=image]", file)


def test_an_image_is_seen_before_it_is_saved_and_after(form):
    chosen = form.get_by_alt_text("The image that you chose")
    assert not chosen.is_visible()

    choose(form, make.upload(size=(1800, 1200)).read())
    chosen.wait_for(state="visible")
    assert chosen.evaluate("image => image.naturalWidth") == 1800

    form.fill("[name=name]", "Gary")
    form.select_option("[name=state]", "IN")
    form.fill("[name=image_alt]", WORDS)
    form.click("[name=_continue]")
    form.wait_for_selector(".messagelist")
    stored = form.get_by_alt_text("The image as it is stored")
    assert stored.evaluate("image => image.naturalWidth") == 480

    form.check("[name=image-clear]")
    form.click("[name=_save]")
    form.wait_for_selector(".messagelist")
    assert not City.objects.get().image


def test_a_large_file_is_refused_before_it_is_sent(form):
    choose(form, bytes(11 * 1024 * 1024))

    refusal = form.eval_on_selector("[name=image]", "input => input.validationMessage")
    assert refusal == "This file has more than 10 MB. Please choose a smaller one."

    choose(form, make.upload().read())
    assert form.eval_on_selector("[name=image]", "input => input.checkValidity()")


def test_a_file_that_is_no_image_is_not_shown_and_can_be_sent(form):
    choose(form, b"%PDF-1.7", name="report.pdf")
    form.fill("[name=name]", "Gary")
    form.select_option("[name=state]", "IN")
    form.click("[name=_save]")

    form.wait_for_selector(".errornote")
    assert "This file is a PDF document" in form.inner_text(".field-image")
    assert form.input_value("[name=name]") == "Gary"


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("size", [(1600, 900), (900, 2400), (90, 60)])
def test_nothing_moves_when_an_image_arrives(browser_page, width, size):
    make.city("Gary", state="IN", image=make.upload(size=size), image_alt=WORDS)
    browser_page.set_viewport_size({"width": width, "height": 800})
    browser_page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => {"
        " for (const shift of list.getEntries()) window.moved += shift.value;"
        "}).observe({type: 'layout-shift', buffered: true});"
    )

    browser_page.goto("/cities/gary/")
    browser_page.wait_for_load_state("networkidle")

    image = browser_page.get_by_alt_text(WORDS)
    shown = image.evaluate(
        "i => [i.complete, i.width,"
        " document.documentElement.scrollWidth - innerWidth, window.moved]"
    )
    complete, shown_width, sideways, moved = shown
    assert complete
    assert 0 < shown_width <= min(width, size[0])
    assert sideways <= 0
    assert moved == 0
