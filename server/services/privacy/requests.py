"""The privacy desk: what people ask about their own data, with its clock of two working days.

A request comes from the sender of a case, by way of the lookup page, or from somebody at the desk. What is
said in it is sealed like every other word. An answer is `done`, or `refused` with a reason of the list.
`done` of a request to delete erases the case: at once where the sender asked with the code, else with a
second person of the school, for nobody else knows whether the sender ever asked.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from server.domain.access.roles import CASE_WORK, LEADERS, RECEPTION
from server.domain.cases.case_fields import read_text
from server.domain.cases.casework import OPEN_ROOM, Actor, read_ref, ref_of, sees
from server.domain.deadlines import deadlines
from server.domain.deadlines.deadlines import Deadline, Reminder
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.access.second_person import NOBODY, Second, confirmed
from server.services.context import Context, Work
from server.services.deadlines.calendars import calendar
from server.services.deadlines.deadlines import deadline
from server.services.keys.keys import holders, rooms_of, seal_for_desk
from server.services.keys.open_keys import OpenKeys
from server.services.privacy.erasure import Erased, Word, erase_case
from server.services.privacy.retention_sweep import Swept, sweep
from survey_defs.letter import Letter

__all__ = ["Erased", "Swept", "sweep"]

KINDS = ("see", "correct", "delete")
REFUSALS = ("not_identified", "not_the_person", "law_keeps", "others_harmed", "nothing_kept")
"""Whoever asks cannot show that it is their case; no right to act for the person; the law obliges the
school to keep it; it would harm others; nothing is kept."""
RULE = "privacy.answer"
SENDER = "sender"


class Request(NamedTuple):
    """One request. `remaining` in working days, negative when late; None once it is answered."""

    n: int
    school: str
    case_n: int | None
    ref: str | None
    room: str
    kind: str
    asked_on: date
    actor: str
    state: str
    reason: str | None
    has_details: bool
    erased: bool
    answered_at: int | None
    answered_by: str | None
    deadline: Deadline
    remaining: int | None
    reminder: Reminder | None


def add_request(
    work: Work,
    *,
    school: str,
    case_n: int | None,
    kind: str,
    actor: str = SENDER,
    details_box: bytes | None = None,
) -> int:
    """Take a request down; its number.

    `details_box` is sealed to the school's key. The sender's same wish once more, without a word added, is
    the request that is open already. Raises `Problem("unknown-request-kind")`.
    """
    if kind not in KINDS:
        raise Problem("unknown-request-kind", kind=kind[:40], known=", ".join(KINDS))
    if work.ctx.clock.doubt:
        raise Problem("clock-in-doubt")
    if actor == SENDER and details_box is None:
        same = work.sql.privacy_same(case_n=case_n, kind=kind, actor=actor)
        if same is not None:
            return int(same)
    return int(
        work.sql.privacy_insert(
            school=school,
            case_n=case_n,
            kind=kind,
            asked_on=local_day(work.now).isoformat(),
            asked_at=work.now,
            actor=actor,
            box=details_box,
        )
    )


def take_down(ctx: Context, actor: Actor, kind: str, ref: str = "", details: str = "") -> int:
    """Enter a request for somebody at the desk; `ref` names the case where there is one.

    Raises `Problem`: `not-yours`, `unknown-case`, `unknown-request-kind`, `request-needs-words` where there
    is neither a case nor a word, `text-too-long`, `no-seal-key`.
    """
    if actor.role not in RECEPTION:
        raise Problem("not-yours")
    with ctx.read() as work:
        case = find_case(work, actor, ref) if ref.strip() else None
        text = read_text("details", details, required=False)
        if case is None and not text:
            raise Problem("request-needs-words")
        room = OPEN_ROOM if case is None else str(case["room"])
        box = seal_for_desk(work, actor.school, room, Letter(text)) if text else None
    n = None if case is None else int(case["n"])
    with ctx.write() as work:
        return add_request(work, school=actor.school, case_n=n, kind=kind, actor=actor.login, details_box=box)


def requests(work: Work, actor: Actor, today: date, *, answered: bool = False) -> tuple[Request, ...]:
    """The open requests that this actor may know of, first those due first; or the answered, newest first."""
    rows = work.sql.privacy_of_school(school=actor.school)
    found = [
        _request(work, row, today)
        for row in rows
        if (row["state"] != "open") == answered and _seen(actor, row)
    ]
    if answered:
        return tuple(sorted(found, key=lambda each: -(each.answered_at or 0)))
    return tuple(sorted(found, key=lambda each: (each.deadline.last_day, each.n)))


def request(work: Work, actor: Actor, n: int, today: date) -> Request:
    """One request. Raises `Problem("unknown-request")`, also where it is not for this actor."""
    for row in work.sql.privacy_of_school(school=actor.school):
        if row["n"] == n and _seen(actor, row):
            return _request(work, row, today)
    raise Problem("unknown-request")


def details(ctx: Context, actor: Actor, n: int, keys: OpenKeys | None) -> Letter | None:
    """What was said in a request; None where its box cannot be opened. The reading is noted.

    Raises `Problem`: `unknown-request`, `not-yours`, `key-locked`.
    """
    with ctx.read() as work:
        asked = request(work, actor, n, local_day(work.now))
    if actor.role not in LEADERS:
        raise Problem("not-yours")
    if keys is None or keys.login != actor.login or asked.room not in keys.rooms:
        raise Problem("key-locked")
    with ctx.write() as work:
        row = work.sql.privacy_find(n=n)
        if row["box"] is None:
            return None
        if row["case_n"] is not None:
            work.sql.privacy_reading(case_n=row["case_n"], at=work.now, actor=actor.login)
    return keys.open(asked.room, bytes(row["box"]))


def answer(
    ctx: Context, actor: Actor, n: int, outcome: str, reason: str = "", *, second: Second = NOBODY
) -> Erased | None:
    """Answer a request: `done`, or `refused` with one of `REFUSALS`; what was erased, where it was.

    `second`: who agrees to delete a case whose sender did not ask with the code. Raises `Problem`:
    `unknown-request`, `not-yours`, `request-answered`, `unknown-outcome`, `unknown-refusal`; for such a case
    `key-not-held`, and as `second_person.confirmed` does.
    """
    with ctx.read() as work:
        asked = request(work, actor, n, local_day(work.now))
    if actor.role not in LEADERS:
        raise Problem("not-yours")
    if outcome not in ("done", "refused"):
        raise Problem("unknown-outcome")
    if outcome == "refused" and reason not in REFUSALS:
        raise Problem("unknown-refusal", known=", ".join(REFUSALS))
    if asked.state != "open":
        raise Problem("request-answered")
    erased = None
    if outcome == "done" and asked.kind == "delete" and asked.case_n is not None and not asked.erased:
        by_code = asked.actor == SENDER
        erased = _erase(ctx, actor, asked.case_n, None if by_code else second)
    with ctx.write() as work:
        rows = work.sql.privacy_answer(
            n=n,
            state=outcome,
            reason=reason if outcome == "refused" else None,
            answered_at=work.now,
            answered_by=actor.login,
        )
        if rows != 1:
            raise Problem("request-answered")
    return erased


def erase(ctx: Context, actor: Actor, ref: str, second: Second) -> Erased:
    """Erase a case before its time, by two persons of the school.

    Raises `Problem`: `unknown-case`, `not-yours`, `already-erased`, `key-not-held`, and as
    `second_person.confirmed` does.
    """
    with ctx.read() as work:
        row = find_case(work, actor, ref)
    if actor.role not in LEADERS:
        raise Problem("not-yours")
    if row["erased_at"] is not None:
        raise Problem("already-erased")
    return _erase(ctx, actor, row["n"], second)


def seconds(work: Work, actor: Actor, case_n: int) -> tuple[str, ...]:
    """Who can agree, as the second person, to erase a case: who works with cases and may know of this one."""
    row = work.sql.case_get(n=case_n)
    found = [
        user["login"]
        for user in work.sql.user_of_school(school=actor.school)
        if user["disabled_at"] is None and user["login"] != actor.login and user["role"] in CASE_WORK
    ]
    return tuple(sorted(login for login in found if sees(_knower(work, login, actor.school), row)))


def _knower(work: Work, login: str, school: str) -> Actor:
    row = work.sql.user_find(login=login)
    return Actor(login, row["role"], school, rooms_of(work, login))


def _erase(ctx: Context, actor: Actor, case_n: int, second: Second | None) -> Erased:
    """Erase a case; `second` None: its sender has asked with the code."""
    if second is None:
        return erase_case(ctx, actor.login, case_n, Word("asked", (actor.role,)))
    with ctx.read() as work:
        room = work.sql.case_get(n=case_n)["room"]
        if room not in actor.rooms and holders(work, actor.school, room):
            raise Problem("key-not-held")
        agreed = confirmed(work, actor.login, second, seconds(work, actor, case_n))
    return erase_case(ctx, actor.login, case_n, Word("agreed", (actor.role, agreed.role), agreed.login))


def _request(work: Work, row: Any, today: date) -> Request:
    asked_on = date.fromisoformat(row["asked_on"])
    due = deadline(work, RULE, asked_on, school=row["school"])
    is_open, is_worked = row["state"] == "open", calendar(work, row["school"])
    return Request(
        n=row["n"],
        school=row["school"],
        case_n=row["case_n"],
        ref=None if row["case_n"] is None else ref_of(row["year"], row["number"]),
        room=row["room"] or OPEN_ROOM,
        kind=row["kind"],
        asked_on=asked_on,
        actor=row["actor"],
        state=row["state"],
        reason=row["reason"],
        has_details=bool(row["has_details"]),
        erased=row["erased_at"] is not None,
        answered_at=row["answered_at"],
        answered_by=row["answered_by"],
        deadline=due,
        remaining=deadlines.remaining(due, today, is_worked) if is_open else None,
        reminder=deadlines.reminder(due, today, is_worked) if is_open else None,
    )


def _seen(actor: Actor, row: Any) -> bool:
    """A request about a case is known to whoever knows of the case; any other to who takes them down."""
    if row["case_n"] is None:
        return actor.role in RECEPTION
    case = {"school": row["case_school"], "room": row["room"], "against_principal": row["against_principal"]}
    return sees(actor, case)


def find_case(work: Work, actor: Actor, ref: str) -> Any:
    """The row of a case that this actor may know of. Raises `Problem("unknown-case")`."""
    named = read_ref(ref)
    row = named and work.sql.case_find(school=actor.school, year=named[0], number=named[1])
    if not row or not sees(actor, row):
        raise Problem("unknown-case")
    return row
