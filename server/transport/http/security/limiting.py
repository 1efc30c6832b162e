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
from server.services.context import Context
from server.transport.http.security.access import View
from server.transport.http.security.refusals import note_wrong

TRIES, TRIES_OF_ADDRESS = 10, 50
"""Wrong tries of one page by one key before pauses begin; wide for an address: a school stands behind it."""
WRONG = 422
"""The status of a page that says that a password or a code was wrong: what is counted."""
_PLACE = "hailong.attempts"


def by_address() -> str:
    """The key of whoever asks: their address."""
    return request.remote_addr or ""


def by_login() -> str:
    """The key of whoever is signed in."""
    return str(current_user.account.login)


def by_second() -> str:
    """The key of whose password is typed for a second person, so that nobody guesses it in their place."""
    return request.form.get("second", "")[:64] or by_login()


def limits_of(
    app: Flask, ctx: Context, scope: str = ""
) -> Callable[[Callable[[], str]], Callable[[View], View]]:
    """What makes a page count wrong tries by a key, such as a login: `limited_by(key)` above its view.

    A try is counted before the page looks at it, and given back where nothing was wrong. Pages of one `scope`
    share the count; without it each counts for itself. Whoever has none left is told how long to wait
    (`Problem("too-many-wrong")`).
    """
    counter: AddressCounter = app.extensions.setdefault(_PLACE, AddressCounter())

    def limited_by(key: Callable[[], str]) -> Callable[[View], View]:
        def limit(view: View) -> View:
            page = scope or f"{view.__module__}.{view.__qualname__}"
            kind = f"{page} {key.__name__}"

            def limit_now() -> Limit:
                if key is by_address:
                    return Limit(kind, TRIES_OF_ADDRESS, by_address(), grows=True)
                return Limit(kind, TRIES, who=key(), grows=True)

            @wraps(view)
            def limited(*arguments: Any, **named: Any) -> Any:
                counted, now = limit_now(), ctx.running()
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

    return limited_by
