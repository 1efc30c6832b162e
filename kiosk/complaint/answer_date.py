"""The day by which a complaint is answered, as the sender is told when it was sent."""

from datetime import date, datetime

from kiosk.device.clock import SCHOOL_ZONE
from survey_defs.device_config import ComplaintTerms
from survey_defs.workdays import Week, last_day


def answer_by(terms: ComplaintTerms, now: int | None) -> date | None:
    """Returns the last day for the answer to a complaint sent at `now` (ms since 1970).

    None where nobody knows the time, or the calendar does not reach.
    """
    if now is None:
        return None
    today = datetime.fromtimestamp(now / 1000, tz=SCHOOL_ZONE).date()
    week = Week(frozenset(terms.days_off), frozenset(terms.days_on))
    day = last_day(today, terms.answer_days, week.is_worked, working=True)
    return day if day <= terms.calendar_until else None
