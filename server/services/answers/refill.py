"""What the server has lost, it asks back for: devices keep what was receipted for some days.

A device says in its greeting which stretches of its journals it still keeps. What of them has not arrived,
after a restore, a damaged log or any other gap, is named in the greeting's receipt; the device sends it in
ordinary batches, and greets anew when they are receipted. What nobody keeps any more is never asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from server.domain.answers.sequences import Range, gaps
from server.services.context import Work
from server.services.devices.journals import Journals
from survey_defs.wire import MAX_SPANS

MAX_WANTED = 256
"""The most events that one receipt asks for."""


def wanted(
    work: Work, journals: Journals, device: str, kept: Iterable[tuple[str, int, int]]
) -> list[tuple[str, int, int]]:
    """What is to be asked for of these (journal, first, last) that a device keeps, its own journals alone."""
    found: list[tuple[str, int, int]] = []
    room = MAX_WANTED
    for journal, lo, hi in kept:
        if journals.owner(work, journal) not in (None, device):
            continue
        for gap in gaps(_arrived(work, journal, lo, hi), Range(lo, hi)):
            if not room or len(found) == MAX_SPANS:
                return found
            last = min(gap.hi, gap.lo + room - 1)
            found.append((journal, gap.lo, last))
            room -= last - gap.lo + 1
    return found


def _arrived(work: Work, journal: str, lo: int, hi: int) -> Sequence[Range]:
    rows = work.sql.ingest_ranges_within(journal=journal, lo=lo, hi=hi)
    return [Range(row["lo"], row["hi"]) for row in rows]
