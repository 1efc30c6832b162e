"""Counting by address without keeping one: what is counted by lives in memory, salted anew every day.

An address is known by a hash whose salt lives in this process's memory for one day; with the salt goes what
was counted. Nothing of it is written down, and nothing of it ever stands beside an answer. A network behind
one address (a school's Wi-Fi, a mobile carrier) is one address here, so limits have to be wide.
"""

import hashlib
import secrets
import threading
from collections import OrderedDict

from server.domain.addresses import network_of

WINDOW_MS = 15 * 60_000
"""A count begins with the first time and is forgotten so much later."""
_DAY_MS = 24 * 3_600_000
_ADDRESSES = 20_000


class AddressCounter:
    """Counts what comes from an address, by kind. One for each web process; safe to use from many threads."""

    def __init__(self) -> None:
        """Nothing counted yet."""
        self._lock = threading.Lock()
        self._day = -1
        self._salt = b""
        self._counts: OrderedDict[bytes, tuple[int, int]] = OrderedDict()

    def wait(self, kind: str, address: str, limit: int, now: int) -> int:
        """The minutes until that address may go on; 0 while it has not used up its `limit`."""
        with self._lock:
            began, count = self._counts.get(self._name(kind, address, now), (now, 0))
        left = began + WINDOW_MS - now
        return -(-left // 60_000) if count >= limit and left > 0 else 0

    def count(self, kind: str, address: str, now: int) -> None:
        """Count one more."""
        with self._lock:
            name = self._name(kind, address, now)
            began, count = self._counts.pop(name, (now, 0))
            self._counts[name] = (now, 1) if now - began >= WINDOW_MS else (began, count + 1)
            while len(self._counts) > _ADDRESSES:
                self._counts.popitem(last=False)

    def _name(self, kind: str, address: str, now: int) -> bytes:
        if now // _DAY_MS != self._day:
            self._day, self._salt = now // _DAY_MS, secrets.token_bytes(16)
            self._counts.clear()
        return hashlib.blake2b(
            f"{kind} {network_of(address)}".encode(), key=self._salt, digest_size=16
        ).digest()
