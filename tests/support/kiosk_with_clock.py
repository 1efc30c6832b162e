"""A real kiosk on a machine whose clock is wrong: what its process does first.

All that asks for the time of day in this process is told it wrongly, as on a machine whose clock was set so;
the running time, which nobody can set, stays right.
"""

import json
import time
from pathlib import Path
from typing import Any

_real_ns = time.time_ns


def _fault(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def go_wrong(file: Path) -> None:
    """`file` is a `FaultyClock`'s."""

    def wrong_ns() -> int:
        return _real_ns() + int(_fault(file)["off_ms"]) * 1_000_000

    time.time_ns = wrong_ns
    time.time = lambda: wrong_ns() / 1e9
    boot = file.with_name(f"{file.name}.boot")
    boot.write_text(str(_fault(file)["boot"]), encoding="ascii")
    from kiosk.device import clock

    clock.BOOT_ID = boot
