"""A virtual X display of a given size, with pictures of what stands on it."""

import os
import subprocess
from pathlib import Path
from types import TracebackType

from PIL import ImageGrab


class Xvfb:
    """An X server without a screen, on a free display; use as a context manager."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.display = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Xvfb":
        reader, writer = os.pipe()
        self._process = subprocess.Popen(
            [
                "Xvfb", "-displayfd", str(writer), "-screen", "0", f"{self.size[0]}x{self.size[1]}x24",
                "-nolisten", "tcp", "-noreset",
            ],
            pass_fds=[writer],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writer)
        with os.fdopen(reader) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        self.display = f":{number}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a program that shall appear on this display.

        Mesa draws in the program's own thread: to share so little among many costs more than it saves.
        """
        return {"LP_NUM_THREADS": "0", **os.environ, "DISPLAY": self.display}

    def screenshot(self, path: Path) -> Path:
        """A PNG of the whole display."""
        path.parent.mkdir(parents=True, exist_ok=True)
        ImageGrab.grab(xdisplay=self.display).save(path, compress_level=1)
        return path

    def xdotool(self, *arguments: object) -> None:
        """Move the pointer, press its button: what a finger on the glass is to X."""
        subprocess.run(
            ["xdotool", *map(str, arguments)], env=self.environ, check=True, capture_output=True, timeout=30
        )
