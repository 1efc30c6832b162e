"""The accounts of people: added, given another password, shut. Who may call with one: `accounts`."""

import re

from server.domain.collation import vietnamese_order
from server.domain.problems import Problem
from server.domain.records import ROLES, User
from server.services import schools, withdrawals
from server.services.access import sessions
from server.services.access.passwords import hash_password
from server.services.context import Context, Work

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
    with ctx.read() as work:
        hashed = hash_password(password, _known_of(work, login, school))
    with ctx.write() as work:
        if not work.sql.school_find(slug=school):
            raise Problem("unknown-school", slug=school)
        if work.sql.user_find(login=login):
            raise Problem("user-exists", login=login)
        work.sql.user_insert(login=login, school=school, role=role, password_hash=hashed, created_at=work.now)


def set_password(ctx: Context, login: str, password: str) -> None:
    """Another password for an account; its sessions end.

    Raises `Problem`: `password-short`, `password-long`, `password-guessable`, `unknown-user`.
    """
    with ctx.read() as work:
        found = work.sql.user_find(login=login)
        hashed = hash_password(password, _known_of(work, login, found["school"] if found else ""))
    with ctx.write() as work:
        row = work.sql.user_find(login=login)
        if row is None:
            raise Problem("unknown-user", login=login)
        work.sql.user_set_password(login=login, password_hash=hashed)
        sessions.end_of(work, login)
        withdrawals.withdraw(ctx, "user-password", f"{login}:{withdrawals.mark(row['password_hash'])}")


def disable_user(ctx: Context, login: str) -> None:
    """Shut an account, and end its sessions. Raises `Problem("unknown-user")`."""
    with ctx.write() as work:
        disable_within(work, login)


def disable_within(work: Work, login: str) -> None:
    """As `disable_user`, within the caller's transaction."""
    if not work.sql.user_disable(login=login, disabled_at=work.now):
        raise Problem("unknown-user", login=login)
    sessions.end_of(work, login)
    withdrawals.withdraw(work.ctx, "user", login)


def user(work: Work, login: str) -> User:
    """The account of that login, shut or not. Raises `Problem("unknown-user")`."""
    found = next((each for each in users(work) if each.login == login), None)
    if found is None:
        raise Problem("unknown-user", login=login)
    return found


def users(work: Work, school: str | None = None) -> list[User]:
    """The accounts of a school, or all. Raises `Problem("unknown-school")`."""
    named = None if school is None else schools.school(work, school).slug
    rows = work.sql.user_all() if named is None else work.sql.user_of_school(school=named)
    return sorted((User(**row) for row in rows), key=lambda each: (each.school, vietnamese_order(each.login)))


def _known_of(work: Work, login: str, slug: str) -> tuple[str, ...]:
    """What everybody knows of an account: no password is made of it."""
    of = work.sql.school_find(slug=slug)
    return (login, slug, of["name"] if of else "")
