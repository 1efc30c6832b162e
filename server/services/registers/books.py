"""Sổ tiếp công dân and the sheets 01/XLD and 01/TCD of a school, as one person may see them.

Cases of the sealed room are left out unless somebody who holds its key asks for them, and the sheet then
says that it is not for the notice board: in a school a single tố cáo is enough to guess who wrote it, so
small numbers are not blurred but kept out whole of every copy that may be passed on.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import msgspec

from server.domain.cases.casework import OPEN_ROOM, SECRET_ROOMS, Actor, may_read
from server.domain.figures.periods import Period
from server.domain.localtime import local_day
from server.domain.registers.petition_counts import count_petitions, count_thanks
from server.domain.registers.reception_counts import count_receptions
from server.rules.petitions import counted_days, form, large_group
from server.services import schools
from server.services.cases.walk_ins import Visitor
from server.services.context import Context, Work
from server.services.keys.open_keys import OpenKeys
from server.services.registers.case_histories import (
    Known,
    for_reader,
    known_cases,
    reception_of,
    receptions,
)
from server.services.registers.facts import (
    Book,
    BookRow,
    Outcome,
    PetitionSheet,
    ReceptionSheet,
    SheetHead,
)
from survey_defs.letter import Letter
from survey_defs.typed import from_json

BOOK, PETITIONS, RECEPTIONS = "03/TCD", "01/XLD", "01/TCD"
_SHOWN = 600
"""Characters of a text that the book repeats; the case's own page has all of it."""


class Asked(NamedTuple):
    """Which sheet somebody asks for: a period, whose cut of days, with or without the sealed room."""

    period: Period
    cut: str = "calendar"
    sealed_room: bool = False


def head(work: Work, actor: Actor, number: str, asked: Asked) -> SheetHead:
    """What stands around a sheet on the period. Raises `Problem`: `unknown-cut`, `no-statutory-cut`."""
    shown = counted_days(asked.period, asked.cut)
    return SheetHead(
        school=schools.school(work, actor.school),
        form=form(number, shown.end),
        asked=asked.period,
        shown=shown,
        cut=asked.cut,
        today=local_day(work.now),
        sealed_room=asked.sealed_room and bool(actor.rooms & SECRET_ROOMS),
    )


def petitions(work: Work, actor: Actor, asked: Asked) -> PetitionSheet:
    """The counts of 01/XLD. Raises `Problem` as `head` does."""
    of = head(work, actor, PETITIONS, asked)
    cases = known_cases(work, actor.school, for_reader(actor, of.sealed_room), of.shown.start)
    histories = [case.history for case in cases]
    first, last = of.shown.start, of.shown.end
    return PetitionSheet(of, count_petitions(histories, first, last), count_thanks(histories, first, last))


def received(work: Work, actor: Actor, asked: Asked) -> ReceptionSheet:
    """The counts of 01/TCD. Raises `Problem` as `head` does."""
    of = head(work, actor, RECEPTIONS, asked)
    cases = known_cases(work, actor.school, for_reader(actor, of.sealed_room), of.shown.start)
    came = [reception_of(row) for row, _ in receptions(work, actor.school, cases)]
    return ReceptionSheet(of, count_receptions(came, of.shown.start, of.shown.end, large_group))


def book(ctx: Context, actor: Actor, asked: Asked, keys: OpenKeys | None = None) -> Book:
    """Sổ tiếp công dân: who came in the period, and what came from kiosks and telephones, by day.

    With `keys`, what this person may read is opened, and each case's reading is noted as `register`.
    Raises `Problem` as `head` does.
    """
    with ctx.read() as work:
        opener = _Opener(work, actor, keys)
        of = head(work, actor, BOOK, asked)
        cases = known_cases(work, actor.school, for_reader(actor, of.sealed_room), of.shown.start)
        came = receptions(work, actor.school, cases)
        at_desk = {row["case_n"] for row, _ in came}
        rows = [
            *((row["at"], _came(opener, row, case)) for row, case in came if _within(of, row["day"])),
            *(
                (case.row["received_at"], _sent(opener, case))
                for case in cases
                if case.row["n"] not in at_desk and _within(of, case.row["received_on"])
            ),
        ]
    if opener.has_read:
        with ctx.write() as work:
            opener.note(work)
    ordered = sorted(rows, key=lambda pair: (pair[1].day, pair[0]))
    return Book(of, tuple(row for _, row in ordered), keys is not None)


