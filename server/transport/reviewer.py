"""Runs the misuse rules over what came in, soon after it did; what fails is told and tried again later."""

from __future__ import annotations

import threading

import structlog

from server.domain.problems import Problem
from server.services.context import Context
from server.services.misuse import review

_EVERY_S = 2.0
_AFTER_TROUBLE_S = 30.0

_log = structlog.get_logger()


class Reviewer:
    """Judges days of devices that are due: a part of the server, in a thread of its own."""

    def __init__(self, ctx: Context, every_s: float = _EVERY_S) -> None:
        """Starts nothing yet. `every_s`: how often it looks whether something is due."""
        self._ctx = ctx
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hailong-reviewer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs; what fails does not end it."""
        return self._thread.is_alive()

    def stop(self, within_s: float = 1.0) -> None:
        """End; a review that runs is finished, as each is a transaction."""
        self._stopping.set()
        self._thread.join(within_s)

    def _run(self) -> None:
        pause = self._every_s
        while not self._stopping.wait(pause):
            pause = self._every_s if self._reviewed() else _AFTER_TROUBLE_S
        self._ctx.store.close()

    def _reviewed(self) -> bool:
        """Work off what is due; whether that went well."""
        try:
            while not self._stopping.is_set() and review(self._ctx):
                pass
        except Problem as problem:
            _log.error(f"the misuse rules could not be run: {problem.sentence('en')}")
            return False
        except Exception:
            _log.exception("the misuse rules could not be run")
            return False
        return True
