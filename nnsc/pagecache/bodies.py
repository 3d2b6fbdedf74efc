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

    One thread writes and ends it, one other iterates over it and closes it.
    """

    def __init__(self, on_close: Callable[[], None] = lambda: None):
        self._on_close = on_close
        self._file = TemporaryFile(buffering=0)  # noqa: SIM115 closed by close()
        self._n_written = 0
        self._has_ended = False
        self._is_abandoned = False
        self._changed = threading.Condition()

    def write(self, chunk: bytes) -> bool:
        """Return False if nobody reads any more."""
        with self._changed:
            if self._is_abandoned:
                return False
            self._file.write(chunk)
            self._n_written += len(chunk)
            self._changed.notify()
        return True

    def end(self) -> None:
        with self._changed:
            self._has_ended = True
            self._changed.notify()

    def __iter__(self) -> Iterator[bytes]:
        n_read = 0
        while n_bytes := self._wait_beyond(n_read):
            chunk = os.pread(self._file.fileno(), min(n_bytes, CHUNK_BYTES), n_read)
            n_read += len(chunk)
            yield chunk

    def _wait_beyond(self, n_read: int) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._has_ended or self._n_written > n_read)
            return self._n_written - n_read

    def close(self) -> None:
        with self._changed:
            if not self._is_abandoned:
                self._is_abandoned = True
                self._file.close()
                self._on_close()
