"""Periods of a report or a figure: a year, a half, a quarter, or any two days.

Codes are the ones of the command line and of addresses: `2026`, `2026-H1`, `2026-Q3`,
`2026-01-01..2026-05-28`. Both days are inclusive, in the school's time zone.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from server.domain.problems import Problem

Kind = Literal["year", "half", "quarter", "days"]

# Wider than any school's records, and narrow enough that a year before it is still a date.
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_YEAR = re.compile(r"([0-9]{4})(?:-(H[12]|Q[1-4]))?")
_DAYS = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.\.([0-9]{4}-[0-9]{2}-[0-9]{2})")
_ROMAN = ("I", "II", "III", "IV")
_ORDINAL = ("first", "second", "third", "fourth")
_MONTHS_EN = tuple(calendar.month_name)


@dataclass(frozen=True)
class Period:
    """The days from `start` to `end`, both inclusive, with the code they are written as."""

    kind: Kind
    start: date
    end: date
    code: str

    def year_before(self) -> "Period":
        """The same period one year earlier; 29 February becomes 28 February.

        Raises `Problem("bad-period")` where there is no year before.
        """
        year = self.start.year - 1
        if self.kind == "days":
            return days(_shift(self.start), _shift(self.end))
        return parse_period(f"{year}{self.code[4:]}")

    def until(self, day: date) -> "Period":
        """What of this period has passed by `day` (inclusive); itself where it has ended by then.

        A period that has not begun stays whole: there is nothing to cut.
        """
        return days(self.start, day) if self.start <= day < self.end else self

    def contains(self, day: date) -> bool:
        """Whether that day belongs to the period."""
        return self.start <= day <= self.end

    def title(self, lang: str = "vi") -> str:
        """The period in words, as it stands in a heading: "6 tháng đầu năm 2026"."""
        year = self.start.year
        if self.kind == "days":
            if lang == "vi":
                return f"từ {self.start:%d/%m/%Y} đến {self.end:%d/%m/%Y}"
            return f"{_english(self.start)} to {_english(self.end)}"
        if self.kind == "year":
            return f"năm {year}" if lang == "vi" else str(year)
        part = int(self.code[-1])
        if self.kind == "half":
            if lang == "vi":
                return f"6 tháng {'đầu' if part == 1 else 'cuối'} năm {year}"
            return f"{_ORDINAL[part - 1]} half of {year}"
        return (
            f"quý {_ROMAN[part - 1]} năm {year}"
            if lang == "vi"
            else f"{_ORDINAL[part - 1]} quarter of {year}"
        )


def parse_period(code: str) -> Period:
    """The period of that code. Raises `Problem("bad-period")`."""
    if match := _YEAR.fullmatch(code):
        year, part = int(match[1]), match[2]
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise Problem("bad-period", period=code[:40])
        if part is None:
            return Period("year", date(year, 1, 1), date(year, 12, 31), code)
        months = 6 if part[0] == "H" else 3
        last = int(part[1]) * months
        start = date(year, last - months + 1, 1)
        end = date(year, last, calendar.monthrange(year, last)[1])
        return Period("half" if part[0] == "H" else "quarter", start, end, code)
    if match := _DAYS.fullmatch(code):
        try:
            start, end = date.fromisoformat(match[1]), date.fromisoformat(match[2])
        except ValueError:
            raise Problem("bad-period", period=code[:40]) from None
        return days(start, end)
    raise Problem("bad-period", period=code[:40])


def days(start: date, end: date) -> Period:
    """The period from one day to another. Raises `Problem("bad-period")` where the first comes last."""
    code = f"{start:%Y-%m-%d}..{end:%Y-%m-%d}"
    if start > end or start.year < _FIRST_YEAR or end.year > _LAST_YEAR:
        raise Problem("bad-period", period=code)
    return Period("days", start, end, code)


def month_period(year: int, month: int) -> Period:
    """The days of one month."""
    return days(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def current_half(day: date) -> Period:
    """The half-year in which that day lies."""
    return parse_period(f"{day.year}-H{1 if day.month <= 6 else 2}")


def months_up_to(day: date, count: int = 12) -> list[date]:
    """The first days of the `count` months that end with the month of `day`, oldest first."""
    first = day.replace(day=1)
    months = [first]
    while len(months) < count:
        first = (first - timedelta(days=1)).replace(day=1)
        months.append(first)
    return months[::-1]


def _shift(day: date) -> date:
    last = calendar.monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=min(day.day, last))


def _english(day: date) -> str:
    return f"{day.day} {_MONTHS_EN[day.month]} {day.year}"
