import xml.etree.ElementTree as ET
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.figures.periods import months_up_to
from server.domain.figures.rates import Cell, make_groups
from server.domain.figures.trend import make_trend
from server.transport.http.dashboard.charts.intervals import (
    count_bar,
    interval_axis,
    interval_bar,
    interval_chart,
)
from server.transport.http.dashboard.charts.svg import scale_for, tag, text
from server.transport.http.dashboard.charts.trend import trend_chart
from server.transport.http.frame import formats

MONTHS = months_up_to(date(2026, 5, 28))
SHARES = st.floats(0, 1)


def figure(share: float) -> str:
    return formats.decimal(share, "vi", 0)


def drawn(markup: str) -> ET.Element:
    """The drawing, well-formed, without inline styles, everything within it."""
    root = ET.fromstring(markup)
    for element in root.iter():
        assert "style" not in element.attrib
        for name, value in element.attrib.items():
            assert "nan" not in value.lower()
            if name in ("x", "x1", "x2", "cx") and value.endswith("%"):
                assert -0.001 <= float(value[:-1]) <= 100.001
            if name in ("width", "height", "r"):
                assert float(value.rstrip("%")) >= 0
    return root


@given(st.lists(SHARES, min_size=3, max_size=3).map(sorted), SHARES)
@settings(max_examples=80)
def test_intervals_are_drawn_within_their_frame(bounds: list[float], goal: float) -> None:
    low, share, high = bounds
    scale = scale_for(min(low, goal))
    drawn(interval_chart(low, share, high, goal=goal, scale=scale, goal_words="Mục tiêu", figure=figure))
    drawn(interval_bar(low, share, high, goal=goal, scale=scale, below=False))
    drawn(interval_axis(goal, scale, figure))
    drawn(count_bar(share))


@given(st.floats(0, 1))
def test_a_scale_has_round_marks_and_reaches_down(lowest: float) -> None:
    scale = scale_for(lowest)
    assert scale.low <= max(0.0, min(lowest, 0.8)) + 1e-9
    assert 2 <= len(scale.marks) <= 6
    assert abs(scale.marks[-1] - 1) < 1e-9
    assert all(abs(mark * 20 - round(mark * 20)) < 1e-6 for mark in scale.marks)
    assert scale.place(1) == 1


def test_usual_scales() -> None:
    assert [round(100 * mark) for mark in scale_for(0.87).marks] == [80, 85, 90, 95, 100]
    assert [round(100 * mark) for mark in scale_for(0.69).marks] == [60, 70, 80, 90, 100]
    assert [round(100 * mark) for mark in scale_for(0.05).marks] == [0, 20, 40, 60, 80, 100]


COUNTS = st.integers(0, 300)


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=12, max_size=12))
@settings(max_examples=50)
def test_any_year_can_be_drawn(months: list[tuple[int, int]]) -> None:
    cells = [
        Cell(f"{month:%Y-%m}", (low, 0, 0, high, 0))
        for month, (low, high) in zip(MONTHS, months, strict=True)
    ]
    groups = {group.key: group for group in make_groups(cells, 5)}
    trend = make_trend(MONTHS, groups)
    if trend.centre is None:
        return
    root = drawn(
        trend_chart(
            trend,
            title="Theo tháng",
            words={"month": "tháng", "n": "n", "hidden": "ẩn"},
            figure=figure,
            count=lambda n: formats.number(n, "vi"),
        )
    )
    shown = [point for point in trend.points if point.share is not None]
    assert len(root.findall(".//circle")) + len(root.findall(".//path")) == len(shown)
    assert root.attrib["role"] == "img"
    assert root[0].tag == "title"
    written = [element.text for element in root.iter("text")]
    assert written.count("ẩn") == sum(point.hidden for point in trend.points)


def test_words_are_escaped() -> None:
    markup = tag("svg", text("<script>&", "1%", 2, 'a" onload="x'), data_name='"><b>')
    assert ET.fromstring(markup)[0].text == "<script>&"
    assert "<script>" not in markup


def test_numbers_in_both_languages() -> None:
    assert formats.percent(0.9241, "vi") == "92,4\N{NO-BREAK SPACE}%"
    assert formats.percent(0.9241, "en") == "92.4%"
    assert formats.number(1068, "vi") == "1.068"
    assert formats.goal(0.9, "vi") == "90\N{NO-BREAK SPACE}%"
    assert formats.goal(0.925, "vi") == "92,5\N{NO-BREAK SPACE}%"
    assert formats.day(date(2026, 5, 28), "vi") == "28/05/2026"
    assert formats.span(date(2026, 1, 1), date(2026, 5, 28), "vi") == "01/01 – 28/05/2026"
    assert formats.span(date(2025, 7, 1), date(2026, 1, 28), "vi") == "01/07/2025 – 28/01/2026"
    assert formats.signed(-0.004, "vi") == "−0,4"
    assert formats.signed(0.0001, "vi") == "0,0"
    assert formats.size(812, "vi") == "812\N{NO-BREAK SPACE}B"
    assert formats.size(24_512_000_000, "vi") == "24,5\N{NO-BREAK SPACE}GB"
    assert formats.weekday(date(2026, 5, 28), "vi") == "thứ Năm"
    assert formats.weekday(date(2026, 5, 31), "vi") == "chủ nhật"
    assert formats.duration(133 * 60_000) == ("hours", 2, 13)


def test_a_bound_does_not_look_like_the_goal_unless_it_is() -> None:
    assert formats.bound(0.8997, "vi", 0.9) == "89,97"
    assert formats.bound(0.9, "vi", 0.9) == "90,0"
    assert formats.bound(0.912, "vi", 0.9) == "91,2"
