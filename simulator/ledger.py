"""What was made and what was delivered, counted while it happens."""

import threading
import time
from collections.abc import Iterable
from uuid import uuid4

import msgspec


class Ledger:
    """What one device took in: the ids of what was thanked for, and of what was committed before that."""

    def __init__(self) -> None:
        self._last: dict[int, str] = {}
        self.thanked: set[str] = set()
        self.committed: set[str] = set()
        self.made_at: dict[str, int] = {}
        """How long the machine had been running at each of them, in milliseconds."""
        self.waiting = 0
        """Events on the device that have no receipt yet, as far as was heard."""
        self.visits = 0
        """Visits that came to their end."""
        self.boots = 0
        self.resets = 0
        self.unsaid = 0
        """Visits that ended without thanks: the power failed in the middle."""

    def new_id(self) -> str:
        """A fresh id, remembered as the last one of this thread: it is the writer's who made an event."""
        id = str(uuid4())
        self._last[threading.get_ident()] = id
        self.made_at[id] = running_ms()
        return id

    def note(self, *, thanked: bool) -> None:
        """The disk has what this thread minted last; with `thanked` its visitor was told so."""
        self.keep(self._last[threading.get_ident()], thanked=thanked)

    def keep(self, id: str, *, thanked: bool) -> None:
        """The disk has it."""
        self.made_at.setdefault(id, running_ms())
        self.committed.add(id)
        if thanked:
            self.thanked.add(id)


def running_ms() -> int:
    """Returns how long this machine has been running, in milliseconds."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


class Figures(msgspec.Struct):
    """What a fleet, or some of it, has done by now."""

    visits: int = 0
    """Visits that are over, with or without thanks."""
    made: int = 0
    waiting: int = 0
    starts: int = 0
    power_cuts: int = 0
    broken_lines: int = 0
    """How often a connection was broken below the clients."""

    @property
    def delivered(self) -> int:
        """What has its receipt."""
        return max(0, self.made - self.waiting)

    def add(self, ledger: Ledger) -> None:
        """Those of one device more."""
        self.visits += ledger.visits + ledger.unsaid
        self.made += len(ledger.committed)
        self.waiting += ledger.waiting
        self.starts += ledger.boots
        self.power_cuts += ledger.resets


def total(parts: Iterable[Figures]) -> Figures:
    """Returns the sums."""
    rows = [msgspec.structs.astuple(part) for part in parts]
    return Figures(*map(sum, zip(*rows, strict=True))) if rows else Figures()
