"""One counter of wrong tries for pages that ask for a secret, in memory; what it counts by is never logged.

It counts by running time: a clock that jumps neither locks anybody out nor opens the limit. The login has
limits of its own (`services.access.sign_in_limits`).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from flask import Flask, make_response, request
from flask_login import current_user

from server.domain.problems import Problem
from server.services.access.address_counter import AddressCounter, Limit
from server.transport.http.security.access import View
from server.transport.http.security.refusals import note_wrong
from server.transport.http.wired import PerApp, context

TRIES, TRIES_OF_ADDRESS = 10, 50
"""Wrong tries of one page by one key before pauses begin; wide for an address: a school stands behind it."""
WRONG = 422
"""The status of a page that says that a password or a code was wrong: what is counted."""
KEYS = "keys"
"""The scope of all pages that ask for a passphrase or for a second person's password."""
_counter: PerApp[AddressCounter] = PerApp("attempts")


def install(app: Flask) -> None:
    """Let the app's pages count from nothing."""
    _counter.keep(app, AddressCounter())


def by_address() -> str:
    """The key of whoever asks: their address."""
    return request.remote_addr or ""


def by_login() -> str:
    """The key of whoever is signed in."""
    return str(current_user.account.login)


def by_second() -> str:
    """The key of whose password is typed for a second person, so that nobody guesses it in their place."""
    return request.form.get("second", "")[:64] or by_login()


def limited_by(key: Callable[[], str], scope: str = "") -> Callable[[View], View]:
    """Count the wrong tries of a view by a key, such as a login.

    A try is counted before the page looks at it, and given back where nothing was wrong. Pages of one `scope`
    share the count; without it each counts for itself. Whoever has none left is told how long to wait
    (`Problem("too-many-wrong")`).
    """

    def limit(view: View) -> View:
        page = scope or f"{view.__module__}.{view.__qualname__}"
        kind = f"{page} {key.__name__}"

        @wraps(view)
        def limited(*arguments: Any, **named: Any) -> Any:
            counter, counted, now = _counter(), _limit_of(kind, key), context().running()
            if minutes := counter.take(now, counted):
                raise Problem("too-many-wrong", minutes=minutes)
            try:
                response = make_response(view(*arguments, **named))
            except BaseException:
                counter.give_back(now, counted)
                raise
            if response.status_code == WRONG:
                note_wrong()
            else:
                counter.give_back(now, counted)
            return response

        return cast("View", limited)

    return limit


def _limit_of(kind: str, key: Callable[[], str]) -> Limit:
    if key is by_address:
        return Limit(kind, TRIES_OF_ADDRESS, by_address(), grows=True)
    return Limit(kind, TRIES, who=key(), grows=True)
