"""A real `hailong kiosk` in a real window, touched through the X server."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.forked import Forked
from tests.support.xvfb import Xvfb

HAILONG = Path(sys.executable).parent / "hailong"
WAIT_S = 40.0


def read_kiosk() -> None:
    """All that a kiosk reads before it opens its window."""
    import kiosk.simulated_visitor
    from kiosk.device.settings import KioskSettings
    from kiosk.ui.run import prepare_window

    kiosk.wiring.kiosk_texts()
    with tempfile.TemporaryDirectory() as directory:
        prepare_window(KioskSettings(broker=None, school="", device="", data=Path(directory)))
        import kivy.graphics
        import kivy.uix.widget  # noqa: F401


class KioskProcess:
    """One kiosk on one display; `with KioskProcess(...) as kiosk`. `kill()` and `start()` may alternate."""

    def __init__(
        self,
        xvfb: Xvfb,
        data: Path,
        *,
        broker: str | None = "mqtt://127.0.0.1:1",
        school: str = "mau",
        device: str = "kiosk-1",
        password: str = "",
        options: Sequence[str] = (),
        first: Callable[[], None] | None = None,
        wipes: bool = False,
    ) -> None:
        """`options`: more of the command, such as `--synced-file`. No broker: it is enrolled, or will be.

        It is split off a process that has read the program (`tests.support.forked`), which takes half the
        time of a start. `first`: what its own process does first. `wipes`: by an interpreter of its own,
        with the allocators of service, which overwrite what is freed; it starts twice then, and takes longer
        for everything.
        """
        self._wipes = wipes
        self._first = first
        self.xvfb = xvfb
        self.data = data
        self.trace = data.parent / f"{data.name}.trace.jsonl"
        self._arguments = [
            "kiosk", "--data", str(data), "--size", f"{xvfb.size[0]}x{xvfb.size[1]}", *options,
        ]  # fmt: skip
        if broker is not None:
            self._arguments += ["--broker", broker, "--school", school, "--device", device]
        self._log = data.parent / f"{data.name}.log"
        self._password = password
        self.process: subprocess.Popen[bytes] | Forked | None = None
        self._seen: list[dict[str, Any]] = []
        self._read_to = 0

    def __enter__(self) -> "KioskProcess":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it (again) and wait for its first screen."""
        before = len(self.lines())
        env = {
            **self.xvfb.environ,
            "HAILONG_KIOSK_TRACE": str(self.trace),
            "HAILONG_DEVICE_PASSWORD": self._password,
        }
        if self._wipes:
            with self._log.open("ab") as log:
                command = [str(HAILONG), *self._arguments]
                self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        else:
            env = {"PYTHONMALLOC": "pymalloc"} | env
            self.process = Forked(self._arguments, self._log, env, read=read_kiosk, first=self._first)
        self.wait_until(lambda: any(line["kind"] == "still" for line in self.lines()[before:]), "first frame")

    @property
    def pid(self) -> int:
        """The process id."""
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """kill -9, in the middle of whatever it does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """End it in an orderly way."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()

    def log(self) -> str:
        """What it has said."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def lines(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The trace, or its lines of one kind."""
        if self.trace.exists():
            with self.trace.open("rb") as file:
                file.seek(self._read_to)
                fresh = file.read()
            whole = fresh[: fresh.rfind(b"\n") + 1]  # the last line may still be on its way
            self._read_to += len(whole)
            for text in whole.splitlines():
                with contextlib.suppress(ValueError):  # what a killed process left half written
                    self._seen.append(json.loads(text))
        return [line for line in self._seen if kind is None or line["kind"] == kind]

    def screen(self) -> dict[str, Any]:
        """The screen on show."""
        return self.lines("screen")[-1]

    def wait_for_screen(self, name: str) -> dict[str, Any]:
        """Wait until the screen of that name stands, faded in."""
        self.wait_until(lambda: self.screen()["name"] == name and self.is_still(), f"screen '{name}'")
        return self.screen()

    def is_still(self) -> bool:
        """Whether the screen on show has been drawn whole, its fade included."""
        return [line["kind"] for line in self.lines() if line["kind"] in ("screen", "still")][-1:] == [
            "still"
        ]

    def wait_until(self, condition: Any, what: str) -> None:
        """Wait for anything; AssertionError with the log if it does not come."""
        until = time.monotonic() + WAIT_S
        while not condition():
            dead = self.process is None or self.process.poll() is not None
            if dead or time.monotonic() > until:
                seen = [line.get("name") for line in self.lines("screen")][-5:]
                raise AssertionError(f"waited in vain for {what}; screens {seen}; log:\n{self.log()}")
            time.sleep(0.02)

    def point(self, target: str) -> tuple[int, int]:
        """The middle of a target, in pixels of the display."""
        screen = self.screen()
        x, y, w, h = screen["targets"][target]
        left, top = screen["origin"]
        return left + x + w // 2, top + y + h // 2

    def touch(self, target: str) -> None:
        """Touch a target of the present screen, as a visitor does: not twice within half a second."""
        x, y = self._approach(target)
        before = self._acted()
        self.xvfb.xdotool("mousemove", x, y, "click", 1)
        until = time.monotonic() + 3.0
        while self._acted() == before and time.monotonic() < until:
            time.sleep(0.02)  # else the next touch would come too early on a busy machine

    def type_keys(self, keys: str, pause_ms: int = 40) -> None:
        """Type on the screen's keyboard by touching it: letters, digits, signs, space, line end.

        Capitals go through the shift key, digits and signs through their page of keys. The text that
        results is the keyboard's affair: `type_keys("tooi")` gives "tôi" where it writes Telex.
        `pause_ms` is the finger's way to the next key.
        """
        self._pause()
        touched: list[str] = []
        for letter in keys:
            key = "key:" + {" ": "space", "\n": "enter"}.get(letter, letter.lower())
            if key not in self.screen()["targets"]:
                self._touch_keys([*touched, "key:signs"], pause_ms)
                touched = []
                self.wait_until(lambda key=key: key in self.screen()["targets"], f"the key '{key}'")
            touched += ["key:shift", key] if letter.isalpha() and letter.isupper() else [key]
            if letter == "\n":  # it may lead to another field, with another page of keys
                self._touch_keys(touched, pause_ms)
                touched = []
        self._touch_keys(touched, pause_ms)

    def _touch_keys(self, targets: list[str], pause_ms: int) -> None:
        """Touch keys one after the other, and wait until each was acted on."""
        before = self._acted()
        hand: list[object] = []
        for target in targets:
            hand += ["mousemove", *self.point(target), "mousedown", 1, "sleep", 0.02, "mouseup", 1]
            hand += ["sleep", pause_ms / 1000]  # xdotool's own "click" would take a tenth of a second
        if hand:
            self.xvfb.xdotool(*hand)
        self.wait_until(lambda: self._acted() >= before + len(targets), f"an answer to '{targets[-1:]}'")

    def _acted(self) -> int:
        """How many touches have had their effect, the screen that they lead to included."""
        return len(self.lines("acted"))

    def press(self, target: str) -> None:
        """Put the finger down on a target and leave it there."""
        x, y = self._approach(target)
        self.xvfb.xdotool("mousemove", x, y, "mousedown", 1)

    def _approach(self, target: str) -> tuple[int, int]:
        """Wait out the time in which a second touch would count as the same finger."""
        self._pause()
        return self.point(target)

    def _pause(self) -> None:
        lifted = [line["t"] / 1000 for line in self.lines("release")[-1:]]
        time.sleep(max([0.0, *(t + 0.4 - time.monotonic() for t in lifted)]))

    def release(self) -> None:
        """Lift the finger."""
        self.xvfb.xdotool("mouseup", 1)

    def screenshot(self, path: Path) -> Path:
        """A picture of the display."""
        return self.xvfb.screenshot(path)


def visited(
    data: Path, *, broker: str, school: str, device: str, password: str = "", visits: int, pace: float = 0.0
) -> Forked:
    """So many simulated visitors, 0 for no end of them; what is said goes into a log beside `data`."""
    where = ("--broker", broker, "--school", school, "--device", device, "--data", data)
    return Forked(
        ["kiosk", *where, "--simulate", visits, "--pace", pace],
        data.parent / f"{data.name}.log",
        os.environ | {"HAILONG_DEVICE_PASSWORD": password},
        read=read_kiosk,
    )
