"""Whole boxes for tests: compiled as for a board, fakes at the edge, each with its own flash folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from firmware import durable_json
from firmware.host.build import build
from tests.support.box import FAKES, PROJECT, BoxProcess, start_box

LEVEL_PINS = (25, 26, 27, 14, 13)
PROCEDURE_PINS = (32, 33, 4, 34)
LAMP_PINS = (16, 17, 18, 19, 21)
USB_PIN = 39
SCRIPT = PROJECT / "tests" / "firmware" / "on_device" / "box.py"
HEAP = "170k"
"""Words of this port are twice as long as a board's; `make bench` also measures with 32 bits and 120 KB."""
QUICK = {
    "poll_s": 0.1,
    "receipt_s": 1,
    "min_backoff_s": 0.1,
    "max_backoff_s": 0.5,
    "refused_s": 0.3,
    "certificate_s": 0.3,
    "stuck": 2,
}
WRITTEN = {"name": "HaiLong-K7PM", "password": "9xq2-re4z-mm3t"}
"""What `hailong device flash` leaves for the label."""
PRESS_S = 0.06
LOCK_S = 1.5


def compile_firmware(into: Path) -> Path:
    """The modules as `hailong device flash` brings them onto an ESP32."""
    build("esp32", into)
    return into


class TestBox:
    """One box: its flash outlives its runs."""

    __test__ = False

    def __init__(self, folder: Path, compiled: Path) -> None:
        self.folder, self._compiled = folder, compiled
        self.process: BoxProcess | None = None
        folder.mkdir(parents=True, exist_ok=True)
        durable_json.write(str(folder / "label.json"), WRITTEN)
        self._pressed_at = 0.0

    def enrol(self, identity: dict[str, Any], authority: str = "") -> None:
        """Give it what an exchange would have given it."""
        durable_json.write(str(self.folder / "identity.json"), identity)
        durable_json.write(str(self.folder / "wifi.json"), {"ssid": "Truong", "password": "x"})
        if authority:
            (self.folder / "ca.pem").write_text(authority)

    @contextmanager
    def running(
        self,
        *,
        usb: bool = True,
        env: dict[str, str] | None = None,
        heap: str = HEAP,
        short_words: bool = False,
    ) -> Iterator[BoxProcess]:
        """From power-on to a power cut."""
        words = [f"{name}={value}" for name, value in QUICK.items()]
        with start_box(
            SCRIPT, self.folder, *words, f"http={self.http_port}", f"dns={self.http_port}",
            heap=heap, path=[self._compiled, FAKES], env=env, short_words=short_words,
        ) as process:  # fmt: skip
            self.process = process
            self._pressed_at = 0.0
            process.send(f"pin {USB_PIN} {int(usb)}")
            yield process

    http_port = 0

    @property
    def box(self) -> BoxProcess:
        assert self.process
        return self.process

    def down(self, level: int) -> None:
        self.box.send(f"pin {LEVEL_PINS[level - 1]} 1")

    def up(self, level: int) -> None:
        self.box.send(f"pin {LEVEL_PINS[level - 1]} 0")

    def choose(self, procedure: int) -> None:
        """Press one of the procedure buttons, from 1."""
        pin = PROCEDURE_PINS[procedure - 1]
        self.box.send(f"pin {pin} 1")
        time.sleep(PRESS_S)
        self.box.send(f"pin {pin} 0")
        time.sleep(PRESS_S)

    def press(self, level: int, *, thanks: bool = True) -> None:
        """A finger, once the lock of the last press is over; waits for the lamp that says thanks."""
        time.sleep(max(0.0, self._pressed_at + LOCK_S + 0.1 - time.monotonic()))
        before = len(self.box.lines)
        self.down(level)
        if thanks:
            self.box.wait_for(f"lamp {LAMP_PINS[level - 1]} 65535", since=before)
        else:
            time.sleep(PRESS_S)
        self._pressed_at = time.monotonic()  # the lamp was seen: the box has counted it by now
        self.up(level)

    def say(self) -> dict[str, Any]:
        """How things stand inside."""
        before = len(self.box.lines)
        self.box.send("say")
        found: dict[str, Any] = json.loads(self.box.wait_for("now ", since=before)[4:])
        return found

    def wait_until(self, holds: Callable[[dict[str, Any]], Any], within_s: float = 10) -> dict[str, Any]:
        """How things stand as soon as `holds` says yes to it."""
        deadline = time.monotonic() + within_s
        while not holds(found := self.say()):
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        return found

    def wait_delivered(self) -> None:
        """Until the server has everything."""
        self.wait_until(lambda now: now["state"] == "up" and now["depth"] == 0)
