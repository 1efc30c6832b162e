"""When somebody is at a school: one span a day, in the school's own time, written `05:30-19:30`."""

import re
from typing import NamedTuple

from server.domain.localtime import local_day, start_of
from server.domain.problems import Problem

_SPAN = re.compile(r"([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])")
_MINUTE = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_MINUTE_MS = 60_000
_DAY_MINUTES = 24 * 60


class SchoolHours(NamedTuple):
    """From the minute `opens` to the minute `closes` of every day, the latter excluded. 24:00 is 1440."""

    opens: int
    closes: int

    @property
    def always(self) -> bool:
        """Whether it is open day and night, which is also what a school has that has not said anything."""
        return (self.opens, self.closes) == (0, _DAY_MINUTES)

    def is_closed(self, first: int, last: int) -> bool:
        """Whether the school is closed during all of the time from `first` to `last`, ms since 1970."""
        midnight = start_of(local_day(first))
        while midnight <= last:
            if first < midnight + self.closes * _MINUTE_MS and last >= midnight + self.opens * _MINUTE_MS:
                return False
            midnight += _DAY_MINUTES * _MINUTE_MS
        return True

    def __str__(self) -> str:
        """As it is written."""
        return f"{clock_of(self.opens)}-{clock_of(self.closes)}"


def clock_of(minute: int) -> str:
    """A minute of the day as `05:30`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def read_clock(text: str) -> int | None:
    """The minute of the day that is written `05:30`, 0 to 1439; None for anything else."""
    found = _MINUTE.fullmatch(text.strip())
    return None if found is None else int(found[1]) * 60 + int(found[2])


def read_hours(text: str) -> SchoolHours:
    """The span that is written; `00:00-24:00` is always open. Raises `Problem("bad-hours")`."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise Problem("bad-hours")
    hour, minute, last_hour, last_minute = map(int, found.groups())
    hours = SchoolHours(hour * 60 + minute, last_hour * 60 + last_minute)
    if not hours.opens < hours.closes <= _DAY_MINUTES:
        raise Problem("bad-hours")
    return hours
