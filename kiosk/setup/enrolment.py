"""Enrolment: a claim code is exchanged for the credentials of this kiosk; see `survey_defs.claim`.

Answers that are still here go first, with the old credentials: after the exchange these no longer hold, and a
device that changes its school would bring them to the wrong one. Every step may be cut off and be made again.
"""

import contextlib
import hashlib
import http.client
import socket
import sqlite3
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kiosk.device.identity import AUTHORITY, Identity, keep_identity, keep_run, kept_identity, kept_run
from kiosk.device.settings import BadSettings, read_broker
from kiosk.setup.problem import EnrolProblem
from kiosk.setup.server import read_server
from kiosk.setup.undelivered import Deliver, deliver_all, set_aside_undelivered
from survey_defs import claim, spake2
from survey_defs.server_address import ServerAddress

TIMEOUT_S = 10.0


def enrol(
    data: Path,
    server: str,
    code: str,
    *,
    ca_file: Path | None = None,
    leave_undelivered: bool = False,
    deliver: Deliver = deliver_all,
) -> Identity:
    """Exchange the code and keep what comes of it. Raises `EnrolProblem`; the old credentials then stand.

    The same code again, after it was exchanged, changes nothing. No other kiosk may run in `data`.
    With `leave_undelivered` the exchange is made though answers wait here: they stay where device and school
    stay the same, and else are set aside in a file of their own.
    """
    where, read = read_server(server), claim.read_code(code)
    if read is None:
        raise EnrolProblem("bad-code")
    try:
        old = kept_identity(data)
        if old is not None and claim.mark_of(old.password, read) == old.mark:
            return old
        if not leave_undelivered and (left := deliver(data, old)):
            raise EnrolProblem("undelivered", count=left)
        asking = claim.Asking(read, "kiosk", kept_run(data, read))
        terms, password = ask(where, asking, lambda run: keep_run(data, run), ca_file or data / AUTHORITY)
        identity = _identity(terms, password, claim.mark_of(password, read))
        if old is None or (old.school, old.device) != (identity.school, identity.device):
            set_aside_undelivered(data)
        keep_identity(data, identity)
    except (OSError, sqlite3.Error) as error:
        raise EnrolProblem("disk", path=data, reason=str(error)) from error
    return identity


# The exchange


def ask(
    server: ServerAddress,
    asking: claim.Asking,
    keep: Callable[[dict[str, Any]], None],
    authority: Path | None,
) -> tuple[dict[str, Any], str]:
    """The terms that the server answers, and the password. Raises `EnrolProblem`, and OSError of `keep`.

    `keep` is given what has to be kept before the server is shown a proof. `authority`: a file with those to
    trust; where it cannot vouch for the server, nor the system's can, the proofs bind the certificate that
    was shown instead.
    """
    while True:
        with _as_problems(server):
            spake2.last(asking.begin())
            connection, certificate = _connect(server, authority)
        with contextlib.closing(connection):
            with _as_problems(server):
                if not asking.hear(_post(connection, asking.hello()), certificate):
                    continue
                spake2.last(asking.meet())
            keep(asking.kept)
            with _as_problems(server):
                try:
                    return asking.read_answer(_post(connection, asking.proof()))
                except claim.ClaimError as error:
                    if error.code != "enrol-again":
                        raise
                    asking.again()


@contextlib.contextmanager
def _as_problems(server: ServerAddress) -> Iterator[None]:
    """What goes wrong with that server, as an `EnrolProblem`."""
    try:
        yield
    except claim.ClaimError as error:
        raise EnrolProblem(error.code, address=server.host_port()) from None
    except http.client.HTTPException:
        raise EnrolProblem("bad-answer", address=server.host_port()) from None
    except socket.gaierror:
        raise EnrolProblem("unknown-host", address=server.host_port()) from None
    except ssl.SSLError:
        raise EnrolProblem("not-tls", address=server.host_port()) from None
    except OSError:
        raise EnrolProblem("unreachable", address=server.host_port()) from None


def _post(connection: http.client.HTTPConnection, body: bytes) -> bytes:
    """Returns what is answered to it.

    A server that closed the line after its last answer is called again: whoever it is then, the certificate
    of the first time is the one that the proofs are about.
    """
    connection.request("POST", claim.PATH, body, {"Content-Type": "application/json"})
    return connection.getresponse().read(claim.MAX_BYTES + 1)


def _connect(server: ServerAddress, authority: Path | None) -> tuple[http.client.HTTPConnection, str]:
    """A connection, and the fingerprint of the server's certificate where nobody known vouches for it."""
    if not server.secure:
        return http.client.HTTPConnection(server.host, server.port, timeout=TIMEOUT_S), ""
    known = ssl.create_default_context()
    if authority is not None and authority.exists():
        try:
            known.load_verify_locations(authority)
        except (ssl.SSLError, OSError):
            if authority.name != AUTHORITY:
                raise EnrolProblem("bad-ca", file=authority) from None
    try:
        connection = http.client.HTTPSConnection(server.host, server.port, timeout=TIMEOUT_S, context=known)
        connection.connect()
    except ssl.SSLCertVerificationError:
        return _connect_unverified(server)
    return connection, ""


def _connect_unverified(server: ServerAddress) -> tuple[http.client.HTTPConnection, str]:
    unknown = ssl.create_default_context()
    unknown.check_hostname = False
    unknown.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(server.host, server.port, timeout=TIMEOUT_S, context=unknown)
    connection.connect()
    shown = connection.sock.getpeercert(binary_form=True)
    if not shown:
        raise ssl.SSLError("the server shows no certificate")
    return connection, hashlib.sha256(shown).hexdigest()


def _identity(terms: dict[str, Any], password: str, mark: str) -> Identity:
    """Returns what the terms make of this kiosk. Raises `EnrolProblem`."""
    if terms.get("kind") != "kiosk":
        raise EnrolProblem("claim-wrong-kind")
    try:
        read_broker(terms["broker"], terms["device"], None)
    except BadSettings:
        raise EnrolProblem("bad-answer", address=terms["broker"]) from None
    return Identity(
        broker=terms["broker"],
        school=terms["school"],
        device=terms["device"],
        password=password,
        ca=terms["ca"],
        mark=mark,
    )
