"""Once a day, what was kept long enough is erased; a sweep that fails is told and tried again later."""

from __future__ import annotations

import threading

import structlog

from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.context import Context
from server.services.sweeping import sweep

_LOOK_EVERY_S = 600.0

_log = structlog.get_logger()


class Sweeper:
    """Sweeps at the start and on every new day: a part of the server, in a thread of its own."""

    def __init__(self, ctx: Context, every_s: float = _LOOK_EVERY_S) -> None:
        """Starts nothing yet. `every_s`: how often it looks whether a day has begun."""
        self._ctx = ctx
        self._every_s = every_s
        self._stopping = threading.Event()
        self._swept = ""
        self._thread = threading.Thread(target=self._run, name="hailong-sweeper", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs; what fails does not end it."""
        return self._thread.is_alive()

    def stop(self, within_s: float = 1.0) -> None:
        """End; a sweep that runs is finished, as each of its steps is a transaction."""
        self._stopping.set()
        self._thread.join(within_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._sweep()
            except Problem as problem:
                _log.error(f"what is over could not be erased: {problem.sentence('en')}")
            except Exception:
                _log.exception("what is over could not be erased")
            self._stopping.wait(self._every_s)
        self._ctx.store.close()

    def _sweep(self) -> None:
        today = local_day(self._ctx.now())
        if self._swept == today.isoformat():
            return
        swept = sweep(self._ctx, today)
        self._swept = today.isoformat()
        numbers = {"cases": len(swept.cases), "letters": swept.letters, "visits": swept.visits,
                   "requests": swept.requests, "asides": len(swept.asides)}  # fmt: skip
        if any(numbers.values()):
            _log.info("what was kept long enough is erased", **numbers)
        if swept.proof is not None and not swept.proof.holds:
            _log.warning(
                "some of it still stands in other files", files=[*swept.proof.found, *swept.proof.unread]
            )
