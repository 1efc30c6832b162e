"""What each action puts on record: its reason, its data, and what it changes of the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from server.domain.access import roles
from server.domain.cases.case_clocks import MAIN_RULES, PETITION_RULES
from server.domain.cases.case_fields import Filled
from server.domain.cases.casework import (
    ANSWERS,
    OPEN_ROOM,
    PRINCIPAL_ROOM,
    SEALED_ROOM,
    Actor,
    needs_answer_first,
    read_ref,
    ref_of,
    sees,
)
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.cases.views import Clockwork, seen
from server.services.context import Work
from server.services.keys.keys import rooms_of

_Row = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """What an action adds to the file."""

    reason: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)


def step(work: Work, actor: Actor, row: _Row, action: str, filled: Filled) -> Step:
    """What the action puts on record. Raises the `Problem`s that speak against it."""
    make = _STEPS.get(action)
    return make(work, actor, row, filled) if make else Step()


def _classify(_work: Work, _actor: Actor, row: _Row, filled: Filled) -> Step:
    kind, summary = filled.values["kind"], filled.values["summary"]
    data = {"kind": kind, "was": row["kind"], "summary": summary, "old": row["summary"]}
    return Step(data=data, changes={"kind": kind, "summary": summary})


def _summary(_work: Work, _actor: Actor, row: _Row, filled: Filled) -> Step:
    summary = filled.values["summary"]
    return Step(data={"summary": summary, "old": row["summary"]}, changes={"summary": summary})


def _assign(work: Work, _actor: Actor, row: _Row, filled: Filled) -> Step:
    login = filled.values["assignee"]
    user = work.sql.user_find(login=login)
    if user is None or not can_be_assigned(work, row, user):
        raise Problem("bad-assignee", field="assignee")
    return Step(data={"assignee": login, "was": row["assignee"]}, changes={"assignee": login})


def can_be_assigned(work: Work, row: _Row, user: _Row) -> bool:
    """Whether the case can go to this account: one that handles cases and may know of this one."""
    if user["disabled_at"] is not None or user["role"] not in roles.READERS:
        return False
    return sees(Actor(user["login"], user["role"], row["school"], rooms_of(work, user["login"])), row)


def _take(_work: Work, actor: Actor, row: _Row, _filled: Filled) -> Step:
    """Whoever begins with a case that nobody has, has it."""
    if row["assignee"] is not None:
        return Step()
    return Step(data={"assignee": actor.login}, changes={"assignee": actor.login})


def _extend(work: Work, _actor: Actor, row: _Row, filled: Filled) -> Step:
    variant = filled.values["variant"]
    clock, longer = longer_variants(work, row)
    if clock is None:
        raise Problem("no-open-clock")
    if variant not in longer:
        raise Problem("no-longer-limit", field="variant", known=", ".join(longer) or "-")
    data = {
        "rule": clock["rule"],
        "variant": variant,
        "was": clock["variant"],
        "started_on": clock["started_on"],
        "last_day": longer[variant].isoformat(),
    }
    return Step(filled.values["reason"], data)


def longer_variants(work: Work, row: _Row) -> tuple[Any, dict[str, date]]:
    """The running clock of a case, and the last days of those variants of its limit that end later."""
    running = [each for each in work.sql.case_clocks_of(case_n=row["n"]) if each["stopped_on"] is None]
    if not running:
        return None, {}
    clock = running[0]
    return clock, Clockwork(work, row["school"], local_day(work.now)).longer(clock)


def _forward(_work: Work, _actor: Actor, _row: _Row, filled: Filled) -> Step:
    values = filled.values
    if values["reason"] == "other" and not filled.text:
        raise Problem("missing-field", field="note")
    return Step(values["reason"], {"body": values["body"], "mode": values["mode"]})


def _return(_work: Work, _actor: Actor, _row: _Row, _filled: Filled) -> Step:
    return Step("guidance")


def _correct(work: Work, _actor: Actor, row: _Row, _filled: Filled) -> Step:
    entries = work.sql.case_entries_of(case_n=row["n"])
    if not any(each["action"] in ANSWERS and each["desk"] for each in entries):
        raise Problem("no-answer-yet", ref=ref_of(row["year"], row["number"]))
    return Step()


def _petition(work: Work, _actor: Actor, row: _Row, filled: Filled) -> Step:
    kind, day = filled.values["kind"], date.fromisoformat(filled.values["date"])
    # Whom it accuses was known before it was signed: only `not_against` takes that back, with words.
    against = kind == "to_cao" and ("against_principal" in filled.values or bool(row["against_principal"]))
    today = local_day(work.now)
    if day > today:
        raise Problem("petition-in-future", field="date")
    clockwork = Clockwork(work, row["school"], today)
    for rule in (PETITION_RULES[kind], MAIN_RULES[kind]):
        clockwork.deadline(rule, day)  # a day for which there is no limit is no day for a đơn
    number = filled.values["number"]
    data: dict[str, Any] = {"kind": kind, "was": row["kind"], "number": number, "date": day.isoformat()}
    changes: dict[str, Any] = {
        "kind": kind,
        "petition_number": number,
        "petition_date": day.isoformat(),
    }
    if kind == "to_cao":
        data["against_principal"] = against
        room = PRINCIPAL_ROOM if against else SEALED_ROOM
        changes |= {"room": room, "against_principal": int(against), "assignee": None}
    return Step(data=data, changes=changes)


def _against(work: Work, _actor: Actor, row: _Row, _filled: Filled) -> Step:
    return _to_room(work, row, PRINCIPAL_ROOM, against=True)


def _not_against(work: Work, _actor: Actor, row: _Row, _filled: Filled) -> Step:
    room = SEALED_ROOM if row["kind"] == "to_cao" else OPEN_ROOM
    return _to_room(work, row, room, against=False)


def _to_room(work: Work, row: _Row, room: str, *, against: bool) -> Step:
    """Into another room; whoever has the case keeps it, if they may know of it there."""
    changes: dict[str, Any] = {"room": room, "against_principal": int(against)}
    user = row["assignee"] and work.sql.user_find(login=row["assignee"])
    if not user or not can_be_assigned(work, {**row, **changes}, user):
        changes["assignee"] = None
    return Step(data={"against_principal": against}, changes=changes)


def _close(work: Work, actor: Actor, row: _Row, filled: Filled) -> Step:
    reason, data = filled.values["reason"], {}
    if needs_answer_first(row["kind"], row["status"], reason):
        raise Problem("answer-first", field="reason")
    if reason == "other" and not filled.text:
        raise Problem("missing-field", field="note")
    if reason == "duplicate":
        ref = filled.values.get("duplicate_of")
        if ref is None:
            raise Problem("missing-field", field="duplicate_of")
        try:
            other = seen(work, actor, read_ref(ref))
        except Problem:
            raise Problem("bad-duplicate", field="duplicate_of") from None
        if other["n"] == row["n"] or not _as_known(other, row):
            raise Problem("bad-duplicate", field="duplicate_of")
        data["duplicate_of"] = ref
    return Step(reason, data)


def _as_known(other: _Row, row: _Row) -> bool:
    """Whether all who know of the case `row` know of `other` as well: what names it must not give it away."""
    if other["against_principal"] and not row["against_principal"]:
        return False
    return other["room"] in (row["room"], OPEN_ROOM)


def _reopen(_work: Work, _actor: Actor, _row: _Row, filled: Filled) -> Step:
    return Step(filled.values["reason"])


_STEPS: Mapping[str, Callable[[Work, Actor, _Row, Filled], Step]] = {
    "classify": _classify,
    "assign": _assign,
    "start": _take,
    "answer": _take,
    "correct": _correct,
    "extend": _extend,
    "forward": _forward,
    "return": _return,
    "petition": _petition,
    "close": _close,
    "against": _against,
    "not_against": _not_against,
    "reopen": _reopen,
    "summary": _summary,
}
