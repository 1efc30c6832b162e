"""Who this kiosk is: what an enrolment left in the data directory, and the number drawn for it.

`device.json` alone decides; `ca.pem` is written out of it, for the libraries that want a file.
"""

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from kiosk.device.log import Log
from kiosk.device.settings import BadSettings, Broker, read_broker
from survey_defs import wire
from survey_defs.typed import from_json
from survey_defs.whole_file import remove, write_whole

DEVICE, AUTHORITY, RUN = "device.json", "ca.pem", "enrol-run"
_log = Log("enrolment")


class Identity(msgspec.Struct, frozen=True):
    """The credentials of one device."""

    broker: str
    """`mqtt(s)://host:port`."""
    school: str
    device: str
    password: str
    ca: str = ""
    """The authority that vouches for the broker, as PEM; '' where the system's do."""
    mark: str = ""
    """By which it knows the code again that it came in with (`claim.mark_of`)."""

    def __repr__(self) -> str:
        return f"Identity({self.device}, {self.school}, {self.broker})"  # the password stays out of every log


def kept_identity(data: Path) -> Identity | None:
    """Returns what the last enrolment left; None where there was none, or where the file is broken.

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
    remove(data / RUN)


def enrolled_broker(
    data: Path, identity: Identity, password: str | None = None, ca_file: Path | None = None
) -> Broker:
    """Returns where its link connects; `password` and `ca_file` stand above its own. Raises `BadSettings`."""
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
    """Returns the file with the authority to trust; None for the system's. Raises OSError.

    Written anew where a cut of the power has left that of another enrolment.
    """
    path, wanted = data / AUTHORITY, identity.ca.encode()
    if not wanted:
        remove(path)
        return None
    if not path.exists() or path.read_bytes() != wanted:
        write_whole(path, wanted, 0o644)
    return path


def kept_run(data: Path, code: str) -> dict[str, Any]:
    """Returns what is kept of the exchange of this code, begun anew where there is nothing. Raises OSError.

    It goes with the answer: who asks again before that says the same and is answered alike.
    """
    from survey_defs import claim  # noqa: PLC0415 - once in the life of a kiosk

    try:
        kept = json.loads((data / RUN).read_bytes())
    except (FileNotFoundError, ValueError):
        kept = None
    if claim.is_run(kept, code):
        return kept
    return claim.new_run(code, os.urandom(claim.DRAWN_BYTES).hex())


def keep_run(data: Path, run: dict[str, Any]) -> None:
    """Keep it, before the server is shown a proof. Raises OSError."""
    write_whole(data / RUN, json.dumps(run).encode())
