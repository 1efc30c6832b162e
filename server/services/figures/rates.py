"""Satisfaction rates of a school, read from the roll-ups."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from server.domain.figures.periods import Period
from server.domain.figures.rates import Cell, Group, Levels, make_groups, make_nested, make_total
from server.services.context import Work
from survey_defs.model import Procedure
from survey_defs.typed import from_json

BREAKDOWNS = ("procedure", "channel", "device", "month")
"""By what rates can be broken down."""


def rates(  # noqa: PLR0917 - a fixed signature
    work: Work, school: str, start: date, end: date, by: str | None = None, misuse_included: bool = False
) -> list[Group]:
    """The rates from `start` to `end`, both inclusive: one group `all`, or one per key of `by`.

    Groups come by n, largest first, then by key; months from the earliest on. Small groups are
    hidden as `server.domain.figures.rates.make_groups` says.
    """
    if by is not None and by not in BREAKDOWNS:
        raise ValueError(f"rates are not broken down by {by}")
    cells = _cells(work, school, start, end, by or "all")
    small = work.ctx.settings.small_cell
    if by is None:
        return [make_total(cells, small, misuse_included)]
    groups = make_groups(cells, small, misuse_included)
    return sorted(groups, key=lambda group: group.key) if by == "month" else groups


def by_channel_and_device(
    work: Work, school: str, start: date, end: date, channels: Mapping[str, str]
) -> tuple[list[Group], list[Group]]:
    """The rates by channel and by device, to be shown side by side: neither undoes what the other hides.

    `channels` has the channel of each device.
    """
    small = work.ctx.settings.small_cell
    outer = make_groups(_cells(work, school, start, end, "channel"), small)
    return outer, make_nested(_cells(work, school, start, end, "device"), small, outer, channels)


def levels_by_month(work: Work, school: str, period: Period) -> dict[str, Levels]:
    """The counted ratings of each month of a period, nothing hidden, by `YYYY-MM`: not to be shown."""
    cells = _cells(work, school, period.start, period.end, "month")
    return {cell.key: cell.levels for cell in cells if not cell.misuse}


def open_months(work: Work, school: str, start: date, end: date) -> list[Group]:
    """The months from the earliest on with nothing hidden: for whoever hides them by another rule."""
    groups = make_groups(_cells(work, school, start, end, "month"), small_cell=0)
    return sorted(groups, key=lambda group: group.key)


def choice_counts(work: Work, school: str, survey: str, question: str, period: Period) -> dict[str, int]:
    """How often each choice of a question was taken; the key '' counts who answered it at all."""
    rows = work.sql.rate_choices(
        school=school,
        survey=survey,
        question=question,
        first=period.start.isoformat(),
        last=period.end.isoformat(),
    )
    return {row["choice"]: row["n"] for row in rows}


def procedure_names(work: Work, school: str) -> dict[str, Procedure]:
    """Every procedure the school has or had, by slug, as it was named last: old figures keep their names."""
    rows = work.sql.rate_procedure_names(school=school)
    return {row["slug"]: from_json(row["body"], Procedure) for row in rows}


def _cells(work: Work, school: str, start: date, end: date, dimension: str) -> Iterable[Cell]:
    sql = work.sql
    span = {"school": school, "first": start.isoformat(), "last": end.isoformat()}
    rows: Iterable[Any] = (
        sql.rate_months(**span) if dimension == "month" else sql.rate_groups(dimension=dimension, **span)
    )
    return [
        Cell(row["key"], (row["n1"], row["n2"], row["n3"], row["n4"], row["n5"]), bool(row["misuse"]))
        for row in rows
    ]
