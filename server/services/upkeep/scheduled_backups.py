"""A backup every day into one directory, and which of the older ones go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.domain.school_hours import read_clock
from server.services import withdrawals
from server.services.context import Context
from server.services.upkeep.backup import ENDING, UNFINISHED, back_up, is_backup, key_of
from server.services.upkeep.backup_sheet import has_sheet

_PREFIX, _BROKEN = "hailong-", ".broken"
_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 24 * 3_600_000
_GRACE_MS = 12 * _HOUR_MS
"""How long after it was due a missing backup is told: a server may be off in the night."""


class Overdue(NamedTuple):
    """That the one that was due is not there; `last`: the day of the newest, None where there is none."""

    last: date | None


def run(ctx: Context, settings_file: Path | None = None) -> Path | None:
    """Make the backup that is due where it is not there yet, and let old ones go; its file.

    Old ones go only while the server's clock is believed: a wrong one must not delete them. Raises `Problem`
    as `back_up` does.
    """
    directory, due = Path(ctx.settings.backup_dir), due_day(ctx, ctx.now())
    path = _file_of(directory, due)
    made = None
    if not is_backup(path):
        _make_directory(directory)
        _put_away(path)
        withdrawals.adopt(ctx)
        back_up(ctx, path, settings_file=settings_file)
        made = path
    if ctx.clock.may_erase:
        _clear(ctx, directory, due)
    return made


def _put_away(path: Path) -> None:
    """What lies there under the day's name and is no backup, such as a file that the disk has emptied."""
    try:
        if path.exists():
            path.replace(path.with_name(f"{path.name}{_BROKEN}"))
    except OSError as error:
        raise Problem("cannot-write", path=str(path), reason=error.strerror or str(error)) from error


def due_day(ctx: Context, at: int) -> date:
    """The day whose backup is due at that moment: until `backup_at` it is the one of the day before."""
    return local_day(at - (read_clock(ctx.settings.backup_at) or 0) * _MINUTE_MS)


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Problem("cannot-write", path=str(directory), reason=error.strerror or str(error)) from error


def _clear(ctx: Context, directory: Path, due: date) -> None:
    """Delete those that are too old, and what was left of one that a power cut has ended.

    What is no backup, such as a file that the disk has emptied, takes the place of none that stays.
    """
    settings = ctx.settings
    found = days(directory, until=due)
    sound = [day for day in found if is_backup(_file_of(directory, day))]
    kept = staying(sound, due, settings.backup_daily, settings.backup_weekly, settings.backup_keep_days)
    broken = {day for day in found if day not in sound and (due - day).days <= settings.backup_keep_days}
    with contextlib.suppress(OSError):  # another disk may be away by now; it is tried again
        for day in set(found) - kept - broken:
            _file_of(directory, day).unlink(missing_ok=True)
        for pattern, kept_days in (
            (f".{_PREFIX}*{UNFINISHED}", 1),
            (f"{_PREFIX}*{_BROKEN}", settings.backup_keep_days),
        ):
            for left in directory.glob(pattern):
                if left.stat().st_mtime * 1000 < ctx.now() - kept_days * _DAY_MS:
                    left.unlink(missing_ok=True)


def _file_of(directory: Path, day: date) -> Path:
    return directory / f"{_PREFIX}{day.isoformat()}{ENDING}"


def days(directory: Path, until: date) -> list[date]:
    """The days of which there are backups, the newest first; without those that a wrong clock has named."""
    return sorted((day for day in _days_of_all(directory) if day <= until), reverse=True)


def _days_of_all(directory: Path) -> Iterator[date]:
    for path in directory.glob(f"{_PREFIX}*{ENDING}"):
        with contextlib.suppress(ValueError):
            yield date.fromisoformat(path.name[len(_PREFIX) : -len(ENDING)])


def staying(found: Sequence[date], today: date, daily: int, weekly: int, keep_days: int) -> set[date]:
    """Which stay: the newest `daily` and the newest of each of the last `weekly` weeks, as long as they are
    of the last `keep_days` days before `today`; and the newest in any case.
    """
    newest = sorted(found, reverse=True)
    weeks: dict[tuple[int, int], date] = {}
    for day in newest:
        weeks.setdefault(day.isocalendar()[:2], day)
    wanted = [*newest[:daily], *list(weeks.values())[:weekly]]
    return {day for day in wanted if (today - day).days <= keep_days} | set(newest[:1])


def last(ctx: Context) -> date | None:
    """The day of the newest one; None where there is none, or none is to be made."""
    if not ctx.settings.backup_dir:
        return None
    directory = Path(ctx.settings.backup_dir)
    found = days(directory, due_day(ctx, ctx.now()))
    return next((day for day in found if is_backup(_file_of(directory, day))), None)


def overdue(ctx: Context) -> Overdue | None:
    """Where one is to be made every day, and half a day after it was due is not there."""
    newest = last(ctx)
    if not ctx.settings.backup_dir or (newest and newest >= due_day(ctx, ctx.now() - _GRACE_MS)):
        return None
    return Overdue(newest)


def trouble(ctx: Context) -> str:
    """What somebody had better see to, '' where all is well."""
    if key_of(ctx) is None:
        return "backups are not sealed: hailong backup key"
    if not ctx.settings.backup_dir:
        return "none is made by itself: set backup_dir"
    late = overdue(ctx)
    if late is not None:
        return (
            f"the last one is of {late.last}" if late.last else f"there is none in {ctx.settings.backup_dir}"
        )
    return "" if has_sheet(ctx) else "their passphrase alone opens them: hailong backup sheet"
