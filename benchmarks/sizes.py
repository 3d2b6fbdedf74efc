"""How pages answer as the news grows: server time and queries, uncached, in one run.

    .venv/bin/python benchmarks/sizes.py 1000 10000 100000
    .venv/bin/python tests/services.py postgres \
        .venv/bin/python benchmarks/sizes.py 1000 10000 100000

makes up articles in a database of its own, each size on top of the one before, asks for
each page in this process, those of the admin as a manager, saves articles there, and
prints a Markdown table: the median in milliseconds, its ratio to the same page at the
first size, and the number of queries. The first line says what the machine was doing;
ratios are worth more than times.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from io import StringIO
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
N_RUNS = 15
PAGES = {
    "home": "/",
    "list": "/news/",
    "list, page in the middle": "/news/?page={middle}",
    "list, two facets": "/news/?city=boston&tag=reconciliation",
    "city": "/cities/boston/",
    "tag": "/news/tags/reconciliation/",
    "source": "/sources/ashfield-gazette/",
    "year": "/news/2016/",
    "article": "{article}",
    "search, a rare word": "/search/?q=stockton",
    "search, a common word": "/search/?q=police",
    "search, common words": "/search/?q=trust+police",
    "search, common words never together": "/search/?q=gazette+herald",
    "search, a beginning": "/search/?q=pol",
    "search, a phrase": "/search/?q=%22trust+between+police%22",
    "search, a phrase that nothing has": "/search/?q=%22police+trust%22",
    "search, a typo": "/search/?q=homocide",
    "search, a word that nothing has": "/search/?q=zebra",
    "list, a common word": "/news/?q=police",
    "list, a word and a city": "/news/?q=shootings&city=boston",
    "feed": "/news/feed.atom",
    "city list": "/cities/",
    "source list": "/sources/",
}
STAFF_PAGES = {
    "admin: desk": "/admin/",
    "admin: list": "/admin/news/article/",
    "admin: list, page 10": "/admin/news/article/?p=10",
    "admin: list, drafts": "/admin/news/article/?state__exact=draft",
    "admin: list, without a city": "/admin/news/article/?without=city",
    "admin: list, a source": "/admin/news/article/?source={source}",
    "admin: list, a tag": "/admin/news/article/?tags={tag}",
    "admin: search, a rare word": "/admin/news/article/?q=stockton",
    "admin: search, a common word": "/admin/news/article/?q=police",
    "admin: search, nothing found": "/admin/news/article/?q=zebra",
    "admin: sources": "/admin/news/source/",
    "admin: tags": "/admin/nnsc/tag/",
    "admin: autocomplete": (
        "/admin/autocomplete/?app_label=news&model_name=article&field_name=tags&term=gro"
    ),
    "admin: form": "/admin/news/article/{pk}/change/",
    "admin: history": "/admin/news/article/{pk}/history/",
}
SAVE_NEW, SAVE_CHANGED = "admin: save, a new article", "admin: save, a changed one"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", type=int, nargs="+")
    sizes = sorted(parser.parse_args().sizes)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        os.environ["LOG_LEVEL"] = "ERROR"
        os.environ["DJANGO_SETTINGS_MODULE"] = "nnsc.settings"
        sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
        import django

        django.setup()
        measure_all(sizes)


def measure_all(sizes: list[int]) -> None:
    from django.core.management import call_command
    from django.db import connection

    from nnsc.front.loading import load_content

    print(f"Load of the machine: {os.getloadavg()[0]:.1f}. {connection.vendor}.\n")
    call_command("migrate", verbosity=0)
    load_content()
    results = {}
    for size in sizes:
        started = time.perf_counter()
        call_command("make_articles", size, stdout=StringIO())
        made = time.perf_counter() - started
        results[size], first = measure(size)
        print(f"{size:,}: made in {made:.0f} s, the first list took {first:.2f} s.\n")
    print_table(sizes, results)
    connection.close()


def measure(size: int) -> tuple[dict[str, tuple[float, int]], float]:
    """Return (median in ms, queries) of each page, and seconds of a process's first."""
    from django.test import Client

    from news.index import forget
    from news.models import Article

    article = Article.objects.live().newest_first()[size // 2]
    reader = Client(headers={"host": "localhost"})
    forget()
    started = time.perf_counter()
    reader.get("/news/")
    first = time.perf_counter() - started
    results = {}
    for name, pattern in PAGES.items():
        address = pattern.format(middle=size // 40, article=article.get_absolute_url())
        results[name] = measure_page(reader, address)
    editor = Client(headers={"host": "localhost"})
    editor.force_login(manager())
    known = {
        "pk": article.pk,
        "source": article.source_id,
        "tag": article.tags.first().pk,
    }
    for name, pattern in STAFF_PAGES.items():
        results[name] = measure_page(editor, pattern.format(**known))
    return results | measure_saving(editor, article), first


def measure_page(client, address: str) -> tuple[float, int]:
    from news.index import news_index

    def ask():
        # What words were found to mean is kept; here each is the first to ask.
        news_index().kept_words.clear()
        return client.get(address), 200

    return measure_request(address, ask)


def measure_saving(client, article) -> dict[str, tuple[float, int]]:
    """Save new articles like this one, and this one again and again."""
    from nnsc.staff.carrying import BASE
    from sending import base_of_form

    form = {
        "kind": article.kind,
        "state": article.state,
        "date": "2016-01",
        "source": article.source_id,
        "tags": list(article.tags.values_list("pk", flat=True)),
        "cities": list(article.cities.values_list("pk", flat=True)),
        "quote": article.quote,
    }
    add = "/admin/news/article/add/"
    change = f"/admin/news/article/{article.pk}/change/"
    numbers = count()

    def sent():
        return form | {"title": f"Saved {next(numbers)} at {time.time_ns()}"}

    kept = {"source_url": article.source_url, "slug": article.slug}
    bases = []

    def open_form():
        bases.append(base_of_form(change))

    return {
        SAVE_NEW: measure_request(add, lambda: (client.post(add, sent()), 302)),
        SAVE_CHANGED: measure_request(
            change,
            lambda: (client.post(change, sent() | kept | {BASE: bases.pop()}), 302),
            open_form,
        ),
    }


def measure_request(address: str, ask, before=lambda: None) -> tuple[float, int]:
    """Return (median in ms, queries) of what ask() does; before() is not counted.

    ask() returns the answer and the status that it must have.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    before()
    with CaptureQueriesContext(connection) as queries:
        answer, status = ask()
    n_queries = len(queries)
    assert answer.status_code == status, f"{address} answers {answer.status_code}"
    times = []
    for _ in range(N_RUNS):
        before()
        started = time.perf_counter()
        ask()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000, n_queries


def manager():
    from django.contrib.auth.models import Group, User

    user, _ = User.objects.get_or_create(username="benchmark", is_staff=True)
    user.groups.add(Group.objects.get(name="Manager"))
    return user


def print_table(sizes, results) -> None:
    print("| page | " + " | ".join(f"{size:,}" for size in sizes) + " | queries |")
    print("| --- |" + " --- |" * (len(sizes) + 1))
    for name in results[sizes[0]]:
        base, _ = results[sizes[0]][name]
        cells = [
            f"{results[size][name][0]:.1f} ms (×{results[size][name][0] / base:.2f})"
            for size in sizes
        ]
        queries = {results[size][name][1] for size in sizes}
        cells.append(" to ".join(str(n) for n in sorted(queries)))
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
