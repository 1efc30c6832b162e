"""Everything that can go wrong with a request, in the reader's words; one place maps it to HTTP."""

import traceback
from collections.abc import Callable
from pathlib import Path

import structlog
from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from server.domain.problems import Problem
from server.transport.http.language import language
from survey_defs.texts import Texts

_log = structlog.get_logger()
_PLACE = "hailong.own-pages"
_OWN_WORDS = (400, 401, 403, 404, 405, 413, 429, 500)
_CODES = {400: "bad-request", 401: "no-token", 403: "not-yours", 404: "not-found", 405: "bad-method",
          413: "too-large", 422: "bad-parameter", 429: "too-many", 500: "internal"}  # fmt: skip


def install(app: Flask, texts: Texts) -> None:
    """Answer problems and HTTP errors as a page, or as JSON under `/api/`."""

    def problem(error: Problem) -> ResponseReturnValue:
        return _answer(error.status, error.code, error.sentence("en" if _api() else language()))

    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.code is not None and error.code < 400:
            return error
        status = error.code if error.code in _OWN_WORDS else 400 if (error.code or 500) < 500 else 500
        lang = "en" if _api() else language()
        key = "error.csrf" if isinstance(error, CSRFError) else f"error.{status}"
        code = "csrf" if isinstance(error, CSRFError) else _CODES[status]
        response = app.make_response(_answer(error.code or status, code, texts(lang, key)))
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        if status == 401 and _api():
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    def crash(error: Exception) -> ResponseReturnValue:
        note(error)
        return http_error(InternalServerError())

    app.register_error_handler(Problem, problem)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, crash)


def own_pages(app: Flask, beginning: str, answer: Callable[[int, str, str], ResponseReturnValue]) -> None:
    """Under that beginning of a path, `answer` makes the page of what went wrong: status, code, sentence."""
    _own_pages(app)[beginning] = answer


def note(error: Exception) -> None:
    """Write down where it broke, and nothing of what was asked: that may be someone's words."""
    places = traceback.extract_tb(error.__traceback__)
    at = " < ".join(f"{Path(place.filename).name}:{place.lineno}" for place in reversed(places))
    _log.error("page-failed", endpoint=request.endpoint, error=type(error).__name__, at=at)


def _own_pages(app: Flask) -> dict[str, Callable[[int, str, str], ResponseReturnValue]]:
    pages: dict[str, Callable[[int, str, str], ResponseReturnValue]] = app.extensions.setdefault(_PLACE, {})
    return pages


def _api() -> bool:
    return request.path.startswith("/api/")


def _answer(status: int, code: str, sentence: str) -> ResponseReturnValue:
    if _api():
        return jsonify(code=code, message=sentence), status
    for beginning, answer in _own_pages(current_app).items():
        if request.path.startswith(beginning):
            return answer(status, code, sentence)
    # A parent who looks a case up is not sent to the staff's login.
    page = "follow/error.html" if request.path.startswith("/tra-cuu") else "error.html"
    return render_template(page, status=status, sentence=sentence), status


def say_when(response: Response, problem: Problem) -> None:
    """When to try again, for programs."""
    if problem.status in (429, 503):
        minutes = problem.values.get("minutes")
        response.headers["Retry-After"] = str(60 * minutes if isinstance(minutes, int) else 60)
