"""Was anything lost? What has arrived of a journal, as ranges; what lies between them is missing."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Range(NamedTuple):
    """All numbers from `lo` to `hi`, both included."""

    lo: int
    hi: int


def runs(numbers: Iterable[int]) -> list[Range]:
    """`numbers`, in any order and with repetitions, as the fewest ranges, in order."""
    found: list[Range] = []
    for number in sorted(set(numbers)):
        if found and found[-1].hi == number - 1:
            found[-1] = Range(found[-1].lo, number)
        else:
            found.append(Range(number, number))
    return found


def merge(ranges: Iterable[Range]) -> list[Range]:
    """`ranges`, in any order and overlapping as they may, as the fewest that do not touch, in order."""
    found: list[Range] = []
    for lo, hi in sorted(ranges):
        if found and lo <= found[-1].hi + 1:
            found[-1] = Range(found[-1].lo, max(found[-1].hi, hi))
        else:
            found.append(Range(lo, hi))
    return found


def holes(arrived: Sequence[Range]) -> list[Range]:
    """What is missing from 1 to the highest that arrived; `arrived` as `merge` gives it."""
    missing = []
    expected = 1
    for lo, hi in arrived:
        if lo > expected:
            missing.append(Range(expected, lo - 1))
        expected = hi + 1
    return missing


def gaps(arrived: Iterable[Range], within: Range) -> list[Range]:
    """What of `within` is missing; `arrived` as `merge` gives it."""
    missing = []
    expected = within.lo
    for lo, hi in arrived:
        if lo > within.hi:
            break
        if lo > expected:
            missing.append(Range(expected, lo - 1))
        expected = max(expected, hi + 1)
    if expected <= within.hi:
        missing.append(Range(expected, within.hi))
    return missing


def count(ranges: Iterable[Range]) -> int:
    """How many numbers lie in ranges that do not overlap."""
    return sum(hi - lo + 1 for lo, hi in ranges)
