"""Counting days as the law counts them: in working days, or in calendar days that end on one.

The first day is not counted, and a limit that would end on a day off ends on the next working day
(Bộ luật Dân sự, Điều 147 and 148). Which days are off is for the caller to say.
"""

from collections.abc import Callable
from datetime import date, timedelta

_DAY = timedelta(days=1)


class Week:
    """Monday to Friday, but for the days that are off, and with the weekend days that are worked."""

    def __init__(self, off: frozenset[date] = frozenset(), on: frozenset[date] = frozenset()) -> None:
        """`off` wins nothing over `on`: a day that is in both is worked."""
        self._off = off
        self._on = on

    def is_worked(self, day: date) -> bool:
        """Whether offices are open on that day."""
        return day in self._on or (day.weekday() < 5 and day not in self._off)


def last_day(start: date, days: int, is_worked: Callable[[date], bool], *, working: bool) -> date:
    """Returns the last day of a limit of `days` days from `start`, which itself is not counted."""
    day = start
    if working:
        for _ in range(days):
            day = next_worked(day + _DAY, is_worked)
        return day
    return next_worked(start + days * _DAY, is_worked)


def next_worked(day: date, is_worked: Callable[[date], bool]) -> date:
    """That day, or the first one after it that is worked. ValueError where a year has none."""
    for _ in range(400):
        if is_worked(day):
            return day
        day += _DAY
    raise ValueError("no working day within a year")


def worked_between(start: date, end: date, is_worked: Callable[[date], bool]) -> int:
    """How many working days lie after `start` up to and with `end`; negative where `end` comes before."""
    if end < start:
        return -worked_between(end, start, is_worked)
    return sum(is_worked(start + number * _DAY) for number in range(1, (end - start).days + 1))
