"""Schools, devices, accounts and tokens: what a technician sets up, from commands and from pages."""

import hashlib
import re
import secrets
from typing import Any

import msgspec

from server.domain.collation import vietnamese_order
from server.domain.problems import Problem
from server.domain.records import ROLES, Device, School, Token, User, initials
from server.services import sessions, withdrawals
from server.services.context import Context
from server.services.new_devices import insert_device, new_password
from server.services.passwords import hash_password
from survey_defs.loader import builtin_catalogue
from survey_defs.model import Procedure
from survey_defs.plain_text import one_line
from survey_defs.typed import from_json
from survey_defs.wire import is_slug

_LOGIN = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_TOKEN_PREFIX = "hl_"  # noqa: S105 - what tells our tokens from others, itself no secret
_TOKEN_ID = 12


def add_school(
    ctx: Context,
    slug: str,
    name: str,
    parent: str | None = None,
    *,
    abbreviation: str | None = None,
    superior: str = "",
    recipient: str = "Phòng GD&ĐT",
    place: str = "",
    signer: str = "",
    goal: float = 0.90,
    sample: bool = False,
    catalogue: str = "thcs",
) -> None:
    """A new school with the procedures of a built-in catalogue.

    Raises `Problem`: `bad-slug`, `unknown-school` (the parent), `school-exists`, `bad-goal`.
    """
    _check_slug(slug)
    _check_goal(goal)
    name, superior, recipient, place, signer = map(one_line, (name, superior, recipient, place, signer))
    abbreviation = initials(name) if abbreviation is None else one_line(abbreviation)
    sql, now = ctx.store.sql, ctx.now()
    with ctx.store.atomic() as connection:
        if sql.school_find(connection, slug=slug):
            raise Problem("school-exists", slug=slug)
        if parent is not None and not sql.school_find(connection, slug=parent):
            raise Problem("unknown-school", slug=parent)
        sql.school_insert(
            connection,
            slug=slug,
            name=name,
            parent=parent,
            abbreviation=abbreviation,
            superior=superior,
            recipient=recipient,
            place=place,
            signer=signer,
            goal=goal,
            sample=int(sample),
            created_at=now,
        )
        for position, procedure in enumerate(builtin_catalogue(catalogue).procedures):
            body = msgspec.json.encode(procedure).decode()
            sql.procedure_insert(
                connection, school=slug, slug=procedure.slug, position=position, body=body, since=now
            )


def set_school(ctx: Context, slug: str, **changes: object) -> School:
    """Change what is known of a school: any field but `slug`, `sample` and `created_at`.

    What is None stays; a parent of "" takes the parent away. Raises `Problem` as `add_school` does.
    """
    with ctx.store.atomic() as connection:
        old = school(ctx, slug)
        given: dict[str, Any] = {
            key: one_line(value) if isinstance(value, str) else value
            for key, value in changes.items()
            if value is not None
        }
        new = msgspec.structs.replace(old, **given)
        _check_goal(new.goal)
        new = msgspec.structs.replace(new, parent=new.parent or None)
        _check_parent(ctx, slug, new.parent)
        values = msgspec.structs.asdict(new)
        for fixed in ("sample", "created_at"):
            del values[fixed]
        ctx.store.sql.school_update(connection, **values)
    return new


def school(ctx: Context, slug: str) -> School:
    """The school of that slug. Raises `Problem("unknown-school")`."""
    row = ctx.store.sql.school_find(ctx.store.connection, slug=slug)
    if row is None:
        raise Problem("unknown-school", slug=slug)
    return _school(row)


def schools(ctx: Context) -> list[School]:
    """All schools, by slug."""
    return [_school(row) for row in ctx.store.sql.school_all(ctx.store.connection)]


def procedures(ctx: Context, slug: str) -> list[Procedure]:
    """The procedures that the school handles now, in their order on the screens."""
    rows = ctx.store.sql.procedure_current(ctx.store.connection, school=slug)
    return [from_json(row["body"], Procedure) for row in rows]


def add_device(ctx: Context, id: str, school: str, kind: str, label: str | None = None) -> str:
    """A new device; answers its password, which is shown once and kept only as a hash.

    A code on paper (`qr`) is a working point of a desk at once. Raises `Problem` as `insert_device` does.
    """
    with ctx.store.atomic() as connection:
        return insert_device(ctx, connection, id=id, school=school, kind=kind, label=label)


def renew_password(ctx: Context, id: str) -> str:
    """A new password for a device; the old one is refused at its next connection.

    Raises `Problem`: `unknown-device`, `device-retired`.
    """
    password, hashed = new_password()
    with ctx.store.atomic() as connection:
        _device_in_use(ctx, id)
        old = ctx.store.sql.device_secret(connection, id=id)["password_hash"]
        withdrawals.withdraw(ctx, "device-password", f"{id}:{withdrawals.mark(old)}")
        ctx.store.sql.device_set_password(connection, id=id, password_hash=hashed)
        ctx.store.sql.presence_boots_forget(connection, device=id)
    return password


