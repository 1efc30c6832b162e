"""A visitor made of chance, for machines without a display: the very same visit, outbox and link."""

import queue
import random
import signal
import threading
import time
from typing import Any, Protocol

from kiosk.delivery.outbox_writer import Closed, Failed, Kept, Lodged, Recovered
from kiosk.device.log import Log
from kiosk.device.program import Program
from kiosk.screen.touch import GUARD_MS
from kiosk.screen.view import View
from kiosk.visit.current import THANKS_MS
from kiosk.visit.effects import Effect
from kiosk.visit.questionnaire import FOLLOW_UP_MS
from kiosk.visit.visits import Visits
from kiosk.wiring import Parts

DELIVERY_TIMEOUT_S = 30.0
"""How long the answers get to be delivered after the last visit."""
LEVEL_WEIGHTS = (2, 4, 11, 38, 45)
"""How often each level is touched, of a hundred."""
LEAVE_SHARE = 0.4
"""The share of visitors who touch a face and go, whatever is asked then."""
WRITE_SHARE = 0.03
"""The share of visitors who write, where complaints are taken: half of them without a rating before."""
CONTACT_SHARE = 0.4
"""The share of those who then leave a name and a way to reach them."""
TEXTS_BY_SUBJECT = {
    "thai-do": "Casn booj quaafy trar lowif coojc loosc, tooi hori ba laanf mowsi dduwowcj chir.",
    "cho-lau": "Tooi ddowij 2 tieesng mowsi ddeens luwowtj, quaafy chir cos mootj nguwowif.",
    "tre-hen": "Giaasy hejn trar ngafy 12, ddeens nay vaanx chuwa cos hocj baj.",
    "huong-dan": "Tooi phari veef laasy theem giaasy towf hai laanf vif khoong ai nosi tuwf ddaafu.",
    "khoan-thu": "Xin cho bieest khoarn thu nayf duwja vafo ddaau.",
    "hoc-sinh": "Chasu nhaf tooi chuwa dduwowcj xeesp lowsp sau khi chuyeern trwowfng.",
    "khen-ngoi": "Carm own coo vawn thuw ddax taajn tifnh giusp ddowx.",
}
"""What each of them types, in Telex, key by key."""
DEFAULT_TEXT = "Mong nhaf trwowfng suwar cho deex hieeur hown."
NAMES = ("Lan Anh", "Hungf", "Coo Mai", "Binhf Minh")
OPTIONAL_TARGETS = frozenset({"back", "change", "finish", "language", "write"})
"""What no rating needs."""
_log = Log("visitor")


class Time(Protocol):
    """Time as a visitor lives it, in milliseconds since the device's boot."""

    def now(self) -> int:
        """Returns the present time."""

    def wait(self, ms: int) -> None:
        """Let this time pass without a touch."""


