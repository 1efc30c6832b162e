"""What the lock files pin: names, versions and the hashes of what may be installed."""

import re
from pathlib import Path
from typing import NamedTuple

REQUIREMENTS = Path(__file__).parent.parent / "requirements"
LOCKS = ("run.txt", "dev.txt", "stubs-esp32.txt", "stubs-rp2.txt")
"""`run.txt` is what a server, a kiosk and whoever flashes a box run; the rest is for the makers alone."""

_PIN = re.compile(
    r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^ ;\\\n]+)(?P<rest>(?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Pin(NamedTuple):
    """One package of a lock file; `hashes`: the SHA-256, in hex, of every file that may be taken for it."""

    name: str
    version: str
    hashes: tuple[str, ...]


def pins(lock: str) -> list[Pin]:
    """The packages of one of `LOCKS`, in the order of their names."""
    text = (REQUIREMENTS / lock).read_text(encoding="utf-8")
    return [
        Pin(found["name"], found["version"], tuple(_HASH.findall(found["rest"])))
        for found in _PIN.finditer(text)
    ]
