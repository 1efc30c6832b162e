"""Once the clock is right again: the times that were left open are worked out, complaints become cases."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import msgspec
import structlog

from server.domain import clocks, server_clock
from server.domain.clocks import When
from server.domain.localtime import local_day
from server.domain.server_clock import Standing
from server.services.context import Context
from server.services.intake import NewCase, open_case
from server.services.rollups import Cells
from server.services.timing import Anchors

_LONGEST_WAY_MS = 366 * 24 * 3_600_000

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
        cases = _open_cases(ctx, connection)
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


def _open_cases(ctx: Context, connection: Any) -> int:
    count = 0
    for row in list(ctx.store.sql.clock_waiting(connection)):
        open_case(ctx, connection, _case_of(ctx, row))
        ctx.store.sql.clock_waited(connection, n=row["n"])
        count += 1
    return count


def _case_of(ctx: Context, row: Any) -> NewCase:
    """Its limits run from the day it was written where that is known, else from today."""
    now = ctx.now()
    when = When(row["occurred_at"], row["quality"], None)
    received_at = row["received_at"] if row["doubt"] is None else now
    known = when.quality in clocks.CERTAIN and 0 <= received_at - when.occurred_at <= _LONGEST_WAY_MS
    received_on: date = local_day(when.occurred_at if known else received_at)
    return NewCase(
        id=row["id"],
        school=row["school"],
        channel=row["channel"],
        device=row["device"],
        lang=row["lang"],
        procedure=row["procedure"],
        about=tuple(msgspec.json.decode(row["about"])),
        occurred_at=when.occurred_at if known else received_at,
        received_at=received_at,
        received_on=received_on,
        code_hash=row["code_hash"],
        box=bytes(row["box"]),
    )