class SkippedTime:
    """Runs ahead of the device's clock: a visitor's pauses take no time."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        """Returns the present time."""
        return self._now

    def wait(self, ms: int) -> None:
        """Let this time pass without a touch."""
        self._now += ms


class Visitor:
    """Touches what the screen offers. `hear` is told the news of the kiosk's parts, from any thread."""

    def __init__(self, parts: Parts, seed: object, time: Time | None = None) -> None:
        self._parts = parts
        self._visits: Visits = parts.visits
        self._chance = random.Random(str(seed))  # noqa: S311 - a visitor, no secret
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._time = time or SkippedTime(parts.clock.up_ms())
        self.stopping = threading.Event()
        self.hear = self._news.put
        parts.listen(self.hear)

    def visit(self) -> bool:
        """One visit from rest to rest; whether anything was taken."""
        self._read_news()
        writes = self._visits.program.complaints is not None and self._chance.random() < WRITE_SHARE
        if writes and self._chance.random() < 0.5 and "write" in self._view().targets():
            taken = self._write()
        else:
            taken = self._rate(stays=writes)
            if taken and writes and "write" in self._view().targets():
                self._write()
        if self._view().screen == "thanks":
            self._time.wait(THANKS_MS)
            self._visits.tick(self._time.now())
        return taken

    # A rating

    def _rate(self, *, stays: bool) -> bool:
        """Touch until the survey is over, or, unless this one `stays`, perhaps not beyond the face."""
        taken = False
        for _ in range(40):
            view = self._view()
            if view.screen == "paused":
                self._wait_for()
                return taken
            if view.busy:  # stopped before the disk has answered: nothing can be touched
                return taken
            if view.recorded and not stays:
                if self._chance.random() < LEAVE_SHARE:
                    self._walk_away()
                    return True
                stays = True
            self._touch(self._pick(sorted(view.targets() - OPTIONAL_TARGETS)))
            written = self._view().busy and self._wait_for("question", "thanks")
            taken = taken or written
            if self._view().screen not in ("procedures", "question"):
                return taken
        return taken

    def _walk_away(self) -> None:
        self._time.wait(FOLLOW_UP_MS)
        for effect in self._visits.tick(self._time.now()):
            self.submit(effect)

    def _pick(self, targets: list[str]) -> str:
        levels = [target for target in targets if target.startswith("level:")]
        if levels:
            return self._chance.choices(levels, LEVEL_WEIGHTS)[0]
        if "next" in targets and self._chance.random() < 0.35:
            return "next"
        return self._chance.choice(targets)

    # A complaint

    def _write(self) -> bool:
        """From the offer to write until its code is confirmed; whether it was taken."""
        self._touch("write")
        subject = ""
        for _ in range(20):
            view = self._view()
            if view.sheet is None:
                return view.screen == "thanks"
            match view.sheet.step:
                case "subjects":
                    subject = self._chance.choice([tile.target for tile in view.tiles])
                    self._touch(subject)
                case "text":
                    self._type(TEXTS_BY_SUBJECT.get(subject.partition(":")[2], DEFAULT_TEXT))
                case "contact" if self._chance.random() < CONTACT_SHARE:
                    self._touch("consent")
                case "reach":
                    number = "".join(self._chance.choices("0123456789", k=8))
                    self._type(f"{self._chance.choice(NAMES)}\n09{number}")
            self._touch("finish" if view.sheet.step == "saved" else "next")
            if self._view().busy and not self._wait_for("complaint"):
                return False
        return False

    def _type(self, keys: str) -> None:
        """Touch the keys of the screen: capitals through shift, digits through their own page."""
        self._time.wait(GUARD_MS)  # whoever has just opened the screen looks for the first key
        for letter in keys:
            key = "key:" + {" ": "space", "\n": "enter"}.get(letter, letter.lower())
            if key not in self._view().targets():
                self._touch("key:signs", 150, 500)
            if letter.isupper():
                self._touch("key:shift", 150, 500)
            self._touch(key, 150, 500)

    # Touches, and what comes back

    def _view(self) -> View:
        return self._visits.view(self._time.now())

    def _touch(self, target: str, soonest_ms: int = 900, latest_ms: int = 4_000) -> None:
        self._time.wait(self._chance.randrange(soonest_ms, latest_ms))
        for effect in self._visits.touch(target, self._time.now()):
            self.submit(effect)

    def submit(self, effect: Effect) -> None:
        """Hand over what a touch gave."""
        self._parts.writer.submit(effect)

    def _wait_for(self, *screens: str) -> bool:
        """Wait for the disk's word. False where the visit is over without it, or stopped before."""
        while not self.stopping.is_set() and (self._view().busy or self._view().screen == "paused"):
            self._read_news(wait_s=0.2)
        return not self._view().busy and self._view().screen in screens

    def _read_news(self, wait_s: float = 0.0) -> None:
        try:
            while True:
                self._take(self._news.get(timeout=wait_s) if wait_s else self._news.get_nowait())
                wait_s = 0.0
        except queue.Empty:
            return

    def _take(self, news: Any) -> None:
        if isinstance(news, Kept):
            self._visits.kept(news.visit)
        elif isinstance(news, Closed):
            self._visits.closed(news.visit, self._time.now())
        elif isinstance(news, Lodged):
            self._visits.lodged(news.visit, news.code, self._parts.answer_by(), self._time.now())
        elif isinstance(news, Failed):
            self._visits.failed(self._time.now())
        elif isinstance(news, Recovered):
            self._visits.recovered(self._time.now())
        elif isinstance(news, Program):
            self._visits.change_program(news)


def simulate(parts: Parts, *, visits: int, pace_s: float, seed: object) -> None:
    """Make this number of visits (0: until stopped), then wait until they are delivered.

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
    """Give the link time; how many answers still wait, with one that the writer has yet to close."""
    until = time.monotonic() + DELIVERY_TIMEOUT_S
    outbox = parts.writer.outbox  # open since the first visit at the latest
    while outbox is not None and (left := outbox.undelivered()):
        if stopping.is_set() or time.monotonic() > until:
            return left
        time.sleep(0.02)
    return 0
