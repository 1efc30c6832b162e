"""`hailong clock`: whether the server believes its own clock, and a person's word that it is right."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.common import context_for, data_options, json_option, tell, utc
from server.services.upkeep.clock_settling import settle

_WHY = {
    "jumped": "it moved by more than the machine's running time while the server ran",
    "behind": "it shows a time that is over: what is stored is newer, or this program is",
    "ahead": "it shows a time two weeks and more after the last one that was known",
}


@click.group()
def clock() -> None:
    """The server's own clock: whether it can be believed, and what to do where it cannot."""


@clock.command("show")
@json_option
@data_options
def clock_show(*, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Say what the clock shows and whether it is in doubt."""
    ctx = context_for(data, settings_file)
    machine = ctx.clock
    with ctx.read() as work:
        values = {
            "shows": utc(machine.wall),
            "time": utc(work.now),
            "doubt": machine.doubt,
            "held": machine.held,
            "may_erase": machine.may_erase,
            "settling": bool(list(work.sql.clock_doubts_open())),
            "open": int(work.sql.clock_events_open()),
        }
    lines = [f"The clock shows {values['shows']}."]
    if machine.doubt:
        lines += [
            f"It is in doubt: {_WHY[machine.doubt]}.",
            f"The server goes on from {values['time']}, with open times; it numbers and deletes nothing.",
            "Set the clock; or, where it is right as it stands: hailong clock confirm",
        ]
    else:
        lines.append("It is believed.")
    if machine.held:
        lines.append("It jumped by more than a day: nothing is deleted for good until: hailong clock confirm")
    elif not machine.may_erase and not machine.doubt:
        lines.append("Nothing is deleted for good until it has been plausible for a day.")
    tell(as_json, values, *lines)


@clock.command("confirm")
@json_option
@data_options
def clock_confirm(*, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Say that the clock is right as it stands: look at another one first.

    The times that were left open are worked out, waiting complaints get their numbers. A running server
    takes the word within seconds.
    """
    ctx = context_for(data, settings_file)
    standing = ctx.clock.confirm()
    settled = settle(ctx, standing) if standing is not None else None
    shown = utc(ctx.clock.wall)
    values = {"time": shown} | (settled._asdict() if settled else {})
    line = f"Taken as right: {shown}."
    if settled and settled.doubts:
        line += f" {settled.events} time(s) worked out, {settled.cases} complaint(s) numbered."
    tell(as_json, values, line)
