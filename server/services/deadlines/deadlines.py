"""When a limit that starts today ends, at a school or anywhere in the country."""

from __future__ import annotations

from datetime import date

from server.domain.deadlines.deadlines import Deadline, deadline_of, is_neglected
from server.rules.limits import find_limit, neglect_on
from server.services.context import Work
from server.services.deadlines.calendars import calendar, check_year


def deadline(work: Work | None, rule: str, start: date, variant: str = "", school: str = "") -> Deadline:
    """The deadline of a rule that starts on `start`; without a store by the nation's calendar alone.

    Raises `Problem`: `unknown-rule`, `unknown-variant`, `no-variants`, `no-limit-then`, `no-calendar`.
    """
    check_year(start.year)
    return deadline_of(find_limit(rule, start, variant), start, calendar(work, school))


def nears_neglect(received_on: date, today: date) -> bool:
    """Whether to warn that a đơn of that day has lain unprocessed for long: well before the 45 days."""
    return is_neglected(received_on, today, neglect_on(received_on).warn_from)
