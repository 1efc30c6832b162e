"""Once the clock is right again: the times that were left open are worked out, complaints become cases."""

from __future__ import annotations

from typing import Any, NamedTuple

import structlog

from server.domain import server_clock
from server.domain.server_clock import Standing
from server.services.context import Context
from server.services.intake import open_waiting
from server.services.rollups import Cells
from server.services.timing import Anchors

_log = structlog.get_logger()


class Settled(NamedTuple):
    """How much was open: events that have their times now, and complaints that have become cases."""

    doubts: int
    events: int
    cases: int


def settle(ctx: Context, standing: Standing) -> Settled:
    """End every doubt, where there is none now; all of it in one transaction. Raises `Problem`."""
    if standing.doubt or not _is_open(ctx):
        return Settled(0, 0, 0)
    with ctx.store.atomic() as connection:
        sql, cells = ctx.store.sql, Cells()
        doubts = list(sql.clock_doubts_open(connection))
        boots = {boot for row in doubts for boot in _end(sql, connection, row, standing)}
        events = Anchors(sql).work_out_all(connection, boots, cells)
        cases = open_waiting(ctx, connection)
        cells.write(sql, connection)
    if doubts:
        _log.info("what came while the clock was in doubt has its times", events=events, cases=cases)
    return Settled(len(doubts), events, cases)


def _is_open(ctx: Context) -> bool:
    sql, connection = ctx.store.sql, ctx.store.connection
    return bool(list(sql.clock_doubts_open(connection)) or list(sql.clock_waiting(connection)))


def _end(sql: Any, connection: Any, row: Any, standing: Standing) -> set[tuple[str, str]]:
    """Put right what is known of a doubt's arrivals; the boots, by device, whose times are to follow."""
    n = row["n"]
    began = Standing(row["boot"], row["up_ms"], row["at"], "", known=True, since=0, held=False, unset_since=0)
    off = server_clock.shift(began, standing)
    boots = {(each["device"], each["boot"]) for each in sql.clock_boots_of(connection, doubt=n)}
    if off is None:
        sql.clock_drop_anchors(connection, doubt=n)
    else:
        sql.clock_shift_anchors(connection, doubt=n, shift=off)
        sql.clock_shift_phones(connection, doubt=n, shift=off)
        sql.clock_shift_events(connection, doubt=n, shift=off)
    sql.clock_doubt_end(connection, n=n, ended_at=standing.at, shift_ms=off)
    return boots
