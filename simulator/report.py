"""What somebody in front of it reads: where it is, how it goes, how it ended."""

import sys
import threading
import time

import click
import msgspec

from kiosk.settings import Broker
from simulator.fleet import Fleet, Wish
from simulator.ground import LOGIN, Devices, Server
from simulator.pace import DAY_MS
from simulator.tally import count
from simulator.verdict import Verdict

_LOOK_S = 0.25
_SAY_S = 10.0
_MOST_LINES = 20
_LEAVE_S = 5.0


def _say(words: str = "") -> None:
    click.echo(words, err=True)


def say_where(server: Server | None, devices: Devices, where: Broker, wish: Wish, speed: float) -> None:
    """Before it begins."""
    kiosks = sum(one.kind == "kiosk" for one in devices.devices)
    _say(f"  Fleet      {kiosks} kiosks and {len(devices.devices) - kiosks} boxes of '{devices.school}'")
    long = f", about {wish.days * DAY_MS / 1000 / speed:.0f} s" if speed else ", as fast as it goes"
    _say(f"  Time       {wish.days} day(s){long}")
    _say(f"  Broker     {where.host}:{where.port}")
    if server is not None:
        _say(f"  Dashboard  {server.url}")
        _say(f"  Login      {LOGIN}")
        _say(f"  Password   {server.password}")
    _say()


def watch(fleet: Fleet, began: float, leaving: threading.Event) -> None:
    """The progress bar on a terminal, else a line now and then, until all is over or soon after `leaving`."""
    ledgers = [device.ledger for device in fleet.devices]
    said = began
    terminal = sys.stderr.isatty()

    def words(_: object = None) -> str:
        now = count(ledgers)
        rate = now.delivered / max(time.monotonic() - began, 0.1)
        return f"made {now.made}  stored {now.delivered}  {rate:.0f}/s  waiting {now.waiting}"

    bar = click.progressbar(
        length=fleet.planned(), label="Visits" if terminal else "", item_show_func=words, file=sys.stderr
    )
    with bar:
        shown = 0
        given_up = 0.0
        while fleet.is_running and given_up < _LEAVE_S:
            time.sleep(_LOOK_S)
            given_up += _LOOK_S if leaving.is_set() else 0.0
            seen = sum(ledger.visits + ledger.unsaid for ledger in ledgers)
            if terminal:
                bar.update(seen - shown, fleet)
            elif time.monotonic() - said > _SAY_S:
                said = time.monotonic()
                click.echo(f"{said - began:5.0f} s  {words()}", err=True)
            shown = seen


class Outcome(msgspec.Struct):
    """How it ended, in figures; see `Verdict`."""

    verdict: Verdict
    starts: int
    power_cuts: int
    broken_lines: int
    broker_kills: int
    took_s: float

    @classmethod
    def of(cls, verdict: Verdict, fleet: Fleet, server: Server | None, took_s: float) -> "Outcome":
        """The sums of a fleet."""
        ledgers = [device.ledger for device in fleet.devices]
        return cls(
            verdict,
            starts=sum(one.boots for one in ledgers),
            power_cuts=sum(one.resets for one in ledgers),
            broken_lines=fleet.cuts,
            broker_kills=server.restarts if server is not None else 0,
            took_s=took_s,
        )

    @property
    def stored(self) -> int:
        """By the server's own count, else by the receipts."""
        verdict = self.verdict
        return verdict.made - verdict.waiting if verdict.stored is None else verdict.stored


def tell(outcome: Outcome, *, as_json: bool) -> None:
    """The table at the end, or one JSON object."""
    verdict = outcome.verdict
    if as_json:
        figures = msgspec.to_builtins(outcome)
        click.echo(msgspec.json.encode({**figures.pop("verdict"), **figures}).decode())
        return
    counted = "by the receipts" if verdict.stored is None else "by the server's own count"
    rows = [
        ("Thanked for", verdict.thanked, ""),
        ("Made", verdict.made, "with visits that the power cut short"),
        ("Stored", outcome.stored, counted),
        ("Holes", verdict.missing, "numbers missing in between"),
        ("Still waiting", verdict.waiting, "on the devices"),
        ("Starts", outcome.starts, "of devices"),
        ("Power cuts", outcome.power_cuts, ""),
        ("Broken lines", outcome.broken_lines, "below the clients, by the power cuts too"),
        ("Broker kills", outcome.broker_kills, ""),
    ]
    click.echo()
    for name, number, words in rows:
        click.echo(f"  {name:14}{number:>9,}  {words}".rstrip())
    rate = outcome.stored / max(outcome.took_s, 0.1)
    click.echo(f"  {'Took':14}{outcome.took_s:>7.0f} s  {rate:.0f} stored a second")
    click.echo()
    for line in verdict.wrong[:_MOST_LINES]:
        click.echo(f"  WRONG  {line}", err=True)
    if len(verdict.wrong) > _MOST_LINES:
        click.echo(f"  WRONG  and {len(verdict.wrong) - _MOST_LINES} more", err=True)
    if not verdict.wrong:
        click.echo("  Everything that was made was stored, once and whole.")
