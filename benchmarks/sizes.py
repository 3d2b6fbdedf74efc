"""How pages answer as the news grows: server time and queries, uncached, in one run.

    .venv/bin/python benchmarks/sizes.py 1000 10000 100000
    .venv/bin/python tests/services.py postgres \
        .venv/bin/python benchmarks/sizes.py 1000 10000 100000

makes up articles in a database of its own, each size on top of the one before, asks for
each page in this process and prints Markdown tables: the median in milliseconds, its
ratio to the same page at the first size, and the number of queries. The first line says
what the machine was doing; ratios are worth more than times.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from io import StringIO
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", type=int, nargs="+")
    sizes = sorted(parser.parse_args().sizes)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        os.environ["LOG_LEVEL"] = "ERROR"
        os.environ["DJANGO_SETTINGS_MODULE"] = "nnsc.settings"
        sys.path.insert(0, str(ROOT))
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
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from news.index import forget, news_index
    from news.models import Article

    article = Article.objects.live().newest_first()[size // 2]
    client = Client(headers={"host": "localhost"})
    forget()
    started = time.perf_counter()
    client.get("/news/")
    first = time.perf_counter() - started
    results = {}
    for name, pattern in PAGES.items():
        address = pattern.format(middle=size // 40, article=article.get_absolute_url())
        # What words were found to mean is kept; here each is the first to ask.
        news_index().kept_words.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        n_queries = len(queries)
        assert answer.status_code == 200, f"{address} answers {answer.status_code}"
        times = []
        for _ in range(N_RUNS):
            news_index().kept_words.clear()
            started = time.perf_counter()
            client.get(address)
            times.append(time.perf_counter() - started)
        results[name] = statistics.median(times) * 1000, n_queries
    return results, first


def print_table(sizes, results) -> None:
    print("| page | " + " | ".join(f"{size:,}" for size in sizes) + " | queries |")
    print("| --- |" + " --- |" * (len(sizes) + 1))
    for name in PAGES:
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
