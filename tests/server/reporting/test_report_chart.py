"""The chart by month: every figure at its place, nothing drawn for what is hidden."""

import struct

import pytest
from lxml import etree

from server.reports.documents.chart import Bar, monthly_svg, to_png

SVG = "{http://www.w3.org/2000/svg}"
HALF = [
    Bar("01/2026", 187, 0.93, 0.885, 0.958),
    Bar("02/2026", 3, None, None, None),
    Bar("3/2026", 1203, 1.0, 0.997, 1.0),
]


def texts(svg: str) -> dict[str, float]:
    """Every text with its height in the drawing."""
    return {each.text or "": float(each.get("y")) for each in etree.fromstring(svg).iter(f"{SVG}text")}


def test_figures_are_there_in_vietnamese_form() -> None:
    found = texts(monthly_svg(HALF, 0.9))
    for words in ("01/2026", "n = 187", "93,0", "02/2026", "n = 3", "n = 1.203", "100,0", "80 %", "90 %"):
        assert words.replace(" ", "\N{NO-BREAK SPACE}") in found


def test_bands_reach_from_low_to_high_and_hidden_months_have_none() -> None:
    root = etree.fromstring(monthly_svg(HALF, 0.9))
    bands = [each for each in root.iter(f"{SVG}rect") if each.get("stroke")]
    assert len(bands) == 2
    at = {words: y - 3.4 for words, y in texts(monthly_svg(HALF, 0.9)).items()}
    per_point = (at["80\N{NO-BREAK SPACE}%"] - at["100\N{NO-BREAK SPACE}%"]) / 20
    top, height = float(bands[0].get("y")), float(bands[0].get("height"))
    assert 100 - (top - at["100\N{NO-BREAK SPACE}%"]) / per_point == pytest.approx(95.8, abs=0.1)
    assert height / per_point == pytest.approx(95.8 - 88.5, abs=0.1)


@pytest.mark.parametrize("low", [0.0, 0.05, 0.18, 0.32, 0.41, 0.55, 0.79, 0.99])
@pytest.mark.parametrize("goal", [0.0, 0.5, 0.9, 1.0])
def test_everything_lies_within_the_scale_and_the_scale_is_labelled(low: float, goal: float) -> None:
    svg = monthly_svg([Bar("4/2026", 20, low, low, min(1.0, low + 0.01))] * 3, goal)
    root = etree.fromstring(svg)
    axis = max(float(each.get("y1")) for each in root.iter(f"{SVG}line"))
    for band in (each for each in root.iter(f"{SVG}rect") if each.get("stroke")):
        assert float(band.get("y")) + float(band.get("height")) <= axis + 0.01
    grid = [
        y
        for words, y in texts(svg).items()
        if words.endswith("%") and y - 3.4 == pytest.approx(axis, abs=0.1)
    ]
    assert grid, "no label where the scale begins"


def test_letters_are_those_that_every_times_has() -> None:
    """The picture maker takes what fonts there are; not every Times-like one has all Vietnamese letters."""
    for count in (2, 6, 12, 30):
        svg = monthly_svg([Bar("12/2026", 20, 0.9, 0.8, 0.95)] * count, 0.9)
        assert all(ord(letter) < 256 for text in texts(svg) for letter in text)


def test_the_picture_has_300_dots_per_inch() -> None:
    png = to_png(monthly_svg(HALF, 0.9))
    width, height = struct.unpack(">II", png[16:24])
    assert width == pytest.approx(160 / 25.4 * 300, abs=2)
    assert height == pytest.approx(54 / 25.4 * 300, abs=2)
    assert to_png(monthly_svg(HALF, 0.9)) == png