class _Opener:
    """Opens what one person may read, and remembers what was opened."""

    def __init__(self, work: Work, actor: Actor, keys: OpenKeys | None) -> None:
        self._work, self._actor = work, actor
        self._keys = keys if keys is not None and keys.login == actor.login else None
        self._read: set[tuple[int | None, int | None]] = set()

    def first(self, case: Known) -> Letter | None:
        """The letter with which the case began; None where it stays sealed."""
        if self._keys is None or not may_read(self._actor, case.row):
            return None
        box = self._work.sql.case_box_first(case_n=case.row["n"])
        if box is None:
            return None
        self._read.add((case.row["n"], None))
        return self._keys.open(case.row["room"], bytes(box))

    def visitor(self, row: Any, case: Known | None) -> Visitor | None:
        """Who came, of a row of receptions; None where it stays sealed or cannot be read."""
        of: Any = case.row if case else _visit_as_case(self._actor.school)
        if self._keys is None or row["box"] is None or not may_read(self._actor, of):
            return None
        self._read.add((case.row["n"], None) if case else (None, row["n"]))
        letter = self._keys.open(of["room"], bytes(row["box"]))
        try:
            return from_json(letter.text, Visitor) if letter else None
        except msgspec.MsgspecError:
            return None

    @property
    def has_read(self) -> bool:
        """Whether anything was opened."""
        return bool(self._read)

    def note(self, work: Work) -> None:
        """Write down what was opened, each case and each visit once."""
        for case_n, reception in sorted(self._read, key=str):
            work.sql.register_reading_insert(
                case_n=case_n, reception=reception, at=work.now, actor=self._actor.login
            )


def _visit_as_case(school: str) -> dict[str, object]:
    """A visit without a case, for the rights: it is sealed for the open room, and nobody's own."""
    return {"school": school, "room": OPEN_ROOM, "against_principal": 0, "assignee": None}


def _came(opener: _Opener, row: Any, case: Known | None) -> BookRow:
    """The line of people who came."""
    visitor = opener.visitor(row, case)
    of_case = _of_case(opener, case)
    if case is None:
        of_case["content"] = _shortened(visitor.text) if visitor else None
    return BookRow(
        day=date.fromisoformat(row["day"]),
        channel="reception",
        who=_joined(visitor.name, visitor.address, visitor.contact) if visitor else None,
        id_number=visitor.id_number if visitor else None,
        contact_gone=row["box"] is None,
        named=visitor is None or bool(visitor.name or visitor.address or visitor.contact),
        people=row["people"],
        again=bool(row["again"]),
        by_principal=bool(row["by_principal"]),
        settled_by=row["settled_by"],
        within=bool(row["within"]),
        guidance=row["guidance"],
        taken_by=row["taken_by"],
        note=row["note"],
        **of_case,
    )


def _sent(opener: _Opener, case: Known) -> BookRow:
    """The line of a case that came from a device."""
    letter = opener.first(case)
    contact = letter.contact if letter else None
    return BookRow(
        day=case.received,
        channel=case.row["channel"],
        who=_joined(contact.name, contact.reach) if contact else None,
        # Devices never ask for it.
        id_number="",
        contact_gone=case.row["contact_gone_at"] is not None,
        named=letter is None or contact is not None,
        people=None,
        again=False,
        by_principal=False,
        settled_by="",
        within=None,
        guidance="",
        taken_by="",
        note="",
        **_of_case(opener, case),
    )


def _of_case(opener: _Opener, case: Known | None) -> dict[str, Any]:
    """What both kinds of lines say of the case."""
    if case is None:
        return {"ref": None, "content": None, "kind": "", "erased": None, "outcome": None}
    row = case.row
    content = row["summary"] or None
    if content is None and (letter := opener.first(case)) is not None:
        content = _shortened(letter.text)
    outcome = Outcome(
        status=row["status"],
        day=case.since,
        reason=case.reason,
        body=case.body,
        due=None if case.ended else case.due,
        satisfied=None if row["satisfied"] is None else bool(row["satisfied"]),
    )
    return {
        "ref": case.ref,
        "content": content,
        "kind": row["kind"],
        "erased": case.erased,
        "outcome": outcome,
    }


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1].rstrip() + "…"


def _joined(*parts: str) -> str:
    return ", ".join(part.strip() for part in parts if part.strip())


def _within(of: SheetHead, day: str) -> bool:
    return of.shown.contains(date.fromisoformat(day))
