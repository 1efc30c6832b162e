"""What somebody in front of it reads: where it is, how it goes, how it ended."""

import sys
import time

import click

from kiosk.settings import Broker
from simulator.fleet import Fleet, Wish
from simulator.ground import LOGIN, Devices, Server
from simulator.pace import DAY_MS
from simulator.tally import count
from simulator.verdict import Verdict

_LOOK_S = 0.25
_SAY_S = 10.0
_MOST_LINES = 20


def say_where(server: Server | None, devices: Devices, where: Broker, wish: Wish, speed: float) -> None:
    """Before it begins."""
    kiosks = sum(one.kind == "kiosk" for one in devices.devices)
    click.echo(
        f"  Fleet      {kiosks} kiosks and {len(devices.devices) - kiosks} boxes of '{devices.school}'"
    )
    long = f", about {wish.days * DAY_MS / 1000 / speed:.0f} s" if speed else ", as fast as it goes"
    click.echo(f"  Time       {wish.days} day(s){long}")
    click.echo(f"  Broker     {where.host}:{where.port}")
    if server is not None:
        click.echo(f"  Dashboard  {server.url}")
        click.echo(f"  Login      {LOGIN}")
        click.echo(f"  Password   {server.password}")
    click.echo()


def watch(fleet: Fleet, began: float) -> None:
    """The progress bar on a terminal; elsewhere a line now and then."""
    ledgers = [device.ledger for device in fleet.devices]
    said = began
    terminal = sys.stderr.isatty()

    def words(_: object = None) -> str:
        now = count(ledgers)
        rate = now.delivered / max(time.monotonic() - began, 0.1)
        return f"made {now.made}  stored {now.delivered}  {rate:.0f}/s  waiting {now.waiting}"

    bar = click.progressbar(length=fleet.planned(), label="Visits", item_show_func=words, file=sys.stderr)
    with bar:
        shown = 0
        while fleet.is_running:
            time.sleep(_LOOK_S)
            seen = sum(ledger.visits + ledger.unsaid for ledger in ledgers)
            if terminal:
                bar.update(seen - shown, fleet)
            elif time.monotonic() - said > _SAY_S:
                said = time.monotonic()
                click.echo(f"{said - began:5.0f} s  {words()}", err=True)
            shown = seen


def tell(verdict: Verdict, fleet: Fleet, server: Server | None, took_s: float) -> None:
    """The table at the end."""
    ledgers = [device.ledger for device in fleet.devices]
    stored = verdict.made - verdict.waiting if verdict.stored is None else verdict.stored
    rows = [
        ("Thanked for", verdict.thanked, ""),
        ("Made", verdict.made, "with visits that the power cut short"),
        ("Stored", stored, "by the receipts" if verdict.stored is None else "by the server's own count"),
        ("Holes", verdict.missing, "numbers missing in between"),
        ("Still waiting", verdict.waiting, "on the devices"),
        ("Starts", sum(one.boots for one in ledgers), "of devices"),
        ("Power cuts", sum(one.resets for one in ledgers), ""),
        ("Broken lines", fleet.cuts, "below the clients, the power cuts' too"),
        ("Broker kills", server.restarts if server is not None else 0, ""),
    ]
    click.echo()
    for name, number, words in rows:
        click.echo(f"  {name:14}{number:>9,}  {words}".rstrip())
    click.echo(f"  {'Took':14}{took_s:>7.0f} s  {stored / max(took_s, 0.1):.0f} stored a second")
    click.echo()
    for line in verdict.wrong[:_MOST_LINES]:
        click.echo(f"  WRONG  {line}", err=True)
    if len(verdict.wrong) > _MOST_LINES:
        click.echo(f"  WRONG  and {len(verdict.wrong) - _MOST_LINES} more", err=True)
    if not verdict.wrong:
        click.echo("  Everything that was made was stored, once and whole.")
