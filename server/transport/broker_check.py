"""Asks the broker what it shows over TLS, as a device that connects would see it; says nothing of itself."""

from __future__ import annotations

import hashlib
import socket
import ssl
from pathlib import Path

from server.domain.addresses import Broker, parse_broker
from server.domain.problems import Problem
from server.services.broker_site import Shown
from server.services.certificate_terms import broker_credentials
from server.services.context import Context
from server.services.doors import fingerprint_of
from server.transport.mqtt.broker_files import user_of
from server.transport.mqtt.mosquitto import known_files

TIMEOUT_S = 2.0


def asked(ctx: Context) -> Shown:
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


def _shown(address: Broker, expected: str) -> Shown:
    # Whether it can be trusted is not the question here.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address.host, address.port), TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=address.host) as line,
        ):
            der = line.getpeercert(binary_form=True) or b""
    except (ssl.SSLError, ConnectionResetError):
        return "other"
    except (OSError, ValueError):
        return "unasked"
    return "file" if hashlib.sha256(der).hexdigest() == expected else "other"
