"""What somebody in front of it reads: where it is, how it goes, how it ended."""

import sys
import time

import click
import msgspec

from kiosk.device.settings import Broker
from simulator.audit import Audit
from simulator.commands import Devices
from simulator.fleet import Scenario
from simulator.ledger import Figures
from simulator.own_server import LOGIN, Server
from simulator.processes import FleetProcesses
from simulator.virtual_time import DAY_MS

_LOOK_S = 0.25
_LINE_INTERVAL_S = 10.0
_MAX_LINES = 20


def _say(words: str = "") -> None:
    click.echo(words, err=True)


def say_where(
    server: Server | None, devices: Devices, where: Broker, scenario: Scenario, speed: float
) -> None:
    """Before it begins."""
    kiosks = sum(one.kind == "kiosk" for one in devices.devices)
    _say(f"  Fleet      {kiosks} kiosks and {len(devices.devices) - kiosks} boxes of '{devices.school}'")
    long = f", about {scenario.days * DAY_MS / 1000 / speed:.0f} s" if speed else ", as fast as it goes"
    _say(f"  Time       {scenario.days} day(s){long}")
    _say(f"  Broker     {where.host}:{where.port}")
    if server is not None:
        _say(f"  Dashboard  {server.url}")
        _say(f"  Login      {LOGIN}")
        _say(f"  Password   {server.password}")
    _say()


def watch(processes: FleetProcesses, began: float) -> None:
    """The progress bar on a terminal, else a line now and then, until all is over."""
    said = began
    terminal = sys.stderr.isatty()

    def words(now: Figures | None) -> str:
        if now is None:
            return ""
        rate = now.delivered / max(time.monotonic() - began, 0.1)
        return f"made {now.made}  stored {now.delivered}  {rate:.0f}/s  waiting {now.waiting}"

    bar = click.progressbar(
        length=processes.planned(), label="Visits" if terminal else "", item_show_func=words, file=sys.stderr
    )
    with bar:
        shown = 0
        while processes.is_running:
            time.sleep(_LOOK_S)
            now = processes.figures()
            if terminal:
                bar.update(now.visits - shown, now)
            elif time.monotonic() - said > _LINE_INTERVAL_S:
                said = time.monotonic()
                _say(f"{said - began:5.0f} s  {words(now)}")
            shown = now.visits


class Outcome(msgspec.Struct):
    """How it ended."""

    audit: Audit
    figures: Figures
    broker_kills: int
    took_s: float

    @property
    def stored(self) -> int:
        """By the server's own count, else by the receipts."""
        audit = self.audit
        return audit.made - audit.waiting if audit.stored is None else audit.stored

    def as_json(self) -> bytes:
        """One flat object."""
        figures = msgspec.structs.asdict(self.figures) | msgspec.structs.asdict(self.audit)
        return msgspec.json.encode(
            {**figures, "stored": self.stored, "broker_kills": self.broker_kills, "took_s": self.took_s}
        )


def tell(outcome: Outcome, *, as_json: bool) -> None:
    """The table at the end, or one JSON object."""
    audit = outcome.audit
    if as_json:
        click.echo(outcome.as_json().decode())
        return
    counted = "by the receipts" if audit.stored is None else "by the server's own count"
    rows = [
        ("Thanked for", audit.thanked, ""),
        ("Made", audit.made, "with visits that the power cut short"),
        ("Stored", outcome.stored, counted),
        ("Holes", audit.missing, "numbers missing in between"),
        ("Still waiting", audit.waiting, "on the devices"),
        ("Starts", outcome.figures.starts, "of devices"),
        ("Power cuts", outcome.figures.power_cuts, ""),
        ("Broken lines", outcome.figures.broken_lines, "below the clients, by the power cuts too"),
        ("Broker kills", outcome.broker_kills, ""),
    ]
    if audit.clock_faults:
        rows += [
            ("Clock faults", audit.clock_faults, "of the server; every time was held against the truth"),
            ("Open times", audit.open_times, "of which nothing is claimed"),
        ]
    click.echo()
    for name, number, words in rows:
        click.echo(f"  {name:14}{number:>9,}  {words}".rstrip())
    rate = outcome.stored / max(outcome.took_s, 0.1)
    click.echo(f"  {'Took':14}{outcome.took_s:>7.0f} s  {rate:.0f} stored a second")
    click.echo()
    for line in audit.wrong[:_MAX_LINES]:
        click.echo(f"  WRONG  {line}", err=True)
    if len(audit.wrong) > _MAX_LINES:
        click.echo(f"  WRONG  and {len(audit.wrong) - _MAX_LINES} more", err=True)
    if not audit.wrong:
        click.echo("  Everything that was made was stored, once and whole.")
