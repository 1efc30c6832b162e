"""`hailong register …`: Sổ tiếp công dân and the sheets 01/XLD and 01/TCD as xlsx files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from server.cli.common import (
    ask_secrets,
    context_for,
    data_options,
    json_option,
    stdin_option,
    tell,
    write_file,
)
from server.domain.cases.casework import SEALED_ROOM, SECRET_ROOMS, Actor
from server.domain.figures.periods import parse_period
from server.domain.problems import Problem
from server.domain.registers.petition_counts import PetitionRow
from server.domain.registers.reception_counts import ReceptionRow
from server.reports.registers.registers_xlsx import book_xlsx, petitions_xlsx, receptions_xlsx
from server.rules.petitions import CUTS
from server.services import schools
from server.services.access.accounts import find_account
from server.services.cases import actions
from server.services.context import Context
from server.services.keys.open_keys import OpenKeys, unlock
from server.services.registers import books
from server.services.registers.books import Asked
from server.services.registers.facts import SheetHead

_NOBODY = Actor("", "deputy", "")
"""Whoever runs commands on the server without saying who they are: sees no more than any deputy does."""


@click.group()
def register() -> None:
    """Registers of receptions and đơn: the book 03/TCD, the counts 01/XLD and 01/TCD, as xlsx."""


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that all three share."""
    for option in reversed(
        (
            click.option("--school", required=True, help="The school's slug."),
            click.option("--period", required=True, help="2026, 2026-H1, 2026-Q3 or 2026-01-01..2026-05-28."),
            click.option(
                "--cut",
                type=click.Choice(CUTS),
                default="calendar",
                show_default=True,
                help="The period's days: the calendar's, or those of the law's reports (15/12–14/6 …).",
            ),
            click.option(
                "-o",
                "--output",
                type=click.Path(path_type=Path),
                help="The file to write; by default named after sheet, school and period, here.",
            ),
            click.option("--by", help="The login of a key holder, whose passphrase is asked for."),
            stdin_option,
            click.option(
                "--sealed-room",
                is_flag=True,
                help="With the cases of the room for denunciations; needs --by somebody who holds its key.",
            ),
            json_option,
            data_options,
        )
    ):
        function = option(function)
    return function


@register.command()
@_options
def book(**options: Any) -> None:
    """Write Sổ tiếp công dân (Mẫu 03/TCD); what is sealed stays sealed unless --by opens it."""

    def made(ctx: Context, actor: Actor, asked: Asked, keys: OpenKeys | None) -> _Made:
        found = books.book(ctx, actor, asked, keys)
        return book_xlsx(found), found.head, {"rows": len(found.rows), "open": found.open}

    _write("so-tiep-cong-dan", made, **options)


@register.command()
@_options
def xld(**options: Any) -> None:
    """Write the counts of đơn (01/XLD), with what was carried over; its sums are checked."""

    def made(ctx: Context, actor: Actor, asked: Asked, _: OpenKeys | None) -> _Made:
        with ctx.read() as work:
            sheet = books.petitions(work, actor, asked)
        return petitions_xlsx(sheet), sheet.head, {"columns": _columns(sheet.row), "thanks": sheet.thanks}

    _write("xu-ly-don", made, **options)


@register.command()
@_options
def tcd(**options: Any) -> None:
    """Write the counts of receptions in person (01/TCD), those of the principal apart."""

    def made(ctx: Context, actor: Actor, asked: Asked, _: OpenKeys | None) -> _Made:
        with ctx.read() as work:
            sheet = books.received(work, actor, asked)
        return receptions_xlsx(sheet), sheet.head, {"columns": _columns(sheet.row)}

    _write("tiep-cong-dan", made, **options)


_Made = tuple[bytes, SheetHead, dict[str, Any]]
_Maker = Callable[[Context, Actor, Asked, OpenKeys | None], _Made]


def _write(
    name: str,
    make: _Maker,
    *,
    school: str,
    period: str,
    cut: str,
    output: Path | None,
    by: str | None,
    passphrase_stdin: bool,
    sealed_room: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    asked = Asked(parse_period(period), cut, sealed_room)
    if (sealed_room or passphrase_stdin) and not by:
        raise click.UsageError("Name a key holder with --by.")
    ctx = context_for(data, settings_file)
    try:
        with ctx.read() as work:
            schools.school(work, school)
        actor, keys = _who(ctx, school, by, passphrase_stdin)
        if sealed_room and (keys is None or not actor.rooms & keys.rooms & SECRET_ROOMS):
            raise Problem("not-a-holder", login=by, room=SEALED_ROOM)
        content, head, found = make(ctx, actor, asked, keys)
    finally:
        ctx.store.close()
    path = output or Path(f"{name}-{school}-{asked.period.code}.xlsx")
    # Opened names and addresses are nobody else's business on this machine.
    write_file(path, content, 0o600 if keys is not None else 0o644)
    values = {
        "file": str(path),
        "school": school,
        "period": asked.period.code,
        "cut": head.cut,
        "from": head.shown.start.isoformat(),
        "to": head.shown.end.isoformat(),
        "sealed_room": head.sealed_room,
        **found,
    }
    room = "with" if head.sealed_room else "without"
    said = f"{path}: {head.form.id} of {head.shown.start} to {head.shown.end}, {room} the sealed room."
    tell(as_json, values, said)


def _who(ctx: Context, school: str, by: str | None, from_stdin: bool) -> tuple[Actor, OpenKeys | None]:
    """As whom the sheet is made, and the keys that were opened for it."""
    if not by:
        return _NOBODY._replace(school=school), None
    with ctx.read() as work:
        account = find_account(work, by)
        if account is None or account.school != school:
            raise Problem("unknown-user", login=by)
        actor = actions.actor_of(work, account)
    (passphrase,) = ask_secrets(from_stdin, (f"Key passphrase of {by}", False))
    return actor, unlock(ctx, by, passphrase)


def _columns(row: PetitionRow | ReceptionRow) -> dict[str, int]:
    """The columns by their numbers on the form."""
    return {str(number): value for number, value in enumerate(row, start=1)}
