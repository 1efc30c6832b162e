"""Points: where a code hangs with which a telephone opens the survey, or whom a quarterly survey asks."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import msgspec

from server.domain.devices.points import (
    check_place,
    default_survey,
    id_of,
    read_audience,
    read_label,
    read_wifi,
)
from server.domain.problems import Problem
from server.services import schools, withdrawals
from server.services.context import Context, Work
from server.services.devices.create import PointRow, insert_device
from server.services.network import public_address
from survey_defs.model import Audience, Survey
from survey_defs.wire import is_slug

PATH = "/q/"
"""Where the phone survey's pages begin."""


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


class Count(NamedTuple):
    """The answers of one point in a period; `last_day`: the day of its newest ever, None without any."""

    counted: int
    left_out: int
    last_day: date | None


def find(work: Work, id: str) -> Point:
    """The point of that id, retired or not. Raises `Problem("unknown-point")`."""
    row = work.sql.point_find(id=id)
    if row is None:
        raise Problem("unknown-point")
    return _point(row)


def own(work: Work, id: str, school: str | None = None) -> Point:
    """As `find`, for those who look after points: of that school alone. Raises `Problem("no-point")`."""
    row = work.sql.point_find(id=id)
    if row is None or school not in (None, row["school"]):
        raise Problem("no-point", id=id if is_slug(id) else "?")
    return _point(row)


def points(work: Work, school: str | None = None) -> list[Point]:
    """The points of a school, or of all: those in use first, the oldest first. Raises `unknown-school`."""
    sql = work.sql
    if school is None:
        rows = sql.point_all()
    else:
        schools.school(work, school)
        rows = sql.point_of_school(school=school)
    return sorted(map(_point, rows), key=lambda point: point.retired_at is not None)


def add(
    ctx: Context,
    id: str | None,
    school: str,
    *,
    label: str,
    place: str = "desk",
    audience: str = "phu-huynh",
    survey: str | None = None,
    single_use: bool = False,
    wifi: str = "",
) -> Point:
    """A new point with its device; without an `id` one is made from the label.

    Without a `survey` it asks what `default_survey` says. Raises `Problem`: as `insert_device` does,
    `unknown-place`, `unknown-audience`, `unknown-survey`, `survey-audience`, `bad-wifi`.
    """
    check_place(place)
    whom, named = read_audience(audience), read_label(label)
    asked = _survey_for(ctx, survey or default_survey(place, whom), whom)
    row = PointRow(place, whom, asked, single_use, read_wifi(wifi))
    with ctx.write() as work:
        chosen = _free_id(work, named) if id is None else id
        insert_device(work, id=chosen, school=school, kind="qr", label=named, point=row)
        return find(work, chosen)


def set_point(
    ctx: Context,
    id: str,
    school: str | None = None,
    *,
    label: str | None = None,
    audience: str | None = None,
    survey: str | None = None,
    single_use: bool | None = None,
    wifi: str | None = None,
) -> Point:
    """Change a point; what is None stays, and a survey that came with the audience goes with it.

    Raises `Problem`: `no-point`, `point-out-of-use`, and for the values as `add` does.
    """
    with ctx.write() as work:
        old = own(work, id, school)
        _check_in_use(old)
        whom = old.audience if audience is None else read_audience(audience)
        asked = survey
        if not asked:
            usual = old.survey == default_survey(old.place, old.audience)
            asked = default_survey(old.place, whom) if usual else old.survey
        work.sql.point_update(
            id=id,
            audience=whom,
            survey=_survey_for(ctx, asked, whom),
            single_use=int(old.single_use if single_use is None else single_use),
            wifi=old.wifi if wifi is None else read_wifi(wifi),
        )
        if label is not None:
            work.sql.point_set_label(id=id, label=read_label(label))
        return find(work, id)


def retire(ctx: Context, id: str, school: str | None = None) -> Point:
    """Take a point out of use; its answers stay. Raises `Problem`: `no-point`, `point-out-of-use`."""
    with ctx.write() as work:
        _check_in_use(own(work, id, school))
        work.sql.device_retire(id=id, retired_at=work.now)
        withdrawals.withdraw(ctx, "device", id)
        return find(work, id)


def bring_back(ctx: Context, id: str, school: str | None = None) -> Point:
    """Use a retired point again, at the address that it had; one in use stays so. Raises `no-point`."""
    with ctx.write() as work:
        own(work, id, school)
        work.sql.point_bring_back(id=id)
        withdrawals.give_back(ctx, "device", id)
        return find(work, id)


def counts(work: Work, school: str, first: date, last: date) -> dict[str, Count]:
    """For each point of a school its answers from `first` to `last`, both inclusive, to any survey."""
    sql = work.sql
    span = {"first": first.isoformat(), "last": last.isoformat()}
    found = {row["id"]: row for row in sql.point_counts(school=school, **span)}
    made = {}
    for row in sql.point_last_days(school=school):
        of = found.get(row["id"])
        day = date.fromisoformat(row["day"]) if row["day"] else None
        made[row["id"]] = Count(of["counted"] if of else 0, of["left_out"] if of else 0, day)
    return made


def address(ctx: Context, point: Point, slip: str = "") -> str:
    """The whole address that a QR of this point holds, of a slip where one is given."""
    page = public_address.address(ctx) + PATH + point.id
    return f"{page}/{slip}" if slip else page


def surveys_for(ctx: Context, audience: str) -> list[Survey]:
    """The newest version of every survey that asks this audience, by id."""
    newest = {survey.id: ctx.surveys.newest(survey.id) for survey in ctx.surveys}
    return [survey for _, survey in sorted(newest.items()) if survey and audience in survey.audiences]


def _survey_for(ctx: Context, survey: str, audience: Audience) -> str:
    """The survey's id, if it asks that audience."""
    newest = ctx.surveys.newest(survey)
    if newest is None:
        known = ", ".join(sorted({each.id for each in ctx.surveys}))
        raise Problem("unknown-survey", survey=survey if is_slug(survey) else "?", known=known)
    if audience not in newest.audiences:
        known = ", ".join(each.id for each in surveys_for(ctx, audience))
        raise Problem("survey-audience", survey=survey, audience=audience, known=known)
    return survey


def _free_id(work: Work, label: str) -> str:
    """An id from the label that no device of the installation has or had."""
    wish, number = id_of(label), 1
    chosen = wish
    sql = work.sql
    while sql.device_find(id=chosen) or sql.journal_owner(journal=chosen):
        number += 1
        chosen = f"{wish}-{number}"
    return chosen


def _check_in_use(point: Point) -> None:
    if point.retired_at is not None:
        raise Problem("point-out-of-use", id=point.id)


def _point(row: Any) -> Point:
    return Point(**{**row, "single_use": bool(row["single_use"])})
