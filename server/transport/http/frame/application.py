"""The application itself: nothing of a request is ever written down by what breaks under it."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

import structlog
from flask import Flask, Request
from werkzeug.exceptions import BadHost
from werkzeug.routing import MapAdapter
from werkzeug.wrappers import Response

from server.transport import failures

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_BROKEN = (
    "Máy chủ gặp sự cố. Số liệu vẫn được giữ. Xin thử lại; nếu vẫn vậy, báo người phụ trách kỹ thuật.\n"
    "The server has a problem. What was stored is safe. Please try again.\n"
)
"""Where not even the page of what went wrong can be made: it asks neither for texts nor for files."""

_log = structlog.get_logger()


class _Nowhere(MapAdapter):
    """Links to all routes, and leads to none."""

    def match(self, *_: Any, **__: Any) -> NoReturn:
        """Raises `BadHost`."""
        raise BadHost


class Site(Flask):
    """Flask, but for what it writes down when something breaks, and for hosts whose name is none."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """As Flask's own. To a host that cannot be one the request is refused as any other bad one: the page
        that says so has links, for which Flask would have no routes."""
        try:
            return super().create_url_adapter(request)
        except BadHost:
            if request is None:
                raise
            return _Nowhere(self.url_map, "localhost", "/", "", request.scheme, "", "GET")

    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        """Where it broke; Flask would write down the path, and the failure's text."""
        _log.error("page-failed", **failures.told(exc_info[1]))

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """As Flask's own; an answer comes of it, whatever breaks."""
        try:
            return super().wsgi_app(environ, start_response)
        except Exception as error:
            _log.error("page-failed", **failures.told(error))
            broken = Response(_BROKEN, 500, {"Cache-Control": "no-store"}, mimetype="text/plain")
            return broken(environ, start_response)
