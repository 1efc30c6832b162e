"""Opens the addresses that are printed, sent and told: does this server answer there, as to a phone, and its
broker, as to a device?
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from server.domain.network.addresses import Answer, Broker, Opened, parse_broker
from server.services.access.session_key import secret_key
from server.services.context import Context
from server.services.network import broker_address, public_address
from server.services.network.endpoints import credentials
from server.storage.locks import IN_USE, Lock
from server.transport.background.broker_check import answer_at
from server.transport.periodic import Periodic

EVERY_S = 60.0
TIMEOUT_S = 2.0
"""For an answer."""
LIMIT_S = 4.0
"""For all of it: looking a name up knows no limit of its own."""
HEADER = "Hailong-Site"
"""In the answer of `/healthz`: which installation this is."""
_log = structlog.get_logger()
_PORTS = {"http": 80, "https": 443}


class AddressWatch(Periodic):
    """Looks again and again, so that pages and devices are told when the address no longer leads here."""

    def __init__(self, ctx: Context, every_s: float = EVERY_S) -> None:
        """Starts nothing yet."""
        self._said = self._said_of_broker = ""
        super().__init__(ctx, "address", self._look, "the public address could not be tried", every_s)

    def _look(self) -> None:
        look(self._ctx)
        trouble, of_broker = public_address.trouble(self._ctx), broker_address.address_trouble(self._ctx)
        if trouble != self._said:
            _log.warning(trouble or "the public address leads here again")
        if of_broker != self._said_of_broker:
            _log.warning(of_broker or "the broker's public address leads to a broker again")
        self._said, self._said_of_broker = trouble, of_broker


def look(ctx: Context) -> None:
    """Open those that are set, and keep in `ctx.site` and `ctx.broker` what was seen; within `LIMIT_S`."""
    pages = _Try(lambda: _open(ctx)) if ctx.settings.public_url else None
    broker = _Try(lambda: _open_broker(ctx)) if ctx.settings.public_broker else None
    until = time.monotonic() + LIMIT_S
    if pages:
        ctx.site.opened = pages.seen(until)
    if broker:
        ctx.broker.opened = broker.seen(until)


class _Try:
    """Opens an address in a thread of its own, for which nobody waits for longer than they will."""

    def __init__(self, opening: Callable[[], Opened]) -> None:
        self._seen = Opened("none")
        self._opening = opening
        self._thread = threading.Thread(target=self._run, name="hailong-address", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._seen = self._opening()

    def seen(self, until: float) -> Opened:
        self._thread.join(max(0.0, until - time.monotonic()))
        return self._seen


def sign_of(data: Path) -> str:
    """What tells this installation from others, and nothing else. Raises `Problem("data-unwritable")`."""
    return hmac.new(secret_key(data), b"site", hashlib.sha256).hexdigest()[:16]


def _open(ctx: Context) -> Opened:
    url = public_address.address(ctx)
    answer = _ask(url, sign_of(Path(ctx.settings.data)))
    return _judged(ctx, answer, urlsplit(url).hostname or "", is_door=_is_door(ctx, url))


def _open_broker(ctx: Context) -> Opened:
    told = parse_broker(ctx.settings.public_broker)
    return _judged(ctx, answer_at(told), told.host, is_door=_is_brokers_door(ctx, told))


def _judged(ctx: Context, answer: Answer, host: str, *, is_door: bool) -> Opened:
    own = _is_own(host)
    if answer != "ours" and not _runs(Path(ctx.settings.data)):
        # A command without a server: a proxy has nothing behind it, and our own ports are not open yet.
        answer = "closed" if answer == "none" and own and not is_door else "unasked"
    return Opened(answer, own)


def _ask(url: str, sign: str) -> Answer:
    # Whether phones trust the certificate is not the question here.
    anyone = ssl._create_unverified_context()  # noqa: S323
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=anyone)
    )
    try:
        with direct.open(f"{url}/healthz", timeout=TIMEOUT_S) as answer:
            said = answer.headers.get(HEADER)
    except urllib.error.HTTPError as error:  # a server that is not well is one all the same
        said = error.headers.get(HEADER)
        error.close()
    except (OSError, ValueError):
        return "none"
    return "ours" if said == sign else "other"


def _is_own(host: str) -> bool:
    """Whether the host is this machine: only its own addresses can be listened on."""
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, 0, type=socket.SOCK_DGRAM)}
    except (OSError, UnicodeError):
        return False
    named = host not in found
    return any(_can_bind(each) for each in found if not (named and ip_address(each).is_loopback))


def _can_bind(ip: str) -> bool:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((ip, 0))
        except OSError:
            return False
    return True


def _is_door(ctx: Context, url: str) -> bool:
    """Whether the settings say that the server will listen there."""
    parts, settings = urlsplit(url), ctx.settings
    port = parts.port or _PORTS[parts.scheme]
    if parts.scheme == "https":
        return port == settings.tls_port and credentials(settings) is not None
    return port == settings.port


def _is_brokers_door(ctx: Context, told: Broker) -> bool:
    """Whether the settings say that the embedded broker will listen there."""
    settings = ctx.settings
    if settings.broker:
        return False
    if told.tls:
        return told.port == settings.mqtt_tls_port and credentials(settings) is not None
    return told.port == settings.mqtt_port


def _runs(data: Path) -> bool:
    """Whether a server runs on this data directory."""
    lock = Lock(data / IN_USE)
    if not lock.take():
        return True
    lock.release()
    return False
