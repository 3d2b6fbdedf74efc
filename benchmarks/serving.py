"""What benchmarks share: the production server with a database of its own, and wrk."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import services  # noqa: E402 found by the line above

SECRET = "a secret that is long enough for the site to start with it"  # noqa: S105
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
LATENCY = re.compile(r"^ +(50|99)% +([\d.]+)(us|ms|s|m)$", re.MULTILINE)
MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}
N_TO_WARM = 32


def environment(folder: str) -> dict[str, str]:
    """Return the variables of commands and servers that share a folder of data."""
    url = os.environ.get("DATABASE_URL")
    return {"DATA_DIR": folder, "LOG_LEVEL": "ERROR"} | (
        {"DATABASE_URL": url} if url else {}
    )


def fill(folder: str, n_articles: int) -> None:
    """Make the database, with the first content and made-up articles."""
    for command in [
        ["migrate", "--verbosity=0"],
        ["load_content"],
        ["make_articles", str(n_articles)],
    ]:
        subprocess.run(
            [sys.executable, ROOT / "manage.py", *command],
            env=os.environ | environment(folder),
            stdout=subprocess.DEVNULL,
            check=True,
        )


@dataclass(frozen=True)
class Server:
    """A server on loopback, with its processes."""

    port: int

    def pids(self) -> list[int]:
        """Return the processes of the server, the first one before its workers."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                if b"--port" in command and str(self.port).encode() in command:
                    found.append(int(entry.name))
        return sorted(found)

    def workers(self) -> list[int]:
        """Return the processes that have grown to serve: all but the smallest."""
        return sorted(self.pids(), key=memory_bytes)[1:]

    def cpu_seconds(self) -> float:
        return sum(map(cpu_seconds, self.pids()))


@contextmanager
def server(folder: str, *arguments: str, **variables: str) -> Iterator[Server]:
    """Run script/production; arguments may name another application than the site."""
    settings = environment(folder) | {
        "SECRET_KEY": SECRET,
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    folder = Path(folder)
    site = services.site("production", folder, *arguments, **settings | variables)
    with site as port:
        yield Server(port)


def cpu_seconds(pid: int) -> float:
    """Return how much time of a processor the process has had."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def memory_bytes(pid: int) -> int:
    """Return how much memory the process has to itself or shares."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except OSError:
        return 0


@dataclass(frozen=True)
class Rate:
    """How a server answered: cpu_ms is its own time, database and readers left out."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    n_failed: int


def ask(server: Server, path: str, headers: dict[str, str] | None = None):
    """Return the answer over a connection of its own, with its body."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    with closing(connection):
        connection.request("GET", path, headers=headers or {})
        answer: HTTPResponse = connection.getresponse()
        answer.body = answer.read()
    if answer.status not in (200, 304):
        sys.exit(f"{path} is answered with {answer.status}.")
    return answer


def warm(server: Server, path: str, headers: dict[str, str] | None = None) -> None:
    """Let every worker answer before any is measured, as far as chance will have it."""
    with ThreadPoolExecutor(N_TO_WARM) as readers:
        list(
            readers.map(ask, *zip(*[(server, path, headers)] * N_TO_WARM, strict=True))
        )


def need_wrk() -> None:
    if not shutil.which("wrk"):
        sys.exit("wrk is needed: apt-get install wrk.")


def measure(
    server: Server,
    path: str,
    *,
    seconds: int,
    connections: int,
    headers: dict[str, str] | None = None,
    script: Path | None = None,
) -> Rate:
    """Let wrk ask for path as fast as it can; script may choose other paths."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency"]
    command += ["--timeout", "30s"]
    for name, said in (headers or {}).items():
        command += ["-H", f"{name}: {said}"]
    if script:
        command += ["-s", str(script)]
    before = server.cpu_seconds()
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{path}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    spent = server.cpu_seconds() - before
    latency = {
        int(percent): float(number) * MILLISECONDS[unit]
        for percent, number, unit in LATENCY.findall(said)
    }
    n_requests = int(re.search(r"(\d+) requests in", said)[1])
    if not n_requests or len(latency) < 2:
        sys.exit(f"{path} was not answered:\n{said}")
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return Rate(
        requests_per_second=float(re.search(r"Requests/sec: +([\d.]+)", said)[1]),
        p50_ms=latency[50],
        p99_ms=latency[99],
        cpu_ms=1000 * spent / n_requests,
        n_failed=int(failed[1]) if failed else 0,
    )


def machine() -> str:
    """Say what ran where, and how busy the machine was: ratios are worth more."""
    database = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
    return (
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start,"
        f" Python {sys.version.split()[0]}, {database}."
    )


def print_table(head: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(head) + " |")
    print("| " + " | ".join(["---"] + ["---:"] * (len(head) - 1)) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)
