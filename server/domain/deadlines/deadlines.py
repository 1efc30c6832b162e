"""Deadlines of casework: the last day of a limit, what is left of it, and when to remind of it.

A limit counts working or calendar days; the first day is not counted, and one that would end on a day
off ends on the next working day (Bộ luật Dân sự, Điều 147 and 148). What a limit is comes from
`server/rules/limits.yaml`, which days are worked from the calendar: both are passed in.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal, NamedTuple

import msgspec

from survey_defs.workdays import last_day, worked_between

WORKING = "working"
CALENDAR = "calendar"
IsWorked = Callable[[date], bool]
Reminder = Literal["half", "two_days", "today", "late"]

_DAY = timedelta(days=1)
_WEEK = 7


class Limit(msgspec.Struct, frozen=True):
    """How long a step may take, with its law: `days` of `unit` (`working` or `calendar`)."""

    rule: str
    variant: str
    """Empty for the plain limit."""
    days: int
    unit: str
    effective_from: date
    effective_to: date | None
    source: str
    verified: bool


class Deadline(msgspec.Struct, frozen=True):
    """A limit that runs from `start`, which is not counted, up to and with `last_day`."""

    rule: str
    variant: str
    start: date
    last_day: date
    days: int
    unit: str
    source: str
    verified: bool


class StripDay(NamedTuple):
    """One field of the strip of days: a day that counts, or days without work folded together.

    `number` counts the days of the limit up to and with `until`; None for folded days off, which stand
    from `day` to `until`. Of a calendar limit, which is long, a field is a week.
    """

    day: date
    number: int | None
    worked: bool
    passed: bool
    today: bool
    last: bool
    until: date


def deadline_of(limit: Limit, start: date, is_worked: IsWorked) -> Deadline:
    """The deadline of a limit that starts on `start`."""
    end = last_day(start, limit.days, is_worked, working=limit.unit == WORKING)
    return Deadline(
        limit.rule, limit.variant, start, end, limit.days, limit.unit, limit.source, limit.verified
    )


def remaining(deadline: Deadline, today: date, is_worked: IsWorked) -> int:
    """Working days after `today` up to the last one: 0 on the last day itself, below 0 once it is late.

    A deadline that passed is late by 1 even where only days off have gone by since.
    """
    left = worked_between(today, deadline.last_day, is_worked)
    return min(left, -1) if today > deadline.last_day else left


def half_day(deadline: Deadline, is_worked: IsWorked) -> date:
    """The day on which half of the limit has gone, in the limit's own kind of days; an odd half counts up."""
    half = (deadline.days + 1) // 2
    if deadline.unit == WORKING:
        return last_day(deadline.start, half, is_worked, working=True)
    return deadline.start + half * _DAY


def reminder(deadline: Deadline, today: date, is_worked: IsWorked) -> Reminder | None:
    """What there is to be reminded of: the stage that the deadline has reached on `today`.

    `half` from half time on, `two_days` from two working days before the end, `today` on the last day,
    `late` after it. A stage holds until the next one, so that nobody misses it by being away for a day.
    """
    if today > deadline.last_day:
        return "late"
    if today == deadline.last_day:
        return "today"
    if remaining(deadline, today, is_worked) <= 2:
        return "two_days"
    return "half" if today >= half_day(deadline, is_worked) else None


def is_neglected(received_on: date, today: date, warn_from: int) -> bool:
    """Whether a đơn that nobody has dealt with since `received_on` is `warn_from` calendar days old."""
    return (today - received_on).days >= warn_from


def skipped(deadline: Deadline, is_worked: IsWorked) -> tuple[date, ...]:
    """The days off that made the deadline later than a plain count would.

    Of a working limit the weekdays off within it (a weekend is no surprise). Of a calendar limit
    all days from its plain end up to the last day, which they moved.
    """
    if deadline.unit == WORKING:
        span = (deadline.last_day - deadline.start).days
        days = (deadline.start + number * _DAY for number in range(1, span + 1))
        return tuple(day for day in days if day.weekday() < 5 and not is_worked(day))
    plain = deadline.start + deadline.days * _DAY
    return tuple(plain + number * _DAY for number in range((deadline.last_day - plain).days))


def strip(deadline: Deadline, today: date, is_worked: IsWorked) -> tuple[StripDay, ...]:
    """The days of the deadline for a case's page, in order, from the first that counts to the last."""
    if deadline.unit == WORKING:
        return _day_by_day(deadline, today, is_worked)
    return _week_by_week(deadline, today, is_worked)


def _day_by_day(deadline: Deadline, today: date, is_worked: IsWorked) -> tuple[StripDay, ...]:
    fields: list[StripDay] = []
    number = 0
    for day in _days(deadline):
        if is_worked(day):
            number += 1
            fields.append(_field(deadline, today, day, day, number, worked=True))
        elif fields and fields[-1].number is None:
            fields[-1] = _field(deadline, today, fields[-1].day, day, None, worked=False)
        else:
            fields.append(_field(deadline, today, day, day, None, worked=False))
    return tuple(fields)


def _week_by_week(deadline: Deadline, today: date, is_worked: IsWorked) -> tuple[StripDay, ...]:
    days = _days(deadline)
    weeks = [days[first : first + _WEEK] for first in range(0, len(days), _WEEK)]
    return tuple(
        _field(
            deadline,
            today,
            week[0],
            week[-1],
            min((week[-1] - deadline.start).days, deadline.days),
            worked=any(is_worked(day) for day in week),
        )
        for week in weeks
    )


def _field(
    deadline: Deadline, today: date, day: date, until: date, number: int | None, *, worked: bool
) -> StripDay:
    is_last = until == deadline.last_day
    return StripDay(day, number, worked, until < today, day <= today <= until, is_last, until)


def _days(deadline: Deadline) -> list[date]:
    span = (deadline.last_day - deadline.start).days
    return [deadline.start + number * _DAY for number in range(1, span + 1)]
