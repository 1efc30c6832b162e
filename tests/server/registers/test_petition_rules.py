"""Cut-off days, thresholds and headings of the registers, as dated data."""

from datetime import date

import pytest

from server.domain.figures.periods import parse_period
from server.domain.problems import Problem
from server.domain.registers.petition_counts import PetitionRow
from server.domain.registers.reception_counts import ReceptionRow
from server.rules.petitions import counted_days, cut_on, form, heading, large_group


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        # Thông tư 01/2024/TT-TTCP: the quarters, the half and the year of its reports.
        ("2026-Q1", "2025-12-15", "2026-03-14"),
        ("2026-Q2", "2026-03-15", "2026-06-14"),
        ("2026-Q3", "2026-06-15", "2026-09-14"),
        ("2026-Q4", "2026-09-15", "2026-12-14"),
        ("2026-H1", "2025-12-15", "2026-06-14"),
        ("2026-H2", "2026-06-15", "2026-12-14"),
        ("2026", "2025-12-15", "2026-12-14"),
    ],
)
def test_the_statutory_days_of_a_period(period: str, first: str, last: str) -> None:
    shown = counted_days(parse_period(period), "statutory")
    assert (shown.start.isoformat(), shown.end.isoformat()) == (first, last)
    assert counted_days(parse_period(period)) == parse_period(period)


def test_any_two_days_have_no_statutory_cut() -> None:
    with pytest.raises(Problem, match="have no statutory cut"):
        counted_days(parse_period("2026-01-01..2026-05-28"), "statutory")
    with pytest.raises(Problem, match="Choose one of: calendar, statutory"):
        counted_days(parse_period("2026"), "school-year")


def test_every_heading_of_the_counts_has_its_english() -> None:
    for number in ("01/XLD", "01/TCD"):
        for column in form(number, date(2026, 11, 20)).columns:
            for words in (column.group, column.title):
                assert heading(words, "vi") == words
                assert heading(words, "en") != words


def test_forms_have_a_heading_for_every_column_and_a_source() -> None:
    day = date(2026, 11, 20)
    assert len(form("03/TCD", day).columns) == 13
    assert len(form("01/XLD", day).columns) == len(PetitionRow._fields) == 21
    assert len(form("01/TCD", day).columns) == len(ReceptionRow._fields) == 20
    for rule in (*(form(each, day) for each in ("03/TCD", "01/XLD", "01/TCD")), cut_on(day)):
        assert rule.source
    assert not cut_on(day).verified, "the dates of Thông tư 06/2025 were not seen"
    assert large_group(day) == 5
