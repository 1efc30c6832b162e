"""One counter of attempts for the whole app, in memory; what it counts by is never logged."""

from collections.abc import Callable
from functools import partial
from typing import cast

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from server.transport.http.access import View

ATTEMPTS = "10 per 15 minutes"
WRONG = 422
"""The status of a page that says that a password or a code was wrong: what is counted."""
_PLACE = "hailong.limiter"


def limiter_of(app: Flask) -> Limiter:
    """The app's limiter, made at the first call."""
    if _PLACE not in app.extensions:
        app.extensions[_PLACE] = Limiter(
            get_remote_address, app=app, storage_uri="memory://", headers_enabled=False
        )
    return cast("Limiter", app.extensions[_PLACE])


def limits_of(app: Flask, scope: str = "") -> Callable[[Callable[[], str]], Callable[[View], View]]:
    """What makes a page count wrong tries by a key, such as a login: `limited_by(key)` above its view.

    Pages of one `scope` share the count; without it each counts for itself.
    """
    limiter = limiter_of(app)
    make = partial(limiter.shared_limit, scope=scope) if scope else limiter.limit

    def limited_by(key: Callable[[], str]) -> Callable[[View], View]:
        limit = make(ATTEMPTS, key_func=key, deduct_when=failed, methods=["POST"])
        return cast("Callable[[View], View]", limit)

    return limited_by


def failed(response: object) -> bool:
    """Whether an answer says that what was typed was wrong."""
    return getattr(response, "status_code", 0) == WRONG
