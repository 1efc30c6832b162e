"""What a complaint becomes before it is kept: sealed to the school's key, with a code for its sender."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

from kiosk.writing import Lodge
from survey_defs.device_config import ComplaintTerms
from survey_defs.letter import Letter
from survey_defs.wire import ABOUT_PRINCIPAL
from survey_defs.workdays import Week, last_day

SCHOOL_ZONE = timezone(timedelta(hours=7))
"""Every school lies in it, and it knows no summer time."""


def seal_complaint(lodge: Lodge) -> tuple[str, dict[str, Any]]:
    """A fresh code, and the fields of the event. Takes some 50 ms and 32 MB: not for the window's thread."""
    from survey_defs import complaint  # noqa: PLC0415 - a kiosk where nobody complains needs no libsodium

    key = lodge.terms.principal_key if lodge.about_principal else lodge.terms.key
    if key is None:
        raise ValueError("no key for what is about the principal, and no other is taken for it")
    code = complaint.new_code()
    keys = complaint.code_keys(code, lodge.terms.code_salt)
    box = complaint.seal(Letter(lodge.text, lodge.contact, keys.public), key)
    return code, {
        **({"room": ABOUT_PRINCIPAL} if lodge.about_principal else {}),
        "lang": lodge.lang,
        "procedure": lodge.procedure,
        "about": list(lodge.about),
        "code_hash": keys.code_hash,
        "sealed": complaint.encode_sealed(box),
    }


def spelled(code: str) -> tuple[str, ...]:
    """The code in groups of four, as people read and copy it."""
    return tuple(code[start : start + 4] for start in range(0, len(code), 4))


def lookup_address(terms_lookup: str, code: str) -> str:
    """What the QR holds. The code stands behind `#`, so that it reaches no server's log."""
    return f"{terms_lookup}#{code}"


def answer_by(terms: ComplaintTerms, now: int | None) -> date | None:
    """The last day for the answer to a complaint sent at `now` (ms since 1970).

    None where nobody knows the time, or the calendar does not reach.
    """
    if now is None:
        return None
    today = datetime.fromtimestamp(now / 1000, tz=SCHOOL_ZONE).date()
    week = Week(frozenset(terms.days_off), frozenset(terms.days_on))
    day = last_day(today, terms.answer_days, week.is_worked, working=True)
    return day if day <= terms.calendar_until else None
