"""Signing in, setting up a second step and signing out everywhere, in Chromium."""

import base64
import time

import pytest

import make
from browser import complaints
from doors import PASSWORD
from nnsc.entry import codes

pytestmark = pytest.mark.django_db(transaction=True)
WIDTHS = [360, 1280]


def log_in(page):
    page.goto("/admin/login/?next=/admin/account/")
    page.fill("#id_username", "ann")
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")


def test_a_second_step_from_its_set_up_to_signing_out(browser_page):
    make.staff("Manager", username="ann", password=PASSWORD)
    page = browser_page
    log_in(page)
    found = [*complaints(page, WIDTHS)]

    page.click("text=Set up a second step")
    page.click("text=Type it instead")
    found += complaints(page, WIDTHS)
    secret = base64.b32decode(page.inner_text(".secret").replace(" ", ""))
    page.fill("#id_code", codes.code_at(secret, int(time.time()) // 30))
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    recovery = page.inner_text(".recovery-codes li >> nth=0")
    found += complaints(page, WIDTHS)

    page.goto("/admin/account/")
    page.click("text=Sign out everywhere, here too")
    assert "/admin/login/" in page.url
    log_in(page)
    page.wait_for_selector("#id_code:focus")
    found += complaints(page, WIDTHS)
    page.keyboard.type(recovery)
    page.keyboard.press("Enter")
    page.wait_for_selector('h1:has-text("Your sign-in")')
    assert "9 recovery codes are left" in page.inner_text("main")
    found += complaints(page, WIDTHS)
    assert found == []
