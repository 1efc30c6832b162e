"""Ranges of what has arrived, and what lies between them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.domain.answers.sequences import Range, count, holes, merge, runs

numbers = st.lists(st.integers(1, 60))


def members(ranges: list[Range]) -> set[int]:
    return {number for lo, hi in ranges for number in range(lo, hi + 1)}


@given(numbers)
def test_runs_hold_just_these_numbers_in_the_fewest_ranges(given_numbers: list[int]) -> None:
    found = runs(given_numbers)
    assert members(found) == set(given_numbers)
    assert count(found) == len(set(given_numbers))
    assert all(after.lo > before.hi + 1 for before, after in pairwise(found))


@given(st.lists(numbers))
def test_merging_in_any_order_is_all_at_once(parts: list[list[int]]) -> None:
    merged: list[Range] = []
    for part in parts:
        merged = merge([*runs(part), *merged])
    assert merged == runs([number for part in parts for number in part])


@given(numbers)
def test_holes_are_what_is_missing_up_to_the_highest(given_numbers: list[int]) -> None:
    highest = max(given_numbers, default=0)
    assert members(holes(runs(given_numbers))) == set(range(1, highest + 1)) - set(given_numbers)
