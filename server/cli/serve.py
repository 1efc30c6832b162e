"""`hailong serve|web|ingest|broker`: the server's parts, together or apart."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import click

from server.cli.common import begun, data_options, opened, settings_for, settings_in_force
from server.cli.logs import hear_failures
from server.domain.addresses import EVERYWHERE, Broker, in_url, parse_broker
from server.domain.problems import Problem
from server.domain.rights import SERVER_USER
from server.services import schools
from server.services.access import people
from server.services.answers import receipt_marks
from server.services.context import Context
from server.services.network import broker_address, broker_conf, public_address
from server.services.network.endpoints import credentials
from server.services.privacy import erasure
from server.services.upkeep import restore_settling
from server.settings import Settings
from server.storage.database import make_directory
from server.storage.locks import IN_USE, Lock
from server.transport.background.address_check import AddressWatch
from server.transport.background.backups import Backups
from server.transport.background.certificate_watch import CertificateWatch
from server.transport.background.checkpointer import Checkpointer
from server.transport.background.clock_keeper import ClockKeeper
from server.transport.background.reviewer import Reviewer
from server.transport.background.sweeper import Sweeper
from server.transport.mqtt.broker_files import BrokerFiles
from server.transport.mqtt.embedded import EmbeddedBroker, Secure
from server.transport.mqtt.intake import Intake
from server.transport.mqtt.mosquitto import Listener, server_secret, write_files
from server.transport.ports.tls import LiveTls
from server.wiring import check_there
from survey_defs import process_memory

_SWITCH_S = 0.0005
"""A thread that asks the store lets the others run at each statement, and gets its turn back after so long.

With Python's own 5 ms, whoever writes answers waits for each page that is being made, row by row.
"""


class Part(Protocol):
    """One running part of the server."""

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End, soon."""


def _host_and_port(function: Callable[..., Any]) -> Callable[..., Any]:
    function = click.option("--port", type=int, help="The port of the pages; 8080 by default.")(function)
    return click.option("--host", help="The address to listen on; every one by default.")(function)


def _broker_option(function: Callable[..., Any]) -> Callable[..., Any]:
    text = "An outside broker, mqtt(s)://user:password@host:port; without a user: as `broker config` made it."
    return click.option("--broker", metavar="URL", help=text)(function)


@click.command()
@_host_and_port
@click.option("--mqtt-port", type=int, help="The port of the embedded broker; 1883 by default.")
@click.option("--tls-port", type=int, help="The port of the pages over TLS; 8443 by default.")
@click.option("--mqtt-tls-port", type=int, help="The port of the embedded broker over TLS; 8883 by default.")
@_broker_option
@data_options
def serve(
    *,
    data: str | None,
    settings_file: Path | None,
    host: str | None,
    port: int | None,
    mqtt_port: int | None,
    tls_port: int | None,
    mqtt_tls_port: int | None,
    broker: str | None,
) -> None:
    """Run everything: the pages, the taking of answers and, unless --broker is given, the broker.

    Where there is a certificate (`hailong tls make`), pages and broker are to be had over TLS as well.
    Where the data directory is empty, a new store is begun. Stops cleanly at SIGTERM or Ctrl-C.
    """
    given = {
        "host": host,
        "port": port,
        "mqtt_port": mqtt_port,
        "tls_port": tls_port,
        "mqtt_tls_port": mqtt_tls_port,
        "broker": broker,
    }
    settings = settings_for(data, settings_file, **given)
    _close_memory()
    file = settings_in_force(data, settings_file)
    with _running(settings, file, takes_answers=True, may_begin=True) as (ctx, parts):
        live = _live(ctx)
        intake = _intake(ctx, parts, live)
        web = _web(ctx, live, lambda: intake.is_ready)
        parts += [intake, *web, ClockKeeper(ctx), Reviewer(ctx), Sweeper(ctx), CertificateWatch(ctx, live)]
        parts.append(AddressWatch(ctx))
        if settings.broker:
            parts.append(BrokerFiles(ctx))
            _say_broker(settings)
        _say_pages(settings, web)
        for address in _broker_addresses(ctx, parts):
            click.echo(f"broker  {address}")
        if step := next_step(ctx):
            click.echo(f"next    {step}")


@click.command()
@_host_and_port
@data_options
def web(*, data: str | None, settings_file: Path | None, host: str | None, port: int | None) -> None:
    """Run the pages alone; answers are taken by `hailong ingest`."""
    settings = settings_for(data, settings_file, host=host, port=port)
    _close_memory()
    with _running(settings, None, takes_answers=False) as (ctx, parts):
        live = _live(ctx)
        pages = _web(ctx, live, None)
        parts += [*pages, ClockKeeper(ctx), CertificateWatch(ctx, live), AddressWatch(ctx)]
        _say_pages(settings, pages)


