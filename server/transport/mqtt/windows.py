"""How many messages of each device may wait, and how few come in of one that floods."""

from __future__ import annotations

import time
from collections.abc import Callable

WINDOW, WINDOW_BYTES = 500, 1024 * 1024
"""Bytes of one device that may wait to be stored. A kiosk has four batches of 64 KiB under way at most, a
box one. Until what waits is stored, mosquitto goes through all of it for each message that is acknowledged:
twice as many, and a flood makes the others wait for three seconds instead of one."""
SLOW_A_SECOND = 20
"""Messages that are let in of a device that had more than its window: it costs the others little then."""
SLOW_FOR_S = 2.0
"""How long after the last message that found no room."""


class Windows:
    """Whose messages may come in on one link. Only one thread may ask.

    What of a device waits already when it is first asked about had waited at the broker, while nobody was
    here: it has its window beside that.
    """

    def __init__(
        self, waiting: Callable[[str], tuple[int, int]], seconds: Callable[[], float] = time.monotonic
    ) -> None:
        """`waiting`: how many messages and bytes of a device wait. `seconds`: of a clock that never jumps."""
        self._waiting, self._seconds = waiting, seconds
        self._before: dict[str, tuple[int, int]] = {}
        """What waited beforehand, messages and bytes."""
        self._slow: dict[str, tuple[float, float]] = {}
        """Of who had too much: until when it is slow, and when the next one may come in."""

    def has_room(self, device: str) -> bool:
        """Whether one more may come in; where it may not, its device is slow from now on."""
        full = self._is_full(device)
        if not full and device not in self._slow:
            return True
        now = self._seconds()
        until, next_at = self._slow.get(device, (now, now))
        if full or now < next_at:
            self._slow[device] = now + SLOW_FOR_S, next_at
            return False
        if now > until:
            del self._slow[device]
        else:
            self._slow[device] = until, now + 1 / SLOW_A_SECOND
        return True

    def _is_full(self, device: str) -> bool:
        messages, size = self._waiting(device)
        if messages < WINDOW and size < WINDOW_BYTES:
            self._before[device] = 0, 0
            return False
        before, before_size = self._before.setdefault(device, (messages, size))
        return messages >= WINDOW + before or size >= WINDOW_BYTES + before_size
