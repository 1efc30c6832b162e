"""Putting a backup in the place of the store, and settling it before a server can start."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from server.services import withdrawals
from server.services.context import Context
from server.services.upkeep import backup as backups
from server.services.upkeep import restore_settling
from server.services.upkeep.backup import Opening
from server.services.upkeep.restore_settling import Settled
from server.settings import Settings
from server.storage.faults import of_directory
from server.storage.locks import of_work
from server.storage.restoring import boxes_in, check_copy_of, restored
from server.wiring.contexts import build, migrate
from server.wiring.machine import real_now


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
