"""Deleting for good what people wrote: the case stays in every count, nothing of its content stays.

Gone are all sealed texts, who came to the desk, what was asked about the data, the code's hash, the
trích yếu and the number of the đơn, also where they stood in entries, and refused messages that carried
the same box. What stays is the tombstone: number, dates, kind, status, subjects and who did what when, and a
mark by which the sender's code is known: it opens nothing, and lets its holder hear what became of the case.
SQLite overwrites what is deleted (secure_delete), the write-ahead log is cut off, and then every file of
the data directory is read back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from server.domain.cases.casework import ENDS, SYSTEM
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.cases import casefile
from server.services.context import Context, Work
from server.services.privacy import erasure_list, erasure_proof
from server.services.privacy.erasure_list import Erasure
from server.services.privacy.erasure_proof import Proof

Why = Literal["asked", "agreed", "retention", "restored"]
"""The sender asked with the code; two persons of the school did it, on somebody's word; the time to keep it
is over; it came back with an older backup."""
_KEPT_DATA = frozenset(
    {"kind", "was", "date", "assignee", "body", "mode", "rule", "variant", "started_on", "last_day",
     "against_principal", "duplicate_of", "after", "why", "roles", "second", "at"}
)  # fmt: skip
"""What entries keep of their data: words of lists, days, logins, public bodies. The rest may name people."""


class Erased(NamedTuple):
    """What an erasure did. `boxes`: how many sealed texts went; `in_backups_until`: the last day on which a
    backup that was made before may still be kept."""

    cases: tuple[int, ...]
    boxes: int
    proof: Proof
    in_backups_until: date


class Word(NamedTuple):
    """On whose word a case is erased. `roles` of those who did it, whom the sender is told; `second`: the
    login of who agreed; `was`, `at`, `mark`: why and when it was erased before it came back, and the mark of
    its code, which it may have come back without."""

    why: Why
    roles: tuple[str, ...] = ()
    second: str = ""
    was: str = ""
    at: int | None = None
    mark: str = ""

    @property
    def data(self) -> dict[str, object]:
        """What the entry says of it."""
        said = {**self._asdict(), "roles": list(self.roles), "mark": None}
        return {name: value for name, value in said.items() if value}


def erase_case(ctx: Context, actor: str, case_n: int, word: Word) -> Erased:
    """Erase a case's content; an open one ends. Who may say so is for `privacy` to check.

    Raises `Problem`: `unknown-case`, `already-erased`, `cannot-write`; `erase-open-case` for a case that is
    open where nobody asked.
    """
    return erase_cases(ctx, actor, {case_n: word})


def erase_cases(ctx: Context, actor: str, cases: Mapping[int, Word]) -> Erased:
    """Erase several cases and prove it once. Raises as `erase_case`; what came before then is erased."""
    done: list[int] = []
    boxes: list[bytes] = []
    marks: set[bytes] = set()
    try:
        for case_n, word in cases.items():
            with ctx.write() as work:
                gone, names = _wipe(work, actor, case_n, word)
            boxes += gone
            marks |= names
            done.append(case_n)
    finally:
        found = prove(ctx, boxes, marks)
    return Erased(tuple(done), len(boxes), found, backups_until(ctx))


def prove(ctx: Context, boxes: Iterable[bytes], marks: Iterable[bytes] = ()) -> Proof:
    """See that the boxes are in no file any more: first the log goes, then all is read.

    Where something is left in a gap of the store, the store is written anew and read once more.
    """
    needles = {*erasure_proof.windows(boxes), *marks}
    data = Path(ctx.settings.data)
    if not needles:
        return erasure_proof.search(data, needles)
    ctx.store.flush()
    found = erasure_proof.search(data, needles)
    own = {ctx.store.path.name, f"{ctx.store.path.name}-wal"}
    if own & set(found.found):
        ctx.store.rewrite()
        ctx.store.flush()
        found = erasure_proof.search(data, needles)
    return found


def boxes_of(work: Work, case_n: int) -> list[bytes]:
    """The sealed boxes that a case has now."""
    rows = work.sql.erase_boxes(case_n=case_n)
    return [bytes(row["box"]) for row in rows]


def backups_until(ctx: Context) -> date:
    """The last day on which a backup that is made today may be kept."""
    return local_day(ctx.now()) + timedelta(days=ctx.settings.backup_keep_days)


def reapply(ctx: Context) -> Erased | None:
    """After a backup was put back: erase again what was erased since; None where there is nothing to do.

    What the store knows as erased and the list does not is added to the list.
    """
    listed = {each.id: each for each in erasure_list.read(ctx)}
    with ctx.read() as work:
        known = {row["id"]: row["erased_at"] for row in work.sql.erased_ids()}
        for id, at in known.items():
            if id not in listed:
                erasure_list.add(ctx, Erasure(id, at))
        back = {}
        for id in sorted(listed.keys() - known.keys()):
            row, one = work.sql.erase_case_of_id(id=id), listed[id]
            if row is not None and row["erased_at"] is None:
                back[row["n"]] = Word("restored", one.roles, was=one.why, at=one.at, mark=one.mark)
    return erase_cases(ctx, SYSTEM, back) if back else None


def code_mark(code_hash: str) -> str:
    """What the hash of a code leaves behind when its case is erased: enough to know the code again."""
    return hashlib.blake2b(code_hash.encode(), person=b"hailong erased", digest_size=16).hexdigest()


def _wipe(work: Work, actor: str, case_n: int, word: Word) -> tuple[list[bytes], set[bytes]]:
    """Delete within a transaction; the boxes that went, and other bytes that must be nowhere any more."""
    sql = work.sql
    row = sql.case_get(n=case_n)
    if row is None:
        raise Problem("unknown-case")
    if row["erased_at"] is not None:
        raise Problem("already-erased")
    if row["status"] not in ENDS and word.why == "retention":
        raise Problem("erase-open-case")
    boxes = boxes_of(work, case_n)
    marks = {each.encode() for each in (row["code_hash"],) if each}
    casefile.append(work, row, actor=actor, action="erase", data=word.data)
    sql.erase_texts(case_n=case_n)
    sql.erase_receptions(case_n=case_n)
    sql.erase_requests(case_n=case_n)
    mark = code_mark(row["code_hash"]) if row["code_hash"] else word.mark
    sql.erase_marks(case_n=case_n, erased_at=work.now, code_mark=mark or None)
    for entry in sql.erase_entries(case_n=case_n):
        data = msgspec.json.decode(entry["data"])
        kept = {key: value for key, value in data.items() if key in _KEPT_DATA}
        if kept != data:
            body = msgspec.json.encode(kept).decode()
            sql.erase_entry_data(case_n=case_n, seq=entry["seq"], data=body)
    _wipe_letters(work, row["id"], {*erasure_proof.windows(boxes), *marks})
    if word.why != "restored":
        # Before the commit: a list with one line too many harms nobody, one too few brings a text back.
        erasure_list.add(work.ctx, Erasure(row["id"], work.now, word.why, word.roles, mark))
    return boxes, marks


def _wipe_letters(work: Work, id: str, needles: set[bytes]) -> None:
    """Refused messages that carried the same event or the same box stay as a line without their content."""
    for letter in work.sql.erase_letters():
        payload = bytes(letter["payload"])
        if letter["event_id"] == id or any(needle in payload for needle in needles):
            work.sql.erase_letter(n=letter["n"], payload=b"")
