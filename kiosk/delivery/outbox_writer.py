"""Writes what a visit gave into the outbox, on a thread of its own, and reports how it went.

The screen never waits for the disk. When writing fails, nothing is thanked for; the writer then tries
again by itself until it works.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import msgspec

from kiosk.complaint.form import Lodge
from kiosk.complaint.sealing import seal_complaint
from kiosk.delivery.outbox import FILE, Entry, Event, Outbox, is_damaged, open_outbox
from kiosk.device.clock import DeviceClock
from kiosk.device.log import Log
from kiosk.visit.effects import Close, Effect
from kiosk.visit.questionnaire import Draft
from survey_defs import wire

RETRY_S = 2.0
_log = Log("keeper")


class Kept(msgspec.Struct, frozen=True):
    """The draft of that visit was committed: whatever happens now, it counts. The visit goes on."""

    visit: int


class Closed(msgspec.Struct, frozen=True):
    """The answer of that visit was committed for good."""

    visit: int


class Lodged(msgspec.Struct, frozen=True):
    """The complaint of that visit was sealed and committed; only its sender ever learns the code."""

    visit: int
    code: str

    def __repr__(self) -> str:
        return f"Lodged({self.visit})"


class Failed(msgspec.Struct, frozen=True):
    """Nothing can be written at present."""


class Recovered(msgspec.Struct, frozen=True):
    """Writing works: at the start, and again after a failure."""


Result: TypeAlias = Kept | Closed | Lodged | Failed | Recovered


class _Job(msgspec.Struct, frozen=True):
    effect: Effect
    up_ms: int
    wall: str | None


class OutboxWriter:
    """Owns the outbox for writing. `report` is called on the writer's thread."""

    def __init__(
        self,
        data: Path,
        clock: DeviceClock,
        new_id: Callable[[], str],
        report: Callable[[Result], None],
        *,
        channel: str = "kiosk",
        retry_s: float = RETRY_S,
    ) -> None:
        """Nothing is opened before `start`."""
        self._path = data / FILE
        self._clock = clock
        self._new_id = new_id
        self._report = report
        self._channel = channel
        self._retry_s = retry_s
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._outbox: Outbox | None = None
        self._open: tuple[int, Entry, Event] | None = None
        self._broken = False
        self._thread = threading.Thread(target=self._run, name="outbox-writer", daemon=True)

    @property
    def outbox(self) -> Outbox | None:
        """The outbox, or None while it cannot be opened."""
        return self._outbox

    def start(self) -> None:
        """Begin. A disk that refuses is reported, and tried again."""
        self._thread.start()

    def submit(self, effect: Effect) -> None:
        """Take an effect of the visit; returns at once."""
        self._jobs.put(_Job(effect, self._clock.up_ms(), self._clock.wall()))

    def stop(self, timeout_s: float = 5.0) -> None:
        """Write what was submitted and end."""
        self._jobs.put(None)
        self._thread.join(timeout_s)
        if self._outbox is not None and not self._thread.is_alive():
            self._outbox.close()

    def _run(self) -> None:
        self._attempt(self._begin)
        while True:
            try:
                job = self._jobs.get(timeout=self._retry_s if self._broken else None)
            except queue.Empty:
                self._recover()
                continue
            if job is None:
                return
            if self._broken:
                # Its visitor has been told that nothing is taken at the moment.
                self._report(Failed())
            else:
                self._attempt(lambda job=job: self._write(job))  # type: ignore[misc]
            del job  # what somebody wrote is not kept until the next one comes

    def _write(self, job: _Job) -> None:
        outbox = self._require()
        if isinstance(job.effect, Lodge):
            self._lodge(outbox, job.effect, job)
            return
        draft, closing = job.effect.draft, isinstance(job.effect, Close)
        if self._open is not None and self._open[0] == draft.visit:
            _, entry, first = self._open
            outbox.change(entry, {**first, **_answer(draft)}, closed=closing)
        else:
            first = self._head(job, "answer")
            entry = outbox.add({**first, **_answer(draft)}, closed=closing)
        self._open = None if closing else (draft.visit, entry, first)
        self._report(Closed(draft.visit) if closing else Kept(draft.visit))

    def _lodge(self, outbox: Outbox, lodge: Lodge, job: _Job) -> None:
        try:
            code, content = seal_complaint(lodge)
        except Exception as error:  # a sender must never wait for a thread that died of it
            raise OSError(f"a complaint could not be sealed: {type(error).__name__}") from None
        outbox.add({**self._head(job, "complaint"), **content}, closed=True)
        self._report(Lodged(lodge.visit, code))

    def _head(self, job: _Job, kind: str) -> Event:
        return {
            "boot": self._clock.boot,
            "up_ms": job.up_ms,
            "wall": job.wall,
            "type": kind,
            "channel": self._channel,
        }

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except wire.WireError as error:  # no visit that the screens allow is that large
            _log.error("an event was not kept: it could never be delivered", code=error.code)
            self._open = None
            self._report(Failed())
            self._report(Recovered())
        except (sqlite3.Error, OSError) as error:
            _log.error("nothing can be written", reason=str(error), file=str(self._path))
            if self._outbox is not None and isinstance(error, sqlite3.Error) and is_damaged(error):
                self._outbox.close()
                self._outbox = None
            self._broken = True
            self._open = None
            self._report(Failed())

    def _begin(self) -> None:
        self._reopen()
        self._report(Recovered())

    def _recover(self) -> None:
        try:
            self._reopen()
        except (sqlite3.Error, OSError):
            return
        self._broken = False
        _log.info("writing works again")
        self._report(Recovered())

    def _reopen(self) -> None:
        """Make sure that something can be committed, and that no row is left open."""
        if self._outbox is None:
            self._outbox = open_outbox(self._path, self._new_id)
        self._outbox.probe()
        self._outbox.close_all()

    def _require(self) -> Outbox:
        if self._outbox is None:
            raise sqlite3.OperationalError("the outbox is not open")
        return self._outbox


def _answer(draft: Draft) -> Event:
    return {
        "survey": draft.survey,
        "version": draft.version,
        "lang": draft.lang,
        "procedure": draft.procedure,
        "answers": draft.answers,
        "took_ms": draft.took_ms,
    }
