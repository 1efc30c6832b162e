"""A virtual X display of a given size, with pictures of what stands on it."""

import os
import subprocess
import time
from pathlib import Path
from types import TracebackType


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
        """The environment of a program that shall appear on this display."""
        return {**os.environ, "DISPLAY": self.display}

    def screenshot(self, path: Path) -> Path:
        """A PNG of the whole display."""
        path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(3):
            done = subprocess.run(
                ["import", "-window", "root", f"png:{path}"],
                env=self.environ,
                check=False,
                capture_output=True,
                timeout=30,
            )
            if done.returncode == 0:
                return path
            time.sleep(0.2)
        raise RuntimeError(f"no screenshot: {done.stderr.decode()}")

    def xdotool(self, *arguments: object) -> None:
        """Move the pointer, press its button: what a finger on the glass is to X."""
        subprocess.run(
            ["xdotool", *map(str, arguments)], env=self.environ, check=True, capture_output=True, timeout=30
        )
