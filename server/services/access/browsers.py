"""Browsers with which somebody has signed in: so that wrong tries of strangers do not lock them out there.

A browser is a random id in a cookie of its own that only the login page reads; the store keeps its hash. It
signs nobody in: who steals it has a few tries more.
"""

from server.services.access.sessions import new_id, session_hash
from server.services.context import Context, Work

KEPT_MS = 365 * 24 * 3_600_000
"""How long after the last signing in a browser is known."""


def known(work: Work, login: str, id: str) -> str:
    """The browser's hash where this login has signed in with it, else ''."""
    if not id:
        return ""
    hash = session_hash(id)
    row = work.sql.browser_find(hash=hash, login=login)
    return hash if row is not None and work.now - row["seen_at"] < KEPT_MS else ""


def note(ctx: Context, login: str, id: str) -> str:
    """Remember that this login has signed in with a browser. Returns its id, a fresh one where it had none.

    Raises `Problem` where the store cannot be written.
    """
    id = id or new_id()
    with ctx.write() as work:
        work.sql.browser_forget(before=work.now - KEPT_MS)
        work.sql.browser_note(hash=session_hash(id), login=login, seen_at=work.now)
    return id
