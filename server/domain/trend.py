"""The rate by month as a control chart: what is chance, and what asks for a look.

A p-chart (W. A. Shewhart, "Economic control of quality of manufactured product", 1931): about the
mean share of all months, each month has 3-sigma limits of its own n. A month outside them, and nine
months in a row on one side of the mean (L. S. Nelson, "The Shewhart control chart: tests for special
causes", Journal of Quality Technology 16, 1984, tests 1 and 2), are hardly chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from server.domain.rates import Group, control_limits

LONG_RUN = 9
"""So many months in a row on one side of the mean count as more than chance (Nelson, test 2)."""

Side = Literal["low", "high"]


@dataclass(frozen=True)
class Point:
    """One month. `share` is None where nothing is shown: no answers, or too few."""

    month: date
    n: int
    share: float | None
    low: float | None
    high: float | None
    out: Side | None
    hidden: bool


@dataclass(frozen=True)
class Run:
    """At least `LONG_RUN` months in a row above (`high`) or below (`low`) the mean."""

    start: date
    length: int
    side: Side


@dataclass(frozen=True)
class Trend:
    """All months, oldest first, about their mean share; `centre` is None where there are too few answers."""

    points: tuple[Point, ...]
    centre: float | None
    run: Run | None

    @property
    def outside(self) -> tuple[Point, ...]:
        """The months beyond their limits."""
        return tuple(point for point in self.points if point.out)


def make_trend(months: Sequence[date], groups: Mapping[str, Group], total: Group) -> Trend:
    """The control chart of `months` (their first days); `groups` by `YYYY-MM`, `total` all of them."""
    centre = total.share
    points = tuple(_point(month, groups.get(f"{month:%Y-%m}"), centre) for month in months)
    return Trend(points, centre, _longest_run(points, centre))


def _point(month: date, group: Group | None, centre: float | None) -> Point:
    if group is None:
        return Point(month, 0, None, None, None, None, False)
    if group.share is None or centre is None:
        return Point(month, group.n, None, None, None, None, group.suppressed)
    low, high = control_limits(centre, group.n)
    out: Side | None = "low" if group.share < low else "high" if group.share > high else None
    return Point(month, group.n, group.share, low, high, out, False)


def _longest_run(points: Sequence[Point], centre: float | None) -> Run | None:
    best: Run | None = None
    current: Run | None = None
    for point in points:
        side: Side | None = None
        if point.share is not None and centre is not None and point.share != centre:
            side = "high" if point.share > centre else "low"
        if side is None:
            current = None
        elif current is not None and current.side == side:
            current = Run(current.start, current.length + 1, side)
        else:
            current = Run(point.month, 1, side)
        if (
            current is not None
            and current.length >= LONG_RUN
            and (best is None or current.length >= best.length)
        ):
            best = current
    return best
