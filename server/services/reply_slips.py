"""What a phiếu trả lời says: the last answer or guidance of a case, opened for who may read it."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from server.domain.casework import Actor
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.domain.records import School
from server.services import admin, cases
from server.services.cases import CaseView
from server.services.context import Context
from server.services.open_keys import OpenKeys


class ReplySlip(msgspec.Struct, frozen=True):
    """What the slip says. `name` is None where the sender gave none; `text` is the answer or the guidance.

    `what` tells which: `answer`, or `return` for guidance to somebody whose matter is not the school's.
    """

    school: School
    ref: str
    kind: str
    received: date
    summary: str
    name: str | None
    what: Literal["answer", "return"]
    text: str
    today: date


def reply_slip(ctx: Context, actor: Actor, ref: str, keys: OpenKeys | None) -> ReplySlip:
    """The slip of a case; the reading is noted as `reply`.

    Raises `Problem`: `unknown-case`, `not-yours`, `key-locked`; `no-answer-yet` where there is nothing to
    print, `answer-unreadable` where the keys do not open it.
    """
    today = local_day(ctx.now())
    view = cases.find(ctx, actor, ref, today)
    if view.may_read and _last_said(view) is None:
        raise Problem("no-answer-yet", ref=view.ref)
    texts = cases.texts(ctx, actor, ref, keys, what="reply")
    said = _last_said(view)
    letter = texts.get(said[0]) if said else None
    if said is None or letter is None:
        raise Problem("answer-unreadable", ref=view.ref)
    first = texts.get(1)
    return ReplySlip(
        school=admin.school(ctx, actor.school),
        ref=view.ref,
        kind=view.kind,
        received=view.received_on,
        summary=view.summary,
        name=(first.contact.name or None) if first and first.contact else None,
        what=said[1],
        text=letter.text,
        today=today,
    )


def _last_said(view: CaseView) -> tuple[int, Literal["answer", "return"]] | None:
    """The last answer or guidance that lies sealed with the case."""
    for entry in reversed(view.entries):
        if entry.action == "answer" and entry.has_text:
            return entry.seq, "answer"
        if entry.action == "return" and entry.has_text:
            return entry.seq, "return"
    return None
