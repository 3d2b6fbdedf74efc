"""Edit at random while readers hammer all workers: is any page old, or of two minds?

    .venv/bin/python benchmarks/hammer.py --edits 1000 --workers 4
    .venv/bin/python tests/services.py postgres \
        .venv/bin/python benchmarks/hammer.py --edits 1000 --workers 4

starts the production server with a database of its own. Every edit writes its number
into an article, a city, a principle and the site's texts, in one transaction, and does
something besides: it publishes, schedules, withdraws, renames, moves between cities,
deletes, or merges sources. Readers note which numbers, articles and sources a page
shows, or that it has not changed. At the end every page that was read is held against
what was committed: it may be a second old, and not more; its numbers must be one; a
scheduled article must appear on its second, and never before. Prints what was found;
fails if anything was.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from http.client import HTTPConnection
from multiprocessing import Event, Process, Queue
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import services  # noqa: E402 found by the line above

SECRET = "a secret that is long enough for the site to start with it"  # noqa: S105
PAGES = [
    *["/", "/news/", "/news/?city=marked", "/cities/", "/cities/marked/"],
    *["/principles/", "/news/2030/", "/news/feed.atom", "/api/v1/articles"],
    *["/search/?q=marked", "/about/", "/sources/", "/news/tags/"],
]
# What is shown by pages that have the newest articles first: every special one that is
# live; and by the list of sources: every twin until it is merged.
LISTS = ["/", "/news/", "/cities/marked/", "/news/2030/", "/news/feed.atom"]
SHOWN_ON = dict.fromkeys(LISTS, "Special") | {"/sources/": "Twin"}
MARK = re.compile(rb"Marked (\d+)")
SPECIAL = re.compile(rb"(?:Special|Twin) \d+")
N_SPECIAL = 4
BOUND_SECONDS = 1.0
# What the clocks of two processes on one machine may say of one moment.
SLACK_SECONDS = 0.005


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--edit-in", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.edit_in:
        edit(options)
    else:
        sys.exit(hammer(options))


def hammer(options) -> int:
    with tempfile.TemporaryDirectory() as folder:
        fill(folder, options)
        environment = {
            "SECRET_KEY": SECRET,
            "ALLOWED_HOSTS": "127.0.0.1",
            "WORKERS": str(options.workers),
        } | database()
        with services.site("production", Path(folder), **environment) as port:
            reads, edits, specials = hammer_site(port, folder, options)
    return report(reads, edits, specials)


def database() -> dict[str, str]:
    url = os.environ.get("DATABASE_URL")
    return {"DATABASE_URL": url} if url else {}


def run_here(folder: str, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=os.environ | {"DATA_DIR": folder, "LOG_LEVEL": "ERROR"},
        stdout=subprocess.PIPE,
        text=True,
    )


def fill(folder: str, options) -> None:
    for command in [
        ["migrate", "--verbosity=0"],
        ["load_content"],
        ["make_articles", str(options.articles)],
    ]:
        with run_here(folder, str(ROOT / "manage.py"), *command) as process:
            process.communicate()
        assert process.returncode == 0, command


def hammer_site(port: int, folder: str, options):
    """Return what was read, what was committed, and when what is special was shown."""
    end, found = Event(), Queue()
    readers = [
        Process(target=read, args=(port, number, end, found))
        for number in range(options.readers)
    ]
    editor = run_here(
        folder,
        *[__file__, "--edit-in", folder, "--edits", str(options.edits)],
        *["--seed", str(options.seed)],
    )
    first = editor.stdout.readline()
    for reader in readers:
        reader.start()
    rest = editor.stdout.read()
    assert editor.wait() == 0
    time.sleep(2 * BOUND_SECONDS)
    end.set()
    reads = [entry for _ in readers for entry in found.get()]
    for reader in readers:
        reader.join()
    lines = [json.loads(line) for line in [first, *rest.splitlines()]]
    edits = [(line["number"], line["from"], line["to"]) for line in lines]
    specials = {}
    for line in lines:
        for name, moments in line["specials"].items():
            specials.setdefault(name, []).append(moments)
    return reads, edits, specials


# Readers


def read(port: int, number: int, end, found) -> None:
    """Read pages until the end, some as a browser that has them already."""
    dice = random.Random(number)
    reads, known = [], {}
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(connection):
        while not end.is_set():
            page = dice.choice(PAGES)
            coding = dice.choice(["", "identity"])
            headers = {"Accept-Encoding": coding} if coding else {}
            tag, marks = known.get(page, ("", None))
            if tag and dice.random() < 0.5:
                headers["If-None-Match"] = tag
            began_at = time.monotonic()
            connection.request("GET", page, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            ended_at = time.monotonic()
            if answer.status == 200:
                marks = frozenset(MARK.findall(body)), frozenset(SPECIAL.findall(body))
                known[page] = answer.headers["ETag"], marks
            reads.append((page, answer.status, began_at, ended_at, marks))
            if dice.random() < 0.02:
                # Another connection may come to another worker.
                connection.close()
    found.put(reads)


# The editor


def edit(options) -> None:
    """Make the edits, and print of each when it was begun and when it was committed."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "nnsc.settings"
    import django

    django.setup()
    editor = Editor(options.seed)
    for number in range(options.edits):
        editor.edit(number)
        time.sleep(editor.dice.random() * 0.06)


