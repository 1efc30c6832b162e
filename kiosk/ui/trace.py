"""An optional trace for tests and measurements: screens with the places to touch, and times. No answers."""

import json
import threading
import time
from pathlib import Path
from typing import Any


class Trace:
    """Writes JSON lines; `t` is the machine's monotonic clock in milliseconds. Silent without a path."""

    def __init__(self, path: Path | None) -> None:
        """Opened for appending."""
        self._file = path.open("a", encoding="utf-8", buffering=1) if path is not None else None
        self._lock = threading.Lock()

    def note(self, kind: str, **facts: Any) -> None:
        """One line."""
        if self._file is None:
            return
        line = json.dumps({"t": round(time.monotonic() * 1000, 3), "kind": kind, **facts}, ensure_ascii=False)
        with self._lock:
            self._file.write(line + "\n")

    def close(self) -> None:
        """End it."""
        if self._file is not None:
            self._file.close()
            self._file = None
