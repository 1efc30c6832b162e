"""The rate by month as a control chart."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from server.domain.figures.trend import Point, Trend
from server.transport.http.dashboard.charts.svg import Scale, line, percent, scale_for, tag, text

_LEFT, _RIGHT = 0.11, 0.995
_TOP, _BOTTOM = 24, 244
_STEADY_N = 30
"""Limits of smaller months run off the drawing rather than squeeze the others."""


def trend_chart(
    trend: Trend,
    *,
    title: str,
    words: dict[str, str],
    figure: Callable[[float], str],
    count: Callable[[int], str],
) -> Markup:
    """The chart. `words`: `month`, `n`, `hidden`; `figure` writes a share without its sign, `count` an n.

    `title` says in one sentence what the drawing shows; its figures stand in the table beside it.
    """
    points = trend.points
    scale = _scale(points)
    parts: list[Markup] = [tag("title", title), *_grid(scale, figure)]
    columns = [_Column(i, len(points), scale) for i in range(len(points))]
    parts += _years(points, columns)
    parts += _limits(points, columns)
    if trend.centre is not None:
        y = columns[0].y(trend.centre)
        parts.append(line(percent(_LEFT), y, percent(_RIGHT), y, "c-centre"))
    parts += _series(points, columns)
    parts += [
        mark
        for point, column in zip(points, columns, strict=True)
        for mark in _mark(point, column, figure, words)
    ]
    largest = max((point.n for point in points), default=0)
    parts.append(text(words["month"], percent(_LEFT - 0.015), _BOTTOM + 20, "c-tick", "end"))
    parts.append(text(words["n"], percent(_LEFT - 0.015), _BOTTOM + 39, "c-tick", "end"))
    for i, (point, column) in enumerate(zip(points, columns, strict=True)):
        parts.append(text(point.month.month, column.middle, _BOTTOM + 20, "c-label"))
        # Long numbers stand on two lines, every second one lower: on narrow screens, or everywhere.
        lower = f" c-low-{'wide' if largest >= 1000 else 'narrow'}" if i % 2 and largest >= 100 else ""
        parts.append(text(count(point.n), column.middle, _BOTTOM + 39, f"c-tick{lower}"))
    return tag(
        "svg",
        *parts,
        class_="chart trend c-tall-wide" if largest >= 1000 else "chart trend",
        width="100%",
        height=_BOTTOM + 46,
        role="img",
    )


class _Column:
    """Where one month stands."""

    def __init__(self, index: int, of: int, scale: Scale) -> None:
        width = (_RIGHT - _LEFT) / of
        self._scale = scale
        self.left = percent(_LEFT + index * width)
        self.right = percent(_LEFT + (index + 1) * width)
        self.middle = percent(_LEFT + (index + 0.5) * width)
        self.width = percent(width)

    def y(self, share: float) -> float:
        """How far down a share lies, in pixels."""
        return round(_BOTTOM - (_BOTTOM - _TOP) * self._scale.place(share), 2)


def _scale(points: Sequence[Point]) -> Scale:
    lowest = [point.share for point in points if point.share is not None]
    lowest += [point.low for point in points if point.low is not None and point.n >= _STEADY_N]
    return scale_for(min(lowest, default=0.8))


def _grid(scale: Scale, figure: Callable[[float], str]) -> list[Markup]:
    column = _Column(0, 1, scale)
    parts = [text("%", percent(_LEFT - 0.015), 14, "c-tick", "end")]
    for mark in scale.marks:
        y = column.y(mark)
        parts.append(line(percent(_LEFT), y, percent(_RIGHT), y, "c-grid"))
        parts.append(text(figure(mark), percent(_LEFT - 0.015), y + 4.5, "c-tick", "end"))
    return parts


def _years(points: Sequence[Point], columns: Sequence[_Column]) -> list[Markup]:
    parts = []
    for before, after, column in zip(points, points[1:], columns[1:], strict=False):
        if before.month.year != after.month.year:
            parts.append(line(column.left, 4, column.left, _BOTTOM + 40, "c-grid"))
            parts.append(
                tag(
                    "text",
                    str(before.month.year),
                    x=column.left,
                    y=14,
                    dx=-6,
                    class_="c-tick",
                    text_anchor="end",
                )
            )
            parts.append(tag("text", str(after.month.year), x=column.left, y=14, dx=6, class_="c-tick"))
    return parts


def _limits(points: Sequence[Point], columns: Sequence[_Column]) -> list[Markup]:
    bands, edges = [], []
    previous: tuple[float, float] | None = None
    for point, column in zip(points, columns, strict=True):
        if point.low is None or point.high is None:
            previous = None
            continue
        high, low = column.y(point.high), column.y(point.low)
        bands.append(
            tag("rect", x=column.left, y=high, width=column.width, height=low - high, class_="c-band")
        )
        edges += [line(column.left, y, column.right, y, "c-limit") for y in (high, low)]
        if previous is not None:
            steps = zip(previous, (high, low), strict=True)
            edges += [line(column.left, one, column.left, two, "c-limit") for one, two in steps if one != two]
        previous = (high, low)
    return bands + edges


def _series(points: Sequence[Point], columns: Sequence[_Column]) -> list[Markup]:
    pairs = zip(points, points[1:], columns, columns[1:], strict=False)
    return [
        line(one.middle, one.y(before.share), two.middle, two.y(after.share), "c-line")
        for before, after, one, two in pairs
        if before.share is not None and after.share is not None
    ]


def _mark(
    point: Point, column: _Column, figure: Callable[[float], str], words: dict[str, str]
) -> list[Markup]:
    if point.share is None:
        return [text(words["hidden"], column.middle, _BOTTOM - 8, "c-tick")] if point.hidden else []
    y = column.y(point.share)
    if point.out is None:
        return [tag("circle", cx=column.middle, cy=y, r=5, class_="c-dot")]
    # A diamond by its own drawing: a path knows no percentages, but its canvas may stand at one.
    diamond = tag(
        "svg",
        tag("path", d="M0 -9 L9 0 L0 9 L-9 0 Z", class_="c-out"),
        x=column.middle,
        y=y,
        overflow="visible",
    )
    below = point.out == "low" and y < _BOTTOM - 30
    return [diamond, text(figure(point.share), column.middle, y + (25 if below else -15), "c-out-text")]
