"""A board on a USB cable: looked for, asked what it is, written to. mpremote speaks to it."""

import contextlib
import hashlib
import io
import time
from collections.abc import Iterator
from typing import Any

MIN_VERSION = (1, 25)
PLATFORMS = {"esp32": "esp32", "rp2": "pico_w"}
"""`sys.platform` of a board, and what we call it."""
_WAIT_S = 15
"""For a board to be back after its restart."""
_CHUNK = 2048
README = "firmware/README.md"


class BoardError(Exception):
    """What is wrong with the board or the way to it, and what to do: one sentence for a person."""


def find_port(wanted: str | None) -> str:
    """The port of the one board that is connected, or the one that is `wanted`. Raises `BoardError`."""
    if wanted:
        return wanted
    from serial.tools import list_ports  # noqa: PLC0415 - the extra may be missing

    ports = sorted(port.device for port in list_ports.comports() if port.vid is not None)
    if not ports:
        raise BoardError(
            "No board is connected. Use a USB cable that carries data, not only power; "
            f"a new board needs MicroPython first: {README} says how."
        )
    if len(ports) > 1:
        raise BoardError(f"Several boards are connected ({', '.join(ports)}): say which one with --port.")
    return str(ports[0])


class Board:
    """A board whose program is stopped, so that files can be written."""

    def __init__(self, port: str) -> None:
        """Raises `BoardError`."""
        self.port = port
        self._line: Any = None
        self._open(0)

    def _open(self, wait_s: int) -> None:
        from mpremote.transport import TransportError  # noqa: PLC0415 - the extra may be missing
        from mpremote.transport_serial import SerialTransport  # noqa: PLC0415

        deadline = time.monotonic() + wait_s
        while True:
            try:
                with contextlib.redirect_stdout(io.StringIO()):  # it prints what it did not understand
                    self._line = SerialTransport(self.port)
                    self._line.enter_raw_repl(timeout_overall=5)
            except (TransportError, OSError) as error:
                self.close()
                if time.monotonic() < deadline:
                    time.sleep(0.3)
                    continue
                raise BoardError(self._why(error)) from error
            else:
                return

    def _why(self, error: Exception) -> str:
        cause = error.__context__ if error.__context__ is not None else error
        if "failed to access" not in str(error):
            return (
                f"What is at {self.port} does not answer as MicroPython does. A new board needs MicroPython "
                f"first ({README}); otherwise unplug it, plug it in again and repeat."
            )
        if isinstance(cause, PermissionError) or "ermission" in str(cause):
            return (
                f"You may not use {self.port}. Run 'sudo usermod -aG dialout $USER', log out and in again, "
                "and repeat."
            )
        return f"{self.port} cannot be opened: is the board plugged in, and no other program using it?"

    def name(self) -> str:
        """`esp32` or `pico_w`. Raises `BoardError` for other boards and for a MicroPython that is too old."""
        with self._saying("ask it what it is"):
            self._line.exec("import sys")
            platform, version = self._line.eval("(sys.platform, tuple(sys.implementation.version[:2]))")
        if platform not in PLATFORMS:
            raise BoardError(f"The board at {self.port} is no ESP32 and no Pico W (it says '{platform}').")
        if tuple(version) < MIN_VERSION:
            least, found = (".".join(map(str, each)) for each in (MIN_VERSION, version))
            raise BoardError(
                f"The board has MicroPython {found}; it takes {least} or newer: {README} says how."
            )
        return PLATFORMS[platform]

    def free(self) -> None:
        """Take the program away that starts by itself and start the board without it.

        A watchdog that runs cannot be stopped: it would restart the board while it is being written to.
        """
        with self._saying("stop its program"):
            if not self._line.fs_exists("main.py"):
                return
            self._line.fs_rmfile("main.py")
        self.restart()
        time.sleep(0.5)
        self._open(_WAIT_S)

    def write(self, target: str, data: bytes) -> None:
        """Write one file, with the folders it lies in. Raises `BoardError` where other bytes have arrived."""
        with self._saying(f"write {target}"):
            folders = target.split("/")[:-1]
            for depth in range(len(folders)):
                folder = "/".join(folders[: depth + 1])
                if not self._line.fs_exists(folder):
                    self._line.fs_mkdir(folder)
            self._line.fs_writefile(target, data, chunk_size=_CHUNK)
            written = self._line.fs_hashfile(target, "sha256", chunk_size=_CHUNK)
        if written != hashlib.sha256(data).digest():
            raise BoardError(
                f"{target} has not arrived at {self.port} as it was sent: check the cable and repeat the "
                "command; should it happen again, the board's flash is worn out."
            )

    def has(self, target: str) -> bool:
        """Whether there is such a file."""
        with self._saying("look at its files"):
            return bool(self._line.fs_exists(target))

    def names(self, folder: str) -> list[str]:
        """The files in a folder of the board; none where it has no such folder."""
        with self._saying("look at its files"):
            if not self._line.fs_exists(folder):
                return []
            return [entry.name for entry in self._line.fs_listdir(folder) if entry.st_mode & 0x8000]

    def remove(self, target: str) -> None:
        """Remove one file, if it is there."""
        with self._saying(f"remove {target}"):
            if self._line.fs_exists(target):
                self._line.fs_rmfile(target)

    def restart(self) -> None:
        """Start the board anew, and let go of it."""
        with self._saying("start it"):
            self._line.exec_raw_no_follow("import machine\nmachine.reset()")
            time.sleep(0.1)
        self.close()

    def close(self) -> None:
        """Let go of it."""
        if self._line is not None:
            with contextlib.suppress(Exception):
                self._line.close()
            self._line = None

    @contextlib.contextmanager
    def _saying(self, what: str) -> Iterator[None]:
        from mpremote.transport import TransportError  # noqa: PLC0415 - the extra may be missing

        try:
            with contextlib.redirect_stdout(io.StringIO()):
                yield
        except (TransportError, OSError) as error:
            full = getattr(error, "errno", None) == 28
            advice = (
                "its flash is full: see 'A full flash' in " + README
                if full
                else "check the cable and repeat the command; nothing that was pressed is lost"
            )
            raise BoardError(f"Could not {what} at {self.port}: {advice}.") from error
