"""`hailong serve|web|ingest|broker`: the server's parts, together or apart."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli.common import begun, data_options, opened, settings_for, settings_in_force
from server.cli.logs import hear_failures
from server.domain.network.addresses import EVERYWHERE, in_url, parse_broker
from server.domain.problems import load as load_problems
from server.services import schools
from server.services.access import people
from server.services.answers import receipt_marks
from server.services.context import Context
from server.services.network import broker_address, broker_conf, public_address
from server.services.privacy import erasure
from server.services.upkeep import restore_settling
from server.settings import Settings
from server.storage.database import make_directory
from server.transport.mqtt.embedded import EmbeddedBroker
from server.transport.mqtt.mosquitto import Listener, write_files
from server.wiring import running
from server.wiring.contexts import check_there
from server.wiring.running import Part
from survey_defs import process_memory

if TYPE_CHECKING:
    from server.transport.http.serving.server import Pages

_SWITCH_S = 0.0005
"""A thread that asks the store lets the others run at each statement, and gets its turn back after so long.

With Python's own 5 ms, whoever writes answers waits for each page that is being made, row by row.
"""


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
    with _prepared(settings, takes_answers=True, may_begin=True) as (ctx, stop):
        server = running.everything(ctx, file)
        if settings.broker:
            _say_broker(settings)
        _say_pages(settings, server.pages)
        for address in _broker_addresses(settings, server.broker):
            click.echo(f"broker  {address}")
        if step := next_step(ctx):
            click.echo(f"next    {step}")
        _run(server.parts, stop)


@click.command()
@_host_and_port
@data_options
def web(*, data: str | None, settings_file: Path | None, host: str | None, port: int | None) -> None:
    """Run the pages alone; answers are taken by `hailong ingest`."""
    settings = settings_for(data, settings_file, host=host, port=port)
    _close_memory()
    with _prepared(settings, takes_answers=False) as (ctx, stop):
        server = running.pages_alone(ctx)
        _say_pages(settings, server.pages)
        _run(server.parts, stop)


@click.command()
@_broker_option
@data_options
def ingest(*, data: str | None, settings_file: Path | None, broker: str | None) -> None:
    """Take answers from an outside broker, without the pages."""
    settings = settings_for(data, settings_file, broker=broker)
    if not settings.broker:
        raise click.ClickException("Say which broker: --broker mqtt://host:port, or the setting 'broker'.")
    file = settings_in_force(data, settings_file)
    with _prepared(settings, takes_answers=True) as (ctx, stop):
        server = running.answers_alone(ctx, file)
        click.echo(f"broker  {parse_broker(settings.broker).public} (outside)")
        _say_broker(settings)
        _run(server.parts, stop)


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
    process_memory.forbid_memory_dumps()


@contextmanager
def _prepared(
    settings: Settings, *, takes_answers: bool, may_begin: bool = False
) -> Iterator[tuple[Context, threading.Event]]:
    """The data directory, held and settled for a server that runs as long as the block does; and what is set
    when the process is told to stop.

    With `may_begin` an empty data directory gets a new store. Raises `Problem`.
    """
    hear_failures()
    sys.setswitchinterval(_SWITCH_S)
    load_problems()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as held:
        # Before the schema is touched: whoever may not run here must not change what others run on.
        if not may_begin:
            check_there(settings)
        make_directory(Path(settings.data))
        running.hold(held, settings, takes_answers=takes_answers)
        ctx = begun(settings)
        if restore_settling.is_unfinished(Path(settings.data)):  # the restore was cut off in the middle
            for decision in restore_settling.settle(ctx, None).decisions:
                click.echo(f"decide  {decision.words}", err=True)
        _say_lost(ctx)
        yield ctx, stop


def _run(parts: list[Part], stop: threading.Event) -> None:
    """Start the parts in their order, wait until told to stop or one ends by itself, stop them backwards."""
    started: list[Part] = []
    try:
        for part in parts:
            started.append(part)
            part.start()
        click.echo("Stop with Ctrl-C.")
        while not stop.wait(0.5):
            for part in parts:
                if not part.is_alive:
                    raise click.ClickException(f"{type(part).__name__} stopped by itself; see the log.")
    finally:
        for part in reversed(started):
            part.stop()


def _say_lost(ctx: Context) -> None:
    """What the store has lost since it was closed; a complaint that came again is erased again."""
    erasure.reapply(ctx)
    if ctx.store.unread is not None:
        click.echo(f"damage  {receipt_marks.unread_words(ctx.store.unread)}", err=True)
    with ctx.read() as work:
        if losses := receipt_marks.lost(work):
            click.echo(f"lost    {receipt_marks.lost_words(losses)}", err=True)


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


def _say_pages(settings: Settings, pages: list[Pages]) -> None:
    for each in pages:
        click.echo(f"pages   {each.scheme}://{_shown(settings.host)}:{each.port}/")


def _broker_addresses(settings: Settings, embedded: EmbeddedBroker | None) -> Iterator[str]:
    if embedded is None:
        yield f"{parse_broker(settings.broker).public} (outside)"
        return
    host = _shown(settings.host)
    yield f"mqtt://{host}:{embedded.port} (embedded)"
    if embedded.secure_port is not None:
        yield f"mqtts://{host}:{embedded.secure_port} (embedded)"


def _say_broker(settings: Settings) -> None:
    if trouble := broker_conf.trouble(Path(settings.data)):
        click.echo(f"broker  {trouble}", err=True)


def _shown(host: str) -> str:
    return "127.0.0.1" if host in EVERYWHERE else in_url(host)
