"""The device's clock: which boot this is, how long it runs, what time it believes it is, and what time it is.

A Pi has no battery clock, so every event carries the boot in which it happened and the milliseconds
since; the server works out the time of day from these.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta, timezone
from pathlib import Path
from uuid import uuid4

from survey_defs import wire

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
SCHOOL_ZONE = timezone(timedelta(hours=7))
"""Every school lies in it, and it knows no summer time."""


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """Readings of one boot. `up_ms` never goes back while `boot` stays the same."""

    boot: str
    """The id of this boot."""
    up_ms: Callable[[], int]
    """Milliseconds since the boot, the time asleep included."""
    wall: Callable[[], str | None]
    """What the device believes the time is, in RFC 3339; the server never relies on it."""
    synced: Callable[[], bool]
    """Whether a time server has set the wall clock in this boot."""


class SchoolTime:
    """The time that people are shown, and by which the school's day begins and ends. Used by two threads.

    The server's word and the running time since. Before the server has said anything, the device's own clock
    where a time server has set it: that one may be moved by hand, or set by whoever answers as a time server.
    """

    def __init__(self, clock: DeviceClock) -> None:
        """Reads nothing yet."""
        self._clock = clock
        self._told: tuple[int, int] | None = None

    def told(self, time: str | None) -> None:
        """The server has said what time it is, in RFC 3339; None: it does not know at present."""
        ms = wire.parse_wall(time)
        if ms is not None:
            self._told = ms, self._clock.up_ms()

    def now(self) -> int | None:
        """Milliseconds since 1970; None where nobody knows."""
        if (told := self._told) is not None:
            return told[0] + self._clock.up_ms() - told[1]
        return wire.parse_wall(self._clock.wall()) if self._clock.synced() else None


def device_clock(synchronized: Path = SYNCHRONIZED) -> DeviceClock:
    """Returns the clock of this machine; the file `synchronized` exists once a time server has set it.

    On Linux the kernel's boot id and `CLOCK_BOOTTIME`: a restarted program is still in its boot.
    Elsewhere each start of the program counts as a boot of its own.
    """
    try:
        boot = BOOT_ID.read_text(encoding="ascii").strip()
        clock_id = time.CLOCK_BOOTTIME
        started = 0
    except (OSError, AttributeError):
        boot = str(uuid4())
        clock_id = time.CLOCK_MONOTONIC
        started = time.clock_gettime_ns(clock_id)
    return DeviceClock(
        boot=boot,
        up_ms=lambda: (time.clock_gettime_ns(clock_id) - started) // 1_000_000,
        wall=lambda: wire.format_time(time.time_ns() // 1_000_000),
        synced=synchronized.exists,
    )
