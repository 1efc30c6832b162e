"""The kiosk in its window: from a touch to the next frame and to the commit; memory, and idle work."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from tests.bench.report import figure, percentile
from tests.support.kiosk import KioskProcess
from tests.support.xvfb import Xvfb

_VISITS = 25
_IDLE_S = 20.0


def run() -> None:
    """Drive real visits through the X server and read the kiosk's own trace."""
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="hailong-bench-"))
        xvfb = stack.enter_context(Xvfb(1024, 600))
        kiosk = stack.enter_context(KioskProcess(xvfb, Path(directory) / "kiosk"))
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
        trace = kiosk.lines()
    frames = _delays(trace, "touch", "frame")
    commits = _delays(trace, "release", "commit")
    figure("touch to the next frame drawn, median ms", f"{percentile(frames, 0.5):.1f}", "≤ 16.7, one frame")
    figure("touch to the next frame drawn, p99 ms", f"{percentile(frames, 0.99):.1f}")
    figure("lifted finger to committed, median ms", f"{percentile(commits, 0.5):.1f}")
    figure("lifted finger to committed, p99 ms", f"{percentile(commits, 0.99):.1f}", "≤ 50")
    figure("memory under software GL, MB resident", f"{memory.rss / 1e6:.0f}", "≤ 180")
    figure("memory of its own, MB (unique set)", f"{memory.uss / 1e6:.0f}")
    figure("at rest, share of a core", f"{idle:.1%}", "≤ 2 %")


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
