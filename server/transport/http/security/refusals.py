"""Who was let in and what was refused, as lines of the log: who keeps the server sees that somebody tries.

A line says the route as it is written down (no number of a case, no name), the method, the status, the
problem's code, and of whoever is signed in the role and the school; no address, no login, no word of what was
asked. A flood must not fill the disk: beyond some lines a minute only their number is told.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import structlog
from flask import Flask, Response, g, request

from server.services.context import Context

MAX_A_MINUTE = 10
"""Lines of each of the three kinds; at some 200 bytes each that is at most 9 MB a day."""
_MINUTE_MS = 60_000
_REFUSED = (401, 403, 429)
_TELLING = ("csrf",)
"""Codes that are told whatever the status."""
_CODE, _EVENT = "refused_code", "refused_event"
_REFUSAL, _WRONG, _ENTERED = "a request was refused", "a password or code was wrong", "somebody signed in"
_log = structlog.get_logger()


class RefusalLog:
    """The lines of one web process; safe to use from many threads."""

    def __init__(self) -> None:
        """Nothing was told yet."""
        self._lock = threading.Lock()
        self._began = 0
        self._came: Counter[str] = Counter()

    def tell(self, now: int, event: str, **said: Any) -> None:
        """Write a line, or count it. `now`: milliseconds that only go on."""
        beyond: dict[str, int] = {}
        with self._lock:
            if now - self._began >= _MINUTE_MS:
                beyond = {name: came - MAX_A_MINUTE for name, came in self._came.items()}
                self._began, self._came = now, Counter()
            self._came[event] += 1
            is_told = self._came[event] <= MAX_A_MINUTE
        for name, count in beyond.items():
            if count > 0:
                _log.warning(f"{name}, more often than is told", times=count)
        if is_told:
            (_log.info if event == _ENTERED else _log.warning)(event, **said)


def install(app: Flask, ctx: Context) -> None:
    """Tell of every request that was refused, and of who signed in."""
    lines = RefusalLog()

    @app.after_request
    def tell(response: Response) -> Response:
        code, status, who = g.get(_CODE, ""), response.status_code, _who()
        # What is not theirs answers whoever is signed in as if it were not there.
        is_hidden = status == 404 and bool(who) and request.url_rule is not None
        is_refused = status in _REFUSED or code in _TELLING or is_hidden
        event = g.get(_EVENT, _REFUSAL if is_refused else "")
        if event:
            said = {"route": _route(), "method": _method(), "status": status, "code": code, **who}
            lines.tell(ctx.running(), event, **{name: value for name, value in said.items() if value})
        return response


def note_code(code: str) -> None:
    """The problem for which this request is refused, if it is."""
    setattr(g, _CODE, code)


def note_wrong() -> None:
    """A password, a passphrase or a code that came with this request is wrong."""
    setattr(g, _EVENT, _WRONG)


def note_entered() -> None:
    """Somebody has signed in with this request."""
    setattr(g, _EVENT, _ENTERED)


def _route() -> str:
    return request.url_rule.rule if request.url_rule is not None else "none"


def _method() -> str:
    """As the routes know it: anything else may be somebody's words."""
    return request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"


def _who() -> dict[str, str]:
    """The role and the school, where the request has found them out; nothing is looked up for this."""
    if "token" in g:
        return {"role": "token", "school": g.token.school}
    account = getattr(g.get("_login_user"), "account", None)
    return {} if account is None else {"role": account.role, "school": account.school}
