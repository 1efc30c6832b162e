"""A case as pages show it: its standing, its entries, and the clock that runs; nothing sealed is opened.

Nor is it told by which desk and at which minute it came, for with these whoever stood there is found: a view
holds the way and the day. Who has the key open asks `cases.origin` for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from server.domain.cases.casework import ANSWERS, ENDS, SENDER, SYSTEM, Actor, may_read, moves, ref_of, sees
from server.domain.deadlines.deadlines import Deadline, IsWorked, Reminder, deadline_of, remaining, reminder
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.rules.limits import find_limit, limits_of
from server.services.context import Work
from server.services.deadlines.calendars import calendar
from server.services.deadlines.deadlines import nears_neglect


class ClockView(NamedTuple):
    """A limit of a case. `remaining` working days are left of it, or were on the day it stopped."""

    deadline: Deadline
    remaining: int
    reminder: Reminder | None
    stopped_on: date | None


class Entry(NamedTuple):
    """What happened once. `has_text`: something was written, sealed to the desk.

    `sender_text`: it lies there for the sender too.
    """

    seq: int
    on: date
    at: int | None
    """When it was done at the school, in ms UTC; None for what the sender did."""
    actor: str
    action: str
    from_status: str
    to_status: str
    reason: str | None
    data: dict[str, Any]
    visible: bool
    has_text: bool
    sender_text: bool


class Origin(NamedTuple):
    """By which desk a case came and when (ms UTC), and when each of its entries was made, by its seq."""

    device_label: str | None
    received_at: int
    moments: dict[int, int]


class CaseView(NamedTuple):
    """A case as one actor sees it. Times in ms UTC.

    `neglected`: nobody has dealt with it for so long that the 45 days of the law draw near. `mute`: the
    school wrote to the sender what the code does not open, so the sender must be reached another way.
    `has_code`: the sender can look it up at all.
    """

    n: int
    ref: str
    number: int
    year: int
    room: str
    kind: str
    status: str
    version: int
    channel: str
    lang: str
    procedure: str | None
    about: tuple[str, ...]
    assignee: str | None
    summary: str
    petition_number: str | None
    petition_date: date | None
    against_principal: bool
    received_on: date
    closed_at: int | None
    satisfied: bool | None
    erased_at: int | None
    entries: tuple[Entry, ...]
    clock: ClockView | None
    clocks: tuple[ClockView, ...]
    neglected: bool
    mute: bool
    has_code: bool
    moves: tuple[str, ...]
    may_read: bool

    @property
    def ended(self) -> bool:
        """Whether the case has come to an end, which can be reopened."""
        return self.status in ENDS


class Clockwork:
    """Works out the clocks of a school's cases on one day; reads its calendar once."""

    def __init__(self, work: Work, school: str, today: date) -> None:
        """Reads the school's days."""
        self.today = today
        self._is_worked = calendar(work, school)

    def view(self, row: Mapping[str, Any]) -> ClockView | None:
        """The clock of a row of `case_clocks`; None for a day that no limit or calendar is known for."""
        stopped = row["stopped_on"]
        on = date.fromisoformat(stopped) if stopped else self.today
        return _clock(
            self._is_worked, row["rule"], row["variant"], row["started_on"], on=on, stopped=bool(stopped)
        )

    def deadline(self, rule: str, start: date, variant: str = "") -> Deadline:
        """The deadline of a limit at this school. Raises `Problem` as `deadlines.deadline` does."""
        return deadline_of(find_limit(rule, start, variant), start, self._is_worked)

    def longer(self, row: Mapping[str, Any]) -> dict[str, date]:
        """The variants of a clock's limit that would end later than it does, with their last days."""
        rule, start = row["rule"], date.fromisoformat(row["started_on"])
        try:
            now = self.deadline(rule, start, row["variant"]).last_day
            ends = {
                limit.variant: self.deadline(rule, start, limit.variant).last_day
                for limit in limits_of(rule, start)
            }
        except Problem:  # no limit or no calendar is known for that day
            return {}
        return {variant: end for variant, end in ends.items() if end > now}

    def views(self, rows: Iterable[Mapping[str, Any]]) -> tuple[ClockView, ...]:
        """All clocks that can be told."""
        return tuple(view for row in rows if (view := self.view(row)) is not None)