@click.command()
@_broker_option
@data_options
def ingest(*, data: str | None, settings_file: Path | None, broker: str | None) -> None:
    """Take answers from an outside broker, without the pages."""
    settings = settings_for(data, settings_file, broker=broker)
    if not settings.broker:
        raise click.ClickException("Say which broker: --broker mqtt://host:port, or the setting 'broker'.")
    file = settings_in_force(data, settings_file)
    with _running(settings, file, takes_answers=True) as (ctx, parts):
        parts += [_intake(ctx, parts, None), ClockKeeper(ctx), Reviewer(ctx), Sweeper(ctx), BrokerFiles(ctx)]
        parts += [CertificateWatch(ctx, None), AddressWatch(ctx)]
        click.echo(f"broker  {parse_broker(settings.broker).public} (outside)")
        _say_broker(settings)


@click.group()
def broker() -> None:
    """Files for an outside broker (mosquitto)."""


@broker.command("config")
@click.option(
    "-o",
    "directory",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write the files.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address mosquitto listens on.")
@click.option("--port", type=int, help="The port mosquitto listens on; 1883, or 8883 with TLS, by default.")
@click.option("--tls-cert", type=click.Path(path_type=Path, dir_okay=False), help="Certificate chain, PEM.")
@click.option(
    "--tls-key", type=click.Path(path_type=Path, dir_okay=False), help="The certificate's key, PEM."
)
@data_options
def broker_config(
    *,
    data: str | None,
    settings_file: Path | None,
    directory: Path,
    host: str,
    port: int | None,
    tls_cert: Path | None,
    tls_key: Path | None,
) -> None:
    """Write mosquitto.conf, passwd and acl, with every device that is in use.

    `hailong serve` and `hailong ingest` write passwd and acl again when a device is added, enrols, moves or
    is retired, and let mosquitto read them, where they may; else do both by hand.
    """
    if (tls_cert is None) != (tls_key is None):
        raise click.ClickException("A certificate needs its key: give both --tls-cert and --tls-key.")
    for path in (tls_cert, tls_key):
        if path is not None and not path.is_file():
            raise click.ClickException(f"There is no file {path}.")
    ctx = opened(settings_for(data, settings_file))
    number = port or (8883 if tls_cert else 1883)
    address = write_files(ctx, directory, Listener(host, number, tls_cert, tls_key))
    conf = directory.resolve() / "mosquitto.conf"
    click.echo(f"Wrote {conf}, passwd and acl.")
    click.echo(f"Start mosquitto:        mosquitto -c {conf}")
    click.echo("Or, where it runs, let it read its files again: kill -HUP $(pidof mosquitto)")
    click.echo(f"Then take answers:      hailong serve --data {ctx.settings.data} --broker {address.public}")


def _close_memory() -> None:
    """Before anything is opened: what pages unlock is overwritten when freed, and nobody else reads it."""
    process_memory.restart_wiping()
    process_memory.overwrite_freed(on=True)
    process_memory.no_traces()


@contextmanager
def _running(
    settings: Settings, settings_file: Path | None, *, takes_answers: bool, may_begin: bool = False
) -> Iterator[tuple[Context, list[Part]]]:
    """Set up, let the caller name the parts, then run them until told to stop.

    The parts start in their order and stop in the opposite one. With `may_begin` an empty data directory gets
    a new store. Raises `Problem`.
    """
    hear_failures()
    sys.setswitchinterval(_SWITCH_S)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as held:
        # Before the schema is touched: whoever may not run here must not change what others run on.
        if not may_begin:
            check_there(settings)
        make_directory(Path(settings.data))
        _hold(held, settings, takes_answers)
        ctx = begun(settings)
        if restore_settling.is_unfinished(Path(settings.data)):  # the restore was cut off in the middle
            for decision in restore_settling.settle(ctx, None).decisions:
                click.echo(f"decide  {decision.words}", err=True)
        _say_lost(ctx)
        parts: list[Part] = []
        started: list[Part] = []
        held.callback(_stop, started)
        yield ctx, parts
        parts.append(Checkpointer(ctx))
        if takes_answers:
            parts.append(Backups(ctx, settings_file))
        for part in parts:
            started.append(part)
            part.start()
        click.echo("Stop with Ctrl-C.")
        while not stop.wait(0.5):
            for part in parts:
                if not part.is_alive:
                    raise click.ClickException(f"{type(part).__name__} stopped by itself; see the log.")


def _say_lost(ctx: Context) -> None:
    """What the store has lost since it was closed; a complaint that came again is erased again."""
    erasure.reapply(ctx)
    if ctx.store.unread is not None:
        click.echo(f"damage  {receipt_marks.unread_words(ctx.store.unread)}", err=True)
    with ctx.read() as work:
        if losses := receipt_marks.lost(work):
            click.echo(f"lost    {receipt_marks.lost_words(losses)}", err=True)


def _stop(parts: list[Part]) -> None:
    for part in reversed(parts):
        part.stop()


def _hold(held: ExitStack, settings: Settings, takes_answers: bool) -> None:
    data = Path(settings.data)
    in_use = Lock(data / IN_USE)
    if not in_use.take(shared=True):
        raise Problem("data-in-use", path=settings.data)
    held.callback(in_use.release)
    if takes_answers:
        ingest_lock = Lock(data / ".ingest.lock")
        if not ingest_lock.take():
            raise Problem("ingest-running", path=settings.data)
        held.callback(ingest_lock.release)


def _live(ctx: Context) -> LiveTls | None:
    """What our own ports show over TLS, if there is a certificate with its key."""
    shown = credentials(ctx.settings)
    return LiveTls(shown, ctx.served) if shown else None


def _intake(ctx: Context, parts: list[Part], live: LiveTls | None) -> Intake:
    """What takes answers; where no outside broker is named, the embedded one is put before it."""
    if ctx.settings.broker:
        return Intake(ctx, _with_secret(ctx, parse_broker(ctx.settings.broker)), clean=False)
    secure = Secure(ctx.settings.mqtt_tls_port, live.context) if live else None
    embedded = EmbeddedBroker(ctx, ctx.settings.host, ctx.settings.mqtt_port, secure)
    parts.append(embedded)
    return Intake(ctx, embedded.server_address, clean=True)


def _with_secret(ctx: Context, address: Broker) -> Broker:
    """An address without a user means the broker that `broker config` wrote the files for."""
    if address.username is not None:
        return address
    secret = server_secret(Path(ctx.settings.data))
    return address._replace(username=SERVER_USER, password=secret) if secret else address


def _web(ctx: Context, live: LiveTls | None, ready: Callable[[], bool] | None) -> list[Any]:
    """The pages, and once more over TLS where there is a certificate."""
    # The pages bring Flask and all that hangs on it; `hailong ingest` does without.
    from server.transport.http.app import create_app  # noqa: PLC0415
    from server.transport.http.serving.server import Pages  # noqa: PLC0415

    app, settings = create_app(ctx), ctx.settings
    if ready is not None:
        app.config["READY"] = ready
    pages: list[Any] = [Pages(app, settings.host, settings.port, settings.trusted_proxy)]
    if live is not None:
        pages.append(
            Pages(app, settings.host, settings.tls_port, settings.trusted_proxy, context=live.context)
        )
        app.config["TLS_PORT"] = pages[-1].port
    return pages


def next_step(ctx: Context) -> str:
    """What is still to be done before parents can be asked; '' when nothing is. Opens no address."""
    with ctx.read() as work:
        slugs = [each.slug for each in schools.schools(work)]
        if not slugs:
            return 'no school yet: hailong school add SLUG --name "Trường …"'
        if not people.users(work):
            return f"nobody can sign in yet: hailong user add LOGIN --role deputy --school {slugs[0]}"
    if not ctx.settings.public_url:
        address = public_address.address(ctx)
        return f"set public_url: codes lead to {address} meanwhile, and posters are not printed"
    return public_address.trouble(ctx) or broker_address.address_trouble(ctx)


def _say_pages(settings: Settings, pages: list[Any]) -> None:
    for each in pages:
        click.echo(f"pages   {each.scheme}://{_shown(settings.host)}:{each.port}/")


def _broker_addresses(ctx: Context, parts: list[Part]) -> Iterator[str]:
    first, host = parts[0], _shown(ctx.settings.host)
    if not isinstance(first, EmbeddedBroker):
        yield f"{parse_broker(ctx.settings.broker).public} (outside)"
        return
    yield f"mqtt://{host}:{first.port} (embedded)"
    if first.secure_port is not None:
        yield f"mqtts://{host}:{first.secure_port} (embedded)"


def _say_broker(settings: Settings) -> None:
    if trouble := broker_conf.trouble(Path(settings.data)):
        click.echo(f"broker  {trouble}", err=True)


def _shown(host: str) -> str:
    return "127.0.0.1" if host in EVERYWHERE else in_url(host)
