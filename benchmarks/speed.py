"""How fast readers are answered, held against a server that only says hello.

    .venv/bin/python benchmarks/speed.py
    .venv/bin/python tests/services.py postgres .venv/bin/python benchmarks/speed.py

starts the production server with a database of its own and as many made-up articles
as --articles says, and beside it, by the same script, a bare WSGI hello-world and
Django's. All are measured in turns with wrk (apt-get install wrk), so that ratios hold
where the machine is busy. "Made" are pages that are made anew for everyone who asks,
of cards and parts that stay as they are while nothing changes; "first" is who asks
first after an article was changed. Then articles are published, to see when every
worker shows them. Prints Markdown tables, within some five minutes; ends everything
that it started.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.serving import (
    Rate,
    Server,
    ask,
    environment,
    fill,
    machine,
    measure,
    memory_bytes,
    need_wrk,
    print_table,
    server,
    warm,
)

PAGES = {
    "home": "/",
    "list": "/news/",
    "filtered": "/news/?city=boston&tag=reconciliation",
    "article": "{article}",
    "city": "/cities/boston/",
    "tag": "/news/tags/reconciliation/",
    "search": "/search/?q=stockton",
    "feed": "/news/feed.atom",
}
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
N_CHANGES = 10
N_PUBLICATIONS = 20
N_WATCHING = 32
REST_SECONDS = 0.2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=int, default=1, help="of each turn")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    need_wrk()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        print(machine(), f"{options.articles:,} articles, {options.workers} workers,")
        print(f"{options.connections} connections.\n", flush=True)
        fill(folder, options.articles)

        def start(*arguments, **variables):
            workers = {"WORKERS": str(options.workers)}
            return stack.enter_context(
                server(folder, *arguments, **workers | variables)
            )

        hello = start("benchmarks.hello:bare")
        django = start("benchmarks.hello_django:application")
        kept = start()
        at_start = [memory_bytes(pid) for pid in kept.workers()]
        made = start(KEPT_PAGES_MB="0")
        articles = some_articles(folder)
        pages = {name: path.format(article=articles[0]) for name, path in PAGES.items()}
        compare_kept(kept, hello, pages, options)
        compare_made(made, django, pages, wrk_script(folder, articles), options)
        print_first(made, pages)
        print_memory(kept, at_start)
        print_publications(kept, folder, options.workers)


def some_articles(folder: str) -> list[str]:
    """Return the addresses of 500 articles; and let this process use the database."""
    os.environ |= environment(folder) | {"DJANGO_SETTINGS_MODULE": "nnsc.settings"}
    import django

    django.setup()
    from news.models import Article

    newest = Article.objects.live().newest_first()
    step = max(1, newest.count() // 500)
    return [article.get_absolute_url() for article in newest[::step][:500]]


def wrk_script(folder: str, paths: list[str]) -> Path:
    """Write a script by which wrk asks for one path after the other."""
    script = Path(folder, "paths.lua")
    lines = ",\n".join(f'"{path}"' for path in paths)
    script.write_text(
        f"local paths = {{{lines}}}\nlocal at = 0\n"
        "request = function()\n  at = at % #paths + 1\n"
        '  return wrk.format("GET", paths[at])\nend\n'
    )
    return script


def in_turns(options, **measured) -> dict[str, list[Rate]]:
    """Return the rates of each, turn by turn; the first round is to warm them."""
    rates = {name: [] for name in measured}
    for asked, path, more in measured.values():
        warm(asked, path, more.get("headers"))
    for at in range(-1, options.rounds):
        for name, (asked, path, more) in measured.items():
            rate = measure(
                asked,
                path,
                seconds=options.seconds,
                connections=options.connections,
                **more,
            )
            assert not rate.n_failed, f"{path}: {rate.n_failed} requests failed"
            # What wrk has asked for and not awaited is not the next one's work.
            time.sleep(REST_SECONDS)
            if at >= 0:
                rates[name].append(rate)
    return rates


def median(rates: list[Rate], name: str) -> float:
    return statistics.median(getattr(rate, name) for rate in rates)


def ratio(ours: list[Rate], theirs: list[Rate], name: str) -> float:
    """Return the median of what each turn was to the one beside it.

    Others who use the machine come and go: they slow down both alike.
    """
    pairs = zip(ours, theirs, strict=True)
    return statistics.median(getattr(a, name) / getattr(b, name) for a, b in pairs)


def compare_kept(kept: Server, hello: Server, pages, options) -> None:
    """Hold each kept page against a bare hello of as many bytes."""
    rows = []
    asked = [(name, path, BROWSER) for name, path in pages.items()]
    asked += [(f"{name}, not compressed", pages[name], {}) for name in ("home", "list")]
    known = {"If-None-Match": ask(kept, "/", BROWSER).headers["ETag"]}
    asked.append(("home, 304", "/", BROWSER | known))
    for name, path, headers in asked:
        n_bytes = len(ask(kept, path, headers).body)
        rates = in_turns(
            options,
            hello=(hello, f"/{n_bytes}", {"headers": headers}),
            kept=(kept, path, {"headers": headers}),
        )
        ours, theirs = rates["kept"], rates["hello"]
        speed = "requests_per_second"
        rows.append(
            [
                name,
                f"{n_bytes:,}",
                f"{median(theirs, speed):,.0f}",
                f"{median(ours, speed):,.0f}",
                f"{100 * ratio(ours, theirs, speed):.0f}%",
                f"{median(ours, 'p50_ms'):.2f} ms",
                f"{median(ours, 'p99_ms'):.2f} ms",
                f"×{ratio(ours, theirs, 'p99_ms'):.2f}",
                f"{1000 * median(ours, 'cpu_ms'):.0f} µs",
                f"×{ratio(ours, theirs, 'cpu_ms'):.2f}",
            ]
        )
    head = ["kept", "bytes", "hello/s", "kept/s", "of hello", "p50", "p99"]
    print_table([*head, "p99 to hello's", "CPU", "CPU to hello's"], rows)


def compare_made(made: Server, django: Server, pages, articles: Path, options) -> None:
    """Hold each page, made for every reader, against Django's hello."""
    any_article = (made, "/", {"script": articles})
    rates = in_turns(
        options,
        hello=(django, "/", {}),
        any_article=any_article,
        **{name: (made, path, {}) for name, path in pages.items()},
    )
    rows = [
        [
            {"hello": "Django's hello", "any_article": "any article"}.get(name, name),
            f"{median(found, 'requests_per_second'):,.0f}",
            f"{median(found, 'p50_ms'):.1f} ms",
            f"{median(found, 'p99_ms'):.1f} ms",
            f"{median(found, 'cpu_ms'):.2f} ms",
            f"×{ratio(found, rates['hello'], 'cpu_ms'):.1f}",
        ]
        for name, found in rates.items()
    ]
    print_table(["made", "made/s", "p50", "p99", "CPU", "CPU to Django's hello"], rows)


