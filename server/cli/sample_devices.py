"""`hailong device add-sample|arrived`: devices to try with, and whether all has come of them."""

from pathlib import Path

import click

from server.cli.common import context_for, data_options, json_option, opened_or_new, settings_for, table, tell
from server.services import schools
from server.services.answers import sequence_gaps
from server.services.network.endpoints import device_broker
from server.services.sample import sample_devices


@click.command("add-sample")
@click.option(
    "--school",
    "of",
    default=sample_devices.SCHOOL,
    show_default=True,
    help="The slug of a sample school; it is made where it is missing.",
)
@click.option("--kiosks", type=click.IntRange(0, 999), default=0, show_default=True, help="How many kiosks.")
@click.option(
    "--boxes", type=click.IntRange(0, 999), default=0, show_default=True, help="How many button boxes."
)
@click.option("--yes", "even_real", is_flag=True, help="Even in a school that is not marked as a sample.")
@json_option
@data_options
def add_sample(
    *,
    of: str,
    kiosks: int,
    boxes: int,
    even_real: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Add devices sim-kiosk-001, sim-box-001 … and show their passwords, this once.

    For `hailong simulate`. Devices of these names that are there already get new passwords. What a sample
    school took in is marked as a sample on every page.
    """
    ctx = opened_or_new(settings_for(data, settings_file))
    made = sample_devices.ensure(ctx, of, kiosks, boxes, even_real=even_real)
    broker = device_broker(ctx.settings)
    values = {"school": of, "broker": broker, "devices": [one._asdict() for one in made]}
    rows = [(one.device, one.kind, one.password) for one in made]
    lines = table(("device", "kind", "password"), rows)
    tell(as_json, values, f"school {of}, broker {broker}", *lines)


@click.command("arrived")
@click.option("--school", "of", required=True, help="The slug of the school.")
@click.option(
    "--times", "with_times", is_flag=True, help="With --json: each event's id, time and uncertainty."
)
@json_option
@data_options
def arrived(
    *, of: str, with_times: bool, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Was anything lost? What has arrived of each device's journal, and which numbers are missing.

    Exits with 1 where a number is missing.
    """
    if with_times and not as_json:
        raise click.ClickException("--times is for --json: no table holds so much.")
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        found = sequence_gaps.arrived(work, schools.school(work, of).slug)
        missing = sum(hi - lo + 1 for one in found for lo, hi in one.holes)
        stored = sum(one.stored for one in found)
        rows = [
            (one.device, one.journal, str(one.stored), str(one.last), _spell(one) or "-") for one in found
        ]
        heads = ("device", "journal", "arrived", "last", "missing")
        values = {
            "school": of,
            "arrived": stored,
            "missing": missing,
            "journals": [one._asdict() for one in found],
        }
        if with_times:
            values["times"] = [one._asdict() for one in sequence_gaps.times(work, of)]
    tell(as_json, values, *table(heads, rows), f"{stored} arrived, {missing} missing")
    if missing:
        raise click.ClickException(f"{missing} numbers have not arrived; they may still wait on the devices.")


def _spell(one: sequence_gaps.Arrived) -> str:
    return ", ".join(f"{lo}-{hi}" if hi > lo else str(lo) for lo, hi in one.holes)
