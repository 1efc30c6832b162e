"""`hailong deadline` and `hailong calendar`: when a limit ends, and which days are worked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click

from server.cli.common import context_for, data_options, json_option, table, tell
from server.domain.deadlines.deadlines import WORKING, Deadline, skipped
from server.domain.deadlines.work_calendar import ALL_SCHOOLS, NATIONAL, CalendarDay
from server.domain.localtime import local_day, read_day
from server.domain.problems import Problem
from server.rules.limits import VARIANTS
from server.services import schools
from server.services.context import Context, Work
from server.services.deadlines import calendars
from server.services.deadlines.deadlines import deadline as deadline_at
from server.transport.http.frame.formats import weekday

_SCHOOL_HELP = "The slug of one school; by default the day holds for all schools."


@click.command()
@click.argument("rule")
@click.option(
    "--from", "start", required=True, metavar="YYYY-MM-DD", help="The first day; it is not counted."
)
@click.option(
    "--variant", default="", metavar="|".join(VARIANTS), help="What makes the limit longer; none by default."
)
@click.option("--school", default="", help="Count by this school's calendar; by default by the nation's.")
@json_option
@data_options
def deadline(
    *,
    rule: str,
    start: str,
    variant: str,
    school: str,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Say on which day the limit RULE ends, such as citizen_reception.answer, and by which law.

    Needs no data directory unless a school is named. An unknown RULE lists the known ones.
    """
    first = _read_day(start)
    with _counting(data, settings_file, school) as work:
        found = deadline_at(work, rule, first, variant, school)
        off = skipped(found, calendars.calendar(work, school))
    values = {
        "rule": found.rule,
        "variant": found.variant,
        "from": first.isoformat(),
        "last_day": found.last_day.isoformat(),
        "limit": found.days,
        "unit": found.unit,
        "source": found.source,
        "verified": found.verified,
        "days_off": [day.isoformat() for day in off],
    }
    tell(as_json, values, *_deadline_lines(found, off))


def _deadline_lines(found: Deadline, off: tuple[date, ...]) -> list[str]:
    kind = "working" if found.unit == WORKING else "calendar"
    counted = f"{found.days} {kind} days after {found.start} ({found.variant or 'plain'})"
    lines = [
        found.last_day.isoformat(),
        f"day       {weekday(found.last_day, 'vi')} {found.last_day:%d/%m/%Y}",
        f"limit     {counted}",
        f"source    {found.source}",
        f"verified  {'yes' if found.verified else 'no: hold it against the law before relying on it'}",
    ]
    if off:
        lines.append(f"days off  {', '.join(day.isoformat() for day in off)}")
    return lines


@click.group()
def calendar() -> None:
    """The days off and the worked weekend days by which limits are counted."""


@calendar.command("list")
@click.option("--school", default="", help="The slug of a school, for the days that it set itself.")
@click.option("--year", type=int, help="The year; by default this one.")
@json_option
@data_options
def calendar_list(
    *, school: str, year: int | None, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Show the named days of a year: the nation's, those for all schools, and a school's own."""
    ctx = _context(data, settings_file, school)
    of = local_day(ctx.now()).year if year is None else year
    with ctx.read() as work:
        days = calendars.calendar_days(work, school, of)
    rows = [
        (each.day.isoformat(), weekday(each.day, "vi"), _state(each), _origin(each), each.name["vi"])
        for each in days
    ]
    values = {"school": school, "year": of, "days": [_values(each) for each in days]}
    tell(as_json, values, *table(("day", "weekday", "state", "set by", "name"), rows))


@calendar.command("off")
@click.argument("day")
@click.option("--name", required=True, help="What people call it: 'Hội khỏe Phù Đổng'.")
@click.option("--school", default="", help=_SCHOOL_HELP)
@json_option
@data_options
def calendar_off(
    *, day: str, name: str, school: str, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Make DAY (YYYY-MM-DD) a day off."""
    ctx = _context(data, settings_file, school)
    made = calendars.set_day(ctx, school, _read_day(day), worked=False, name=name, by="")
    tell(as_json, _values(made), f"{made.day} is a day off now: {made.name['vi']}")


@calendar.command("work")
@click.argument("day")
@click.option("--name", required=True, help="What people call it: 'Làm bù cho ngày 31/8'.")
@click.option("--school", default="", help=_SCHOOL_HELP)
@json_option
@data_options
def calendar_work(
    *, day: str, name: str, school: str, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Make DAY (YYYY-MM-DD) a working day, such as a Saturday worked for another day."""
    ctx = _context(data, settings_file, school)
    made = calendars.set_day(ctx, school, _read_day(day), worked=True, name=name, by="")
    tell(as_json, _values(made), f"{made.day} is worked now: {made.name['vi']}")


@calendar.command("clear")
@click.argument("day")
@click.option("--school", default="", help=_SCHOOL_HELP)
@json_option
@data_options
def calendar_clear(
    *, day: str, school: str, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Take back what `off` or `work` said of DAY: it is again as the nation's calendar has it."""
    ctx = _context(data, settings_file, school)
    cleared = _read_day(day)
    calendars.clear_day(ctx, school, cleared)
    tell(as_json, {"day": cleared.isoformat(), "school": school}, f"{cleared} is as in the nation's calendar")


@contextmanager
def _counting(data: str | None, settings_file: Path | None, school: str) -> Iterator[Work | None]:
    """Where a school's own days are counted; without a school no store is needed."""
    if not school:
        yield None
        return
    with _context(data, settings_file, school).read() as work:
        yield work


def _context(data: str | None, settings_file: Path | None, school: str) -> Context:
    ctx = context_for(data, settings_file)
    if school:
        with ctx.read() as work:
            schools.school(work, school)
    return ctx


def _read_day(text: str) -> date:
    day = read_day(text)
    if day is None:
        raise Problem("bad-day", day=text[:40])
    return day


def _state(day: CalendarDay) -> str:
    words = "worked" if day.worked else "off"
    return f"{words} (expected)" if day.provisional else words


def _origin(day: CalendarDay) -> str:
    return {NATIONAL: "nation", ALL_SCHOOLS: "all schools"}.get(day.origin, "school")


def _values(day: CalendarDay) -> dict[str, object]:
    return {
        "day": day.day.isoformat(),
        "worked": day.worked,
        "name": day.name["vi"],
        "origin": day.origin,
        "provisional": day.provisional,
        "source": day.source,
        "replaces": day.replaces["vi"] if day.replaces else None,
    }
