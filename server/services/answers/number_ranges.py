"""Numbers of journals as ranges in a table: added one by one, kept as few lines as they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from server.domain.answers.sequences import Range, merge, runs


class Table(NamedTuple):
    """The queries of one table of ranges, on the connection of a unit of work."""

    up_to: Callable[..., Any]
    delete: Callable[..., Any]
    put: Callable[..., Any]


def add(table: Table, journal: str, numbers: Sequence[int], *, school: str, device: str) -> None:
    """Add numbers of a journal, each once; only the ranges that the new ones touch are read.

    Relies on there being one writer: two that merge the same ranges at once would lose numbers of each other.
    """
    for new in runs(numbers):
        touched = []
        for row in table.up_to(journal=journal, hi=new.hi + 1):
            if row["hi"] < new.lo - 1:
                break
            touched.append(Range(row["lo"], row["hi"]))
        (whole,) = merge([*touched, new])
        for old in touched:
            if old.lo != whole.lo:
                table.delete(journal=journal, lo=old.lo)
        table.put(journal=journal, lo=whole.lo, hi=whole.hi, school=school, device=device)
