"""The overview's charts, drawn in the reader's language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup

from server.domain.figures.rates import Group, Verdict
from server.services.dashboard.overview import Overview
from server.transport.http.dashboard.charts.intervals import (
    count_bar,
    interval_axis,
    interval_bar,
    interval_chart,
)
from server.transport.http.dashboard.charts.svg import scale_for
from server.transport.http.dashboard.charts.trend import trend_chart
from server.transport.http.frame import formats
from survey_defs.texts import Texts

_STEADY_N = 10


class Row(Protocol):
    """A group that has a bar."""

    @property
    def group(self) -> Group:
        """Its rate."""

    @property
    def verdict(self) -> Verdict:
        """What it says about the goal."""


@dataclass(frozen=True)
class Drawings:
    """Ready-made SVG; a list runs as its rows do. None or empty where there is nothing to draw."""

    rate: Markup | None
    trend: Markup | None
    procedures: tuple[Markup, ...]
    axis: Markup | None
    reasons: tuple[Markup, ...]
    timeliness: Markup | None
    timeliness_axis: Markup | None


def draw(view: Overview, texts: Texts, lang: str) -> Drawings:
    """All charts of the overview."""
    procedures, axis = bars(view.procedures, view.school.goal, lang)
    timeliness, timeliness_axis = _timeliness(view, lang)
    return Drawings(
        rate=_rate(view, texts, lang),
        trend=_trend(view, texts, lang),
        procedures=procedures,
        axis=axis,
        reasons=_reasons(view),
        timeliness=timeliness,
        timeliness_axis=timeliness_axis,
    )


def _whole(lang: str) -> Callable[[float], str]:
    return lambda share: formats.decimal(share, lang, 0)


def _rate(view: Overview, texts: Texts, lang: str) -> Markup | None:
    total, goal = view.total, view.school.goal
    if total.low is None or total.share is None or total.high is None:
        return None
    words = texts(lang, "rate.goal", goal=formats.goal(goal, lang))
    return interval_chart(
        total.low,
        total.share,
        total.high,
        goal=goal,
        scale=scale_for(min(total.low, goal)),
        goal_words=words,
        figure=_whole(lang),
    )


def _trend(view: Overview, texts: Texts, lang: str) -> Markup | None:
    if view.trend.centre is None or not view.trend.drawn:
        return None
    title = texts(
        lang, "trend.title",
        months=len(view.trend.points), centre=formats.percent(view.trend.centre, lang),
        shown=view.trend.shown,
    )  # fmt: skip
    return trend_chart(
        view.trend,
        title=title,
        words={name: texts(lang, f"trend.{name}") for name in ("month", "n", "hidden")},
        figure=lambda share: formats.decimal(share, lang, 1 if round(share * 1000) % 50 else 0),
        count=lambda n: formats.number(n, lang),
    )


def bars(rows: Sequence[Row], goal: float, lang: str) -> tuple[tuple[Markup, ...], Markup | None]:
    """A bar for each row on one scale, and the axis under them; none where no row tells its rate."""
    groups = [row.group for row in rows]
    # The widest intervals, of a handful of answers, run off the scale rather than squeeze the others.
    lows = [g.low for g in groups if g.low is not None and g.n >= _STEADY_N]
    shares = [g.share - 0.02 for g in groups if g.share is not None]
    if not shares:
        return (), None
    scale = scale_for(min(*lows, *shares, goal, 0.69))
    drawn = tuple(
        interval_bar(
            row.group.low,
            row.group.share,
            row.group.high,
            goal=goal,
            scale=scale,
            below=row.verdict == "below",
        )
        for row in rows
        if row.group.low is not None and row.group.share is not None and row.group.high is not None
    )
    return drawn, interval_axis(goal, scale, _whole(lang))


def _reasons(view: Overview) -> tuple[Markup, ...]:
    largest = max((reason.n for reason in view.reasons.shown), default=1)
    return tuple(count_bar(reason.n / largest) for reason in view.reasons.shown)


def _timeliness(view: Overview, lang: str) -> tuple[Markup | None, Markup | None]:
    times = view.timeliness
    if times.low is None or times.share is None or times.high is None:
        return None, None
    scale = scale_for(times.low)
    bar = interval_bar(times.low, times.share, times.high, goal=None, scale=scale, below=False)
    return bar, interval_axis(None, scale, _whole(lang))
