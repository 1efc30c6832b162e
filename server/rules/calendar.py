"""Vietnam's days off, with the weekend days that are worked in their place.

The days are those of the library `holidays`, with the amendments of `calendar.yaml` over them. The
government fixes Tết and the day beside Quốc khánh year by year (Bộ luật Lao động, Điều 112): of
years that it has not fixed they are what the law makes likely, and are marked so.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType

import msgspec

from server.domain.deadlines.work_calendar import FIRST_YEAR, LAST_YEAR, NATIONAL, CalendarDay
from server.domain.problems import Problem
from server.rules.files import read_rules

LAW = "Điều 112 Bộ luật Lao động"
_LANGUAGES = {"vi": "vi", "en": "en_US"}


class FixedYear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A year whose Tết and Quốc khánh the government has fixed, and by which paper."""

    year: int
    source: str
    verified: bool


class Amendment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A national day that is otherwise than the library has it."""

    day: date
    worked: bool
    name: dict[str, str]
    source: str
    verified: bool

    def __post_init__(self) -> None:
        if set(self.name) != {"vi", "en"} or not self.source.strip():
            raise ValueError(f"{self.day} is named in vi and en, and has a source")


class CalendarFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `calendar.yaml`."""

    fixed: tuple[FixedYear, ...]
    amendments: tuple[Amendment, ...]

    def __post_init__(self) -> None:
        years = [one.year for one in self.fixed]
        days = [one.day for one in self.amendments]
        if len(set(years)) < len(years) or len(set(days)) < len(days):
            raise ValueError("a year or a day stands twice")


@cache
def _file() -> CalendarFile:
    return read_rules("calendar", CalendarFile)


def last_fixed_year() -> int:
    """The last year whose Tết and Quốc khánh the government has fixed."""
    return max(one.year for one in _file().fixed)


@cache
def national_days(year: int) -> Mapping[date, CalendarDay]:
    """The nation's days off and moved working days of a year. Raises `Problem("no-calendar")`."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Problem("no-calendar", year=year, first=FIRST_YEAR, last=LAST_YEAR)
    import holidays  # noqa: PLC0415 - takes its time, and most commands count no days

    # A Saturday in December may be worked for a day off in January of the next year.
    spoken = {
        ours: holidays.country_holidays("VN", years=(year, year + 1), language=theirs)
        for ours, theirs in _LANGUAGES.items()
    }
    sources = {one.year: one.source for one in _file().fixed}
    source = sources.get(year, LAW)
    swaps = _swaps(spoken["vi"])
    found = {}
    for day in spoken["vi"]:
        if day.year == year:
            name = {lang: days[day] for lang, days in spoken.items()}
            expected = year > last_fixed_year() and _is_fixed_yearly(day, name["en"])
            if day in swaps:
                name = _swap_name("Nghỉ hoán đổi (làm bù {})", "Moved day off (worked on {})", swaps[day])
            found[day] = CalendarDay(day, False, name, NATIONAL, expected, source)
    for day in spoken["vi"].weekend_workdays:
        if day.year == year:
            off = next((off for off, worked in swaps.items() if worked == day), None)
            name = _swap_name("Làm bù cho ngày {}", "Worked in place of {}", off)
            found[day] = CalendarDay(day, True, name, NATIONAL, False, source)
    for each in _file().amendments:
        if each.day.year == year:
            found[each.day] = CalendarDay(each.day, each.worked, each.name, NATIONAL, False, each.source)
    return MappingProxyType(dict(sorted(found.items())))


def _is_fixed_yearly(day: date, name: str) -> bool:
    if name.startswith("National Day"):
        return (day.month, day.day) != (9, 2)
    return "Lunar New Year" in name


def _swaps(days: Mapping[date, str]) -> dict[date, date]:
    """Each moved day off with the weekend day that is worked for it, which its name tells."""
    worked: set[date] = set(days.weekend_workdays)  # type: ignore[attr-defined]
    return {off: day for off, name in days.items() for day in worked if f"{day:%d/%m/%Y}" in name}


def _swap_name(vi: str, en: str, other: date | None) -> dict[str, str]:
    """The names of a swapped day, which tell the other one of the pair."""
    if other is None:
        return {"vi": "Làm bù", "en": "Made up"}
    return {"vi": vi.format(f"{other:%d/%m}"), "en": en.format(f"{other.day} {other:%b}")}
