"""Points: where a code hangs with which a telephone opens the survey, or whom a quarterly survey asks."""

from __future__ import annotations

import msgspec

from server.domain.problems import Problem
from server.services.context import Context
from survey_defs.model import Audience

PLACES = ("desk", "waiting", "classroom", "letter", "audience")
"""Quầy, phòng chờ, lớp học, thư gửi về nhà; `audience`: a quarterly survey of one group."""


class Point(msgspec.Struct, frozen=True):
    """One point; its `id` stands in the address `/q/<id>` and names its device of kind `qr`.

    `survey` is what it asks now, `audience` whom it speaks to; with `single_use` every answer needs a slip.
    `wifi` is the network that its poster names, '' for none. Times in ms UTC.
    """

    id: str
    school: str
    label: str
    place: str
    audience: Audience
    survey: str
    single_use: bool
    wifi: str
    created_at: int
    retired_at: int | None


def find(ctx: Context, id: str) -> Point:
    """The point of that id, retired or not. Raises `Problem("unknown-point")`."""
    row = ctx.store.sql.point_find(ctx.store.connection, id=id)
    if row is None:
        raise Problem("unknown-point")
    return Point(**{**row, "single_use": bool(row["single_use"])})
