"""A rate with its interval: large with an axis, and small beside a name."""

from collections.abc import Callable

from markupsafe import Markup

from server.transport.http.dashboard.charts.svg import Scale, line, percent, tag, text

_LEFT, _RIGHT = 0.03, 0.94


def interval_chart(
    low: float,
    share: float,
    high: float,
    *,
    goal: float,
    scale: Scale,
    goal_words: str,
    figure: Callable[[float], str],
) -> Markup:
    """The one figure: axis with marks, interval, rate and goal. `figure` writes a mark's number."""

    def x(value: float) -> str:
        return percent(_LEFT + (_RIGHT - _LEFT) * scale.place(value))

    axis = 38
    marks = []
    for mark in scale.marks:
        marks.append(line(x(mark), axis - 4, x(mark), axis + 4, "c-axis"))
        last = mark > 1 - scale.step / 2
        marks.append(text(figure(mark) + (" %" if last else ""), x(mark), 63, "c-tick"))
    left = _LEFT + (_RIGHT - _LEFT) * scale.place(goal)
    return tag(
        "svg",
        line(percent(_LEFT), axis, percent(_RIGHT), axis, "c-axis"),
        *marks,
        _band(
            x(low), percent((_RIGHT - _LEFT) * (scale.place(high) - scale.place(low))), axis - 9, 18, "c-bar"
        ),
        line(x(goal), 15, x(goal), axis + 6, "c-goal"),
        text(goal_words, percent(left), 12, "c-strong", "end" if left > 0.45 else "start"),
        tag(
            "rect", x=x(share), y=axis - 14, width=4, height=28, class_="c-mark", transform="translate(-2 0)"
        ),
        class_="chart interval",
        width="100%",
        height=70,
        aria_hidden="true",
    )


def interval_bar(
    low: float, share: float, high: float, *, goal: float | None, scale: Scale, below: bool
) -> Markup:
    """One rate on a track that runs from the scale's beginning to 100 %."""
    goal_line = (
        []
        if goal is None
        else [line(percent(scale.place(goal)), 0, percent(scale.place(goal)), 17, "c-goal")]
    )
    return tag(
        "svg",
        tag("rect", x=0, y=3, width="100%", height=12, rx=2, class_="c-track"),
        _band(percent(scale.place(low)), percent(scale.place(high) - scale.place(low)), 3, 12,
              "c-bar2" if below else "c-bar"),
        *goal_line,
        tag("rect", x=percent(scale.place(share)), y=1, width=4, height=16, class_="c-mark",
            transform="translate(-2 0)"),
        class_="chart bar",
        width="100%",
        height=18,
        aria_hidden="true",
    )  # fmt: skip


def interval_axis(goal: float | None, scale: Scale, figure: Callable[[float], str]) -> Markup:
    """The marks under a column of `interval_bar`; the goal stands in bold where it has a mark of its own."""
    parts = []
    for mark in scale.marks:
        at = scale.place(mark)
        anchor = "start" if at < 0.01 else "end" if at > 0.99 else "middle"
        strong = goal is not None and abs(mark - goal) < 1e-9
        parts.append(line(percent(at), 0, percent(at), 5, "c-axis"))
        parts.append(text(figure(mark), percent(at), 20, "c-tick c-strong" if strong else "c-tick", anchor))
    return tag("svg", *parts, class_="chart axis", width="100%", height=24, aria_hidden="true")


def count_bar(share: float) -> Markup:
    """A length from zero: a count as a share of the largest."""
    bar = tag("rect", x=0, y=0, width=percent(share), height=12, rx=2, class_="c-bar")
    return tag("svg", bar, class_="chart count", width="100%", height=12, aria_hidden="true")


def _band(x: str, width: str, y: float, height: float, class_: str) -> Markup:
    return tag("rect", x=x, y=y, width=width, height=height, rx=2, class_=class_)
