"""A real kiosk on a machine whose clock is wrong: `python -m tests.support.kiosk_with_clock FILE kiosk …`.

FILE is a `FaultyClock`'s. All that asks for the time of day in this process is told it so, as on a machine
whose clock was set wrongly; the running time, which nobody can set, stays right.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

_real_ns = time.time_ns


def _fault(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _go_wrong(file: Path) -> None:
    def wrong_ns() -> int:
        return _real_ns() + int(_fault(file)["off_ms"]) * 1_000_000

    time.time_ns = wrong_ns
    time.time = lambda: wrong_ns() / 1e9
    boot = file.with_name(f"{file.name}.boot")
    boot.write_text(str(_fault(file)["boot"]), encoding="ascii")
    from kiosk import clock

    clock.BOOT_ID = boot


if __name__ == "__main__":
    _go_wrong(Path(sys.argv[1]))
    from survey_defs.cli import main

    sys.argv = ["hailong", *sys.argv[2:]]
    main()
