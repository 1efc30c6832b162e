"""Pages that know no cookie: what the public, devices and programs open.

The header is taken away before the app sees the request, so that such a page is the same for a parent and for
a principal who is signed in, and none is sent with the answer, so that nothing that keeps a page, here or on
the way, can hand one person's session to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

BARE = ("/q/", "/tra-cuu", "/api/", "/healthz", "/metrics", "/static/")
"""How their paths begin."""
MARK = "hailong.bare"
"""In the environment of such a request: no session is looked for, and none begins."""
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Bare:
    """Stands before everything else of a WSGI app."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer; without cookies, both ways, where the path is one of `BARE`."""
        if not environ.get("PATH_INFO", "").startswith(BARE):
            return self._app(environ, start_response)
        environ.pop("HTTP_COOKIE", None)
        environ[MARK] = True

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            kept = [each for each in headers if each[0].lower() != "set-cookie"]
            return start_response(status, kept, *more)

        return self._app(environ, start)
