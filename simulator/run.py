"""One simulation from its first day to the verdict."""

import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
from msgspec.structs import replace

from kiosk.device.settings import Broker, read_broker
from simulator import commands
from simulator.audit import Verdict, judge
from simulator.clock_faults import ClockFaults
from simulator.commands import Devices
from simulator.fleet import Wish
from simulator.options import Trouble, Wanted
from simulator.own_server import Server
from simulator.processes import Crew
from simulator.report import Outcome, say_where, tell, watch

_MEMORY = Path("/dev/shm")  # noqa: S108 - asked for by --in-memory


def run(wanted: Wanted) -> bool:
    """Whether everything that was made was stored. Raises `Trouble` and `BadSettings`."""
    wanted.check()
    wish = Wish(
        wanted.days,
        wanted.visits,
        wanted.resets,
        wanted.drops,
        wanted.broker_restarts,
        wanted.seed,
        wanted.wait_s,
        wanted.clock_faults,
    )
    with ExitStack() as held:
        files = held.enter_context(_Files(wanted.in_memory))
        faults = ClockFaults(files.path / "clock.json", wanted.speed) if wanted.clock_faults else None
        if faults is not None:
            held.callback(faults.close)
        server = held.enter_context(_own_server(wanted, files.path)) if wanted.own_server else None
        devices = _devices(wanted, server)
        where = _broker(wanted, devices)
        say_where(server, devices, where, wish, wanted.speed)
        crew = Crew(devices.devices, devices.school, where, files.path / "devices", wish)
        if faults is not None and server is not None:
            faults.start(wanted.days, server)
        took_s = _let_pass(crew, wanted.speed, server)
        if faults is not None and server is not None:
            faults.end()
            commands.wait_for_clock(server.data)
        verdict = _judge(crew, devices.school, server.data if server is not None else wanted.data, faults)
        if server is not None:
            verdict.wrong += commands.doctor(server.data)
        if wanted.ledger is not None:
            _write_ledger(wanted.ledger, crew)
        kills = server.restarts if server is not None else 0
        tell(Outcome(verdict, crew.figures(), kills, took_s), as_json=wanted.as_json)
        files.needed = bool(verdict.wrong)
        if wanted.stay and server is not None:
            click.echo(f"The pages stay at {server.url} until Ctrl-C.", err=True)
            _until_interrupted()
    return not verdict.wrong


class _Files:
    """A temporary directory; it stays where something went wrong."""

    def __init__(self, in_memory: bool) -> None:
        parent = str(_MEMORY) if in_memory and _MEMORY.is_dir() else None
        self.path = Path(tempfile.mkdtemp(prefix="hailong-simulate-", dir=parent))
        self.needed = False

    def __enter__(self) -> "_Files":
        return self

    def __exit__(self, *_: object) -> None:
        if self.needed:
            click.echo(f"What the devices and the server hold is kept in {self.path}", err=True)
        else:
            shutil.rmtree(self.path, ignore_errors=True)


@contextmanager
def _own_server(wanted: Wanted, files: Path) -> Iterator[Server]:
    server = Server(files / "data", mosquitto=wanted.mosquitto)
    server.prepare(wanted.school, wanted.kiosks, wanted.boxes)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _devices(wanted: Wanted, server: Server | None) -> Devices:
    if server is not None:
        return server.devices
    if wanted.data is not None:
        numbers = wanted.kiosks, wanted.boxes
        return commands.add_devices(wanted.data, wanted.school, *numbers, even_real=wanted.even_real)
    if wanted.devices_file is None:
        raise Trouble("no devices")
    return commands.read_devices(wanted.devices_file)


def _broker(wanted: Wanted, devices: Devices) -> Broker:
    """Where the devices connect; the user is each one's own."""
    ca_file = str(wanted.ca_file) if wanted.ca_file else None
    broker = replace(read_broker(wanted.broker or devices.broker, "nobody", None, ca_file), password="")
    if broker.tls and (wanted.resets or wanted.drops):
        raise Trouble("--resets and --drops break connections without TLS only: give a --broker mqtt://…")
    return broker


def _let_pass(crew: Crew, speed: float, server: Server | None) -> float:
    """Let the days pass; the seconds that it took."""

    def stop(*_: object) -> None:
        click.echo("\nStopping; what was taken is still delivered. Ctrl-C again leaves it.", err=True)
        crew.stop()

    began = time.monotonic()
    crew.start(speed, server.restart_broker if server is not None else None)
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        watch(crew, began)
        took = time.monotonic() - began
        crew.end()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return took


def _judge(crew: Crew, school: str, data: Path | None, faults: ClockFaults | None) -> Verdict:
    """By the devices' own files and, where the server's data are here, by what it has stored."""
    arrived = None if data is None else commands.arrived(data, school, times=faults is not None)
    verdict = judge(crew.accounts, arrived)
    verdict.wrong += crew.trouble
    if faults is not None and arrived is not None:
        made = {id: at for account in crew.accounts for id, at in account.made_at.items()}
        verdict.clock_faults = faults.count
        verdict.open_times = sum(one.uncertainty_ms is None for one in arrived.times)
        verdict.wrong += faults.trouble + faults.wrong(made, {one.id: one for one in arrived.times})
    return verdict


def _write_ledger(path: Path, crew: Crew) -> None:
    lines = sorted(id for account in crew.accounts for id in account.thanked)
    try:
        path.write_text("".join(f"{id}\n" for id in lines), encoding="ascii")
    except OSError as error:
        raise Trouble(f"--ledger {path} cannot be written: {error.strerror}") from error


def _until_interrupted() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
