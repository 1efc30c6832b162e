"""A rate against that of a year before: like with like, or no comparison with its reason.

A year, a half, a quarter or a month is compared as such only where both years have data throughout. Else
only those of its months are compared that have ratings in both years, in the earlier one from the month's
first day on.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple, TypeAlias

from server.domain.figures.periods import Period
from server.domain.figures.rates import (
    Cell,
    Difference,
    Group,
    Levels,
    make_groups,
    make_total,
    newcombe,
    satisfied,
)

Outcome: TypeAlias = Literal["whole", "months", "begins", "apart", "few", "hidden"]
"""What was compared: the `whole` period, some `months` of it; or nothing, because the data only begin
later (`begins`), no month has data in both years (`apart`), there are too few ratings (`few`), or it would
give away a month that is hidden elsewhere (`hidden`)."""

Span: TypeAlias = tuple[date, date]


class Month(NamedTuple):
    """The days of one month that are compared, both inclusive, and the same days a year before."""

    now: Span
    before: Span

    @property
    def keys(self) -> tuple[str, str]:
        """Both months as `YYYY-MM`."""
        return f"{self.now[0]:%Y-%m}", f"{self.before[0]:%Y-%m}"


@dataclass(frozen=True)
class Comparison:
    """What came of comparing. `earlier` are the same days a year before, `begins` the first day with data.

    `now` and `before` are the groups that were compared and `difference` the first less the second: all
    None where nothing was. `spans` are the days of the present period that were compared.
    """

    outcome: Outcome
    earlier: Period
    begins: date | None
    spans: tuple[Span, ...] = ()
    now: Group | None = None
    before: Group | None = None
    difference: Difference | None = None

    @property
    def certain(self) -> bool:
        """Whether the interval leaves zero out: hardly chance."""
        return self.difference is not None and (self.difference.low > 0 or self.difference.high < 0)


def months_of(period: Period) -> list[Month]:
    """The months of a period with those of a year before, in order."""
    found, start = [], period.start
    while start <= period.end:
        last = start.replace(day=calendar.monthrange(start.year, start.month)[1])
        end = min(last, period.end)
        found.append(Month((start, end), (_shift(start), _shift(end, whole=end == last))))
        start = last + timedelta(days=1)
    return found


def compare(
    period: Period,
    levels: Mapping[str, Levels],
    *,
    begins: date | None,
    works: Callable[[date], bool],
    small_cell: int,
    untold: Collection[str] = (),
) -> Comparison:
    """A period against the same days a year before.

    `levels` has the counted ratings of each month, those days alone, by `YYYY-MM`; `begins` is the first
    day with data, and `works` says whether a day is worked: a month has data from its first day on where
    they begin by its first day that is worked. Months among `untold` are left out of both years.
    Raises `Problem("bad-period")` where there is no year before.
    """
    earlier = period.year_before()
    months = [month for month in months_of(period) if any(_n(levels, key) for key in month.keys)]
    alike = [
        month
        for month in months
        if all(_n(levels, key) and key not in untold for key in month.keys)
        and _covered(month.before, begins, works)
    ]
    spans = _joined([month.now for month in alike])
    if not alike:
        outcome: Outcome = "begins" if begins is None or begins > earlier.end else "apart"
        return Comparison(outcome, earlier, begins)
    now, before = (
        make_total([Cell(month.keys[side], levels[month.keys[side]]) for month in alike], small_cell)
        for side in (0, 1)
    )
    if now.levels is None or before.levels is None:
        return Comparison("few", earlier, begins, spans)
    if any(_gives_away(months, alike, levels, side, small_cell) for side in (0, 1)):
        return Comparison("hidden", earlier, begins, spans)
    difference = newcombe(satisfied(now.levels), now.n, satisfied(before.levels), before.n)
    outcome = "whole" if len(alike) == len(months) else "months"
    return Comparison(outcome, earlier, begins, spans, now, before, difference)


def _n(levels: Mapping[str, Levels], key: str) -> int:
    return sum(levels.get(key, ()))


def _covered(span: Span, begins: date | None, works: Callable[[date], bool]) -> bool:
    if begins is None:
        return False
    day, last = span
    while day < last and not works(day):
        day += timedelta(days=1)
    return begins <= day


def _gives_away(
    months: Sequence[Month], alike: Sequence[Month], levels: Mapping[str, Levels], side: int, small_cell: int
) -> bool:
    """Whether the sum of the compared months parts those that the table by month hides."""
    cells = [Cell(month.keys[side], levels.get(month.keys[side], (0, 0, 0, 0, 0))) for month in months]
    hidden = {group.key for group in make_groups(cells, small_cell) if group.suppressed}
    inside = hidden & {month.keys[side] for month in alike}
    return bool(inside) and inside != hidden


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans that follow one another as one."""
    found: list[Span] = []
    for start, end in spans:
        if found and found[-1][1] + timedelta(days=1) == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)


def _shift(day: date, whole: bool = False) -> date:
    """The day a year before; with `whole` the last of its month."""
    last = calendar.monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=last if whole else min(day.day, last))
