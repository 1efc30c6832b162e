"""School time: every school lies in one time zone, and every day of a figure is a day there."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TYPED_DAY = re.compile(r"([0-9]{1,2})\s*[/.-]\s*([0-9]{1,2})\s*[/.-]\s*([0-9]{4})")
SCHOOL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def read_day(text: str) -> date | None:
    """The day written `2026-05-28`; None for anything else, and for a 30 February."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def read_typed_day(text: str) -> date | None:
    """A day as people type it, day first: `28/05/2026`, `28-5-2026`, `28.5.2026`; or `2026-05-28`.

    None for anything else. A year has four digits: nobody means the year 26.
    """
    words = text.strip()
    if found := _TYPED_DAY.fullmatch(words):
        day, month, year = found.groups()
        words = f"{year}-{month:0>2}-{day:0>2}"
    return read_day(words)


def local(ms: int) -> datetime:
    """The school's wall clock at `ms` (milliseconds since 1970, UTC)."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC).astimezone(SCHOOL_ZONE)


def local_day(ms: int) -> date:
    """The school's day at `ms`."""
    return local(ms).date()


def start_of(day: date) -> int:
    """The first millisecond of that day at the school, since 1970 in UTC."""
    return round(datetime(day.year, day.month, day.day, tzinfo=SCHOOL_ZONE).timestamp() * 1000)