@lru_cache(maxsize=4096)
def _clock(
    is_worked: IsWorked, rule: str, variant: str, started_on: str, *, on: date, stopped: bool
) -> ClockView | None:
    """The clock as it is `on` that day, or was when it stopped on it.

    All that it follows from is passed in, so it is kept from page to page: each page of the staff says how
    many cases wait. Where a school sets a day, `is_worked` is another calendar.
    """
    start = date.fromisoformat(started_on)
    try:
        deadline = deadline_of(find_limit(rule, start, variant), start, is_worked)
        left = remaining(deadline, on, is_worked)
        said = None if stopped else reminder(deadline, on, is_worked)
    except Problem:
        return None
    return ClockView(deadline, left, said, on if stopped else None)


def present(clocks: Iterable[ClockView]) -> ClockView | None:
    """The clock that counts now: the running one that ends first, else the one that stopped last."""
    found = tuple(clocks)
    running = [clock for clock in found if clock.stopped_on is None]
    if running:
        return min(running, key=lambda clock: clock.deadline.last_day)
    return max(found, key=lambda clock: (clock.stopped_on or date.min, clock.deadline.start), default=None)


def is_neglected(row: Mapping[str, Any], today: date) -> bool:
    """Whether the case has lain for long without an answer or an end."""
    if row["status"] in (*ENDS, "answered"):
        return False
    return nears_neglect(date.fromisoformat(row["received_on"]), today)


def seen(work: Work, actor: Actor, year_number: tuple[int, int] | None) -> Any:
    """The row of a case that this actor may know of.

    Raises `Problem("unknown-case")`, the same whether there is none or it is not for this actor's eyes.
    """
    if year_number is not None:
        year, number = year_number
        row = work.sql.case_find(school=actor.school, year=year, number=number)
        if row is not None and sees(actor, row):
            return row
    raise Problem("unknown-case")


def view_of(work: Work, actor: Actor, row: Mapping[str, Any], today: date) -> CaseView:
    """The case of a row, whether or not the actor still sees it; then without any move on offer."""
    sql, n = work.sql, row["n"]
    clockwork, rows = Clockwork(work, row["school"], today), list(sql.case_clocks_of(case_n=n))
    clocks = clockwork.views(rows)
    offered = moves_of(actor, row) if sees(actor, row) else ()
    entries = tuple(_entry(each) for each in sql.case_entries_of(case_n=n))
    possible = {
        "extend": any(clockwork.longer(each) for each in rows if each["stopped_on"] is None),
        "correct": any(entry.action in ANSWERS and entry.has_text for entry in entries),
    }
    petition = row["petition_date"]
    return CaseView(
        n=n,
        ref=ref_of(row["year"], row["number"]),
        number=row["number"],
        year=row["year"],
        room=row["room"],
        kind=row["kind"],
        status=row["status"],
        version=row["version"],
        channel=row["channel"],
        lang=row["lang"],
        procedure=row["procedure"],
        about=tuple(msgspec.json.decode(row["about"])),
        assignee=row["assignee"],
        summary=row["summary"],
        petition_number=row["petition_number"],
        petition_date=date.fromisoformat(petition) if petition else None,
        against_principal=bool(row["against_principal"]),
        received_on=date.fromisoformat(row["received_on"]),
        closed_at=row["closed_at"],
        satisfied=None if row["satisfied"] is None else bool(row["satisfied"]),
        erased_at=row["erased_at"],
        entries=entries,
        clock=present(clocks),
        clocks=clocks,
        neglected=is_neglected(row, today),
        has_code=row["code_hash"] is not None,
        mute=any(_is_mute(entry) for entry in entries),
        moves=tuple(action for action in offered if possible.get(action, True)),
        may_read=may_read(actor, row),
    )


def moves_of(actor: Actor, row: Mapping[str, Any]) -> tuple[str, ...]:
    """What this actor may do to the case of a row now (`casework.moves`)."""
    holds, against = row["room"] in actor.rooms, bool(row["against_principal"])
    return moves(row["status"], row["kind"], actor, row["assignee"], holds=holds, against=against)


def _is_mute(entry: Entry) -> bool:
    return entry.action in (*ANSWERS, "ask") and entry.has_text and not entry.sender_text


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        row["seq"],
        local_day(row["at"]),
        None if row["actor"] in (SENDER, SYSTEM) else row["at"],
        row["actor"],
        row["action"],
        row["from_status"],
        row["to_status"],
        row["reason"],
        msgspec.json.decode(row["data"]),
        bool(row["visible"]),
        bool(row["desk"]),
        bool(row["sender"]),
    )
