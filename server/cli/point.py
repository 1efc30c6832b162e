"""`hailong point …`: where codes hang for the phone survey, their posters and their slips."""

from pathlib import Path
from typing import Any

import click
import msgspec

from server.cli.common import context_for, data_options, for_people, json_option, table, tell, utc, write_file
from server.domain.devices.points import AUDIENCES, PLACES
from server.domain.devices.slips import SHEET
from server.domain.figures.periods import current_half
from server.domain.localtime import local_day
from server.reports.devices.point_papers import MEDIA_TYPES, poster_paper, slips_paper
from server.reports.devices.poster import SIZES, Size
from server.services.context import Context
from server.services.devices import points, slips
from server.services.devices.points import Point
from server.services.network import public_address
from server.transport.background.address_check import look

_audience = click.option(
    "--audience", metavar="|".join(AUDIENCES), help="Whom it speaks to: parents, pupils, staff."
)
_survey = click.option("--survey", help="The survey to ask; by default the one that fits place and audience.")
_wifi = click.option("--wifi", help="The Wi-Fi that the poster names; '' for none.")
_format = click.option(
    "--format", "ending", type=click.Choice(list(MEDIA_TYPES)), default="pdf", show_default=True,
    help="To print as it is, or to change in a word processor.",
)  # fmt: skip
_output = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write; by default a telling name here.",
)


@click.group()
def point() -> None:
    """Points of the phone survey: codes at a desk, in a room, on a letter; posters and slips."""


