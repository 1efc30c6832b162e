"""The server's clock in use: its time, whether it is in doubt, and what of that the store remembers.

The rule is `domain.server_clock`. What is known is kept in the store, so that a restart
goes on where the last run ended, and a word said in one process (`hailong clock confirm`) reaches the others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec
import structlog

from server.domain import server_clock
from server.domain.problems import Problem
from server.domain.server_clock import Doubt, Reading, Standing
from server.services.numbering import next_doubt
from survey_defs.typed import from_json

if TYPE_CHECKING:
    from server.storage import Store
    from server.storage.queries import Queries

_KEEP_EVERY_MS = 60_000

_log = structlog.get_logger()


class Shown(NamedTuple):
    """The time that somebody was shown, and how long the machine had been running then."""

    wall: int
    up: int


class Clock(Protocol):
    """What services ask of the server's clock, apart from the time."""

    @property
    def doubt(self) -> Doubt:
        """What is wrong with the clock at this moment, '' for nothing."""

    @property
    def may_erase(self) -> bool:
        """Whether what is over may be deleted for good."""

    @property
    def held(self) -> bool:
        """Whether it jumped by more than a day and a person's word is waited for."""

    @property
    def wall(self) -> int:
        """What the machine's clock shows, right or wrong."""

    @property
    def boot(self) -> str:
        """Names this start of the machine, in which `up` only goes on."""

    @property
    def up(self) -> int | None:
        """How long the machine has been running, for `at`; None where the time is given by hand."""

    def at(self, up: int) -> int:
        """The time at which the machine had been running for so long, by what is known now."""

    def keep(self) -> Standing | None:
        """Look, take in what others have found, write down what is known; None where there is nothing to."""

    def confirm(self, shown: Shown | None = None) -> Standing | None:
        """A person says that the clock is right as it stands, or as it was `shown`.

        Raises `Problem`: `clock-too-early`; `clock-moved` where it has been set since it was shown.
        """

    def mark(self, sql: Queries) -> int | None:
        """The doubt that rows of this transaction belong to, written down where it is new; None for none."""


class GivenClock:
    """The clock of whoever gives the time by hand: samples, tests. It is never in doubt."""

    doubt: Doubt = ""
    may_erase = True
    held = False
    wall = 0
    boot = ""
    up: int | None = None

    def at(self, up: int) -> int:
        """Nobody has an `up` to ask with."""
        raise NotImplementedError

    def keep(self) -> Standing | None:
        """See `Clock`."""

    def confirm(self, _shown: Shown | None = None) -> Standing | None:
        """See `Clock`."""

    def mark(self, sql: Queries) -> int | None:
        """See `Clock`."""


