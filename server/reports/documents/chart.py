"""The rate by month as a drawing: a pure function from values to SVG, and from there to a picture.

One glyph everywhere: band = 95 % interval, thick mark = the rate, dashed line = the goal. The drawing
carries figures only; its words stand in the document, where they can be read aloud and corrected.
"""

from collections.abc import Sequence
from math import floor
from typing import NamedTuple

import typst

from server.reports.words.numbers import NBSP, goal, points, whole

WIDTH_MM, HEIGHT_MM = 160.0, 54.0
PIXELS_PER_INCH = 300
_UNITS = 72 / 25.4
_WIDTH, _HEIGHT = WIDTH_MM * _UNITS, HEIGHT_MM * _UNITS
_LEFT, _RIGHT, _TOP, _BOTTOM = 42.0, 40.0, 22.0, 34.0
_INK, _BAND, _GRID = "#1C1B18", "#B9C9C1", "#C9C4BA"
# Times first, then fonts of the same widths; the last one comes with the picture maker itself.
_FONT = "'Times New Roman', 'Liberation Serif', 'Libertinus Serif', serif"
_WIDE, _LABELLED = 6, 12
_FINE_TENTHS = 4
"""A scale that begins here or above has a grid line at every tenth, a longer one at every second."""
_PAGE = f"""
#set page(width: {WIDTH_MM}mm, height: {HEIGHT_MM}mm, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg", width: 100%)
"""


class Bar(NamedTuple):
    """One month: its label, its n, and share and interval as fractions, or None where they are not shown."""

    label: str
    n: int
    share: float | None
    low: float | None
    high: float | None


def monthly_svg(bars: Sequence[Bar], goal_share: float) -> str:
    """The drawing, `WIDTH_MM` by `HEIGHT_MM`; one column per bar, in their order."""
    floor_share = _floor(bars, goal_share)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM}mm" height="{HEIGHT_MM}mm" '
        f'viewBox="0 0 {_WIDTH:.2f} {_HEIGHT:.2f}" font-family="{_FONT}" font-size="10" fill="{_INK}">',
        f'<rect width="{_WIDTH:.2f}" height="{_HEIGHT:.2f}" fill="#FFFFFF"/>',
        *_grid(floor_share),
        *_goal(goal_share, floor_share),
    ]
    slot = (_WIDTH - _LEFT - _RIGHT) / max(1, len(bars))
    every = 1 + (len(bars) - 1) // _LABELLED
    for index, bar in enumerate(bars):
        middle = _LEFT + slot * (index + 0.5)
        parts += _column(bar, middle, min(16.0, slot * 0.36), floor_share, every == 1)
        if index % every == 0:
            parts += _names(bar, middle, len(bars))
    parts.append("</svg>")
    return "\n".join(parts)


def to_png(svg: str) -> bytes:
    """The drawing as a picture of 300 dots per inch; the same bytes for the same drawing and fonts."""
    return typst.compile(_PAGE.encode(), format="png", ppi=PIXELS_PER_INCH, sys_inputs={"svg": svg})


def _floor(bars: Sequence[Bar], goal_share: float) -> float:
    """Where the scale begins: at a grid line well below everything that is drawn."""
    lowest = min([goal_share, *(bar.low for bar in bars if bar.low is not None)])
    tenths = max(0, min(8, floor(lowest * 10 - 0.2)))
    return (tenths if tenths >= _FINE_TENTHS else tenths - tenths % 2) / 10


def _y(share: float, floor_share: float) -> float:
    return _TOP + (1 - share) / (1 - floor_share) * (_HEIGHT - _TOP - _BOTTOM)


def _grid(floor_share: float) -> list[str]:
    lines = []
    bottom = round(floor_share * 100)
    step = 10 if bottom >= _FINE_TENTHS * 10 else 20
    for tick in range(100, bottom - 1, -step):
        y = _y(tick / 100, floor_share)
        lines.append(_level(y, _LEFT, _WIDTH - _RIGHT, _GRID, 0.5))
        lines.append(_text(_LEFT - 5, y + 3.4, f"{tick}{NBSP}%", "end"))
    lines.append(_level(_HEIGHT - _BOTTOM, _LEFT, _WIDTH - _RIGHT, _INK, 0.75))
    return lines


def _column(bar: Bar, middle: float, width: float, floor_share: float, labelled: bool) -> list[str]:
    if bar.share is None or bar.low is None or bar.high is None:
        return []
    top, mark, bottom = (_y(share, floor_share) for share in (bar.high, bar.share, bar.low))
    parts = [
        f'<rect x="{middle - width / 2:.2f}" y="{top:.2f}" width="{width:.2f}" height="{bottom - top:.2f}" '
        f'fill="{_BAND}" stroke="{_INK}" stroke-width="0.6"/>',
        _level(mark, middle - width / 2 - 1.5, middle + width / 2 + 1.5, _INK, 2.4),
    ]
    if labelled:
        # On white, so that neither the grid nor the goal strikes the figure out.
        parts.append(
            f'<rect x="{middle - 11:.2f}" y="{top - 12:.2f}" width="22" height="10.5" fill="#FFFFFF"/>'
        )
        parts.append(_text(middle, top - 3.5, points(bar.share), "middle"))
    return parts


def _names(bar: Bar, middle: float, among: int) -> list[str]:
    """Month and n below the axis, in as many letters as there is room for."""
    y = _HEIGHT - _BOTTOM + 13
    month, year = bar.label.split("/")
    if among <= _WIDE:
        below = [(bar.label, f"n{NBSP}={NBSP}{whole(bar.n)}")]
    else:
        below = [(f"{month}/{year[-2:]}", whole(bar.n) if among <= _LABELLED else "")]
    return [
        text
        for label, n in below
        for text in (_text(middle, y, label, "middle"), _text(middle, y + 12, n, "middle", 9))
    ]


def _goal(goal_share: float, floor_share: float) -> list[str]:
    y = _y(goal_share, floor_share)
    right = _WIDTH - _RIGHT
    line = f'<path d="M{_LEFT:.2f} {y:.2f}H{right:.2f}" stroke="{_INK}" stroke-width="1.1" '
    line += 'stroke-dasharray="5 3"/>'
    return [line, _text(right + 4, y + 3.4, goal(goal_share), "start")]


def _level(y: float, x1: float, x2: float, colour: str, width: float) -> str:
    return (
        f'<line x1="{x1:.2f}" y1="{y:.2f}" x2="{x2:.2f}" y2="{y:.2f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )


def _text(x: float, y: float, words: str, anchor: str, size: float = 10) -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" font-size="{size:g}">{words}</text>'
