"""A school's rates for those who may see no single answers: readers of pages, holders of a public token."""

from __future__ import annotations

from datetime import date

from server.domain.access.roles import ANY_DAYS
from server.domain.figures import publication
from server.domain.figures.periods import Period, days, month_period, parse_period
from server.domain.figures.publication import Span
from server.domain.figures.rates import Group, hide
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.rules.regimes import regimes
from server.services.context import Work
from server.services.figures.rates import levels_by_month, open_months, rates


def hidden(work: Work, school: str, year: int) -> frozenset[Span]:
    """The months, quarters, halves of a year, and the year, that are not told, by their days."""
    whole = parse_period(str(year))
    return publication.hidden(
        year,
        levels_by_month(work, school, whole),
        today=local_day(work.now),
        small_cell=work.ctx.settings.small_cell,
    )


def hidden_months(work: Work, school: str, first: date, last: date) -> frozenset[str]:
    """The months from one day to another that are not told, as `YYYY-MM`."""
    return frozenset(
        f"{start:%Y-%m}"
        for year in range(first.year, last.year + 1)
        for start, end in hidden(work, school, year)
        if (start.year, start.month) == (end.year, end.month)
    )


def told_months(work: Work, school: str, first: date, last: date) -> list[Group]:
    """The months from one day to another, from the earliest on: hidden alike, whatever is asked besides."""
    untold = hidden_months(work, school, first, last)
    return [hide(each) if each.key in untold else each for each in open_months(work, school, first, last)]


def check_reader(work: Work, school: str, role: str, period: Period) -> None:
    """Whether that role may see the figures of that period.

    Raises `Problem`: `period-not-whole`, and `period-hidden` where it would give another one away.
    """
    if role in ANY_DAYS:
        return
    if not publication.is_whole(period, local_day(work.now)):
        raise Problem("period-not-whole")
    if _gives_away(work, school, period):
        raise Problem("period-hidden", small=work.ctx.settings.small_cell)


def public_rates(  # noqa: PLR0917 - the signature of `rates`
    work: Work, school: str, first: date, last: date, by: str | None, misuse_included: bool
) -> list[Group]:
    """The rates as a public token opens them: of a whole month or a regime's period that is over.

    Raises `Problem`: `public-misuse`, `public-by`, `public-period`, `public-period-running`.
    """
    if misuse_included:
        raise Problem("public-misuse")
    if by not in (None, "month"):
        raise Problem("public-by")
    period, today = days(first, last), local_day(work.now)
    if not _is_public(period):
        raise Problem("public-period")
    if last >= today:
        raise Problem("public-period-running", last=last.isoformat())
    if by == "month":
        return told_months(work, school, first, last)
    [total] = rates(work, school, first, last)
    return [hide(total) if (first, last) in hidden(work, school, first.year) else total]


def _is_public(period: Period) -> bool:
    """A whole month, or a period for which some regime asks a report."""
    span = (period.start, period.end)
    codes = {report.period for regime in regimes() for report in regime.reports if report.period}
    year, month = period.start.year, period.start.month
    told = [month_period(year, month), *(parse_period(code.format(year=year)) for code in codes)]
    return span in {(each.start, each.end) for each in told}


def _gives_away(work: Work, school: str, period: Period) -> bool:
    """Whether the period is hidden for another's sake: too small by itself, its page says so."""
    [total] = rates(work, school, period.start, period.end)
    untold = hidden(work, school, period.start.year)
    return not total.suppressed and (period.start, period.end) in untold
