"""The one place where the server's parts are put together, and where its clock and its ids come from."""

import ctypes
import json
import os
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

from server.domain.problems import Problem
from server.domain.server_clock import Reading
from server.services import withdrawals
from server.services.answers import surveys
from server.services.context import Context
from server.services.server_clock import Clock, GivenClock, ServerClock
from server.services.upkeep import backup as backups
from server.services.upkeep import restore_settling
from server.services.upkeep.backup import Opening
from server.services.upkeep.restore_settling import Settled
from server.settings import Settings
from server.storage import Store, open_store
from server.storage.database import DATABASE, bring_up_to_date, has_store_in, make_directory
from server.storage.faults import of_directory
from server.storage.locks import of_work
from server.storage.restoring import boxes_in, check_copy_of, restored
from survey_defs.loader import builtin_surveys

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


def build(
    settings: Settings,
    *,
    now: Callable[[], int] | None = None,
    new_id: Callable[[], str] = random_id,
    read: Callable[[], Reading] = read_machine,
) -> Context:
    """The wired-up server of one data directory, which is made where it does not exist.

    `now`: the time as it is given, which nobody doubts; None: the machine's, which `read` asks and
    `domain.server_clock` judges.

    Raises `Problem`: `data-unwritable`, `store-read-only`, `disk-full`, `not-a-store`, `store-newer`,
    `survey-changed`.
    """
    store = open_store(Path(settings.data))
    if now is None:
        machine = ServerClock(store, read)
        clock, time_of = cast("Clock", machine), machine.now
    else:
        clock, time_of = GivenClock(), now
    registry = surveys.known(store, builtin_surveys(), time_of())
    return Context(store=store, surveys=registry, settings=settings, now=time_of, new_id=new_id, clock=clock)


def has_store(settings: Settings) -> bool:
    """Whether the data directory holds a store. Raises `Problem("data-unwritable")`."""
    return has_store_in(Path(settings.data))


def check_store(settings: Settings) -> None:
    """Raises `Problem`: as `check_there`, then as `check_settled`."""
    check_there(settings)
    check_settled(settings)


def check_there(settings: Settings) -> None:
    """Raises `Problem("no-store")` where the data directory holds none, else as `has_store`."""
    if not has_store(settings):
        raise Problem("no-store", path=str(Path(settings.data).absolute()))


def check_settled(settings: Settings) -> None:
    """Raises `Problem("restore-unfinished")` where a backup was put back and not settled: what was withdrawn
    since stands open in it.
    """
    if restore_settling.is_unfinished(Path(settings.data)):
        raise Problem("restore-unfinished", path=str(Path(settings.data).absolute()))


def migrate(settings: Settings) -> tuple[list[str], list[str]]:
    """Bring the store's schema up to date; answers the steps it had and the steps taken now.

    Raises `Problem` as `build` does.
    """
    data = Path(settings.data)
    make_directory(data)
    with of_work(data, "schema").held():
        return bring_up_to_date(Store(data / DATABASE))


class Restored(NamedTuple):
    """A backup that was put back. `aside`: where the store is now that was there; `schema`: the last step."""

    ctx: Context
    aside: Path | None
    schema: str
    settled: Settled
    kept: tuple[str, ...] = ()
    """Files of the data directory that were there and stayed as they are."""


def verify(backup: Path, opening: Opening | None) -> list[str]:
    """Open a backup to its end, and see that the store in it is sound; the names of the files in it.

    `opening`: None for one in the clear. Needs no data directory. Raises `Problem`: as `backups.opened` does,
    `not-a-store`, `store-newer`.
    """
    if opening is None:
        check_copy_of(backup, backup)
        return [backups.STORE]
    with backups.opened(backup, opening, Path(tempfile.gettempdir())) as found:
        check_copy_of(found / backups.STORE, backup)
        return sorted(each.relative_to(found).as_posix() for each in found.rglob("*") if each.is_file())


def restore_sealed(
    settings: Settings,
    backup: Path,
    opening: Opening,
    settings_file: Path | None,
    waits: Callable[[], object] | None = None,
) -> Restored:
    """As `restore`, of a sealed backup: with the files beside the store, where there are none yet.

    Nothing is touched before all of it was read and is sure. Waits as `backups.back_up` does. Raises
    `Problem`.
    """
    data = Path(settings.data)
    try:
        data.mkdir(parents=True, exist_ok=True)  # and nothing in it yet: the passphrase may be wrong
    except OSError as error:
        raise of_directory(error, data) from error
    with of_work(data, backups.WORK).held(waits):
        backups.clear_leftovers(data)
        return _restore_opened(settings, backup, opening, settings_file)


def _restore_opened(
    settings: Settings, backup: Path, opening: Opening, settings_file: Path | None
) -> Restored:
    data = Path(settings.data)
    # What the backup itself says of withdrawals is as old as it is: only what lies here knows of later ones.
    knows = (data / withdrawals.FILE).exists()
    kept: list[str] = []
    with backups.opened(backup, opening, data) as found:

        def begin(directory: Path) -> None:
            restore_settling.begin(directory)
            kept.extend(backups.place(found, directory, settings_file))

        done = _restore(settings, found / backups.STORE, begin)
    settled = done.settled._replace(known=knows or (done.aside is not None and done.settled.known))
    return done._replace(settled=settled, kept=tuple(kept))


def restore(settings: Settings, backup: Path) -> Restored:
    """Put a backup in the place of the store, and settle it before a server can start. Raises `Problem`."""
    return _restore(settings, backup, restore_settling.begin)


def _restore(settings: Settings, backup: Path, begin: Callable[[Path], None]) -> Restored:
    stamp = datetime.fromtimestamp(real_now() / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    with restored(Path(settings.data), backup, stamp, begin) as (aside, old):
        had, taken = migrate(settings)
        ctx = build(settings)
        replaced = None if old is None else replace(ctx, store=old)
        return Restored(ctx, aside, (had + taken)[-1], restore_settling.settle(ctx, replaced))


def boxes_of_backup(backup: Path, case_id: str) -> list[bytes]:
    """The sealed boxes that a case has in a backup. Raises `Problem`: `no-such-file`, `not-a-store`."""
    return boxes_in(backup, case_id)
