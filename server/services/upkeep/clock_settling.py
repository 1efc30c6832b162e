"""Once the clock is right again: the times that were left open are worked out, complaints become cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import structlog

from server.domain import server_clock
from server.domain.server_clock import Standing
from server.services.answers.clock_anchors import Anchors
from server.services.answers.rollups import Cells
from server.services.cases.opening import open_waiting
from server.services.context import Context, Work
from server.services.privacy.erasure import reapply

_FOR_EVER = 2**62
_log = structlog.get_logger()


class Settled(NamedTuple):
    """How much was open: events that have their times now, and complaints that have become cases."""

    doubts: int
    events: int
    cases: int


def settle(ctx: Context, standing: Standing) -> Settled:
    """End every doubt, where there is none now; all of it in one transaction. Raises `Problem`."""
    with ctx.read() as work:
        if standing.doubt or not _is_open(work):
            return Settled(0, 0, 0)
    with ctx.write() as work:
        cells = Cells()
        doubts = list(work.sql.clock_doubts_open())
        boots = {boot for row in doubts for boot in _end(work, row, standing)}
        _settle_claims(work, doubts, standing)
        events = Anchors().work_out_all(work, boots, cells)
        cases = open_waiting(work)
        cells.write(work)
    if cases:
        reapply(ctx)
    if doubts:
        _log.info("what came while the clock was in doubt has its times", events=events, cases=cases)
    return Settled(len(doubts), events, cases)


def _is_open(work: Work) -> bool:
    sql = work.sql
    return bool(list(sql.clock_doubts_open()) or list(sql.clock_waiting()))


def _end(work: Work, row: Any, standing: Standing) -> set[tuple[str, str]]:
    """Put right what is known of a doubt's arrivals; the boots, by device, whose times are to follow."""
    n, off = row["n"], _off(row, standing)
    boots = {(each["device"], each["boot"]) for each in work.sql.clock_boots_of(doubt=n)}
    if off is None:
        work.sql.clock_drop_anchors(doubt=n)
    else:
        work.sql.clock_shift_anchors(doubt=n, shift=off)
        work.sql.clock_shift_phones(doubt=n, shift=off)
        work.sql.clock_shift_events(doubt=n, shift=off)
    work.sql.clock_doubt_end(n=n, ended_at=standing.at, shift_ms=off)
    return boots


def _settle_claims(work: Work, doubts: Sequence[Any], standing: Standing) -> None:
    """Codes made in a doubt last for their whole time: by the running time, or anew from now on."""
    begun = [row for row in doubts if row["why"] != "late"]  # those were put right when it was found
    if not begun:
        return
    shifted, anew = [], []
    for claim in list(work.sql.clock_claims_made(since=begun[0]["at"], until=_FOR_EVER)):
        n, made_at = claim["n"], claim["made_at"]
        off = _off([row for row in begun if row["at"] <= made_at][-1], standing)
        if off is None:
            anew.append({"n": n, "at": standing.at})
        elif made_at <= standing.at - off:  # else since it is right again
            shifted.append({"n": n, "until": standing.at - off, "shift": off})
    work.sql.clock_claim_shift(shifted)
    work.sql.clock_claim_restart(anew)


def _off(row: Any, standing: Standing) -> int | None:
    """How far the server's time was behind the true one in that doubt; None: nobody can say."""
    began = Standing(row["boot"], row["up_ms"], row["at"], "", known=True, since=0, held=False, unset_since=0)
    return server_clock.shift(began, standing)
