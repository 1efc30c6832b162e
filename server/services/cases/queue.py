"""The queue of cases: what is due first, whom it waits for, and what has to be called to mind today."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from server.domain.access.roles import LEADERS
from server.domain.cases.casework import (
    CHANGES_ROOM,
    ENDS,
    KINDS,
    SENDER,
    STATUSES,
    Actor,
    moves,
    read_ref,
    ref_of,
    sees,
)
from server.domain.folding import like, words_of
from server.services.cases.views import ClockView, Clockwork, is_neglected, present
from server.services.context import Work

_FAR = date.max


class Row(NamedTuple):
    """A case in the list. `waits`: there is something in it for this very actor to do.

    `word`: the last that happened is that the sender wrote.
    """

    ref: str
    number: int
    year: int
    kind: str
    room: str
    status: str
    version: int
    channel: str
    about: tuple[str, ...]
    procedure: str | None
    assignee: str | None
    summary: str
    received_on: date
    closed_at: int | None
    satisfied: bool | None
    clock: ClockView | None
    late: bool
    neglected: bool
    word: bool
    waits: bool


class Counts(NamedTuple):
    """How many cases each filter would show; of those that are open, but for `ended`."""

    total: int
    late: int
    mine: int
    unassigned: int
    ended: int
    statuses: dict[str, int]
    kinds: dict[str, int]
    assignees: dict[str, int]


class Queue(NamedTuple):
    """The cases that were asked for, and the counts that stand beside the filters."""

    rows: tuple[Row, ...]
    counts: Counts


class Reminder(NamedTuple):
    """What has to be called to mind of one case.

    `kind`: `late`, `today`, `two_days`, `half`, or `nears_neglect` for one that nobody has dealt with for so
    long that the law's 45 days draw near. `clock` is None where no limit runs.
    """

    ref: str
    kind: str
    clock: ClockView | None
    row: Row


_URGENCY = ("late", "today", "two_days", "forty_five", "half")
_PRESSING = frozenset(("late", "today", "two_days", "forty_five"))


def queue(
    work: Work,
    actor: Actor,
    today: date,
    *,
    status: str | None = None,
    kind: str | None = None,
    assignee: str | None = None,
    late: bool = False,
    ended: bool = False,
    q: str = "",
) -> Queue:
    """The cases that this actor may know of: late ones first, then by the day they are due.

    Ended ones (`ended`) come by the time they ended, the last first. `assignee` is a login, or "" for
    those that nobody has. Every word of `q` must occur in what may be searched without unsealing; marks
    and case do not matter. The counts are of all that the actor sees, whatever the filters.
    """
    still = list(_rows(work, actor, today, ended=False))
    done = list(_rows(work, actor, today, ended=True)) if ended else None
    gone = len(done) if done is not None else _count_ended(work, actor)
    found = None if not q.strip() else _found(work, actor, q, ended=ended)
    chosen = [
        row
        for row in (still if done is None else done)
        if (status is None or row.status == status)
        and (kind is None or row.kind == kind)
        and (assignee is None or (row.assignee or "") == assignee)
        and (not late or row.late)
        and (found is None or row.ref in found)
    ]
    chosen.sort(key=_ended_order if ended else _order)
    return Queue(tuple(chosen), _counts(still, actor, gone))


def waiting(work: Work, actor: Actor, today: date) -> tuple[Row, ...]:
    """The open cases in which there is something for this actor to do, as the queue has them."""
    rows = [row for row in _rows(work, actor, today, ended=False) if row.waits]
    return tuple(sorted(rows, key=_order))


def spoken(work: Work, actor: Actor) -> int:
    """How many ended cases that this actor leads have a word of the sender after their end."""
    if actor.role not in LEADERS:
        return 0
    rows = work.sql.case_ended_spoken(school=actor.school)
    return sum(sees(actor, row) for row in rows)


def reminders(rows: Iterable[Row]) -> tuple[Reminder, ...]:
    """What there is to be reminded of in these cases, the most urgent first."""
    found = []
    for row in rows:
        said = row.clock.reminder if row.clock else None
        if said is not None:
            found.append(Reminder(row.ref, said, row.clock, row))
        if row.neglected:
            found.append(Reminder(row.ref, "forty_five", row.clock, row))
    return tuple(sorted(found, key=lambda each: _URGENCY.index(each.kind)))


def attention(work: Work, actor: Actor, today: date) -> int:
    """How many open cases ask for this actor today: new, just assigned, written to, or nearly due."""
    return sum(_presses(row, actor) for row in waiting(work, actor, today))


def _presses(row: Row, actor: Actor) -> bool:
    fresh = row.status == "new" or (row.status == "assigned" and row.assignee == actor.login)
    said = row.clock.reminder if row.clock else None
    return fresh or row.word or row.neglected or said in _PRESSING


def _rows(work: Work, actor: Actor, today: date, *, ended: bool) -> Iterator[Row]:
    """Every case that this actor may know of."""
    sql, school = work.sql, actor.school
    clocks: dict[int, list[Any]] = defaultdict(list)
    for each in sql.case_queue_clocks(school=school, ended=int(ended)):
        clocks[each["case_n"]].append(each)
    clockwork = Clockwork(work, school, today)
    for row in sql.case_queue_rows(school=school, ended=int(ended), pattern="%"):
        if sees(actor, row):
            yield _row(row, actor, present(clockwork.views(clocks[row["n"]])), today)


def _row(row: Mapping[str, Any], actor: Actor, clock: ClockView | None, today: date) -> Row:
    running = clock is not None and clock.stopped_on is None
    return Row(
        ref=ref_of(row["year"], row["number"]),
        number=row["number"],
        year=row["year"],
        kind=row["kind"],
        room=row["room"],
        status=row["status"],
        version=row["version"],
        channel=row["channel"],
        about=tuple(msgspec.json.decode(row["about"])),
        procedure=row["procedure"],
        assignee=row["assignee"],
        summary=row["summary"],
        received_on=date.fromisoformat(row["received_on"]),
        closed_at=row["closed_at"],
        satisfied=None if row["satisfied"] is None else bool(row["satisfied"]),
        clock=clock,
        late=running and clock is not None and clock.reminder == "late",
        neglected=is_neglected(row, today),
        word=row["last_actor"] == SENDER and row["last_action"] in ("word", "not_settled"),
        waits=row["status"] not in ENDS
        and bool({*moves(row["status"], row["kind"], actor, row["assignee"])} - CHANGES_ROOM),
    )


def _order(row: Row) -> tuple[bool, date, date, int, int]:
    """Late ones on top, then by the last day; without a running limit after all others, the oldest first."""
    running = row.clock is not None and row.clock.stopped_on is None
    due = row.clock.deadline.last_day if running and row.clock else _FAR
    return (not row.late, due, row.received_on, row.year, row.number)


def _ended_order(row: Row) -> tuple[int, int, int]:
    return (-(row.closed_at or 0), -row.year, -row.number)


def _count_ended(work: Work, actor: Actor) -> int:
    rows = work.sql.case_ended_counts(school=actor.school)
    return sum(row["n"] for row in rows if sees(actor, row))


def _found(work: Work, actor: Actor, q: str, *, ended: bool) -> frozenset[str]:
    """The names of the cases in which every word occurs, and of the one that is named."""
    words, named = words_of(q), read_ref(q)
    pattern = like(words[0]) if words else "%"
    rows: Iterable[Any] = work.sql.case_queue_rows(school=actor.school, ended=int(ended), pattern=pattern)
    found = {
        ref_of(row["year"], row["number"]) for row in rows if all(word in row["search"] for word in words)
    }
    return frozenset(found | {ref_of(*named)} if named else found)


def _counts(rows: list[Row], actor: Actor, ended: int) -> Counts:
    statuses = Counter(row.status for row in rows)
    kinds = Counter(row.kind for row in rows)
    return Counts(
        total=len(rows),
        late=sum(row.late for row in rows),
        mine=sum(row.assignee == actor.login for row in rows),
        unassigned=sum(row.assignee is None for row in rows),
        ended=ended,
        statuses={status: statuses[status] for status in STATUSES if statuses[status]},
        kinds={kind: kinds[kind] for kind in KINDS if kinds[kind]},
        assignees=dict(sorted(Counter(row.assignee for row in rows if row.assignee).items())),
    )
