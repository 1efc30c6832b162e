"""One simulation from its first day to the audit."""

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
from simulator.audit import Audit, audit_fleet
from simulator.clock_faults import ClockFaults
from simulator.commands import Devices
from simulator.fleet import Scenario
from simulator.options import Options, SimulationError
from simulator.own_server import Server
from simulator.processes import FleetProcesses
from simulator.report import Outcome, say_where, tell, watch

_MEMORY = Path("/dev/shm")  # noqa: S108 - asked for by --in-memory


def run(options: Options) -> bool:
    """Returns whether everything that was made was stored. Raises `SimulationError` and `BadSettings`."""
    options.check()
    scenario = Scenario(
        options.days,
        options.visits,
        options.resets,
        options.drops,
        options.broker_restarts,
        options.seed,
        options.wait_s,
        options.clock_faults,
    )
    with ExitStack() as held:
        files = held.enter_context(_Files(options.in_memory))
        faults = ClockFaults(files.path / "clock.json", options.speed) if options.clock_faults else None
        if faults is not None:
            held.callback(faults.close)
        server = held.enter_context(_own_server(options, files.path)) if options.own_server else None
        devices = _devices(options, server)
        where = _broker(options, devices)
        say_where(server, devices, where, scenario, options.speed)
        processes = FleetProcesses(devices.devices, devices.school, where, files.path / "devices", scenario)
        if faults is not None and server is not None:
            faults.start(options.days, server)
        took_s = _run_days(processes, options.speed, server)
        if faults is not None and server is not None:
            faults.end()
            commands.wait_for_clock(server.data)
        audit = _audit(processes, devices.school, server.data if server is not None else options.data, faults)
        if server is not None:
            audit.wrong += commands.doctor(server.data)
        if options.ledger is not None:
            _write_ledger(options.ledger, processes)
        kills = server.restarts if server is not None else 0
        tell(Outcome(audit, processes.figures(), kills, took_s), as_json=options.as_json)
        files.needed = bool(audit.wrong)
        if options.stay and server is not None:
            click.echo(f"The pages stay at {server.url} until Ctrl-C.", err=True)
            _wait_for_interrupt()
    return not audit.wrong


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
def _own_server(options: Options, files: Path) -> Iterator[Server]:
    server = Server(files / "data", mosquitto=options.mosquitto)
    server.prepare(options.school, options.kiosks, options.boxes)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _devices(options: Options, server: Server | None) -> Devices:
    if server is not None:
        return server.devices
    if options.data is not None:
        numbers = options.kiosks, options.boxes
        return commands.add_devices(options.data, options.school, *numbers, even_real=options.even_real)
    if options.devices_file is None:
        raise SimulationError("no devices")
    return commands.read_devices(options.devices_file)


def _broker(options: Options, devices: Devices) -> Broker:
    """Returns where the devices connect; the user is each one's own."""
    ca_file = str(options.ca_file) if options.ca_file else None
    broker = replace(read_broker(options.broker or devices.broker, "nobody", None, ca_file), password="")
    if broker.tls and (options.resets or options.drops):
        raise SimulationError(
            "--resets and --drops break connections without TLS only: give a --broker mqtt://…"
        )
    return broker


def _run_days(processes: FleetProcesses, speed: float, server: Server | None) -> float:
    """Let the days pass; the seconds that it took."""

    def stop(*_: object) -> None:
        click.echo("\nStopping; what was taken is still delivered. Ctrl-C again leaves it.", err=True)
        processes.stop()

    began = time.monotonic()
    processes.start(speed, server.restart_broker if server is not None else None)
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        watch(processes, began)
        took = time.monotonic() - began
        processes.end()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return took


def _audit(processes: FleetProcesses, school: str, data: Path | None, faults: ClockFaults | None) -> Audit:
    """By the devices' own files and, where the server's data are here, by what it has stored."""
    arrived = None if data is None else commands.arrived(data, school, times=faults is not None)
    audit = audit_fleet(processes.accounts, arrived)
    audit.wrong += processes.trouble
    if faults is not None and arrived is not None:
        made = {id: at for account in processes.accounts for id, at in account.made_at.items()}
        audit.clock_faults = faults.count
        audit.open_times = sum(one.uncertainty_ms is None for one in arrived.times)
        audit.wrong += faults.trouble + faults.wrong(made, {one.id: one for one in arrived.times})
    return audit


def _write_ledger(path: Path, processes: FleetProcesses) -> None:
    lines = sorted(id for account in processes.accounts for id in account.thanked)
    try:
        path.write_text("".join(f"{id}\n" for id in lines), encoding="ascii")
    except OSError as error:
        raise SimulationError(f"--ledger {path} cannot be written: {error.strerror}") from error


def _wait_for_interrupt() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
