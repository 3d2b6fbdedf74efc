"""Parts of kept pages: the shelf, bodies, pages, and what all machines share."""

import pytest
from django.core.cache.backends.redis import RedisCache

import services
from needed import need
from nnsc.pagecache import bodies, shared
from nnsc.pagecache.bodies import TooLarge, TooSlow, whole_body
from nnsc.pagecache.boundary import MAX_REMEMBERED_LENGTH, N_REMEMBERED, remember
from nnsc.pagecache.page import FOR_EVER, Page, bounded
from nnsc.pagecache.shared import SharedShelf
from nnsc.pagecache.shelf import Shelf

pytestmark = pytest.mark.once

PAGE_BYTES = Page("200 OK", [], b"x" * 1_000).n_bytes


def page(edition="1"):
    return Page("200 OK", [], b"x" * 1_000, edition)


def shelf_of(n_pages):
    return Shelf(n_pages * PAGE_BYTES)


def put(shelf, *names):
    for name in names:
        shelf.put((name, ""), page())


def use(shelf, *names):
    for name in names:
        shelf.pages[name, ""].was_used = True


def names(shelf):
    return {name for name, _ in shelf.pages}


# The shelf


def test_it_never_takes_more_room_than_it_has():
    shelf = shelf_of(40)
    for number in range(500):
        put(shelf, f"/{number}")
        if number % 3:
            use(shelf, f"/{number}")
        assert shelf.n_bytes <= shelf.max_bytes
        assert shelf.n_bytes == sum(page.n_bytes for page in shelf.pages.values())

    assert len(shelf.pages) == 40


def test_what_was_used_least_recently_goes_first():
    shelf = shelf_of(20)
    put(shelf, *map(str, range(20)))
    use(shelf, "0", "3")
    put(shelf, *map(str, range(20, 28)))

    assert {"0", "3"} < names(shelf)
    assert not {"1", "2", "4"} & names(shelf)


def test_a_thousand_random_addresses_push_out_each_other_alone():
    shelf = shelf_of(100)
    real = [f"/real/{number}" for number in range(60)]
    put(shelf, *real)
    use(shelf, *real)

    for number in range(1_000):
        put(shelf, f"/random/{number}")

    assert set(real) < names(shelf)


def test_what_was_asked_for_twice_but_long_ago_goes_in_the_end():
    shelf = shelf_of(20)
    put(shelf, "/old")
    use(shelf, "/old")
    for number in range(200):
        put(shelf, f"/{number}")
        use(shelf, f"/{number}")

    assert "/old" not in names(shelf)


def test_a_new_edition_takes_the_place_of_the_one_before():
    shelf = shelf_of(100)
    put(shelf, "/")
    use(shelf, "/")
    shelf.put(("/", ""), page("2"))

    assert shelf.pages["/", ""].edition == "2"
    assert shelf.pages["/", ""].was_used
    assert shelf.n_bytes == PAGE_BYTES


def test_what_is_too_large_is_not_kept_and_displaces_what_was_there():
    shelf = shelf_of(20)
    put(shelf, "/")
    shelf.put(("/", ""), Page("200 OK", [], b"x" * 5_000, "1"))

    assert shelf.pages == {}
    assert shelf.n_bytes == 0


def test_old_editions_are_forgotten_and_lasting_files_are_not():
    shelf = shelf_of(100)
    put(shelf, "/1")
    shelf.put(("/2", ""), page("2"))
    shelf.put(("/static/a.css", ""), page(FOR_EVER))

    shelf.forget_all_but("2")

    assert names(shelf) == {"/2", "/static/a.css"}
    assert shelf.n_bytes == 2 * PAGE_BYTES


# Bodies


class SlowBody:
    """A body whose bytes come at a pace, by a clock of its own."""

    def __init__(self, n_bytes, bytes_per_second):
        self.left = n_bytes
        self.pace = bytes_per_second
        self.now = 0.0
        self.largest = 0

    def read(self, n_bytes):
        n_bytes = min(n_bytes, self.left)
        self.largest = max(self.largest, n_bytes)
        self.left -= n_bytes
        self.now += n_bytes / self.pace
        return b"a" * n_bytes


@pytest.fixture
def read_from(monkeypatch):
    def read_from(body, n_bytes):
        monkeypatch.setattr(bodies, "monotonic", lambda: body.now)
        with whole_body(body, n_bytes) as whole:
            return whole.read()

    return read_from


