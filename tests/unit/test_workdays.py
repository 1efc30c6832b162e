"""Working days: counted as the law counts them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_defs.workdays import Week, last_day, next_worked, worked_between

# Tết 2027: off from Thursday 4/2 to Wednesday 10/2; 24/11/2026 is off, the Saturday before it is worked.
OFF = frozenset({date(2026, 11, 24), *(date(2027, 2, 4) + timedelta(days=n) for n in range(7))})
ON = frozenset({date(2026, 11, 21)})
WEEK = Week(OFF, ON)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
limits = st.integers(0, 90)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 11, 20), True),  # a Friday
        (date(2026, 11, 21), True),  # the Saturday that is worked
        (date(2026, 11, 22), False),  # a Sunday
        (date(2026, 11, 23), True),
        (date(2026, 11, 24), False),  # the day off
        (date(2026, 11, 28), False),  # a plain Saturday
    ],
)
def test_a_week(day: date, worked: bool) -> None:
    assert WEEK.is_worked(day) is worked


def test_a_day_that_is_both_is_worked() -> None:
    day = date(2026, 11, 24)
    assert Week(frozenset({day}), frozenset({day})).is_worked(day)
    assert [Week().is_worked(date(2026, 6, number)) for number in range(1, 8)] == [True] * 5 + [False] * 2


@pytest.mark.parametrize(
    ("start", "count", "working", "end"),
    [
        # The first day is not counted.
        (date(2026, 6, 1), 1, True, date(2026, 6, 2)),
        (date(2026, 6, 1), 10, True, date(2026, 6, 15)),
        # From a Friday, from a Sunday: the count begins on Monday.
        (date(2026, 6, 5), 1, True, date(2026, 6, 8)),
        (date(2026, 6, 7), 1, True, date(2026, 6, 8)),
        (date(2026, 6, 5), 10, True, date(2026, 6, 19)),
        # Over 24/11 and the Saturday that is worked for it.
        (date(2026, 11, 20), 1, True, date(2026, 11, 21)),
        (date(2026, 11, 20), 3, True, date(2026, 11, 25)),
        # Over Tết.
        (date(2027, 2, 3), 1, True, date(2027, 2, 11)),
        (date(2027, 1, 28), 10, True, date(2027, 2, 18)),
        # Calendar days, and a last day that moves on.
        (date(2026, 6, 1), 10, False, date(2026, 6, 11)),
        (date(2026, 6, 3), 10, False, date(2026, 6, 15)),
        (date(2026, 11, 14), 10, False, date(2026, 11, 25)),
        (date(2026, 11, 11), 10, False, date(2026, 11, 21)),
        (date(2027, 1, 10), 30, False, date(2027, 2, 11)),
        # No days: working days end where they start, calendar days on the next that is worked.
        (date(2026, 6, 6), 0, True, date(2026, 6, 6)),
        (date(2026, 6, 6), 0, False, date(2026, 6, 8)),
    ],
)
def test_the_last_day(start: date, count: int, working: bool, end: date) -> None:
    assert last_day(start, count, WEEK.is_worked, working=working) == end


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        (date(2026, 6, 1), date(2026, 6, 1), 0),
        (date(2026, 6, 1), date(2026, 6, 2), 1),
        (date(2026, 6, 5), date(2026, 6, 7), 0),
        (date(2026, 6, 5), date(2026, 6, 8), 1),
        (date(2026, 11, 20), date(2026, 11, 25), 3),
        (date(2027, 2, 3), date(2027, 2, 10), 0),
        (date(2026, 6, 8), date(2026, 6, 5), -1),
        (date(2026, 6, 2), date(2026, 6, 1), -1),
    ],
)
def test_how_many_working_days_lie_between(start: date, end: date, count: int) -> None:
    assert worked_between(start, end, WEEK.is_worked) == count


@given(days, limits, st.booleans())
def test_a_last_day_is_a_working_day_and_longer_limits_never_end_earlier(
    start: date, count: int, working: bool
) -> None:
    end = last_day(start, count, WEEK.is_worked, working=working)
    assert end >= start
    assert WEEK.is_worked(end) or (working and count == 0)
    assert last_day(start, count + 1, WEEK.is_worked, working=working) >= end
    assert last_day(start + timedelta(days=1), count, WEEK.is_worked, working=working) >= end
    if working:
        assert worked_between(start, end, WEEK.is_worked) == count


@given(days, st.frozensets(days, max_size=20), limits)
def test_more_days_off_never_end_a_limit_earlier(start: date, more: frozenset[date], count: int) -> None:
    fewer = Week(OFF | more, ON)
    for working in (True, False):
        assert last_day(start, count, fewer.is_worked, working=working) >= last_day(
            start, count, WEEK.is_worked, working=working
        )


@given(days)
def test_the_next_worked_day_is_the_first(day: date) -> None:
    found = next_worked(day, WEEK.is_worked)
    assert WEEK.is_worked(found)
    assert not any(WEEK.is_worked(day + timedelta(days=n)) for n in range((found - day).days))


def test_a_year_without_work_is_told() -> None:
    with pytest.raises(ValueError, match="no working day"):
        next_worked(date(2026, 6, 1), lambda day: False)
    with pytest.raises(ValueError, match="no working day"):
        last_day(date(2026, 6, 1), 3, lambda day: False, working=True)
