"""The documented nginx in front of script/production."""

import gzip
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings

import services
from needed import need
from services import get

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
CACHE_SECONDS = 1
# A page is shown for CACHE_SECONDS, and as long again while it is fetched anew; the
# site itself takes up to a second. The rest is for a machine that is busy.
BOUND_SECONDS = 2 * CACHE_SECONDS + 1
SLACK_SECONDS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def site(folder):
    """Return what runs the site: closed, it is down."""
    need("nginx")
    variables = services.PRODUCTION | {"WORKERS": "2"}
    variables |= {"CACHE_SECONDS": str(CACHE_SECONDS)}
    with ExitStack() as stack:
        site = services.site("production", folder, **variables)
        stack.port = stack.enter_context(site)
        yield stack


@pytest.fixture(scope="module")
def port(site, folder):
    with services.nginx(ROOT / "deploy/nginx.conf", site.port, folder) as port:
        yield port


def cached(port, path, **headers):
    """Return what nginx says of where an answer comes from."""
    return get(port, path, **headers).headers["X-Cache"]


def test_a_page_is_kept_in_each_encoding(port):
    for accepted, coding in [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("deflate", None),
    ]:
        first = get(port, "/about/", **{"Accept-Encoding": accepted})
        assert first.headers["X-Cache"] == "MISS"
        again = get(port, "/about/", **{"Accept-Encoding": accepted})
        assert again.headers["X-Cache"] == "HIT"
        assert again.headers["Content-Encoding"] == coding
        assert again.body == first.body
    page = get(port, "/about/", **{"Accept-Encoding": "gzip"})
    assert b"About the network" in gzip.decompress(page.body)


def test_a_reader_who_has_the_page_gets_304(port):
    page = get(port, "/accessibility/")

    known = get(port, "/accessibility/", **{"If-None-Match": page.headers["ETag"]})

    assert (known.status, known.body) == (304, b"")


def test_staff_see_the_site_itself(port):
    for _ in range(2):
        for cookie in ["sessionid=somebodys", "theme=dark; __Host-sessionid=theirs"]:
            assert cached(port, "/", Cookie=cookie) == "BYPASS"
        assert cached(port, "/admin/login/") == "MISS"
    assert "BYPASS" not in cached(port, "/")


def test_a_publication_is_seen_through_it_within_its_bound(port, folder):
    get(port, "/news/")
    published = publish(folder, "Seen through nginx")

    while b"Seen through nginx" not in get(port, "/news/").body:
        assert time.monotonic() < published + BOUND_SECONDS + SLACK_SECONDS
        time.sleep(0.05)


def publish(folder, title):
    """Publish an article, and return when that was done."""
    command = (
        "from datetime import date; from news.models import *; "
        f"Article.objects.create(title='{title}', dated=date(2030, 1, 1), "
        "source=Source.objects.create(name='Herald'), state='published')"
    )
    subprocess.run(
        [sys.executable, ROOT / "manage.py", "shell", "--command", command],
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder)},
        check=True,
        capture_output=True,
    )
    return time.monotonic()


def test_while_the_site_is_down_what_was_read_is_there(port, site):
    page = get(port, "/principles/")
    site.close()
    time.sleep(2 * CACHE_SECONDS + 0.5)

    stale = get(port, "/principles/")

    assert (stale.status, stale.body) == (200, page.body)
    assert stale.headers["X-Cache"] == "STALE"
    assert get(port, "/programs/").status == 502
