"""`hailong backup|restore|migrate|doctor`: looking after a data directory."""

from pathlib import Path

import click

from server.cli.backups import backup, restore
from server.cli.common import context_for, data_options, json_option, settings_for, table, tell
from server.services.upkeep.doctor import Finding, examine, repair
from server.services.upkeep.doctor_times import Times, times
from server.transport.background.address_check import look
from server.transport.background.broker_check import asked
from server.wiring import contexts

__all__ = ["backup", "doctor", "migrate", "restore"]
"""The commands, by which `pyproject.toml` names them."""


@click.command()
@json_option
@data_options
def migrate(*, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Bring the store to this program's schema; every other command does so too when it starts."""
    settings = settings_for(data, settings_file)
    contexts.check_store(settings)
    had, taken = contexts.migrate(settings)
    before, after = had[-1] if had else None, (had + taken)[-1]
    values = {"from": before, "to": after, "taken": taken}
    said = f"From {before} to {after}." if taken else f"Nothing to do: the schema is {after}."
    tell(as_json, values, said)


@click.command()
@click.option("--repair", "repairs", is_flag=True, help="Work the counts out again from the answers.")
@click.option("--times", "wants_times", is_flag=True, help="Look for times that a wrong clock has made.")
@click.option("--mend", is_flag=True, help="With --times: put them right; without it they are only told.")
@click.option(
    "--cases",
    "mends_cases",
    is_flag=True,
    help="With --mend: give complaints and visits of a wrong day the right one, with limits and number.",
)
@json_option
@data_options
def doctor(
    *,
    repairs: bool,
    wants_times: bool,
    mend: bool,
    mends_cases: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Check the store, and that every count agrees with the answers it was made from.

    Reads every answer; the server may run meanwhile. Exits with 1 where something disagrees. A line marked
    `!` tells what is sound and yet needs somebody, such as a key that one person alone opens.
    """
    if mend and not wants_times:
        raise click.ClickException("--mend is for --times; to work the counts out again: --repair.")
    if mends_cases and not mend:
        raise click.ClickException("--cases is for --times --mend.")
    ctx = context_for(data, settings_file)
    if wants_times:
        found = times(ctx, mend=mend, cases=mends_cases)
        _tell_times(found, mend=mend, mended_cases=mends_cases, as_json=as_json)
        return
    if repairs:
        repair(ctx)
    look(ctx)
    ctx.broker.shown = asked(ctx)
    with ctx.read() as work:
        findings = examine(work)
    sound = all(finding.sound for finding in findings)
    values = {"sound": sound, "findings": [finding._asdict() for finding in findings]}
    lines = [f"{_mark(each)}  {each.check + ':':19} {each.words}" for each in findings]
    tell(as_json, values, *lines)
    if not sound:
        raise click.ClickException("Something is wrong in the store; see the lines marked BAD.")


def _tell_times(found: Times, *, mend: bool, mended_cases: bool, as_json: bool) -> None:
    values = found._asdict() | {
        "mended": mend,
        "days": [day._asdict() for day in found.days],
        "cases": [case._asdict() for case in found.cases],
    }
    lines = [
        f"{found.rows} row(s) came while the clock was wrong, {found.boots} boot(s) were timed by it.",
        f"{found.moved} time(s) {'were' if mend else 'would be'} worked out anew.",
    ]
    if found.days:
        rows = [(day.school, day.day, str(day.before), str(day.after)) for day in found.days]
        lines += table(("SCHOOL", "DAY", "BEFORE", "AFTER"), rows)
    if found.cases:
        lines.append(f"{len(found.cases)} complaint(s) came in on a wrong day:")
        cases = [(each.school, each.ref, each.received_on, each.should_be, each.now) for each in found.cases]
        lines += table(("SCHOOL", "NUMBER", "RECEIVED", "SHOULD BE", "NUMBER NOW"), cases)
    if found.visits:
        words = "stand" if not mended_cases else "stood"
        lines.append(
            f"{found.visits} visit(s) without a case {words} on a wrong day in the book of receptions."
        )
    if any(not each.now for each in found.cases) or (found.visits and not mended_cases):
        lines.append(
            "They keep day, limits and number. To put these right, with an entry in each history that says "
            "so: hailong doctor --times --mend --cases"
        )
    if found.moved and not mend:
        lines.append("Nothing was changed. To put it right: hailong doctor --times --mend")
    tell(as_json, values, *lines)


def _mark(found: Finding) -> str:
    if not found.sound:
        return "BAD"
    return "!  " if found.warns else "ok "
