"""What is told of a year's periods names nobody, whoever adds and subtracts."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.figures.periods import days, month_period, parse_period
from server.domain.figures.publication import Node, hidden, is_whole, periods_of
from server.domain.figures.rates import Levels

OVER, RUNNING = date(2027, 1, 1), date(2026, 11, 30)
SMALL = 5


def flat(nodes: tuple[Node, ...]) -> list[Node]:
    return [each for node in nodes for each in (node, *flat(node.parts))]


def levels_of(counts: list[int]) -> dict[str, Levels]:
    return {f"2026-{month:02}": (0, 0, 0, 0, n) for month, n in enumerate(counts, start=1) if n}


def rank(rows: list[list[int]]) -> int:
    """Of a matrix, by elimination over fractions."""
    left = [[Fraction(value) for value in row] for row in rows]
    found = 0
    for column in range(12):
        pivot = next((row for row in left if row[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        left = [
            [a - row[column] / pivot[column] * b for a, b in zip(row, pivot, strict=True)] for row in left
        ]
        found += 1
    return found


def follows(counts: list[int], told: list[Node]) -> list[tuple[int, ...]]:
    """The sets of months, fewer than `SMALL` ratings together, whose sum follows from what is told."""
    rows = [
        [
            int(bool(n) and node.period.contains(date(2026, month, 1)))
            for month, n in enumerate(counts, start=1)
        ]
        for node in told
    ]
    known = rank(rows)
    small = [month for month, n in enumerate(counts) if 0 < n < SMALL]
    found = []
    for size in range(1, SMALL):
        for months in combinations(small, size):
            if sum(counts[month] for month in months) < SMALL:
                wanted = [int(month in months) for month in range(12)]
                if rank([*rows, wanted]) == known:
                    found.append(months)
    return found


def test_the_attack_itself_works() -> None:
    counts = [3, 20, 20, *[30] * 9]
    assert follows(counts, flat(periods_of(2026, OVER))) == [(0,)]


@given(
    st.lists(st.one_of(st.integers(0, 6), st.integers(0, 60)), min_size=12, max_size=12),
    st.sampled_from([OVER, RUNNING]),
)
@settings(max_examples=100, deadline=None)
def test_no_small_sum_follows_from_what_is_told(counts: list[int], today: date) -> None:
    untold = hidden(2026, levels_of(counts), today=today, small_cell=SMALL)
    told = [node for node in flat(periods_of(2026, today)) if node.span not in untold]
    assert follows(counts, told) == []


def test_a_small_month_takes_its_neighbour_and_nothing_else() -> None:
    untold = hidden(2026, levels_of([3, 20, 25, *[30] * 9]), today=OVER, small_cell=SMALL)
    assert untold == {(date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 2, 28))}


def test_a_new_half_year_does_not_hide_the_one_that_has_ended() -> None:
    levels = levels_of([30] * 6 + [2] + [0] * 5)
    untold = hidden(2026, levels, today=date(2026, 7, 2), small_cell=SMALL)
    half, month = parse_period("2026-H1"), month_period(2026, 7)
    assert (half.start, half.end) not in untold
    assert (month.start, month.end) in untold


@pytest.mark.parametrize(
    ("code", "whole"),
    [
        ("2026-H1", True), ("2026-H2", True), ("2026-Q3", True), ("2026", False), ("2025", True),
        ("2026-05-01..2026-05-31", True), ("2026-01-01..2026-06-30", True), ("2026-05-01..2026-05-30", False),
        ("2026-05-01..2026-06-30", False), ("2025-12-01..2026-05-31", False),
        ("2026-05-28..2026-05-28", False),
    ],
)  # fmt: skip
def test_which_periods_are_whole(code: str, whole: bool) -> None:
    assert is_whole(parse_period(code), RUNNING) == whole
    assert is_whole(days(date(2026, 11, 1), date(2026, 11, 30)), RUNNING), "a month that runs, too"
