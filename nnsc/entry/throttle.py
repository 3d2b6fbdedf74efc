"""How often somebody may try to get in: guessing is hopeless, and nobody is kept out.

A browser that has been in before carries a mark (nnsc.entry.devices) and is counted by
itself, so whatever strangers do, staff get in from where they work. All others are
counted three times: by account and address, by address, and by account. The first two
close for a while. The last, which a crowd of strangers can fill, never closes: it lets
one through from time to time.

An attempt is counted before the password is looked at, and given back when it was
right; so many at once are no way around.
"""

import hashlib
import hmac
import ipaddress
import random
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from nnsc.entry.models import Attempts

PRUNED_AFTER = timedelta(days=2)
PRUNED_EVERY = 100


@dataclass(frozen=True)
class Limit:
    """n attempts within a time; then one each `slow`, or none till the time is over."""

    name: str
    n: int
    within: timedelta
    slow: timedelta | None = None


KNOWN = Limit("known browser", 10, timedelta(minutes=15))
PAIR = Limit("account and address", 5, timedelta(minutes=15))
ADDRESS = Limit("address", 30, timedelta(hours=1))
ACCOUNT = Limit("account", 100, timedelta(days=1), slow=timedelta(minutes=1))

Counter = tuple[Limit, str]


def counters(account: str, address: str, device: str = "") -> list[Counter]:
    """Return by what an attempt is counted; device names a browser that is known."""
    account = folded(account)
    if device:
        return [(KNOWN, f"{account} {device}")]
    found = [(ACCOUNT, account)]
    if network := network_of(address):
        found += [(PAIR, f"{account} {network}"), (ADDRESS, network)]
    return found


def folded(account: str) -> str:
    return unicodedata.normalize("NFKC", account).casefold()[:150]


def network_of(address: str) -> str:
    """Return what one person has: an address, or of IPv6 the 2^64 of a household."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


def key_of(purpose: str, counter: Counter) -> str:
    limit, name = counter
    said = f"{purpose}\0{limit.name}\0{name}"
    secret = settings.SECRET_KEY.encode()
    return hmac.digest(secret, said.encode(errors="replace"), hashlib.sha256).hex()


def knock(purpose: str, counters: list[Counter]) -> int:
    """Count an attempt by all counters; return how many seconds to wait, 0 for none.

    purpose tells apart what is tried: a password, a code. Who has to wait is not
    counted. Three queries for each counter.
    """
    now = timezone.now()
    limits = {key_of(purpose, counter): counter[0] for counter in counters}
    with transaction.atomic():
        rows = [row_of(key, now) for key in sorted(limits)]
        waits = [wait_for(limits[row.key], row, now) for row in rows]
        if any(waits):
            return max(waits)
        for row in rows:
            if now - row.since >= limits[row.key].within:
                row.n, row.since = 0, now
            row.n, row.last_at = row.n + 1, now
            row.save(update_fields=["n", "since", "last_at"])
    if random.randrange(PRUNED_EVERY) == 0:  # noqa: S311 nothing hangs on it
        Attempts.objects.filter(last_at__lt=now - PRUNED_AFTER).delete()
    return 0


def row_of(key: str, now) -> Attempts:
    """Return the row, which stays locked until the transaction ends."""
    rows = Attempts.objects.select_for_update()
    return rows.get_or_create(key=key, defaults={"since": now, "last_at": now})[0]


def wait_for(limit: Limit, row: Attempts, now) -> int:
    ends_at = row.since + limit.within
    if now >= ends_at or row.n < limit.n:
        return 0
    if limit.slow:
        ends_at = row.last_at + limit.slow
    return max(0, ceil((ends_at - now).total_seconds()))


def forgive(purpose: str, counters: list[Counter]) -> None:
    """Take back what knock() has counted: the attempt was right.

    Who is in starts anew. By address and account only this attempt is given back, so
    that one right password does not open the way to guess at others.
    """
    for counter in counters:
        rows = Attempts.objects.filter(key=key_of(purpose, counter))
        with transaction.atomic():
            row = rows.select_for_update().first()
            if row is None:
                continue
            row.n = 0 if counter[0] in (KNOWN, PAIR) else max(0, row.n - 1)
            row.save(update_fields=["n"])
