"""A citizen at the desk: the visit in the book of receptions, and the case that comes of it."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import msgspec

from server.domain.access import roles
from server.domain.cases.case_clocks import ANSWER_RULE
from server.domain.cases.case_fields import MAX_LINE, read_line, read_text, refuse_places
from server.domain.cases.casework import OPEN_ROOM, PRINCIPAL_ROOM, UNSIGNED, Actor, ref_of
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.cases import casefile
from server.services.cases.opening import NewCase, open_case
from server.services.context import Context, Work
from server.services.deadlines.deadlines import deadline
from server.services.devices.complaint_terms import head
from server.services.keys.keys import code_salt, principal_key, seal_for_desk
from survey_defs import complaint
from survey_defs.letter import MAX_CONTACT, Contact, Letter
from survey_defs.model import localized
from survey_defs.subjects import builtin_subjects, is_praise
from survey_defs.wire import is_slug

_MAX_PEOPLE = 9_999
_AT_DESK = "reception"
"""Stands for the consent of somebody who gives name and number at the desk in person."""


class Visitor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who came, and what they said where no case came of it: the text of a reception's sealed letter."""

    name: str = ""
    address: str = ""
    id_number: str = ""
    """Số CCCD, where the visitor wants it written down."""
    contact: str = ""
    text: str = ""


class WalkIn(NamedTuple):
    """What the receptionist takes down. `text` is what was said; `day` None means today.

    Name, address, number, contact and text are sealed. All else is for the register, in the clear and
    without personal data: `settled_by` (cơ quan đã giải quyết), `guidance` (hướng dẫn), `taken_by` (cơ
    quan thụ lý), `note`; `within` says thuộc thẩm quyền, `opens` whether a case comes of the visit.
    """

    text: str
    name: str = ""
    address: str = ""
    id_number: str = ""
    contact: str = ""
    about: tuple[str, ...] = ()
    procedure: str | None = None
    kind: str = "pakn"
    summary: str = ""
    people: int = 1
    again: bool = False
    by_principal: bool = False
    settled_by: str = ""
    within: bool = True
    guidance: str = ""
    taken_by: str = ""
    note: str = ""
    lang: str = "vi"
    day: date | None = None
    opens: bool = True
    about_principal: bool = False
    """Sealed for the room that no principal reads; there is always a case then."""


def walk_in(ctx: Context, actor: Actor, visit: WalkIn) -> tuple[str, str]:
    """Write a visit down; the case's name and the code to follow it, which is shown once and kept nowhere.

    Both are empty where no case was to be opened. Raises `Problem`: `not-yours`, `text-empty`,
    `text-too-long`, `missing-field`, `bad-case-field`, `bad-case-date`, `places-left`, `no-seal-key`;
    `principal-would-read` for what is about the principal where nobody else could read it.
    """
    if actor.role not in roles.RECEPTION:
        raise Problem("not-yours")
    if ctx.clock.doubt:
        raise Problem("clock-in-doubt")
    visit = _checked(ctx, visit)
    now = ctx.now()
    day = visit.day or local_day(now)
    with ctx.read() as work:
        if day > local_day(now) or not _has_limit(work, actor.school, day):
            raise Problem("bad-case-date", field="day")
        room = _room(work, actor, visit)
        code = complaint.new_code() if visit.opens else ""
        keys = complaint.code_keys(code, code_salt(work)) if code else None
        who = Visitor(
            visit.name, visit.address, visit.id_number, visit.contact, "" if visit.opens else visit.text
        )
        box = seal_for_desk(work, actor.school, room, Letter(msgspec.json.encode(who).decode()))
        letter = Letter(visit.text, _contact(visit), keys.public if keys else b"")
        sealed = seal_for_desk(work, actor.school, room, letter)
    with ctx.write() as work:
        n = _open(work, actor, visit._replace(day=day), (keys.code_hash, sealed)) if keys else None
        work.sql.case_reception_insert(
            school=actor.school, case_n=n, day=day.isoformat(), people=visit.people,
            again=int(visit.again), by_principal=int(visit.by_principal), settled_by=visit.settled_by,
            within=int(visit.within), guidance=visit.guidance, taken_by=visit.taken_by, note=visit.note,
            box=box, actor=actor.login, at=now,
        )  # fmt: skip
        if n is None:
            return "", ""
        row = work.sql.case_get(n=n)
        return ref_of(row["year"], row["number"]), code


