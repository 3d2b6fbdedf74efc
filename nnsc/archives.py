"""Archives: parts in one file, which shows by itself whether it is whole.

A tar file compressed with gzip. Its last part, SHA256SUMS, has the digest of every part
before it, so that tar -xzf and sha256sum -c tell as much as we do. Parts are written
and read one after the other, in memory that does not grow with them.

Digests show what was damaged. They do not show who wrote an archive: whoever may write
one can write another.
"""

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

SUMS = "SHA256SUMS"
# Stronger takes three times as long for a tenth less.
LEVEL = 3
CHUNK_BYTES = 1024 * 1024
# What a write leaves behind where it was cut off.
PART = ".part"


class ArchiveError(Exception):
    """An archive cannot be used; the message is one sentence for who gave it."""


class Hashed(io.RawIOBase):
    """Reads what another stream has and keeps the digest of what was read."""

    def __init__(self, stream: BinaryIO):
        self.stream = stream
        self.digest = hashlib.sha256()

    def readable(self):
        return True

    def readinto(self, buffer):
        content = self.stream.read(len(buffer))
        self.digest.update(content)
        buffer[: len(content)] = content
        return len(content)

    def line(self, name: str) -> bytes:
        """Return the line of SHA256SUMS for what was read."""
        return f"{self.digest.hexdigest()}  {name}\n".encode()


class Part(Hashed):
    """A part of the archive at path, as it is read."""

    def __init__(self, path: Path, stream: BinaryIO):
        super().__init__(stream)
        self.path = path

    def readinto(self, buffer):
        with told(self.path):
            return super().readinto(buffer)


class Writer:
    """Adds parts to an archive; made by new_archive()."""

    def __init__(self, tar: tarfile.TarFile, sums: BinaryIO):
        self.tar, self.sums = tar, sums

    def add(self, name: str, content: bytes) -> None:
        self.add_stream(name, io.BytesIO(content), len(content))

    def add_stream(self, name: str, stream: BinaryIO, size: int) -> None:
        """Add a part of so many bytes; raise OSError where the stream has fewer."""
        hashed = Hashed(stream)
        self._add(name, hashed, size)
        self.sums.write(hashed.line(name))

    def finish(self) -> None:
        size = self.sums.tell()
        self.sums.seek(0)
        self._add(SUMS, self.sums, size)

    def _add(self, name, stream, size):
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self.tar.addfile(info, stream)
        # It keeps what it knows of every part, for ends that are not ours.
        self.tar.members.clear()


@contextmanager
def new_archive(path: Path) -> Iterator[Writer]:
    """Write an archive that is at path once it is whole and on the disk, never before.

    Raise FileExistsError where there is something at path, OSError where the disk does
    not take it.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=PART)
    part = Path(name)
    try:
        with (
            os.fdopen(handle, "wb") as file,
            tempfile.TemporaryFile(dir=path.parent) as sums,
        ):
            with (
                gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w|") as tar,
            ):
                writer = Writer(tar, sums)
                yield writer
                writer.finish()
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
    finally:
        part.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names of its files on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def parts(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    """Yield the name of each part and a stream of what it has, one after the other.

    Once all were taken, the archive is whole: else ArchiveError is raised, and whoever
    must not begin without knowing reads it twice.
    """
    read = hashlib.sha256()
    is_whole = False
    with (
        told(path),
        gzip.open(path) as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        for info in tar:
            tar.members.clear()
            if is_whole or not info.isreg():
                raise damaged(path)
            part = Part(path, tar.extractfile(info))
            if info.name == SUMS:
                drain(part)
                is_whole = part.digest.digest() == read.digest()
                if not is_whole:
                    raise damaged(path)
                continue
            yield info.name, io.BufferedReader(part, CHUNK_BYTES)
            drain(part)
            read.update(part.line(info.name))
        # The end of the file has a sum of its own.
        drain(packed)
    if not is_whole:
        raise damaged(path)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Say in a sentence what is wrong with the archive that is read within."""
    try:
        yield
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        if isinstance(error, OSError) and error.errno:
            sentence = _("%(file)s cannot be read (%(why)s).")
            why = error.strerror.lower()
            raise ArchiveError(sentence % {"file": path, "why": why}) from None
        raise damaged(path) from None


def drain(stream: BinaryIO) -> None:
    while stream.read(CHUNK_BYTES):
        pass


def damaged(path: Path) -> ArchiveError:
    sentence = _("%(file)s is damaged, not whole, or no archive of this site.")
    return ArchiveError(sentence % {"file": path})


def keep_last(folder: Path, pattern: str, n: int) -> None:
    """Remove all but the n archives whose names sort last."""
    for path in sorted(folder.glob(pattern))[:-n]:
        path.unlink(missing_ok=True)
