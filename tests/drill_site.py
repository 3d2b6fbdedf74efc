"""A site of a drill's own, and people who work on it."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image

import services

PASSWORD = "a long password of a drill"
SECRET_KEY = secrets.token_urlsafe(64)
BOUNDARY = "drill-8a1f"
IMAGE_SIZE = (700, 500)
QUESTIONS_FILE = Path(__file__).with_name("drill_questions.py")


class Site:
    """A site in a folder, with its database there unless one is given."""

    def __init__(self, folder: Path, database_url: str = "", **environment: str):
        self.folder = folder
        self.port = services.free_port()
        url = database_url or f"sqlite:///{folder}/db.sqlite3"
        self.environment = {
            "PATH": os.environ["PATH"],
            "SECRET_KEY": SECRET_KEY,
            "DATA_DIR": str(folder),
            "DATABASE_URL": url,
            "LOG_LEVEL": "ERROR",
            **environment,
        }
        folder.mkdir(exist_ok=True)

    def run(self, *command) -> str:
        """Run a program of the site's; return what it says, raise if it fails."""
        run = subprocess.run(
            [sys.executable, *command],
            env=self.environment,
            cwd=services.ROOT,
            capture_output=True,
            text=True,
        )
        if run.returncode:
            raise RuntimeError(run.stderr)
        return run.stdout

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments)

    def ask(self, *questions: str) -> list:
        """Answer questions of drill_questions.py, in one process of the site's."""
        return json.loads(self.run(QUESTIONS_FILE, "ask", *questions))

    @contextmanager
    def serving(self):
        """Serve it; yield the server, whose processes are a group of their own."""
        command = [sys.executable, "-m", "granian", "nnsc.wsgi:application"]
        command += ["--interface", "wsgi", "--port", str(self.port), "--workers", "2"]
        command += ["--blocking-threads", "64", "--no-ws"]
        with Path(self.folder, "log").open("a") as log:
            server = subprocess.Popen(
                command,
                env=self.environment,
                cwd=services.ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            deadline = time.monotonic() + 60
            while self.status("/healthz") != 200:
                if time.monotonic() > deadline:
                    raise RuntimeError(Path(self.folder, "log").read_text()[-2000:])
                time.sleep(0.1)
            yield server
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def status(self, path: str) -> int | None:
        """Return the status of an answer, None where there is none."""
        try:
            return services.get(self.port, path).status
        except (OSError, HTTPException):
            return None


class Person:
    """Somebody at a browser, signed in."""

    def __init__(self, site: Site):
        self.site = site
        self.cookies: dict[str, str] = {}
        self.send("GET", "/admin/login/")
        fields = {"username": "drill", "password": PASSWORD}
        body = urlencode(fields | self.token()).encode()
        kind = "application/x-www-form-urlencoded"
        status = self.send("POST", "/admin/login/", body, kind)
        assert status == 302, f"Signing in was answered with {status}."

    def token(self) -> dict[str, str]:
        return {"csrfmiddlewaretoken": self.cookies["csrftoken"]}

    def send(self, method, path, body=None, kind="") -> int:
        headers = {
            "Cookie": "; ".join(f"{n}={value}" for n, value in self.cookies.items())
        }
        if kind:
            headers["Content-Type"] = kind
        connection = HTTPConnection("127.0.0.1", self.site.port, timeout=60)
        with closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer.status

    def add_city(self, name: str, photo: bytes) -> bool:
        """Save a city with an image; return whether the site said that it is saved."""
        fields = {
            "name": name,
            "state": "IN",
            "kind": "city",
            "image_alt": "A street.",
            "aliases-TOTAL_FORMS": "0",
            "aliases-INITIAL_FORMS": "0",
            **self.token(),
        }
        lines = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n'
            f"{value}\r\n"
            for field, value in fields.items()
        ]
        lines.append(
            f"--{BOUNDARY}\r\nContent-Disposition: form-data;"
            ' name="image"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        )
        body = "".join(lines).encode() + photo + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.send("POST", "/admin/impact/city/add/", body, kind) == 302


def photo(number: int) -> bytes:
    color = (number * 37 % 256, number * 91 % 256, number * 151 % 256)
    file = BytesIO()
    Image.new("RGB", IMAGE_SIZE, color).save(file, format="JPEG")
    return file.getvalue()
