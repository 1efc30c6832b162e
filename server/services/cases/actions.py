"""Casework: finding a case, acting on it, reading what was written; walk-ins are in `walk_ins`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from server.domain.cases import casework
from server.domain.cases.case_fields import read_fields
from server.domain.cases.casework import ACTIONS, Actor, may_read, read_ref
from server.domain.collation import vietnamese_order
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.access.accounts import Account
from server.services.cases import casefile
from server.services.cases.rooms import key_of_room, move_in
from server.services.cases.steps import can_be_assigned, longer_variants, step
from server.services.cases.views import CaseView, ClockView, Entry, Origin, seen, view_of
from server.services.cases.walk_ins import Visitor, WalkIn, walk_in
from server.services.context import Context, Work
from server.services.keys.keys import rooms_of, seal_for_desk
from server.services.keys.open_keys import OpenKeys
from survey_defs import complaint
from survey_defs.letter import Letter

__all__ = ["Actor", "CaseView", "ClockView", "Entry", "Origin", "Visitor", "WalkIn", "walk_in"]


class Assignee(NamedTuple):
    """Somebody to whom a case can go; `reads`: they hold the key to its texts."""

    login: str
    role: str
    reads: bool


def actor_of(work: Work, account: Account) -> Actor:
    """The account as whoever acts, with the rooms whose keys it holds."""
    return Actor(account.login, account.role, account.school, rooms_of(work, account.login))


def find(work: Work, actor: Actor, ref: str, today: date) -> CaseView:
    """The case of that name. Raises `Problem("unknown-case")`, also where it is not for this actor."""
    return view_of(work, actor, seen(work, actor, read_ref(ref)), today)


def act(  # noqa: PLR0917 - an action is all of these
    ctx: Context,
    actor: Actor,
    ref: str,
    action: str,
    version: int,
    fields: Mapping[str, str],
    keys: OpenKeys | None,
) -> CaseView:
    """Take an action on a case as it stood at `version`; the case as it stands then.

    The answer shows the case even where the actor loses sight of it by this very action; it then offers
    nothing (`may_read` false, no moves). What is written is sealed before anything is stored.

    Raises `Problem`: `unknown-case`; `case-moved` where somebody else acted since `version`; as
    `casework.check_move` does; `missing-field`, `bad-case-field`, `bad-case-date`, `text-empty`,
    `text-too-long`, `bad-assignee`, `bad-duplicate`, `answer-first`, `petition-in-future`,
    `no-open-clock`, `no-longer-limit` (each with `values["field"]` where there is one); `no-seal-key`;
    `key-locked` where the action needs opened keys; `no-denunciation-key`, `only-the-principal`.
    """
    with ctx.read() as work:
        row = seen(work, actor, read_ref(ref))
        keys = _own(actor, row, keys)
        _check(actor, row, action, version)
        filled = read_fields(ACTIONS[action], fields)
        made = step(work, actor, row, action, filled)
    sealed_room = None
    if made.changes.get("room", row["room"]) != row["room"]:
        sealed_room = key_of_room(ctx, actor, str(made.changes["room"]), keys)
    with ctx.read() as work:
        boxes = _boxes(work, row, action, filled.text, keys)
    with ctx.write() as work:
        row = work.sql.case_get(n=row["n"])
        if row["version"] != version:
            raise Problem("case-moved")
        casefile.append(
            work,
            row,
            actor=actor.login,
            action=action,
            reason=made.reason,
            data=made.data,
            boxes=boxes,
            changes=made.changes,
        )
        if action == "extend":
            work.sql.case_clock_extend(
                case_n=row["n"],
                rule=made.data["rule"],
                started_on=made.data["started_on"],
                variant=made.data["variant"],
            )
        if sealed_room is not None and keys is not None:
            move_in(work, row, keys, sealed_room)
        return view_of(work, actor, work.sql.case_get(n=row["n"]), local_day(work.now))


def texts(
    ctx: Context, actor: Actor, ref: str, keys: OpenKeys | None, what: str = "page"
) -> dict[int, Letter | None]:
    """What was written of a case, by the entry's seq; None where a box cannot be opened.

    The reading is on record before a word of it is handed out; `what` is `page`, `reply` or `register`.
    Raises `Problem`: `unknown-case`, `not-yours`, `key-locked`.
    """
    with ctx.write() as work:
        row = seen(work, actor, read_ref(ref))
        if not may_read(actor, row):
            raise Problem("not-yours")
        keys = _own(actor, row, keys)
        if keys is None:
            raise Problem("key-locked")
        boxes = [
            (each["seq"], bytes(each["box"]))
            for each in work.sql.case_boxes(case_n=row["n"], audience="desk")
        ]
        if boxes:
            work.sql.case_reading_insert(case_n=row["n"], at=work.now, actor=actor.login, what=what)
    return {seq: keys.open(row["room"], box) for seq, box in boxes}


def origin(work: Work, actor: Actor, ref: str, keys: OpenKeys | None) -> Origin:
    """By which desk and when the case came, by which its sender could be found: for who has its key open.

    Raises `Problem`: `unknown-case`, `not-yours`, `key-locked`.
    """
    row = seen(work, actor, read_ref(ref))
    if not may_read(actor, row):
        raise Problem("not-yours")
    if _own(actor, row, keys) is None:
        raise Problem("key-locked")
    entries = work.sql.case_entries_of(case_n=row["n"])
    moments = {each["seq"]: each["at"] for each in entries}
    return Origin(row["device_label"], row["received_at"], moments)


def assignees(work: Work, actor: Actor, ref: str) -> tuple[Assignee, ...]:
    """To whom the case can be assigned, those who can read it first. Raises `Problem("unknown-case")`."""
    row = seen(work, actor, read_ref(ref))
    found = [
        Assignee(user["login"], user["role"], row["room"] in rooms_of(work, user["login"]))
        for user in work.sql.user_of_school(school=actor.school)
        if can_be_assigned(work, row, user)
    ]
    return tuple(
        sorted(found, key=lambda each: (not each.reads, each.role != "officer", vietnamese_order(each.login)))
    )


def variants(work: Work, actor: Actor, ref: str) -> dict[str, date]:
    """How far the case's running limit can be extended: variant → its last day, the nearest first.

    Raises `Problem("unknown-case")`.
    """
    row = seen(work, actor, read_ref(ref))
    _, longer = longer_variants(work, row)
    return dict(sorted(longer.items(), key=lambda each: each[1]))


def _check(actor: Actor, row: Mapping[str, Any], action: str, version: int) -> None:
    if row["version"] != version:
        raise Problem("case-moved")
    casework.check_move(
        action,
        row["status"],
        row["kind"],
        actor,
        row["assignee"],
        holds=row["room"] in actor.rooms,
        against=bool(row["against_principal"]),
    )


def _own(actor: Actor, row: Mapping[str, Any], keys: OpenKeys | None) -> OpenKeys | None:
    """The opened keys, where they are the actor's own and still open this case; else None."""
    if keys is None or keys.login != actor.login:
        return None
    return keys if row["room"] in keys.rooms & actor.rooms else None


def _boxes(
    work: Work, row: Mapping[str, Any], action: str, text: str, keys: OpenKeys | None
) -> dict[str, bytes]:
    """What was written, sealed for whoever may read it. A petition's note goes to the sealed room later."""
    if not text:
        return {}
    boxes = {"desk": seal_for_desk(work, row["school"], row["room"], Letter(text))}
    if ACTIONS[action].sender_reads and row["code_hash"] is not None:
        reply_key = _reply_key(work, row, keys)
        if reply_key:
            boxes["sender"] = complaint.seal(Letter(text), reply_key)
    return boxes


def _reply_key(work: Work, row: Mapping[str, Any], keys: OpenKeys | None) -> bytes:
    """The key that the sender's code opens, from the first letter; empty where that cannot be read."""
    if keys is None:
        raise Problem("key-locked")
    box = work.sql.case_box_first(case_n=row["n"])
    letter = None if box is None else keys.open(row["room"], bytes(box))
    if letter is None or len(letter.reply_key) != complaint.KEY_BYTES:
        return b""
    return letter.reply_key
