"""Read settings from the environment, and say in one sentence what is wrong with one.

An empty variable counts as unset. No sentence shows a value that may hold a password.
"""

import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

FLAGS = {"1": True, "true": True, "yes": True, "on": True}
FLAGS |= {"0": False, "false": False, "no": False, "off": False}
HOST = r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]"
ALLOWED_HOST = re.compile(rf"\*|\.?({HOST})", re.IGNORECASE)
ORIGIN = re.compile(rf"(https?://({HOST})(:\d{{1,5}})?)/?", re.IGNORECASE)


class SettingError(ImproperlyConfigured):
    """A setting is missing or wrong; the message is one sentence."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    value = text(name, str(default))
    try:
        return FLAGS[value.lower()]
    except KeyError:
        raise SettingError(f"{name} is {value!r} but must be 1 or 0.") from None


def number(name: str, default: int, *, lowest: int = 0) -> int:
    value = text(name, str(default))
    if not value.isdecimal() or int(value) < lowest:
        raise SettingError(
            f"{name} is {value!r} but must be a whole number of at least {lowest},"
            f" for example {default}."
        )
    return int(value)


def choice(name: str, choices: Iterable[str], default: str) -> str:
    value = text(name, default)
    if value not in choices:
        raise SettingError(f"{name} is {value!r} but must be {listed(choices)}.")
    return value


def path(name: str, default: Path, *, base: Path) -> Path:
    """Return an absolute path; one that is given as relative starts at base."""
    return base / Path(text(name, str(default))).expanduser()


def folder(name: str, default: Path, *, base: Path) -> Path:
    """Return a path as above, and make the folder that is not there."""
    found = path(name, default, base=base)
    try:
        found.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(
            f"{name} is {str(found)!r}, where no folder can be made"
            f" ({error.strerror.lower()})."
        ) from error
    return found


def email(name: str, default: str = "") -> str:
    value = text(name, default)
    if value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        raise SettingError(
            f"{name} is {value!r} but must be one mail address,"
            " for example info@nnscommunities.org."
        )
    return value


def contact(name: str, default: str = "") -> str:
    """Read a mail address, or the https:// address of a page."""
    value = text(name, default)
    if value.startswith("https://") and re.fullmatch(r"[\x21-\x7e]+", value):
        return value
    return email(name, default)


def hosts(name: str, default: list[str]) -> list[str]:
    """Read host names between commas, as ALLOWED_HOSTS wants them."""
    names = [host.strip() for host in text(name).split(",") if host.strip()]
    for host in names:
        if not ALLOWED_HOST.fullmatch(host):
            raise SettingError(
                f"{name} has {host!r}, which is no host name, where names alone belong,"
                " for example nnscommunities.org,www.nnscommunities.org."
            )
    return names or default


def origin(name: str, default: str) -> str:
    """Read the address of a site, without a path or a slash at its end."""
    value = text(name, default)
    if match := ORIGIN.fullmatch(value):
        return match[1]
    shown = "not shown for its password" if "@" in value else repr(value)
    raise SettingError(
        f"{name} is {shown} but must be http:// or https:// and a host, without a path,"
        " for example https://nnscommunities.org."
    )


def url(name: str, schemes: Iterable[str], *, example: str) -> str:
    """Read an address that may hold a password, or "" where none is set."""
    value = text(name)
    if value and value.partition("://")[0] not in schemes:
        raise SettingError(
            f"{name} must begin with {listed(f'{scheme}://' for scheme in schemes)},"
            f" for example {example}."
        )
    return value


@dataclass(frozen=True)
class MailServer:
    """How mail is sent; not at all where host is empty."""

    host: str = ""
    port: int = 587
    user: str = ""
    password: str = ""
    is_tls: bool = False
    has_starttls: bool = False


def mail(name: str) -> MailServer:
    """Read where mail is handed in: smtp:// with STARTTLS, smtps:// with TLS at once.

    To a server on this machine smtp:// speaks in the clear.
    """
    example = "smtp://user:password@mail.example.org:587"
    value = url(name, ["smtp", "smtps"], example=example)
    if not value:
        return MailServer()
    try:
        parts = urlsplit(value)
        is_tls = parts.scheme == "smtps"
        host, port = parts.hostname, parts.port or (465 if is_tls else 587)
    except ValueError:
        host = None
    if not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingError(
            f"{name} cannot be read, for example because its password has a character"
            f" such as / or # that must be written as %2F or %23: {example}."
        )
    is_here = host in ("localhost", "127.0.0.1", "::1")
    return MailServer(
        *(host, port, unquote(parts.username or ""), unquote(parts.password or "")),
        is_tls=is_tls,
        has_starttls=not is_tls and not is_here,
    )


def database(name: str, default: Path, *, base: Path) -> dict:
    """Read what a database is called and where it is; SQLite at default where unset.

    A SQLite file given as relative starts at base.
    """
    example = "postgres://nnsc:password@localhost/nnsc"
    schemes = ["sqlite", "postgres", "postgresql"]
    value = url(name, schemes, example=example)
    try:
        found = dj_database_url.parse(value or "sqlite://", conn_health_checks=True)
    except ValueError:
        raise SettingError(
            f"{name} cannot be read, for example because its password has a character"
            f" such as / or # that must be written as %2F or %23: {example}."
        ) from None
    found.setdefault("OPTIONS", {})
    is_sqlite = found["ENGINE"].endswith("sqlite3")
    if is_sqlite and found.get("HOST"):
        raise SettingError(
            f"{name} needs three slashes before a relative file and four before an"
            " absolute one, for example sqlite:////var/lib/nnsc/db.sqlite3."
        )
    if not is_sqlite and not found["NAME"]:
        raise SettingError(f"{name} names no database, unlike {example}.")
    if not value:
        found["NAME"] = default
    elif is_sqlite and found["NAME"] != ":memory:":
        found["NAME"] = base / found["NAME"]
    return found


def kept_secret(file: Path) -> str:
    """Return the secret kept in file, made at the first call.

    Processes that start at once agree: each writes a secret of its own and links it
    into place, which only the first can do; then all read what is there.
    """
    try:
        if not file.exists():
            handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
            with os.fdopen(handle, "w") as stream:
                stream.write(secrets.token_urlsafe(64))
            try:
                os.link(draft, file)
            except FileExistsError:
                pass
            finally:
                Path(draft).unlink()
        secret = file.read_text().strip()
    except OSError as error:
        raise SettingError(
            f"The secret cannot be kept in {file} ({error.strerror.lower()}); set"
            " SECRET_KEY, or DATA_DIR to a folder that can be written to."
        ) from error
    if not secret:
        raise SettingError(f"{file} is empty: delete it and a new secret is made.")
    return secret


def listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
