"""Satisfaction rates: shares of five levels with their uncertainty, and what small groups hide.

The *survey share* (tỷ lệ hài lòng, as SIPAS counts it: Bộ Nội vụ, Chỉ số hài lòng về sự phục vụ
hành chính) is (rất hài lòng + hài lòng) ÷ all answers. Its interval is Wilson's score interval
(E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
the American Statistical Association 22, 1927, 209-212), which stays inside 0..1 and holds at small
n. The difference of two shares takes Newcombe's hybrid score interval (R. G. Newcombe, "Interval
estimation for the difference between independent proportions", Statistics in Medicine 17, 1998,
873-890, method 10). All shares are fractions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal, NamedTuple, TypeAlias

Levels: TypeAlias = tuple[int, int, int, int, int]
"""How many answers of level 1, 2, 3, 4, 5."""

Verdict: TypeAlias = Literal["none", "few", "met", "open", "below"]
"""No answers, too few to say, goal met, undecided, below the goal."""

Z95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""


class Cell(NamedTuple):
    """Answers of one key, those flagged as misuse apart from the others."""

    key: str
    levels: Levels
    misuse: bool = False


@dataclass(frozen=True)
class Group:
    """One row of a rates table.

    `n` answers were counted, `misuse` were flagged (counted in `n` only where they were asked for).
    `levels`, `share`, `low`, `high`, `mean` are None where they are hidden (`suppressed`); with n = 0
    there is nothing to hide, and the last four are None.
    """

    key: str
    n: int
    levels: Levels | None
    share: float | None
    low: float | None
    high: float | None
    mean: float | None
    suppressed: bool
    misuse: int


class Difference(NamedTuple):
    """A difference of two shares with its 95 % interval, as fractions."""

    value: float
    low: float
    high: float


def wilson(k: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of k in n (Wilson 1927). Needs 0 ≤ k ≤ n, n > 0."""
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"no share of {k} in {n}")
    share = k / n
    z2 = Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # At k = 0 and k = n the exact bounds are 0 and 1; rounding must not leave them.
    return (0.0 if k == 0 else max(0.0, centre - half), 1.0 if k == n else min(1.0, centre + half))


def newcombe(k1: int, n1: int, k2: int, n2: int) -> Difference:
    """The share of k1 in n1 less the share of k2 in n2, with its 95 % interval (Newcombe 1998)."""
    p1, p2 = k1 / n1, k2 / n2
    low1, high1 = wilson(k1, n1)
    low2, high2 = wilson(k2, n2)
    value = p1 - p2
    return Difference(
        value,
        value - sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2),
        value + sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2),
    )


def control_limits(centre: float, n: int) -> tuple[float, float]:
    """The 3-sigma limits of a p-chart (Shewhart 1931) for n answers about a mean share, within 0..1."""
    sigma = sqrt(centre * (1 - centre) / n)
    return max(0.0, centre - 3 * sigma), min(1.0, centre + 3 * sigma)


def satisfied(levels: Sequence[int]) -> int:
    """The answers of the two upper levels."""
    return levels[3] + levels[4]


def add(left: Sequence[int], right: Sequence[int]) -> Levels:
    """Two counts of levels as one."""
    a, b, c, d, e = (x + y for x, y in zip(left, right, strict=True))
    return (a, b, c, d, e)


def make_group(key: str, levels: Levels, misuse: int = 0) -> Group:
    """One group, nothing hidden."""
    n = sum(levels)
    if n == 0:
        return Group(key, 0, levels, None, None, None, None, False, misuse)
    low, high = wilson(satisfied(levels), n)
    mean = sum(level * count for level, count in enumerate(levels, start=1)) / n
    return Group(key, n, levels, satisfied(levels) / n, low, high, mean, False, misuse)


def make_total(cells: Iterable[Cell], small_cell: int, misuse_included: bool = False) -> Group:
    """Everything as one group with the key `all`; hidden where 0 < n < `small_cell`."""
    levels, misuse = _sum(cells, misuse_included)
    group = make_group("all", levels, misuse)
    return hide(group) if 0 < group.n < small_cell else group


