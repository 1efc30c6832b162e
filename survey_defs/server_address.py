"""The address of a school's server, as somebody types it into a device. CPython and MicroPython."""

TLS_PORT = 8443
"""Where a school's own server listens for TLS (the setting `tls_port`)."""
HTTPS_PORT, HTTP_PORT = 443, 80
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_HOST = 253
"""Characters of a host name (RFC 1035, 2.3.4)."""
_DIGITS = "0123456789"
_NAME = "abcdefghijklmnopqrstuvwxyz0123456789.-_"
_IPV6 = "abcdef0123456789:."


class ServerAddress:
    """Scheme, host and port of a server; `path` is what was typed behind them, without the first slash."""

    def __init__(self, scheme: str, host: str, port: int, path: str = "") -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken there."""
        return self.scheme == "https"

    @property
    def insecure(self) -> bool:
        """Whether a secret would travel readable over a network: `http` to another machine than this one."""
        return self.scheme == "http" and self.host not in LOOPBACK

    def host_port(self) -> str:
        """Returns `host:port`, as somebody would type it; an IPv6 address in brackets."""
        host = "[" + self.host + "]" if ":" in self.host else self.host
        return host + ":" + str(self.port)

    def spell(self) -> str:
        """Returns the whole address, as the dashboard shows it."""
        return self.scheme + "://" + self.host_port()


def read_address(text: str) -> ServerAddress:
    """Returns the address in `https://host:8443/path`, in which only the host is required.

    Without a scheme it is `https`; without a port `default_port`. Raises ValueError for what is no address.
    """
    scheme, mark, rest = text.strip().lower().partition("://")
    if not mark:
        scheme, rest = "https", scheme
    rest, _, path = rest.partition("/")
    if rest.startswith("["):
        host, mark, port = rest[1:].partition("]")
        valid = bool(mark) and ":" in host and not host.strip(_IPV6) and (not port or port[0] == ":")
        has_port, port = bool(port), port[1:]
    else:
        host, mark, port = rest.partition(":")
        has_port = bool(mark)
        valid = not host.strip(_NAME) and ".." not in host
    if scheme not in ("https", "http") or not host or len(host) > MAX_HOST or not valid:
        raise ValueError("no address")
    if not has_port:
        return ServerAddress(scheme, host, default_port(scheme, host), path)
    if not port or port.strip(_DIGITS) or len(port) > 5 or not 0 < int(port) < 65536:
        raise ValueError("no port")
    return ServerAddress(scheme, host, int(port), path)


def default_port(scheme: str, host: str) -> int:
    """Returns the port meant where none was typed.

    With `https` a full domain name means the public port, behind which a proxy listens; an IP address, a name
    without a dot and one of the local network (`.local`) mean the school's own server.
    """
    if scheme == "http":
        return HTTP_PORT
    is_ip = ":" in host or not host.replace(".", "").strip(_DIGITS)
    return TLS_PORT if is_ip or "." not in host or host.endswith(".local") else HTTPS_PORT
