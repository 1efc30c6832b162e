from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.figures.periods import months_up_to
from server.domain.figures.rates import (
    Cell,
    Group,
    control_limits,
    make_group,
    make_groups,
    make_total,
    merge_hidden,
    verdict,
)
from server.domain.figures.trend import make_trend

MONTHS = months_up_to(date(2026, 5, 28))


def groups_of(satisfied: dict[int, tuple[int, int]]) -> tuple[dict[str, Group], Group]:
    """Groups by month from (satisfied, n) by index, and all of them together."""
    cells = [Cell(f"{MONTHS[i]:%Y-%m}", (n - k, 0, 0, k, 0)) for i, (k, n) in satisfied.items()]
    return {cell.key: make_group(cell.key, cell.levels) for cell in cells}, make_total(cells, 5)


def test_a_month_outside_its_limits_is_found_and_only_that() -> None:
    groups, total = groups_of(dict.fromkeys(range(12), (92, 100)) | {2: (70, 100)})
    trend = make_trend(MONTHS, groups)
    assert [(point.month, point.out) for point in trend.outside] == [(date(2025, 8, 1), "low")]
    low, high = control_limits(total.share or 0, 100)
    assert (trend.points[2].low, trend.points[2].high) == (low, high)


def test_nine_months_on_one_side_are_a_run() -> None:
    groups, _ = groups_of({0: (80, 100), 1: (80, 100), 2: (80, 100)} | dict.fromkeys(range(3, 12), (93, 100)))
    run = make_trend(MONTHS, groups).run
    assert run is not None
    assert (run.start, run.length, run.side) == (date(2025, 9, 1), 9, "high")
    groups, _total = groups_of(dict.fromkeys(range(4, 12), (93, 100)) | {0: (80, 100)})
    assert make_trend(MONTHS, groups).run is None


def test_months_without_answers_are_empty_and_break_a_run() -> None:
    groups, _total = groups_of(dict.fromkeys(range(1, 12), (93, 100)) | {0: (10, 100)})
    del groups["2025-11"]
    trend = make_trend(MONTHS, groups)
    assert trend.run is None
    assert trend.points[5].share is None
    assert not trend.points[5].hidden


def test_a_hidden_month_shows_its_n_alone() -> None:
    cells = [
        Cell("2026-04", (1, 0, 0, 2, 0)),
        Cell("2026-05", (1, 0, 0, 60, 0)),
        Cell("2026-03", (0, 0, 0, 9, 0)),
    ]
    groups = {group.key: group for group in make_groups(cells, 5)}
    trend = make_trend(MONTHS, groups)
    assert [(point.n, point.share is None, point.hidden) for point in trend.points[-3:]] == [
        (9, True, True), (3, True, True), (61, False, False)]  # fmt: skip


def test_too_few_answers_draw_nothing() -> None:
    hidden = {group.key: group for group in make_groups([Cell("2026-04", (0, 0, 0, 3, 0))], 5)}
    assert make_trend(MONTHS, hidden).centre is None
    groups, _ = groups_of({3: (2, 5)})
    assert not make_trend(MONTHS, groups).drawn
    assert make_trend(MONTHS, groups_of({3: (2, 5), 4: (2, 5)})[0]).drawn


@pytest.mark.parametrize(
    ("months", "n", "judged"), [(1, 5, 0), (1, 400, 0), (5, 400, 0), (12, 19, 0), (6, 20, 6), (12, 100, 12)]
)
def test_nothing_is_said_of_too_few_months_or_of_too_small_ones(months: int, n: int, judged: int) -> None:
    """Seen: one month with n = 5 was "within the usual limits"."""
    trend = make_trend(MONTHS, groups_of(dict.fromkeys(range(months), (n * 9 // 10, n)))[0])
    assert trend.judged == judged
    assert sum(point.low is not None for point in trend.points) == judged
    assert trend.run is None and not trend.outside


def test_a_small_month_among_large_ones_has_no_limits_and_stands_in_the_mean() -> None:
    trend = make_trend(MONTHS, groups_of(dict.fromkeys(range(11), (90, 100)) | {11: (0, 19)})[0])
    assert (trend.judged, trend.points[11].low, trend.points[11].out) == (11, None, None)
    assert trend.centre == 990 / 1119


def test_the_mean_tells_nothing_of_a_hidden_month() -> None:
    cells = [
        Cell("2026-03", (0, 0, 0, 50, 0)),
        Cell("2026-04", (0, 0, 9, 0, 0)),
        Cell("2026-05", (3, 0, 0, 0, 0)),
    ]
    groups = {group.key: group for group in make_groups(cells, 5)}
    assert make_trend(MONTHS, groups).centre == 1.0


@given(
    st.dictionaries(
        st.integers(0, 11), st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    )
)
@settings(max_examples=60)
def test_limits_hold_the_mean(months: dict[int, tuple[int, int]]) -> None:
    groups, _ = groups_of(months)
    trend = make_trend(MONTHS, groups)
    assert len(trend.points) == 12
    for point in trend.points:
        if point.low is not None and point.high is not None and trend.centre is not None:
            assert 0 <= point.low <= trend.centre <= point.high <= 1


def test_merged_groups_are_what_is_left_of_the_total() -> None:
    cells = [Cell("a", (1, 2, 3, 40, 50)), Cell("b", (1, 0, 0, 1, 1)), Cell("c", (0, 1, 0, 1, 0))]
    groups = make_groups(cells, 5)
    merged = merge_hidden(make_total(cells, 5), groups)
    assert merged is not None
    assert (merged.key, merged.n, merged.levels) == ("merged", 5, (1, 1, 0, 2, 1))
    assert merge_hidden(make_total(cells[:1], 5), make_groups(cells[:1], 5)) is None


@pytest.mark.parametrize(
    ("k", "n", "expected"),
    [(0, 0, "none"), (2, 3, "few"), (990, 1000, "met"), (92, 100, "open"), (80, 100, "below")],
)
def test_the_interval_decides_about_the_goal(k: int, n: int, expected: str) -> None:
    assert verdict(make_total([Cell("", (n - k, 0, 0, k, 0))], 5), 0.9) == expected
