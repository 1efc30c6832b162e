"""The accounts of people: added, given another password, shut. Who may call with one: `accounts`."""

import re
from typing import Any

from server.domain.collation import vietnamese_order
from server.domain.problems import Problem
from server.domain.records import ROLES, User
from server.services import schools, withdrawals
from server.services.access import sessions
from server.services.access.passwords import hash_password
from server.services.context import Context

_LOGIN = re.compile(r"[A-Za-z0-9._@-]{1,64}")


def add_user(ctx: Context, login: str, role: str, school: str, password: str) -> None:
    """A new account.

    Raises `Problem`: `bad-login`, `unknown-role`, `password-short`, `password-guessable`, `unknown-school`,
    `user-exists`.
    """
    if not _LOGIN.fullmatch(login):
        raise Problem("bad-login", login=login)
    if role not in ROLES:
        raise Problem("unknown-role", role=role, roles=", ".join(ROLES))
    hashed = hash_password(password, _known_of(ctx, login, school))
    sql = ctx.store.sql
    with ctx.store.atomic() as connection:
        if not sql.school_find(connection, slug=school):
            raise Problem("unknown-school", slug=school)
        if sql.user_find(connection, login=login):
            raise Problem("user-exists", login=login)
        sql.user_insert(
            connection, login=login, school=school, role=role, password_hash=hashed, created_at=ctx.now()
        )


def set_password(ctx: Context, login: str, password: str) -> None:
    """Another password for an account; its sessions end.

    Raises `Problem`: `password-short`, `password-long`, `password-guessable`, `unknown-user`.
    """
    found = ctx.store.sql.user_find(ctx.store.connection, login=login)
    hashed = hash_password(password, _known_of(ctx, login, found["school"] if found else ""))
    with ctx.store.atomic() as connection:
        row = ctx.store.sql.user_find(connection, login=login)
        if row is None:
            raise Problem("unknown-user", login=login)
        ctx.store.sql.user_set_password(connection, login=login, password_hash=hashed)
        sessions.end_of(ctx, connection, login)
        withdrawals.withdraw(ctx, "user-password", f"{login}:{withdrawals.mark(row['password_hash'])}")


def disable_user(ctx: Context, login: str) -> None:
    """Shut an account, and end its sessions. Raises `Problem("unknown-user")`."""
    with ctx.store.atomic() as connection:
        disable_within(ctx, connection, login)


def disable_within(ctx: Context, connection: Any, login: str) -> None:
    """As `disable_user`, within the caller's transaction."""
    if not ctx.store.sql.user_disable(connection, login=login, disabled_at=ctx.now()):
        raise Problem("unknown-user", login=login)
    sessions.end_of(ctx, connection, login)
    withdrawals.withdraw(ctx, "user", login)


def user(ctx: Context, login: str) -> User:
    """The account of that login, shut or not. Raises `Problem("unknown-user")`."""
    found = next((each for each in users(ctx) if each.login == login), None)
    if found is None:
        raise Problem("unknown-user", login=login)
    return found


def users(ctx: Context, school: str | None = None) -> list[User]:
    """The accounts of a school, or all. Raises `Problem("unknown-school")`."""
    sql, connection = ctx.store.sql, ctx.store.connection
    if school is None:
        rows = sql.user_all(connection)
    else:
        rows = sql.user_of_school(connection, school=schools.school(ctx, school).slug)
    return sorted((User(**row) for row in rows), key=lambda each: (each.school, vietnamese_order(each.login)))


def _known_of(ctx: Context, login: str, slug: str) -> tuple[str, ...]:
    """What everybody knows of an account: no password is made of it."""
    of = ctx.store.sql.school_find(ctx.store.connection, slug=slug)
    return (login, slug, of["name"] if of else "")