def make_groups(cells: Iterable[Cell], small_cell: int, misuse_included: bool = False) -> list[Group]:
    """The groups of a breakdown, by n (largest first), then key; groups without answers are left out.

    A group of fewer than `small_cell` answers is hidden: only its n stays. Where that could be undone
    by subtracting the others from the total (one hidden group only, or so few answers hidden that
    they are a small cell together), the next smallest group is hidden too.
    """
    return _sorted(_suppress(_groups(cells, misuse_included), small_cell))


def make_nested(
    cells: Iterable[Cell], small_cell: int, outer: Sequence[Group], within: Mapping[str, str]
) -> list[Group]:
    """The groups of a breakdown that is shown beside a coarser one, into whose groups it divides.

    `within` has the key of the `outer` group that each group lies in. Inside an outer group that is shown,
    groups are hidden as by `make_groups`, since their sum is known there; of one that is hidden all are,
    or it would follow from them. `outer` comes from `make_groups` over the same answers.
    """
    shown = {group.key for group in outer if not group.suppressed}
    members: dict[str, list[Group]] = {}
    for group in _groups(cells, misuse_included=False):
        members.setdefault(within.get(group.key, ""), []).append(group)
    found: list[Group] = []
    for key, groups in members.items():
        found += _suppress(groups, small_cell) if key in shown else [hide(group) for group in groups]
    return _sorted(found)


def hide(group: Group) -> Group:
    """The group with nothing but its n and its flagged answers."""
    return replace(group, levels=None, share=None, low=None, high=None, mean=None, suppressed=True)


def merge_hidden(total: Group, groups: Sequence[Group]) -> Group | None:
    """The hidden groups of a breakdown as one, with the key `merged`; None where there is nothing to merge.

    Says no more than the total and the groups that are shown say already.
    """
    hidden = [group for group in groups if group.suppressed]
    if not hidden or total.levels is None:
        return None
    levels = total.levels
    for group in groups:
        if group.levels is not None:
            levels = add(levels, tuple(-count for count in group.levels))
    return make_group("merged", levels, sum(group.misuse for group in hidden))


def verdict(group: Group, goal: float) -> Verdict:
    """What the group's interval says about the goal, a fraction: the interval decides, not the rate alone."""
    if group.n == 0:
        return "none"
    if group.low is None or group.high is None:
        return "few"
    if group.low >= goal:
        return "met"
    return "below" if group.high < goal else "open"


def _groups(cells: Iterable[Cell], misuse_included: bool) -> list[Group]:
    by_key: dict[str, list[Cell]] = {}
    for cell in cells:
        by_key.setdefault(cell.key, []).append(cell)
    groups = []
    for key, of_key in by_key.items():
        levels, misuse = _sum(of_key, misuse_included)
        if sum(levels):
            groups.append(make_group(key, levels, misuse))
    return groups


def _sorted(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (-group.n, group.key))


def _suppress(groups: list[Group], small_cell: int) -> list[Group]:
    # Smallest first: what is hidden is always a beginning of this list.
    ordered = sorted(groups, key=lambda group: (group.n, group.key))
    hidden = sum(group.n < small_cell for group in ordered)
    while 0 < hidden < len(ordered):
        if hidden > 1 and sum(group.n for group in ordered[:hidden]) >= small_cell:
            break
        hidden += 1
    return [hide(group) for group in ordered[:hidden]] + ordered[hidden:]


def _sum(cells: Iterable[Cell], misuse_included: bool) -> tuple[Levels, int]:
    levels: Levels = (0, 0, 0, 0, 0)
    misuse = 0
    for cell in cells:
        if cell.misuse:
            misuse += sum(cell.levels)
        if misuse_included or not cell.misuse:
            levels = add(levels, cell.levels)
    return levels, misuse
