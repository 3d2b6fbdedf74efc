"""What no test may do: reach for another machine, or show an undefined variable."""

import ipaddress
import socket
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Node

TEMPLATES = Path(settings.BASE_DIR, "templates")


def pytest_configure():
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = Undefined("%s")


@pytest.fixture(scope="session", autouse=True)
def closed_network():
    """Fail a test that reaches for another machine, by name or by address."""
    names = ["connect", "connect_ex", "sendto"]
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in names:
            monkeypatch.setattr(socket.socket, name, guarded_method(name))
        for name in ["getaddrinfo", "gethostbyname", "gethostbyname_ex"]:
            monkeypatch.setattr(socket, name, guarded_lookup(name))
        yield


def guarded_method(name):
    allowed = getattr(socket.socket, name)

    def method(self, *args):
        address = args[-1]
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse_others(address[0])
        return allowed(self, *args)

    return method


def guarded_lookup(name):
    allowed = getattr(socket, name)

    def look_up(host, *args, **kwargs):
        refuse_others(host)
        return allowed(host, *args, **kwargs)

    return look_up


def refuse_others(host):
    host = host.decode() if isinstance(host, bytes) else host
    if host in (None, "", "localhost"):
        return
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        pytest.fail(f"The network is closed in tests, but this one reached for {host}.")


class Undefined(str):
    """Stands for an undefined variable, and fails the test if the template is ours.

    Django formats it with the variable's name, or writes it where a look-up ended in
    an error that Django hides. The admin's own templates rely on undefined variables.
    """

    def __mod__(self, variable):
        template = template_being_rendered()
        if template and TEMPLATES in template.parents:
            name = template.relative_to(TEMPLATES)
            if name.parts[0] != "admin":
                pytest.fail(f"{name} uses {variable}, which is undefined.")
        return ""

    def __html__(self):
        return self % "a variable"


def template_being_rendered():
    frame = sys._getframe()
    while frame := frame.f_back:
        node = frame.f_locals.get("self")
        if isinstance(node, Node) and getattr(node, "origin", None):
            return Path(node.origin.name)
