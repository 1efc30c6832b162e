"""Everything that can go wrong with a request, in the reader's words; one place maps it to HTTP."""

from collections.abc import Callable
from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from server.domain.problems import STORE_TROUBLES, Problem
from server.transport import failures
from server.transport.http.frame import kept_forms
from server.transport.http.frame.language import language
from server.transport.http.frame.trouble import RETRY_AFTER_S, TroubleLog, sentence_of, trouble_page
from server.transport.http.security import refusals
from survey_defs.texts import Texts

_log = structlog.get_logger()
_PLACE = "hailong.own-pages"
_OWN_WORDS = (400, 401, 403, 404, 405, 413, 429, 500)
_CODES = {400: "bad-request", 401: "no-token", 403: "not-yours", 404: "not-found", 405: "bad-method",
          413: "too-large", 422: "bad-parameter", 429: "too-many", 500: "internal"}  # fmt: skip


def install(app: Flask, texts: Texts) -> None:
    """Answer problems and HTTP errors as a page, or as JSON under `/api/`."""

    told = TroubleLog()

    def problem(error: Problem) -> ResponseReturnValue:
        refusals.note_code(error.code)
        lang = "en" if _api() else language()
        if error.code not in STORE_TROUBLES:
            answer = app.make_response(whole(error.status, error.code, error.sentence(lang)))
        elif _api() or _own_page() is not None:
            told.tell(error)
            answer = app.make_response(_answer(error.status, error.code, sentence_of(error, texts, lang)))
        else:
            told.tell(error)
            answer = trouble_page(error, texts)
        say_when(answer, error)
        return answer

    def whole(status: int, code: str, sentence: str) -> ResponseReturnValue:
        try:
            return _answer(status, code, sentence)
        except Problem as trouble:  # the page of what went wrong shows whose it is, and cannot read that
            return problem(trouble)

    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.code is not None and error.code < 400:
            return error
        try:
            form = None if _api() else kept_forms.in_place_of(error)
        except Problem as trouble:
            return problem(trouble)
        if form is not None:
            refusals.note_code("csrf" if isinstance(error, CSRFError) else "")
            return form
        status = error.code if error.code in _OWN_WORDS else 400 if (error.code or 500) < 500 else 500
        lang = "en" if _api() else language()
        key = "error.csrf" if isinstance(error, CSRFError) else f"error.{status}"
        code = "csrf" if isinstance(error, CSRFError) else _CODES[status]
        refusals.note_code(code)
        response = app.make_response(whole(error.code or status, code, texts(lang, key)))
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        if status == 401 and _api():
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    def crash(error: Exception) -> ResponseReturnValue:
        note(error)
        return http_error(InternalServerError())

    @app.after_request
    def again_soon(response: Response) -> Response:
        """A page may have told of a busy store itself, with the form that it could not take."""
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers.setdefault("Retry-After", str(RETRY_AFTER_S))
        return response

    app.register_error_handler(Problem, problem)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, crash)


def own_pages(app: Flask, beginning: str, answer: Callable[[int, str, str], ResponseReturnValue]) -> None:
    """Under that beginning of a path, `answer` makes the page of what went wrong: status, code, sentence."""
    _own_pages(app)[beginning] = answer


def note(error: Exception) -> None:
    """Write down where it broke, and nothing of what was asked: that may be someone's words."""
    _log.error("page-failed", endpoint=request.endpoint, **failures.told(error))


def _own_pages(app: Flask) -> dict[str, Callable[[int, str, str], ResponseReturnValue]]:
    pages: dict[str, Callable[[int, str, str], ResponseReturnValue]] = app.extensions.setdefault(_PLACE, {})
    return pages


def _own_page() -> Callable[[int, str, str], ResponseReturnValue] | None:
    found = (page for start, page in _own_pages(current_app).items() if request.path.startswith(start))
    return next(found, None)


def _api() -> bool:
    return request.path.startswith("/api/")


def _answer(status: int, code: str, sentence: str) -> ResponseReturnValue:
    if _api():
        return jsonify(code=code, message=sentence), status
    if own := _own_page():
        return own(status, code, sentence)
    # A parent who looks a case up is not sent to the staff's login.
    if request.path.startswith("/tra-cuu"):
        return render_template("sender/error.html", status=status, sentence=sentence), status
    carried = kept_forms.held() if status == 429 else ""
    html = render_template(
        "frame/error.html",
        status=status,
        sentence=sentence,
        typed=kept_forms.typed(),
        carried=carried,
        section=kept_forms.section_of(kept_forms.address_of(carried)) if carried else request.blueprint,
        again=kept_forms.reopened() if code == "csrf" else None,
    )
    return html, status


def say_when(response: Response, problem: Problem) -> None:
    """When to try again, for programs."""
    if problem.code in STORE_TROUBLES:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    elif problem.status in (429, 503):
        minutes = problem.values.get("minutes")
        response.headers["Retry-After"] = str(60 * minutes if isinstance(minutes, int) else 60)
