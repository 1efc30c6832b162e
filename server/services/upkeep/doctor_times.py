"""Finding and mending what a wrong clock did to stored times, from what was stored with them.

Times of arrival that cannot be true are put between their neighbours' (`domain.arrivals_in_time`), a boot
whose anchor a wrong clock made gets the one that its own answers imply, and all times are worked out from
these.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import NamedTuple

from server.domain.answers.arrivals_in_time import SLACK_MS, Wrong, stretches, wrong
from server.domain.problems import Problem
from server.services.answers.clock_anchors import PHONES, Anchors
from server.services.answers.rollups import Cells
from server.services.cases.redating import Misdated, misdated, misdated_visits
from server.services.context import Context, Work
from server.services.numbering import next_doubt

_HOUR_MS = 3_600_000


class Day(NamedTuple):
    """How many answers stand on a day of a school, before and after."""

    school: str
    day: str
    before: int
    after: int


class Times(NamedTuple):
    """What was found: rows that came by a wrong clock, boots with a wrong anchor, answers whose time changes,
    the days that they leave and reach, the cases with a wrong day, how many visits without a case have one.
    """

    rows: int
    boots: int
    moved: int
    cases: tuple[Misdated, ...]
    days: tuple[Day, ...]
    visits: int


class _LookOnly(Exception):  # noqa: N818 - ends a transaction that only looks
    pass


def times(ctx: Context, *, mend: bool, cases: bool = False) -> Times:
    """Find what a wrong clock did; with `mend` put it right, with `cases` the days and numbers of cases too.

    Raises `Problem`: `clock-in-doubt`.
    """
    if ctx.clock.doubt:
        raise Problem("clock-in-doubt")
    found: list[Times] = []
    with contextlib.suppress(_LookOnly), ctx.write() as work:
        found.append(_work(work, cases=cases))
        if not mend:
            raise _LookOnly
    return found[0]


def _work(work: Work, *, cases: bool) -> Times:
    sql, now = work.sql, work.now
    before = _days(work)
    arrivals = ((row["n"], row["received_at"]) for row in sql.times_arrivals())
    runs = stretches(arrivals)
    parts = wrong(runs, now)
    begins = {one.first: one.begins for one in runs}
    boots: set[tuple[str, str]] = set()
    rows = 0
    if parts:
        sql.clock_doubt_add(n=next_doubt(work.sql), why="found", boot="", up_ms=0, at=begins[parts[0].first])
        doubt = sql.clock_doubt_open(boot="")["n"]
        sql.clock_doubt_end(n=doubt, ended_at=now, shift_ms=None)
        for part in parts:
            boots |= _part(work, part, begins[part.first], doubt)
        rows = int(sql.times_rows_of(doubt=doubt))
    anchored = _anchors(work, now)
    if anchored and not parts:  # whoever remembers anchors is to forget them
        sql.clock_doubt_add(n=next_doubt(work.sql), why="found", boot="", up_ms=0, at=now)
        n = sql.clock_doubt_open(boot="")["n"]
        sql.clock_doubt_end(n=n, ended_at=now, shift_ms=None)
    # Between neighbours whose times have moved since, or by a rule of an earlier version.
    bounded = {(row["device"], row["boot"]) for row in sql.times_bounded_boots()}
    cells = Cells()
    moved = Anchors().work_out_all(work, boots | anchored | bounded, cells)
    cells.write(work)
    after = _days(work)
    days = [
        Day(*key, before.get(key, 0), after.get(key, 0))
        for key in sorted({*before, *after})
        if before.get(key, 0) != after.get(key, 0)
    ]
    visits = misdated_visits(work, mend=cases)
    return Times(rows, len(anchored), moved, misdated(work, mend=cases), tuple(days), visits)


def _part(work: Work, part: Wrong, begins: int, doubt: int) -> set[tuple[str, str]]:
    """Its rows came after what was stored before them; more is not known of them than their order."""
    of = {"first": part.first, "last": part.last}
    boots = {(row["device"], row["boot"]) for row in work.sql.times_boots_of(**of)}
    moved = {**of, "shift": part.after - begins, "before": part.before}
    work.sql.times_shift_phones(**moved)
    work.sql.times_shift_rows(**moved, doubt=doubt)
    return boots


def _anchors(work: Work, now: int) -> set[tuple[str, str]]:
    """Replace the anchors that a wrong clock made. Returns whose they are."""
    found = set()
    for row in list(work.sql.times_anchors()):
        origin, made_at, earliest = row["origin_ms"], row["updated_at"], row["earliest"]
        if earliest is None:
            bad = made_at > now + SLACK_MS
        else:
            # What happened before an anchor was made has mostly come by then: where all of a boot's
            # answers came hours after they should have happened, it is the anchor that is early.
            early = earliest - origin > _HOUR_MS and (row["known_then"] or 0) > made_at + _HOUR_MS
            bad = early or origin - earliest > SLACK_MS or made_at > now + SLACK_MS
        if not bad:
            continue
        device, boot = row["device"], row["boot"]
        found.add((device, boot))
        if earliest is None:
            work.sql.times_anchor_drop(device=device, boot=boot)
        else:
            work.sql.ingest_anchor_put(
                device=device,
                boot=boot,
                origin_ms=earliest,
                updated_at=row["came_at"],
                doubt=None,
            )
    return {each for each in found if each[1] != PHONES}


def _days(work: Work) -> Counter[tuple[str, str]]:
    return Counter({(row["school"], row["day"]): row["n"] for row in work.sql.times_days()})
