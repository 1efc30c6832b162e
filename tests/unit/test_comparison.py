"""Like with like: what of a period is compared with the year before, worked out in a second way."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.figures.comparison import compare, months_of
from server.domain.figures.periods import days, parse_period
from server.domain.figures.rates import Levels

YEAR = parse_period("2026")


def weekday(day: date) -> bool:
    return day.weekday() < 5


def year_of(year: int, n: int, months: range = range(1, 13)) -> dict[str, Levels]:
    return {f"{year}-{month:02}": (0, 0, n // 5, 0, n - n // 5) for month in months}


@pytest.mark.parametrize(
    ("begins", "outcome", "first"),
    [
        (date(2024, 5, 1), "whole", date(2026, 1, 1)),
        # 1 January is a Wednesday that the weekday rule takes for worked; 1 and 2 February are a weekend.
        (date(2025, 1, 1), "whole", date(2026, 1, 1)),
        (date(2025, 2, 3), "months", date(2026, 2, 1)),
        (date(2025, 2, 4), "months", date(2026, 3, 1)),
        (date(2025, 7, 1), "months", date(2026, 7, 1)),
        (date(2025, 12, 2), "apart", None),
        (date(2026, 1, 1), "begins", None),
        (None, "begins", None),
    ],
)
def test_what_is_compared_follows_from_where_the_data_begin(
    begins: date | None, outcome: str, first: date | None
) -> None:
    before = {key: levels for key, levels in year_of(2025, 50).items() if begins and key >= f"{begins:%Y-%m}"}
    found = compare(YEAR, year_of(2026, 100) | before, begins=begins, works=weekday, small_cell=5)
    assert found.outcome == outcome
    assert (found.spans[0][0] if found.spans else None) == first
    assert (found.difference is None) == (first is None)


def test_months_without_ratings_in_one_year_are_left_out_of_both() -> None:
    levels = year_of(2025, 50) | year_of(2026, 100)
    del levels["2025-07"], levels["2026-08"]
    found = compare(YEAR, levels, begins=date(2020, 1, 1), works=weekday, small_cell=5)
    assert found.outcome == "months"
    assert found.spans == ((date(2026, 1, 1), date(2026, 6, 30)), (date(2026, 9, 1), date(2026, 12, 31)))
    assert found.now is not None and found.before is not None
    assert (found.now.n, found.before.n) == (1000, 500)
    del levels["2025-08"], levels["2026-07"]  # nobody comes in summer, in either year
    assert compare(YEAR, levels, begins=date(2020, 1, 1), works=weekday, small_cell=5).outcome == "whole"


def test_a_month_that_is_hidden_does_not_follow_from_the_months_compared() -> None:
    """August has three answers, and hides September with it: the months from September on tell August."""
    levels = year_of(2026, 100, range(7, 13)) | year_of(2025, 100, range(9, 13))
    levels["2026-08"], levels["2026-09"] = (1, 0, 0, 0, 2), (0, 0, 0, 0, 60)
    half = parse_period("2026-H2")
    found = compare(half, levels, begins=date(2025, 9, 1), works=weekday, small_cell=5)
    assert (found.outcome, found.now, found.difference) == ("hidden", None, None)


def test_too_few_on_either_side_are_not_compared() -> None:
    levels = {"2026-05": (0, 0, 0, 0, 4), "2025-05": (0, 0, 0, 0, 40)}
    may = days(date(2026, 5, 1), date(2026, 5, 31))
    found = compare(may, levels, begins=date(2020, 1, 1), works=weekday, small_cell=5)
    assert (found.outcome, found.now, found.before) == ("few", None, None)


@given(st.dates(date(2001, 1, 1), date(2060, 12, 31)), st.integers(0, 800))
def test_the_months_of_a_period_are_all_of_it(start: date, length: int) -> None:
    period = days(start, start + timedelta(days=length))
    months = months_of(period)
    assert months[0].now[0] == period.start and months[-1].now[1] == period.end
    for one, two in pairwise(months):
        assert one.now[1] + timedelta(days=1) == two.now[0]
        assert one.before[1] + timedelta(days=1) == two.before[0]
    for month in months:
        for day, earlier in zip(month.now, month.before, strict=True):
            assert (earlier.year, earlier.month) == (day.year - 1, day.month)