class Editor:
    def __init__(self, seed: int):
        from impact.models import City
        from news.models import Article, Source
        from nnsc.models import SiteText
        from principles.models import Principle

        self.dice = random.Random(seed)
        self.numbers = iter(range(1, 1_000_000))
        self.city = City.objects.create(name="Marked city", slug="marked", state="OH")
        self.source = Source.objects.create(name="Marked source")
        self.article = self.new_article("Marked")
        self.principle = Principle.objects.create(
            title="Marked", body="It is marked.", position=0, state="published"
        )
        self.texts = SiteText.objects.filter(
            key__in=["mission", "news", "cities", "about", "commitment"]
        )
        self.others = list(Article.objects.live().order_by("?")[:50])
        self.cities = list(City.objects.exclude(pk=self.city.pk))
        self.specials = []
        self.twins = []

    def new_article(self, title, **fields):
        from datetime import date

        from news.models import Article

        article = Article.objects.create(
            title=title,
            source=self.source,
            dated=date(2030, 1, 1),
            summary="It was written to be edited.",
            state="published",
            **fields,
        )
        article.cities.add(self.city)
        return article

    def edit(self, number: int) -> None:
        from django.db import transaction

        began_at = time.monotonic()
        with transaction.atomic():
            self.mark(number)
            happened = self.dice.choice(
                [
                    *[self.publish, self.schedule, self.take_back],
                    *[self.rename, self.move, self.merge],
                ]
            )()
        ended_at = time.monotonic()
        specials = {
            name: [begins or ended_at, ends and [began_at, ended_at]]
            for name, begins, ends in happened
        }
        line = {"number": number, "from": began_at, "to": ended_at}
        print(json.dumps(line | {"specials": specials}), flush=True)

    def mark(self, number):
        mark = f"Marked {number}"
        for record, field in [
            (self.article, "title"),
            (self.city, "name"),
            (self.principle, "title"),
        ]:
            setattr(record, field, mark)
            record.save()
        for text in self.texts:
            text.text = f"It is {mark}."
            text.save()

    def publish(self):
        return self.add_special(None)

    def schedule(self):
        from django.utils import timezone

        seconds = 0.2 + 2 * self.dice.random()
        now, clock = timezone.now(), time.monotonic()
        goes_live_at = now + timezone.timedelta(seconds=seconds)
        return self.add_special(clock + seconds, goes_live_at=goes_live_at)

    def add_special(self, begins, **fields):
        name = f"Special {next(self.numbers)}"
        self.specials.append((name, self.new_article(name, **fields)))
        happened = [(name, begins, None)]
        if len(self.specials) > N_SPECIAL:
            happened += self.take_back()
        return happened

    def take_back(self):
        if not self.specials:
            return []
        name, article = self.specials.pop(0)
        if self.dice.random() < 0.5:
            article.state = "withdrawn"
            article.save()
        else:
            article.delete()
        return [(name, None, True)]

    def rename(self):
        other = self.dice.choice(self.others)
        other.title = f"Renamed {self.dice.random()}"
        other.save()
        return []

    def move(self):
        other = self.dice.choice(self.others)
        other.cities.set(self.dice.sample(self.cities, 2))
        return []

    def merge(self):
        from news.models import Source
        from nnsc.merging import merge

        if self.twins:
            twin, other = self.twins.pop()
            merge(Source, self.source.pk, [twin.pk], by=None)
            other.refresh_from_db()
            return [(twin.name, None, True)]
        twin = Source.objects.create(name=f"Twin {next(self.numbers)}")
        other = self.dice.choice(self.others)
        other.source = twin
        other.save()
        self.twins.append((twin, other))
        return [(twin.name, None, None)]


# What was found


def report(reads, edits, specials) -> int:
    committed = [(ended, number) for number, _, ended in edits]
    began = {number: began for number, began, _ in edits}
    ages, problems, statuses = [], Counter(), Counter()
    refused = Counter(page for page, status, *_ in reads if status == 503)
    for page, status, began_at, ended_at, marks in reads:
        statuses[status] += 1
        if status not in (200, 304, 503):
            problems[f"{page} answers {status}"] += 1
        if status not in (200, 304):
            continue
        numbers = {int(mark) for mark in marks[0]}
        if len(numbers) > 1:
            problems[f"{page} is of two minds: {sorted(numbers)}"] += 1
        for number in numbers:
            # How long before the request the edit after the one it shows was committed.
            following = [end for end, later in committed if later == number + 1]
            age = began_at - following[0] if following else 0.0
            ages.append(max(age, 0.0))
            if age > BOUND_SECONDS:
                problems[f"{page} was {age:.2f} s old"] += 1
            if began[number] > ended_at:
                problems[f"{page} shows what was not yet written"] += 1
        if page in SHOWN_ON:
            shown = {special.decode() for special in marks[1]}
            for name, moments in specials.items():
                if not name.startswith(SHOWN_ON[page]):
                    continue
                wrong = misplaced(name in shown, moments, began_at, ended_at)
                if wrong:
                    problems[f"{page}: {name} {wrong}"] += 1
    ages.sort()
    print(f"Edits: {len(edits)}. Pages read: {dict(statuses)}.")
    if refused:
        print(f"Refused for want of time: {dict(refused)}.")
    print(f"The oldest page was {ages[-1]:.2f} s old.")
    for problem, times in problems.most_common(20):
        print(f"{problem} ({times} times)")
    print(f"Problems: {sum(problems.values())}.")
    return 1 if problems else 0


def misplaced(is_shown, moments, began_at, ended_at) -> str:
    """Return what is wrong with what is shown, or is not, at that time."""
    (begins, _), *later = moments
    ends = later[0][1] if later else None
    if is_shown and ended_at < begins - SLACK_SECONDS:
        return "was shown before its time"
    if ends and is_shown and began_at > ends[1] + BOUND_SECONDS:
        return "was shown after it was taken back"
    is_due = began_at > begins + BOUND_SECONDS and not (ends and ended_at > ends[0])
    if is_due and not is_shown:
        return "was not shown in time"
    return ""


if __name__ == "__main__":
    main()
