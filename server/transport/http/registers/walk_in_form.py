"""The form that takes down who came: nothing of it is lost where something is wrong, nothing doubled."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.domain.access.roles import PRINCIPAL
from server.domain.cases.case_fields import read_day
from server.domain.cases.casework import Actor, spelled
from server.domain.collation import vietnamese_order
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services import schools
from server.services.cases import actions
from server.services.cases.walk_ins import WalkIn, promise
from server.services.context import Context
from server.services.devices.complaint_terms import head, lookup_address
from server.services.figures import rates
from server.services.keys.keys import principal_key, public_key
from server.services.network import public_address
from server.transport.http.frame.language import language
from server.transport.http.registers.receipt_slip import receipt_slip
from survey_defs.letter import MAX_TEXT
from survey_defs.model import localized
from survey_defs.subjects import builtin_subjects

_LINES = ("name", "address", "contact", "id_number", "summary", "guidance", "settled_by", "taken_by", "note")
_OTHERS = (
    "day", "text", "people", "procedure", "again", "by_principal", "within", "opens", "about_principal",
    "once",
)  # fmt: skip
_MAX_MARKS = 500


class WalkInForm:
    """The form of one web process, which remembers what was sent so that it is not written twice."""

    def __init__(self, ctx: Context) -> None:
        """Remembers nothing yet."""
        self._ctx = ctx
        self._sent: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def page(self, actor: Actor, problem: Problem | None = None) -> ResponseReturnValue:
        """The form: empty, or as it was filled in with what is wrong."""
        ctx, lang, school = self._ctx, language(), actor.school
        today = local_day(ctx.now()).isoformat()
        values = _sent() if problem else {"day": today, "people": "1", "within": "1", "opens": "1"}
        with ctx.read() as work:
            names = rates.procedure_names(work, school)
            html = render_template(
                "registers/walk_in.html",
                filled=values | {"once": secrets.token_hex(8)},
                chosen=request.form.getlist("about"),
                problem=problem.sentence(lang) if problem else None,
                wrong=str(problem.values.get("field", "")) if problem else "",
                subjects=[(each.id, localized(each.text, lang)) for each in builtin_subjects()],
                procedures=sorted(
                    ((localized(each.short, lang), slug) for slug, each in names.items()),
                    key=lambda each: vietnamese_order(each[0]),
                ),
                has_key=public_key(work, school) is not None,
                apart=principal_key(work, school) is not None,
                by_the_principal=actor.role == PRINCIPAL,
                to=localized(head(work, school, local_day(work.now)), lang),
                most=MAX_TEXT,
            )
        return _unkept(html, problem.status if problem else 200)

    def save(self, actor: Actor) -> ResponseReturnValue:
        """Write the visit down; the slip with the code is the answer, and is shown this once.

        Raises `Problem` as `cases.walk_in` does.
        """
        filled = _sent()
        if not self._first_time(filled["once"]):
            return redirect(url_for("registers.book_page", xong="da-ghi"), 303)
        try:
            visit = _read(filled)
            ref, code = actions.walk_in(self._ctx, actor, visit)
        except Exception:
            self._forget(filled["once"])  # nothing was written: the same form may come again
            raise
        if not code:
            return redirect(url_for("registers.book_page", xong="1"), 303)
        with self._ctx.read() as work:
            day, due = promise(work, actor, visit)
            html = receipt_slip(
                school=schools.school(work, actor.school).name,
                number=spelled(ref),
                day=day,
                due=due,
                code=code,
                lookup=lookup_address(self._ctx),
                reach=public_address.reach(self._ctx),
                back=url_for("registers.book_page"),
            )
        return _unkept(html, 200)

    def _forget(self, mark: str) -> None:
        with self._lock:
            self._sent.pop(mark, None)

    def _first_time(self, mark: str) -> bool:
        """Whether this form was not sent before: two clicks and a reload must not make two visits."""
        if not mark:
            return True
        with self._lock:
            if mark in self._sent:
                return False
            self._sent[mark] = None
            while len(self._sent) > _MAX_MARKS:
                self._sent.popitem(last=False)
        return True


def _sent() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in (*_LINES, *_OTHERS)}


def _unkept(html: str, status: int) -> ResponseReturnValue:
    answer = make_response(html, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _read(filled: dict[str, str]) -> WalkIn:
    """The form as a visit. Raises `Problem`: `bad-case-field`, `bad-case-date`."""
    people = filled["people"].strip()
    if not (people.isascii() and people.isdecimal() and len(people) <= 4):
        raise Problem("bad-case-field", field="people")
    day = read_day("day", filled["day"])
    return WalkIn(
        text=filled["text"],
        about=tuple(dict.fromkeys(request.form.getlist("about"))),
        procedure=filled["procedure"] or None,
        people=int(people),
        again=bool(filled["again"]),
        by_principal=bool(filled["by_principal"]),
        within=filled["within"] != "0",
        opens=filled["opens"] != "0",
        about_principal=bool(filled["about_principal"]),
        lang="vi",
        day=day,
        **{name: filled[name] for name in _LINES},
    )
