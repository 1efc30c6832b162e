"""The fleet in several processes: in one, two hundred kiosks would mostly wait for each other."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from kiosk.device.settings import Broker
from simulator.audit import Account, account
from simulator.commands import Login
from simulator.fleet import Fleet, Scenario, device_plan
from simulator.ledger import Figures, total
from simulator.virtual_time import DAY_MS, VirtualClock

MAX_KIOSKS, MAX_BOXES = 25, 100
"""Devices that share a process."""
_SWITCH_S = 0.02
"""Threads that wait for the disk or the line give way by themselves; to be asked more often only costs."""
_LOOK_S, _POLLS_PER_REPORT = 0.1, 5
_JOIN_TIMEOUT_S = 5.0
_fork = multiprocessing.get_context("fork")


class Partition(msgspec.Struct, frozen=True):
    """What one process has to do."""

    logins: tuple[Login, ...]
    school: str
    broker: Broker
    files: Path
    scenario: Scenario
    speed: float


class FleetProcesses:
    """`start`, wait while `is_running`, `end`; `accounts` then has what each process found."""

    def __init__(
        self, logins: Sequence[Login], school: str, broker: Broker, files: Path, scenario: Scenario
    ) -> None:
        """As `Fleet`."""
        self._logins, self._scenario = tuple(logins), scenario
        self._share = (school, broker, files, scenario)
        self._processes: list[_FleetProcess] = []
        self._stopping, self._leaving = _fork.Event(), _fork.Event()
        self._restarting: threading.Thread | None = None
        self.accounts: list[Account] = []
        self.trouble: list[str] = []

    def start(self, speed: float, restart_broker: Callable[[], None] | None = None) -> None:
        """Let the first day begin. `restart_broker` kills it and starts it again."""
        began = time.monotonic()
        for logins in _partitions(self._logins):
            share = Partition(logins, *self._share, speed)
            self._processes.append(_FleetProcess(share, began, self._stopping, self._leaving))
        if restart_broker is not None and self._scenario.broker_restarts:
            pace = VirtualClock(speed)
            pace.begin(began)
            self._restarting = threading.Thread(
                target=self._restart, args=[pace, restart_broker], daemon=True
            )
            self._restarting.start()

    def planned(self) -> int:
        """Returns how many visits there will be."""
        plans = [device_plan(login.device, self._scenario) for login in self._logins]
        return sum(len(plan.day(day).visits) for plan in plans for day in range(self._scenario.days))

    @property
    def is_running(self) -> bool:
        """Whether some device's last day is not over yet."""
        working = [process.is_working() for process in self._processes]  # every one is listened to
        return any(working)

    def figures(self) -> Figures:
        """Returns how things stand, as far as was heard."""
        return total(process.figures for process in self._processes)

    def stop(self) -> None:
        """No more visitors; what was made is still delivered. A second time: not even that."""
        if self._stopping.is_set():
            self._leaving.set()
        self._stopping.set()

    @property
    def is_leaving(self) -> bool:
        """Whether it was told so a second time."""
        return bool(self._leaving.is_set())

    def end(self) -> None:
        """Gather what was found."""
        self._stopping.set()
        if self._restarting is not None:
            self._restarting.join()
        for process in self._processes:
            found = process.end()
            if found is None:
                self.trouble.append("a process of the fleet died before it could tell what it had made")
            else:
                self.accounts.append(found)

    def _restart(self, pace: VirtualClock, restart_broker: Callable[[], None]) -> None:
        count, whole = self._scenario.broker_restarts, self._scenario.days * DAY_MS
        for number in range(1, count + 1):
            while (left := pace.seconds_until(whole * number // (count + 1))) > 0:
                if self._stopping.wait(min(left, 0.5)):
                    return
            try:
                restart_broker()
            except Exception as problem:  # nothing can go on without a broker
                self.trouble.append(str(problem))
                self.stop()
                self.stop()
                return


class _FleetProcess:
    """One process, seen from the others."""

    def __init__(self, share: Partition, began: float, stopping: object, leaving: object) -> None:
        self.figures = Figures()
        self._account: Account | None = None
        self._receiver, sender = _fork.Pipe(duplex=False)
        self._process = _fork.Process(
            target=_work, args=(share, began, sender, stopping, leaving), daemon=True
        )
        self._process.start()
        sender.close()

    def is_working(self) -> bool:
        """Hear what it has to say; whether there is more to come."""
        try:
            while self._account is None and self._receiver.poll():
                news = self._receiver.recv()
                if isinstance(news, Account):
                    self._account = news
                else:
                    self.figures = news
        except EOFError:
            return False
        return self._account is None

    def end(self) -> Account | None:
        """Returns what it found; None where it died."""
        self._process.join(_JOIN_TIMEOUT_S)
        self.is_working()
        if self._process.is_alive():
            self._process.kill()
        return self._account


def _work(share: Partition, began: float, sender: Connection, stopping: object, leaving: object) -> None:
    """In a process of its own: let a part of the fleet live its days, and tell how it goes."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the first process says when to stop
        signal.signal(number, signal.SIG_IGN)
    first = os.getppid()
    sys.setswitchinterval(_SWITCH_S)
    pace = VirtualClock(share.speed)
    pace.begin(began)
    fleet = Fleet(share.logins, share.school, share.broker, share.files, share.scenario)
    gc.freeze()  # the boxes' program tidies up before each batch: without the modules' own objects
    fleet.start(pace)
    left, looked = _JOIN_TIMEOUT_S, 0
    while fleet.is_running and left > 0:
        time.sleep(_LOOK_S)
        if stopping.is_set():  # type: ignore[attr-defined]
            pace.stopping.set()
        if os.getppid() != first:  # it was killed: nobody would ever say so
            pace.stopping.set()
            pace.leaving.set()
            fleet.close()
            return
        if leaving.is_set():  # type: ignore[attr-defined]
            pace.leaving.set()
            left -= _LOOK_S
        if not (looked := looked + 1) % _POLLS_PER_REPORT:
            sender.send(fleet.figures())
    pace.stopping.set()
    fleet.close()
    sender.send(fleet.figures())
    sender.send(account(fleet.devices))
    sender.close()


def _partitions(logins: tuple[Login, ...]) -> list[tuple[Login, ...]]:
    """Who shares a process with whom."""
    kiosks = [login for login in logins if login.kind == "kiosk"]
    boxes = [login for login in logins if login.kind != "kiosk"]
    if len(kiosks) <= MAX_KIOSKS and len(boxes) <= MAX_KIOSKS:
        return [logins]
    parts = ((kiosks, MAX_KIOSKS), (boxes, MAX_BOXES))
    return [tuple(of[at : at + size]) for of, size in parts for at in range(0, len(of), size)]
