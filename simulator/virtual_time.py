"""Virtual time: a school day runs a thousand times as fast, or as fast as the machine can.

A day has the hours in which a school is open; at night the devices are off, and time is not spent on it.
All times are milliseconds of opening hours since the simulation began.
"""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from kiosk.device.clock import DeviceClock
from survey_defs import wire

DAY_MS = int(9.5 * 3_600_000)
"""From half past seven to five o'clock."""
OPENS = timedelta(hours=7, minutes=30) - timedelta(hours=7)
"""Half past seven in Vietnam, on the world's clock."""
_WRONG_DAYS = (-9000, -30, -1, 1, 400)
_MAX_WORKING = 3
_MIN_WAIT_S, _MAX_SLEEP_S = 0.02, 0.5
"""A shorter wait is skipped: a device may be ahead of the others by that; the longest sleep at a time."""


class Stopped(Exception):  # noqa: N818 - reads as what it is
    """Somebody has stopped the simulation."""


class PowerCut(Exception):  # noqa: N818
    """The device lost its power at this moment."""


class VirtualClock:
    """How fast time runs: `speed` virtual seconds a second; 0: nobody waits for anything."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self.stopping = threading.Event()
        """No more visits: what was made is still delivered."""
        self.leaving = threading.Event()
        """Not even that."""
        self.turns = threading.BoundedSemaphore(_MAX_WORKING)
        """Who works takes one. Were hundreds of threads let loose at once, they would only pass the
        interpreter's lock around: ten times the work for the same visits."""
        self._began = time.monotonic()

    def begin(self, at: float | None = None) -> None:
        """The first day opens now, or did so at that time of the machine's monotonic clock."""
        self._began = time.monotonic() if at is None else at

    def now(self) -> int:
        """How late it is for everybody; always 0 where nobody waits: each device has its own time then."""
        return int((time.monotonic() - self._began) * 1000 * self.speed)

    def seconds_until(self, moment: int) -> float:
        """Returns how long to wait for that moment, in real seconds."""
        if self.speed == 0:
            return 0.0
        return max(0.0, moment / 1000 / self.speed - (time.monotonic() - self._began))

    def wait_until(self, moment: int, *, in_turn: bool = False) -> None:
        """Wait for that moment, about; whoever has its turn gives it up meanwhile. Raises `Stopped`.

        In slices: hundreds of threads that wait for one event stand in each other's way.
        """
        if self.seconds_until(moment) <= _MIN_WAIT_S and not self.stopping.is_set():
            return
        if in_turn:
            self.turns.release()
        try:
            while not self.stopping.is_set():
                left = self.seconds_until(moment)
                if left <= _MIN_WAIT_S:
                    return
                time.sleep(min(left, _MAX_SLEEP_S))
        finally:
            if in_turn:
                self.turns.acquire()
        raise Stopped

    async def until(self, moment: int) -> None:
        """`wait_until` for a task."""
        while not self.stopping.is_set():
            left = self.seconds_until(moment)
            if left <= _MIN_WAIT_S:
                return
            await asyncio.sleep(min(left, _MAX_SLEEP_S))
        raise Stopped


class DeviceTime:
    """One device's time. Read from its every thread, moved on by one alone.

    What its visitors do takes exactly the time that it takes (`now`), though a busy machine may come to it
    late; the device's clock (`up_ms`) goes on by itself.
    """

    def __init__(self, pace: VirtualClock, days: int, *, wrong: bool = False) -> None:
        """`wrong`: its clock on the wall is far off, at each start otherwise, and says that it is set."""
        self._pace, self._wrong, self._off = pace, wrong, timedelta()
        self._reached = 0
        self._booted = 0
        self._first_day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self._first_day += OPENS - timedelta(days=days - 1)
        self.cut_at: int | None = None
        """When this device is to lose its power."""
        self.in_turn = False
        """Whether its thread has its turn at this moment."""

    def moment(self) -> int:
        """Returns how late it is. Never goes back."""
        return max(self._reached, self._pace.now())

    def boot(self) -> None:
        """The device is switched on at this moment."""
        self._booted = self._reached
        if self._wrong:
            self._off = timedelta(days=random.choice(_WRONG_DAYS))  # noqa: S311 - trouble, no secret

    def catch_up(self) -> None:
        """What was done since took its time: whoever comes now finds the device's clock where it stands."""
        self._reached = self.moment()

    def now(self) -> int:
        """Returns how late it is in this boot for whoever stands before the device."""
        return self._reached - self._booted

    def up_ms(self) -> int:
        """Returns the running time of this boot."""
        return self.moment() - self._booted

    def wait(self, ms: int) -> None:
        """Let this time pass. Raises as `wait_until` does."""
        self.wait_until(self._reached + ms)

    def wait_until(self, moment: int) -> None:
        """Let time pass up to that moment. Raises `Stopped`, and `PowerCut` at `cut_at`."""
        aim = moment if self.cut_at is None else min(moment, self.cut_at)
        self._pace.wait_until(aim, in_turn=self.in_turn)
        self._arrive(aim)

    async def wait_async(self, ms: int) -> None:
        """`wait` for a box, which has a task and no thread."""
        await self.until(self._reached + ms)

    async def until(self, moment: int) -> None:
        """`wait_until` for a box."""
        aim = moment if self.cut_at is None else min(moment, self.cut_at)
        await self._pace.until(aim)
        self._arrive(aim)

    def _arrive(self, moment: int) -> None:
        self._reached = max(self._reached, moment)
        if self.cut_at is not None and moment >= self.cut_at:
            self.cut_at = None
            raise PowerCut

    def wall(self) -> str:
        """Returns what a clock on the wall of the simulated school shows."""
        days, rest = divmod(self.moment(), DAY_MS)
        at = self._first_day + timedelta(days=days, milliseconds=rest) + self._off
        return wire.format_time(int(at.timestamp() * 1000))

    def device_clock(self, boot: str) -> DeviceClock:
        """The clock of a device that was just switched on. No time server has set it, unless it is wrong."""
        return DeviceClock(boot, self.up_ms, self.wall, lambda: self._wrong)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Take a turn to work in."""
        with self._pace.turns:
            self.in_turn = True
            try:
                yield
            finally:
                self.in_turn = False
