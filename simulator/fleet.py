"""All devices at once: kiosks on threads, boxes and breakable lines on one loop; and what goes wrong."""

import asyncio
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec.structs import replace

from kiosk.device.settings import Broker
from simulator.boxes import Box
from simulator.commands import Login
from simulator.kiosks import Kiosk
from simulator.ledger import Figures, Ledger
from simulator.plan import Plan
from simulator.tcp_proxy import TcpProxy
from simulator.virtual_time import DAY_MS, VirtualClock

_MAX_DROP_MS = 1_200_000
_MIN_DROP_MS = 60_000


class Scenario(msgspec.Struct, frozen=True):
    """What is to happen. `resets` and `drops` are shares: of the devices' days on which it happens once."""

    days: int
    visits: int
    resets: float = 0.0
    drops: float = 0.0
    broker_restarts: int = 0
    seed: str = "0"
    wait_s: float = 60.0
    """How long a device waits for the last receipts after its last day."""
    clock_faults: bool = False
    """The kiosks' own clocks are far off, each start otherwise, and say that they are set."""

    @property
    def needs_proxies(self) -> bool:
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
        """Returns how many events each of its journals has numbered."""

    def undelivered(self) -> set[str]:
        """Returns the ids of what still waits on it."""


class Fleet:
    """`start`, wait until `is_running` ends, `close`."""

    def __init__(
        self, logins: tuple[Login, ...], school: str, broker: Broker, files: Path, scenario: Scenario
    ) -> None:
        """`broker` has no user yet; the devices keep their files below `files`."""
        self.scenario = scenario
        self._logins, self._school, self._broker, self._files = logins, school, broker, files
        self._loop = asyncio.new_event_loop()
        self._loop_thread = threading.Thread(target=self._loop.run_forever, name="fleet-loop", daemon=True)
        self._proxies: dict[str, TcpProxy] = {}
        self._dropping: threading.Thread | None = None
        self.devices: list[SimDevice] = []

    def start(self, pace: VirtualClock) -> None:
        """Switch everything on."""
        self._loop_thread.start()
        for login in self._logins:
            self.devices.append(self._device(login, pace))
            self.devices[-1].deliver_s = self.scenario.wait_s
        for device in self.devices:
            device.start()
        if self.scenario.drops:
            self._dropping = threading.Thread(target=self._drop_lines, args=[pace], daemon=True)
            self._dropping.start()

    @property
    def is_running(self) -> bool:
        """Whether some device's last day is not over yet."""
        return any(device.is_running for device in self.devices)

    def figures(self) -> Figures:
        """Returns how things stand."""
        figures = Figures(broken_lines=sum(proxy.cuts for proxy in self._proxies.values()))
        for device in self.devices:
            figures.add(device.ledger)
        return figures

    def close(self) -> None:
        """End the lines."""
        if self._dropping is not None:
            self._dropping.join()
        for proxy in self._proxies.values():
            self._loop.call_soon_threadsafe(proxy.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._loop_thread.join(5)

    # Its devices

    def _device(self, login: Login, pace: VirtualClock) -> SimDevice:
        broker = replace(self._broker, username=login.device, password=login.password)
        cut: Callable[[], None] = _nothing
        if self.scenario.needs_proxies:
            proxy = TcpProxy(self._loop, broker.host, broker.port)
            port = asyncio.run_coroutine_threadsafe(proxy.open(), self._loop).result()
            broker = replace(broker, host="127.0.0.1", port=port)
            self._proxies[login.device] = proxy
            cut = proxy.cut
        plan, days = device_plan(login.device, self.scenario), self.scenario.days
        folder, school = self._files / login.device, self._school
        if login.kind == "kiosk":
            return Kiosk(
                broker, school, folder, plan=plan, pace=pace, days=days, cut_line=cut,
                wrong_clock=self.scenario.clock_faults,
            )  # fmt: skip
        return Box(broker, school, folder, plan=plan, pace=pace, days=days, cut_line=cut, loop=self._loop)

    def _drop_lines(self, pace: VirtualClock) -> None:
        chance = random.Random(f"{self.scenario.seed} {self._logins[0].device} drops")  # noqa: S311 - trouble, no secret
        moments = []
        for name in self._proxies:
            for day in range(self.scenario.days):
                if chance.random() < self.scenario.drops:
                    at = day * DAY_MS + chance.randrange(DAY_MS)
                    moments.append((at, name, chance.randrange(_MIN_DROP_MS, _MAX_DROP_MS)))
        for at, name, long in sorted(moments):
            if pace.stopping.wait(pace.seconds_until(at)):
                return
            self._proxies[name].cut(long / 1000 / pace.speed)


def device_plan(device: str, scenario: Scenario) -> Plan:
    """Returns the days of that device."""
    return Plan(f"{scenario.seed} {device}", scenario.visits, scenario.resets)


def _nothing() -> None:
    """No line of its own: only the device's own end can break it."""
