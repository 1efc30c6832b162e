"""How our own ports speak TLS, with a certificate that may be renewed while they listen."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple

from server.domain.problems import Problem
from server.services.network.endpoints import Credentials, fingerprint_of
from server.services.observed import Served


class Seen(NamedTuple):
    """What tells a file from the one that lay there before."""

    inode: int
    changed_ns: int
    size: int


def seen(shown: Credentials) -> tuple[Seen | None, ...]:
    """How certificate and key lie there now; None for one that is missing."""
    return tuple(_seen(path) for path in shown)


def server_context(shown: Credentials) -> ssl.SSLContext:
    """How our own ports speak TLS: 1.2 at least, as the smallest terminals do.

    Raises `Problem("bad-certificate")` where certificate and key cannot be used together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(shown.certificate, shown.key)
    except (ssl.SSLError, OSError) as error:
        raise Problem("bad-certificate", path=shown.certificate) from error
    return context


class LiveTls:
    """What pages and embedded broker show: one certificate, another one from the moment of `renew` on."""

    def __init__(self, shown: Credentials, served: Served) -> None:
        """`served` is told what is shown. Raises `Problem("bad-certificate")`."""
        self.shown, self._served = shown, served
        self._current = server_context(shown)
        self.context = server_context(shown)
        """For the listening ports. Each handshake asks again what to show: a certificate that is put into a
        living context stays beside the old one where their keys are of different kinds."""
        self.context.sni_callback = self._choose
        served.add(fingerprint_of(shown.certificate))

    def renew(self) -> None:
        """Show what lies there now. Raises `Problem("bad-certificate")`: it is no pair, the old one stays."""
        fresh = server_context(self.shown)
        self._served.add(fingerprint_of(self.shown.certificate))
        self._current = fresh

    def _choose(self, line: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        line.context = self._current


def _seen(path: Path) -> Seen | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return Seen(status.st_ino, status.st_mtime_ns, status.st_size)
