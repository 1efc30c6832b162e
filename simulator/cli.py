"""`hailong simulate`: a fleet of kiosks and button boxes, for demonstrations, load and soak."""

import logging
import sys
from pathlib import Path
from typing import Any

import click

from kiosk.device.settings import BadSettings
from simulator.options import SCHOOL, Options, SimulationError
from simulator.run import run


@click.command()
@click.option("--kiosks", type=click.IntRange(0, 999), default=3, show_default=True, help="How many kiosks.")
@click.option(
    "--boxes", type=click.IntRange(0, 999), default=2, show_default=True, help="How many button boxes."
)
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=1,
    show_default=True,
    help="Number of days, each from half past seven to five.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0, 1_000_000),
    default=600.0,
    show_default=True,
    help="Virtual seconds a second; 0: as fast as it goes.",
)
@click.option(
    "--visits",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="Visitors a device and day.",
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="The data directory of a server that runs here."
)
@click.option("--school", default=SCHOOL, show_default=True, help="Its sample school; made where missing.")
@click.option("--yes", "even_real", is_flag=True, help="Even in a school that is not marked as a sample.")
@click.option(
    "--devices",
    "devices_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What `hailong device add-sample --json` printed where the server is.",
)
@click.option(
    "--broker", metavar="URL", help="Another address of its broker than the one that it names itself."
)
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Trust this certificate authority for mqtts.",
)
@click.option("--mosquitto", is_flag=True, help="Own server: behind a mosquitto, not with the broker inside.")
@click.option("--in-memory", is_flag=True, help="Own server: all files in memory, so the disk costs nothing.")
@click.option(
    "--resets",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="The share of the devices' days on which the power fails in the middle.",
)
@click.option(
    "--drops",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="The share of the devices' days on which the network fails for some minutes.",
)
@click.option(
    "--broker-restarts",
    type=click.IntRange(0, 1000),
    default=0,
    show_default=True,
    help="Own server: kill its broker so often, and start it again.",
)
@click.option(
    "--clock-faults",
    is_flag=True,
    help="Own server: its clock is behind, ahead and jumps, kiosks' are far off; all times are checked.",
)
@click.option("--seed", default="0", show_default=True, help="Another one makes other visitors.")
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write the id of every rating that was thanked for into this file.",
)
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 86_400),
    default=60.0,
    show_default=True,
    help="How many seconds the last receipts may take after the last day.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end, for scripts.")
@click.option("--stay", is_flag=True, help="Own server: go on until Ctrl-C, to look at the pages.")
def simulate(**given: Any) -> None:
    """Let a made-up fleet take ratings, and see that all of them are stored.

    Kiosks and boxes run the very same visit, outbox, journal and link as the real ones, with made-up fingers
    and a clock that runs as fast as you like. Without --data or --devices a server of its own is started on
    a temporary directory. The server's clock is the real one: where a day passes in a minute, its ratings
    are stored as of the hours before that minute; with --clock-faults it runs as fast as the days do.

    Exits with 1 where something that was made was not stored once and whole.
    """
    logging.getLogger("hailong").setLevel(logging.CRITICAL)  # hundreds of devices have little new to say
    try:
        ok = run(Options(**given))
    except (BadSettings, SimulationError) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(0 if ok else 1)
