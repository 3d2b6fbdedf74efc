"""A page as it is kept: what is sent for it, ready for each encoding."""

import gzip
import re
import sys
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import brotli

Headers = list[tuple[str, str]]

# At these levels a page of 40 KB takes a third of a millisecond.
COMPRESS = {
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
MIN_COMPRESSED_BYTES = 200
COMPRESSIBLE = re.compile(r"text/|\w+/([\w.-]+\+)?(xml|json|javascript)\b")
# Told anew with each encoding, or by the server, or of one request alone.
OWN = {
    *["content-length", "content-encoding", "etag", "vary"],
    *["date", "server", "x-request-id"],
}
# What a 304 repeats of a page.
REPEATED = ("cache-control", "vary", "etag", "last-modified", "access-control-")
OVERHEAD_BYTES = 4_000
LASTING = re.compile(r"\b(max-age|s-maxage|stale-while-revalidate)=(\d+)")

# The edition of what never changes at its address.
FOR_EVER = "for ever"


class Variant(NamedTuple):
    """A page in one encoding. body is a list, as a server takes it at once."""

    etag: str
    modified: str
    headers: Headers
    unchanged: Headers
    body: list[bytes]


class Page:
    """An answer that anyone may have.

    edition names the content of which it was made, FOR_EVER where that never changes;
    an answer without one is not kept. was_used is set whenever a reader has it.
    """

    def __init__(self, status: str, headers: Headers, body: bytes, edition: str = ""):
        self.status = status
        # Most pages say the same there: of each word one copy is enough.
        self.headers = [
            (sys.intern(name), sys.intern(said))
            for name, said in headers
            if name.lower() not in OWN
        ]
        self.body = body
        self.edition = edition
        self.was_used = False
        self.variants: dict[str, Variant] = {}

    @property
    def n_bytes(self) -> int:
        """How much memory it takes with all its variants."""
        return OVERHEAD_BYTES + 2 * len(self.body)

    def variant(self, coding: str) -> Variant:
        """Return it as "br", "gzip" or "", as it is; made at the first call."""
        if coding not in self.variants:
            self.variants[coding] = self._encoded(coding)
        return self.variants[coding]

    def _encoded(self, coding: str) -> Variant:
        if not coding:
            return variant_of(self.headers, self.body, self._digest)
        if self._is_compressible:
            body = COMPRESS[coding](self.body)
            return variant_of(self.headers, body, self._digest, coding)
        return self.variant("")

    @cached_property
    def _digest(self) -> str:
        return digest_of(self.body)

    @property
    def _is_compressible(self) -> bool:
        types = [said for name, said in self.headers if name.lower() == "content-type"]
        return len(self.body) >= MIN_COMPRESSED_BYTES and any(
            map(COMPRESSIBLE.match, types)
        )


def digest_of(body: bytes) -> str:
    return blake2b(body, digest_size=12).hexdigest()


def variant_of(headers: Headers, body: bytes, digest: str, coding: str = "") -> Variant:
    """digest is of the page as it is: encoders of two machines may write differently,
    but not what cannot be told apart once it is read.
    """
    etag = f'"{digest}-{coding}"' if coding else f'"{digest}"'
    encoded = [("Content-Encoding", coding)] if coding else []
    return complete(
        etag,
        [
            *headers,
            *encoded,
            ("Content-Length", str(len(body))),
            ("Vary", "Accept-Encoding"),
            ("ETag", etag),
        ],
        body,
    )


def complete(etag: str, headers: Headers, body: bytes) -> Variant:
    unchanged = [pair for pair in headers if pair[0].lower().startswith(REPEATED)]
    modified = next((said for name, said in headers if name == "Last-Modified"), "")
    return Variant(etag, modified, headers, unchanged, [body])


def marked(variant: Variant, name: str, said: str) -> Variant:
    """Return the variant with one more header."""
    return variant._replace(
        headers=[*variant.headers, (name, said)],
        unchanged=[*variant.unchanged, (name, said)],
    )


def ending(variant: Variant, seconds: int) -> Variant:
    """Return the variant so that caches in front of us hold it no longer than that."""

    def ended(headers):
        return [(name, bounded(name, said, seconds)) for name, said in headers]

    return variant._replace(
        headers=ended(variant.headers), unchanged=ended(variant.unchanged)
    )


def bounded(name: str, said: str, seconds: int) -> str:
    if name.lower() != "cache-control":
        return said

    def shorter(match):
        # What is stale is not to be shown at all once the end has come.
        longest = 0 if match[1] == "stale-while-revalidate" else seconds
        return f"{match[1]}={min(int(match[2]), longest)}"

    return LASTING.sub(shorter, said)


def best_coding(accepted: str) -> str:
    """Return "br", "gzip" or "" for who accepts what Accept-Encoding says."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = weight_of(parameter)
    for_any = weights.get("*", 0.0)
    best = max(COMPRESS, key=lambda coding: weights.get(coding, for_any))
    weight = weights.get(best, for_any)
    return best if weight and weight >= weights.get("identity", 0.0) else ""


def weight_of(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


def is_unchanged(known: str, etag: str) -> bool:
    """Whether If-None-Match names the tag."""
    if known == etag:
        return True
    tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
    return etag in tags or tags == ["*"]
