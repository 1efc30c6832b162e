"""One counter of wrong tries for the whole app, in memory; what it counts by is never logged.

It counts by running time: a clock that jumps neither locks anybody out nor opens the limit.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from flask import Flask, abort, make_response, request

from server.services.address_counter import AddressCounter
from server.services.context import Context
from server.transport.http.access import View

ATTEMPTS = 10
"""Wrong tries of one page by one key, within the counter's window."""
WRONG = 422
"""The status of a page that says that a password or a code was wrong: what is counted."""
_PLACE = "hailong.attempts"


def by_address() -> str:
    """The key of whoever asks: their address."""
    return request.remote_addr or ""


def limits_of(
    app: Flask, ctx: Context, scope: str = ""
) -> Callable[[Callable[[], str]], Callable[[View], View]]:
    """What makes a page count wrong tries by a key, such as a login: `limited_by(key)` above its view.

    Pages of one `scope` share the count; without it each counts for itself. Who has none left gets 429.
    """
    counter: AddressCounter = app.extensions.setdefault(_PLACE, AddressCounter())

    def limited_by(key: Callable[[], str]) -> Callable[[View], View]:
        def limit(view: View) -> View:
            page = scope or f"{view.__module__}.{view.__qualname__}"
            kind = f"{page} {key.__name__}"

            @wraps(view)
            def limited(*arguments: Any, **named: Any) -> Any:
                who, now = key(), ctx.running()
                if counter.wait(kind, who, ATTEMPTS, now):
                    abort(429)
                response = make_response(view(*arguments, **named))
                if response.status_code == WRONG:
                    counter.count(kind, who, now)
                return response

            return cast("View", limited)

        return limit

    return limited_by
