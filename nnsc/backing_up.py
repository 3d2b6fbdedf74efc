"""The whole site in one archive: its records, what they were, and their images.

All as it was at one instant, while people go on saving. What is in the archive:

    manifest.json           what it is and how its tables are built
    images/...              the files that the records show, or a version of one
    records/<table>/*.jsonl a line for each row: its columns as JSON, in their order
    SHA256SUMS              see nnsc.archives

An archive is the same for SQLite and PostgreSQL. It has the digests of passwords, so
that people can sign in after a restore, and neither sessions, nor what second steps are
proven with, nor any secret of the settings.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from nnsc.archives import PART, ArchiveError, Writer, keep_last, new_archive
from nnsc.images import FOLDER
from nnsc.models import Generation
from nnsc.rows import as_json
from nnsc.sweeping import files, token_of, tokens_in_use

FORMAT = 1
MANIFEST = "manifest.json"
NAME, PATTERN = "nnsc-%Y-%m-%dT%H-%M-%SZ.tar.gz", "nnsc-*Z.tar.gz"
# What is not the site's content and people, or is made anew from them.
LEFT_OUT = {
    # Who is signed in, and who has tried to.
    *["sessions.session", "entry.session", "entry.attempts"],
    # What opens accounts to whoever reads it.
    *["entry.secondstep", "entry.recoverycode"],
    # How far this database has followed its own changes.
    *["nnsc.generation", "nnsc.change"],
    *["nnsc.searchentry", "nnsc.searchterm", "nnsc.searchprogress"],
}
PAGE_BYTES = 4 * 1024 * 1024
N_A_FETCH = 2000
N_ATTEMPTS = 3
# A backup that was cut off does not come back to its file.
LEFT_FOR_SECONDS = 24 * 60 * 60


@dataclass
class Backup:
    """What an archive holds, and which images were missing already."""

    path: Path
    n_rows: int = 0
    n_images: int = 0
    lost: set[str] = field(default_factory=set)


def back_up(folder: Path, keep: int | None = None) -> Backup:
    """Write an archive into folder; then remove all but the last `keep` of those there.

    Raise ArchiveError where that cannot be done; nothing that looks like an archive is
    left behind.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)
        backup = write(folder)
        if keep:
            keep_last(folder, PATTERN, keep)
    except OSError as error:
        sentence = _("No archive could be written into %(folder)s (%(why)s).")
        why = (error.strerror or str(error)).lower()
        raise ArchiveError(sentence % {"folder": folder, "why": why}) from error
    return backup


def write(folder: Path) -> Backup:
    """Write an archive, once more where images went with their records meanwhile."""
    for attempt in range(1, N_ATTEMPTS + 1):
        backup = Backup(free_path(folder))
        try:
            with new_archive(backup.path) as writer:
                with one_instant():
                    write_site(writer, backup)
                # What nothing shows any more was there as the backup began.
                if backup.lost - tokens_in_use() and attempt < N_ATTEMPTS:
                    raise VanishedError
        except VanishedError:
            continue
        return backup


class VanishedError(Exception):
    """Images went while they were to be copied."""


def free_path(folder: Path) -> Path:
    """Return a name for an archive of now, or of the next second that has none."""
    moment = datetime.now(UTC)
    while (path := folder / moment.strftime(NAME)).exists():
        moment += timedelta(seconds=1)
    return path


def remove_leftovers(folder: Path) -> None:
    for path in folder.glob(PATTERN + "*" + PART):
        if path.stat().st_mtime < time.time() - LEFT_FOR_SECONDS:
            path.unlink(missing_ok=True)


@contextmanager
def one_instant() -> Iterator[None]:
    """Let all that is read within be as it is now. Nobody waits for it."""
    connection.ensure_connection()
    is_sqlite = connection.vendor == "sqlite"
    if is_sqlite:
        mode, connection.transaction_mode = connection.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic(durable=True):
            if not is_sqlite:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                    )
            # Both begin to look with the first query.
            Generation.objects.first()
            yield
    finally:
        if is_sqlite:
            connection.transaction_mode = mode


# What is written


def write_site(writer: Writer, backup: Backup) -> None:
    manifest = {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "release": release(),
        "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
        "tables": {
            model._meta.label_lower: [field.attname for field in columns_of(model)]
            for model in tables()
        },
        "last_keys": last_keys(),
    }
    writer.add(MANIFEST, json.dumps(manifest, indent=1).encode())
    write_images(writer, backup)
    for model in tables():
        for number, page in enumerate(pages(model, backup), start=1):
            name = f"records/{model._meta.label_lower}/{number:06}.jsonl"
            writer.add(name, page)


def release() -> str:
    """Return the name of the code that runs, "" where it came without its history."""
    command = ["git", "-c", "safe.directory=*", "describe", "--always", "--tags"]
    try:
        found = subprocess.run(
            command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip()


def tables() -> list[type[models.Model]]:
    """Return the models whose rows are backed up, those between two others included."""
    return sorted(
        (
            model
            for model in apps.get_models(include_auto_created=True)
            if model._meta.managed
            and not model._meta.proxy
            and model._meta.label_lower not in LEFT_OUT
        ),
        key=lambda model: model._meta.label_lower,
    )


def columns_of(model: type[models.Model]) -> list[models.Field]:
    return model._meta.local_concrete_fields


def pages(model: type[models.Model], backup: Backup) -> Iterator[bytes]:
    """Yield the rows of a table by their keys, some megabytes at a time."""
    names = [field.attname for field in columns_of(model)]
    rows = model._base_manager.order_by("pk").values_list(*names)
    page = bytearray()
    for row in rows.iterator(chunk_size=N_A_FETCH):
        values = [as_json(value) for value in row]
        # A database may keep the keys of an object in an order of its own.
        text = json.dumps(values, ensure_ascii=False, sort_keys=True)
        page += text.encode() + b"\n"
        backup.n_rows += 1
        if len(page) >= PAGE_BYTES:
            yield bytes(page)
            page.clear()
    if page:
        yield bytes(page)


def last_keys() -> dict[str, int]:
    """Return the last key that each table has given, be its record there or not.

    Versions tell records apart by their keys: none may be given twice.
    """
    found = {}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, seq FROM sqlite_sequence")
            by_table = dict(cursor.fetchall())
        else:
            by_table = {}
            for model in tables():
                if name := sequence_of(cursor, model):
                    quoted = connection.ops.quote_name(name)
                    cursor.execute(f"SELECT last_value, is_called FROM {quoted}")  # noqa: S608
                    last, is_called = cursor.fetchone()
                    by_table[model._meta.db_table] = last if is_called else 0
    for model in tables():
        if last := by_table.get(model._meta.db_table):
            found[model._meta.label_lower] = last
    return found


def sequence_of(cursor, model: type[models.Model]) -> str | None:
    """Return the name of what gives the table its keys on PostgreSQL."""
    table, key = model._meta.db_table, model._meta.pk.column
    found = connection.introspection.get_sequences(cursor, table)
    return next((it["name"] for it in found if it["column"] == key), None)


def write_images(writer: Writer, backup: Backup) -> None:
    """Add the files of images that a record shows, or a version of one."""
    tokens = tokens_in_use()
    names = [name for name in sorted(files()) if token_of(name) in tokens]
    backup.lost = tokens - {token_of(name) for name in names}
    for name in names:
        try:
            file = default_storage.open(f"{FOLDER}/{name}")
        except FileNotFoundError:
            backup.lost.add(token_of(name))
            continue
        with file:
            writer.add_stream(f"{FOLDER}/{name}", file, file.size)
        backup.n_images += 1
