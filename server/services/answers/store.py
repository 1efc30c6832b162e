"""Putting judged events into the store, within the transaction of whoever took them in.

Messages of devices come here by `ingest`, forms of telephones by `services.phone.survey_form`: both are rows
of the same tables, counted in the same roll-ups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from server.domain.answers.accept import Accepted, Complaint, Meaning
from server.domain.answers.clocks import When
from server.domain.cases.casework import OPEN_ROOM, PRINCIPAL_ROOM
from server.services.answers.number_ranges import Table, add
from server.services.answers.rollups import About, Cells, day_of
from server.services.cases.opening import new_case, open_case, open_later
from server.services.context import Work
from server.services.numbering import next_event

_Alike = tuple[str, str, str, str, str | None, str, str, Meaning]
"""What answers have in common that are counted in the same cells: school, device, survey, channel, procedure,
day, quality of the time, meaning."""


class Arrival(NamedTuple):
    """One judged event with where it came from; `received_at` in milliseconds since 1970.

    `synced`: the clock that timed it was synced, says whoever brought it. `signs`: what was noticed when it
    came in, as words with spaces between. `doubt`: the one in which the server's clock was, or None.
    """

    school: str
    device: str
    received_at: int
    event: Accepted | Complaint
    synced: bool
    signs: str = ""
    doubt: int | None = None


def insert(work: Work, arrivals: Sequence[Arrival], times: Sequence[When], cells: Cells) -> None:
    """Insert events with what they say, count the answers into `cells`, open a case for each complaint.

    `times` runs as `arrivals` does. Raises `Clash` at the end of the transaction where an id or a place in
    a journal is taken already.
    """
    n = next_event(work.sql) - 1
    events, answers, complaints = [], [], []
    counted: dict[_Alike, int] = defaultdict(int)
    for arrival, when in zip(arrivals, times, strict=True):
        n += 1
        school, device, received_at, event, synced, signs, doubt = arrival
        is_answer = isinstance(event, Accepted)
        # In the order in which the queries name their values.
        events.append(
            (
                n,
                event.id,
                event.digest,
                school,
                device,
                event.journal,
                event.seq,
                "answer" if is_answer else "complaint",
                event.boot,
                event.up_ms,
                event.wall,
                int(synced),
                received_at,
                *when,
                doubt,
            )
        )
        if not isinstance(event, Accepted):
            complaints.append((n, arrival, event, when))
            continue
        day, meaning = day_of(when.occurred_at), event.meaning
        answers.append(
            (
                n,
                school,
                device,
                event.survey,
                event.version,
                event.channel,
                event.lang,
                event.procedure,
                meaning.level,
                meaning.answers,
                event.took_ms,
                day,
                signs,
            )
        )
        counted[school, device, event.survey, event.channel, event.procedure, day, when.quality, meaning] += 1
    work.sql.insert_many("ingest_event_insert", events)
    work.sql.insert_many("ingest_answer_insert", answers)
    for (school, device, survey, channel, procedure, day, quality, meaning), many in counted.items():
        cells.add_event(school, day, quality, many, rated=meaning.level is not None)
        about = About(school, device, survey, channel, procedure or "", 0)
        cells.add_answer(about, day, meaning.level, meaning.choices, many)
    for number, arrival, event, when in complaints:
        said = _said(arrival, event)
        if arrival.doubt is None:
            open_case(work, new_case(said, when, arrival.received_at))
        else:
            open_later(work, number, said)


def note_arrived(work: Work, journal: str, numbers: list[int], *, school: str, device: str) -> None:
    """Add to the ranges of what has arrived."""
    sql = work.sql
    table = Table(sql.ingest_ranges_up_to, sql.ingest_range_delete, sql.ingest_range_put)
    add(table, journal, numbers, school=school, device=device)


def _said(arrival: Arrival, event: Complaint) -> dict[str, Any]:
    """What a complaint says of itself, by the names of `NewCase`."""
    return {
        "id": event.id,
        "school": arrival.school,
        "channel": event.channel,
        "device": arrival.device,
        "lang": event.lang,
        "procedure": event.procedure,
        "about": event.about,
        "code_hash": event.code_hash,
        "box": event.box,
        # A room that this program does not know is no reason to show a letter to more people.
        "room": OPEN_ROOM if event.room == OPEN_ROOM else PRINCIPAL_ROOM,
    }
