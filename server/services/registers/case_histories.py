"""What the registers and the reports know of a school's cases: how each came in, went on and stands.

Nothing sealed is touched here. Which cases somebody may know of is decided before anything is counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import msgspec

from server.domain.cases.casework import ENDS, OPEN_ROOM, Actor, ref_of, sees
from server.domain.deadlines.deadlines import Deadline, deadline_of
from server.domain.localtime import local_day, start_of
from server.domain.problems import Problem
from server.domain.registers.petition_counts import History, Step
from server.domain.registers.reception_counts import Reception
from server.rules.limits import find_limit
from server.services.cases.casefile import RESTORED
from server.services.context import Work
from server.services.deadlines.calendars import calendar

Visible = Callable[[Any], bool]
_KIND_ACTIONS = ("open", "classify", "petition")


@dataclass(frozen=True)
class Clock:
    """One limit of a case, and when it was stopped."""

    deadline: Deadline
    stopped: date | None

    @property
    def last_day(self) -> date:
        """The last day on which it is kept."""
        return self.deadline.last_day


@dataclass(frozen=True)
class Known:
    """One case without anything sealed. `row` is its row of the store."""

    row: Any
    history: History
    clocks: tuple[Clock, ...]
    since: date
    """The day of the entry that brought it into its present status."""
    reason: str | None
    body: str
    """Whom it was forwarded to; empty where it was not."""
    erased: str | None
    """Why its content was deleted: `asked` or `retention`; None where it was not."""

    @property
    def ref(self) -> str:
        """As people name it: "2026-14"."""
        return ref_of(self.row["year"], self.row["number"])

    @property
    def received(self) -> date:
        """The day from which its limits run."""
        return date.fromisoformat(self.row["received_on"])

    @property
    def ended(self) -> bool:
        """Whether nothing is left to be done."""
        return self.row["status"] in ENDS

    @property
    def due(self) -> date | None:
        """The last day of what is to be done next; None where no limit runs."""
        return min((clock.last_day for clock in self.clocks if clock.stopped is None), default=None)


def for_reader(actor: Actor, sealed_room: bool = False) -> Visible:
    """The cases that this person may know of; those of the sealed room only where asked for as well."""
    return lambda row: sees(actor, row) and (sealed_room or row["room"] == OPEN_ROOM)


def for_everybody(row: Any) -> bool:
    """The cases that a report may count whoever makes it and whoever gets it."""
    return row["room"] == OPEN_ROOM and not row["against_principal"]


def known_cases(work: Work, school: str, visible: Visible, since: date) -> tuple[Known, ...]:
    """Every visible case of the school that had not ended before `since`, in the order of their receipt.

    What ended before a period, and has not been reopened, counts nowhere in it: a school's old cases cost
    its present sheets nothing.
    """
    sql = work.sql
    asked = {"school": school, "since": start_of(since)}
    rows = [row for row in sql.register_cases(**asked) if visible(row)]
    entries = _by_case(sql.register_entries(**asked))
    clocks = _by_case(sql.register_clocks(**asked))
    worked = calendar(work, school)

    @cache
    def deadline(rule: str, started_on: str, variant: str) -> Deadline | None:
        started = date.fromisoformat(started_on)
        try:
            return deadline_of(find_limit(rule, started, variant), started, worked)
        except Problem:  # a day for which no limit is known: one case must not cost the whole sheet
            return None

    def told(row: Any) -> Iterator[Clock]:
        limit = deadline(row["rule"], row["started_on"], row["variant"])
        if limit is not None:
            yield Clock(limit, date.fromisoformat(row["stopped_on"]) if row["stopped_on"] else None)

    def clocks_of(n: int) -> tuple[Clock, ...]:
        return tuple(clock for row in clocks[n] for clock in told(row))

    return tuple(_known(row, entries[row["n"]], clocks_of(row["n"])) for row in rows)


def receptions(work: Work, school: str, cases: tuple[Known, ...]) -> list[tuple[Any, Known | None]]:
    """The rows of who came in person with the case each is about; none whose case is not among `cases`."""
    known = {case.row["n"]: case for case in cases}
    rows = work.sql.register_receptions(school=school)
    return [
        (row, known.get(row["case_n"])) for row in rows if row["case_n"] is None or row["case_n"] in known
    ]


def reception_of(row: Any) -> Reception:
    """A row of who came, as it is counted."""
    matter = f"case {row['case_n']}" if row["case_n"] is not None else f"reception {row['n']}"
    return Reception(
        date.fromisoformat(row["day"]), matter, row["people"], bool(row["again"]), bool(row["by_principal"])
    )


def _known(row: Any, entries: list[Any], clocks: tuple[Clock, ...]) -> Known:
    received = date.fromisoformat(row["received_on"])
    steps: list[Step] = []
    kind, since, reason, body, why = row["kind"], received, None, "", ""
    redated = max((entry["seq"] for entry in entries if entry["action"] == "redate"), default=0)
    for entry in entries:
        data: dict[str, Any] = msgspec.json.decode(entry["data"])
        # What was noted by a wrong clock happened on the day of receipt, as far as anybody knows.
        day = received if entry["seq"] < redated else local_day(entry["at"])
        if entry["action"] in _KIND_ACTIONS:
            kind = data.get("kind", kind)
        # A restored backup that was cleaned again may know no first reason any more: then it was asked for.
        if entry["action"] == "erase":
            told = data.get("was" if data.get("why") == RESTORED else "why")
            why = told if told in ("retention", "agreed") else "asked"
        mode = data.get("mode") if entry["action"] == "forward" else None
        if entry["to_status"] != entry["from_status"]:
            since, reason = day, entry["reason"]
            body = str(data.get("body", "")) if entry["action"] == "forward" else ""
        steps.append(Step(day, entry["to_status"], kind, entry["reason"], mode))
    erased = (why or "asked") if row["erased_at"] is not None else None
    return Known(row, History(received, tuple(steps)), clocks, since, reason, body, erased)


def _by_case(rows: Any) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["case_n"]].append(row)
    return found
