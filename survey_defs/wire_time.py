"""Times on the wire (RFC 3339), in the subset of Python that MicroPython runs.

Integers only: a device may have no calendar and no double precision.
"""

_DIGITS = "0123456789"


def parse_wall(text: object) -> "int | None":  # noqa: PLR0911 - one refusal a line
    """An RFC 3339 time as milliseconds since 1970 UTC (finer digits are cut off), None if it is none."""
    if type(text) is not str or not 20 <= len(text) <= 64:
        return None
    if text[4] + text[7] + text[13] + text[16] != "--::" or text[10] not in "Tt ":
        return None
    digits = text[:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19]
    if len(digits) != 14 or digits.strip(_DIGITS):
        return None
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    hour, minute, second = int(digits[8:10]), int(digits[10:12]), int(digits[12:])
    if not 1 <= month <= 12 or not 1 <= day <= _month_days(year, month):
        return None
    if hour > 23 or minute > 59 or second > 60:
        return None
    rest = text[19:]
    thousandths = 0
    if rest[0] == ".":
        zone = rest[1:].lstrip(_DIGITS)
        fraction = rest[1 : len(rest) - len(zone)]
        if not fraction:
            return None
        thousandths = int((fraction + "00")[:3])
        rest = zone
    ahead = _zone_minutes(rest)
    if ahead is None:
        return None
    seconds = _days(year, month, day) * 86400 + hour * 3600 + (minute - ahead) * 60 + second
    return seconds * 1000 + thousandths


def _zone_minutes(text: str) -> "int | None":
    """Minutes ahead of UTC of `Z` or `+07:00`, None if it is neither."""
    if text in ("Z", "z"):
        return 0
    if len(text) != 6 or text[0] not in "+-" or text[3] != ":" or (text[1:3] + text[4:]).strip(_DIGITS):
        return None
    hours, minutes = int(text[1:3]), int(text[4:])
    if hours > 23 or minutes > 59:
        return None
    ahead = hours * 60 + minutes
    return ahead if text[0] == "+" else -ahead


def _month_days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar (years begin in March, so that a leap day ends one)."""
    if month <= 2:
        year -= 1
        month += 12
    return year * 365 + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469


def format_time(ms: int) -> str:
    """Milliseconds since 1970 as RFC 3339 in UTC, years 0000 to 9999. ValueError beyond."""
    days, rest = ms // 86400000, ms % 86400000
    if not -719528 <= days <= 2932896:
        raise ValueError("outside the years 0000 to 9999")
    days += 719468
    era, day = days // 146097, days % 146097
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    shifted = (5 * day + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year += era * 400 + (1 if month <= 2 else 0)
    date = "%04d-%02d-%02d" % (year, month, day - (153 * shifted + 2) // 5 + 1)  # noqa: UP031
    clock = (rest // 3600000, rest // 60000 % 60, rest // 1000 % 60, rest % 1000)
    return date + "T%02d:%02d:%02d.%03dZ" % clock  # noqa: UP031