def retire_device(ctx: Context, id: str) -> None:
    """Take a device out of use for good. What it sent stays. Raises as `renew_password` does."""
    with ctx.store.atomic() as connection:
        _device_in_use(ctx, id)
        ctx.store.sql.claim_withdraw(connection, device=id, at=ctx.now())
        ctx.store.sql.device_retire(connection, id=id, retired_at=ctx.now())
        withdrawals.withdraw(ctx, "device", id)


def device(ctx: Context, id: str) -> Device:
    """The device of that id, retired or not. Raises `Problem("unknown-device")`."""
    row = ctx.store.sql.device_find(ctx.store.connection, id=id)
    if row is None:
        raise Problem("unknown-device", id=id)
    return Device(**row)


def devices(ctx: Context, school: str | None = None) -> list[Device]:
    """The devices of a school, or of all, the retired ones too. Raises `Problem("unknown-school")`."""
    return [Device(**row) for row in _listed(ctx, "device", school)]


def devices_ever(ctx: Context, school: str) -> list[Device]:
    """The devices of a school and those that stood there before: all whose answers count there.

    Raises `Problem("unknown-school")`.
    """
    moved = ctx.store.sql.device_moved_away(ctx.store.connection, school=school)
    return [*devices(ctx, school), *(Device(**row) for row in moved)]


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
    found = [User(**row) for row in _listed(ctx, "user", school)]
    return sorted(found, key=lambda each: (each.school, vietnamese_order(each.login)))


def add_token(ctx: Context, school: str, label: str, *, public: bool = False) -> str:
    """A token for the JSON API of one school, shown once. Raises `Problem("unknown-school")`.

    A `public` one opens whole months and the regimes' periods alone; another one any two days, from which
    single answers can be worked out: it is for the school's own use.
    """
    token = _TOKEN_PREFIX + secrets.token_urlsafe(32)
    with ctx.store.atomic() as connection:
        if not ctx.store.sql.school_find(connection, slug=school):
            raise Problem("unknown-school", slug=school)
        ctx.store.sql.token_insert(
            connection,
            hash=token_hash(token),
            school=school,
            kind="public" if public else "live",
            label=one_line(label),
            created_at=ctx.now(),
        )
    return token


def revoke_token(ctx: Context, id: str) -> Token:
    """Make a token useless; `id` is as `tokens` shows it. Raises `Problem("unknown-token")`."""
    with ctx.store.atomic() as connection:
        rows = ctx.store.sql.token_all(connection)
        found = [row["hash"] for row in rows if id and row["hash"].startswith(id)]
        if len(found) != 1:
            raise Problem("unknown-token", id=id)
        ctx.store.sql.token_revoke(connection, hash=found[0], revoked_at=ctx.now())
        withdrawals.withdraw(ctx, "token", found[0])
        return _token(ctx.store.sql.token_find(connection, hash=found[0]))


def tokens(ctx: Context, school: str | None = None) -> list[Token]:
    """The tokens of a school, or all, the revoked ones too. Raises `Problem("unknown-school")`."""
    return [_token(row) for row in _listed(ctx, "token", school)]


def open_token(ctx: Context, token: str) -> Token | None:
    """The token itself as it is known, or None: unknown or revoked."""
    row = ctx.store.sql.token_find(ctx.store.connection, hash=token_hash(token))
    return None if row is None or row["revoked_at"] is not None else _token(row)


def token_hash(token: str) -> str:
    """What is kept of a token. 256 random bits need no salt and no stretching."""
    return hashlib.sha256(token.encode()).hexdigest()


def _listed(ctx: Context, what: str, of: str | None) -> Any:
    if of is None:
        return getattr(ctx.store.sql, f"{what}_all")(ctx.store.connection)
    school(ctx, of)
    return getattr(ctx.store.sql, f"{what}_of_school")(ctx.store.connection, school=of)


def _known_of(ctx: Context, login: str, slug: str) -> tuple[str, ...]:
    """What everybody knows of an account: no password is made of it."""
    of = ctx.store.sql.school_find(ctx.store.connection, slug=slug)
    return (login, slug, of["name"] if of else "")


def _school(row: Any) -> School:
    return School(**{**row, "sample": bool(row["sample"])})


def _token(row: Any) -> Token:
    return Token(
        row["hash"][:_TOKEN_ID],
        row["school"],
        row["kind"],
        row["label"],
        row["created_at"],
        row["revoked_at"],
    )


def _device_in_use(ctx: Context, id: str) -> None:
    if device(ctx, id).retired_at is not None:
        raise Problem("device-retired", id=id)


def _check_slug(slug: str) -> None:
    if not is_slug(slug):
        raise Problem("bad-slug", slug=slug)


def _check_goal(goal: float) -> None:
    if not 0 <= goal <= 1:
        raise Problem("bad-goal")


def _check_parent(ctx: Context, slug: str, parent: str | None) -> None:
    """Nobody stands above itself, not even by way of others."""
    above = parent
    while above is not None:
        if above == slug:
            raise Problem("parent-loop", slug=slug)
        above = school(ctx, above).parent
