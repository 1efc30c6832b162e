"""Finding and mending what a wrong clock did to stored times, from what was stored with them.

Times of arrival that cannot be true are put between their neighbours' (`domain.arrivals_in_time`), a boot
whose anchor a wrong clock made gets the one that its own answers imply, and all times are worked out from
these.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any, NamedTuple

from server.domain.arrivals_in_time import SLACK_MS, Wrong, stretches, wrong
from server.domain.problems import Problem
from server.services.answers.clock_anchors import PHONES, Anchors
from server.services.answers.rollups import Cells
from server.services.cases.redating import Misdated, misdated, misdated_visits
from server.services.context import Context

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
    with contextlib.suppress(_LookOnly), ctx.store.atomic() as connection:
        found.append(_work(ctx, connection, cases=cases))
        if not mend:
            raise _LookOnly
    return found[0]


def _work(ctx: Context, connection: Any, *, cases: bool) -> Times:
    sql, now = ctx.store.sql, ctx.now()
    before = _days(sql, connection)
    arrivals = ((row["n"], row["received_at"]) for row in sql.times_arrivals(connection))
    runs = stretches(arrivals)
    parts = wrong(runs, now)
    begins = {one.first: one.begins for one in runs}
    boots: set[tuple[str, str]] = set()
    rows = 0
    if parts:
        sql.clock_doubt_add(connection, why="found", boot="", up_ms=0, at=begins[parts[0].first])
        doubt = sql.clock_doubt_open(connection, boot="")["n"]
        sql.clock_doubt_end(connection, n=doubt, ended_at=now, shift_ms=None)
        for part in parts:
            boots |= _part(sql, connection, part, begins[part.first], doubt)
        rows = int(sql.times_rows_of(connection, doubt=doubt))
    anchored = _anchors(sql, connection, now)
    if anchored and not parts:  # whoever remembers anchors is to forget them
        sql.clock_doubt_add(connection, why="found", boot="", up_ms=0, at=now)
        n = sql.clock_doubt_open(connection, boot="")["n"]
        sql.clock_doubt_end(connection, n=n, ended_at=now, shift_ms=None)
    # Between neighbours whose times have moved since, or by a rule of an earlier version.
    bounded = {(row["device"], row["boot"]) for row in sql.times_bounded_boots(connection)}
    cells = Cells()
    moved = Anchors(sql).work_out_all(connection, boots | anchored | bounded, cells)
    cells.write(sql, connection)
    after = _days(sql, connection)
    days = [
        Day(*key, before.get(key, 0), after.get(key, 0))
        for key in sorted({*before, *after})
        if before.get(key, 0) != after.get(key, 0)
    ]
    visits = misdated_visits(ctx, connection, mend=cases)
    return Times(rows, len(anchored), moved, misdated(ctx, connection, mend=cases), tuple(days), visits)


def _part(sql: Any, connection: Any, part: Wrong, begins: int, doubt: int) -> set[tuple[str, str]]:
    """Its rows came after what was stored before them; more is not known of them than their order."""
    of = {"first": part.first, "last": part.last}
    boots = {(row["device"], row["boot"]) for row in sql.times_boots_of(connection, **of)}
    moved = {**of, "shift": part.after - begins, "before": part.before}
    sql.times_shift_phones(connection, **moved)
    sql.times_shift_rows(connection, **moved, doubt=doubt)
    return boots


def _anchors(sql: Any, connection: Any, now: int) -> set[tuple[str, str]]:
    """Replace the anchors that a wrong clock made; answers whose they are."""
    found = set()
    for row in list(sql.times_anchors(connection)):
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
            sql.times_anchor_drop(connection, device=device, boot=boot)
        else:
            sql.ingest_anchor_put(
                connection,
                device=device,
                boot=boot,
                origin_ms=earliest,
                updated_at=row["came_at"],
                doubt=None,
            )
    return {each for each in found if each[1] != PHONES}


def _days(sql: Any, connection: Any) -> Counter[tuple[str, str]]:
    return Counter({(row["school"], row["day"]): row["n"] for row in sql.times_days(connection)})
