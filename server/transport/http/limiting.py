"""One counter of attempts for the whole app, in memory; what it counts by is never logged."""

from typing import cast

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

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


def failed(response: object) -> bool:
    """Whether an answer says that what was typed was wrong."""
    return getattr(response, "status_code", 0) == WRONG