def print_first(made: Server, pages: dict[str, str]) -> None:
    """Change an article that no page shows before each time a page is asked for."""
    from news.models import Article

    changed = Article.objects.live().newest_first().last()
    rows = []
    for name, path in pages.items():
        times = []
        for number in range(N_CHANGES):
            changed.summary = f"Changed {number} times before {name} was asked for."
            changed.save()
            began_at = time.monotonic()
            ask(made, path)
            times.append(1000 * (time.monotonic() - began_at))
        rows.append(
            [name, f"{statistics.median(times):.1f} ms", f"{max(times):.0f} ms"]
        )
    print_table(["first", "median", "longest"], rows)


def print_memory(kept: Server, at_start: list[int]) -> None:
    now = [memory_bytes(pid) for pid in kept.workers()]

    def said(sizes):
        return ", ".join(f"{size / 1e6:.0f} MB" for size in sizes)

    print_table(["memory", "each worker"], [
        ["at the start", said(at_start)],
        ["after these requests", said(now)],
    ])  # fmt: skip


def print_publications(kept: Server, folder: str, n_workers: int) -> None:
    """Publish, and see over many connections when the last worker shows it."""
    from news.models import Article

    watching = Watching(kept.port)
    first, last = [], []
    article = Article.objects.live().newest_first()[0]
    with watching:
        for number in range(N_PUBLICATIONS):
            article.title = f"Published {number}"
            article.save()
            moments = watching.wait_for(article.title, since=time.monotonic())
            first.append(1000 * min(moments))
            last.append(1000 * max(moments))
            time.sleep(0.05)
    print_table(
        ["from commit to page", "median", "longest"],
        [
            [name, f"{statistics.median(times):.0f} ms", f"{max(times):.0f} ms"]
            for name, times in [
                ("on the first connection", first),
                (f"on all {N_WATCHING} to {n_workers} workers", last),
            ]
        ],
    )


class Watching:
    """Reads the list over many connections, each of which belongs to some worker."""

    def __init__(self, port: int):
        self.port = port

    def __enter__(self):
        self.connections = [
            HTTPConnection("127.0.0.1", self.port, timeout=30)
            for _ in range(N_WATCHING)
        ]
        return self

    def __exit__(self, *error):
        for connection in self.connections:
            connection.close()

    def wait_for(self, words: str, since: float) -> list[float]:
        """Return after how many seconds each connection shows the words."""
        waiting, seconds = list(self.connections), []
        while waiting:
            for connection in list(waiting):
                connection.request("GET", "/news/")
                body = connection.getresponse().read()
                if words.encode() in body:
                    seconds.append(time.monotonic() - since)
                    waiting.remove(connection)
        return seconds


if __name__ == "__main__":
    main()
