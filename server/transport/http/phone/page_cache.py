"""What makes a survey's page cheap: one that the app has made is handed out again with another token.

A whole class opens the same page within a minute. The app makes it once, with every header that it gives;
as long as nothing of the page has changed (one query tells), this stands before the app and answers in its
place. Whatever is not such a page goes to the app: slips, other methods, addresses that it has not served.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from server.services.context import Context
from server.services.devices.points import PATH
from server.services.phone.form_tokens import Forms
from server.transport.http.phone.pages import Pages, Sheet, Wanted, mark_of, takes_gzip

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_OWN = ("content-length", "content-encoding", "content-type", "vary", "set-cookie")
"""Headers that depend on the reader, or that follow from the body."""
_KEPT = 512


class _Served(NamedTuple):
    """The headers with which the app sent a page, and what that page was made from."""

    mark: object
    headers: tuple[tuple[str, str], ...]


class Front:
    """Stands before a WSGI app."""

    def __init__(self, app: Wsgi, ctx: Context, pages: Pages, forms: Forms, languages: Iterable[str]) -> None:
        """`languages`: those that an address may ask for."""
        self._app, self._ctx, self._pages, self._forms = app, ctx, pages, forms
        self._asked = {f"lang={lang}": lang for lang in languages}
        self._served: OrderedDict[Wanted, _Served] = OrderedDict()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, or let the app answer."""
        wanted = self._wanted(environ)
        if wanted is None:
            return self._app(environ, start_response)
        try:
            mark = mark_of(self._ctx, wanted.point)
        except Exception:
            mark = None  # the app meets the same trouble, and has a page for it
        sheet = self._pages.kept(wanted, mark)
        served = self._served.get(wanted)
        if sheet is None or served is None or served.mark != mark or sheet.view.point.single_use:
            return self._app(environ, self._listening(wanted, mark, start_response))
        return self._again(environ, start_response, sheet, served)

    def _wanted(self, environ: dict[str, Any]) -> Wanted | None:
        """The survey's page that is asked for, if that is all."""
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        if environ["REQUEST_METHOD"] != "GET" or not path.startswith(PATH) or environ.get("SCRIPT_NAME"):
            return None
        point = path[len(PATH) :]
        if not point or "/" in point or (query and query not in self._asked):
            return None
        return Wanted(point, self._asked.get(query) or self._ctx.settings.lang, bool(query))

    def _listening(
        self, wanted: Wanted, mark: object, start_response: Callable[..., Any]
    ) -> Callable[..., Any]:
        """Remember the headers of a page that the app makes now."""

        def listen(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if mark is not None and status.startswith("200"):
                kept = tuple(each for each in headers if each[0].lower() not in _OWN)
                self._served[wanted] = _Served(mark, kept)
                while len(self._served) > _KEPT:
                    self._served.popitem(last=False)
            return start_response(status, headers, *more)

        return listen

    def _again(
        self, environ: dict[str, Any], start_response: Callable[..., Any], sheet: Sheet, served: _Served
    ) -> Iterable[bytes]:
        token = sheet.view.form(self._forms, self._ctx.now())
        packed = takes_gzip(environ)
        body = sheet.body(token, packed=packed)
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Vary", "Accept-Encoding"),
            *served.headers,
        ]
        if packed:
            headers.append(("Content-Encoding", "gzip"))
        start_response("200 OK", headers)
        return [body]
