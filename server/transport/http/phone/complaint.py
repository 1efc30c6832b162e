"""A comment or complaint written on a phone: the page, what is wrong with it, and the code that follows."""

from __future__ import annotations

import http
from typing import NamedTuple
from urllib.parse import quote

from flask import Response, request

from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.rules.retention import CONTACT, keep_months
from server.services.context import Context
from server.services.devices.complaint_terms import LOOKUP, head
from server.services.devices.points import Point
from server.services.keys.keys import principal_key
from server.services.phone import complaint_form
from server.services.phone.complaint_form import Opened, Written
from server.services.phone.form_tokens import Forms
from server.services.phone.limits import Limits
from server.services.sender.lookup_gate import Gate
from server.transport.http.frame import errors, formats
from server.transport.http.frame.language import language
from server.transport.http.phone.forms import Form, harmless, read_late
from server.transport.http.phone.pages import LETTER, Pages, Trouble, address
from server.transport.http.phone.point_frame import Frame, frame
from survey_defs.complaint import spell_code
from survey_defs.letter import MAX_TEXT
from survey_defs.model import localized
from survey_defs.subjects import builtin_subjects
from survey_defs.texts import Texts

SAVED = "da-luu"
"""In the address of the page that closes a visit: the code was saved."""
_MAX_SUBJECTS = 50
_RENEWED = ("form-forged", "form-expired", "letter-conflict")
"""Problems after which the form comes with another token; else it keeps the one it has."""
_SAID = ("lookups-busy",)
"""Our own trouble that has a sentence for everybody."""
_FIELDS = {
    "text-empty": "text", "text-too-long": "text", "contact-without-consent": "contact",
    "contact-too-long": "contact", "complaint-advice": "advice", "principal-would-read": "principal",
}  # fmt: skip
"""Beside which field a problem is said."""


class Filled(NamedTuple):
    """What was written, as the form sent it: to be shown once more."""

    about: tuple[str, ...] = ()
    text: str = ""
    name: str = ""
    reach: str = ""
    consent: bool = False
    advised: bool = False
    principal: bool = False


class Desk(NamedTuple):
    """What forms pass by: who signs them, who counts them, and the places in which codes are worked out."""

    forms: Forms
    limits: Limits
    gate: Gate


