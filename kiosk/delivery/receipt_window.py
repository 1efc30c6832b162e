"""Which events are on their way: a bounded window of batches that wait for their receipts. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

MAX_BATCHES = 4
FIRST_WAIT_MS = 10_000
MAX_WAIT_MS = 60_000
MAX_REFUSALS = 5
"""An event is given up after this many sendings that a server which answers others left unanswered."""


class _Sent(NamedTuple):
    """A batch on its way: when it was sent, what of it waits, and how many receipts had come before."""

    at: int
    ids: set[str]
    receipts: int


class ReceiptWindow:
    """Times are milliseconds that only ever grow."""

    def __init__(self, first_wait_ms: int = FIRST_WAIT_MS, max_wait_ms: int = MAX_WAIT_MS) -> None:
        """`first_wait_ms`: how long a batch waits for its receipt before it is sent again."""
        self._batches: list[_Sent] = []
        self._receipts = 0
        self._unanswered_of: dict[str, int] = {}
        self._first_wait_ms = first_wait_ms
        self._longest_wait_ms = max_wait_ms
        self._delay_ms = 0
        self.unanswered = 0
        """How many waits in a row ended without any receipt."""

    @property
    def has_room(self) -> bool:
        """Whether another batch may be sent."""
        return len(self._batches) < MAX_BATCHES

    def ids(self) -> frozenset[str]:
        """Returns the events on their way."""
        return frozenset().union(*(batch.ids for batch in self._batches))

    def is_suspect(self, id: str) -> bool:
        """Whether this event goes alone: the server answered others since it was sent, and this one not."""
        return id in self._unanswered_of

    def given_up(self) -> list[str]:
        """The events that the server does not answer, however they come; after this they are forgotten."""
        found = [id for id, times in self._unanswered_of.items() if times >= MAX_REFUSALS]
        for id in found:
            del self._unanswered_of[id]
        return found

    def sent(self, ids: Sequence[str], now: int) -> None:
        """A batch of these was just handed to the broker."""
        self._batches.append(_Sent(now, set(ids), self._receipts))

    def answered(self, ids: Iterable[str], now: int) -> None:
        """A receipt has come."""
        answered = set(ids)
        self.unanswered = 0
        self._receipts += 1
        for batch in self._batches:
            if batch.ids & answered:
                self._delay_ms = max(now - batch.at, self._delay_ms * 7 // 8)
        for id in answered & self._unanswered_of.keys():
            del self._unanswered_of[id]
        self._batches = [
            batch._replace(ids=left) for batch in self._batches if (left := batch.ids - answered)
        ]

    def release(self) -> None:
        """Give every event back for sending: the server has just shown itself anew."""
        self._batches.clear()
        self.unanswered = 0

    def wait_ms(self) -> int:
        """How long the present batches wait; grows while nothing answers, and with what receipts lately took:
        to a server that is behind, sending all again would only give more to do."""
        doubled = self._first_wait_ms * 2 ** min(self.unanswered, 10)
        return int(min(max(doubled, 2 * self._delay_ms), self._longest_wait_ms))

    def release_overdue(self, now: int) -> int:
        """Give back what has waited too long; the number of batches."""
        wait = self.wait_ms()
        overdue = [batch for batch in self._batches if now - batch.at >= wait]
        self._batches = [batch for batch in self._batches if now - batch.at < wait]
        for batch in overdue:
            if self._receipts > batch.receipts:
                for id in batch.ids:
                    before = self._unanswered_of.get(id, 0)
                    self._unanswered_of[id] = before + 1 if len(batch.ids) == 1 else max(before, 1)
        self.unanswered += len(overdue) > 0
        return len(overdue)
