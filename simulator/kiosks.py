"""A kiosk of the fleet: the real visit, writer, outbox and link; its visitor and its clock are made up."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlite_utils import Database

from kiosk.delivery.link import Delivery, Pauses
from kiosk.delivery.outbox import FILE, RECEIPTED
from kiosk.delivery.outbox_writer import Closed, Kept, Lodged
from kiosk.delivery.receipt_window import ReceiptWindow
from kiosk.device.settings import Broker, KioskSettings
from kiosk.simulated_visitor import Visitor
from kiosk.visit.effects import Effect
from kiosk.wiring import Parts
from simulator.ledger import Ledger
from simulator.plan import Day, Plan
from simulator.virtual_time import DeviceTime, PowerCut, Stopped, VirtualClock

_HURRY = Pauses(first=0.5, longest=4.0, refused=4.0, steady=5.0)
"""Where hours pass in seconds, nobody waits a minute for the next attempt to connect."""
_LOOK_S = 0.25
"""Hundreds look at the end whether all has its receipt: more often, and the server would hardly run."""


class Kiosk:
    """One kiosk on a thread of its own."""

    def __init__(
        self,
        broker: Broker,
        school: str,
        data: Path,
        *,
        plan: Plan,
        pace: VirtualClock,
        days: int,
        cut_line: Callable[[], None],
        wrong_clock: bool = False,
    ) -> None:
        """`cut_line` breaks its connection below the client, as a power cut does."""
        self.name = broker.username
        self.ledger = Ledger()
        data.mkdir(parents=True, exist_ok=True)
        self._settings = KioskSettings(broker=broker, school=school, device=self.name, data=data)
        self._plan, self._pace, self._days, self._cut_line = plan, pace, days, cut_line
        self._time = DeviceTime(pace, days, wrong=wrong_clock)
        self._parts: Parts | None = None
        self._visitor: _Visitor | None = None
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self.deliver_s = 30.0
        """How long it stays on after its last day, if something waits."""
        self.problem: Exception | None = None
        """What ended it before its time."""

    def start(self) -> None:
        """Begin with the first day."""
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether its last day is not over yet."""
        return self._thread.is_alive()

    def numbered(self) -> dict[str, int]:
        """Returns how many events each journal of its outbox has numbered, by the file itself."""
        file = self._settings.data / FILE
        if not file.exists():
            return {}
        database = Database(file)
        try:
            return {str(row["id"]): int(row["last_seq"]) for row in database.table("journal").rows}
        finally:
            database.close()

    def undelivered(self) -> set[str]:
        """Returns the events in its outbox that have no receipt."""
        file = self._settings.data / FILE
        if not file.exists():
            return set()
        database = Database(file)
        try:
            rows = database.table("events").rows_where("closed <> ?", [RECEIPTED])
            return {str(row["id"]) for row in rows}
        finally:
            database.close()

    # Its days

    def _run(self) -> None:
        try:
            for number in range(self._days):
                self._live(self._plan.day(number))
                self._switch_off(last=number == self._days - 1)
        except Stopped:
            self._switch_off(last=True)
        except Exception as problem:  # told at the end, with all others
            self.problem = problem

    def _live(self, day: Day) -> None:
        self._time.wait_until(day.begins)
        with self._time.turn():
            self._switch_on()
        for number, moment in enumerate(day.visits):
            cut = day.cut if day.cut is not None and day.cut.visit == number else None
            try:
                self._time.wait_until(moment)
                if cut is not None and cut.after_writes is None:
                    self._time.cut_at = moment + cut.after_ms
                self._visit(cut.after_writes if cut is not None else None)
            except PowerCut:
                self.ledger.unsaid += 1
                self._lose_power()
        try:
            self._time.wait_until(day.ends)
        except PowerCut:  # after the last visitor
            self._lose_power()
            self._time.wait_until(day.ends)

    def _visit(self, cut_after: int | None) -> None:
        assert self._visitor is not None  # noqa: S101 - it is switched on
        self._visitor.cut_after = cut_after
        try:
            with self._time.turn():
                self._visitor.visit()
        except Stopped:  # what was begun is closed by the next start, and delivered like all else
            self.ledger.unsaid += 1
            self._lose_power()
            raise
        self.ledger.visits += 1
        if self._visitor.cut_after is not None:
            raise PowerCut

    # Its power

    def _switch_on(self) -> None:
        self._time.boot()
        self.ledger.boots += 1
        self._parts = Parts(
            self._settings,
            clock=self._time.device_clock(str(uuid4())),
            new_id=self.ledger.new_id,
            window=RealTimeWindow(),
            pauses=None if self._pace.speed == 1 else _HURRY,
        )
        self._time.catch_up()
        self._visitor = _Visitor(self._parts, f"{self.name} {self.ledger.boots}", self._time)
        self._parts.listen(self._hear)
        self._parts.start()

    def _switch_off(self, *, last: bool) -> None:
        if self._parts is None:
            return
        if last or self._pace.speed == 0:
            until = time.monotonic() + self.deliver_s
            while self._is_delivering() and time.monotonic() < until and not self._pace.leaving.is_set():
                time.sleep(_LOOK_S)
        self._parts.stop()
        self.ledger.waiting = self._left()
        self._parts = self._visitor = None

    def _lose_power(self) -> None:
        """As far as one process can: the line breaks, the disk takes nothing more, nobody says good-bye."""
        parts = self._parts
        assert parts is not None  # noqa: S101 - it is switched on
        self.ledger.resets += 1
        self._cut_line()
        outbox = parts.writer.outbox
        if outbox is not None:
            outbox.close()
        parts.stop()
        self._switch_on()

    def _is_delivering(self) -> bool:
        """Returns whether something waits for its receipt; what was set aside waits for the next start."""
        outbox = self._parts.writer.outbox if self._parts is not None else None
        return outbox is None or outbox.undelivered() > 0

    def _left(self) -> int:
        return len(self.undelivered())

    def _hear(self, news: Any) -> None:
        """On whatever thread tells it."""
        if isinstance(news, Kept | Closed | Lodged):
            self.ledger.note(thanked=not isinstance(news, Kept))
        elif isinstance(news, Delivery):
            self.ledger.waiting = news.waiting
        visitor = self._visitor
        if visitor is not None:
            visitor.hear(news)


class _Visitor(Visitor):
    """Touches go on until the power fails: then it is dark."""

    cut_after: int | None = None
    """Number of effects handed to the disk, after which the power fails."""

    def submit(self, effect: Effect) -> None:
        """Hand it over. Raises `PowerCut` without waiting for the disk's word."""
        super().submit(effect)
        if self.cut_after is not None:
            self.cut_after -= 1
            if self.cut_after <= 0:
                self.cut_after = None
                raise PowerCut


class RealTimeWindow(ReceiptWindow):
    """Waits for receipts in real time: the network does not run faster because the school day does."""

    def sent(self, ids: Any, now: int) -> None:
        """A batch of these was just handed to the broker."""
        super().sent(ids, _real_ms())

    def answered(self, ids: Any, now: int) -> None:
        """A receipt has come."""
        super().answered(ids, _real_ms())

    def release_overdue(self, now: int) -> int:
        """Give back what has waited too long; the number of batches."""
        return super().release_overdue(_real_ms())


def _real_ms() -> int:
    return int(time.monotonic() * 1000)
