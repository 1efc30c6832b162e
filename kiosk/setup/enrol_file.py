"""`hailong-enrol.toml`: what somebody put on the boot partition so that nobody has to type it.

server = "https://host:8443"
claim = "K7PM9-XQ2RE"
ca = "hailong-ca.pem"      # or the PEM text itself; only where the school has an authority of its own
"""

import tomllib
from pathlib import Path

import msgspec

from kiosk.device.log import Log
from kiosk.setup.problem import EnrolProblem
from survey_defs.typed import from_plain
from survey_defs.whole_file import remove, write_whole

CA_FILE = "enrol-ca.pem"
_log = Log("enrolment")


class EnrolFile(msgspec.Struct, frozen=True):
    """What the file says; `server` may stand alone, the code is then typed at the screen."""

    server: str
    claim: str = ""
    ca: str = ""

    def __repr__(self) -> str:
        return f"EnrolFile({self.server})"  # the code stays out of every log


def read_enrol_file(path: Path) -> EnrolFile:
    """Returns what the file says. Raises `EnrolProblem("bad-file")`."""
    try:
        return from_plain(tomllib.loads(path.read_text(encoding="utf-8-sig")), EnrolFile)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError):
        raise EnrolProblem("bad-file", file=path) from None


def authority_of(file: EnrolFile, path: Path, data: Path) -> Path | None:
    """Returns the file's authority as a file; None where it names none. Raises `EnrolProblem("bad-ca")`."""
    if not file.ca.strip():
        return None
    if "-----BEGIN" not in file.ca:
        named = path.parent / file.ca.strip()
        if not named.is_file():
            raise EnrolProblem("bad-ca", file=named)
        return named
    try:
        write_whole(data / CA_FILE, file.ca.encode(), 0o644)
    except OSError as error:
        raise EnrolProblem("disk", path=data, reason=str(error)) from error
    return data / CA_FILE


def delete_used(path: Path, data: Path) -> None:
    """Delete the file, its code is good for nothing any more; say so where that cannot be done."""
    try:
        remove(data / CA_FILE)
        remove(path)
    except OSError as error:
        _log.warning(
            "the enrolment file could not be deleted: delete it by hand; its code is used up anyway",
            file=str(path),
            reason=error.strerror,
        )
