"""The calendar by which limits are counted: the nation's, with the days that schools set themselves."""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import lru_cache

from server.domain.deadlines.work_calendar import (
    ALL_SCHOOLS,
    FIRST_YEAR,
    LAST_YEAR,
    ONE_SCHOOL,
    CalendarDay,
    WorkCalendar,
)
from server.domain.problems import Problem
from server.rules.calendar import national_days
from server.services.context import Context, Work

MAX_NAME = 80
"""Characters of a day's name."""


def calendar(work: Work | None, school: str = "") -> WorkCalendar:
    """Says whether a day is worked at a school; without a school, or without a store, at any school.

    The same one again, until a day is set or cleared.
    """
    own = _own_days(work, school) if work else {}
    return _with_own_days(frozenset((day, each.worked) for day, each in own.items()))


@lru_cache(maxsize=64)
def _with_own_days(own: frozenset[tuple[date, bool]]) -> WorkCalendar:
    """The same calendar for the same days: so what was counted by it need not be counted again."""
    return WorkCalendar(national_days, dict(own))


def calendar_days(work: Work | None, school: str, year: int) -> list[CalendarDay]:
    """The named days of a year at a school, in order: an own day stands in the place of a national one.

    Raises `Problem("no-calendar")` for a year that the calendar does not know.
    """
    days = dict(national_days(year))
    own = _own_days(work, school) if work else {}
    for day, each in own.items():
        if day.year == year:
            under = days.get(day)
            days[day] = each._replace(replaces=under.name if under else None)
    return sorted(days.values(), key=lambda each: each.day)


def set_day(ctx: Context, school: str, day: date, *, worked: bool, name: str, by: str) -> CalendarDay:
    """Make a day worked or off at a school; `school` "" means all schools, `by` is a login or "".

    Raises `Problem`: `unknown-school`, `no-calendar`, `day-name` (empty or too long), `day-is-off` and
    `day-is-worked` where the day is so without that.
    """
    with ctx.read() as work:
        _check_school(work, school)
    check_year(day.year)
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(name) <= MAX_NAME or any(unicodedata.category(c).startswith("C") for c in name):
        raise Problem("day-name", most=MAX_NAME)
    with ctx.write() as work:
        others = {key: each.worked for key, each in _own_days(work, school, but=day).items()}
        if WorkCalendar(national_days, others)(day) == worked:
            raise Problem("day-is-worked" if worked else "day-is-off", day=f"{day:%d/%m/%Y}")
        work.sql.calendar_day_put(
            school=school,
            day=day.isoformat(),
            worked=int(worked),
            name=name,
            changed_by=by,
            changed_at=work.now,
        )
    return CalendarDay(day, worked, {"vi": name, "en": name}, ONE_SCHOOL if school else ALL_SCHOOLS)


def clear_day(ctx: Context, school: str, day: date) -> None:
    """Take a day that was set away again. Raises `Problem`: `unknown-school`, `no-such-day`."""
    with ctx.read() as work:
        _check_school(work, school)
    with ctx.write() as work:
        if not work.sql.calendar_day_delete(school=school, day=day.isoformat()):
            raise Problem("no-such-day", day=f"{day:%d/%m/%Y}")


def _own_days(work: Work, school: str, but: date | None = None) -> dict[date, CalendarDay]:
    """The days set for a school, its own over those set for all; `but` leaves one of its own out."""
    found: dict[date, CalendarDay] = {}
    for row in work.sql.calendar_day_all(school=school):
        day, name = date.fromisoformat(row["day"]), row["name"]
        if row["school"] == school and day == but:
            continue
        origin = ONE_SCHOOL if row["school"] else ALL_SCHOOLS
        found[day] = CalendarDay(day, bool(row["worked"]), {"vi": name, "en": name}, origin)
    return found


def _check_school(work: Work, school: str) -> None:
    if school and work.sql.school_find(slug=school) is None:
        raise Problem("unknown-school", slug=school)


def check_year(year: int) -> None:
    """Raises `Problem("no-calendar")` for a year that the calendar does not know."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Problem("no-calendar", year=year, first=FIRST_YEAR, last=LAST_YEAR)
