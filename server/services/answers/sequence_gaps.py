"""Was anything lost? What has arrived of each journal: its numbers run from 1 without a hole."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from server.domain.answers.sequences import Range, count, holes
from server.services.context import Work


class Arrived(NamedTuple):
    """What has arrived of one journal: `stored` numbers from 1 to `last`, less the `holes`.

    It counts for the device that brought its newest numbers.
    """

    journal: str
    device: str
    stored: int
    last: int
    holes: list[Range]


class Timed(NamedTuple):
    """When an event happened, in ms UTC, how that is known, and how far it may be off (None: no claim)."""

    id: str
    occurred_at: int
    quality: str
    uncertainty_ms: int | None


def times(work: Work, school: str) -> list[Timed]:
    """The time of every event of the school, in the order of storing."""
    return [Timed(**row) for row in work.sql.overview_times(school=school)]


def arrived(work: Work, school: str) -> list[Arrived]:
    """Every journal of the school, by device."""
    rows = work.sql.overview_arrived(school=school)
    found = []
    for journal, of in groupby(rows, key=lambda row: str(row["journal"])):
        islands = list(of)
        ranges = [Range(row["lo"], row["hi"]) for row in islands]
        found.append(Arrived(journal, islands[-1]["device"], count(ranges), ranges[-1].hi, holes(ranges)))
    return sorted(found, key=lambda one: (one.device, one.journal))
