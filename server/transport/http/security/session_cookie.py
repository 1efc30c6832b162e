"""What a browser keeps of a session: a random id in one cookie, and nothing else.

Flask's session is a store of the moment here: what extensions put into it is gone after the answer. Tokens
of forms follow from the id, so that a page needs no store before anybody has signed in; who copies the
database or the server's key knows no id, and forges neither.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any, cast

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SessionInterface, SessionMixin
from flask_login import current_user

from server.services.access.search_words import SearchWords
from server.services.access.sessions import new_id, session_hash
from server.settings import Settings
from server.transport.http.security.cookieless import MARK
from server.transport.http.security.secure_line import is_secure
from server.transport.http.wired import PerApp

TOKEN = "csrf_token"  # noqa: S105 - the name of a field, and of Flask-WTF's entry in the session
_COOKIE = "hailong"
_BROWSER, _BROWSER_PATH, _YEAR_S = "hailong-browser", "/dang-nhap", 365 * 24 * 3600
_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_PURPOSE = b"hailong pages"
search_words: PerApp[SearchWords] = PerApp("search-words")
"""What the sessions of this process search for."""


class BrowserSession(dict[str, Any], SessionMixin):
    """The session of one request. `_user_id` is what Flask-Login asks for: here the session's id."""

    def __init__(self, known: str | None) -> None:
        """`known`: the id that the browser sent, if it is one."""
        super().__init__()
        self.id = known or new_id()
        self.is_new, self.is_over = known is None, False
        if known:
            self["_user_id"] = known

    @property
    def hash(self) -> str:
        """By what the store and the vault of opened keys know this session."""
        return session_hash(self.id)

    def become(self, id: str) -> None:
        """Go on as the session of that id; nothing of what was before is taken along."""
        search_words().forget(self.hash)
        self.clear()
        self.id, self.is_new, self.is_over = id, True, False
        g.pop(TOKEN, None)

    def leave(self) -> None:
        """Let the browser forget the id."""
        search_words().forget(self.hash)
        self.clear()
        self.id, self.is_new, self.is_over = new_id(), False, True
        g.pop(TOKEN, None)


class BrowserSessions(SessionInterface):
    """Reads and writes the cookie: over TLS one that no other site of this machine's can set (`__Host-`)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """The session that the request's cookie names, whether or not anybody is signed in by it."""
        sent = request.cookies.get(self._name(), "")
        return BrowserSession(sent if _ID.fullmatch(sent) else None)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie where the session began with this answer, or the answer holds a form of it."""
        if request.environ.get(MARK):
            return
        mine = cast("BrowserSession", session)
        if mine.accessed:
            response.vary.add("Cookie")
        name, secure = self._name(), is_secure(self._settings)
        if mine.is_over:
            response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="Strict")
        elif mine.is_new and ("_user_id" in mine or TOKEN in g):
            # No end of its own: a browser throws away what has ended by its clock, which may be wrong.
            response.set_cookie(name, mine.id, path="/", secure=secure, httponly=True, samesite="Strict")

    def _name(self) -> str:
        return f"__Host-{_COOKIE}" if is_secure(self._settings) else _COOKIE


def install(app: Flask, settings: Settings) -> None:
    """Let the app's sessions be these."""
    app.session_interface = BrowserSessions(settings)
    search_words.keep(app, SearchWords())


def browser_session() -> BrowserSession:
    """The session of this request."""
    return cast("BrowserSession", session._get_current_object())  # type: ignore[attr-defined]


def browser_id(settings: Settings) -> str:
    """By what the login page knows this browser; '' where it does not."""
    sent = request.cookies.get(_browser_name(settings), "")
    return sent if _ID.fullmatch(sent) else ""


def keep_browser(response: Response, settings: Settings, id: str) -> None:
    """Let the browser be known again, by the login page alone."""
    response.set_cookie(
        _browser_name(settings), id, max_age=_YEAR_S, path=_BROWSER_PATH,
        secure=is_secure(settings), httponly=True, samesite="Strict",
    )  # fmt: skip


def _browser_name(settings: Settings) -> str:
    return f"__Secure-{_BROWSER}" if is_secure(settings) else _BROWSER


def sign_pages() -> None:
    """Let the tokens of this session's forms stand for it, and say who opened them.

    To be called again for the moment of signing in: `login` knows when.
    """
    mine, login = browser_session(), ""
    if not mine.is_new or "_user_id" in mine:
        login = current_user.account.login if current_user.is_authenticated else ""
    mark = hmac.new(
        cast("bytes", current_app.secret_key), _PURPOSE + mine.id.encode(), hashlib.sha256
    ).hexdigest()
    mine[TOKEN] = f"{mark[:40]}:{login}"
