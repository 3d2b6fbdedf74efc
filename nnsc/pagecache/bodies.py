"""What is read from slow readers and written to them, without Django's waiting."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile, TemporaryFile
from time import monotonic

# More than any form takes, so that who sends an image too large hears it of the form.
MAX_BODY_BYTES = 64_000_000
IN_MEMORY_BYTES = 1_000_000
CHUNK_BYTES = 256 * 1024
# Who sends less than that is cut off: after a grace, for networks stumble.
MIN_BYTES_PER_SECOND = 500
GRACE_SECONDS = 20


class TooLarge(Exception):  # noqa: N818
    """A body is larger than any that we take."""


class TooSlow(Exception):  # noqa: N818
    """A body takes too long to come, or ends early."""


@contextmanager
def whole_body(stream, n_bytes: int):
    """Give the n_bytes of a request's body as a file, however slowly they come.

    Raise TooLarge or TooSlow.
    """
    if n_bytes > MAX_BODY_BYTES:
        raise TooLarge
    with SpooledTemporaryFile(IN_MEMORY_BYTES) as body:
        read_into(body, stream, n_bytes)
        body.seek(0)
        yield body


def read_into(body, stream, n_bytes: int) -> None:
    began_at = monotonic()
    # A read returns when all of it is there, so the first ones are small.
    asked = 64
    while body.tell() < n_bytes:
        chunk = stream.read(min(asked, n_bytes - body.tell()))
        if not chunk:
            raise TooSlow
        body.write(chunk)
        seconds = monotonic() - began_at
        if body.tell() < (seconds - GRACE_SECONDS) * MIN_BYTES_PER_SECOND:
            raise TooSlow
        asked = min(2 * asked, CHUNK_BYTES)


class Spool:
    """An answer on its way, written as fast as it is made, read as slowly as need be.

    One thread writes and ends it, any number of others read it, each at its own pace.
    """

    def __init__(self):
        self._file = TemporaryFile(buffering=0)  # noqa: SIM115 closed by the last reader
        self._n_written = 0
        self._n_readers = 0
        self._has_ended = False
        self._is_over = False
        self._changed = threading.Condition()

    def reader(self, on_close: Callable[[], None] = lambda: None) -> "Reader | None":
        """Return one more, from the beginning; None if it broke off or all left."""
        with self._changed:
            if self._is_over:
                return None
            self._n_readers += 1
        return Reader(self, on_close)

    def write(self, chunk: bytes) -> bool:
        """Return False if nobody reads any more."""
        with self._changed:
            if not self._n_readers:
                return False
            self._file.write(chunk)
            self._n_written += len(chunk)
            self._changed.notify_all()
        return True

    def end(self, *, is_whole: bool = True) -> None:
        with self._changed:
            self._has_ended = True
            self._is_over |= not is_whole
            self._changed.notify_all()

    def chunk(self, at: int) -> bytes:
        """Wait for what stands there; b"" at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_ended or self._n_written > at)
            n_bytes = min(self._n_written - at, CHUNK_BYTES)
        return os.pread(self._file.fileno(), n_bytes, at) if n_bytes else b""

    def leave(self) -> None:
        with self._changed:
            self._n_readers -= 1
            if not self._n_readers:
                self._is_over = True
                self._file.close()


class Reader:
    """Reads a spool for one who asked: in one thread, which closes it."""

    def __init__(self, spool: Spool, on_close: Callable[[], None]):
        self._spool = spool
        self._on_close = on_close
        self._is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        n_read = 0
        while chunk := self._spool.chunk(n_read):
            n_read += len(chunk)
            yield chunk

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._spool.leave()
            self._on_close()
