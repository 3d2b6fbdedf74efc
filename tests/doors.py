"""Signing in as staff do, for tests."""

import re

from django.test import Client

from nnsc.entry import codes
from nnsc.entry.models import SecondStep

PASSWORD = "a long password of staff"
SECRET = b"12345678901234567890"
LOGIN = "/admin/login/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko Firefox/150.0"


def browser(address="203.0.113.7", agent=FIREFOX) -> Client:
    return Client(REMOTE_ADDR=address, headers={"user-agent": agent})


def log_in(client, user, password=PASSWORD, **fields):
    """Send the form of the first step."""
    name = getattr(user, "username", user)
    return client.post(LOGIN, {"username": name, "password": password, **fields})


def is_in(client) -> bool:
    return client.get("/admin/").status_code == 200


def passed(page) -> str:
    """Return what the page of the second step carries in place of the password."""
    return re.search(r'name="passed" value="([^"]+)"', page.content.decode())[1]


def type_code(client, page, code, **fields):
    """Send the form of the second step."""
    return client.post(LOGIN, {"passed": passed(page), "code": code, **fields})


def with_second_step(user):
    """Give the user a second step; return their recovery codes."""
    SecondStep.objects.create(user=user, secret=SECRET)
    return codes.new_recovery_codes(user)


def code_now(later=0) -> str:
    """Return what the app shows, or will show in so many steps."""
    return codes.code_at(SECRET, int(codes.time.time()) // 30 + later)