class Letters:
    """The page for comments and complaints of every point."""

    def __init__(self, ctx: Context, texts: Texts, pages: Pages, desk: Desk) -> None:
        self._ctx, self._texts, self._pages = ctx, texts, pages
        self._forms, self._limits, self._gate = desk

    def page(self, point_id: str) -> Response:
        """An empty page to write on, or the one that closes the visit."""
        lang = language()
        try:
            around = frame(self._ctx, point_id)
        except Problem as problem:
            return self._pages.sorry(lang, problem.status, problem.sentence(lang))
        if request.args.get(SAVED):
            return self._pages.after("finished", around, lang, lookup=self._lookup())
        if closed := _closed(around):
            return self._pages.sorry(lang, closed.status, closed.sentence(lang), around)
        return self._form(around, Filled(), self._token(around.point))

    def take(self, point_id: str, form: Form) -> Response:
        """Take a letter: its code once it is stored, else the page with every word that was written."""
        lang = language()
        try:
            around = frame(self._ctx, point_id)
        except Problem as problem:
            return self._pages.sorry(lang, problem.status, problem.sentence(lang))
        filled, token = _read_filled(form), form.get("token", "")
        if form.get("switch"):
            return self._form(around, filled, token)
        try:
            self._limits.ask(around.point, request.remote_addr or "", self._ctx.running())
            written = self._written(around, filled, form)
            opened = complaint_form.take_complaint(self._ctx, self._forms, self._gate.turn, written)
        except Problem as problem:
            return self._refused(around, filled, token, problem)
        except Exception as error:
            errors.note(error)
            trouble = Trouble(self._texts(lang, "phone.letter-not-now"))
            return self._form(around, filled, token, trouble, 500)
        return self._code(around, opened)

    def _written(self, frame: Frame, filled: Filled, form: Form) -> Written:
        return Written(
            point=frame.point.id,
            token=form.get("token", ""),
            lang=language(),
            about=filled.about,
            text=filled.text,
            name=filled.name,
            reach=filled.reach,
            consent=self._consent(frame) if filled.consent else "",
            advised=filled.advised,
            about_principal=filled.principal,
            late_ms=read_late(form),
        )

    def _refused(self, frame: Frame, filled: Filled, token: str, problem: Problem) -> Response:
        """The page with every word that was written and with what is wrong."""
        lang = language()
        if problem.code in _RENEWED:
            token = self._token(frame.point, again=True)
        ours = problem.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR and problem.code not in _SAID
        sentence = self._texts(lang, "phone.letter-not-now") if ours else problem.sentence(lang)
        field = _FIELDS.get(problem.code, "")
        earlier = spell_code(str(problem.values["earlier"])) if problem.code == "letter-conflict" else ""
        response = self._form(frame, filled, token, Trouble(sentence, field), problem.status, earlier)
        errors.say_when(response, problem)
        return response

    def _form(  # noqa: PLR0917 - what a page is made of
        self,
        frame: Frame,
        filled: Filled,
        token: str,
        trouble: Trouble | None = None,
        status: int = 200,
        earlier: str = "",
    ) -> Response:
        """`earlier`: the code of what this form has brought before."""
        lang = language()
        with self._ctx.read() as work:
            return self._pages.letter(
                frame, lang, harmless(token), status,
                filled=filled,
                problem=trouble,
                earlier=earlier,
                subjects=[(each.id, localized(each.text, lang)) for each in builtin_subjects()],
                apart=principal_key(work, frame.point.school) is not None,
                to=localized(head(work, frame.point.school, local_day(work.now)), lang),
                most=MAX_TEXT,
                most_words=formats.number(MAX_TEXT, lang),
                consent=self._consent(frame),
            )  # fmt: skip

    def _consent(self, frame: Frame) -> str:
        """The sentence that is agreed to; it goes with the contact into the sealed letter."""
        months = keep_months(CONTACT, local_day(self._ctx.now())).months
        return frame.say(self._texts, language())("phone.consent", months=months)

    def _token(self, point: Point, *, again: bool = False) -> str:
        return self._forms.give(point.id, "", 0, self._ctx.now(), again)

    def _code(self, frame: Frame, opened: Opened) -> Response:
        """The code, and every way to keep it: it is shown this once."""
        lang, texts = language(), self._texts
        due = f"{formats.weekday(opened.due, lang)} {formats.day(opened.due, lang)}" if opened.due else ""
        spelled = spell_code(opened.code)
        mark = "" if opened.reach == "anywhere" else texts(lang, f"slip.reach-{opened.reach}").rstrip(".")
        file = texts(
            lang, "phone.file",
            code=spelled, address=f"{opened.lookup}{mark and f' ({mark})'}", school=frame.school_name,
            due=texts(lang, "phone.file-due", day=due) if due else "",
        )  # fmt: skip
        return self._pages.after(
            "code", frame, lang,
            code=opened.code,
            groups=spelled.split(),
            due=due,
            waits=opened.waits,
            address=opened.lookup.partition("://")[2],
            mark=mark,
            # With its mark at the beginning, so that every editor knows that it is UTF-8.
            file="data:text/plain;charset=utf-8," + quote("\ufeff" + file),
            open=f"{self._lookup()}#{opened.code}",
            finish=address(frame, lang, LETTER, **{SAVED: "1"}),
        )  # fmt: skip

    def _lookup(self) -> str:
        """The lookup page on this very server, in the language of this page."""
        return LOOKUP + (f"?lang={language()}" if request.args.get("lang") == language() else "")


def _closed(around: Frame) -> Problem | None:
    """Why nothing can be written at this point, or None where it can."""
    if around.point.retired_at is not None:
        return Problem("point-retired")
    return None if around.takes_complaints else Problem("complaints-closed")


def _read_filled(form: Form) -> Filled:
    return Filled(
        tuple(form.getlist("about")[:_MAX_SUBJECTS]),
        form.get("text", ""),
        form.get("name", ""),
        form.get("reach", ""),
        bool(form.get("consent")),
        bool(form.get("advised")),
        bool(form.get("principal")),
    )
