"""How long what people wrote is kept after their case was closed."""

from datetime import date
from functools import cache
from typing import NamedTuple

import msgspec

from server.domain.problems import Problem
from server.rules.files import read_rules
from server.rules.limits import check_dates

CONTACT = "contact"
"""The kind of what a sender left to be reached by; all other kinds are those of cases."""


class Retention(NamedTuple):
    """The months after the closing for which it is kept, with the source and whether its text was read."""

    months: int
    source: str
    verified: bool


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long one kind is kept, as it holds for some time."""

    effective_from: date
    effective_to: date | None
    months: int
    source: str
    verified: bool

    def __post_init__(self) -> None:
        if self.months < 1 or not self.source.strip():
            raise ValueError("a retention has at least one month, and a source")


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of case, or `contact`; its editions stand in the order of their dates."""

    kind: str
    editions: tuple[Period, ...]

    def __post_init__(self) -> None:
        check_dates(self.kind, self.editions)


class RetentionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `retention.yaml`."""

    kinds: tuple[Kind, ...]

    def __post_init__(self) -> None:
        names = [one.kind for one in self.kinds]
        if len(set(names)) < len(names):
            raise ValueError("a kind stands twice")
        months = {one.kind: max(edition.months for edition in one.editions) for one in self.kinds}
        if months.get(CONTACT, 0) > min(months.values(), default=0):
            raise ValueError("a contact is kept no longer than any text")


@cache
def _kinds() -> dict[str, Kind]:
    return {one.kind: one for one in read_rules("retention", RetentionFile).kinds}


def keep_months(kind: str, on: date) -> Retention:
    """How long the texts of a kind of case (or its `contact`) are kept where it was closed on that day.

    A day before the first edition takes the first. Raises `Problem("no-retention")`.
    """
    known = _kinds().get(kind)
    if known is None:
        raise Problem("no-retention", kind=kind[:60], known=", ".join(_kinds()))
    holding = [one for one in known.editions if one.effective_from <= on]
    found = (holding or known.editions[:1])[-1]
    return Retention(found.months, found.source, found.verified)


def kinds() -> tuple[str, ...]:
    """What a time is written for, in the order of the file."""
    return tuple(_kinds())
