"""A school's rate against that of a year before, read from the roll-ups."""

from datetime import date

from server.domain.comparison import Comparison, compare
from server.domain.periods import Period
from server.domain.problems import Problem
from server.services.calendars import calendar
from server.services.context import Context
from server.services.rates import levels_by_month


def against_year_before(ctx: Context, school: str, shown: Period) -> Comparison | None:
    """A period, cut at today while it runs, against the same days a year before; None in the year 2000."""
    try:
        earlier = shown.year_before()
    except Problem:
        return None
    return compare(
        shown,
        levels_by_month(ctx, school, earlier) | levels_by_month(ctx, school, shown),
        begins=first_day(ctx, school),
        works=calendar(ctx, school),
        small_cell=ctx.settings.small_cell,
    )


def first_day(ctx: Context, school: str) -> date | None:
    """The day of the school's first rating; None where there is none yet."""
    first = ctx.store.sql.overview_first_day(ctx.store.connection, school=school)
    return date.fromisoformat(first) if first else None
