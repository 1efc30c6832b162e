"""A case as its sender sees it: found by the code alone, its texts opened with the code's own key.

The code itself is nowhere kept: what it comes to is worked out anew for every question, by one Argon2id
whether or not it opens anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from server.domain.cases.casework import ANSWERS, ENDS, OPEN_ROOM, moves, sender
from server.domain.deadlines.deadlines import remaining
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.domain.sender.public_steps import Mark, Step, public_steps
from server.rules.accused_head import goes_to
from server.rules.limits import find_limit
from server.services.context import Work
from server.services.deadlines.calendars import calendar
from server.services.deadlines.deadlines import deadline
from server.services.keys.keys import code_salt
from server.services.privacy.erasure import code_mark
from survey_defs.complaint import CODE_DIGITS, CodeKeys, code_keys, read_code, unseal

PRIVACY_RULE = "privacy.answer"
_NO_CODE = "0" * CODE_DIGITS
_DUE = {
    "citizen_reception.answer": "answer",
    "khieu_nai.accept": "accept",
    "khieu_nai.first_instance": "decide",
    "khieu_nai.second_instance": "decide",
    "khieu_nai.send_decision": "send",
}


@dataclass(frozen=True)
class Due:
    """The limit that is running. `what` says for what (`answer`, `accept`, `decide`, `send`, `step`)."""

    what: str
    last_day: date
    remaining: int
    """Working days after today; 0 on the last day, negative once it is late."""


@dataclass(frozen=True)
class Message:
    """One text between the school and the sender; `text` is None where it cannot be opened."""

    seq: int
    at: int
    own: bool
    """Written by the sender."""
    guides: bool
    """Guidance that came with a return."""
    corrects: bool
    """It puts right what the school had said before."""
    corrected: bool
    """It was put right by what the school said after it."""
    text: str | None


@dataclass(frozen=True)
class Wish:
    """A request about one's own data: `kind` is see, correct or delete, `state` open, done or refused."""

    kind: str
    asked_on: date
    state: str
    answer_by: date
    answered_on: date | None


@dataclass(frozen=True)
class ParentView:
    """All that the page shows of a case; of one in the sealed room neither its body nor its reason."""

    n: int
    school: str
    school_name: str
    sample: bool
    number: str
    kind: str
    status: str
    version: int
    steps: tuple[Step, ...]
    over: bool
    """No step lies ahead: it was answered, or it came to an end."""
    due: Due | None
    outcome: str
    """The key of the sentence that says how it ended; empty while it has not."""
    body: str
    """To whom it was passed."""
    answer: Message | None
    """The answer or guidance that stands, apart from the rest."""
    messages: tuple[Message, ...]
    asked: bool
    """The school asked something last, and waits for the sender."""
    satisfied: bool | None
    requests: tuple[Wish, ...]
    privacy_days: int
    may: frozenset[str]
    """What the sender can do now."""
    put_back: bool
    """The school says that it is not about the principal, who may read it since. That it is in the room about
    the principal, no page tells: a code can be lost."""


@dataclass(frozen=True)
class Gone:
    """What became of a case that was erased: all that its sender can be told of it.

    `why`: `asked` with the code, `agreed` by two persons of the school, `retention`, or '' where that is not
    known any more; `roles` of who did it. `unanswered`: it was still open then. `complain_to`: who stands
    above the school's head.
    """

    school_name: str
    sample: bool
    number: str
    received_on: date
    erased_on: date
    why: str
    roles: tuple[str, ...]
    unanswered: bool
    complain_to: dict[str, str]


def gone(work: Work, keys: CodeKeys) -> Gone | None:
    """What became of the case of these keys, where it was erased; else None."""
    sql = work.sql
    row = sql.follow_gone(code_mark=code_mark(keys.code_hash))
    if row is None:
        return None
    data = json.loads(row["data"])
    on = local_day(data.get("at", row["erased_at"]))
    why = data["was"] if data["why"] == "restored" and "was" in data else data["why"]
    return Gone(
        school_name=row["school_name"],
        sample=bool(row["sample"]),
        number=f"{row['number']}/{row['year']}",
        received_on=date.fromisoformat(row["received_on"]),
        erased_on=on,
        why="" if why == "restored" else str(why),
        roles=tuple(data.get("roles", ())),
        unanswered=row["from_status"] not in (*ENDS, "answered"),
        complain_to={lang: goes_to(row["superior"], on, lang).to for lang in ("vi", "en")},
    )


def read_keys(work: Work, typed: str) -> CodeKeys | None:
    """What the typed code comes to; None where it is no code, after the very same work."""
    code = read_code(typed)
    keys = code_keys(code or _NO_CODE, code_salt(work))
    return keys if code else None


def look(work: Work, typed: str) -> ParentView | None:
    """The case of a code as a person typed it; None where it opens nothing. Takes one Argon2id."""
    return view(work, read_keys(work, typed))


def view(work: Work, keys: CodeKeys | None) -> ParentView | None:
    """The case of a code's keys; None where there is none.

    Raises `Problem("case-waits")` while it has no number yet, because the server's clock is in doubt.
    """
    row = work.sql.follow_case(code_hash=keys.code_hash if keys else "")
    if keys is None:
        return None
    if row is None:
        if work.sql.clock_waiting_of_code(code_hash=keys.code_hash) is not None:
            raise Problem("case-waits")
        return None
    return _view(work, row, keys)


