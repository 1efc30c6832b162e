"""How long each step of casework may take, on the day on which it starts."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Literal, Protocol

import msgspec

from server.domain.deadlines.deadlines import Limit
from server.domain.problems import Problem
from server.rules.files import read_rules

VARIANTS = ("complex", "remote", "remote-complex", "very-complex", "max")
"""What can make a limit longer than the plain one."""
_SHOWN = 60
"""The most characters of an unknown name that are repeated to whoever typed it."""


class _Dated(Protocol):
    @property
    def effective_from(self) -> date: ...
    @property
    def effective_to(self) -> date | None: ...


def check_dates(name: str, editions: Sequence[_Dated]) -> None:
    """Raises ValueError where two editions hold on one day, where one ends before it begins, or none is."""
    if not editions:
        raise ValueError(f"{name} has no edition")
    for one in editions:
        if one.effective_to is not None and one.effective_to < one.effective_from:
            raise ValueError(f"{name} ends on {one.effective_to}, before it begins")
    for before, after in pairwise(editions):
        if before.effective_to is None or before.effective_to >= after.effective_from:
            raise ValueError(
                f"{name} has two editions that hold on {after.effective_from}, or they lie out of order"
            )


class Edition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as it holds for some time: its plain limit and the longer ones by variant."""

    effective_from: date
    effective_to: date | None
    days: int
    unit: Literal["working", "calendar"]
    source: str
    verified: bool
    variants: dict[str, int] = {}

    def __post_init__(self) -> None:
        if self.days < 1 or not self.source.strip():
            raise ValueError("a limit has at least one day, and a source")
        for variant, days in self.variants.items():
            if variant not in VARIANTS:
                raise ValueError(f"there is no variant {variant}")
            if days <= self.days:
                raise ValueError(f"{variant} is not longer than the plain limit")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of casework; its editions stand in the order of their dates."""

    id: str
    name: dict[str, str]
    editions: tuple[Edition, ...]

    def __post_init__(self) -> None:
        check_dates(self.id, self.editions)
        if set(self.name) != {"vi", "en"}:
            raise ValueError(f"{self.id} is named in vi and en")


class Neglect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a đơn counts as left lying: after `days` calendar days; the warning comes from `warn_from` on."""

    effective_from: date
    effective_to: date | None
    days: int
    warn_from: int
    unit: Literal["calendar"]
    source: str
    verified: bool

    def __post_init__(self) -> None:
        if not 0 < self.warn_from < self.days:
            raise ValueError("the warning comes before the day it warns of")


class LimitsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `limits.yaml`."""

    rules: tuple[Rule, ...]
    neglect: tuple[Neglect, ...]

    def __post_init__(self) -> None:
        ids = [rule.id for rule in self.rules]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"{', '.join(twice)} stands twice")
        check_dates("neglect", self.neglect)


@cache
def _file() -> LimitsFile:
    return read_rules("limits", LimitsFile)


def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the file."""
    return _file().rules


def find_rule(rule: str) -> Rule:
    """The rule of that id. Raises `Problem("unknown-rule")`, which lists the known ones."""
    for each in rules():
        if each.id == rule:
            return each
    raise Problem("unknown-rule", rule=rule[:_SHOWN], known=", ".join(each.id for each in rules()))


def limits_of(rule: str, on: date) -> tuple[Limit, ...]:
    """All limits of a rule that hold on a day: the plain one, then its variants, the shortest first.

    Raises `Problem`: `unknown-rule`, or `no-limit-then` where none held on that day.
    """
    of = find_rule(rule)
    for one in of.editions:
        if one.effective_from <= on and (one.effective_to is None or on <= one.effective_to):
            offered = [("", one.days), *sorted(one.variants.items(), key=lambda each: (each[1], each[0]))]
            return tuple(
                Limit(
                    rule,
                    variant,
                    days,
                    one.unit,
                    one.effective_from,
                    one.effective_to,
                    one.source,
                    one.verified,
                )
                for variant, days in offered
            )
    first = of.editions[0].effective_from.isoformat()
    raise Problem("no-limit-then", rule=rule, day=on.isoformat(), first=first)


def find_limit(rule: str, on: date, variant: str = "") -> Limit:
    """The limit of a rule that starts on the day `on`; an empty `variant` is the plain one.

    Raises `Problem`: `unknown-rule`, `unknown-variant` (both list the known ones), `no-variants` where the
    rule has the plain limit alone, `no-limit-then`.
    """
    offered = limits_of(rule, on)
    for limit in offered:
        if limit.variant == variant:
            return limit
    known = ", ".join(limit.variant for limit in offered if limit.variant)
    if not known:
        raise Problem("no-variants", rule=rule, variant=variant[:_SHOWN])
    raise Problem("unknown-variant", rule=rule, variant=variant[:_SHOWN], known=known)


def neglect_on(day: date) -> Neglect:
    """When a đơn received on that day counts as left lying; before the first edition, the first."""
    holding = [one for one in _file().neglect if one.effective_from <= day]
    return (holding or _file().neglect[:1])[-1]
