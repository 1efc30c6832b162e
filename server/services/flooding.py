"""Devices that say far more than can be taken in: an outside broker lets them in again after a while.

A broker of ours reads no faster from a device than the server stores. An outside one takes all that a device
says and passes it on in one line, so that a flood of small messages stands before everybody: there whoever
floods is put out, as a retired device is. A device that works never comes near: it has a few messages under
way, and waits for their receipts.
"""

from __future__ import annotations

import threading

MAX_AWAY_A_SECOND = 500
"""So many messages of one device that found no room within a second are a flood."""
FIRST_MS, LONGEST_MS = 60_000, 3_600_000
"""How long it stays out; twice as long each time, and the first time again once it was quiet for so long."""
_SECOND_MS = 1000


class Flooding:
    """Who is out, by this process's running time in milliseconds. Safe to use from several threads."""

    def __init__(self) -> None:
        """Nobody."""
        self._away: dict[str, tuple[int, int]] = {}
        self._out: dict[str, tuple[int, int]] = {}
        """Until when, and for how long the last time."""
        self._lock = threading.Lock()

    def note(self, device: str, now: int) -> bool:
        """A message of that device found no room; whether it is put out because of that, just now."""
        with self._lock:
            since, count = self._away.get(device, (now, 0))
            if now - since > _SECOND_MS:
                since, count = now, 0
            self._away[device] = since, count + 1
            until, last = self._out.get(device, (0, 0))
            if count + 1 < MAX_AWAY_A_SECOND or now < until:
                return False
            again = last and now - until < LONGEST_MS
            for_ms = min(2 * last, LONGEST_MS) if again else FIRST_MS
            self._out[device] = now + for_ms, for_ms
            return True

    def out(self, now: int) -> frozenset[str]:
        """Who is out at present."""
        with self._lock:
            return frozenset(device for device, (until, _) in self._out.items() if now < until)
