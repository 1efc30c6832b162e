"""Who is signed in. Sessions lie in the store, known by the hash of a random id that only the cookie holds.

A copy of the database signs nobody in, and no secret of the server makes a session. One ends by leaving, by
another password, role or school of its account, with the account, when it was not used for `IDLE_MS`, and
`WHOLE_MS` after it began. Times are counted by the machine's running time, which no clock that is set moves;
after a new start of the machine by the clock, and on from there by the running time again.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from typing import Any, NamedTuple

from server.domain.problems import Problem
from server.services.access.accounts import Account, find_account
from server.services.context import Context, Work

WHOLE_MS = 12 * 3_600_000
"""How long somebody stays signed in, however often they ask for a page: a working day."""
IDLE_MS = 2 * 3_600_000
"""How long it lasts without a page that a person asked for; what a page asks by itself does not count."""
_SEEN_EVERY_MS = 60_000
"""Not every page is written down."""
_NOTE_WITHIN_S = 0.02
"""Who reads waits for nobody who writes: then the next page is written down."""
_ID_BYTES = 32
_NAME = 16


class Session(NamedTuple):
    """One person at one browser. `name`: by what it is told from the others; it opens nothing."""

    name: str
    hash: str
    login: str
    machine: str
    made_at: int
    seen_at: int


def session_hash(id: str) -> str:
    """What is kept of a session's id. 256 random bits need no salt and no stretching."""
    return hashlib.sha256(id.encode()).hexdigest()


def new_id() -> str:
    """A random id: for a cookie, before anybody has signed in as after it."""
    return secrets.token_urlsafe(_ID_BYTES)


def begin(ctx: Context, account: Account, machine: str) -> str:
    """Begin a session. Returns its id, which is kept nowhere. What has ended meanwhile is forgotten.

    Raises `Problem` where the store cannot be written.
    """
    id = new_id()
    with ctx.write() as work:
        for row in list(work.sql.session_all()):
            if not _runs(ctx, row):
                work.sql.session_end(hash=row["hash"])
        work.sql.session_insert(
            hash=session_hash(id),
            login=account.login,
            stamp=account.stamp,
            machine=machine,
            at=work.now,
            boot=ctx.clock.boot,
            up=ctx.running(),
        )
    return id


def account_of(ctx: Context, id: str, *, used: bool) -> Account | None:
    """Whose session that is; None where it is none, or has ended. `used`: a person asked for something."""
    with ctx.read() as work:
        row, account = _live(work, session_hash(id))
    if account is not None and used and _since(ctx, row, "seen") >= _SEEN_EVERY_MS:
        # A store that cannot be written does not keep anybody from reading.
        with contextlib.suppress(Problem):
            _note_use(ctx, row)
    return account


def is_live(work: Work, hash: str) -> bool:
    """Whether the session of that hash still runs."""
    return _live(work, hash)[1] is not None


def of_login(work: Work, login: str) -> list[Session]:
    """A login's sessions that still run, the one used last first."""
    account = find_account(work, login)
    rows = work.sql.session_of_login(login=login)
    stamp = account.stamp if account else None
    return [_session(row) for row in rows if _runs(work.ctx, row) and row["stamp"] == stamp]


def end(ctx: Context, hash: str) -> None:
    """End a session, if it is there."""
    with ctx.write() as work:
        work.sql.session_end(hash=hash)


def end_named(ctx: Context, login: str, name: str) -> None:
    """End the session of that name, where it is one of this login's."""
    with ctx.write() as work:
        for each in of_login(work, login):
            if each.name == name:
                work.sql.session_end(hash=each.hash)


def end_others(ctx: Context, login: str, but: str = "") -> None:
    """End all sessions of a login but the one of that hash."""
    with ctx.write() as work:
        end_of(work, login, but)


def end_of(work: Work, login: str, but: str = "") -> None:
    """As `end_others`, within a transaction that also changes the account."""
    work.sql.session_end_of(login=login, but=but)


def _live(work: Work, hash: str) -> tuple[Any, Account | None]:
    """The session and whose it is; no account where it has ended."""
    row = work.sql.session_find(hash=hash)
    if row is None or not _runs(work.ctx, row):
        return row, None
    account = find_account(work, row["login"])
    return row, account if account is not None and account.stamp == row["stamp"] else None


def _runs(ctx: Context, row: Any) -> bool:
    return 0 <= _since(ctx, row, "made") < WHOLE_MS and 0 <= _since(ctx, row, "seen") < IDLE_MS


def _since(ctx: Context, row: Any, what: str) -> int:
    """How long ago, ms; below zero where a clock was set back."""
    if row["boot"] == ctx.clock.boot:
        return int(ctx.running() - row[f"{what}_up"])
    return int(ctx.now() - row[f"{what}_at"])


def _note_use(ctx: Context, row: Any) -> None:
    up = ctx.running()
    with ctx.write(_NOTE_WITHIN_S) as work:
        work.sql.session_seen(
            hash=row["hash"],
            seen_at=work.now,
            boot=ctx.clock.boot,
            made_up=up - _since(ctx, row, "made"),
            seen_up=up,
        )


def _session(row: Any) -> Session:
    values = (row[key] for key in ("hash", "login", "machine", "made_at", "seen_at"))
    return Session(row["hash"][:_NAME], *values)
