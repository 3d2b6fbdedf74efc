"""The site, PostgreSQL, Redis and Chromium for tests, as programs of this machine.

`python tests/services.py missing` says what tests would have to skip.
`python tests/services.py postgres COMMAND...` runs a command with DATABASE_URL at a
PostgreSQL of its own.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHROMIUMS = ["chromium", "chromium-browser", "google-chrome"]
# What script/production does not start without.
PRODUCTION = {
    "SECRET_KEY": "a secret that is long enough for the site to start with it",
    "ALLOWED_HOSTS": "127.0.0.1",
}
SERVER_OPTIONS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off"


def find_postgres() -> Path | None:
    """Return the folder of initdb and pg_ctl, the newest where there are several."""
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(debian, key=lambda bin: float(bin.parent.name), reverse=True)
    for folder in [*newest_first, *map(Path, os.get_exec_path())]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder


def find_redis() -> str | None:
    return shutil.which("redis-server")


def find_nginx() -> str | None:
    # Debian has it where only root looks for programs.
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


FINDERS = {
    "PostgreSQL": find_postgres,
    "Redis": find_redis,
    "nginx": find_nginx,
    "Chromium": find_chromium,
}
WITHOUT = {
    "PostgreSQL": (
        "the whole suite on PostgreSQL, because initdb and pg_ctl are neither in"
        " PATH nor in /usr/lib/postgresql"
    ),
    "Redis": "tests with Redis, because redis-server is not in PATH",
    "nginx": "tests with nginx, because it is not in PATH or /usr/sbin",
    "Chromium": "tests in a browser, because Chromium is not in PATH",
}


def missing() -> list[str]:
    absent = [program for program, find in FINDERS.items() if not find()]
    return [f"Skipped: {WITHOUT[program]}." for program in absent]


class Postgres:
    """A PostgreSQL in a folder of its own, reached by a Unix socket there."""

    def __init__(self, folder: str):
        self.folder = folder
        self.url = f"postgres://nnsc@/postgres?host={folder}"
        self.become = {}
        if os.getuid() == 0:
            # PostgreSQL refuses to run as root.
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            ids = {"user": user.pw_uid, "group": user.pw_gid}
            self.become = ids | {"extra_groups": []}
        initdb = ["--username=nnsc", "--auth=trust", "--no-sync"]
        self.run("initdb", *initdb, "--encoding=UTF8", "--locale=C.UTF-8")

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [find_postgres() / program, "--pgdata", f"{self.folder}/data", *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **self.become,
        )

    def start(self) -> None:
        options = f"--options={SERVER_OPTIONS} -k {self.folder}"
        self.run("pg_ctl", "start", "--wait", f"--log={self.folder}/log", options)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "--mode=immediate")


@contextlib.contextmanager
def postgres_server():
    """Run a PostgreSQL that keeps nothing; yield it, for who wants to stop it."""
    with tempfile.TemporaryDirectory(prefix="nnsc-") as folder:
        server = Postgres(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def postgres():
    """Run a PostgreSQL that keeps nothing; yield its URL."""
    with postgres_server() as server:
        yield server.url


def family(pid: int) -> list[int]:
    """Return the process and all that descend from it."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for process in found:
        found += children.get(process, [])
    return found


@contextlib.contextmanager
def redis():
    """Run a Redis that keeps nothing, on a free port of loopback; yield its URL."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nnsc-") as folder:
        server = subprocess.Popen(
            [find_redis(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )
        try:
            wait_for_port(port, server)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait()


@contextlib.contextmanager
def nginx(configuration: Path, site_port: int, folder: Path):
    """Run nginx as it is configured, in front of a site on loopback; yield its port."""
    port = free_port()
    text = configuration.read_text()
    for theirs, ours in [
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{site_port};"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("server_name nnscommunities.org;", "server_name 127.0.0.1;"),
        ("/var/cache/nginx/nnsc", str(folder / "cache")),
    ]:
        assert theirs in text, theirs
        text = text.replace(theirs, ours)
    temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    paths = [f"{name}_temp_path {folder}/{name};" for name in temporary]
    paths += [f"access_log {folder}/access.log;", text]
    own = folder / "nginx.conf"
    own.write_text(
        f"daemon off; pid {folder}/pid; worker_processes 1; user root;\n"
        "events { }\nhttp {\n" + "\n".join(paths) + "}\n"
    )
    command = [find_nginx(), "-c", own, "-p", folder, "-e", folder / "error.log"]
    if os.getuid():
        own.write_text(own.read_text().replace("user root;", ""))
    server = subprocess.Popen(command)
    try:
        wait_for_port(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


@contextlib.contextmanager
def silence():
    """Yield a port at which connections are taken and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextlib.contextmanager
def s3(folder: Path):
    """Run a storage that speaks S3 and keeps nothing; yield its address."""
    port = free_port()
    with Path(folder, "s3.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "--port", str(port)],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
        try:
            wait_for_port(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


@contextlib.contextmanager
def site(command: str, folder: Path, *arguments: str, **environment):
    """Run script/server or script/production with its data in folder.

    Yield its port and, at any time, what it has printed is in folder/log.
    """
    with process(command, folder, *arguments, **environment) as (port, _server):
        yield port


@contextlib.contextmanager
def process(command: str, folder: Path, *arguments: str, **environment):
    """Run the site as above; yield its port and the process, which may be signalled."""
    port = free_port()
    environment |= {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(folder),
        "PORT": str(port),
    }
    with Path(folder, "log").open("w") as log:
        program = ROOT / "script" / command
        server = subprocess.Popen(
            [program, *arguments], env=environment, stdout=log, stderr=log
        )
        try:
            wait_for_port(port, server)
            yield port, server
        except OSError as error:
            raise RuntimeError(Path(folder, "log").read_text()) from error
        finally:
            server.terminate()
            server.wait(timeout=90)
    assert server.returncode == 0, Path(folder, "log").read_text()


def get(port: int, path: str, **headers) -> HTTPResponse:
    """Return what the site answers, whose text is in its body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.body = response.read()
    return response


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for_port(port: int, server: subprocess.Popen, timeout_seconds=90) -> None:
    """Return when server listens; raise OSError when it ended or took too long."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def run_with_postgres(command: list[str]) -> int:
    with postgres() as database_url:
        environment = os.environ | {"DATABASE_URL": database_url}
        child = subprocess.Popen(command, env=environment)
        # Ctrl-C reaches the child as well, which ends; then PostgreSQL is stopped.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        return child.wait()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["missing"]:
            print(*missing(), sep="\n", end="")
        case ["postgres", *command] if command:
            sys.exit(run_with_postgres(command))
        case _:
            sys.exit(__doc__)
