"""This machine's clock, and the fresh ids: what nothing below the wiring reads itself."""

import ctypes
import json
import os
import time
import uuid
from functools import cache
from pathlib import Path

from server.domain.server_clock import Reading

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PROCESS = str(uuid.uuid4())
_TIME_ERROR = 5
_UNSYNC = 0x40
_CLOCK_FAULT = "HAILONG_CLOCK_FAULT"
"""Names a file that makes this machine's clock wrong, for drills: {"off_ms", "boot", "synced", "rate", …}."""


def real_now() -> int:
    """Milliseconds since 1970, UTC, by this machine's clock."""
    return read_machine().wall


def read_machine() -> Reading:
    """What this machine's clock says, how long it has run, which start this is, whether NTP has set it."""
    clock_id = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    wall, up = time.time_ns() // 1_000_000, time.clock_gettime_ns(clock_id) // 1_000_000
    if fault := os.environ.get(_CLOCK_FAULT):
        return _faulty(Path(fault), Reading(wall, up, _boot(), synced=False))
    return Reading(wall, up, _boot(), _is_synced())


@cache
def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:  # not a Linux: each start of the program is a start of its own
        return _PROCESS


@cache
def _libc() -> ctypes.PyDLL:
    """Found once. Its calls are short and hand the interpreter to no other thread: the clock is read for
    every message, and each time the line to the broker would wait until the thread that stores lets it go on.
    """
    return ctypes.PyDLL(None)


def _is_synced() -> bool:
    """The kernel's own word (adjtimex): a clock that somebody sets by hand loses it until NTP is back."""
    state = (ctypes.c_uint * 128)()  # struct timex, asked for without changing anything
    try:
        answer = _libc().adjtimex(state)
    except (OSError, AttributeError):
        return False
    status = state[10] if ctypes.sizeof(ctypes.c_long) == 8 else state[5]
    return 0 <= answer < _TIME_ERROR and not status & _UNSYNC


def _faulty(file: Path, seen: Reading) -> Reading:
    try:
        fault = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return seen
    boot, synced = str(fault.get("boot", seen.boot)), bool(fault.get("synced", False))
    wall, up = seen.wall, seen.up
    if "rate" in fault:  # a simulation's: it runs so many times as fast
        gone = round((up - fault["from_up"]) * fault["rate"])
        wall, up = fault["from_wall"] + gone, fault["from_up"] + gone
    return Reading(wall + int(fault.get("off_ms", 0)), up, boot, synced)


def random_id() -> str:
    """A fresh random UUID, lower-case."""
    return str(uuid.uuid4())
