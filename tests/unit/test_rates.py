from decimal import Decimal, getcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.figures.rates import (
    Z95,
    Cell,
    Group,
    control_limits,
    make_groups,
    make_nested,
    make_total,
    newcombe,
    satisfied,
    wilson,
)

COUNTS = st.integers(0, 40)
LEVELS = st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
SMALL_LEVELS = st.tuples(*[st.integers(0, 3)] * 5)
CELLS = st.lists(
    st.builds(Cell, st.sampled_from("abcdefg"), LEVELS | SMALL_LEVELS, st.booleans()), max_size=14
)


def test_the_figures_of_the_mock_up() -> None:
    # 1.068 answers, 987 satisfied: 92,4 % (90,7-93,9)
    low, high = wilson(987, 1068)
    assert round(100 * low, 1) == 90.7
    assert round(100 * high, 1) == 93.9


def test_published_examples() -> None:
    # Newcombe 1998, table I, method 3 (Wilson) for 81/263, 15/148, 0/20, 1/29
    for k, n, low, high in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
                            (1, 29, 0.0061, 0.1718)]:  # fmt: skip
        assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)
    # Newcombe 1998 (differences), table II, method 10: 56/70 - 48/80 and 9/10 - 3/10
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert newcombe(9, 10, 3, 10) == pytest.approx((0.6, 0.1705, 0.8090), abs=5e-5)


@given(st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_solves_its_own_equation(pair: tuple[int, int]) -> None:
    k, n = pair
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1
    getcontext().prec = 40
    for bound in (low, high):
        if bound in (0.0, 1.0):
            continue
        # |share - bound| = z * sqrt(bound (1 - bound) / n), the definition of the score interval
        exact = Decimal(bound)
        left = abs(Decimal(k) / n - exact)
        right = Decimal(Z95) * (exact * (1 - exact) / n).sqrt()
        assert abs(left - right) < Decimal("1e-9")


@pytest.mark.parametrize(("k", "n"), [(1, 0), (0, 0), (-1, 5), (6, 5)])
def test_no_share_of_nothing(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(k, n)


@given(LEVELS, LEVELS)
def test_a_difference_lies_inside_its_interval(one: tuple[int, ...], two: tuple[int, ...]) -> None:
    if not sum(one) or not sum(two):
        return
    there = newcombe(satisfied(one), sum(one), satisfied(two), sum(two))
    back = newcombe(satisfied(two), sum(two), satisfied(one), sum(one))
    assert -1 <= there.low <= there.value <= there.high <= 1
    assert back.value == pytest.approx(-there.value)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))


def test_control_limits_step_with_n_and_stay_inside() -> None:
    assert control_limits(0.9, 100) == pytest.approx((0.81, 0.99))
    assert control_limits(0.99, 10)[1] == 1.0
    assert control_limits(0.02, 10)[0] == 0.0


def test_a_total_without_answers_hides_nothing() -> None:
    assert make_total([], 5) == Group("all", 0, (0, 0, 0, 0, 0), None, None, None, None, False, 0)


def test_flagged_answers_are_counted_apart_and_only_taken_in_where_asked() -> None:
    cells = [Cell("", (0, 0, 0, 10, 0)), Cell("", (7, 0, 0, 0, 0), misuse=True)]
    plain, all_of_them = make_total(cells, 5), make_total(cells, 5, misuse_included=True)
    assert (plain.n, plain.share, plain.misuse) == (10, 1.0, 7)
    assert (all_of_them.n, all_of_them.levels, all_of_them.misuse) == (17, (7, 0, 0, 10, 0), 7)


def test_a_single_small_group_takes_the_next_smallest_with_it() -> None:
    groups = make_groups(
        [Cell("a", (0, 0, 0, 0, 50)), Cell("b", (1, 0, 0, 1, 0)), Cell("c", (0, 0, 0, 9, 0))], 5
    )
    assert [(group.key, group.n, group.suppressed) for group in groups] == [
        ("a", 50, False), ("c", 9, True), ("b", 2, True)]  # fmt: skip
    assert groups[1].levels is None
    assert groups[1].mean is None


def test_two_tiny_groups_that_are_small_together_take_a_third() -> None:
    groups = make_groups([Cell("a", (0, 0, 0, 0, 50)), Cell("b", (1, 0, 0, 1, 0)), Cell("c", (1, 1, 0, 0, 0)),
                          Cell("d", (0, 0, 0, 30, 0))], 5)  # fmt: skip
    assert {group.key for group in groups if group.suppressed} == {"b", "c", "d"}
    groups = make_groups(
        [Cell("a", (0, 0, 0, 0, 50)), Cell("b", (1, 0, 0, 1, 0)), Cell("c", (1, 1, 1, 0, 0))], 5
    )
    assert {group.key for group in groups if group.suppressed} == {"b", "c"}


@given(CELLS, st.integers(1, 12), st.booleans())
@settings(max_examples=200)
def test_nothing_hidden_can_be_worked_out(cells: list[Cell], small_cell: int, included: bool) -> None:
    groups = make_groups(cells, small_cell, included)
    total = make_total(cells, small_cell, included)
    assert sum(group.n for group in groups) == total.n
    assert [(-group.n, group.key) for group in groups] == sorted((-group.n, group.key) for group in groups)
    hidden = [group for group in groups if group.suppressed]
    for group in groups:
        assert group.n > 0
        assert group.suppressed or group.n >= small_cell
        assert (group.levels is None) == group.suppressed == (group.share is None) == (group.mean is None)
    if hidden and len(hidden) < len(groups):
        # What subtraction from the total gives is never one group, nor a small cell.
        assert len(hidden) >= 2
        assert sum(group.n for group in hidden) >= small_cell
    if not hidden and total.levels is not None and groups:
        assert [sum(column) for column in zip(*[g.levels for g in groups if g.levels], strict=True)] == [
            *total.levels]  # fmt: skip


SMALL_LEVELS = st.tuples(*[st.integers(0, 6)] * 5)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.sampled_from("xyz"), SMALL_LEVELS), min_size=1)
)
def test_two_breakdowns_side_by_side_tell_no_small_group(
    devices: dict[str, tuple[str, tuple[int, int, int, int, int]]],
) -> None:
    """What follows by adding and subtracting: whole blocks of hidden groups, each large enough."""
    within = {key: outer for key, (outer, _) in devices.items()}
    outer = make_groups([Cell(where, levels) for where, levels in devices.values()], 5)
    inner = make_nested([Cell(key, levels) for key, (_, levels) in devices.items()], 5, outer, within)
    assert {group.key: group.n for group in inner} == {
        key: sum(levels) for key, (_, levels) in devices.items() if sum(levels)
    }
    shown = {group.key for group in outer if not group.suppressed}
    assert all(group.suppressed for group in inner if within[group.key] not in shown)
    for where in shown:
        block = [group for group in inner if within[group.key] == where and group.suppressed]
        members = [group for group in inner if within[group.key] == where]
        assert not block or len(block) == len(members) or (len(block) > 1 and sum(g.n for g in block) >= 5)
    assert all(group.suppressed for group in inner if group.n < 5)
