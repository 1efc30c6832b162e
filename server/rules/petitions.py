"""Registers and forms of tiếp công dân and xử lý đơn: their headings, cut-off days and thresholds by date."""

import calendar
from datetime import date, timedelta
from functools import cache
from typing import Literal, TypeAlias, TypeVar

import msgspec

from server.domain.figures.periods import Period, days
from server.domain.problems import Problem
from server.rules.files import read_rules

CUTS = ("calendar", "statutory")
"""How a period's days are chosen: those of the calendar, or those that the law's reports count."""
CutName: TypeAlias = Literal["calendar", "statutory"]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Anything that holds from one day to another, with where it stands and whether that was read."""

    effective_from: date
    effective_to: date | None
    source: str
    verified: bool


R = TypeVar("R", bound=Rule)


class Cut(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The days of a statutory period: from `first_day` of the month before to `last_day` of its last."""

    first_day: int
    last_day: int


class LargeGroup(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From how many people on a group is a đoàn đông người."""

    people: int


class FormColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The heading of a column, and that of the columns it belongs to."""

    title: str
    group: str = ""


class Form(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A form or a register: its number, its title, its columns in order."""

    id: str
    title: str
    columns: tuple[FormColumn, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cuts: tuple[Cut, ...]
    large_group: tuple[LargeGroup, ...]
    english: dict[str, str]
    forms: tuple[Form, ...]


@cache
def _rules() -> _File:
    return read_rules("petitions", _File)


def form(number: str, on: date) -> Form:
    """The form of that number (03/TCD, 01/XLD, 01/TCD) as it stands on that day."""
    return _holding([each for each in _rules().forms if each.id == number], on)


def heading(words: str, lang: str) -> str:
    """A heading of a form as a page says it: in Vietnamese the form's own words, else what they mean."""
    return words if lang == "vi" else _rules().english.get(words, words)


def large_group(on: date) -> int:
    """How many people make a đoàn đông người on that day."""
    return _holding(_rules().large_group, on).people


def cut_on(on: date) -> Cut:
    """The rule for the days of a statutory period on that day, with its source."""
    return _holding(_rules().cuts, on)


def counted_days(period: Period, cut: str = "calendar") -> Period:
    """The days that a sheet on `period` counts: its own, or those of the statutory cut.

    Statutory: the year 15/12–14/12, 6 tháng đầu năm 15/12–14/6, quý II 15/3–14/6. Raises `Problem`:
    `unknown-cut`, or `no-statutory-cut` for a period of any two days.
    """
    if cut not in CUTS:
        raise Problem("unknown-cut", cut=cut[:40], known=", ".join(CUTS))
    if cut == "calendar":
        return period
    if period.kind == "days":
        raise Problem("no-statutory-cut", period=period.code)
    rule = cut_on(period.end)
    before = period.start.replace(day=1) - timedelta(days=1)
    return days(_day_of(before, rule.first_day), _day_of(period.end, rule.last_day))


def _day_of(month: date, day: int) -> date:
    return month.replace(day=min(day, calendar.monthrange(month.year, month.month)[1]))


def _holding(rules: tuple[R, ...] | list[R], on: date) -> R:
    """The rule that holds on that day; before the first one, the first one."""
    ordered = sorted(rules, key=lambda each: each.effective_from)
    holding = [each for each in ordered if each.effective_from <= on]
    return holding[-1] if holding else ordered[0]
