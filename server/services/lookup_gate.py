"""What keeps the lookup of codes from being flooded: how often an address may try, how many at once.

Nothing of it is written down. An address is known by a hash whose salt lives in this process's memory for
one day; with the salt goes what was counted. A network behind one address (a school's Wi-Fi, a mobile
carrier) is one address here, so the limits are wide: 16 digits cannot be guessed at any pace that a server
answers, and what is guarded is its memory.
"""

import hashlib
import ipaddress
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from server.domain.problems import Problem

WINDOW_MS = 15 * 60_000
MISSES = 30
"""Codes that open nothing, from one address within the window."""
ASKED = 300
"""Questions in all, from one address within the window."""
AT_ONCE = 2
"""Codes that are worked out at the same time: each takes 32 MB."""
WAITING = 4
"""Codes that are worked out or wait for it; whoever comes then is asked to come again."""
WAIT_S = 5.0
_DAY_MS = 24 * 3_600_000
_ADDRESSES = 20_000
_IPV6_NETWORK = 64


class Gate:
    """One for each web process; safe to use from many threads."""

    def __init__(
        self, *, misses: int = MISSES, asked: int = ASKED, at_once: int = AT_ONCE, waiting: int = WAITING
    ) -> None:
        self._limits = {"miss": misses, "ask": asked}
        self._workers = threading.BoundedSemaphore(at_once)
        self._places = threading.BoundedSemaphore(waiting)
        self._lock = threading.Lock()
        self._day = -1
        self._salt = b""
        self._counts: OrderedDict[bytes, tuple[int, int]] = OrderedDict()

    def ask(self, address: str, now: int) -> None:
        """Count one question. Raises `Problem("too-many-lookups")` where the address has used its share up.

        The same for every code: it is asked before anybody looks whether one opens anything.
        """
        with self._lock:
            for kind, limit in self._limits.items():
                began, count = self._counts.get(self._name(kind, address, now), (now, 0))
                left = began + WINDOW_MS - now
                if count >= limit and left > 0:
                    raise Problem("too-many-lookups", minutes=-(-left // 60_000))
            self._count("ask", address, now)

    def missed(self, address: str, now: int) -> None:
        """Count a code that opened nothing, whatever was wrong with it."""
        with self._lock:
            self._count("miss", address, now)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one of the few places in which a code is worked out. Raises `Problem("lookups-busy")`."""
        if not self._places.acquire(blocking=False):
            raise Problem("lookups-busy")
        try:
            if not self._workers.acquire(timeout=WAIT_S):
                raise Problem("lookups-busy")
            try:
                yield
            finally:
                self._workers.release()
        finally:
            self._places.release()

    def _count(self, kind: str, address: str, now: int) -> None:
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
            f"{kind} {_network(address)}".encode(), key=self._salt, digest_size=16
        ).digest()


def _network(address: str) -> str:
    """The address, of an IPv6 one the network that a household or a phone has for itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False))
