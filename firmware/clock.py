"""The box's own time: which boot this is, and how many milliseconds it has run.

There is no battery clock. The server works out when a press happened from the boot and the running time
(see the wire contract), so nothing here ever looks at the calendar, and one that jumps changes nothing.
"""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HAS_TICKS = hasattr(time, "ticks_ms")


def _milliseconds() -> int:
    """CPython's running time; a board's stubs do not know it."""
    monotonic: Any = getattr(time, "monotonic")  # noqa: B009
    return round(monotonic() * 1000)


class Clock:
    """`boot` names this boot; `up_ms()` runs from 0 and never wraps.

    MicroPython's tick counter wraps after 2^30 ms (12 days) and tells differences only below half of that,
    so `up_ms` must be called at least every six days; the box's loop does so every few milliseconds.
    """

    def __init__(self, boot: str, up_ms: int = 0) -> None:
        """`up_ms`: how long this boot has run already, where it goes on after deep sleep."""
        self.boot = boot
        self._up = up_ms
        self._last: Any = time.ticks_ms() if _HAS_TICKS else _milliseconds()

    def up_ms(self) -> int:
        """Milliseconds since this boot began."""
        if _HAS_TICKS:
            now = time.ticks_ms()
            passed = time.ticks_diff(now, self._last)
        else:
            now = _milliseconds()
            passed = now - self._last
        if passed > 0:
            self._up += passed
            self._last = now
        return self._up
