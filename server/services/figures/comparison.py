"""A school's rate against that of a year before, read from the roll-ups."""

from datetime import date, timedelta

from server.domain.figures.comparison import Comparison, compare
from server.domain.figures.periods import Period, days
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.context import Work
from server.services.deadlines.calendars import calendar
from server.services.figures.publication import hidden_months
from server.services.figures.rates import levels_by_month


def against_year_before(
    work: Work, school: str, shown: Period, *, any_days: bool = True
) -> Comparison | None:
    """A period, cut at today while it runs, against the same days a year before; None in the year 2000.

    Without `any_days` only months that are over and are told are compared: the days up to today would, from
    one day to the next, tell single answers of the year before. None where there is no such month.
    """
    untold: frozenset[str] = frozenset()
    if not any_days:
        if shown.end >= local_day(work.now):
            last_month = shown.end.replace(day=1) - timedelta(days=1)
            if last_month < shown.start:
                return None
            shown = days(shown.start, last_month)
        untold = hidden_months(work, school, shown.start, shown.end)
    try:
        earlier = shown.year_before()
    except Problem:
        return None
    return compare(
        shown,
        levels_by_month(work, school, earlier) | levels_by_month(work, school, shown),
        begins=first_day(work, school),
        works=calendar(work, school),
        small_cell=work.ctx.settings.small_cell,
        untold=untold if any_days else untold | hidden_months(work, school, earlier.start, earlier.end),
    )


def first_day(work: Work, school: str) -> date | None:
    """The day of the school's first rating; None where there is none yet."""
    first = work.sql.overview_first_day(school=school)
    return date.fromisoformat(first) if first else None
