"""The kiosk in its window: from a touch to the next frame and to the commit; memory, and idle work."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from kiosk.complaint.form import Lodge
from kiosk.complaint.sealing import seal_complaint
from survey_defs.letter import MAX_TEXT
from tests.bench.report import figure, percentile
from tests.support.kiosk import KioskProcess
from tests.support.kiosk_samples import TERMS, config_bytes, keep_config
from tests.support.xvfb import Xvfb

_VISITS = 25
_IDLE_S = 20.0
_KEYS = "Tooi nopj hoof sow tuwf ngafy mootj, ddeens ba laanf maf vaanx chuwa cos kees quar. "
_SEALINGS = 10


def run() -> None:
    """Drive real visits through the X server and read the kiosk's own trace."""
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="hailong-bench-"))
        xvfb = stack.enter_context(Xvfb(1024, 600))
        data = Path(directory) / "kiosk"
        keep_config(data, config_bytes(complaints=TERMS))
        kiosk = stack.enter_context(KioskProcess(xvfb, data, wipes=True))
        kiosk.wait_for_screen("rest")
        time.sleep(3)
        process = psutil.Process(kiosk.pid)
        before = process.cpu_times()
        time.sleep(_IDLE_S)
        after = process.cpu_times()
        idle = (after.user + after.system - before.user - before.system) / _IDLE_S
        for number in range(_VISITS):
            kiosk.wait_for_screen("rest")
            kiosk.touch("procedure:hoc-ba")
            kiosk.wait_for_screen("question:rating")
            kiosk.touch(f"level:{3 + number % 3}")
            kiosk.wait_for_screen("question:timeliness")
            kiosk.touch("choice:dung-hen")
            kiosk.wait_for_screen("thanks")
        memory = process.memory_full_info()
        trace = list(kiosk.lines())
        typed, sent = _write(kiosk)
        after_writing = process.memory_full_info()
    frames = _delays(trace, "touch", "frame")
    commits = _delays(trace, "release", "commit")
    figure("touch to the next frame drawn, median ms", f"{percentile(frames, 0.5):.1f}", "≤ 16.7, one frame")
    figure("touch to the next frame drawn, p99 ms", f"{percentile(frames, 0.99):.1f}")
    figure("lifted finger to committed, median ms", f"{percentile(commits, 0.5):.1f}")
    figure("lifted finger to committed, p99 ms", f"{percentile(commits, 0.99):.1f}", "≤ 50")
    figure("memory under software GL, MB resident", f"{memory.rss / 1e6:.0f}", "≤ 180")
    figure("memory of its own, MB (unique set)", f"{memory.uss / 1e6:.0f}")
    figure("at rest, share of a core", f"{idle:.1%}", "≤ 2 %")
    keys = _delays(typed, "touch", "frame")
    figure(
        "keyboard: touch to the next frame, median ms", f"{percentile(keys, 0.5):.1f}", "≤ 16.7, one frame"
    )
    figure("keyboard: touch to the next frame, p99 ms", f"{percentile(keys, 0.99):.1f}")
    figure("complaint: lifted finger to its code on show, ms", f"{sent:.0f}")
    figure("memory after a complaint, MB resident", f"{after_writing.rss / 1e6:.0f}", "≤ 180")
    sealings = [_seal() for _ in range(_SEALINGS)]
    figure("sealing 4,000 letters, Argon2id included, median ms", f"{percentile(sealings, 0.5):.0f}")


def _write(kiosk: KioskProcess) -> tuple[list[dict[str, Any]], float]:
    """A complaint by touch: the trace of its typing, and the milliseconds from "send" to the code."""
    kiosk.wait_for_screen("rest")
    kiosk.touch("write")
    kiosk.wait_for_screen("complaint:subjects")
    kiosk.touch("next")
    kiosk.wait_for_screen("complaint:text")
    time.sleep(1)
    before = len(kiosk.lines())
    kiosk.type_keys(_KEYS, pause_ms=80)
    typed = list(kiosk.lines()[before:])
    kiosk.touch("next")
    kiosk.wait_for_screen("complaint:contact")
    time.sleep(1)
    kiosk.touch("next")
    kiosk.wait_for_screen("complaint:code")
    lifted = kiosk.lines("release")[-1]["t"]
    shown = float(kiosk.screen()["t"] - lifted)
    kiosk.touch("next")
    kiosk.wait_for_screen("complaint:saved")
    kiosk.touch("finish")
    kiosk.wait_for_screen("rest")
    time.sleep(2)
    return typed, shown


def _seal() -> float:
    """Milliseconds to seal the longest text and to make its code."""
    began = time.perf_counter()
    seal_complaint(Lodge(1, "vi", None, (), "ế" * MAX_TEXT, None, TERMS))
    return (time.perf_counter() - began) * 1000


def _delays(trace: list[dict[str, Any]], begin: str, end: str) -> list[float]:
    """Milliseconds from every `begin` to the first `end` after it, if that comes before the next `begin`."""
    delays, began = [], None
    for line in trace:
        if line["kind"] == begin:
            began = line["t"]
        elif line["kind"] == end and began is not None:
            delays.append(line["t"] - began)
            began = None
    return delays
