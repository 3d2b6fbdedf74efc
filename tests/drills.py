"""Break a site on purpose, and count what survived.

    script/drill kill --saves 1000 --kills 10
    script/drill restore --articles 20000
    script/drill outage --seconds 20

kill: people save cities with images, and the server is killed (SIGKILL) again and again
while they do. Every save that was answered is there, none is there by half, records and
images agree, and files that nothing shows are swept.

restore: a site goes from SQLite to PostgreSQL and back, backed up and restored each
time. Pages, records, history and images are the same, byte for byte.

outage: readers go on while Redis, and then PostgreSQL, stops and comes back. Everybody
is shown the pages that were read before, and all is as it was afterwards.

kill and outage take --database postgres; each prints what it counted and ends with 1 if
anything was lost. Each makes a site of its own and leaves nothing behind.
"""

import argparse
import os
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext, suppress
from http.client import HTTPException
from pathlib import Path

import services
from drill_site import PASSWORD, QUESTIONS_FILE, Person, Site, photo

N_PEOPLE = 4


def kill(site: Site, n_saves: int, n_kills: int) -> bool:
    """Save and kill; return whether nothing was lost."""
    site.manage("migrate", "--verbosity", "0")
    make_staff(site)
    answered, tried = set(), 0
    began_at = time.monotonic()
    for round_number in range(n_kills):
        n_wanted = n_saves // n_kills
        saved, names = save_and_kill(site, round_number, n_wanted)
        answered |= saved
        tried += names
    seconds = time.monotonic() - began_at
    asked = ["cities", "orphans", "cities", "soundness"]
    found, (before, after), again, wrong = site.ask(*asked)
    lost = answered - found.keys()
    half = [name for name, has in found.items() if not all(has.values())]
    print(
        f"{n_kills} kills in {seconds:.0f} s. Saves begun: {tried}, answered:"
        f" {len(answered)}, there: {len(found)}.\n"
        f"Answered and lost: {len(lost)}. There by half: {len(half)}. Files that"
        f" nothing shows: {before}, after a sweep: {after}. Wrong in the database:"
        f" {len(wrong)}."
    )
    return bool(answered) and not (lost or half or after or wrong or again != found)


def make_staff(site: Site) -> None:
    site.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
    account = ["--username", "drill", "--email", "drill@example.org"]
    site.manage("createsuperuser", "--no-input", *account)


def save_and_kill(site: Site, round_number: int, n_wanted: int) -> tuple[set, int]:
    """Let people save until so many were answered, then kill the server at once."""
    answered, tried, is_over = set(), [], threading.Event()

    def save(person, who):
        number = 0
        while not is_over.is_set():
            number += 1
            name = f"City {round_number}-{who}-{number}"
            tried.append(name)
            with suppress(OSError, HTTPException):
                if person.add_city(name, photo(len(tried))):
                    answered.add(name)

    with site.serving() as server:
        people = [Person(site) for _ in range(N_PEOPLE)]
        with ThreadPoolExecutor(N_PEOPLE) as pool:
            saves = [
                pool.submit(save, person, who) for who, person in enumerate(people)
            ]
            deadline = time.monotonic() + 300
            while len(answered) < n_wanted and time.monotonic() < deadline:
                time.sleep(0.002)
            # Not always right behind an answer.
            time.sleep(secrets.randbelow(200) / 1000)
            os.killpg(server.pid, signal.SIGKILL)
            is_over.set()
            for done in saves:
                done.result()
    return answered, len(tried)


def restore(folder: Path, postgres_url: str, n_articles: int) -> bool:
    """Go there and back; return whether all is the same."""
    first = Site(folder / "first")
    second = Site(folder / "second", postgres_url)
    third = Site(folder / "third")
    first.manage("migrate", "--verbosity", "0")
    first.manage("load_content")
    make_staff(first)
    if n_articles:
        first.manage("make_articles", str(n_articles))
    with first.serving():
        person = Person(first)
        for number in range(3):
            assert person.add_city(f"City {number}", photo(number))
    pages, tables = first.ask("pages", "tables")
    same = True
    for before, after in [(first, second), (second, third)]:
        began_at = time.monotonic()
        before.manage("backup", "--to", str(folder / "archives"), "--keep", "1")
        backed_up_at = time.monotonic()
        (archive,) = (folder / "archives").glob("*.tar.gz")
        after.manage("migrate", "--verbosity", "0")
        migrated_at = time.monotonic()
        after.manage("restore", str(archive))
        restored_at = time.monotonic()
        there, rows = after.ask("pages", "tables")
        differing = [path for path in pages if there.get(path) != pages[path]]
        print(
            f"{vendor(before)} to {vendor(after)}: {sum(rows.values()):,} rows in"
            f" {len(rows)} tables, {archive.stat().st_size:,} bytes; backed up in"
            f" {backed_up_at - began_at:.1f} s, restored in"
            f" {restored_at - migrated_at:.1f} s. Pages compared: {len(pages)},"
            f" differing: {len(differing)}. Tables with other rows:"
            f" {sum(rows[name] != n for name, n in tables.items())}.",
            *differing[:5],
            flush=True,
        )
        same = same and there == pages and rows == tables
    said = third.manage("backup", "--to", str(folder / "last"))
    (last,) = (folder / "last").glob("*.tar.gz")
    equal = third.run(QUESTIONS_FILE, "same", str(archive), str(last)).strip()
    print(said.strip())
    print(f"The last archive has what the one before it has: {equal}.")
    return same and equal == "yes"


