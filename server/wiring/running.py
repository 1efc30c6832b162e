"""A running server as the list of its parts: everything, the pages alone, or the taking of answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from server.domain.network.addresses import Broker, parse_broker
from server.domain.network.rights import SERVER_USER
from server.domain.problems import Problem
from server.services.context import Context
from server.services.network.endpoints import credentials
from server.settings import Settings
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
from server.transport.mqtt.mosquitto import server_secret
from server.transport.ports.tls import LiveTls

if TYPE_CHECKING:
    from server.transport.http.serving.server import Pages


class Part(Protocol):
    """One running part of the server."""

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End, soon."""


@dataclass(frozen=True)
class Server:
    """The parts in the order in which they start; they stop in the opposite one."""

    parts: list[Part]
    pages: list[Pages] = field(default_factory=list)
    """Those of them that serve pages: plain, and over TLS where there is a certificate."""
    broker: EmbeddedBroker | None = None
    """That of them which is the broker, where no outside one is used."""


def everything(ctx: Context, settings_file: Path | None) -> Server:
    """What `hailong serve` runs."""
    tls = _tls(ctx)
    broker = None if ctx.settings.broker else _embedded(ctx, tls)
    intake = _intake(ctx, broker)
    pages = _pages(ctx, tls, lambda: intake.is_ready)
    return Server(
        [
            *([broker] if broker else []),
            intake,
            *pages,
            ClockKeeper(ctx),
            Reviewer(ctx),
            Sweeper(ctx),
            CertificateWatch(ctx, tls),
            AddressWatch(ctx),
            *([] if broker else [BrokerFiles(ctx)]),
            Checkpointer(ctx),
            Backups(ctx, settings_file),
        ],
        pages,
        broker,
    )


def pages_alone(ctx: Context) -> Server:
    """What `hailong web` runs."""
    tls = _tls(ctx)
    pages = _pages(ctx, tls, None)
    return Server(
        [
            *pages,
            ClockKeeper(ctx),
            CertificateWatch(ctx, tls),
            AddressWatch(ctx),
            Checkpointer(ctx),
        ],
        pages,
    )


def answers_alone(ctx: Context, settings_file: Path | None) -> Server:
    """What `hailong ingest` runs, beside an outside broker."""
    return Server(
        [
            _intake(ctx, None),
            ClockKeeper(ctx),
            Reviewer(ctx),
            Sweeper(ctx),
            BrokerFiles(ctx),
            CertificateWatch(ctx, None),
            AddressWatch(ctx),
            Checkpointer(ctx),
            Backups(ctx, settings_file),
        ]
    )


def hold(held: ExitStack, settings: Settings, *, takes_answers: bool) -> None:
    """Take the data directory for a running server, as long as `held` lasts.

    Raises `Problem`: `data-in-use` while a restore has it, `ingest-running` where another takes answers.
    """
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


def _tls(ctx: Context) -> LiveTls | None:
    """What our own ports show over TLS, if there is a certificate with its key."""
    shown = credentials(ctx.settings)
    return LiveTls(shown, ctx.served) if shown else None


def _embedded(ctx: Context, tls: LiveTls | None) -> EmbeddedBroker:
    secure = Secure(ctx.settings.mqtt_tls_port, tls.context) if tls else None
    return EmbeddedBroker(ctx, ctx.settings.host, ctx.settings.mqtt_port, secure)


def _intake(ctx: Context, broker: EmbeddedBroker | None) -> Intake:
    """What takes answers, from that broker or from the outside one of the settings."""
    if broker is not None:
        return Intake(ctx, broker.server_address, clean=True)
    return Intake(ctx, _with_secret(ctx, parse_broker(ctx.settings.broker)), clean=False)


def _with_secret(ctx: Context, address: Broker) -> Broker:
    """An address without a user means the broker that `broker config` wrote the files for."""
    if address.username is not None:
        return address
    secret = server_secret(Path(ctx.settings.data))
    return address._replace(username=SERVER_USER, password=secret) if secret else address


def _pages(ctx: Context, tls: LiveTls | None, ready: Callable[[], bool] | None) -> list[Pages]:
    """The pages, and once more over TLS where there is a certificate."""
    # The pages bring Flask and all that hangs on it; `hailong ingest` does without.
    from server.transport.http.serving.server import Pages  # noqa: PLC0415
    from server.wiring.pages import create_app  # noqa: PLC0415

    app, settings = create_app(ctx), ctx.settings
    if ready is not None:
        app.config["READY"] = ready
    pages = [Pages(app, settings.host, settings.port, settings.trusted_proxy)]
    if tls is not None:
        pages.append(
            Pages(app, settings.host, settings.tls_port, settings.trusted_proxy, context=tls.context)
        )
        app.config["TLS_PORT"] = pages[-1].port
    return pages