@pytest.mark.parametrize("n_bytes", [1, 64, 65, 3_000_000])
def test_a_body_is_there_as_it_was_sent(read_from, n_bytes):
    body = SlowBody(n_bytes, bytes_per_second=100_000)

    assert read_from(body, n_bytes) == b"a" * n_bytes


def test_a_telephone_line_is_fast_enough(read_from):
    assert read_from(SlowBody(100_000, bytes_per_second=4_000), 100_000)


def test_who_sends_a_byte_a_second_is_cut_off(read_from):
    body = SlowBody(100_000, bytes_per_second=1)

    with pytest.raises(TooSlow):
        read_from(body, 100_000)
    assert body.now < 120


def test_who_ends_early_is_told(read_from):
    with pytest.raises(TooSlow):
        read_from(SlowBody(10, bytes_per_second=1_000), 100)


def test_what_is_too_large_is_not_read(read_from):
    body = SlowBody(10**12, bytes_per_second=1_000)

    with pytest.raises(TooLarge):
        read_from(body, 10**12)
    assert body.now == 0


# Pages


def test_what_strangers_put_into_headers_is_remembered_within_bounds():
    meanings = {}
    for number in range(3_000):
        remember(meanings, f"gzip;q=0.{number}", "gzip")
        remember(meanings, f"{number}" * 300, "")

    assert len(meanings) <= N_REMEMBERED
    assert max(map(len, meanings)) <= MAX_REMEMBERED_LENGTH


@pytest.mark.parametrize(
    "said, shortened",
    [
        ("public, max-age=60", "public, max-age=7"),
        ("public, max-age=5", "public, max-age=5"),
        (
            "max-age=0, s-maxage=9, stale-while-revalidate=5, stale-if-error=86400",
            "max-age=0, s-maxage=7, stale-while-revalidate=0, stale-if-error=86400",
        ),
    ],
)
def test_what_lasts_is_shortened(said, shortened):
    assert bounded("Cache-Control", said, 7) == shortened


@pytest.mark.parametrize(
    "kind, is_compressed",
    [
        ("text/html; charset=utf-8", True),
        ("application/feed+json; charset=utf-8", True),
        ("application/atom+xml; charset=utf-8", True),
        ("application/json", True),
        ("image/webp", False),
        ("font/woff2", False),
    ],
)
def test_what_is_compressed_already_is_not_compressed_again(kind, is_compressed):
    page = Page("200 OK", [("Content-Type", kind)], b"words " * 100)

    assert (len(page.variant("br").body[0]) < 600) is is_compressed
    assert (len(page.variant("gzip").body[0]) < 600) is is_compressed


# What all share


@pytest.fixture(scope="module")
def redis():
    need("Redis")
    with services.redis() as url:
        cache = RedisCache(url, {"OPTIONS": {"socket_timeout": 0.5}})
        yield cache
        cache.close()


def test_what_one_machine_made_all_have(redis, monkeypatch):
    monkeypatch.setattr(shared, "cache", redis)
    made = Page("200 OK", [("Content-Type", "text/html")], b"words " * 100, "1")
    SharedShelf(is_on=True).put(("/", "q=1"), made)

    other = SharedShelf(is_on=True)
    found = other.get("1", ("/", "q=1"))

    assert found.variant("br") == made.variant("br")
    assert found.edition == "1"
    assert other.get("2", ("/", "q=1")) is None
    assert other.get("1", ("/", "q=2")) is None


def test_without_its_cache_it_does_without(monkeypatch, caplog):
    n_asked = 0

    class Broken:
        def get(self, key):
            nonlocal n_asked
            n_asked += 1
            raise OSError("refused")

        set = get

    monkeypatch.setattr(shared, "cache", Broken())
    shelf = SharedShelf(is_on=True)

    for _ in range(3):
        assert shelf.get("1", ("/", "")) is None
        shelf.put(("/", ""), page())

    assert n_asked == len(caplog.records) == 1


def test_without_a_cache_set_nothing_is_shared(monkeypatch):
    monkeypatch.setattr(shared, "cache", None)
    shelf = SharedShelf(is_on=False)

    shelf.put(("/", ""), page())

    assert shelf.get("1", ("/", "")) is None
