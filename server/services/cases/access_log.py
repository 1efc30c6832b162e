"""Who opened a case's texts: for whoever answers for the school."""

from __future__ import annotations

from typing import NamedTuple

from server.domain.access.roles import LEADERS
from server.domain.cases.casework import Actor
from server.services.cases.actions import CaseView
from server.services.context import Work

MAX_READINGS = 200
"""The newest ones, as many as a page shows."""


class Reading(NamedTuple):
    """One opening. `what`: `page`, `reply`, `register` or another word for where."""

    at: int
    actor: str
    what: str


def readings(work: Work, actor: Actor, view: CaseView) -> tuple[Reading, ...] | None:
    """The newest openings of a case that this actor sees; None for whom they are not."""
    if actor.role not in LEADERS:
        return None
    rows = work.sql.desk_readings(case_n=view.n, most=MAX_READINGS)
    return tuple(Reading(row["at"], row["actor"], row["what"]) for row in rows)
