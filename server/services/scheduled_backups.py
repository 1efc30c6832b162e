"""A backup every day into one directory, and which of the older ones go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services import withdrawals
from server.services.backup import ENDING, back_up, key_of
from server.services.context import Context

_PREFIX = "hailong-"


class Overdue(NamedTuple):
    """That none was made since yesterday; `last`: the day of the newest, None where there is none."""

    last: date | None


def run(ctx: Context) -> Path | None:
    """Make today's backup where it is not there yet; its file. Raises `Problem` as `back_up` does.

    Older ones go only while the server's clock is believed: a wrong one must not delete them.
    """
    directory, today = Path(ctx.settings.backup_dir), local_day(ctx.now())
    path = directory / f"{_PREFIX}{today.isoformat()}{ENDING}"
    if path.exists():
        return None
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Problem("cannot-write", path=str(directory), reason=error.strerror or str(error)) from error
    withdrawals.adopt(ctx)
    back_up(ctx, path)
    if ctx.clock.may_erase:
        settings = ctx.settings
        for day in too_old(days(directory), settings.backup_daily, settings.backup_weekly):
            (directory / f"{_PREFIX}{day.isoformat()}{ENDING}").unlink(missing_ok=True)
    return path


def days(directory: Path) -> list[date]:
    """The days of which there are backups, the newest first."""
    found = []
    for path in directory.glob(f"{_PREFIX}*{ENDING}"):
        try:
            found.append(date.fromisoformat(path.name[len(_PREFIX) : -len(ENDING)]))
        except ValueError:
            continue
    return sorted(found, reverse=True)


def too_old(found: Sequence[date], daily: int, weekly: int) -> list[date]:
    """Which go: all but the newest `daily`, and the newest of each of the last `weekly` weeks."""
    newest = sorted(found, reverse=True)
    weeks: dict[tuple[int, int], date] = {}
    for day in newest:
        weeks.setdefault(day.isocalendar()[:2], day)
    kept = {*newest[:daily], *list(weeks.values())[:weekly]}
    return [day for day in newest if day not in kept]


def last(ctx: Context) -> date | None:
    """The day of the newest one; None where there is none, or none is to be made."""
    return next(iter(days(Path(ctx.settings.backup_dir))), None) if ctx.settings.backup_dir else None


def overdue(ctx: Context) -> Overdue | None:
    """Where one is to be made every day, and is not."""
    newest = last(ctx)
    if not ctx.settings.backup_dir or (newest and newest >= local_day(ctx.now()) - timedelta(days=1)):
        return None
    return Overdue(newest)


def trouble(ctx: Context) -> str:
    """What somebody had better see to, '' where all is well."""
    if key_of(ctx) is None:
        return "backups are not sealed: hailong backup key"
    if not ctx.settings.backup_dir:
        return "none is made by itself: set backup_dir"
    late = overdue(ctx)
    if late is None:
        return ""
    return f"the last one is of {late.last}" if late.last else f"there is none in {ctx.settings.backup_dir}"
