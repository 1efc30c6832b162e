"""Slips of a point, one answer each: made when they are printed, known afterwards by their hashes alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from server.domain.devices.slips import SHEET, new_slip, slip_hash
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.context import Context, Work
from server.services.devices import points
from server.services.devices.points import Point

MAX_SHEETS = 20
"""Sheets in one go: 480 slips, a desk's busy month."""


class Slips(NamedTuple):
    """How many slips of a point were made, and how many of them nobody has used yet."""

    made: int
    left: int


def draw(point: Point, sheets: int) -> list[str]:
    """The letters for so many sheets, which open nothing before they are kept.

    Raises `Problem`: `point-out-of-use`, `no-slips-here`, `bad-sheets`.
    """
    _check(point)
    if not 1 <= sheets <= MAX_SHEETS:
        raise Problem("bad-sheets", most=MAX_SHEETS)
    return [new_slip() for _ in range(sheets * SHEET)]


@contextmanager
def keeping(ctx: Context, point: Point, slips: Sequence[str]) -> Iterator[None]:
    """Make these slips good if what is done within succeeds: their sheets are written, or they never were.

    Raises as `draw` does, of the point as it is now.
    """
    made_on, sheets = local_day(ctx.now()).isoformat(), [ctx.new_id() for _ in range(0, len(slips), SHEET)]
    with ctx.write() as work:
        _check(points.own(work, point.id, point.school))
        work.sql.point_slip_insert(
            [
                {
                    "hash": slip_hash(point.id, slip),
                    "point": point.id,
                    "sheet": sheets[number // SHEET],
                    "made_on": made_on,
                }
                for number, slip in enumerate(slips)
            ],
        )
        yield


def make_slips(ctx: Context, point: Point, sheets: int = 1) -> list[str]:
    """The letters of new slips that are good at once. Raises as `draw` does."""
    slips = draw(point, sheets)
    with keeping(ctx, point, slips):
        return slips


def void(ctx: Context, id: str, school: str | None = None) -> int:
    """Use up all slips of a point, as after a restore that cannot know which were used; how many.

    Raises `Problem("no-point")`.
    """
    with ctx.write() as work:
        count = left_of(work, points.own(work, id, school)).left
        work.sql.slips_void(point=id)
        return count


def left(work: Work, school: str) -> dict[str, Slips]:
    """The slips of each point of a school that has any."""
    rows = work.sql.point_slips(school=school)
    return {row["id"]: Slips(row["made"], row["made"] - row["used"]) for row in rows}


def left_of(work: Work, point: Point) -> Slips:
    """The slips of one point."""
    return left(work, point.school).get(point.id, Slips(0, 0))


def _check(point: Point) -> None:
    if point.retired_at is not None:
        raise Problem("point-out-of-use", id=point.id)
    if not point.single_use:
        raise Problem("no-slips-here", id=point.id)
