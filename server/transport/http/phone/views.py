"""The phone survey: `/q/<point>`, with a slip's letters behind it or without, and its page for complaints.

No cookie is set or read. What a page may do stands in its form's signed token, which no other site can get
at and which opens nothing that the reader of the page has not before them; hence no CSRF token besides.
"""

from __future__ import annotations

import contextlib
import http
from typing import NamedTuple

from flask import Blueprint, Flask, Response, g, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from server.domain.devices.slips import read_slip
from server.domain.problems import STORE_TROUBLES, Problem
from server.services.context import Context
from server.services.devices import points
from server.services.devices.points import PATH, Point
from server.services.phone import survey_form
from server.services.phone.form_tokens import Forms
from server.services.phone.limits import Limits
from server.services.phone.survey_form import PhoneView, Sent
from server.services.sender.lookup_gate import Gate
from server.transport.http.frame import errors
from server.transport.http.frame.language import language
from server.transport.http.phone.complaint import Desk, Letters
from server.transport.http.phone.forms import (
    Form,
    harmless,
    is_trapped,
    read_answers,
    read_filled,
    read_late,
    read_procedure,
)
from server.transport.http.phone.page_cache import Front
from server.transport.http.phone.pages import LETTER, Pages, Trouble, Wanted, mark_of, trouble_of
from server.transport.http.phone.point_frame import frame, frame_of
from server.transport.http.security.access import Access, allow
from server.transport.http.security.form_sizes import LONG_FORM_BYTES
from server.transport.http.wired import PerApp, context, texts
from survey_defs.model import Survey
from survey_defs.texts import Texts

_MAX_BYTES = 64 * 1024
_RENEWED = ("form-forged", "form-expired")
"""Problems after which the form comes with another token; else it keeps the one it has."""
_SHOWN_AGAIN = (*_RENEWED, "form-empty", "form-nothing", "form-bad", "too-many-answers")
_OWN_WORDS = {404: "phone.gone", 405: "phone.gone", 413: "phone.too-large"}


class _Surveys:
    """The survey's page, and what comes of its form."""

    def __init__(self, ctx: Context, texts: Texts, pages: Pages, forms: Forms, limits: Limits) -> None:
        self._ctx, self._texts, self._pages = ctx, texts, pages
        self._forms, self._limits = forms, limits

    def page(self, point_id: str, slip: str) -> Response:
        """A fresh form. What was rendered before serves again as long as nothing of it has changed."""
        ctx, lang = self._ctx, language()
        mark = mark_of(ctx, point_id)
        wanted = Wanted(point_id, lang, request.args.get("lang") == lang)
        sheet = self._pages.kept(wanted, mark)
        view = sheet.view if sheet else None
        if view is None or slip or view.point.single_use:
            try:
                view = self._opened(point_id, slip)
            except Problem as problem:
                return self._sorry(point_id, problem)
        if sheet is None:
            sheet = self._pages.sheet(view, wanted, mark)
        return self._pages.give(sheet, view.form(self._forms, ctx.now()))

    def _opened(self, point_id: str, slip: str) -> PhoneView:
        address, now = request.remote_addr or "", self._ctx.running()
        if slip:
            self._limits.try_slip(address, now)
        wrong = False
        try:
            with self._ctx.read() as work:
                return survey_form.view(work, point_id, slip)
        except Problem as problem:
            wrong = problem.code == "slip-unknown"
            raise
        finally:
            if slip and not wrong:
                self._limits.real_slip(address, now)

    def answer(self, point_id: str, slip: str, form: Form) -> Response:
        """Take an answer: thanks once it is stored, else the form as it was filled in."""
        ctx, lang, view = self._ctx, language(), None
        try:
            with ctx.read() as work:
                point = points.find(work, point_id)
            view = self._view(point, form)
            if form.get("switch"):
                return self._again(view, form, None, 200)
            self._limits.ask(point, request.remote_addr or "", ctx.running())
            sent = Sent(
                point=point_id,
                slip=slip,
                token=form.get("token", ""),
                lang=lang,
                answers=read_answers(view.survey, form),
                procedure=read_procedure(form),
                trapped=is_trapped(form),
                late_ms=read_late(form),
            )
            survey_form.take_answer(ctx, self._forms, sent)
        except Problem as problem:
            return self._refused(point_id, view, form, problem, slip)
        except Exception as error:
            errors.note(error)
            if view is None:
                raise
            return self._again(view, form, Trouble(self._texts(lang, "phone.not-now")), 500)
        return self._pages.thanks(frame_of(view), lang)

    def _view(self, point: Point, form: Form) -> PhoneView:
        """What the form showed, as its token says; a token of others counts for the survey of today."""
        survey = None
        try:
            token = self._forms.read(form.get("token", ""))
            found = self._ctx.surveys.find(token.survey, token.version)
            survey = found if isinstance(found, Survey) else None
        except Problem:
            token = None
        survey = survey or self._ctx.surveys.newest(point.survey)
        if survey is None:
            raise Problem("point-retired")
        with self._ctx.read() as work:
            return survey_form.show(work, point, survey, token.slip if token else "")

    def _refused(
        self, point_id: str, view: PhoneView | None, form: Form, problem: Problem, slip: str
    ) -> Response:
        lang = language()
        ours = problem.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR
        if view is None or not (ours or problem.code in _SHOWN_AGAIN):
            return self._sorry(point_id, problem)
        if problem.code in _RENEWED:
            try:
                with self._ctx.read() as work:
                    view = survey_form.view(work, point_id, slip)
            except Problem as gone:
                return self._sorry(point_id, gone)
        trouble = Trouble(self._texts(lang, "phone.not-now")) if ours else trouble_of(problem, lang)
        response = self._again(view, form, trouble, problem.status, renewed=problem.code in _RENEWED)
        errors.say_when(response, problem)
        return response

    def _again(
        self, view: PhoneView, form: Form, trouble: Trouble | None, status: int, *, renewed: bool = False
    ) -> Response:
        token = form.get("token", "")
        if renewed:
            token = view.form(self._forms, self._ctx.now(), again=True)
        return self._pages.survey(view, language(), harmless(token), read_filled(form), trouble, status)

    def _sorry(self, point_id: str, problem: Problem) -> Response:
        """One sentence; the school's name where the point is one of ours."""
        lang, around = language(), None
        if problem.code not in STORE_TROUBLES:  # else the school's name would only cost another wait
            with contextlib.suppress(Problem):
                around = frame(self._ctx, point_id)
        given = problem.code in ("form-conflict", "slip-used")
        heading = self._texts(lang, "phone.conflict" if given else "phone.closed")
        response = self._pages.sorry(lang, problem.status, problem.sentence(lang), around, heading)
        errors.say_when(response, problem)
        return response