def promise(work: Work, actor: Actor, visit: WalkIn) -> tuple[date, date | None]:
    """The day of a visit, and by when the school answers; None for thanks.

    Whoever took it down may not know of its case any more, and still has to say so.
    """
    day = visit.day or local_day(work.now)
    thanks = is_praise(visit.about)
    return day, None if thanks else deadline(work, ANSWER_RULE, day, school=actor.school).last_day


def _room(work: Work, actor: Actor, visit: WalkIn) -> str:
    """In which room the visit's case opens."""
    if not visit.about_principal:
        return OPEN_ROOM
    if actor.role == roles.PRINCIPAL:
        raise Problem("bad-case-field", field="about_principal")
    if principal_key(work, actor.school) is None:
        to = localized(head(work, actor.school, local_day(work.now)), "vi")
        raise Problem("principal-would-read", field="about_principal", to=to)
    return PRINCIPAL_ROOM


def _has_limit(work: Work, school: str, day: date) -> bool:
    """Whether the law's limit is known for that day; a year like 0206 is a slip of the hand."""
    try:
        return deadline(work, ANSWER_RULE, day, school=school).start == day
    except Problem:
        return False


def _open(work: Work, actor: Actor, visit: WalkIn, sealed: tuple[str, bytes]) -> int:
    """Open the case, received already by the receptionist. `sealed`: the hash of the code, the box."""
    now = work.now
    code_hash, box = sealed
    n = open_case(
        work,
        NewCase(
            id=work.ctx.new_id(),
            school=actor.school,
            channel="reception",
            device=None,
            lang=visit.lang,
            procedure=visit.procedure,
            about=visit.about,
            occurred_at=now,
            received_at=now,
            received_on=visit.day or local_day(now),
            code_hash=code_hash,
            box=box,
            kind=visit.kind,
            summary=visit.summary,
            actor=actor.login,
            room=_room(work, actor, visit),
            after=int(work.sql.overview_last_event() or 0),
        ),
    )
    row = work.sql.case_get(n=n)
    casefile.append(work, row, actor=actor.login, action="receive")
    return n


def _checked(ctx: Context, visit: WalkIn) -> WalkIn:
    """The visit with its texts cleaned; nothing in it that a form could not have offered."""
    known = {subject.id for subject in builtin_subjects()}
    if not set(visit.about) <= known:
        raise Problem("bad-case-field", field="about")
    if visit.procedure and not is_slug(visit.procedure):
        raise Problem("bad-case-field", field="procedure")
    if visit.kind not in UNSIGNED:
        raise Problem("bad-case-field", field="kind")
    if not 1 <= visit.people <= _MAX_PEOPLE:
        raise Problem("bad-case-field", field="people")
    if visit.lang not in ("vi", "en"):
        raise Problem("bad-case-field", field="lang")
    lines: dict[str, Any] = {
        name: read_line(name, getattr(visit, name), required=False, longest=longest)
        for name, longest in (
            ("name", MAX_CONTACT), ("address", MAX_LINE), ("id_number", MAX_CONTACT),
            ("contact", MAX_CONTACT), ("summary", MAX_LINE), ("settled_by", MAX_LINE),
            ("guidance", MAX_LINE), ("taken_by", MAX_LINE), ("note", MAX_LINE),
        )
    }  # fmt: skip
    for name in ("summary", "guidance"):  # they go onto papers
        refuse_places(name, lines[name])
    kind = "thong_tin" if is_praise(visit.about) else visit.kind
    return visit._replace(
        text=read_text("text", visit.text),
        kind=kind,
        opens=visit.opens or visit.about_principal,
        procedure=visit.procedure or None,
        **lines,
    )


def _contact(visit: WalkIn) -> Contact | None:
    if not visit.name and not visit.contact:
        return None
    return Contact(visit.name, visit.contact, _AT_DESK)
