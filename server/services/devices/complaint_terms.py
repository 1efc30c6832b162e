"""What a school's devices are told about complaints: the key, the promise, the lookup page."""

from __future__ import annotations

from datetime import date

from server.domain.cases.casework import OPEN_ROOM, PRINCIPAL_ROOM
from server.domain.localtime import local_day
from server.rules.accused_head import goes_to
from server.rules.limits import find_limit
from server.rules.retention import CONTACT, keep_months
from server.services import schools
from server.services.context import Context, Work
from server.services.deadlines.calendars import calendar_days
from server.services.keys import proofs
from server.services.keys.keys import code_salt, intake_key, principal_key
from server.services.network import public_address
from survey_defs.device_config import ComplaintTerms
from survey_defs.subjects import builtin_subjects

ANSWER = "citizen_reception.answer"
"""The rule of the answer that a sender is promised."""
LOOKUP = "/tra-cuu"
"""Where the lookup page lies."""


def lookup_address(ctx: Context) -> str:
    """The lookup page's address as a parent's telephone reaches it."""
    return public_address.address(ctx) + LOOKUP


def terms(work: Work, school: str) -> ComplaintTerms | None:
    """What the devices of a school need to take complaints; None while it has no key to seal them to.

    The calendar goes from this year's first day to the end of the next year, so that the terms change
    only where a day is set or a year begins.
    """
    key = intake_key(work, school)
    if key is None:
        return None
    today = local_day(work.now)
    named = [day for year in (today.year, today.year + 1) for day in calendar_days(work, school, year)]
    return ComplaintTerms(
        key=key,
        links=proofs.links_of(work, school, OPEN_ROOM),
        code_salt=code_salt(work),
        lookup=lookup_address(work.ctx),
        reach=public_address.reach(work.ctx),
        subjects=builtin_subjects(),
        answer_days=find_limit(ANSWER, today).days,
        days_off=tuple(each.day for each in named if not each.worked and each.day.weekday() < 5),
        days_on=tuple(each.day for each in named if each.worked and each.day.weekday() >= 5),
        calendar_until=date(today.year + 1, 12, 31),
        kept_months=keep_months(CONTACT, today).months,
        principal_key=principal_key(work, school),
        principal_links=proofs.links_of(work, school, PRINCIPAL_ROOM),
        head=head(work, school, today),
    )


def head(work: Work, school: str, today: date) -> dict[str, str]:
    """Who handles a denunciation of the school's principal, by language."""
    superior = schools.school(work, school).superior
    return {lang: goes_to(superior, today, lang).to for lang in ("vi", "en")}
