"""Clients that connect and say nothing, or too little: as browsers' preconnects do, and as attackers."""

from __future__ import annotations

import resource
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

HALF_HEADER = b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: "
HALF_FORM = b"POST /dang-nhap HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nlogin="
HALF_HELLO = bytes.fromhex("1603010200010001fc0303")
"""The beginning of a TLS handshake."""
HALF_CONNECT = bytes.fromhex("103000044d515454")
"""The beginning of MQTT's."""


@contextmanager
def silent(port: int, count: int, *beginnings: bytes, tls: bool = False) -> Iterator[list[socket.socket]]:
    """So many connections from eight addresses of this machine, each with one of the beginnings; `tls`: after
    a handshake. Those that the server has closed again stay as they are."""
    _make_files_available(count)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with ExitStack() as opened:
        lines: list[socket.socket] = []
        for number in range(count):
            line = socket.create_connection(("127.0.0.1", port), 30, (f"127.0.1.{number % 8 + 1}", 0))
            opened.callback(line.close)
            if tls:
                line = context.wrap_socket(line)
                opened.callback(line.close)
            line.sendall(beginnings[number % len(beginnings)])
            lines.append(line)
        yield lines


def _make_files_available(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, soft + 2 * count)), hard))
