from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.figures.periods import Period, current_half, days, months_up_to, parse_period
from server.domain.problems import Problem

DATES = st.dates(date(2001, 1, 1), date(2190, 12, 31))


@pytest.mark.parametrize(
    ("code", "start", "end", "vi", "en"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "năm 2026", "2026"),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30), "6 tháng đầu năm 2026", "first half of 2026"),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31), "6 tháng cuối năm 2026", "second half of 2026"),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31), "quý I năm 2024", "first quarter of 2024"),
        ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30), "quý III năm 2026", "third quarter of 2026"),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "quý IV năm 2026", "fourth quarter of 2026"),
        (
            "2026-01-01..2026-05-28",
            date(2026, 1, 1),
            date(2026, 5, 28),
            "từ 01/01/2026 đến 28/05/2026",
            "1 January 2026 to 28 May 2026",
        ),
    ],
)
def test_a_code_is_read_and_told_in_words(code: str, start: date, end: date, vi: str, en: str) -> None:
    period = parse_period(code)
    assert (period.start, period.end, period.code) == (start, end, code)
    assert (period.title("vi"), period.title("en")) == (vi, en)


@pytest.mark.parametrize(
    "code",
    ["", "26", "2026-H3", "2026-Q0", "2026-Q5", "2026-h1", "2026-13", "2026-02-30..2026-03-01", "1999",
     "9999", "2026-05-28..2026-01-01", "2026-01-01..", "2026-1-1..2026-2-1", "２０２６", "2026\n",
     "0001-01-01..0001-02-01", "2026-01-01...2026-02-01", "x" * 5000],
)  # fmt: skip
def test_what_is_no_period_is_said_to_be_none(code: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_period(code)
    assert caught.value.code == "bad-period"
    assert len(caught.value.sentence("vi")) < 250


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading(code: str) -> None:
    try:
        assert parse_period(code).code == code
    except Problem as problem:
        assert problem.code == "bad-period"


def test_the_year_before() -> None:
    assert parse_period("2026-H1").year_before() == parse_period("2025-H1")
    assert parse_period("2026-Q3").year_before() == parse_period("2025-Q3")
    assert parse_period("2026").year_before() == parse_period("2025")
    assert parse_period("2024-02-29..2024-03-01").year_before() == parse_period("2023-02-28..2023-03-01")
    with pytest.raises(Problem):
        parse_period("2000").year_before()


@given(DATES, st.integers(0, 900))
@settings(max_examples=60)
def test_any_two_days_make_a_period_and_its_code_reads_back(start: date, length: int) -> None:
    period = days(start, start + timedelta(length))
    assert parse_period(period.code) == period
    before = period.year_before()
    assert before.start <= before.end
    assert 364 <= (period.start - before.start).days <= 366


@given(DATES)
def test_a_day_lies_in_its_half(day: date) -> None:
    half = current_half(day)
    assert half.kind == "half"
    assert half.contains(day)
    assert not half.year_before().contains(day)


def test_a_running_period_is_cut_at_today() -> None:
    half = parse_period("2026-H1")
    assert half.until(date(2026, 5, 28)) == parse_period("2026-01-01..2026-05-28")
    assert half.until(date(2026, 6, 30)) is half
    assert half.until(date(2027, 1, 1)) is half
    assert half.until(date(2025, 1, 1)) is half


def test_twelve_months_end_with_this_one() -> None:
    months = months_up_to(date(2026, 5, 28))
    assert months[0] == date(2025, 6, 1)
    assert months[-1] == date(2026, 5, 1)
    assert len(months) == 12
    assert months_up_to(date(2026, 1, 31), 2) == [date(2025, 12, 1), date(2026, 1, 1)]


def test_a_period_is_a_value() -> None:
    assert Period("year", date(2026, 1, 1), date(2026, 12, 31), "2026") == parse_period("2026")
