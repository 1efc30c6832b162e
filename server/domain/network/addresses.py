"""Addresses of brokers: read from a setting, told to a technician, never with their password."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal, NamedTuple, Protocol, TypeAlias
from urllib.parse import unquote, urlsplit

from server.domain.problems import Problem

EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
"""Hosts to listen on that mean every address of this machine."""
Reach: TypeAlias = Literal["machine", "network", "anywhere", "nobody"]
"""Who gets to an address: this machine alone, whoever is in the school's network, everybody, nobody."""
Answer: TypeAlias = Literal["ours", "other", "none", "closed", "unasked"]
"""Who answers at an address: this server, somebody else, nobody; nobody, while no server runs here, at a port
that the settings do not name; or nothing that could be known."""
_IPV6_NETWORK = 64
_NOBODYS = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))
"""Addresses for examples (RFC 5737, RFC 3849): no route leads there."""


class Opened(NamedTuple):
    """What came of opening an address from this machine. `own`: its host is this machine."""

    answer: Answer = "unasked"
    own: bool = False


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


def network_of(address: str) -> str:
    """The address, of an IPv6 one the network that a household or a phone has for itself."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, _IPV6_NETWORK), strict=False))


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
    return settings.public_url.rstrip("/") if settings.public_url else own_address(settings, machine)


def own_address(settings: PageSettings, machine: str) -> str:
    """Where this server's own port is, as others in its network reach it; `machine` as for `page_address`."""
    host = machine if settings.host in EVERYWHERE else settings.host
    return f"http://{in_url(host)}:{settings.port}"


def reach(address: str, opened: Opened | None = None) -> Reach:
    """From where the pages at this address can be opened, as far as the address and what was seen say.

    Nobody opens an address of this machine, or a private one, at which this server does not answer; at any
    other the failure may be that of the way from here, which `is_unproven` tells.
    """
    host = urlsplit(address).hostname or ""
    ip = _ip(host)
    if opened is not None and _is_nobodys(ip, opened):
        return "nobody"
    if host == "localhost" or (ip is not None and ip.is_loopback):
        return "machine"
    if ip is None:
        return "network" if "." not in host or host.endswith(".local") else "anywhere"
    return "network" if ip.is_private or ip.is_link_local else "anywhere"


def is_unproven(address: str, opened: Opened) -> bool:
    """Whether the server could not open the address itself, and others may all the same: by a name that this
    machine does not know, at a router that lets in from outside only, or once a server runs.
    """
    return opened.answer in ("other", "none", "closed") and reach(address, opened) != "nobody"


def _ip(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_nobodys(ip: IPv4Address | IPv6Address | None, opened: Opened) -> bool:
    if ip is not None and (ip.is_unspecified or ip.is_multicast):
        return True
    if opened.answer == "ours":
        return False
    if opened.answer in ("other", "none") and (opened.own or (ip is not None and not ip.is_global)):
        return True
    return ip is not None and not opened.own and any(ip in each for each in _NOBODYS)


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
