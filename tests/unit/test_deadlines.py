"""What holds of every deadline, whatever the calendar; reminders, what is left, and the strip of days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.deadlines.deadlines import (
    CALENDAR,
    WORKING,
    Deadline,
    IsWorked,
    Limit,
    deadline_of,
    half_day,
    is_neglected,
    remaining,
    reminder,
    skipped,
    strip,
)
from server.services.deadlines.calendars import calendar
from server.services.deadlines.deadlines import deadline, nears_neglect
from survey_defs.workdays import Week

DAY = timedelta(days=1)
MONDAY = date(2026, 1, 5)

days_near = st.integers(0, 200).map(lambda number: MONDAY + number * DAY)
weeks = st.builds(Week, st.frozensets(days_near, max_size=40), st.frozensets(days_near, max_size=40))
lengths = st.integers(1, 60)
units = st.sampled_from([WORKING, CALENDAR])


def run(start: date, days: int, unit: str, is_worked: IsWorked) -> Deadline:
    limit = Limit("a.rule", "", days, unit, date(2000, 1, 1), None, "a law", True)
    return deadline_of(limit, start, is_worked)


@given(days_near, days_near, lengths, units, weeks)
def test_who_starts_later_ends_no_earlier(one: date, other: date, days: int, unit: str, week: Week) -> None:
    first, second = sorted((one, other))
    ends = [run(start, days, unit, week.is_worked).last_day for start in (first, second)]
    assert ends == sorted(ends)


@given(days_near, lengths, lengths, units, weeks)
def test_a_longer_limit_ends_no_earlier(start: date, one: int, other: int, unit: str, week: Week) -> None:
    ends = [run(start, days, unit, week.is_worked).last_day for days in sorted((one, other))]
    assert ends == sorted(ends)


@given(days_near, lengths, units, weeks)
def test_no_limit_ends_on_a_day_off_or_on_its_first_day(
    start: date, days: int, unit: str, week: Week
) -> None:
    end = run(start, days, unit, week.is_worked).last_day
    assert week.is_worked(end)
    assert end > start


@given(days_near, lengths, units, st.frozensets(days_near, max_size=40), st.frozensets(days_near), days_near)
def test_one_more_day_off_makes_no_deadline_earlier(
    start: date, days: int, unit: str, off: frozenset[date], on: frozenset[date], more: date
) -> None:
    before = run(start, days, unit, Week(off, on).is_worked).last_day
    assert run(start, days, unit, Week(off | {more}, on - {more}).is_worked).last_day >= before


@given(days_near, lengths, weeks)
def test_a_working_limit_counts_just_so_many_working_days(start: date, days: int, week: Week) -> None:
    end = run(start, days, WORKING, week.is_worked).last_day
    between = (start + number * DAY for number in range(1, (end - start).days + 1))
    assert sum(map(week.is_worked, between)) == days


@given(days_near, lengths, weeks)
def test_a_calendar_limit_moves_over_days_off_alone(start: date, days: int, week: Week) -> None:
    found = run(start, days, CALENDAR, week.is_worked)
    moved = skipped(found, week.is_worked)
    assert found.last_day == start + (days + len(moved)) * DAY
    assert not any(map(week.is_worked, moved))


@given(days_near, lengths, units, weeks)
def test_reminders_follow_on_each_other(start: date, days: int, unit: str, week: Week) -> None:
    found = run(start, days, unit, week.is_worked)
    order = [None, "half", "two_days", "today", "late"]
    span = (found.last_day - start).days + 5
    stages = [
        order.index(reminder(found, start + number * DAY, week.is_worked)) for number in range(span + 1)
    ]
    assert stages == sorted(stages)
    assert stages[-1] == order.index("late")
    left = [remaining(found, start + number * DAY, week.is_worked) for number in range(span + 1)]
    assert left == sorted(left, reverse=True)
    assert [each < 0 for each in left] == [stage == 4 for stage in stages]


@given(days_near, lengths, units, weeks, st.integers(0, 120))
def test_a_strip_leaves_no_day_out(start: date, days: int, unit: str, week: Week, later: int) -> None:
    found = run(start, days, unit, week.is_worked)
    fields = strip(found, start + later * DAY, week.is_worked)
    assert fields[0].day == start + DAY
    assert fields[-1].until == found.last_day
    assert [after.day for after in fields[1:]] == [field.until + DAY for field in fields[:-1]]
    assert [field.last for field in fields] == [False] * (len(fields) - 1) + [True]
    assert sum(field.today for field in fields) == (start < start + later * DAY <= found.last_day)
    numbers = [field.number for field in fields if field.number is not None]
    assert numbers == sorted(numbers)
    assert numbers[-1] == days


def words(found: Deadline, today: date) -> str:
    """A strip as a person reads it: 1* is today, 2! the last day, and dots for folded days off."""
    return " ".join(
        f"{'.' if field.number is None else field.number}{'*' * field.today}{'!' * field.last}"
        for field in strip(found, today, calendar(None))
    )


def test_the_strip_of_the_drawn_case() -> None:
    """The mock-up of the case page: received on Mon 18/5/2026, seen on Thu 28/5."""
    found = deadline(None, "citizen_reception.answer", date(2026, 5, 18))
    assert words(found, date(2026, 5, 28)) == "1 2 3 4 . 5 6 7 8* 9 . 10!"
    assert remaining(found, date(2026, 5, 28), calendar(None)) == 2
    passed = [field.passed for field in strip(found, date(2026, 5, 28), calendar(None))]
    assert passed == [True] * 8 + [False] * 4


def test_tet_is_folded_into_one_field() -> None:
    """Mon 1/2/2027: 2-3 (2), then 4/2 to 10/2 as one, 11-12 (4), a weekend, 15-19 (9), a weekend, 22 (10)."""
    found = deadline(None, "citizen_reception.answer", date(2027, 2, 1))
    assert words(found, date(2027, 2, 1)) == "1 2 . 3 4 . 5 6 7 8 9 . 10!"
    folded = strip(found, date(2027, 2, 1), calendar(None))[2]
    assert (folded.day, folded.until) == (date(2027, 2, 4), date(2027, 2, 10))
    off = ["2027-02-04", "2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10"]
    assert [day.isoformat() for day in skipped(found, calendar(None))] == off


def test_a_long_limit_is_shown_by_weeks() -> None:
    """30 days from Mon 4/5/2026: weeks that end on 11/5, 18/5, 25/5 and 1/6, and two days to Wed 3/6."""
    found = deadline(None, "khieu_nai.first_instance", date(2026, 5, 4))
    assert words(found, date(2026, 5, 20)) == "7 14 21* 28 30!"


@pytest.mark.parametrize(
    ("today", "stage"),
    [
        ("2026-05-18", None),
        ("2026-05-22", None),  # the 4th day
        ("2026-05-25", "half"),  # the 5th of 10
        ("2026-05-27", "half"),  # 28, 29, 1/6: three are left
        ("2026-05-28", "two_days"),  # 29/5 and 1/6
        ("2026-05-31", "two_days"),  # a Sunday: one is left
        ("2026-06-01", "today"),
        ("2026-06-02", "late"),
        ("2026-07-02", "late"),
    ],
)
def test_stages_of_ten_working_days(today: str, stage: str | None) -> None:
    found = deadline(None, "citizen_reception.answer", date(2026, 5, 18))
    assert reminder(found, date.fromisoformat(today), calendar(None)) == stage


def test_half_of_a_calendar_limit_is_counted_in_calendar_days() -> None:
    """45 days from 12/3/2026: the 23rd is 4/4, a Saturday; two working days before 28/4 is 23/4 (24, 28)."""
    found = deadline(None, "khieu_nai.first_instance", date(2026, 3, 12), "complex")
    assert half_day(found, calendar(None)) == date(2026, 4, 4)
    stages = [reminder(found, date(2026, 4, day), calendar(None)) for day in (3, 4, 22, 23, 27, 28, 29)]
    assert stages == [None, "half", "half", "two_days", "two_days", "today", "late"]


def test_late_over_a_weekend_is_late_already() -> None:
    """3 days from Tue 2/6/2026 end on Fri 5/6; no working day has passed by Saturday, two by Tuesday."""
    found = deadline(None, "khieu_nai.send_decision", date(2026, 6, 2))
    left = [remaining(found, date(2026, 6, day), calendar(None)) for day in (5, 6, 7, 8, 9)]
    assert left == [0, -1, -1, -1, -2]


def test_the_warning_comes_well_before_the_forty_five_days() -> None:
    received = date(2026, 5, 18)  # day 30 is 17/6, day 45 is 2/7
    assert not nears_neglect(received, date(2026, 6, 16))
    assert nears_neglect(received, date(2026, 6, 17))
    assert nears_neglect(received, date(2026, 7, 3))
    assert is_neglected(received, date(2026, 6, 1), 14)
    assert not is_neglected(received, date(2026, 5, 31), 14)
