"""The dated rules: what the law allows, held against figures typed here from its text; due dates."""

from datetime import date

import pytest

from server.domain.problems import Problem
from server.rules import due_reports, layout_on, regimes, served_regime
from server.rules.layout import Figure

TODAY = date(2026, 5, 28)

# Nghị định 30/2020/NĐ-CP, Phụ lục I, as vietnam-rules section 5 gives it: size from, to, style.
LAW_LETTERS = {
    "national_name": (12, 13, "bold capitals"),
    "motto": (13, 14, "bold"),
    "superior": (12, 13, "capitals"),
    "issuer": (12, 13, "bold capitals"),
    "number": (13, 13, ""),
    "place_date": (13, 14, "italic"),
    "kind": (13, 14, "bold capitals"),
    "subject": (13, 14, "bold"),
    "body": (13, 14, ""),
    "page_number": (13, 14, ""),
    "signer_post": (13, 14, "bold capitals"),
    "signer_name": (13, 14, "bold"),
    "recipients_title": (12, 12, "bold italic"),
    "recipients": (11, 11, ""),
}


@pytest.mark.parametrize("name", LAW_LETTERS)
def test_letters_are_those_of_the_law(name: str) -> None:
    element = getattr(layout_on("nghi-dinh-30", TODAY).elements, name)
    least, most, style = LAW_LETTERS[name]
    assert (element.size.least, element.size.most) == (least, most)
    assert least <= element.size.use <= most
    marks = [word for word in ("bold", "italic", "capitals") if getattr(element, word)]
    assert marks == style.split()


def test_page_is_that_of_the_law() -> None:
    layout = layout_on("nghi-dinh-30", TODAY)
    page = layout.page
    assert (page.width_mm, page.height_mm) == (210, 297)
    assert all(20 <= side.use <= 25 for side in (page.top_mm, page.bottom_mm))
    assert 30 <= page.left_mm.use <= 35
    assert 15 <= page.right_mm.use <= 20
    assert layout.body.indent_mm in (10, 12.7)
    assert layout.body.space_pt.use >= 6
    assert 1 <= layout.body.line_spacing.use <= 1.5
    assert layout.font == "Times New Roman"
    assert layout.source and layout.verified


def test_a_figure_outside_the_law_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        Figure(least=20, most=25, use=26)


def test_all_five_regimes_are_data_with_their_sources() -> None:
    assert {each.id for each in regimes()} == {
        "ha-long", "lam-dong", "an-giang", "krong-pa", "tp-ho-chi-minh",
    }  # fmt: skip
    assert all(each.source and each.recipients and each.asks and each.reports for each in regimes())
    assert [each.id for each in regimes() if each.served] == ["ha-long"]


def test_one_regime_is_served_the_others_say_so() -> None:
    assert served_regime("ha-long").name == "Hạ Long"
    for regime, code in (("lam-dong", "regime-not-served"), ("trung-uong", "unknown-regime")):
        with pytest.raises(Problem) as caught:
            served_regime(regime)
        assert caught.value.code == code
        assert regime in caught.value.sentence("en")
        assert "ha-long" in caught.value.sentence("vi")
        assert "krong-pa" not in caught.value.sentence("vi"), "offered, but not served"


def test_due_dates_of_ha_long() -> None:
    first, second = due_reports("ha-long", TODAY)
    assert first.sentence() == "Báo cáo sơ kết 6 tháng, hạn trước 03/06"
    assert first.sentence("en") == "Half-year report, due before 03/06"
    assert (first.due, first.last_day, first.days_left, first.period) == (
        date(2026, 6, 3), date(2026, 6, 2), 5, "2026-H1",
    )  # fmt: skip
    assert second.sentence() == "Báo cáo tổng kết năm, hạn trước 05/11"
    assert second.period == "2026"


def test_the_last_day_still_counts_and_the_next_is_next_year() -> None:
    [on_the_last] = [each for each in due_reports("ha-long", date(2026, 6, 2)) if each.kind == "so-ket"]
    assert (on_the_last.days_left, on_the_last.due.year) == (0, 2026)
    [after] = [each for each in due_reports("ha-long", date(2026, 6, 3)) if each.kind == "so-ket"]
    assert (after.due, after.period) == (date(2027, 6, 3), "2027-H1")


@pytest.mark.parametrize(
    ("regime", "today", "last_days"),
    [
        ("lam-dong", date(2026, 1, 1), ["2026-06-01", "2026-11-24"]),
        ("krong-pa", date(2026, 10, 25), ["2026-10-25"]),
        ("tp-ho-chi-minh", date(2026, 1, 1), ["2026-05-10", "2026-11-10"]),
        ("an-giang", date(2025, 1, 1), ["2025-03-11", "2025-08-11"]),
        ("an-giang", date(2026, 1, 1), []),
    ],
)
def test_due_dates_of_the_others(regime: str, today: date, last_days: list[str]) -> None:
    assert [each.last_day.isoformat() for each in due_reports(regime, today)] == last_days
