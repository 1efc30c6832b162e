"""Where devices come in: the addresses over TLS, the certificate shown there, the authority behind it.

`hailong tls make` puts an authority of the installation's own and a certificate into `<data>/tls`; the
settings `tls_cert`, `tls_key` and `tls_ca` name others.
"""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from server.domain.network import addresses
from server.domain.network.addresses import Opened
from server.domain.problems import Problem
from server.services.network.lan import lan_address
from server.services.observed import Served

if TYPE_CHECKING:
    from server.settings import Settings

FOLDER = "tls"
CERTIFICATE, KEY, AUTHORITY = "server.pem", "server.key", "ca.pem"


class Credentials(NamedTuple):
    """What a listening port shows: a certificate chain and its key, PEM files."""

    certificate: Path
    key: Path


def credentials(settings: Settings) -> Credentials | None:
    """What the server's own ports show over TLS; None where it has no certificate with its key.

    Raises `Problem("no-certificate")` where the settings name a file that is not there.
    """
    if settings.tls_cert and settings.tls_key:
        return Credentials(_named(settings.tls_cert), _named(settings.tls_key))
    if settings.tls_cert:
        return None  # a proxy holds the key
    made = Path(settings.data) / FOLDER
    own = Credentials(made / CERTIFICATE, made / KEY)
    return own if own.certificate.is_file() and own.key.is_file() else None


def fingerprint(settings: Settings) -> str | None:
    """The SHA-256 of the certificate that devices are shown, in hex; None where the server does not know it.

    Raises `Problem`: `no-certificate`, `bad-certificate`.
    """
    shown = credentials(settings)
    path = shown.certificate if shown else _named(settings.tls_cert) if settings.tls_cert else None
    return None if path is None else fingerprint_of(path)


def served_fingerprints(served: Served, settings: Settings) -> frozenset[str]:
    """The certificates that a device may have seen; where this process shows none, the one that a proxy does.

    Raises as `fingerprint` does.
    """
    known = None if served.fingerprints else fingerprint(settings)
    return served.fingerprints if known is None else frozenset({known})


def fingerprint_of(path: Path) -> str:
    """The SHA-256 of the first certificate in a PEM file, in hex. Raises `Problem("bad-certificate")`."""
    text = path.read_text(encoding="ascii", errors="replace")
    first, mark, _ = text.partition("-----END CERTIFICATE-----")
    try:
        der = ssl.PEM_cert_to_DER_cert(first[first.index("-----BEGIN") :] + mark)
    except ValueError as error:
        raise Problem("bad-certificate", path=path) from error
    return hashlib.sha256(der).hexdigest()


def authority(settings: Settings) -> str:
    """The certificate of the authority that devices are to trust, PEM; '' where they need none of ours.

    Raises `Problem("no-certificate")`.
    """
    if settings.tls_ca:
        return _named(settings.tls_ca).read_text(encoding="ascii", errors="replace")
    made = Path(settings.data) / FOLDER / AUTHORITY
    return made.read_text(encoding="ascii") if made.is_file() else ""


def enrol_server(settings: Settings, opened: Opened | None = None) -> str:
    """The address that a new device is told, `https://host:port`; '' while there is no way in over TLS.

    `opened`: what came of opening the public address; one that nobody can open is told to no device.
    """
    public = settings.public_url.rstrip("/")
    if opened is not None and addresses.reach(public, opened) == "nobody":
        public = ""
    if public.startswith("https://"):
        return public
    if credentials(settings) is None:
        return public if addresses.reach(public) == "machine" else ""
    host = urlsplit(public).hostname or lan_address()
    if settings.host not in addresses.EVERYWHERE:
        host = settings.host
    return f"https://{addresses.in_url(host)}:{settings.tls_port}"


def device_broker(settings: Settings) -> str:
    """The broker's address for a device's own settings, as well as we can know it."""
    secure = credentials(settings) is not None
    return addresses.device_broker(settings, lan_address(), secure=secure)


def _named(path: str) -> Path:
    file = Path(path)
    if not file.is_file():
        raise Problem("no-certificate", path=path)
    return file
