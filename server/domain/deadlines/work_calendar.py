"""Which days are worked: the nation's calendar, and over it the days that a school or all schools set."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

FIRST_YEAR = 2000
LAST_YEAR = 2098
"""The years of the calendar; the lunar one is known up to 2099."""
NATIONAL = "national"
ALL_SCHOOLS = "all"
ONE_SCHOOL = "school"


class CalendarDay(NamedTuple):
    """A day that is not as its weekday says, or that has a name.

    `origin` is `national`, `all` (set for all schools of this installation) or `school`. `provisional`:
    the government fixes this day year by year and has not done so yet. `source` is where a national
    day comes from; `replaces` is the name of the day over which an own one was set.
    """

    day: date
    worked: bool
    name: Mapping[str, str]
    origin: str
    provisional: bool = False
    source: str = ""
    replaces: Mapping[str, str] | None = None


class WorkCalendar:
    """Says of any day whether it is worked: the own days first, then the nation's, then the weekday."""

    def __init__(
        self, national: Callable[[int], Mapping[date, CalendarDay]], own: Mapping[date, bool]
    ) -> None:
        """`national` gives the named days of a year; `own` says for its days whether they are worked."""
        self._national = national
        self._own = own

    def __call__(self, day: date) -> bool:
        """Whether offices are open on that day."""
        if day in self._own:
            return self._own[day]
        known = self._national(day.year).get(day)
        return known.worked if known else day.weekday() < 5
