"""What keeps the lookup of codes from being flooded: how often an address may try, how many at once.

16 digits cannot be guessed at any pace that a server answers: what is guarded is its memory, and the limits
are as wide as a school's Wi-Fi behind one address needs them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from server.domain.few_at_once import FewAtOnce
from server.domain.problems import Problem
from server.services.access.address_counter import AddressCounter, Limit

MISSES = 30
"""Codes that open nothing, from one address within the counter's window."""
ASKED = 300
"""Questions in all, from one address within the window."""
AT_ONCE = 2
"""Codes that are worked out at the same time: each takes 32 MB."""
WAITING = 4
"""Codes that are worked out or wait for it; whoever comes then is asked to come again."""
WAIT_S = 5.0


class Question:
    """One question, while it is answered; `missed` is to be set where its code opens nothing."""

    missed = False


class Gate:
    """One for each web process; safe to use from many threads."""

    def __init__(
        self, *, misses: int = MISSES, asked: int = ASKED, at_once: int = AT_ONCE, waiting: int = WAITING
    ) -> None:
        self._misses, self._asked = misses, asked
        self._turns = FewAtOnce(at_once, waiting - at_once, WAIT_S, "lookups-busy")
        self._counter = AddressCounter()

    @contextmanager
    def asking(self, address: str, now: int) -> Iterator[Question]:
        """Count one question, then answer it within the block. Raises `Problem("too-many-lookups")` where the
        address has used its share up.

        The same for every code: it is counted, as one that opens nothing, before anybody looks whether it
        opens anything.
        """
        misses, asked = Limit("miss", self._misses, address), Limit("ask", self._asked, address)
        if minutes := self._counter.take(now, misses, asked):
            raise Problem("too-many-lookups", minutes=minutes)
        question = Question()
        try:
            yield question
        finally:
            if not question.missed:
                self._counter.give_back(now, misses)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one of the few places in which a code is worked out. Raises `Problem("lookups-busy")`."""
        with self._turns.turn():
            yield
