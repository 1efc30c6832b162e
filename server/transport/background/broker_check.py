"""Asks a broker as a device that connects would: whether it answers, and what it shows over TLS.

Nothing is said of who asks: the address may lead to anybody.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
from pathlib import Path

from server.domain.network.addresses import Answer, Broker, parse_broker
from server.domain.problems import Problem
from server.services.context import Context
from server.services.network.certificate_terms import broker_credentials
from server.services.network.endpoints import fingerprint_of
from server.services.observed import BrokerShows
from server.transport.mqtt.broker_files import user_of
from server.transport.mqtt.mosquitto import known_files

TIMEOUT_S = 2.0
_NAME = b"hailong-look"
_CONNECT = bytes([0x10, 12 + len(_NAME)]) + b"\x00\x04MQTT\x04\x02\x00\x0a\x00" + bytes([len(_NAME)]) + _NAME
"""Without a user: a broker of ours refuses it, and with that has answered (MQTT 3.1.1, 3.1 and 3.2)."""
_CONNACK = b"\x20\x02"


def asked(ctx: Context) -> BrokerShows:
    """What the outside broker shows, beside the file of which `broker config` has told it.

    Notes in `ctx.broker` as whom it runs.
    """
    data = Path(ctx.settings.data)
    files, directory = broker_credentials(data), known_files(data)
    if not ctx.settings.broker or files is None or directory is None:
        return "unasked"
    ctx.broker.user = user_of(directory) or ctx.broker.user
    try:
        address, expected = parse_broker(ctx.settings.broker), fingerprint_of(files.certificate)
    except (OSError, Problem):
        return "unasked"  # whoever reads these for their own use says so
    return _shown(address, expected) if address.tls else "unasked"


def answer_at(address: Broker) -> Answer:
    """Who answers there: a broker, which is taken for ours; something else; nobody."""
    try:
        with socket.create_connection((address.host, address.port), TIMEOUT_S) as plain:
            if not address.tls:
                return _answer(plain)
            with _anyones().wrap_socket(plain, server_hostname=address.host) as line:
                return _answer(line)
    except (OSError, ValueError):
        return "none"


def _answer(line: socket.socket) -> Answer:
    line.sendall(_CONNECT)
    try:
        return "ours" if line.recv(4)[:2] == _CONNACK else "other"
    except OSError:
        return "other"


def _anyones() -> ssl.SSLContext:
    """Whether devices trust the certificate is not the question here."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _shown(address: Broker, expected: str) -> BrokerShows:
    try:
        with (
            socket.create_connection((address.host, address.port), TIMEOUT_S) as plain,
            _anyones().wrap_socket(plain, server_hostname=address.host) as line,
        ):
            der = line.getpeercert(binary_form=True) or b""
            with contextlib.suppress(OSError):
                line.unwrap()  # a line that is only cut stands in its log as an error, each time
    except (ssl.SSLError, ConnectionResetError):
        return "other"
    except (OSError, ValueError):
        return "unasked"
    return "file" if hashlib.sha256(der).hexdigest() == expected else "other"
