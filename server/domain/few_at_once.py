"""Work that takes much memory: a few at once, some more wait in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from server.domain.problems import Problem


class FewAtOnce:
    """The places for one kind of work in a process; safe to use from many threads."""

    def __init__(self, at_once: int, waiting: int, wait_s: float, code: str) -> None:
        """`code`: of the problem for whoever finds no place to wait in, or has waited for `wait_s`."""
        self._free, self._may_wait, self._wait_s, self._code = at_once, waiting, wait_s, code
        self._queue: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work within the block, once it is one's turn. Not to be nested. Raises `Problem(code)`."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            if len(self._queue) >= self._may_wait:
                raise Problem(self._code)
            called = threading.Event()
            self._queue.append(called)
        if called.wait(self._wait_s):
            return
        with self._lock:
            if called.is_set():  # in this very moment
                return
            self._queue.remove(called)
        raise Problem(self._code)

    def _leave(self) -> None:
        """Hand the place to who has waited longest: nobody who has just come takes it."""
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._free += 1


HASHING_AT_ONCE = 2
"""Passwords and passphrases that are worked out at the same time: each takes 64 MiB."""
HASHING_WAITING = 4
"""And so many more wait; whoever comes then is asked to come again: pages keep threads to answer with."""
_HASHING_WAIT_S = 10.0
hashing = FewAtOnce(HASHING_AT_ONCE, HASHING_WAITING, _HASHING_WAIT_S, "hashing-busy").turn
"""The turn of a password or a passphrase, whosever it is, in this process."""
