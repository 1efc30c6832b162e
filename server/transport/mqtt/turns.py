"""What waits to be stored, by device: each in its turn, and who says too much crowds out only itself."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """A queue that takes turns between senders, bounded in items and in bytes. Safe to use from any thread.

    Where it is full, whoever has most in it loses his oldest: a sender alone may fill it, and gives way as
    soon as others come. Who says little loses nothing.
    """

    def __init__(self, max_items: int, max_bytes: int) -> None:
        """Empty."""
        self._max_items, self._max_bytes = max_items, max_bytes
        self._waiting: OrderedDict[str, _Line[T]] = OrderedDict()
        """The senders who have something here, the one whose turn is next first."""
        self._items = self._bytes = 0
        self._closed = False
        self._news = threading.Condition()

    def __len__(self) -> int:
        """How many items wait."""
        return self._items

    def waiting(self, sender: str) -> tuple[int, int]:
        """How many items of this sender wait, and how many bytes."""
        line = self._waiting.get(sender)
        return (len(line.items), line.bytes) if line else (0, 0)

    def put(self, sender: str, item: T, size: int) -> list[T]:
        """Add an item of so many bytes; what had to give way for it, which may be this one."""
        with self._news:
            line = self._waiting.get(sender)
            if line is None:
                line = self._waiting[sender] = _Line()
            line.add(item, size)
            self._items, self._bytes = self._items + 1, self._bytes + size
            gone = []
            while self._items > self._max_items or self._bytes > self._max_bytes:
                gone.append(self._take(max(self._waiting, key=self._share)))
            self._news.notify()
            return gone

    def get(self, within_s: float | None = None) -> T | None:
        """The next item; None where none comes in that time, and once it is closed."""
        with self._news:
            self._news.wait_for(lambda: self._items or self._closed, within_s)
            if not self._items or self._closed:
                return None
            sender = next(iter(self._waiting))
            item = self._take(sender)
            if sender in self._waiting:
                self._waiting.move_to_end(sender)
            return item

    def close(self) -> None:
        """Nothing is given out any more, and nobody waits."""
        with self._news:
            self._closed = True
            self._news.notify_all()

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def clear(self) -> list[T]:
        """Everything that waits, which then waits no longer."""
        with self._news:
            everything = [item for line in self._waiting.values() for item, _ in line.items]
            self._waiting.clear()
            self._items = self._bytes = 0
            return everything

    def _share(self, sender: str) -> float:
        line = self._waiting[sender]
        return max(len(line.items) / self._max_items, line.bytes / self._max_bytes)

    def _take(self, sender: str) -> T:
        line = self._waiting[sender]
        item, size = line.take()
        self._items, self._bytes = self._items - 1, self._bytes - size
        if not line.items:
            del self._waiting[sender]
        return item


class _Line(Generic[T]):
    """What one sender has waiting."""

    def __init__(self) -> None:
        self.items: deque[tuple[T, int]] = deque()
        self.bytes = 0

    def add(self, item: T, size: int) -> None:
        self.items.append((item, size))
        self.bytes += size

    def take(self) -> tuple[T, int]:
        item, size = self.items.popleft()
        self.bytes -= size
        return item, size