def _view(work: Work, row: Any, keys: CodeKeys) -> ParentView:
    sql = work.sql
    entries = list(sql.follow_entries(case_n=row["n"]))
    boxes = {each["seq"]: each["box"] for each in sql.follow_boxes(case_n=row["n"])}
    corrected = _corrected(entries)
    messages = [_message(each, boxes, keys, corrected) for each in entries if _has_text(each, boxes)]
    answer = _standing_answer(row["status"], entries, messages)
    today = local_day(work.now)
    outcome, body = _outcome(row, entries)
    asking = [each for each in entries if each["action"] in ("ask", "word")]
    return ParentView(
        n=row["n"],
        school=row["school"],
        school_name=row["school_name"],
        sample=bool(row["sample"]),
        number=f"{row['number']}/{row['year']}",
        kind=row["kind"],
        status=row["status"],
        version=row["version"],
        steps=public_steps(
            row["status"], row["received_at"],
            [Mark(each["action"], each["to_status"], each["at"]) for each in entries],
        ),
        over=row["status"] in (*ENDS, "answered"),
        due=None if outcome else _due(work, row, today),
        outcome=outcome,
        body=body,
        answer=answer,
        messages=tuple(each for each in messages if each is not answer),
        asked=bool(asking) and asking[-1]["action"] == "ask" and not outcome,
        satisfied=None if row["satisfied"] is None else bool(row["satisfied"]),
        requests=_wishes(work, row),
        privacy_days=find_limit(PRIVACY_RULE, today).days,
        may=may(row, close_reason(entries)),
        put_back=row["room"] == OPEN_ROOM and any(each["action"] == "not_against" for each in entries),
    )  # fmt: skip


def may(row: Any, reason: str | None) -> frozenset[str]:
    """What the sender of a case can do: `word`, `settled`, `not_settled`, `rate`.

    `reason`: why it was closed. What was closed without an answer can only be written to: there is nothing
    to be judged, and taking it up again is for the school to decide. But nobody withdraws a complaint except
    its sender: where the school says so, the sender can say that it is not true, and the case goes on.
    """
    offered = set(moves(row["status"], row["kind"], sender(row["school"]), row["assignee"]))
    if row["status"] == "closed" and reason != "resolved":
        offered -= {"settled", "not_settled", "rate"} - ({"not_settled"} if reason == "withdrawn" else set())
    if row["status"] == "closed" and row["satisfied"] == 1:
        offered -= {"settled", "rate"}
    return frozenset(offered)


def close_reason(entries: Iterable[Any]) -> str | None:
    """Why a closed case was closed, from its entries: by the sender as settled, or by the school."""
    closing = [each["reason"] for each in entries if each["action"] in ("settled", "close")]
    return str(closing[-1]) if closing and closing[-1] else None


def _has_text(entry: Any, boxes: dict[int, bytes]) -> bool:
    """Whether an entry said something to the sender or of the sender."""
    return entry["seq"] in boxes or entry["action"] in (*ANSWERS, "ask", "word")


def _corrected(entries: list[Any]) -> set[int]:
    """The answers in whose place a correction came."""
    said = [each for each in entries if each["action"] in ANSWERS]
    return {before["seq"] for before, after in pairwise(said) if after["action"] == "correct"}


def _message(entry: Any, boxes: dict[int, bytes], keys: CodeKeys, corrected: set[int]) -> Message:
    letter = unseal(boxes[entry["seq"]], keys.private) if entry["seq"] in boxes else None
    own = entry["action"] in ("word", "not_settled")
    guides = entry["action"] == "return"
    return Message(
        entry["seq"],
        entry["at"],
        own,
        guides,
        entry["action"] == "correct",
        entry["seq"] in corrected,
        None if letter is None else letter.text,
    )


def _standing_answer(status: str, entries: list[Any], messages: list[Message]) -> Message | None:
    """The last answer, or the guidance of a return; none while the case is worked on."""
    if status not in (*ENDS, "answered"):
        return None
    last = [each["seq"] for each in entries if each["action"] in ANSWERS][-1:]
    return next((each for each in messages if each.seq in last), None)


def _outcome(row: Any, entries: list[Any]) -> tuple[str, str]:
    """The sentence's key, and the body that it names."""
    status, quietly = row["status"], row["room"] != OPEN_ROOM
    if status in ("answered", "returned"):
        return status, ""
    if status == "forwarded":
        data = json.loads(next(each["data"] for each in reversed(entries) if each["action"] == "forward"))
        if quietly:
            return "forwarded-quietly", ""
        return ("urged" if data["mode"] == "urge" else "forwarded"), str(data["body"])
    if status == "closed":
        if row["satisfied"] == 1:
            return "settled", ""
        reason = close_reason(entries)
        return ("closed-quietly" if quietly or reason is None else reason), ""
    return "", ""


def _due(work: Work, row: Any, today: date) -> Due | None:
    clock = work.sql.follow_clock(case_n=row["n"])
    if clock is None:
        return None
    start = date.fromisoformat(clock["started_on"])
    try:
        limit = deadline(work, clock["rule"], start, clock["variant"], row["school"])
    except Problem:  # a day for which no limit is known: then there is none to tell
        return None
    left = remaining(limit, today, calendar(work, row["school"]))
    return Due(_DUE.get(clock["rule"], "step"), limit.last_day, left)


def _wishes(work: Work, row: Any) -> tuple[Wish, ...]:
    found = []
    for each in work.sql.follow_requests(case_n=row["n"]):
        asked = date.fromisoformat(each["asked_on"])
        by = deadline(work, PRIVACY_RULE, asked, "", row["school"]).last_day
        answered = None if each["answered_at"] is None else local_day(each["answered_at"])
        found.append(Wish(each["kind"], asked, each["state"], by, answered))
    return tuple(found)
