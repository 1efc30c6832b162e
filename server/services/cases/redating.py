"""Cases that a wrong clock gave a wrong day: found, and put right with an entry that says so.

A day is wrong that is neither that of the event that brought the case nor that of its arrival, once these
are known. Where somebody came to the desk there is no event: then a moment is wrong that does not lie between
the arrivals of what was stored before and after it, and the case is taken to have come right after the
former. A day that the receptionist named stands.

The limits that ran from a wrong day run from the right one; a case of another year gets that year's next
number, and is still found by the old one.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec

from server.domain.answers.arrivals_in_time import SLACK_MS
from server.domain.answers.clocks import CERTAIN
from server.domain.cases.casework import SYSTEM, ref_of
from server.domain.localtime import local_day
from server.services.cases import casefile
from server.services.context import Work
from server.services.numbering import next_number_of_year


class Misdated(NamedTuple):
    """A case with the day from which its limits run, and that from which they should.

    `now`: its name since it was put right; '' where it was not.
    """

    school: str
    ref: str
    received_on: str
    should_be: str
    now: str = ""


_Wrong = tuple[dict[str, Any], date]
"""A case, and the day that it should have."""


def misdated(work: Work, *, mend: bool) -> tuple[Misdated, ...]:
    """The cases with a wrong day, in the order in which they came; with `mend` they are put right.

    Raises `Problem`: `clock-in-doubt`.
    """
    brought, found = list(work.sql.times_cases()), []
    wrong = [*_brought(brought), *_at_desk(work, brought)]
    for row, day in sorted(wrong, key=lambda one: one[0]["n"]):
        ref = ref_of(row["year"], row["number"])
        now = _redate(work, row, day) if mend else ""
        found.append(Misdated(row["school"], ref, row["received_on"], day.isoformat(), now))
    return tuple(found)


def _brought(rows: Sequence[Any]) -> Iterator[_Wrong]:
    """Those that an event has brought."""
    for row in rows:
        days = {local_day(row["event_at"]), local_day(row["came_at"])}
        if date.fromisoformat(row["received_on"]) not in days:
            yield dict(row), local_day(row["event_at"] if row["quality"] in CERTAIN else row["came_at"])


def _at_desk(work: Work, brought: Sequence[Any]) -> Iterator[_Wrong]:
    """Those that somebody brought to the desk; `brought` are the others, in the order of opening."""
    for row, between in _walk_ins(work, brought):
        came_at = between.put(row["received_at"])
        if came_at is not None and _is_wrong(row["received_on"], row["received_at"], came_at):
            put = {"came_at": came_at, "event_at": came_at, "quality": "unknown"}
            yield dict(row) | put, local_day(came_at)


def misdated_visits(work: Work, *, mend: bool) -> int:
    """How many visits of which no case came stand on a wrong day; with `mend` they are put right.

    What was written down of others, before and after, bounds them.
    """
    sql = work.sql
    known = {row["n"]: each for row, each in _walk_ins(work, list(sql.times_cases()))}
    visits = list(sql.times_receptions())
    around = [known.get(row["case_n"], _Between(None, work.now)) for row in visits]
    earliest = list(accumulate((each.earliest or 0 for each in around), max))
    latest = list(accumulate((each.latest for each in reversed(around)), min))[::-1]
    found = 0
    for row, first, last in zip(visits, earliest, latest, strict=True):
        at = _Between(first or None, last).put(row["at"]) if row["case_n"] is None else None
        if at is None or not _is_wrong(row["day"], row["at"], at):
            continue
        found += 1
        if mend:
            sql.times_visit_redate(n=row["n"], day=local_day(at).isoformat(), at=at)
    return found


class _Between(NamedTuple):
    """Between which moments something was stored; None: nothing is known before it."""

    earliest: int | None
    latest: int

    def put(self, said_at: int) -> int | None:
        """Where a moment is put that cannot be true; None for one that can."""
        earliest = said_at if self.earliest is None else self.earliest
        if earliest - SLACK_MS <= said_at <= self.latest + SLACK_MS:
            return None
        return min(earliest, self.latest)


def _is_wrong(day: str, said_at: int, came_at: int) -> bool:
    """Whether the wrong moment has made this day, and another is right."""
    return day == local_day(said_at).isoformat() != local_day(came_at).isoformat()


def _walk_ins(work: Work, brought: Sequence[Any]) -> Iterator[tuple[Any, _Between]]:
    """The cases that somebody brought to the desk, and between which arrivals they came."""
    sql, now = work.sql, work.now
    numbers, came = [row["n"] for row in brought], [row["came_at"] for row in brought]
    newest = list(accumulate(came, max))
    oldest = list(accumulate(reversed(came), min))[::-1]
    for row in list(sql.times_walk_ins()):
        at = bisect(numbers, row["n"])
        before, after = newest[at - 1 : at] if at else [], [*oldest[at : at + 1], now]
        last_event = msgspec.json.decode(row["data"]).get("after")
        if last_event is not None:  # not known of a case that an earlier version has opened
            around = sql.times_around_event(n=last_event)
            before += [moment for moment in (around["earliest"],) if moment is not None]
            after += [moment for moment in (around["latest"],) if moment is not None]
        yield row, _Between(max(before, default=None), min(after))


def _redate(work: Work, row: Any, day: date) -> str:
    sql, n, was_on, on = work.sql, row["n"], row["received_on"], day.isoformat()
    was, number = ref_of(row["year"], row["number"]), row["number"]
    if day.year != row["year"]:
        number = next_number_of_year(work.sql, row["school"], day.year)
    known = row["quality"] in CERTAIN
    sql.times_case_redate(
        n=n,
        year=day.year,
        number=number,
        received_on=on,
        received_at=row["came_at"],
        occurred_at=row["event_at"] if known else row["came_at"],
    )
    sql.times_reception_redate(case_n=n, was_on=was_on, day=on, at=row["came_at"])
    sql.times_case_clocks(n=n, was_on=was_on, received_on=on)
    data = {"was": was, "was_on": was_on, "ref": ref_of(day.year, number), "received_on": on}
    casefile.append(work, sql.case_get(n=n), actor=SYSTEM, action="redate", data=data)
    return ref_of(day.year, number)
