"""Codes that an app shows for half a minute (RFC 6238), and codes on paper.

The arithmetic is of RFC 4226 and stands here rather than in a library because what is
around it is ours: a code is taken once, under a lock, and a code on paper is kept as a
digest alone.
"""

import base64
import hashlib
import hmac
import secrets
import time
from urllib.parse import quote, urlencode

from django.db import transaction
from django.utils.html import format_html
from django.utils.safestring import SafeString
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

from nnsc.entry.models import RecoveryCode, SecondStep

STEP_SECONDS = 30
# A phone's clock may be a step behind or ahead.
TOLERANCE = 1
N_DIGITS = 6
SECRET_BYTES = 20
N_RECOVERY_CODES = 10
# Without letters and digits that look alike.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**N_DIGITS:0{N_DIGITS}}"


def step_of(secret: bytes, code: str, *, after: int = -1) -> int | None:
    """Return the time step whose code this is, None if it is not of now, or not new."""
    now = int(time.time()) // STEP_SECONDS
    typed = "".join(code.split()).encode()
    found = None
    for step in range(now - TOLERANCE, now + TOLERANCE + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), typed) and step > after:
            found = step
    return found


def take_code(user, code: str) -> bool:
    """Return whether the code is right for the user, who cannot use it again."""
    with transaction.atomic():
        found = SecondStep.objects.select_for_update().filter(user=user).first()
        if found is None:
            return False
        step = step_of(bytes(found.secret), code, after=found.last_step)
        if step is None:
            return False
        found.last_step = step
        found.save(update_fields=["last_step"])
        return True


def set_up(user, secret: bytes, step: int) -> list[str]:
    """Let the user need codes of the secret from now on; return recovery codes.

    step is that of the code which showed that they have it.
    """
    with transaction.atomic():
        SecondStep.objects.update_or_create(
            user=user, defaults={"secret": secret, "last_step": step}
        )
        return new_recovery_codes(user)


def remove(user) -> bool:
    """Let the password alone open again; return whether there was more."""
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        n_removed, _ = SecondStep.objects.filter(user=user).delete()
    return bool(n_removed)


# On paper


def new_recovery_codes(user) -> list[str]:
    """Return codes that open once each; those of before open no more."""
    codes = [recovery_code() for _ in range(N_RECOVERY_CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(user=user, digest=digest_of(code)) for code in codes
        )
    return codes


def recovery_code() -> str:
    """Return two groups of five letters and digits: 49 bits."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(2))
    return "-".join(groups)


def take_recovery_code(user, code: str) -> bool:
    found = RecoveryCode.objects.filter(user=user, digest=digest_of(code))
    # Of two at once, one deletes it.
    n_deleted, _ = found.delete()
    return bool(n_deleted)


def digest_of(code: str) -> str:
    """Return what is kept of a code. A fast digest will do for one made at random."""
    letters = "".join(letter for letter in code.lower() if letter in ALPHABET)
    return hashlib.sha256(letters.encode()).hexdigest()


# For the app


def address_of(secret: bytes, account: str, issuer: str) -> str:
    """Return the address by which apps take a secret in."""
    label = quote(f"{issuer}:{account}")
    query = urlencode({"secret": written(secret), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{label}?{query}"


def written(secret: bytes) -> str:
    return base64.b32encode(secret).decode().rstrip("=")


def in_groups(secret: bytes) -> str:
    """Return the secret as it is typed: in groups of four."""
    text = written(secret)
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def drawing(text: str, label: str) -> SafeString:
    """Return text as a QR code in SVG, black on white whatever the page is."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    rows = code.get_matrix()
    squares = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_black in enumerate(row)
        if is_black
    )
    n = len(rows)
    return format_html(
        '<svg class="qr" viewBox="0 0 {} {}" role="img" aria-label="{}"'
        ' shape-rendering="crispEdges"><rect width="{}" height="{}" fill="#fff"/>'
        '<path d="{}"/></svg>',
        *(n, n, label, n, n, squares),
    )
