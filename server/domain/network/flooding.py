"""Devices that say far more than can be taken in: an outside broker lets them in again after a while.

A broker of ours reads no faster from a device than the server stores. An outside one takes all that a device
says, and the server has to look at each message at least to turn it away: whoever goes on like that is put
out there, as a retired device is. A device that works never comes near: it has a few messages under way, and
waits for their receipts.
"""

from __future__ import annotations

import threading

MAX_AWAY = 5_000
"""How many messages of one device that found no room are a flood."""
BYTES_OF_A_MESSAGE = 16 * 1024
"""How many bytes of them count as one more: a large one costs the line more."""
FORGIVEN_A_SECOND = 100
"""How many are forgotten each second: a burst passes, what does not end adds up."""
FIRST_MS, LONGEST_MS = 60_000, 3_600_000
"""How long it stays out; twice as long each time, and the first time again once it was quiet for so long."""


class Flooding:
    """Who is out, by this process's running time in milliseconds. Safe to use from several threads."""

    def __init__(self) -> None:
        """Nobody."""
        self._away: dict[str, tuple[int, float]] = {}
        """When a message of a device last found no room, and how many are not forgotten."""
        self._out: dict[str, tuple[int, int]] = {}
        """Until when, and for how long the last time."""
        self._lock = threading.Lock()

    def note(self, device: str, now: int, messages: int, size: int) -> bool:
        """Messages of that device, `size` bytes in all, found no room. Returns whether it is put out
        because of that, just now.
        """
        with self._lock:
            since, away = self._away.get(device, (now, 0.0))
            away = max(0.0, away - (now - since) / 1000 * FORGIVEN_A_SECOND)
            away += messages + size / BYTES_OF_A_MESSAGE
            self._away[device] = now, away
            until, last = self._out.get(device, (0, 0))
            if away < MAX_AWAY or now < until:
                return False
            self._away[device] = now, 0.0
            again = last and now - until < LONGEST_MS
            for_ms = min(2 * last, LONGEST_MS) if again else FIRST_MS
            self._out[device] = now + for_ms, for_ms
            return True

    def out(self, now: int) -> frozenset[str]:
        """Who is out at present."""
        with self._lock:
            return frozenset(device for device, (until, _) in self._out.items() if now < until)
