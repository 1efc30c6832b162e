"""Keeps the files of an outside broker as the devices are: whoever enrols or moves needs no hand there."""

from __future__ import annotations

import os
import pwd
import signal
from pathlib import Path

import structlog

from server.services.context import Context
from server.transport.mqtt.mosquitto import PID, Credential, devices_in_use, known_files, rewrite_devices
from server.transport.periodic import Periodic

EVERY_S = 1.0
_log = structlog.get_logger()


class BrokerFiles(Periodic):
    """Where `hailong broker config` has written files: writes the devices anew when they change, and lets
    mosquitto read them."""

    def __init__(self, ctx: Context, every_s: float = EVERY_S) -> None:
        """Starts nothing yet."""
        self._devices: list[Credential] | None = None
        super().__init__(ctx, "broker-files", self._look, "the broker's files could not be kept", every_s)

    def _look(self) -> None:
        devices = devices_in_use(self._ctx)
        if devices == self._devices:
            return
        directory = known_files(Path(self._ctx.settings.data))
        if directory is not None:
            rewrite_devices(self._ctx, directory)
            reload_broker(directory)
        self._devices = devices


def reload_broker(directory: Path) -> bool:
    """Let the mosquitto of that directory read its files again; False, and a word in the log, where this
    process may not tell it.
    """
    try:
        if (pid := _running(directory)) is not None:
            os.kill(pid, signal.SIGHUP)
            return True
    except (OSError, ValueError) as error:
        _log.warning(
            "the broker's files are new, but mosquitto could not be told: "
            "let it read them with systemctl reload mosquitto, or kill -HUP",
            error=type(error).__name__,
        )
    return False


def user_of(directory: Path) -> str | None:
    """As whom the mosquitto of that directory runs; None where it is not known to run on this machine."""
    try:
        pid = _running(directory)
        return None if pid is None else pwd.getpwuid(Path(f"/proc/{pid}").stat().st_uid).pw_name
    except (OSError, ValueError, KeyError):
        return None


def _running(directory: Path) -> int | None:
    """Its process; None where the number that was left there is another program's by now.

    Raises `OSError`, `ValueError`: there is none.
    """
    pid = int((directory / "state" / PID).read_text(encoding="ascii"))
    name = Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
    return pid if name == "mosquitto" else None
