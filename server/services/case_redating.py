"""Cases that a wrong clock gave a wrong day: found, and put right with an entry that says so.

A day is wrong that is neither that of the event that brought the case nor that of its arrival, once these
are known. The limits that ran from it run from the right one; a case of another year gets that year's next
number, and is still found by the old one.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from server.domain.casework import SYSTEM, ref_of
from server.domain.clocks import CERTAIN
from server.domain.localtime import local_day
from server.services import casefile
from server.services.context import Context


class Misdated(NamedTuple):
    """A case with the day from which its limits run, and that from which they should.

    `now`: its name since it was put right; '' where it was not.
    """

    school: str
    ref: str
    received_on: str
    should_be: str
    now: str = ""


def misdated(ctx: Context, connection: Any, *, mend: bool) -> tuple[Misdated, ...]:
    """The cases with a wrong day, in the order in which they came; with `mend` they are put right.

    Raises `Problem`: `clock-in-doubt`.
    """
    found = []
    for row in list(ctx.store.sql.times_cases(connection)):
        days = {local_day(row["event_at"]), local_day(row["came_at"])}
        if date.fromisoformat(row["received_on"]) in days:
            continue
        day = local_day(row["event_at"] if row["quality"] in CERTAIN else row["came_at"])
        ref = ref_of(row["year"], row["number"])
        now = _redate(ctx, connection, row, day) if mend else ""
        found.append(Misdated(row["school"], ref, row["received_on"], day.isoformat(), now))
    return tuple(found)


def _redate(ctx: Context, connection: Any, row: Any, day: date) -> str:
    sql, n, was_on, on = ctx.store.sql, row["n"], row["received_on"], day.isoformat()
    was, number = ref_of(row["year"], row["number"]), row["number"]
    if day.year != row["year"]:
        number = casefile.next_number(ctx, connection, row["school"], day.year)
    known = row["quality"] in CERTAIN
    sql.times_case_redate(
        connection,
        n=n,
        year=day.year,
        number=number,
        received_on=on,
        received_at=row["came_at"],
        occurred_at=row["event_at"] if known else row["came_at"],
    )
    sql.times_case_clocks(connection, n=n, was_on=was_on, received_on=on)
    data = {"was": was, "was_on": was_on, "ref": ref_of(day.year, number), "received_on": on}
    casefile.append(ctx, connection, sql.case_get(connection, n=n), actor=SYSTEM, action="redate", data=data)
    return ref_of(day.year, number)
