"""The file of a case: every entry goes through `append`, which keeps entries, boxes and clocks in step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from server.domain.cases import case_clocks
from server.domain.cases.case_clocks import Stand
from server.domain.cases.casework import ACTIONS, ENDS, move, ref_of
from server.domain.folding import fold
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.context import Work
from survey_defs.model import Procedure
from survey_defs.subjects import builtin_subjects
from survey_defs.typed import from_json

_UPDATED = (
    "room", "kind", "status", "assignee", "summary", "petition_number", "petition_date",
    "against_principal", "closed_at", "satisfied",
)  # fmt: skip
RESTORED = "restored"
"""Why an erasure is done again after a backup was put back: no day of it counts."""
_RATED = {"settled": 1, "not_settled": 0, "answer": None}
"""What an action says of the sender's satisfaction; a new answer is to be judged anew."""


def append(
    work: Work,
    case_row: Mapping[str, Any],
    *,
    actor: str,
    action: str,
    to_status: str | None = None,
    reason: str | None = None,
    data: Mapping[str, Any] | None = None,
    visible: bool | None = None,
    boxes: Mapping[str, bytes] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> int:
    """Add an entry within the caller's unit of work. Returns its seq, which is the case's new version.

    The new status comes from the table unless `to_status` says it; `visible` is the action's own unless
    said. `boxes`: what was written, sealed, by audience (`desk`, `sender`). `changes`: columns of the case
    that change with it. Starts and stops the clocks. `case_row` is a row of `case_find` or `case_get`,
    read in this transaction; for a second entry it must be read again.

    Raises `Problem`: `move-not-allowed`; `clock-in-doubt`; `case-moved` where the row was not the newest.
    ValueError for an end without a reason.
    """
    data = dict(data or {})
    if work.ctx.clock.doubt and data.get("why") != RESTORED:  # a wrong day could never be taken back
        raise Problem("clock-in-doubt")
    before = dict(case_row)
    after = before | dict(changes or {})
    after["status"] = move(before["status"], action, before["kind"]) if to_status is None else to_status
    if action == "erase" and before["status"] not in ENDS and reason is None:
        reason = "withdrawn"
    ends = after["status"] in ENDS
    if ends and before["status"] not in ENDS and not reason:
        raise ValueError(f"{action} leads to an end and needs a reason")
    now = work.now
    after["closed_at"] = (before["closed_at"] or now) if ends else None
    after["satisfied"] = _RATED.get(action, after["satisfied"])
    sql, n, seq = work.sql, before["n"], before["version"] + 1
    entry = {
        "case_n": n,
        "seq": seq,
        "at": now,
        "actor": actor,
        "action": action,
        "from_status": before["status"],
        "to_status": after["status"],
        "reason": reason,
        "data": msgspec.json.encode(data).decode(),
        "visible": int(ACTIONS[action].visible if visible is None else visible),
    }
    moved = {key: after[key] for key in _UPDATED}
    rows = sql.case_update(
        n=n, was=before["version"], version=seq, search=_search(work, after, entry),
        **moved,
    )  # fmt: skip
    if rows != 1:
        raise Problem("case-moved")
    sql.case_entry_insert(**entry)
    for audience, box in (boxes or {}).items():
        sql.case_box_insert(case_n=n, seq=seq, audience=audience, box=box)
    _turn_clocks(work, n, _change(entry, before, after, local_day(now)), local_day(now))
    return int(seq)


def _change(
    entry: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], today: date
) -> case_clocks.Change:
    return case_clocks.change(entry["action"], entry["reason"], _stand(before), _stand(after), today)


def _stand(case: Mapping[str, Any]) -> Stand:
    petition = case["petition_date"]
    return Stand(
        case["kind"],
        case["status"],
        date.fromisoformat(case["received_on"]),
        date.fromisoformat(petition) if petition else None,
        bool(case["against_principal"]),
    )


def _turn_clocks(work: Work, n: int, change: case_clocks.Change, today: date) -> None:
    if change.stop:
        work.sql.case_clock_stop(case_n=n, stopped_on=today.isoformat())
    if change.start:
        rule, day = change.start
        work.sql.case_clock_start(case_n=n, rule=rule, variant="", started_on=day.isoformat())
    if change.past:
        rule, day = change.past
        work.sql.case_clock_past(
            case_n=n, rule=rule, started_on=day.isoformat(), stopped_on=today.isoformat()
        )


def _search(work: Work, case: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    """What may be searched without unsealing: nothing that anybody wrote into a letter."""
    entries = [row["data"] for row in work.sql.case_sought(case_n=case["n"])]
    if entry["action"] in ("forward", "redate"):
        entries.append(entry["data"])
    said = [msgspec.json.decode(data) for data in entries]
    words: list[str] = [
        ref_of(case["year"], case["number"]),
        case["summary"],
        *_subject_words(msgspec.json.decode(case["about"])),
        *_procedure_names(work, case["school"], case["procedure"]),
        case["assignee"] or "",
        case["petition_number"] or "",
        *(data.get(name, "") for data in said for name in ("body", "was")),
    ]
    return fold(" ".join(words))


def _subject_words(about: Iterable[str]) -> Iterable[str]:
    known = {subject.id: subject.text for subject in builtin_subjects()}
    for subject in about:
        text = known.get(subject)
        yield from text.values() if text else [subject]


def _procedure_names(work: Work, school: str, procedure: str | None) -> Iterable[str]:
    """All names that the procedure ever had."""
    if procedure is None:
        return
    for row in work.sql.rate_procedure_names(school=school):
        if row["slug"] == procedure:
            yield from from_json(row["body"], Procedure).name.values()
