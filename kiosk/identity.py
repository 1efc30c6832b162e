"""Who this kiosk is: what an enrolment left in the data directory, and the number drawn for it.

`device.json` alone decides; `ca.pem` is written out of it, for the libraries that want a file.
"""

import os
from pathlib import Path

import msgspec

from kiosk.log import Log
from kiosk.settings import BadSettings, Broker, read_broker
from kiosk.whole import remove, write_whole
from survey_defs import wire
from survey_defs.typed import from_json

DEVICE, AUTHORITY, NONCE = "device.json", "ca.pem", "enrol-nonce"
_log = Log("enrolment")


class Identity(msgspec.Struct, frozen=True):
    """The credentials of one device. `nonce` is the number that its password was worked out of."""

    broker: str
    """`mqtt(s)://host:port`."""
    school: str
    device: str
    password: str
    nonce: str
    ca: str = ""
    """The authority that vouches for the broker, as PEM; '' where the system's do."""

    def __repr__(self) -> str:
        return f"Identity({self.device}, {self.school}, {self.broker})"  # the password stays out of every log


def kept_identity(data: Path) -> Identity | None:
    """What the last enrolment left; None where there was none, or where the file is broken.

    Raises `BadSettings` where it may not be read.
    """
    try:
        identity = from_json((data / DEVICE).read_bytes(), Identity)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadSettings(
            f"'{data / DEVICE}' cannot be read ({error.strerror}): "
            "start the kiosk as the user who enrolled it"
        ) from error
    except (msgspec.DecodeError, ValueError):
        _log.error("the credentials are broken: enrol this kiosk anew", file=str(data / DEVICE))
        return None
    return identity if wire.is_slug(identity.school) and wire.is_slug(identity.device) else None


def keep_identity(data: Path, identity: Identity) -> None:
    """Keep it, readable by this user alone; from the first write on it is the new one. Raises OSError."""
    write_whole(data / DEVICE, msgspec.json.encode(identity))
    authority_file(data, identity)
    remove(data / NONCE)


def broker_of(
    data: Path, identity: Identity, password: str | None = None, ca_file: Path | None = None
) -> Broker:
    """Where its link connects; `password` and `ca_file` stand above its own. Raises `BadSettings`."""
    try:
        authority = ca_file or authority_file(data, identity)
    except OSError as error:
        raise BadSettings(f"nothing can be written in '{data}' ({error.strerror})") from error
    return read_broker(
        identity.broker,
        identity.device,
        password or identity.password,
        str(authority) if authority is not None else None,
    )


def authority_file(data: Path, identity: Identity) -> Path | None:
    """The file with the authority to trust; None for the system's. Raises OSError.

    Written anew where a cut of the power has left that of another enrolment.
    """
    path, wanted = data / AUTHORITY, identity.ca.encode()
    if not wanted:
        remove(path)
        return None
    if not path.exists() or path.read_bytes() != wanted:
        write_whole(path, wanted, 0o644)
    return path


def kept_nonce(data: Path) -> str:
    """The number of the enrolment under way, drawn once and on the disk before it is used. Raises OSError.

    The same until an answer has come: who asks again with it is answered alike.
    """
    from survey_defs.claim import NONCE_BYTES  # noqa: PLC0415 - once in the life of a kiosk

    try:
        nonce = (data / NONCE).read_text(encoding="ascii")
        if len(bytes.fromhex(nonce)) == NONCE_BYTES and nonce == nonce.lower().strip():
            return nonce
    except (FileNotFoundError, ValueError):
        pass
    nonce = os.urandom(NONCE_BYTES).hex()
    write_whole(data / NONCE, nonce.encode())
    return nonce
