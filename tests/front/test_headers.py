"""What browsers are told of every answer of the site, admin and errors included."""

from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

import make
from every_address import addresses, routes
from nnsc.front.loading import load_content
from nnsc.outputs import absolute
from nnsc.previews import make_link
from nnsc.publishing import State
from nnsc.sharing import site_image
from observatory import PRIVATE, directives, points

pytestmark = pytest.mark.django_db

# Said alike of every answer.
ALWAYS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# What other sites may show or read.
OPEN = ("/api/", "/media/", "/share/", "/embed/", "/oembed/", "/sitemap")
OPEN_ENDS = (".csv", ".atom", ".json", ".zip", ".bib", ".ris")
FRAMED = "/embed/"


class SecureClient(Client):
    def generic(self, method, path, *args, secure=False, **extra):
        return super().generic(method, path, *args, secure=True, **extra)


@pytest.fixture
def secure(settings):
    """Return a maker of browsers that speak TLS, as readers' do."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.HTTPS = True

    def secure(user=None, **options):
        client = SecureClient(**options)
        if user:
            client.force_login(user)
        return client

    return secure


def complaints(address, answer):
    """Yield what is wrong with the headers of an answer."""
    where = f"{address} ({answer.status_code})"
    for name, value in ALWAYS.items():
        if answer.headers.get(name) != value:
            yield f"{where}: {name} is {answer.headers.get(name)}"
    if answer.headers.get("Referrer-Policy") not in PRIVATE:
        yield f"{where}: Referrer-Policy"
    if "camera=()" not in answer.headers.get("Permissions-Policy", ""):
        yield f"{where}: no Permissions-Policy"
    policy = answer.headers.get("Content-Security-Policy", "")
    sources = directives(policy)
    if sources.get("default-src") != ["'none'"] or "unsafe" in policy:
        yield f"{where}: Content-Security-Policy is {policy}"
    if sources.get("script-src") != ["'self'"] or "data:" in sources["style-src"]:
        yield f"{where}: Content-Security-Policy is {policy}"
    framed_by = ["*" if address.startswith(FRAMED) else "'none'"]
    if sources.get("frame-ancestors") != framed_by:
        yield f"{where}: may be framed by {sources.get('frame-ancestors')}"
    if answer.headers.get("X-Frame-Options", "") != ("DENY", "")[framed_by == ["*"]]:
        yield f"{where}: X-Frame-Options"
    is_open = address.startswith(OPEN) or address.split("?")[0].endswith(OPEN_ENDS)
    policy = "cross-origin" if is_open and answer.status_code == 200 else "same-origin"
    allowed = {policy, "cross-origin"} if is_open else {policy}
    if answer.headers.get("Cross-Origin-Resource-Policy") not in allowed:
        yield f"{where}: {answer.headers.get('Cross-Origin-Resource-Policy')}"
    mark = points(answer.headers, answer.cookies)
    if mark < 100:
        yield f"{where}: {mark} points of the Observatory"


def tables():
    """Return the rows of every table, to see that nothing was changed."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        rows = {}
        for name in sorted(names):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608
            rows[name] = cursor.fetchone()
    return rows


@pytest.mark.parametrize("role", [None, "Manager", "superuser"])
def test_every_address_keeps_browsers_safe_and_a_link_changes_nothing(secure, role):
    load_content()
    make.article(image=make.upload(size=(20, 20)), image_decorative=True)
    user = make.superuser() if role == "superuser" else role and make.staff(role)
    client = secure(user)
    client.get("/admin/account/")
    found = addresses()
    assert len(found) == len(routes()) > 150
    before = tables()

    wrong, statuses = [], set()
    for address in found:
        answer = client.get(address)
        statuses.add(answer.status_code)
        wrong += complaints(address, answer)
        b"".join(answer)

    assert wrong == []
    assert statuses <= {200, 301, 302, 403, 404, 405}
    assert tables() == before


def test_answers_that_are_no_pages_keep_browsers_safe_too(secure, settings, tmp_path):
    settings.SECURE_SSL_REDIRECT = True
    withdrawn = make.article(state=State.WITHDRAWN)
    article = make.article(image=make.upload(size=(20, 20)), image_decorative=True)
    metric, former = make.metric(), make.metric(state=State.WITHDRAWN)
    figure = metric.get_absolute_url()
    link = make_link(make.article(state=State.DRAFT), by=make.staff("Editor"))
    preview = urlsplit(link).path
    client = secure(raise_request_exception=False, enforce_csrf_checks=True)
    kinds = {
        "/static/css/site.css": (200, {}),
        "/static/css/nothing.css": (404, {}),
        article.image.url: (200, {}),
        withdrawn.get_absolute_url(): (410, {}),
        "/news": (301, {}),
        "/news/?page=%ff": (200, {}),
        "/news.csv?x=1": (400, {}),
        f"/embed/impact/{metric.pk}/": (200, {}),
        f"/embed/impact/{former.pk}/": (410, {}),
        "/embed/impact/999/": (404, {}),
        f"/oembed/?url={absolute(figure)}&format=xml": (200, {}),
        "/oembed/?format=yaml": (501, {}),
        urlsplit(site_image().url).path: (200, {}),
        f"/share/{'0' * 12}.png": (302, {}),
        f"/impact/{metric.pk}.zip": (200, {}),
        f"/impact/{metric.pk}.bib": (200, {}),
        f"/impact/{former.pk}.ris": (410, {}),
        preview: (200, {}),
        "/nothing/": (404, {}),
        "/": (400, {"headers": {"host": "evil.example"}}),
        "/healthz": (200, {}),
        "/readyz": (200, {}),
        "/robots.txt": (200, {}),
    }
    wrong = []
    for address, (status, options) in kinds.items():
        answer = client.get(address, **options)
        assert answer.status_code == status, address
        # What is streamed is not over before it is read.
        b"".join(answer)
        wrong += complaints(address, answer)
    for address, status in [("/", 403), ("/admin/login/", 403)]:
        answer = client.post(address)
        assert answer.status_code == status, address
        wrong += complaints(address, answer)
    large = client.post("/", CONTENT_LENGTH=str(1024**3))
    assert large.status_code == 413
    wrong += complaints("/", large)

    assert wrong == []
    shown = client.get(preview)
    assert "no-store" in shown["Cache-Control"]
    assert "noindex" in shown["X-Robots-Tag"]
    assert shown["Referrer-Policy"] == "no-referrer"


def test_an_error_of_ours_keeps_browsers_safe(secure, monkeypatch):
    def broken(*args):
        raise RuntimeError("hunter2")

    monkeypatch.setattr("nnsc.front.views.City.objects.all", broken)
    cache.clear()
    answer = secure(raise_request_exception=False).get("/")

    assert answer.status_code == 500
    assert b"hunter2" not in answer.content
    assert list(complaints("/", answer)) == []


def test_before_tls_is_spoken_nothing_but_the_way_to_it_is_told(secure, settings):
    settings.SECURE_SSL_REDIRECT = True

    answer = Client().get("/news/?q=x")
    assert (answer.status_code, answer.url) == (301, "https://testserver/news/?q=x")
    assert answer["X-Content-Type-Options"] == "nosniff"
    strange = Client().get("/", headers={"host": "evil.example"})
    assert strange.status_code == 400
    assert strange["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in strange["Content-Security-Policy"]


@pytest.mark.parametrize(
    "given, grade",
    [
        ({}, 25),
        ({"Content-Security-Policy": "default-src 'self' 'unsafe-inline'"}, 30),
    ],
)
def test_the_rules_count_what_is_missing(given, grade):
    assert points(given, {}) == grade
