"""The real MicroPython as a box: its heap bounded, the repository on its path, its words kept.

`run_box` runs a script to its end; `start_box` starts one that is talked to (its standard input, line by
line) and can be killed at any moment, as a power cut does.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.micropython import micropython

PROJECT = Path(__file__).parents[2]
FAKES = PROJECT / "tests" / "firmware" / "fakes"
"""What stands for a board's own `machine` and `network`; on the path only where it is asked for."""
HEAP = "120k"
"""What a box has: less than an ESP32 or a Pico W leaves, and words here are twice as long as theirs."""


def box_command(
    script: Path | str, *arguments: object, heap: str = HEAP, short_words: bool = False
) -> list[str]:
    """The command line; `heap` as MicroPython spells it ("120k", "2M"). `short_words`: 32 bits, as boards."""
    return [
        *micropython(short_words=short_words),
        "-X",
        f"heapsize={heap}",
        str(script),
        *map(str, arguments),
    ]


def box_environment(*, path: Sequence[Path] = (), env: dict[str, str] | None = None) -> dict[str, str]:
    """`path` comes before the repository on MicroPython's path (compiled modules, fakes)."""
    folders = [*map(str, path), str(PROJECT), ".frozen"]
    return os.environ | {"MICROPYPATH": ":".join(folders)} | (env or {})


def run_box(
    script: Path | str,
    *arguments: object,
    heap: str = HEAP,
    path: Sequence[Path] = (),
    env: dict[str, str] | None = None,
    stdin: str | None = None,
    short_words: bool = False,
    timeout_s: float = 30,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a script to its end. With `check`, one that fails fails the test with what it said."""
    done = subprocess.run(
        box_command(script, *arguments, heap=heap, short_words=short_words),
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout_s,
        env=box_environment(path=path, env=env),
        check=False,
    )
    assert not check or done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done


class BoxProcess:
    """A running box. Use as a context manager: at its end it is killed."""

    def __init__(
        self,
        script: Path | str,
        *arguments: object,
        heap: str = HEAP,
        path: Sequence[Path] = (),
        env: dict[str, str] | None = None,
        short_words: bool = False,
    ) -> None:
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            box_command(script, *arguments, heap=heap, short_words=short_words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=box_environment(path=path, env=env),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def send(self, line: str) -> None:
        """One line to its standard input."""
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def wait_for(self, wanted: str | Callable[[str], Any], within_s: float = 15, *, since: int = 0) -> str:
        """The first line that is (or begins with, or for which a function says yes) what is `wanted`.

        `since`: how many of the lines are not looked at; `len(box.lines)` waits for something new.
        """
        fits = wanted if callable(wanted) else lambda line: line.startswith(wanted)
        deadline = time.monotonic() + within_s
        with self._news:
            at = since
            while True:
                for line in self.lines[at:]:
                    if fits(line):
                        return line
                at = len(self.lines)
                left = deadline - time.monotonic()
                gone = not self._reader.is_alive() or self._process.poll() is not None
                if left <= 0 or (gone and not self._news.wait(0.2) and at == len(self.lines)):
                    said = "\n".join(self.lines[-40:])
                    raise AssertionError(f"waited in vain for {wanted!r}; the box said:\n{said}")
                self._news.wait(min(left, 0.5))

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait(self, within_s: float = 15) -> int:
        """Wait until it ends by itself; its exit status."""
        status = self._process.wait(within_s)
        self._reader.join(5)
        return status

    def kill9(self) -> None:
        """A power cut."""
        self._process.kill()
        self._process.wait()
        self._reader.join(5)

    def __enter__(self) -> BoxProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill9()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def start_box(
    script: Path | str,
    *arguments: object,
    heap: str = HEAP,
    path: Sequence[Path] = (),
    env: dict[str, str] | None = None,
    short_words: bool = False,
) -> BoxProcess:
    """Start a script that goes on running."""
    return BoxProcess(script, *arguments, heap=heap, path=path, env=env, short_words=short_words)
