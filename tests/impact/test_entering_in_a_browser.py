"""A figure as it is typed: its sentence, what was meant, a study made in place."""

import pytest
from playwright.sync_api import expect

import make
from browser import complaints
from impact.models import Metric


@pytest.fixture
def form(browser_page, sign_in):
    sign_in(browser_page, make.staff("Editor"))
    browser_page.goto("/admin/impact/metric/add/")
    browser_page.wait_for_selector("#said")
    return browser_page


def test_a_figure_is_entered_from_its_first_letter_to_its_study(form):
    said = form.locator("#said")
    expect(said).to_contain_text("Say whether it fell, rose or did not clearly change.")
    form.fill("[name=headline]", "reduction in youth homicide")
    form.fill("[name=outcome]", "youth homicide")
    form.select_option("[name=direction]", "fell")
    form.fill("[name=value_low]", "0.63")
    expect(said).to_contain_text("Did you mean 63%?")

    # Past the button beside it, the site asks once more before it saves.
    form.click("[name=_continue]")
    form.wait_for_selector(".meant")
    assert not list(complaints(form, [360, 1280]))
    assert form.input_value("[name=outcome]") == "youth homicide"
    form.focus("[name=take-meant]")
    form.keyboard.press("Enter")
    expect(said).to_contain_text("63% reduction in youth homicide")
    assert form.input_value("[name=value_low]") == "63"
    assert form.evaluate("document.activeElement.name") == "value_low"

    form.fill("[name=year_from]", "1996")
    expect(said).to_contain_text("63% reduction in youth homicide, from 1996")
    with form.expect_popup() as popup:
        form.click("#add_id_citation")
    study = popup.value
    study.fill("[name=url]", "doi:10.1177/0193841X10389136.")
    study.fill("[name=authors]", "Corsaro, N.")
    study.fill("[name=year]", "2010")
    study.fill("[name=title]", "Evaluating a policing strategy")
    study.click("[name=_save]")
    expect(form.locator(".field-citation")).to_contain_text("Corsaro, N. (2010)")
    form.click("[name=_save]")
    form.wait_for_selector(".messagelist")
    metric = Metric.objects.get()
    assert metric.citation.url == "https://doi.org/10.1177/0193841X10389136"
    assert metric.value_text() == "63%"
