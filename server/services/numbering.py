"""Numbers that run on from the highest one that the store has.

Each of these relies on there being one writer: within `Context.write` nobody else takes the number that was
read. Where several write at once, a sequence of the database has to take the place of what stands here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.storage.queries import Queries


def next_event(sql: Queries) -> int:
    """The number of the next event; those after it in this unit run on from there."""
    return int(sql.last_event()) + 1


def next_in_journal(sql: Queries, journal: str) -> int:
    """The next number in a journal that the server itself keeps, as of a point: from 1 without a hole."""
    return int(sql.last_in_journal(journal=journal)) + 1


def next_case(sql: Queries) -> int:
    """The row number of the next case."""
    return int(sql.last_case()) + 1


def next_number_of_year(sql: Queries, school: str, year: int) -> int:
    """The number under which the school's next case of that year goes: from 1 without a hole."""
    return int(sql.last_number_of_year(school=school, year=year)) + 1


def next_doubt(sql: Queries) -> int:
    """The number of the next doubt of the server's clock."""
    return int(sql.last_doubt()) + 1