def vendor(site: Site) -> str:
    return site.environment["DATABASE_URL"].partition(":")[0]


class Readers:
    """Readers who ask again and again; what they are answered, and how late."""

    PATHS = ["/", "/news/", "/cities/", "/impact/", "/about/"]

    def __init__(self, site: Site):
        self.site = site
        self.answers: Counter = Counter()
        self.slowest = 0.0
        self.is_over = threading.Event()
        self.lock = threading.Lock()

    def read(self) -> None:
        while not self.is_over.is_set():
            for path in self.PATHS:
                began_at = time.monotonic()
                status = self.site.status(path)
                with self.lock:
                    self.answers[status] += 1
                    self.slowest = max(self.slowest, time.monotonic() - began_at)

    def during(self, seconds: float, what: str) -> Counter:
        """Count for so long; return how often which status came."""
        with self.lock:
            self.answers, self.slowest = Counter(), 0.0
        time.sleep(seconds)
        with self.lock:
            said = ", ".join(f"{n} × {status}" for status, n in self.answers.items())
            print(f"{what}: {said}; slowest {self.slowest:.1f} s.", flush=True)
            return self.answers


def outage(folder: Path, seconds: float) -> bool:
    """Stop Redis, then PostgreSQL, under load; return whether all came back."""
    with ExitStack() as stack:
        postgres = stack.enter_context(services.postgres_server())
        redis = services.redis()
        stands_on = {"CACHE_URL": redis.__enter__(), "KEPT_PAGES_MB": "64"}
        site = Site(folder, postgres.url, **stands_on)
        site.manage("migrate", "--verbosity", "0")
        site.manage("load_content")
        stack.enter_context(site.serving())
        readers = Readers(site)
        for path in readers.PATHS:
            # The first answers of a process take longer than a short phase may last.
            site.status(path)
        pool = stack.enter_context(ThreadPoolExecutor(3))
        stack.callback(readers.is_over.set)
        for _ in range(3):
            pool.submit(readers.read)
        phase = seconds / 4
        results = [set(readers.during(phase, "All is well")) == {200}]
        redis.__exit__(None, None, None)
        results.append(set(readers.during(phase, "Without Redis")) == {200})
        said = services.get(site.port, "/readyz")
        results.append(said.status == 200 and b'"cache": "no answer"' in said.body)
        postgres.stop()
        try:
            time.sleep(1.5)
            is_alive, ready = site.status("/healthz"), site.status("/readyz")
            found = readers.during(phase, "Without PostgreSQL")
            # What was read before is shown; of all else a page says what is wrong,
            # and nothing of what is inside.
            results += [set(found) == {200}, (is_alive, ready) == (200, 503)]
            other = services.get(site.port, "/principles/")
            results += [other.status == 503, b"<h1" in other.body]
            results.append(b"psycopg" not in other.body)
            print(f"/healthz: {is_alive}, /readyz: {ready}.")
        finally:
            postgres.start()
        began_at = time.monotonic()
        while site.status("/readyz") != 200 and time.monotonic() < began_at + 30:
            time.sleep(0.1)
        print(f"Ready again after {time.monotonic() - began_at:.1f} s.")
        time.sleep(1)
        results.append(set(readers.during(phase, "All is back")) == {200})
        return all(results)


def main() -> None:
    parser = argparse.ArgumentParser(
        usage="script/drill kill|restore|outage [options]",
        description=__doc__.splitlines()[0],
    )
    parser.add_argument("drill", choices=["kill", "restore", "outage"])
    parser.add_argument("--saves", type=int, default=200)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    needs_postgres = options.drill == "restore" or options.database == "postgres"
    database = services.postgres() if needs_postgres else nullcontext("")
    with tempfile.TemporaryDirectory(prefix="nnsc-drill-") as name, database as url:
        folder = Path(name)
        match options.drill:
            case "kill":
                site = Site(folder, url)
                is_well = kill(site, options.saves, options.kills)
            case "restore":
                is_well = restore(folder, url, options.articles)
            case "outage":
                is_well = outage(folder, options.seconds)
    print("Nothing was lost." if is_well else "SOMETHING WAS LOST.")
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
