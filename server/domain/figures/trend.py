"""The rate by month as a control chart: what is chance, and what asks for a look.

A p-chart (W. A. Shewhart, "Economic control of quality of manufactured product", 1931): about the
mean share of all months, each month has 3-sigma limits of its own n. A month outside them, and nine
months in a row on one side of the mean (L. S. Nelson, "The Shewhart control chart: tests for special
causes", Journal of Quality Technology 16, 1984, tests 1 and 2), are hardly chance.

Nothing is said on less than `MIN_MONTHS` months of `MIN_MONTH_N` ratings each: about the mean of fewer, or in
limits as wide as those of a handful, no month can stand out, and "as usual" would be said of anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from server.domain.figures.rates import Group, control_limits, satisfied

LONG_RUN = 9
"""How many months in a row on one side of the mean count as more than chance (Nelson, test 2)."""

MIN_DRAWN = 2
"""A drawing of one month shows nothing that its figure does not say."""
MIN_MONTHS = 6
"""The fewest months, half a year, of which "usual" is said."""
MIN_MONTH_N = 20
"""A month of fewer ratings has no limits: at a rate of 90 % they would begin below 70 %."""

Side = Literal["low", "high"]


@dataclass(frozen=True)
class Point:
    """One month. `share` is None where nothing is shown: no answers, or too few.

    `low` and `high` are None where the month, or all of them, are too few to be judged.
    """

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
    """All months, oldest first, about the mean share of those that are shown: None where none is.

    `judged` months have limits; 0 where there are fewer than `MIN_MONTHS`, of which nothing is said.
    """

    points: tuple[Point, ...]
    centre: float | None
    run: Run | None
    judged: int
    steady: int
    """Months with `MIN_MONTH_N` ratings or more, judged or not."""

    @property
    def shown(self) -> int:
        """How many months have a rate."""
        return sum(point.share is not None for point in self.points)

    @property
    def drawn(self) -> bool:
        """Whether there is enough to draw."""
        return self.shown >= MIN_DRAWN

    @property
    def outside(self) -> tuple[Point, ...]:
        """The months beyond their limits."""
        return tuple(point for point in self.points if point.out)


def make_trend(months: Sequence[date], groups: Mapping[str, Group]) -> Trend:
    """The control chart of `months` (their first days); `groups` by `YYYY-MM`.

    The mean is that of the months that are shown: it tells nothing of those that are hidden.
    """
    found = [groups.get(f"{month:%Y-%m}") for month in months]
    told = [group for group in found if group is not None and group.levels is not None]
    n = sum(group.n for group in told)
    centre = sum(satisfied(group.levels) for group in told if group.levels) / n if n else None
    steady = sum(group.n >= MIN_MONTH_N for group in told)
    judged = steady if steady >= MIN_MONTHS else 0
    points = tuple(
        _point(month, group, centre if judged else None) for month, group in zip(months, found, strict=True)
    )
    run = _longest_run(points, centre) if judged else None
    return Trend(points, centre, run, judged, steady)


def _point(month: date, group: Group | None, centre: float | None) -> Point:
    """`centre` is None where nothing is judged."""
    if group is None:
        return Point(month, 0, None, None, None, None, False)
    if group.share is None or centre is None or group.n < MIN_MONTH_N:
        return Point(month, group.n, group.share, None, None, None, group.suppressed)
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
