"""Opened keys of the pages' sessions: in this process's memory alone, and not for long.

A session is known by the hash of its id; the keys never leave the server. Whoever does nothing for
`IDLE_MS` has to type the passphrase again, and a restart of the server forgets everything.
"""

from __future__ import annotations

import threading

from server.services.keys.open_keys import OpenKeys

IDLE_MS = 15 * 60 * 1000
"""How long keys stay open without being used."""


class Vault:
    """The opened keys of every session of one web process; used by many threads."""

    def __init__(self) -> None:
        """Empty."""
        self._lock = threading.Lock()
        self._open: dict[str, tuple[OpenKeys, int]] = {}

    def put(self, session: str, keys: OpenKeys, now: int) -> None:
        """Keep keys for a session from `now` (ms) on; what it had before is forgotten."""
        with self._lock:
            self._sweep(now)
            self._open[session] = (keys, now)

    def get(self, session: str, now: int) -> OpenKeys | None:
        """The session's keys, used at this moment; None where they were never there, or too long unused."""
        with self._lock:
            self._sweep(now)
            found = self._open.get(session)
            if found is None:
                return None
            self._open[session] = (found[0], now)
            return found[0]

    def peek(self, session: str, now: int) -> OpenKeys | None:
        """As `get`, but looking is no use: their time runs on."""
        with self._lock:
            self._sweep(now)
            found = self._open.get(session)
            return None if found is None else found[0]

    def drop(self, session: str) -> bool:
        """Forget a session's keys; whether it had any."""
        with self._lock:
            return self._open.pop(session, None) is not None

    def places(self) -> list[str]:
        """The sessions that have keys open."""
        with self._lock:
            return list(self._open)

    def __len__(self) -> int:
        """How many sessions have keys open."""
        return len(self._open)

    def sweep(self, now: int) -> int:
        """Forget what was unused for too long. Returns how many sessions are left."""
        with self._lock:
            self._sweep(now)
            return len(self._open)

    def _sweep(self, now: int) -> None:
        for session in [each for each, (_, used) in self._open.items() if not 0 <= now - used < IDLE_MS]:
            del self._open[session]
