"""script/server, as whoever tries the site meets it."""

import pytest

import services
from services import get

pytestmark = pytest.mark.once


def test_it_shows_the_site_and_makes_an_account_once(tmp_path):
    with services.site("server", tmp_path) as port:
        assert get(port, "/").status == 200
        assert get(port, "/admin/login/").status == 200
    first = (tmp_path / "log").read_text()

    with services.site("server", tmp_path) as port:
        assert get(port, "/").status == 200
    second = (tmp_path / "log").read_text()

    assert f"http://127.0.0.1:{port}/admin/" in second
    assert "Account for the admin: staff, password " in first
    assert "changepassword staff" in second
