"""What the coming sweeps will erase at one school, told before it goes: nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from server.domain.cases.casework import Actor, sees
from server.domain.localtime import local_day
from server.rules.retention import CONTACT
from server.services.context import Work
from server.services.privacy.retention_sweep import AHEAD_MONTHS, kept_until, months_after

SOON_DAYS = 30
WHATS = ("cases", "letters", "visits", "requests")
"""Whole cases; first letters with a contact that nobody took out in time; who came to the desk; what was
said in requests without a case."""


class Ahead(NamedTuple):
    """How many of one kind go at the next sweep, and in the `SOON_DAYS` after it; the first day of all."""

    what: str
    next: int
    soon: int
    first: date | None


def sweeps_ahead(work: Work, actor: Actor, today: date) -> tuple[Ahead, ...]:
    """What goes, of what this actor may know of. The next sweep is tomorrow's: a server sweeps daily."""
    goes: dict[str, list[date]] = {what: [] for what in WHATS}
    for what, last_day in _all(work, actor):
        goes[what].append(last_day + timedelta(days=1))
    tomorrow = today + timedelta(days=1)
    end = tomorrow + timedelta(days=SOON_DAYS)
    return tuple(
        Ahead(
            what,
            sum(day <= tomorrow for day in days),
            sum(tomorrow < day <= end for day in days),
            min(days, default=None),
        )
        for what, days in goes.items()
    )


def contacts_to_save(work: Work, actor: Actor, today: date) -> int:
    """Letters whose contact goes by itself, and the text stays, if somebody unlocks in these days."""
    return sum(
        what == "letters" and months_after(last_day, -AHEAD_MONTHS) < today <= last_day
        for what, last_day in _all(work, actor)
    )


def _all(work: Work, actor: Actor) -> Iterator[tuple[str, date]]:
    """(what, its last day) of everything that is kept for a time that has begun."""
    sql = work.sql
    for row in list(sql.ahead_cases(school=actor.school)):
        if not sees(actor, row):
            continue
        closed = local_day(row["closed_at"])
        whole, contact = kept_until(row["kind"], closed), kept_until(CONTACT, closed)
        yield "cases", whole
        if row["contact_gone_at"] is None and contact < whole:
            yield "letters", contact
    for row in list(sql.ahead_visits(school=actor.school)):
        if row["case_n"] is None:
            yield "visits", kept_until(CONTACT, date.fromisoformat(row["day"]))
        elif row["closed_at"] is not None and sees(actor, row):
            yield "visits", kept_until(CONTACT, local_day(row["closed_at"]))
    for row in list(sql.ahead_requests(school=actor.school)):
        yield "requests", kept_until(CONTACT, local_day(row["answered_at"]))
