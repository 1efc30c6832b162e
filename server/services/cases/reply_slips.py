"""What a phiếu trả lời says: the last answer or guidance of a case, opened for who may read it."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

import msgspec

from server.domain.cases.casework import ANSWERS, Actor, spelled
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.domain.records import School
from server.services import schools
from server.services.cases import actions
from server.services.cases.actions import CaseView
from server.services.context import Context
from server.services.keys.open_keys import OpenKeys


class ReplySlip(msgspec.Struct, frozen=True):
    """What the slip says. `name` is None where the sender gave none; `text` is the answer or the guidance.

    `what` tells which: `answer`, or `return` for guidance to somebody whose matter is not the school's; a
    correction is of the kind of what it corrects.
    """

    school: School
    ref: str
    number: str
    """The case as people read it: "14/2026"."""
    kind: str
    received: date
    summary: str
    name: str | None
    what: Literal["answer", "return"]
    text: str
    corrects: date | None
    """The day of what this puts right, where it is a correction."""
    today: date


def reply_slip(ctx: Context, actor: Actor, ref: str, keys: OpenKeys | None) -> ReplySlip:
    """The slip of a case; the reading is noted as `reply`.

    Raises `Problem`: `unknown-case`, `not-yours`, `key-locked`; `no-answer-yet` where there is nothing to
    print, `answer-unreadable` where the keys do not open it.
    """
    today = local_day(ctx.now())
    with ctx.read() as work:
        view = actions.find(work, actor, ref, today)
    if view.may_read and _last_said(view) is None:
        raise Problem("no-answer-yet", ref=view.ref)
    texts = actions.texts(ctx, actor, ref, keys, what="reply")
    said = _last_said(view)
    letter = texts.get(said.seq) if said else None
    if said is None or letter is None:
        raise Problem("answer-unreadable", ref=view.ref)
    first = texts.get(1)
    with ctx.read() as work:
        return ReplySlip(
            school=schools.school(work, actor.school),
            ref=view.ref,
            number=spelled(view.ref),
            kind=view.kind,
            received=view.received_on,
            summary=view.summary,
            name=(first.contact.name or None) if first and first.contact else None,
            what=said.what,
            text=letter.text,
            corrects=said.corrects,
            today=today,
        )


class _Said(NamedTuple):
    seq: int
    what: Literal["answer", "return"]
    corrects: date | None


def _last_said(view: CaseView) -> _Said | None:
    """The last answer, guidance or correction that lies sealed with the case."""
    last = None
    for entry in view.entries:
        if entry.action not in ANSWERS or not entry.has_text:
            continue
        if entry.action == "correct":
            before = last or _Said(0, "answer", None)
            last = _Said(entry.seq, before.what, before.corrects or _day_of(view, before.seq))
        else:
            last = _Said(entry.seq, "return" if entry.action == "return" else "answer", None)
    return last


def _day_of(view: CaseView, seq: int) -> date | None:
    return next((entry.on for entry in view.entries if entry.seq == seq), None)
