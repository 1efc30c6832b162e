"""Which moments of arrival can be true? What is stored later cannot have come earlier.

Rows are stored one after the other. Where the server's clock went wrong, their moments of arrival jump: back,
or far ahead and then back. Believed is the longest part of the rows whose moments only go forward and are not
to come; the others came while the clock was wrong.
"""

from collections.abc import Iterable
from typing import NamedTuple

SLACK_MS = 120_000
"""Two who store at the same time, and a clock that NTP sets by a little, put rows out of order by less."""


class Stretch(NamedTuple):
    """Rows `first` to `last`, stored one after the other, whose moments go forward, `begins` to `ends`."""

    first: int
    last: int
    begins: int
    ends: int
    rows: int


class Wrong(NamedTuple):
    """Rows that came while the clock was wrong, and between which true moments they came."""

    first: int
    last: int
    after: int
    before: int


def stretches(rows: Iterable[tuple[int, int]]) -> list[Stretch]:
    """`rows` are (number, moment of arrival) in the order of storing; cut where the moments jump back."""
    found: list[Stretch] = []
    for n, at in rows:
        if found and at >= found[-1].ends - SLACK_MS and at - found[-1].ends < _GAP_MS:
            one = found[-1]
            found[-1] = Stretch(one.first, n, one.begins, max(one.ends, at), one.rows + 1)
        else:
            found.append(Stretch(n, n, at, at, 1))
    return found


def wrong(found: list[Stretch], now: int) -> list[Wrong]:
    """The stretches that are not believed at `now`, each between its believed neighbours."""
    believed = _longest([one for one in found if one.ends <= now + SLACK_MS])
    told = []
    after = 0
    for at, one in enumerate(found):
        if one in believed:
            after = one.ends
            continue
        later = (other.begins for other in found[at + 1 :] if other in believed)
        told.append(Wrong(one.first, one.last, after, next(later, now)))
    return told


_GAP_MS = 24 * 3_600_000
"""A new stretch begins after a day without anything: what lies beyond may be another clock's."""


def _longest(found: list[Stretch]) -> set[Stretch]:
    """The most rows whose moments only go forward; of equal ones those that come last."""
    best: list[tuple[int, int]] = []  # (rows so far, the stretch before), for each stretch
    for at, one in enumerate(found):
        before, rows = -1, 0
        for other in range(at):
            if found[other].ends <= one.begins + SLACK_MS and best[other][0] >= rows:
                before, rows = other, best[other][0]
        best.append((rows + one.rows, before))
    chain: set[Stretch] = set()
    at = max(range(len(best)), key=lambda each: (best[each][0], each), default=-1)
    while at >= 0:
        chain.add(found[at])
        at = best[at][1]
    return chain
