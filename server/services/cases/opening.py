"""Opening a case, within the transaction that stores what brought it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from server.domain.answers.clocks import CERTAIN, When
from server.domain.cases.casework import OPEN_ROOM, PRINCIPAL_ROOM, SYSTEM, ref_of
from server.domain.localtime import local_day
from server.services.cases import casefile
from server.services.context import Work
from server.services.numbering import next_case, next_number_of_year
from survey_defs.subjects import is_praise

_LONGEST_WAY_MS = 366 * 24 * 3_600_000
"""A complaint that says it was written longer ago than that comes from a device whose counting is wrong."""
_SAID = ("id", "school", "channel", "device", "lang", "procedure", "about", "code_hash", "box", "room")


class NewCase(NamedTuple):
    """What a case begins with. Times in ms UTC; `received_on` is the day from which its limits run.

    `box`: the sender's letter, sealed to the school's key, and never opened here. `kind` and `summary`
    only where somebody at the desk said them; `actor` is their login. `after`: the last event that was stored
    before, where none brought the case: by that it can be told later when it came (`case_redating`).
    `room`: that of the key which the letter is said to be sealed to; whose it is, its readers see.
    """

    id: str
    school: str
    channel: str
    device: str | None
    lang: str
    procedure: str | None
    about: tuple[str, ...]
    occurred_at: int
    received_at: int
    received_on: date
    code_hash: str | None
    box: bytes
    kind: str | None = None
    summary: str = ""
    actor: str = SYSTEM
    after: int | None = None
    room: str = OPEN_ROOM


def new_case(said: Mapping[str, Any], when: When, received_at: int) -> NewCase:
    """What a complaint opens that says so of itself: the fields of `NewCase` that are not times.

    Its limits run from the day it was written where that is known, else from the day it came in.
    """
    known = when.quality in CERTAIN and 0 <= received_at - when.occurred_at <= _LONGEST_WAY_MS
    return NewCase(
        **said,
        occurred_at=when.occurred_at,
        received_at=received_at,
        received_on=local_day(when.occurred_at if known else received_at),
    )


def open_later(work: Work, n: int, said: Mapping[str, Any]) -> None:
    """Keep what event `n` says until the clock is right: no number and no limit goes by a doubtful day."""
    about = msgspec.json.encode(said["about"]).decode()
    work.sql.clock_wait(n=n, **{**said, "about": about})


def open_waiting(work: Work) -> int:
    """Open a case for each complaint that waits; where nobody knows its day, today's. Returns how many."""
    sql, waiting = work.sql, list(work.sql.clock_waiting())
    for row in waiting:
        when, received_at = When(row["occurred_at"], row["quality"], None), row["received_at"]
        if row["doubt"] is not None:
            received_at = work.now
            when = when if when.quality in CERTAIN else when._replace(occurred_at=received_at)
        said = {name: row[name] for name in _SAID}
        said |= {"about": tuple(msgspec.json.decode(row["about"])), "box": bytes(row["box"])}
        open_case(work, new_case(said, when, received_at))
        sql.clock_waited(n=row["n"])
    return len(waiting)


def open_case(work: Work, new: NewCase) -> int:
    """Open a case. Returns its `n`, or that of the case that the very same letter has opened before.

    The same code with another letter opens a second case, which the code does not find: whoever sent it
    must not take the first one over. The open case's entry keeps the digest of the sealed box, by which
    a repetition is known even after the box was sealed anew; of such a second case too. Where it
    comes again and is said to be about the principal now, its case goes to that room.
    """
    sql = work.sql
    digest = hashlib.blake2b(new.box, digest_size=16).hexdigest()
    code_hash = new.code_hash or None  # empty: it was erased before, and came again
    if code_hash is not None:
        same = sql.case_of_code(code_hash=code_hash)
        if same is not None:
            if same["school"] == new.school and msgspec.json.decode(same["data"])["digest"] == digest:
                return _set_apart(work, int(same["n"]), new.room)
            second = sql.case_of_digest(school=new.school, pattern=f'%"digest":"{digest}"%')
            if second is not None:
                return _set_apart(work, int(second), new.room)
            code_hash = None
    about = tuple(dict.fromkeys(new.about))
    kind = new.kind or ("thong_tin" if is_praise(about) else "pakn")
    # An id that the desk has minted and a device repeats must not cost the device's letter.
    taken = sql.case_of_id(id=new.id) is not None
    n = next_case(work.sql)
    sql.case_insert(
        n=n,
        id=work.ctx.new_id() if taken else new.id,
        school=new.school,
        year=new.received_on.year,
        number=next_number_of_year(work.sql, new.school, new.received_on.year),
        room=new.room,
        kind=kind,
        channel=new.channel,
        device=new.device,
        lang=new.lang,
        procedure=new.procedure,
        about=msgspec.json.encode(about).decode(),
        summary=new.summary,
        search="",
        occurred_at=new.occurred_at,
        received_at=new.received_at,
        received_on=new.received_on.isoformat(),
        code_hash=code_hash,
        against_principal=int(new.room == PRINCIPAL_ROOM),
    )
    casefile.append(
        work,
        sql.case_get(n=n),
        actor=new.actor,
        action="open",
        data={"kind": kind, "digest": digest} | ({} if new.after is None else {"after": new.after}),
        boxes={"desk": new.box},
    )
    return n


def _set_apart(work: Work, n: int, room: str) -> int:
    """Move a case to the room about the principal, unless the school has decided on that already."""
    sql = work.sql
    row = sql.case_get(n=n)
    known = {entry["action"] for entry in sql.case_entries_of(case_n=n)}
    if room == PRINCIPAL_ROOM != row["room"] and not known & {"against", "not_against"}:
        changes = {"room": room, "against_principal": 1, "assignee": None}
        casefile.append(work, row, actor=SYSTEM, action="against", changes=changes)
    return n


def ref(work: Work, n: int) -> str:
    """The name of a case by its `n`."""
    row = work.sql.case_get(n=n)
    return ref_of(row["year"], row["number"])
