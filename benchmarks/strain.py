"""What slow clients and random addresses do to the server.

    .venv/bin/python benchmarks/strain.py --slow 200 --random 200000

starts the production server with a database of its own. Slow clients send a header or a
body a byte a second, read a page or a table a little a second, or do nothing at all;
meanwhile readers ask for a kept page, a page that is made, and the login. Then random
addresses are asked for: pages that are not there, searches, queries that no page knows.
Prints Markdown tables: how long readers waited, and how much memory each worker has;
fails if a reader was refused.
"""

import argparse
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.serving import Server, fill, machine, memory_bytes, print_table, server

N_READS = 60
READS = {
    "kept": lambda number: "/",
    "made": lambda number: f"/news/?page={number % 100 + 1}&q=",
    "login": lambda number: "/admin/login/",
}
FORM = "POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n"
FORM += "Content-Type: application/x-www-form-urlencoded\r\n"
FORM += "Cookie: csrftoken=abcdefghijklmnopqrstuvwxyzABCDEF\r\n\r\n"
LIST = "GET /news/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
TABLE = "GET /news.csv HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
# What each kind of slow client sends at once, then a byte a second, and if it reads.
SLOW = {
    "send headers": ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", b"a", False),
    "send a body": (FORM, b"a", False),
    "read a page": (LIST * 20, b"", True),
    "read a table": (TABLE, b"", True),
    "do nothing": ("", b"", False),
}
N_SAMPLES = 5


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slow", type=int, default=200)
    parser.add_argument("--random", type=int, default=20_000)
    parser.add_argument("--articles", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print(machine(), f"{options.workers} workers.\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        fill(folder, options.articles)
        with server(folder, WORKERS=str(options.workers)) as site:
            n_refused = strain_by_slow_clients(site, options.slow)
            strain_by_random_addresses(site, options.random)
    if n_refused:
        sys.exit(f"{n_refused} readers were refused or waited for too long.")


def strain_by_slow_clients(site: Server, n_slow: int) -> int:
    """Print how long readers wait; return how many were refused."""
    rows, n_refused = [], 0
    for name in [None, *SLOW, None]:
        with slow_clients(site.port, n_slow, *SLOW[name]) if name else ExitStack():
            times = {read: waits(site.port, path) for read, path in READS.items()}
        refused = sum(time is None for found in times.values() for time in found)
        n_refused += refused
        cells = [middle_and_longest(found) for found in times.values()]
        label = f"{n_slow} that {name}" if name else "none"
        rows.append([label, *cells, str(refused)])
    print_table(["slow clients", *READS, "refused"], rows)
    return n_refused


def waits(port: int, path) -> list[float | None]:
    """Return how long each of some readers waits, in ms; None for who is refused."""
    return [wait(port, path(number)) for number in range(N_READS)]


def wait(port: int, path: str) -> float | None:
    began_at = time.monotonic()
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
    except (OSError, HTTPException):
        return None
    return 1000 * (time.monotonic() - began_at) if answer.status < 500 else None


def middle_and_longest(times: list[float | None]) -> str:
    known = [time for time in times if time is not None]
    if not known:
        return "nobody"
    return f"{statistics.median(known):.1f} ms, at most {max(known):.0f} ms"


@contextmanager
def slow_clients(port: int, n: int, at_once: str, then: bytes, reads: bool):
    """Keep n connections that send at_once, then a byte a second; or read a little."""
    end = threading.Event()
    connections = []
    for _ in range(n):
        connection = socket.socket()
        # With little room here the server has to wait for us.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.sendall(at_once.encode())
        connections.append(connection)

    def go_on():
        while not end.wait(1):
            for connection in connections:
                try:
                    if then:
                        connection.send(then)
                    if reads:
                        connection.recv(100)
                except OSError:
                    # It was cut off, as it should be.
                    continue

    thread = threading.Thread(target=go_on)
    thread.start()
    time.sleep(1)
    try:
        yield
    finally:
        end.set()
        thread.join()
        for connection in connections:
            connection.close()


def strain_by_random_addresses(site: Server, n: int) -> None:
    """Print how the memory of each worker grows over n requests."""
    rows = [["none", *memory_of(site)]]
    for sample in range(1, N_SAMPLES + 1):
        each = n // N_SAMPLES // 4
        with ThreadPoolExecutor(4) as readers:
            list(readers.map(ask_at_random, [site.port] * 4, range(4), [each] * 4))
        rows.append([f"{sample * each * 4:,}", *memory_of(site)])
    head = [f"worker {at}" for at in range(1, len(rows[0]))]
    print_table(["random addresses", *head], rows)


def memory_of(site: Server) -> list[str]:
    return [f"{memory_bytes(pid) / 1e6:.0f} MB" for pid in sorted(site.workers())]


def ask_at_random(port: int, seed: int, n: int) -> None:
    dice = random.Random(seed + time.monotonic_ns())
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        for _ in range(n):
            connection.request("GET", random_address(dice))
            connection.getresponse().read()


def random_address(dice: random.Random) -> str:
    word = f"{dice.getrandbits(64):x}"
    return dice.choice(
        [
            f"/{word}/",
            f"/news/tags/{word}/",
            f"/news/{dice.randrange(1, 3_000)}-{word}/",
            f"/search/?q={word}",
            f"/news/?page={dice.randrange(1, 10**6)}",
            f"/?utm_source={word}",
            f"/static/{word}.css",
            f"/news/feed.atom?{word}=1",
            f"/api/v1/articles?limit={dice.randrange(1, 100)}",
        ]
    )


if __name__ == "__main__":
    main()
