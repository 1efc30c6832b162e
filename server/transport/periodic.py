"""A part of the server that does something again and again, in a thread of its own; no failure ends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from server.domain.problems import Problem
from server.services.context import Context

AFTER_TROUBLE_S = 30.0
_REST = 4
"""How many times as long as the work took it rests."""

_log = structlog.get_logger()


class Periodic:
    """Runs `work` at the start and then every so many seconds, until it is stopped.

    What takes long comes less often, so that it never has more than a fifth of the time. What fails is told
    in the log as `trouble`, without anything of its content, and tried again after `after_trouble_s` at the
    earliest: what fails all the time must not fill the log.
    """

    def __init__(  # noqa: PLR0917 - what a part is made of
        self,
        ctx: Context,
        name: str,
        work: Callable[[], object],
        trouble: str,
        every_s: float,
        after_trouble_s: float = AFTER_TROUBLE_S,
    ) -> None:
        """Starts nothing yet."""
        self._ctx, self._work, self._trouble = ctx, work, trouble
        self._every_s, self._after_trouble_s = every_s, max(every_s, after_trouble_s)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"hailong-{name}", daemon=True)

    @property
    def is_stopping(self) -> bool:
        """Whether `work` that goes on for long should come to an end."""
        return self._stopping.is_set()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, within_s: float = 1.0) -> None:
        """End; what runs is finished, as each of its steps is a transaction."""
        self._stopping.set()
        self._thread.join(within_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            pause = self._every_s if self._went_well() else self._after_trouble_s
            self._stopping.wait(max(pause, _REST * (time.monotonic() - began)))
        self._ctx.store.close()

    def _went_well(self) -> bool:
        try:
            self._work()
        except Problem as problem:
            _log.error(f"{self._trouble}: {problem.sentence('en')}")
            return False
        except Exception:
            _log.exception(self._trouble)
            return False
        return True
