"""A visitor made of chance, for machines without a display: the very same visit, outbox and link."""

import queue
import random
import signal
import threading
import time
from typing import Any

from kiosk.keeper import Closed, Failed, Recovered
from kiosk.log import Log
from kiosk.program import Program
from kiosk.visit import THANKS_MS, Visits
from kiosk.wiring import Parts

DELIVERY_S = 30.0
"""After the last visit the answers get so long to be delivered."""
LEVELS = (2, 4, 11, 38, 45)
"""How often each level is touched, of a hundred."""
_log = Log("visitor")


class Visitor:
    """Touches what the screen offers, on a clock of its own that runs ahead through the pauses."""

    def __init__(self, parts: Parts, seed: object) -> None:
        self._parts = parts
        self._visits: Visits = parts.visits
        self._chance = random.Random(str(seed))  # noqa: S311 - a visitor, no secret
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._now = parts.clock.up_ms()
        self.stopping = threading.Event()
        parts.listen(self._news.put)

    def visit(self) -> bool:
        """One visit from rest to rest; whether an answer was taken."""
        self._read_news()
        for _ in range(40):
            view = self._visits.view(self._now)
            if view.screen == "paused":
                return self._wait_for_thanks()
            self._now += self._chance.randrange(700, 4_000)
            for effect in self._visits.touch(self._pick(sorted(view.targets() - {"language"})), self._now):
                self._parts.keeper.submit(effect)
            after = self._visits.view(self._now)
            if after.busy:
                return self._wait_for_thanks()
            if after.screen == "rest":
                return False
        return False

    def _pick(self, targets: list[str]) -> str:
        levels = [target for target in targets if target.startswith("level:")]
        if levels:
            return self._chance.choices(levels, LEVELS)[0]
        onward = [target for target in targets if target != "back"]
        if "next" in onward and self._chance.random() < 0.35:
            return "next"
        return self._chance.choice(onward)

    def _wait_for_thanks(self) -> bool:
        while not self.stopping.is_set() and self._visits.view(self._now).screen != "thanks":
            self._read_news(wait_s=0.2)
            if self._visits.view(self._now).screen == "rest":
                return False
        self._now += THANKS_MS
        self._visits.tick(self._now)
        return True

    def _read_news(self, wait_s: float = 0.0) -> None:
        try:
            while True:
                self._take(self._news.get(timeout=wait_s) if wait_s else self._news.get_nowait())
                wait_s = 0.0
        except queue.Empty:
            return

    def _take(self, news: Any) -> None:
        if isinstance(news, Closed):
            self._visits.closed(news.visit, self._now)
        elif isinstance(news, Failed):
            self._visits.failed()
        elif isinstance(news, Recovered):
            self._visits.recovered()
        elif isinstance(news, Program):
            self._visits.change_program(news)


def simulate(parts: Parts, *, visits: int, pace_s: float, seed: object) -> None:
    """So many visits (0: until stopped), then wait until they are delivered.

    Raises RuntimeError if some were not delivered in good time; they stay in the outbox.
    """
    visitor = Visitor(parts, seed)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: visitor.stopping.set())
    parts.start()
    taken = 0
    try:
        while not visitor.stopping.is_set() and (visits == 0 or taken < visits):
            taken += visitor.visit()
            if visits == 0 or taken < visits:
                visitor.stopping.wait(pace_s)
        waiting = _deliver(parts, visitor.stopping)
    finally:
        parts.stop()
    _log.info("the simulated visitor has gone", visits=taken, waiting=waiting)
    if waiting and not visitor.stopping.is_set():
        raise RuntimeError(
            f"{waiting} answers are not delivered yet: they wait in the outbox for the next start"
        )


def _deliver(parts: Parts, stopping: threading.Event) -> int:
    """Give the link time; how many answers still wait."""
    until = time.monotonic() + DELIVERY_S
    outbox = parts.keeper.outbox  # open since the first visit at the latest
    while outbox is not None and (left := outbox.depth()):
        if stopping.is_set() or time.monotonic() > until:
            return left
        time.sleep(0.02)
    return 0
