"""Counting tries without keeping whose they were: what is counted by lives in memory, salted anew every day.

An address, a login or a code's owner is known by a hash whose salt lives in this process's memory for one
day; with the salt goes what was counted. Nothing of it is written down, and nothing of it ever stands beside
an answer. A network behind one address (a school's Wi-Fi, a mobile carrier) is one address here, so limits by
address have to be wide.

A try is counted before it is looked at, and looked at only if it was counted: many at the same moment get no
further than as many one after the other. What turned out not to count is given back.
"""

import hashlib
import secrets
import threading
from collections import OrderedDict
from typing import NamedTuple

from server.domain.network.addresses import network_of

WINDOW_MS = 15 * 60_000
"""A count begins with the first try and is forgotten so much later."""
PAUSES_MS = tuple(minutes * 60_000 for minutes in (1, 2, 4, 8, 15))
"""Where pauses grow: after the last try that was free, after the next one, and so on; the last stays."""
FORGET_MS = 60 * 60_000
"""Where pauses grow, a count is forgotten so long after its last try."""
_DAY_MS = 24 * 3_600_000
_NAMES = 20_000


class Limit(NamedTuple):
    """How often something may be tried. `kind`: what; `who`, `address`: by whom, '' for all together.

    Over `most` nothing goes until the window is over; where it `grows`, one try goes after each pause.
    """

    kind: str
    most: int
    address: str = ""
    who: str = ""
    grows: bool = False


class _Count(NamedTuple):
    tries: int
    """Those that count."""
    since: int
    """The first of them; where pauses grow the last."""
    until: int
    """Nothing goes before."""


class AddressCounter:
    """Counts tries, by kind. One for each web process; safe to use from many threads."""

    def __init__(self) -> None:
        """Nothing counted yet."""
        self._lock = threading.Lock()
        self._day = -1
        self._salt = b""
        self._counts: OrderedDict[bytes, _Count] = OrderedDict()

    def take(self, now: int, *limits: Limit) -> int:
        """Count one try by each of these limits and answer 0; or count nothing, and answer how many minutes
        it is until one may go.
        """
        with self._lock:
            found = [(limit, self._name(limit, now)) for limit in limits]
            waits = (self._until(limit, name, now) - now for limit, name in found)
            if (wait := max(waits, default=0)) > 0:
                return -(-wait // 60_000)
            for limit, name in found:
                self._keep(name, _counted(limit, self._of(limit, name, now), now))
        return 0

    def give_back(self, now: int, *limits: Limit) -> None:
        """Take back one try that was counted: it was none of those that the limits are about."""
        with self._lock:
            for limit in limits:
                name = self._name(limit, now)
                count = self._of(limit, name, now)
                if count.tries:
                    self._keep(name, count._replace(tries=count.tries - 1, until=0))

    def forget(self, now: int, *limits: Limit) -> None:
        """Begin anew."""
        with self._lock:
            for limit in limits:
                self._counts.pop(self._name(limit, now), None)

    def _until(self, limit: Limit, name: bytes, now: int) -> int:
        count = self._of(limit, name, now)
        if limit.grows:
            return count.until
        return count.since + WINDOW_MS if count.tries >= limit.most else 0

    def _of(self, limit: Limit, name: bytes, now: int) -> _Count:
        count = self._counts.get(name)
        over = FORGET_MS if limit.grows else WINDOW_MS
        return count if count is not None and now - count.since < over else _Count(0, now, 0)

    def _keep(self, name: bytes, count: _Count) -> None:
        self._counts.pop(name, None)
        self._counts[name] = count
        while len(self._counts) > _NAMES:
            self._counts.popitem(last=False)

    def _name(self, limit: Limit, now: int) -> bytes:
        if now // _DAY_MS != self._day:
            self._day, self._salt = now // _DAY_MS, secrets.token_bytes(16)
            self._counts.clear()
        name = "\n".join((limit.kind, limit.who, network_of(limit.address)))
        return hashlib.blake2b(name.encode(), key=self._salt, digest_size=16).digest()


def _counted(limit: Limit, count: _Count, now: int) -> _Count:
    tries = count.tries + 1
    if not limit.grows:
        return _Count(tries, count.since, 0)
    over = tries - limit.most
    return _Count(tries, now, 0 if over < 0 else now + PAUSES_MS[min(over, len(PAUSES_MS) - 1)])
