"""Which events are on their way: a bounded window of batches that wait for their receipts. Pure."""

from collections.abc import Iterable, Sequence

MAX_BATCHES = 4
FIRST_WAIT_MS = 10_000
LONGEST_WAIT_MS = 60_000


class Window:
    """Times are milliseconds that only ever grow."""

    def __init__(self, first_wait_ms: int = FIRST_WAIT_MS, longest_wait_ms: int = LONGEST_WAIT_MS) -> None:
        """`first_wait_ms`: how long a batch waits for its receipt before it is sent again."""
        self._batches: list[tuple[int, set[str]]] = []
        self._first_wait_ms = first_wait_ms
        self._longest_wait_ms = longest_wait_ms
        self.unanswered = 0
        """How many waits in a row ended without any receipt."""

    @property
    def has_room(self) -> bool:
        """Whether another batch may be sent."""
        return len(self._batches) < MAX_BATCHES

    def ids(self) -> frozenset[str]:
        """The events on their way."""
        return frozenset().union(*(ids for _, ids in self._batches))

    def sent(self, ids: Sequence[str], now: int) -> None:
        """A batch of these was just handed to the broker."""
        self._batches.append((now, set(ids)))

    def answered(self, ids: Iterable[str]) -> None:
        """A receipt has come."""
        answered = set(ids)
        self.unanswered = 0
        self._batches = [(at, left) for at, ids in self._batches if (left := ids - answered)]

    def release(self) -> None:
        """Give every event back for sending: the server has just shown itself anew."""
        self._batches.clear()
        self.unanswered = 0

    def wait_ms(self) -> int:
        """How long the present batches wait; grows while nothing answers."""
        return int(min(self._first_wait_ms * 2 ** min(self.unanswered, 10), self._longest_wait_ms))

    def release_overdue(self, now: int) -> int:
        """Give back what has waited too long; the number of batches."""
        wait = self.wait_ms()
        kept = [(at, ids) for at, ids in self._batches if now - at < wait]
        overdue = len(self._batches) - len(kept)
        self._batches = kept
        self.unanswered += overdue > 0
        return overdue
