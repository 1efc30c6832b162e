"""A button box of the fleet: the firmware's own buttons, journal and link; fingers and clock are made up."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

from firmware.app import VERSION
from firmware.boots import GOOD_MS, Boots
from firmware.buttons import Buttons, Press
from firmware.config import Config
from firmware.events import answer_event
from firmware.journal import Full, Journal, event_id
from firmware.link import Link, Timing
from kiosk.device.settings import Broker
from kiosk.simulated_visitor import LEVEL_WEIGHTS
from simulator.ledger import Ledger
from simulator.plan import Cut, Day, Plan
from simulator.virtual_time import DeviceTime, PowerCut, Stopped, VirtualClock

_HAMMERING_SHARE = 0.02
"""The share of visitors whose child goes on pressing."""
_SAMPLE_MS = 10
_PRESS_MS, _BOUNCE_MS = 120, 10
_SHORT_PAUSES = {
    "min_backoff_s": 0.5,
    "max_backoff_s": 4.0,
    "refused_s": 4.0,
    "steady_after_s": 5.0,
    "connect_s": 5.0,
}
"""Where hours pass in seconds, nobody waits minutes for an attempt to connect. For a receipt everybody waits
as long as ever: the server has as much to do in a second as else in a quarter of an hour, and is behind."""
_POLL_S = 0.05


class Box:
    """One box, a task on the fleet's loop."""

    def __init__(
        self,
        broker: Broker,
        school: str,
        data: Path,
        *,
        plan: Plan,
        pace: VirtualClock,
        days: int,
        cut_line: Callable[[], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """`cut_line` breaks its connection below the client, as a power cut does."""
        self.name = broker.username
        self.ledger = Ledger()
        self.deliver_s = 30.0
        """How long it stays on after its last day, if something waits."""
        self.problem: Exception | None = None
        data.mkdir(parents=True, exist_ok=True)
        self._data, self._loop = data, loop
        self._identity = {
            "device": broker.username,
            "school": school,
            "password": broker.password,
            "host": broker.host,
            "port": broker.port,
            "tls": broker.tls,
        }
        self._authority = Path(broker.ca_file).read_text(encoding="ascii") if broker.ca_file else ""
        self._plan, self._pace, self._days, self._cut_line = plan, pace, days, cut_line
        self._time = DeviceTime(pace, days)
        self._on: _Powered | None = None
        self._done: Any = None

    def start(self) -> None:
        """Begin with the first day."""
        self._done = asyncio.run_coroutine_threadsafe(self._run(), self._loop)

    @property
    def is_running(self) -> bool:
        """Whether its last day is not over yet."""
        return self._done is not None and not self._done.done()

    def numbered(self) -> dict[str, int]:
        """Returns how many events its journal has numbered, by the files themselves."""
        journal = self._open()
        try:
            return {journal.id: journal.last_seq}
        finally:
            journal.close()

    def undelivered(self) -> set[str]:
        """Returns the events that still lie in its journal."""
        journal = self._open()
        try:
            return {id for id, _ in journal.waiting(journal.depth() + 1)}
        finally:
            journal.close()

    # Its days

    async def _run(self) -> None:
        try:
            for number in range(self._days):
                await self._live(self._plan.day(number))
                await self._switch_off(last=number == self._days - 1)
        except Stopped:
            await self._switch_off(last=True)
        except Exception as problem:  # told at the end, with all others
            self.problem = problem

    async def _live(self, day: Day) -> None:
        await self._time.until(day.begins)
        self._switch_on("power")
        for number, moment in enumerate(day.visits):
            cut = day.cut if day.cut is not None and day.cut.visit == number else None
            try:
                await self._time.until(moment)
                if cut is not None and cut.after_writes is None:
                    self._time.cut_at = moment + cut.after_ms
                await self._visit(number, cut)
                self.ledger.visits += 1
            except PowerCut:
                self.ledger.unsaid += 1
                await self._lose_power()
        try:
            await self._time.until(day.ends)
        except PowerCut:  # after the last visitor
            await self._lose_power()
            await self._time.until(day.ends)

    async def _visit(self, number: int, cut: Cut | None) -> None:
        assert self._on is not None  # noqa: S101 - it is switched on
        self._on.dies = None if cut is None or cut.after_writes is None else cut.after_writes % 2 == 0
        chance = random.Random(f"{self.name} {self._time.moment()} {number}")  # noqa: S311 - a finger
        presses = chance.randrange(4, 9) if chance.random() < _HAMMERING_SHARE else 1
        for _ in range(presses):
            await self._press(chance, chance.choices(range(len(LEVEL_WEIGHTS)), LEVEL_WEIGHTS)[0])
            if presses > 1:
                await self._time.wait_async(chance.randrange(200, 2500))
        if self._on.dies is not None:
            raise PowerCut

    async def _press(self, chance: random.Random, button: int) -> None:
        """Down, with a contact that bounces, and up again."""
        assert self._on is not None  # noqa: S101 - it is switched on
        for passed in range(0, _PRESS_MS + 6 * _SAMPLE_MS, _SAMPLE_MS):
            is_closed = chance.random() < 0.5 if passed <= _BOUNCE_MS else passed < _PRESS_MS
            self._on.look(is_closed << button)
            await self._time.wait_async(_SAMPLE_MS)

    # Its power

    def _open(self) -> "_Journal":
        return _Journal(str(self._data / "journal"), self.ledger)

    def _switch_on(self, cause: str) -> None:
        self._time.boot()
        self.ledger.boots += 1
        self._on = _Powered(self, self._time, cause)
        timing = Timing() if self._pace.speed == 1 else Timing(**_SHORT_PAUSES)
        self._on.connect(self._identity, self._authority, timing)

    async def _switch_off(self, *, last: bool) -> None:
        if self._on is None:
            return
        if last or self._pace.speed == 0:
            until = time.monotonic() + self.deliver_s
            while self._on.journal.depth() and time.monotonic() < until and not self._pace.leaving.is_set():
                await asyncio.sleep(_POLL_S)
        await self._on.link.rest("disconnected")
        await self._on.end()
        self._on = None

    async def _lose_power(self) -> None:
        """The line breaks, nothing more is written, nobody says good-bye."""
        assert self._on is not None  # noqa: S101 - it is switched on
        self.ledger.resets += 1
        self._cut_line()
        await self._on.end()
        self._switch_on("watchdog")


class _Powered:
    """A box between two starts: what it holds in its memory."""

    def __init__(self, box: Box, time: DeviceTime, cause: str) -> None:
        self._ledger, self._time = box.ledger, time
        self._boots = Boots(str(box._data / "boots.json"))
        self._boots.begin(cause)
        self._buttons = Buttons(len(LEVEL_WEIGHTS))
        self.journal = box._open()
        self.config = Config(str(box._data / "config.json"), box.name)
        self.boot = str(uuid4())
        self.dies: bool | None = None
        """Whether the power fails at the next record: True before it is written, False right after."""
        self.link: Link
        self._line: asyncio.Task[None]

    def up_ms(self) -> int:
        """Returns the running time of this boot."""
        return self._time.up_ms()

    def connect(self, identity: dict[str, Any], authority: str, timing: Timing) -> None:
        """Begin to deliver."""
        self.link = Link(
            self.journal,
            identity,
            self,
            config=self.config.take,
            health=self._health,
            new_id=lambda: str(uuid4()),
            authority=authority,
            timing=timing,
            timer=_RealTime,
        )
        self._line = asyncio.create_task(self.link.run())

    async def end(self) -> None:
        """From now on it does nothing."""
        while not self._line.done():
            self._line.cancel()  # again and again: CPython 3.11's `wait_for` can swallow it
            await asyncio.wait({self._line}, timeout=_POLL_S)
        self.journal.close()

    def look(self, bits: int) -> None:
        """One look at the contacts, and what comes of it. Raises `PowerCut` where that is due."""
        now = self._time.now()
        for press in self._buttons.sample(bits, now):
            self._keep(press)
        if now >= GOOD_MS:
            self._boots.good()

    def _keep(self, press: Press) -> None:
        """The record first, then the thanks, as in `firmware.app`."""
        before, self.dies = self.dies, None

        def build(journal: str, seq: int) -> bytes:
            if before is True:
                raise PowerCut
            level, config = press.button + 1, self.config.current
            return answer_event(journal, seq, self.boot, press.at, level, None, config, press.burst)

        try:
            seq = self.journal.append(build)
        except (Full, OSError):
            return  # its lamps would say so: nobody is thanked
        self._ledger.keep(event_id(self.journal.id, seq), thanked=before is None)
        self._ledger.waiting = self.journal.depth()
        if before is False:
            raise PowerCut
        self.link.poke()

    def _health(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "revision": self.config.revision,
            "refused": self.config.refused,
            "up_ms": self.up_ms(),
            "flash_free_kb": self.journal.free_bytes() // 1024,
            "boots": self._boots.count,
            "safe": self._boots.safe,
            "full": self.journal.is_full(),
            "stuck": [],
            "reset": self._boots.cause,
        }


class _Journal(Journal):
    """Tells the ledger how many wait."""

    def __init__(self, folder: str, ledger: Ledger) -> None:
        super().__init__(folder, lambda: str(uuid4()))
        self._ledger = ledger

    def delivered(self, ids: Iterable[str]) -> int:
        """Let go of the events with these ids."""
        gone = super().delivered(ids)
        self._ledger.waiting = self.depth()
        return gone


class _RealTime:
    """The network does not run faster because the school day does."""

    @staticmethod
    def up_ms() -> int:
        """Any clock that only goes forward."""
        return int(time.monotonic() * 1000)
