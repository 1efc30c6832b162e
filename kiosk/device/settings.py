"""Settings of one kiosk: read once from the command line and the environment, then passed in."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from kiosk.device.clock import SYNCHRONIZED
from survey_defs import wire

PORTS = {"mqtt": 1883, "mqtts": 8883}


class BadSettings(Exception):  # noqa: N818 - reads as what it is
    """The settings cannot be used; the text says which, and what to do."""


class Broker(msgspec.Struct, frozen=True):
    """Where the link connects, and as whom."""

    host: str
    port: int
    username: str
    password: str
    tls: bool = False
    ca_file: str | None = None
    """Certificates to trust instead of the system's, for a school's own authority."""

    def __repr__(self) -> str:
        return f"Broker({self.host}:{self.port}, tls={self.tls})"  # the password stays out of every log


class KioskSettings(msgspec.Struct, frozen=True):
    """Everything a kiosk is told."""

    broker: Broker | None
    """None until this kiosk is enrolled: school and device are '' then."""
    school: str
    device: str
    data: Path
    size: tuple[int, int] | None = None
    """The window's size in pixels; None takes what the screen offers."""
    fullscreen: bool = False
    synced_file: Path = SYNCHRONIZED
    """Exists once a time server has set the clock."""
    trace: Path | None = None
    """Where to write screen names, target places and times, for tests and measurements."""


class Offer(msgspec.Struct, frozen=True):
    """What the set-up screen of a kiosk begins with."""

    server: str = ""
    claim: str = ""
    """A code that is tried without being typed."""
    ca_file: Path | None = None
    file: Path | None = None
    """Where this was read; deleted once the code was exchanged."""

    def __repr__(self) -> str:
        return f"Offer({self.server})"  # the code stays out of every log


def read_broker(url: str, device: str, password: str | None, ca_file: str | None = None) -> Broker:
    """Returns the broker of `mqtt(s)://[user:password@]host[:port]`; `password` stands above the URL's.

    The user name is the device's id unless the URL names another. Raises `BadSettings`.
    """
    parts = urlsplit(url if "://" in url else f"mqtt://{url}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in PORTS or not parts.hostname or port == -1:
        raise BadSettings("--broker must look like mqtt://host:1883 or mqtts://host:8883")
    return Broker(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else device,
        password=password or unquote(parts.password or ""),
        tls=parts.scheme == "mqtts",
        ca_file=ca_file,
    )


def read_size(text: str | None) -> tuple[int, int] | None:
    """`800x480` as (800, 480). Raises `BadSettings`."""
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) >= 320 and int(height) >= 240):
        raise BadSettings("--size must look like 800x480, and be no smaller than 320x240")
    return int(width), int(height)


def check_slug(name: str, value: str) -> str:
    """`value` if it can stand in a topic. Raises `BadSettings`."""
    if not wire.is_slug(value):
        raise BadSettings(f"{name} '{value}' must be 1 to 64 of a-z, 0-9 and '-'")
    return value


def prepare_data(data: Path) -> Path:
    """Make the data directory and see that it can be written. Raises `BadSettings`."""
    probe = data / ".writable"
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BadSettings(
            f"the data directory '{data}' cannot be written ({error.strerror}): "
            "choose another with --data, or give this user the right to write there"
        ) from error
    return data


@contextlib.contextmanager
def locked(data: Path) -> Iterator[None]:
    """Two kiosks in one directory would number answers twice: only one may run. Raises `BadSettings`."""
    with (data / "kiosk.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadSettings(
                f"another kiosk already runs in '{data}': stop it, or give this one a --data of its own"
            ) from error
        yield
