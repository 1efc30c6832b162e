"""How often a password may be tried, so that it is found by no trying and nobody is locked out by others.

From a browser that nobody has signed in with, three counts, each with growing pauses: of a login from one
address; of a login from everywhere; of an address over all logins. From a browser with which this login has
signed in before (`browsers`) one count of its own: whatever strangers try, and however many stand behind the
school's one address, nobody is kept out of their own account at their own desk.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from server.domain.problems import Problem
from server.services.access.address_counter import AddressCounter, Limit

TRIES = 10
"""Of a login from one address, or from one browser that it knows."""
TRIES_OF_LOGIN, TRIES_OF_ADDRESS = 50, 50
_KIND = "sign-in"


class Try:
    """One try, while it is looked at; `right` is to be set where the password was."""

    right = False


class SignInLimits:
    """One for each web process; safe to use from many threads."""

    def __init__(self) -> None:
        self._counter = AddressCounter()

    @contextmanager
    def trying(self, login: str, address: str, now: int, browser: str = "") -> Iterator[Try]:
        """Count a try, then look at it within the block. Raises `Problem("too-many-wrong")` instead.

        `browser`: the hash of one that this login has used before. What fails for another reason than the
        password counts for nothing.
        """
        login = login.strip().casefold()[:64]
        limits: tuple[Limit, ...] = (
            Limit(_KIND, TRIES, address, login, grows=True),
            Limit(_KIND, TRIES_OF_LOGIN, "", login, grows=True),
            Limit(_KIND, TRIES_OF_ADDRESS, address, grows=True),
        )
        if browser:
            limits = (Limit(_KIND, TRIES, "", f"{login} {browser}", grows=True),)
        if minutes := self._counter.take(now, *limits):
            raise Problem("too-many-wrong", minutes=minutes)
        tried = Try()
        try:
            yield tried
        except BaseException:
            self._counter.give_back(now, *limits)
            raise
        if tried.right:
            self._counter.give_back(now, *limits)
            self._counter.forget(now, limits[0])
