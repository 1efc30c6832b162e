"""Wrong clocks of the simulated school: the server's jumps and starts anew; the kiosks' are far off.

The server's clock runs as fast as the simulation (`HAILONG_CLOCK_FAULT`), so that the times that it stores
can be held against the moments at which the ratings were made.
"""

import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from simulator.commands import StoredTime
from simulator.ledger import running_ms
from simulator.options import SimulationError
from simulator.own_server import Server
from simulator.virtual_time import DAY_MS, VirtualClock

VARIABLE = "HAILONG_CLOCK_FAULT"
_DAY_MS = 24 * 3_600_000
_TOLERANCE_S = 4.0
"""Real time by which a stored time may be off beyond its own claim: a busy machine's delays."""


class _Fault(NamedTuple):
    off_ms: int
    boot: str
    synced: bool = False
    restart: bool = False


_FAULTS = (
    _Fault(-3 * _DAY_MS, "1", restart=True),
    _Fault(0, "1", restart=True),
    _Fault(1100 * _DAY_MS, "1"),
    _Fault(0, "1"),
    _Fault(-730 * _DAY_MS, "2", restart=True),
    _Fault(0, "2", synced=True),
    _Fault(-7 * 3_600_000, "2"),
    _Fault(7 * 3_600_000, "2"),
    _Fault(0, "2"),
    _Fault(400 * _DAY_MS, "3", restart=True),
    _Fault(0, "3", synced=True),
)
"""What happens to the server's clock, one after the other; at the end it is right."""


class ClockFaults:
    """The server's clock from now on: at this simulation's pace, and then wrong."""

    def __init__(self, file: Path, speed: float) -> None:
        """From now on every `hailong` that this process starts has that clock."""
        self._file, self._speed = file, speed
        self._wall, self._up = time.time_ns() // 1_000_000, running_ms()
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self.count = 0
        self.trouble: list[str] = []
        os.environ[VARIABLE] = str(file)
        self._write(_Fault(0, "1"))

    def start(self, days: int, server: Server) -> None:
        """Let the faults happen to that server, spread over the days."""
        self._thread = threading.Thread(target=self._run, args=[days, server], daemon=True)
        self._thread.start()

    def end(self) -> None:
        """The clock is right again, whatever has not happened yet."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self._write(_FAULTS[-1])

    def close(self) -> None:
        """Processes of later on have this machine's own clock."""
        os.environ.pop(VARIABLE, None)

    def wrong(self, made: Mapping[str, int], stored: Mapping[str, StoredTime]) -> list[str]:
        """Which times are further off than they say; `made` has the machine's running time at each rating."""
        found = []
        for id, up in made.items():
            one = stored.get(id)
            if one is None or one.uncertainty_ms is None:
                continue  # that it is not there is told elsewhere; nothing is claimed of an unknown time
            off = one.occurred_at - (self._wall + round((up - self._up) * self._speed))
            if abs(off) > one.uncertainty_ms + _TOLERANCE_S * 1000 * self._speed:
                claim = one.uncertainty_ms // 1000
                found.append(f"rating {id} is timed {off // 1000} s off, {one.quality} within {claim} s")
        return found

    def _run(self, days: int, server: Server) -> None:
        pace = VirtualClock(self._speed)
        pace.begin()
        for number, fault in enumerate(_FAULTS, 1):
            wait = pace.seconds_until(days * DAY_MS * number // (len(_FAULTS) + 1))
            if self._over.wait(wait):
                return
            self._write(fault)
            self.count += 1
            try:
                if fault.restart:
                    server.restart()
                # The next fault may be due at once on a busy machine. A clock that NTP has set for no longer
                # than nobody looked was never set, and seven hours off is then a time that may be right.
                server.look_at_clock(until_believed=fault.synced)
            except SimulationError as problem:
                self.trouble.append(str(problem))
                return

    def _write(self, fault: _Fault) -> None:
        words = {
            "off_ms": fault.off_ms,
            "boot": f"simulated-{fault.boot}",
            "synced": fault.synced,
            "rate": self._speed,
            "from_wall": self._wall,
            "from_up": self._up,
        }
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps(words), encoding="ascii")
        draft.replace(self._file)
