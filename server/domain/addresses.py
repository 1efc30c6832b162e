"""Addresses of brokers: read from a setting, told to a technician, never with their password."""

from ipaddress import ip_address
from typing import Literal, NamedTuple, Protocol, TypeAlias
from urllib.parse import unquote, urlsplit

from server.domain.problems import Problem

EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
"""Hosts to listen on that mean every address of this machine."""
Reach: TypeAlias = Literal["machine", "network", "anywhere"]
"""Who gets to an address: this machine alone, whoever is in the school's network, everybody."""


class Broker(NamedTuple):
    """Where a broker is and who we are to it."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None

    @property
    def public(self) -> str:
        """The address without who we are."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


def parse_broker(url: str) -> Broker:
    """The broker of `mqtt(s)://user:password@host:port`; user, password and port may be missing.

    The parts are percent-decoded. Raises `Problem("bad-broker")`, which never repeats the address:
    it may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Problem("bad-broker") from error
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or parts.path not in ("", "/"):
        raise Problem("bad-broker")
    tls = parts.scheme == "mqtts"
    return Broker(
        parts.hostname,
        port or (8883 if tls else 1883),
        tls,
        None if parts.username is None else unquote(parts.username),
        None if parts.password is None else unquote(parts.password),
    )


class BrokerSettings(Protocol):
    """The settings that say where the broker is."""

    @property
    def host(self) -> str:
        """The address that the embedded broker listens on."""

    @property
    def mqtt_port(self) -> int:
        """Its port."""

    @property
    def mqtt_tls_port(self) -> int:
        """Its port over TLS."""

    @property
    def broker(self) -> str:
        """The outside broker, or empty."""

    @property
    def public_broker(self) -> str:
        """The broker as devices see it, or empty."""


class PageSettings(Protocol):
    """The settings that say where the pages are."""

    @property
    def host(self) -> str:
        """The address that the pages listen on."""

    @property
    def port(self) -> int:
        """Their port."""

    @property
    def public_url(self) -> str:
        """Their address as phones see it, or empty."""


def page_address(settings: PageSettings, machine: str) -> str:
    """The pages' address as a phone reaches it, without a slash at its end.

    `machine` is this machine's address in its network, for pages that listen on every one.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = machine if settings.host in EVERYWHERE else settings.host
    return f"http://{in_url(host)}:{settings.port}"


def reach(address: str) -> Reach:
    """From where the pages at this address can be opened, as far as the address itself says."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return "machine"
    try:
        ip = ip_address(host)
    except ValueError:
        return "network" if "." not in host or host.endswith(".local") else "anywhere"
    if ip.is_loopback:
        return "machine"
    return "network" if ip.is_private or ip.is_link_local else "anywhere"


def printed_address(settings: PageSettings) -> str:
    """The pages' address for paper, which outlives any guess: the one that was set, as `page_address`.

    Raises `Problem("no-public-url")` where none was.
    """
    if not settings.public_url:
        raise Problem("no-public-url")
    return page_address(settings, "")


def device_broker(settings: BrokerSettings, machine: str, *, secure: bool) -> str:
    """The broker's address for a device's own settings, as well as we can know it.

    `machine` is this machine's address in its network; `secure`: the embedded broker listens over TLS too.
    """
    if settings.public_broker:
        return settings.public_broker
    if settings.broker:
        return parse_broker(settings.broker).public
    host = in_url(machine if settings.host in EVERYWHERE else settings.host)
    return f"mqtts://{host}:{settings.mqtt_tls_port}" if secure else f"mqtt://{host}:{settings.mqtt_port}"


def in_url(host: str) -> str:
    """A host as it stands in a URL: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host
