"""The demo's school has a whole year behind it, whenever it is made."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from server.domain.figures.periods import days, parse_period
from server.domain.localtime import local_day
from server.services.dashboard.overview import overview, period_choices, period_of
from server.services.figures.comparison import against_year_before
from server.services.figures.rates import rates
from tests.support.reading import reading
from tests.support.seed import SCHOOL, Clock, sample_school

TO_JUDGE = 20
"""A month with fewer ratings has no limits of its own on the chart."""


@pytest.mark.parametrize("day", [date(2026, 11, 30), date(2027, 1, 2), date(2027, 6, 30)], ids=str)
def test_every_month_and_year_is_whole(tmp_path: Path, day: date) -> None:
    clock = Clock(int(datetime(day.year, day.month, day.day, 3, tzinfo=UTC).timestamp() * 1000))
    ctx = sample_school(tmp_path, clock)
    today = local_day(ctx.now())
    first = date(today.year - 1, 1, 1)
    over = {f"{year}-{month:02d}" for year in (first.year, today.year) for month in range(1, 13)}
    over = {month for month in over if month < f"{today:%Y-%m}"}
    months = {group.key: group.n for group in rates(reading(ctx), SCHOOL, first, today, "month")}
    assert over <= set(months)
    assert {month: n for month, n in months.items() if month in over and n < TO_JUDGE} == {}
    year_before, running = parse_period(str(today.year - 1)), days(date(today.year, 1, 1), today)
    assert {year_before, period_of(ctx, None)} <= set(
        period_choices(reading(ctx), SCHOOL, period_of(ctx, None))
    )
    shown = overview(reading(ctx), SCHOOL, year_before, "vi")
    assert (shown.shown.start, shown.shown.end) == (year_before.start, year_before.end)
    assert not [point for point in shown.trend.points if point.share is None]
    if today.month > 1:  # the first days of January are too few to say anything
        compared = against_year_before(reading(ctx), SCHOOL, running)
        assert compared and compared.difference and compared.outcome == "whole", compared
    ctx.store.close()
