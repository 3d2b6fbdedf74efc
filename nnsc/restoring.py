"""The whole site out of an archive of nnsc.backing_up, on either database.

An archive is read to its end before anything is changed. Then images are added, and all
rows take the place of those that were there, in one transaction: a restore that is cut
off leaves the site as it was, and perhaps files of images that a sweep removes.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from nnsc.archives import CHUNK_BYTES, ArchiveError, damaged, parts
from nnsc.backing_up import FORMAT, MANIFEST, columns_of, sequence_of, tables
from nnsc.changes import content_models, record_bulk_change
from nnsc.converters import ImageName
from nnsc.images import FOLDER
from nnsc.indexing import rebuild
from nnsc.models import SiteText

RECORDS = re.compile(r"records/(?P<label>[a-z_.]+)/\d+\.jsonl")
IMAGE = re.compile(rf"{FOLDER}/{ImageName.regex}")
N_TOGETHER = 500
# Whose rows go when everybody has to sign in anew.
SESSIONS = ["sessions.session", "entry.session"]
# What is in no archive and belongs to an account.
OF_ACCOUNTS = ["entry.secondstep", "entry.recoverycode"]


@dataclass
class Contents:
    """What an archive is, and how much it has."""

    path: Path
    manifest: dict
    n_rows: int = 0
    n_images: int = 0


def contents(path: Path) -> Contents:
    """Read an archive to its end and return what is in it.

    Raise ArchiveError where it is damaged, or is not of this release.
    """
    found = None
    for name, stream in parts(path):
        if found is None:
            found = Contents(path, read_manifest(path, name, stream))
            check_release(found)
        elif match := RECORDS.fullmatch(name):
            columns = found.manifest["tables"].get(match["label"])
            for values in read_rows(path, stream):
                if columns is None or len(values) != len(columns):
                    raise damaged(path)
                found.n_rows += 1
        elif IMAGE.fullmatch(name):
            found.n_images += 1
        else:
            raise damaged(path)
    return found


def read_manifest(path: Path, name: str, stream: BinaryIO) -> dict:
    if name != MANIFEST:
        raise damaged(path)
    try:
        manifest = json.load(stream)
        is_ours = isinstance(manifest["format"], int)
    except (ValueError, TypeError, KeyError):
        raise damaged(path) from None
    if not is_ours:
        raise damaged(path)
    return manifest


def read_rows(path: Path, stream: BinaryIO) -> Iterator[list]:
    for line in stream:
        try:
            values = json.loads(line)
        except ValueError:
            raise damaged(path) from None
        if not isinstance(values, list):
            raise damaged(path)
        yield values


def check_release(found: Contents) -> None:
    """Refuse what another release wrote: its tables are not those of this one."""
    manifest = found.manifest
    names = {"file": found.path, "release": manifest.get("release") or _("unknown")}
    if manifest["format"] > FORMAT:
        sentence = _(
            "%(file)s was made by a newer release (%(release)s): restore it with that."
        )
        raise ArchiveError(sentence % names)
    try:
        theirs = {(app, name) for app, name in manifest["migrations"]}
        told = manifest["tables"]
        last_keys = {label: int(key) for label, key in manifest["last_keys"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise damaged(found.path) from None
    ours = set(MigrationLoader(None).disk_migrations)
    if newer := theirs - ours:
        names["migration"] = ".".join(min(newer))
        sentence = _(
            "%(file)s was made by a newer release (%(release)s), with the migration "
            "%(migration)s: restore it with that release."
        )
        raise ArchiveError(sentence % names)
    if ours - theirs:
        sentence = _(
            "%(file)s was made by an earlier release (%(release)s): restore it with "
            "that one, and take this one then, which migrates what was restored."
        )
        raise ArchiveError(sentence % names)
    expected = {
        model._meta.label_lower: [field.attname for field in columns_of(model)]
        for model in tables()
    }
    if told != expected or not last_keys.keys() <= expected.keys():
        raise damaged(found.path)


# What is there already


def inhabitants() -> list[tuple[str, int]]:
    """Return what the site has that a restore would replace: ("articles", 20)."""
    models = [get_user_model(), *content_models()]
    counted = (
        (str(model._meta.verbose_name_plural), model._base_manager.count())
        for model in models
        # Those texts are made with their table.
        if model is not SiteText and not hasattr(model, "part_of")
    )
    return [(name, n) for name, n in counted if n]


def check_database() -> None:
    """Refuse a database whose tables are not of this release."""
    ours = set(MigrationLoader(None).disk_migrations)
    applied = MigrationRecorder(connection).applied_migrations()
    if ours - applied.keys():
        raise ArchiveError(
            _("This database is not ready: run manage.py migrate first.")
        )


# The restore


def restore(found: Contents, show=lambda done, n: None) -> None:
    """Have the site that the archive has, which contents() has read.

    Raise ArchiveError where it cannot be; then the records are as they were.
    """
    check_database()
    add_images(found.path)
    try:
        with transaction.atomic(durable=True):
            replace_rows(found, show)
    except (DatabaseError, ValidationError, TypeError, ValueError) as error:
        sentence = _("The records of %(file)s do not fit together (%(why)s).")
        why = " ".join(str(error).split())[:200]
        raise ArchiveError(sentence % {"file": found.path, "why": why}) from error
    rebuild(afresh=True)


def add_images(path: Path) -> None:
    for name, stream in parts(path):
        if not IMAGE.fullmatch(name):
            continue
        with tempfile.SpooledTemporaryFile(max_size=16 * 1024 * 1024) as copy:
            shutil.copyfileobj(stream, copy)
            if default_storage.exists(name):
                # A name means one content for ever, unless the disk has damaged it.
                if digest_of(copy) == stored_digest(name):
                    continue
                default_storage.delete(name)
            copy.seek(0)
            default_storage.save(name, File(copy))


def digest_of(stream: BinaryIO) -> bytes:
    digest = sha256()
    stream.seek(0)
    while chunk := stream.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.digest()


def stored_digest(name: str) -> bytes:
    with default_storage.open(name) as file:
        return digest_of(file)


def replace_rows(found: Contents, show) -> None:
    accounts = accounts_now()
    lock_all()
    with connection.cursor() as cursor:
        for model in [*tables(), *map(apps.get_model, SESSIONS)]:
            cursor.execute(f"DELETE FROM {quoted(model._meta.db_table)}")  # noqa: S608
        n_done = 0
        for name, stream in parts(found.path):
            if match := RECORDS.fullmatch(name):
                model = apps.get_model(match["label"])
                for rows in some(read_rows(found.path, stream)):
                    insert(cursor, model, rows)
                    n_done += len(rows)
                    show(n_done, found.n_rows)
        keep_proofs(cursor, accounts)
        set_last_keys(cursor, found.manifest["last_keys"])
    record_bulk_change()
    connection.check_constraints()


def some(rows: Iterator[list]) -> Iterator[list[list]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == N_TOGETHER:
            yield batch
            batch = []
    if batch:
        yield batch


def lock_all() -> None:
    """Let nobody write meanwhile; they wait. On SQLite the transaction does so."""
    if connection.vendor == "postgresql":
        names = ", ".join(quoted(model._meta.db_table) for model in tables())
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def insert(cursor, model: type[models.Model], rows: list[list]) -> None:
    """Write rows as they are, past their models, which would fill fields in anew."""
    fields = columns_of(model)
    columns = ", ".join(quoted(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table = quoted(model._meta.db_table)
    cursor.executemany(
        f"INSERT INTO {table} ({columns}) VALUES ({places})",  # noqa: S608
        [list(map(for_database, fields, values)) for values in rows],
    )


def for_database(field: models.Field, value):
    if value is not None:
        value = field.to_python(value)
    return field.get_db_prep_save(value, connection)


def accounts_now() -> dict[int, str]:
    users = get_user_model()._default_manager
    return dict(users.values_list("pk", get_user_model().USERNAME_FIELD))


def keep_proofs(cursor, before: dict[int, str]) -> None:
    """Keep the second steps of accounts that are the same as before.

    Else whoever can have a site restored could have a second step removed.
    """
    after = accounts_now()
    gone = [pk for pk, name in before.items() if after.get(pk) != name]
    for model in map(apps.get_model, OF_ACCOUNTS):
        table, column = model._meta.db_table, model._meta.get_field("user").column
        sql = f"DELETE FROM {quoted(table)} WHERE {quoted(column)} = %s"  # noqa: S608
        cursor.executemany(sql, [[pk] for pk in gone])


def set_last_keys(cursor, last_keys: dict[str, int]) -> None:
    """Let no table give a key that it has given already."""
    for model in tables():
        key = model._meta.pk
        if key.get_internal_type() not in ("AutoField", "BigAutoField"):
            continue
        highest = model._base_manager.aggregate(n=models.Max("pk"))["n"] or 0
        last = max(highest, last_keys.get(model._meta.label_lower, 0))
        if connection.vendor == "sqlite":
            table = model._meta.db_table
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last]
            )
        elif name := sequence_of(cursor, model):
            sql = "SELECT setval(%s, %s, %s)"
            cursor.execute(sql, [quoted(name), max(last, 1), last > 0])


# Proof


def verify(path: Path) -> Contents:
    """Restore an archive aside, back that up, and find the same in both.

    Raise ArchiveError where they differ. It needs room for another copy of the site,
    and leaves nothing behind.
    """
    found = contents(path)
    with tempfile.TemporaryDirectory(prefix="nnsc-verify-") as folder:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("MEDIA_BUCKET", "MEDIA_ROOT", "CACHE_URL")
        }
        environment |= {
            "SECRET_KEY": settings.SECRET_KEY,
            "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "LOG_LEVEL": "ERROR",
        }

        def manage(*arguments):
            command = [sys.executable, settings.BASE_DIR / "manage.py", *arguments]
            run = subprocess.run(
                command, env=environment, capture_output=True, text=True
            )
            if run.returncode:
                sentence = _("%(file)s could not be restored aside: %(why)s")
                raise ArchiveError(
                    sentence % {"file": path, "why": run.stderr.strip()[-500:]}
                )

        manage("migrate", "--verbosity", "0")
        manage("restore", str(path.absolute()))
        manage("backup", "--to", f"{folder}/again")
        (copy,) = Path(folder, "again").iterdir()
        if digests(copy) != digests(path):
            sentence = _("%(file)s does not become the same site when it is restored.")
            raise ArchiveError(sentence % {"file": path})
    return found


def digests(path: Path) -> str:
    """Return one digest of all that is in an archive but for when it was made."""
    lines = sha256()
    for name, stream in parts(path):
        if name != MANIFEST:
            lines.update(
                f"{name} {file_digest(stream, 'sha256').hexdigest()}\n".encode()
            )
    return lines.hexdigest()