class ServerClock:
    """The time of one process, from what its machine says. Used by many threads."""

    def __init__(self, store: Store, read: Callable[[], Reading]) -> None:
        """Judges the clock once, from what the store remembers; writes nothing."""
        self._store, self._read = store, read
        self._lock = threading.Lock()
        self._late: tuple[Standing, Standing] | None = None
        with store.read() as sql:
            kept, newest = self._kept(sql), int(sql.clock_newest_moment() or 0)
        self._standing = server_clock.judge(kept, newest, read())
        if self._standing.doubt:
            self._tell("", self._standing)

    @property
    def standing(self) -> Standing:
        """What is known now."""
        seen = self._read()
        standing = self._standing
        if standing.doubt or server_clock.agrees(standing, seen):
            return standing
        return self._look(seen)

    def now(self) -> int:
        """Milliseconds since 1970, UTC: by the machine's clock, or in doubt by its running time."""
        seen = self._read()
        standing = self._standing
        if not standing.doubt:
            if server_clock.agrees(standing, seen):
                return seen.wall
            standing = self._look(seen)
        return standing.expected(seen) if standing.doubt else seen.wall

    @property
    def doubt(self) -> Doubt:
        """See `Clock`."""
        return self.standing.doubt

    @property
    def may_erase(self) -> bool:
        """See `Clock`."""
        return self.standing.may_erase(self.now())

    @property
    def held(self) -> bool:
        """See `Clock`."""
        return self.standing.held

    def mark(self, sql: Queries) -> int | None:
        """See `Clock`."""
        standing = self.standing
        if not standing.doubt:
            return None
        return self._open(sql, standing.doubt, standing)

    def keep(self) -> Standing:
        """See `Clock`. Writes where something has changed, and every minute. Raises `Problem`."""
        with self._lock:
            seen, before = self._read(), self._standing
            with self._store.read() as sql:
                kept = self._kept(sql)
            if kept is not None and kept.boot == before.boot and kept.up > before.up:
                before = kept
            self._see(before, seen)
            now, late = self._standing, self._late
        if kept is None or late or _differs(kept, now) or now.up - kept.up >= _KEEP_EVERY_MS:
            with self._store.write() as sql:
                # Another process may have seen the same and put it right already.
                if late and (kept is None or server_clock.set_late(kept, late[1], seen) is not None):
                    self._mark_late(sql, *late)
                self._write(sql, now)
            self._late = None
        return now

    def confirm(self, shown: Shown | None = None) -> Standing:
        """See `Clock`."""
        with self._store.write() as sql:
            with self._lock:
                seen = self._read()
                if shown is not None and not _stands(shown, seen):
                    raise Problem("clock-moved")
                if seen.wall < server_clock.NOT_BEFORE:
                    raise Problem("clock-too-early")
                self._turn(server_clock.confirm(self._standing, seen))
            self._write(sql, self._standing)
        _log.info("somebody has confirmed the server's clock")
        return self._standing

    @property
    def wall(self) -> int:
        """See `Clock`."""
        return self._read().wall

    @property
    def boot(self) -> str:
        """See `Clock`."""
        return self._read().boot

    @property
    def up(self) -> int:
        """See `Clock`."""
        return self._read().up

    def at(self, up: int) -> int:
        """See `Clock`."""
        now = self.now()
        return now - (self._read().up - up)

    def _look(self, seen: Reading) -> Standing:
        with self._lock:
            return self._see(self._standing, seen)

    def _see(self, before: Standing, seen: Reading) -> Standing:
        after = server_clock.judge(before, 0, seen)
        if server_clock.set_late(before, after, seen) is not None:
            self._late = before, after
        self._turn(after)
        return after

    def _turn(self, after: Standing) -> None:
        before, self._standing = self._standing, after
        if before.doubt != after.doubt or before.held != after.held:
            self._tell(before.doubt, after)

    @staticmethod
    def _tell(was: str, now: Standing) -> None:
        if now.doubt:
            _log.error(
                "the server's clock looks wrong: answers are taken, their times stay open, no case is "
                "numbered and nothing is deleted; set it, or say that it is right: hailong clock confirm",
                why=now.doubt,
            )
        elif was:
            _log.info("the server's clock is right again")
        if now.held:
            _log.warning(
                "the clock jumped by more than a day: nothing is deleted until hailong clock confirm"
            )

    def _mark_late(self, sql: Queries, before: Standing, after: Standing) -> None:
        """What came since the start, by a clock that NTP has set just now, is to be timed again."""
        until = before.at + after.up - before.up
        n = self._open(sql, "late", after._replace(at=until))
        marked = {"doubt": n, "since": before.unset_since, "until": until}
        sql.clock_mark_events(**marked)
        sql.clock_mark_anchors(**marked)
        claims = sql.clock_claims_made(since=before.unset_since, until=until)
        moved = [{"n": row["n"], "until": until, "shift": after.at - until} for row in claims]
        sql.clock_claim_shift(moved)

    def _open(self, sql: Queries, why: str, standing: Standing) -> int:
        boot = standing.boot
        if (row := sql.clock_doubt_open(boot=boot)) is None or why == "late":
            sql.clock_doubt_add(n=next_doubt(sql), why=why, boot=boot, up_ms=standing.up, at=standing.at)
            row = sql.clock_doubt_open(boot=boot)
        return int(row["n"])

    @staticmethod
    def _kept(sql: Queries) -> Standing | None:
        kept = sql.clock_kept()
        if kept is None:
            return None
        try:
            return from_json(kept, Standing)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return None

    @staticmethod
    def _write(sql: Queries, standing: Standing) -> None:
        sql.clock_keep(value=msgspec.json.encode(standing))


def _stands(shown: Shown, seen: Reading) -> bool:
    """Whether the clock has only gone on since it was shown."""
    gone = seen.up - shown.up
    return gone >= 0 and abs(seen.wall - shown.wall - gone) <= server_clock.step(gone)


def _differs(kept: Standing, now: Standing) -> bool:
    return (kept.boot, kept.doubt, kept.held, kept.since) != (now.boot, now.doubt, now.held, now.since)