@point.command("add")
@click.argument("id", required=False)
@click.option("--school", required=True, help="The slug of the school.")
@click.option("--label", required=True, help="What people call it, as on the poster: 'Bàn số 1'.")
@click.option(
    "--place", default="desk", show_default=True, metavar="|".join(PLACES),
    help="Where the code hangs; audience: a quarterly survey of one group.",
)  # fmt: skip
@_audience
@_survey
@click.option("--single-use", is_flag=True, help="Take answers with a slip only, each slip once.")
@_wifi
@json_option
@data_options
def point_add(
    *,
    id: str | None,
    school: str,
    label: str,
    place: str,
    audience: str | None,
    survey: str | None,
    single_use: bool,
    wifi: str | None,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Add a point; its ID stands in the address, and is made from the label where none is given."""
    ctx = context_for(data, settings_file)
    added = points.add(
        ctx,
        id,
        school,
        label=label,
        place=place,
        audience=AUDIENCES[0] if audience is None else audience,
        survey=survey,
        single_use=single_use,
        wifi=wifi or "",
    )
    _tell_one(as_json, ctx, added, f"Added the point {added.id}: {points.address(ctx, added)}")


@point.command("set")
@click.argument("id")
@click.option("--label", help="What people call it.")
@_audience
@_survey
@click.option("--single-use/--no-single-use", default=None, help="Take answers with a slip only, or not.")
@_wifi
@json_option
@data_options
def point_set(id: str, as_json: bool, data: str | None, settings_file: Path | None, **changes: Any) -> None:
    """Change the point ID; what is not named stays. Its address never changes."""
    ctx = context_for(data, settings_file)
    _tell_one(as_json, ctx, points.set_point(ctx, id, **changes), f"Changed the point {id}")


@point.command("list")
@click.option("--school", help="Only those of this school.")
@json_option
@data_options
def point_list(school: str | None, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Show the points."""
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        found = points.points(work, school)
    rows = [
        (p.id, p.school, p.place, p.survey, "retired" if p.retired_at else "in use", p.label)
        for p in for_people(ctx, found, lambda p: p.label)
    ]
    heads = ("id", "school", "place", "survey", "state", "label")
    tell(as_json, {"points": [_values(ctx, one) for one in found]}, *table(heads, rows))


@point.command("show")
@click.argument("id")
@json_option
@data_options
def point_show(id: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Show everything about the point ID, with its answers in this half-year and the slips left."""
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        found = points.own(work, id)
        today = local_day(work.now)
        period = current_half(today)
        count = points.counts(work, found.school, period.start, today)[id]
        made, left = slips.left_of(work, found)
    values = _values(ctx, found) | {
        "period": period.code,
        "counted": count.counted,
        "left_out": count.left_out,
        "last_day": count.last_day.isoformat() if count.last_day else None,
        "slips_made": made,
        "slips_left": left,
    }
    tell(as_json, values, *(f"{key:13} {_plain(value)}" for key, value in values.items()))
    look(ctx)
    _warn(ctx)


@point.command("retire")
@click.argument("id")
@json_option
@data_options
def point_retire(id: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Take the point ID out of use: its code then says so. What it brought stays."""
    ctx = context_for(data, settings_file)
    gone = points.retire(ctx, id)
    _tell_one(as_json, ctx, gone, f"Retired {id}. Take its posters down; bring-back makes it work again.")


@point.command("bring-back")
@click.argument("id")
@json_option
@data_options
def point_bring_back(id: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Use the retired point ID again, at the same address."""
    ctx = context_for(data, settings_file)
    _tell_one(as_json, ctx, points.bring_back(ctx, id), f"{id} is in use again")


@point.command("poster")
@click.argument("id")
@click.option("--size", type=click.Choice(SIZES), default="a4", show_default=True, help="Of the paper.")
@_format
@_output
@json_option
@data_options
def point_poster(
    *,
    id: str,
    size: Size,
    ending: str,
    output: Path | None,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Write the poster of the point ID, to print and hang up."""
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        found = points.own(work, id)
    look(ctx)
    paper = poster_paper(ctx, found, size, ending)
    path = output or Path(paper.name)
    write_file(path, paper.content)
    address = points.address(ctx, found)
    values = {"file": str(path), "id": id, "size": size, "format": ending, "address": address}
    tell(as_json, values, f"{path}: the poster of {id}, {address}")
    _warn(ctx)


@point.command("slips")
@click.argument("id")
@click.option("--sheets", type=int, default=1, show_default=True, help=f"Sheets of {SHEET} slips.")
@_format
@_output
@json_option
@data_options
def point_slips(
    *,
    id: str,
    sheets: int,
    ending: str,
    output: Path | None,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Make new slips for the point ID and write their sheets, to print and cut.

    The slips are good once the file is written, and stand nowhere else: print it, then delete it.
    """
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        found = points.own(work, id)
    drawn = slips.draw(found, sheets)
    look(ctx)
    paper = slips_paper(ctx, found, drawn, ending)
    path = output or Path(paper.name)
    written = False
    try:
        with slips.keeping(ctx, found, drawn):
            write_file(path, paper.content, 0o600)
            written = True
    except BaseException:
        if written:  # the store would not have them: sheets that open nothing must not be handed out
            path.unlink(missing_ok=True)
        raise
    with ctx.read() as work:
        left = slips.left_of(work, found).left
    values = {"file": str(path), "id": id, "slips": len(drawn), "format": ending, "left": left}
    tell(as_json, values, f"{path}: {len(drawn)} slips of {id}; {left} are not used yet.")
    _warn(ctx)


@point.command("void")
@click.argument("id")
@json_option
@data_options
def point_void(id: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Make all slips of the point ID worthless that nobody has used yet: lost sheets, or after a restore."""
    ctx = context_for(data, settings_file)
    count = slips.void(ctx, id)
    tell(as_json, {"id": id, "voided": count}, f"{count} slips of {id} open nothing any more.")


def _tell_one(as_json: bool, ctx: Context, one: Point, said: str) -> None:
    tell(as_json, _values(ctx, one), said)
    look(ctx)
    _warn(ctx)


def _warn(ctx: Context) -> None:
    """Beside an address that leads nowhere, or perhaps does, on standard error."""
    if trouble := public_address.trouble(ctx):
        click.echo(trouble, err=True)


def _values(ctx: Context, one: Point) -> dict[str, Any]:
    times = {"created_at": utc(one.created_at), "retired_at": utc(one.retired_at)}
    return {**msgspec.structs.asdict(one), "address": points.address(ctx, one), **times}


def _plain(value: object) -> object:
    return "-" if value in (None, "") else value