class _Phone(NamedTuple):
    """What an application makes these pages with."""

    looks: Pages
    surveys: _Surveys
    letters: Letters


pages = Blueprint("phone", __name__)
_phone: PerApp[_Phone] = PerApp("phone")


@pages.before_app_request
def _leave_no_trace() -> None:
    if request.path.startswith(PATH):
        g.lang_chosen = None  # the language stays in the address; the staff's cookie is not looked at
        asked = request.args.get("lang")
        g.lang = next(lang for lang in (asked, context().settings.lang, "vi") if lang in texts().languages)
        most = LONG_FORM_BYTES if request.path.rstrip("/").endswith(LETTER) else _MAX_BYTES
        request.max_content_length = request.max_form_memory_size = most


def _failed(status: int, code: str, sentence: str) -> Response:
    key = _OWN_WORDS.get(status, "phone.trouble" if status >= 500 else "")
    # What is wrong inside the server is told to its keepers, not to the public.
    return _phone().looks.sorry(language(), status, texts()(language(), key) if key else sentence)


@pages.get("/q/<point>", strict_slashes=False)
@pages.get("/q/<point>/<slip>", strict_slashes=False)
@allow(Access.PUBLIC)
def survey(point: str, slip: str = "") -> ResponseReturnValue:
    """A fresh form."""
    return _phone().surveys.page(point.lower(), read_slip(slip) or slip)


@pages.post("/q/<point>", strict_slashes=False)
@pages.post("/q/<point>/<slip>", strict_slashes=False)
@allow(Access.PUBLIC)
def answer(point: str, slip: str = "") -> ResponseReturnValue:
    """Take an answer."""
    return _phone().surveys.answer(point.lower(), read_slip(slip) or slip, request.form)


@pages.get(f"/q/<point>/{LETTER}", strict_slashes=False)
@allow(Access.PUBLIC)
def letter(point: str) -> ResponseReturnValue:
    """The page to write on."""
    return _phone().letters.page(point.lower())


@pages.post(f"/q/<point>/{LETTER}", strict_slashes=False)
@allow(Access.PUBLIC)
def write(point: str) -> ResponseReturnValue:
    """Take what was written."""
    return _phone().letters.take(point.lower(), request.form)


def install(app: Flask, ctx: Context, texts: Texts, csrf: CSRFProtect, gate: Gate) -> None:
    """Add the pages to the app; `gate` keeps to the few places in which codes are worked out."""
    looks = Pages(app, texts)
    forms, limits = Forms(app.secret_key), Limits()  # type: ignore[arg-type]
    surveys = _Surveys(ctx, texts, looks, forms, limits)
    letters = Letters(ctx, texts, looks, Desk(forms, limits, gate))
    _phone.keep(app, _Phone(looks, surveys, letters))
    csrf.exempt(pages)  # see above
    errors.own_pages(app, PATH, _failed)
    app.register_blueprint(pages)
    app.wsgi_app = Front(app.wsgi_app, ctx, looks, forms, texts.languages)  # type: ignore[method-assign]
