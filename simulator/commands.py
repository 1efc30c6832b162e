"""The `hailong` command, used as an administrator would: nothing of the server is imported."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from simulator.options import SimulationError
from survey_defs.typed import from_json

HAILONG = [sys.executable, "-m", "survey_defs.cli"]
_HEALTHY_TIMEOUT_S = 60.0
_LOOK_S = 0.5


class Login(msgspec.Struct, frozen=True):
    """What a device connects as."""

    device: str
    kind: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.device})"  # the password stays out of every log


class Devices(msgspec.Struct, frozen=True):
    """What `hailong device add-sample --json` prints."""

    school: str
    broker: str
    devices: tuple[Login, ...]


class Journal(msgspec.Struct, frozen=True):
    """What the server says of one journal."""

    journal: str
    device: str
    stored: int
    last: int
    holes: list[tuple[int, int]]


class StoredTime(msgspec.Struct, frozen=True):
    """When the server says that an event happened, and how far off it may be; None: it claims nothing."""

    id: str
    occurred_at: int
    quality: str
    uncertainty_ms: int | None


class Arrived(msgspec.Struct, frozen=True):
    """What `hailong device arrived --json` prints."""

    missing: int
    journals: list[Journal]
    times: list[StoredTime] = []


def hailong(
    *arguments: str, stdin: str | None = None, may_fail: bool = False, passes_on: bool = False
) -> str:
    """Run a command to its end; what it printed. Raises `SimulationError` with its own words.

    With `passes_on`, what it says beside that, on standard error, is said here.
    """
    done = subprocess.run(  # noqa: S603 - our own command
        [*HAILONG, *arguments], input=stdin, capture_output=True, text=True, check=False
    )
    if passes_on and not done.returncode:
        sys.stderr.write(done.stderr)
    if done.returncode and not may_fail:
        raise SimulationError(done.stderr.strip().removeprefix("Error: ") or f"hailong {arguments[0]} failed")
    return done.stdout


def add_devices(
    data: Path, school: str, kiosks: int, boxes: int, *, even_real: bool, is_own: bool = False
) -> Devices:
    """Make sure that these sample devices are there, and get their passwords. Raises `SimulationError`.

    `is_own`: the data are the simulation's own, and nobody need hear that they are new.
    """
    numbers = ["--kiosks", str(kiosks), "--boxes", str(boxes), *(["--yes"] if even_real else [])]
    command = ("device", "add-sample", "--school", school, *numbers, "--data", str(data), "--json")
    said = hailong(*command, passes_on=not is_own)
    return from_json(said, Devices)


def read_devices(path: Path) -> Devices:
    """Returns what `hailong device add-sample --json` wrote into this file. Raises `SimulationError`."""
    try:
        return from_json(path.read_bytes(), Devices)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise SimulationError(
            f"--devices {path} must hold what 'hailong device add-sample --json' printed: {error}"
        ) from error


def arrived(data: Path, school: str, *, times: bool = False) -> Arrived:
    """Returns what the server has of every journal of the school; with `times`, when each event happened."""
    more = ["--times"] if times else []
    said = hailong(
        "device", "arrived", "--school", school, "--data", str(data), "--json", *more, may_fail=True
    )
    return from_json(said, Arrived)


def wait_for_clock(data: Path) -> None:
    """Wait until the server trusts its clock and has timed what was open. Raises `SimulationError`."""
    until = time.monotonic() + _HEALTHY_TIMEOUT_S
    while time.monotonic() < until:
        said = json.loads(hailong("clock", "show", "--data", str(data), "--json"))
        if not said["doubt"] and not said["settling"]:
            return
        time.sleep(_LOOK_S)
    raise SimulationError("the server still doubts its clock, which has been right for a minute")


def doctor(data: Path) -> list[str]:
    """Returns what `hailong doctor` finds wrong; nothing, if all is well."""
    found: dict[str, Any] = json.loads(hailong("doctor", "--data", str(data), "--json", may_fail=True))
    return [f"{one['check']}: {one['words']}" for one in found["findings"] if not one["sound"]]
