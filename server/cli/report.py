"""`hailong report …`: the reports that a school sends up, and when they are due."""

from datetime import date, datetime
from pathlib import Path

import click

from server.cli.common import context_for, data_options, json_option, table, tell, write_file
from server.domain.figures.periods import parse_period
from server.domain.localtime import local_day
from server.reports import FORMATS, check_format, render
from server.rules import due_reports, regimes, served_regime
from server.services import schools
from server.services.reporting.gather import gather

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def report() -> None:
    """Reports for the office above: made in one step, and when each is due."""


@report.command()
@click.option("--school", required=True, help="The school's slug.")
@click.option("--regime", required=True, help="Whose rules the report follows: ha-long.")
@click.option("--period", required=True, help="2026, 2026-H1, 2026-Q3 or 2026-01-01..2026-05-28.")
@click.option(
    "--format", metavar="|".join(FORMATS), default="docx", show_default=True, help="The kind of file."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write; by default bao-cao-SCHOOL-PERIOD.FORMAT here.",
)
@click.option(
    "--today", type=_DAY, help="The day on which the report is signed; by default today at the school."
)
@json_option
@data_options
def make(
    *,
    school: str,
    regime: str,
    period: str,
    format: str,
    output: Path | None,
    today: datetime | None,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Make a report on a period; one that still runs is cut at the day of signing.

    What the program does not know (files handled, decisions, causes) stays open as dotted lines.
    """
    check_format(format)
    served_regime(regime)
    whole = parse_period(period)
    context = context_for(data, settings_file)
    try:
        day = today.date() if today else local_day(context.now())
        with context.read() as work:
            facts = gather(work, school, regime, whole, day)
    finally:
        context.store.close()
    path = output or Path(f"bao-cao-{school}-{whole.code}.{format}")
    write_file(path, render(facts, format))
    values = {
        "file": str(path),
        "school": school,
        "period": whole.code,
        "from": facts.shown.start.isoformat(),
        "to": facts.shown.end.isoformat(),
        "n": facts.total.n,
    }
    lines = [f"{path}: {facts.total.n} answers from {facts.shown.start} to {facts.shown.end}."]
    if not facts.total.n:
        lines.append("There are no answers in this period; the report says so.")
    lines.append("Fill the dotted places before it is signed.")
    tell(as_json, values, *lines)


@report.command()
@click.option("--school", required=True, help="The school's slug.")
@click.option("--regime", help="One regime; by default all whose reports can be made.")
@click.option("--today", type=_DAY, help="As of that day; by default today at the school.")
@json_option
@data_options
def due(
    *,
    school: str,
    regime: str | None,
    today: datetime | None,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """List the next due date of each report, the nearest first."""
    context = context_for(data, settings_file)
    try:
        with context.read() as work:
            of = schools.school(work, school)
        day: date = today.date() if today else local_day(context.now())
    finally:
        context.store.close()
    asked = [regime] if regime else [each.id for each in regimes() if each.served]
    found = sorted((each for one in asked for each in due_reports(one, day)), key=lambda each: each.due)
    values = {
        "school": school,
        "recipient": of.recipient,
        "due": [
            {
                "regime": each.regime,
                "report": each.kind,
                "period": each.period,
                "due": each.due.isoformat(),
                "before": each.before,
                "last_day": each.last_day.isoformat(),
                "days_left": each.days_left,
            }
            for each in found
        ],
    }
    rows = [
        (each.regime, each.title["en"], each.period, each.last_day.isoformat(), str(each.days_left))
        for each in found
    ]
    lines = (
        table(("REGIME", "REPORT", "PERIOD", "LAST DAY", "DAYS LEFT"), rows) if rows else ["Nothing is due."]
    )
    tell(as_json, values, *lines)
