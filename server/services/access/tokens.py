"""Tokens of the JSON API: made, shown once, withdrawn."""

import hashlib
import secrets
from typing import Any

from server.domain.problems import Problem
from server.domain.records import Token
from server.services import schools, withdrawals
from server.services.context import Context, Work
from survey_defs.plain_text import one_line

_TOKEN_PREFIX = "hl_"  # noqa: S105 - what tells our tokens from others, itself no secret
_TOKEN_ID = 12


def add_token(ctx: Context, school: str, label: str, *, public: bool = False) -> str:
    """A token for the JSON API of one school, shown once. Raises `Problem("unknown-school")`.

    A `public` one opens whole months and the regimes' periods alone; another one any two days, from which
    single answers can be worked out: it is for the school's own use.
    """
    token = _TOKEN_PREFIX + secrets.token_urlsafe(32)
    with ctx.write() as work:
        if not work.sql.school_find(slug=school):
            raise Problem("unknown-school", slug=school)
        work.sql.token_insert(
            hash=token_hash(token),
            school=school,
            kind="public" if public else "live",
            label=one_line(label),
            created_at=work.now,
        )
    return token


def revoke_token(ctx: Context, id: str) -> Token:
    """Make a token useless; `id` is as `tokens` shows it. Raises `Problem("unknown-token")`."""
    with ctx.write() as work:
        rows = work.sql.token_all()
        found = [row["hash"] for row in rows if id and row["hash"].startswith(id)]
        if len(found) != 1:
            raise Problem("unknown-token", id=id)
        work.sql.token_revoke(hash=found[0], revoked_at=work.now)
        withdrawals.withdraw(ctx, "token", found[0])
        return _token(work.sql.token_find(hash=found[0]))


def tokens(work: Work, school: str | None = None) -> list[Token]:
    """The tokens of a school, or all, the revoked ones too. Raises `Problem("unknown-school")`."""
    sql = work.sql
    if school is None:
        return [_token(row) for row in sql.token_all()]
    slug = schools.school(work, school).slug
    return [_token(row) for row in sql.token_of_school(school=slug)]


def open_token(work: Work, token: str) -> Token | None:
    """The token itself as it is known, or None: unknown or revoked."""
    row = work.sql.token_find(hash=token_hash(token))
    return None if row is None or row["revoked_at"] is not None else _token(row)


def token_hash(token: str) -> str:
    """What is kept of a token. 256 random bits need no salt and no stretching."""
    return hashlib.sha256(token.encode()).hexdigest()


def _token(row: Any) -> Token:
    return Token(
        row["hash"][:_TOKEN_ID],
        row["school"],
        row["kind"],
        row["label"],
        row["created_at"],
        row["revoked_at"],
    )
