"""All devices at once: kiosks on threads, boxes and breakable lines on one loop; and what goes wrong."""

import asyncio
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec.structs import replace

from kiosk.settings import Broker
from simulator.boxes import Box
from simulator.ground import Login
from simulator.kiosks import Kiosk
from simulator.pace import DAY_MS, Pace
from simulator.plan import Plan
from simulator.tally import Ledger
from simulator.wires import Wire

_LONGEST_DROP_MS = 1_200_000
_SHORTEST_DROP_MS = 60_000


class Wish(msgspec.Struct, frozen=True):
    """What is to happen. `resets` and `drops` are shares: of the devices' days on which it happens once."""

    days: int
    visits: int
    resets: float = 0.0
    drops: float = 0.0
    broker_restarts: int = 0
    seed: str = "0"
    wait_s: float = 60.0
    """So long after its last day a device waits for the last receipts."""

    @property
    def needs_wires(self) -> bool:
        """Whether connections are to be broken."""
        return bool(self.resets or self.drops)


class SimDevice(Protocol):
    """What the fleet knows of a kiosk or box."""

    name: str
    ledger: Ledger
    problem: Exception | None
    deliver_s: float

    def start(self) -> None:
        """Begin with the first day."""

    @property
    def is_running(self) -> bool:
        """Whether its last day is not over yet."""

    def numbered(self) -> dict[str, int]:
        """How many events each of its journals has numbered."""

    def undelivered(self) -> set[str]:
        """The ids of what still waits on it."""


class Fleet:
    """`start`, wait until `is_running` ends, `close`."""

    def __init__(
        self, logins: tuple[Login, ...], school: str, broker: Broker, files: Path, wish: Wish
    ) -> None:
        """`broker` has no user yet; the devices keep their files below `files`."""
        self.wish = wish
        self._logins, self._school, self._broker, self._files = logins, school, broker, files
        self._loop = asyncio.new_event_loop()
        self._loop_thread = threading.Thread(target=self._loop.run_forever, name="fleet-loop", daemon=True)
        self._wires: dict[str, Wire] = {}
        self._trouble: list[threading.Thread] = []
        self.devices: list[SimDevice] = []
        self.problems: list[Exception] = []

    def start(self, pace: Pace, restart_broker: Callable[[], None] | None) -> None:
        """Switch everything on. `restart_broker` kills it and starts it again."""
        self._loop_thread.start()
        for login in self._logins:
            self.devices.append(self._device(login, pace))
            self.devices[-1].deliver_s = self.wish.wait_s
        pace.begin()
        for device in self.devices:
            device.start()
        if self.wish.drops:
            self._make_trouble(self._drop_lines, pace)
        if restart_broker is not None and self.wish.broker_restarts:
            self._make_trouble(self._restart, pace, restart_broker)

    @property
    def is_running(self) -> bool:
        """Whether some device's last day is not over yet."""
        return any(device.is_running for device in self.devices)

    @property
    def cuts(self) -> int:
        """How often a connection was broken below the clients."""
        return sum(wire.cuts for wire in self._wires.values())

    def planned(self) -> int:
        """How many visits there will be."""
        days = range(self.wish.days)
        return sum(len(self._plan(login).day(day).visits) for login in self._logins for day in days)

    def close(self) -> None:
        """End the lines."""
        for thread in self._trouble:
            thread.join()
        for wire in self._wires.values():
            self._loop.call_soon_threadsafe(wire.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._loop_thread.join(5)
        self.problems += [device.problem for device in self.devices if device.problem is not None]

    # Its devices

    def _device(self, login: Login, pace: Pace) -> SimDevice:
        broker = replace(self._broker, username=login.device, password=login.password)
        cut: Callable[[], None] = _nothing
        if self.wish.needs_wires:
            wire = Wire(self._loop, broker.host, broker.port)
            port = asyncio.run_coroutine_threadsafe(wire.open(), self._loop).result()
            broker = replace(broker, host="127.0.0.1", port=port)
            self._wires[login.device] = wire
            cut = wire.cut
        plan, days = self._plan(login), self.wish.days
        folder, school = self._files / login.device, self._school
        if login.kind == "kiosk":
            return Kiosk(broker, school, folder, plan=plan, pace=pace, days=days, cut_line=cut)
        return Box(broker, school, folder, plan=plan, pace=pace, days=days, cut_line=cut, loop=self._loop)

    def _plan(self, login: Login) -> Plan:
        return Plan(f"{self.wish.seed} {login.device}", self.wish.visits, self.wish.resets)

    # What goes wrong

    def _make_trouble(self, work: Callable[..., None], pace: Pace, *more: object) -> None:
        def guarded() -> None:
            try:
                work(pace, *more)
            except Exception as problem:  # told at the end; nothing can go on without a broker
                self.problems.append(problem)
                pace.leaving.set()
                pace.stopping.set()

        thread = threading.Thread(target=guarded, name=work.__name__, daemon=True)
        self._trouble.append(thread)
        thread.start()

    def _drop_lines(self, pace: Pace) -> None:
        chance = random.Random(f"{self.wish.seed} drops")  # noqa: S311 - trouble, no secret
        moments = []
        for name in self._wires:
            for day in range(self.wish.days):
                if chance.random() < self.wish.drops:
                    at = day * DAY_MS + chance.randrange(DAY_MS)
                    moments.append((at, name, chance.randrange(_SHORTEST_DROP_MS, _LONGEST_DROP_MS)))
        for at, name, long in sorted(moments):
            if pace.stopping.wait(pace.seconds_until(at)):
                return
            self._wires[name].cut(long / 1000 / pace.speed)

    def _restart(self, pace: Pace, restart_broker: Callable[[], None]) -> None:
        count, whole = self.wish.broker_restarts, self.wish.days * DAY_MS
        for number in range(1, count + 1):
            if pace.stopping.wait(pace.seconds_until(whole * number // (count + 1))):
                return
            restart_broker()


def _nothing() -> None:
    """No line of its own: only the device's own end can break it."""
