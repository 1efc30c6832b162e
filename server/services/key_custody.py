"""Making the keys that complaints are sealed to, and how they change hands.

Whoever is given a key gets the private half locked with a passphrase of their own; see `keys`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from server.domain import key_lock
from server.domain.problems import Problem
from server.domain.roles import READERS
from server.services import admin, key_proofs, withdrawals
from server.services.context import Context
from server.services.keys import check_room, keys_of
from server.services.open_keys import HeldKey, OpenKeys, lock_of, note, open_locks, spelled, still_held
from survey_defs import complaint


def make_key(
    ctx: Context, school: str, room: str, holder: str, passphrase: str, *, by: str | None = None
) -> str:
    """The first key of a room, locked for its first holder; answers its id.

    `by` is who does it, the holder unless told. Raises `Problem`: `key-exists`, `unknown-room`,
    `unknown-school`, `unknown-user`, `holder-elsewhere`, `role-holds-no-key`, `passphrase-short`,
    `passphrase-differs` where the holder has another passphrase already.
    """
    return _make(ctx, school, room, holder, passphrase, by=by, anew=False)


def renew(
    ctx: Context, school: str, room: str, holder: str, passphrase: str, *, by: str | None = None
) -> str:
    """Retire the room's key and make another; the old one still opens what was sealed to it.

    Others who are to read what comes from now on must be granted the new one. Where the holder opens the old
    key, it vouches for the new one, and the kiosks follow by themselves; else somebody confirms it at each.
    Raises as `make_key` does, but `no-seal-key` where there is nothing to renew; `key-changed`.
    """
    return _make(ctx, school, room, holder, passphrase, by=by, anew=True)


def grant(ctx: Context, school: str, room: str, keys: OpenKeys, *, holder: str, passphrase: str) -> list[str]:
    """Lock all keys of the room that `keys` hold for one more person, under that person's passphrase.

    Answers the ids that the person did not hold before. Raises `Problem`: `not-a-holder`, and what
    `make_key` says of a holder and of a passphrase.
    """
    check_room(room)
    check_holder(ctx, school, holder)
    ids = {row["id"] for row in ctx.store.sql.key_of_room(ctx.store.connection, school=school, room=room)}
    held = [key for key in keys.of_room(room) if key.id in ids]
    if not held or not still_held(ctx, keys):
        raise Problem("not-a-holder", login=keys.login, room=room)
    return lock_for(ctx, held, holder, passphrase, by=keys.login, act="granted")


def revoke(
    ctx: Context, school: str, room: str, holder: str, *, by: str = "", even_last: bool = False
) -> None:
    """Take the room's keys from a person.

    Raises `Problem`: `not-a-holder`; `last-holder` where nobody else could read what is sealed, unless
    `even_last` says that this is meant.
    """
    with ctx.store.atomic() as connection:
        # Read here: of two who take each other's key away at once, the second is told.
        found = keys_of(ctx, school, room)
        held = [key for key in found if any(each.login == holder for each in key.holders)]
        if not held:
            raise Problem("not-a-holder", login=holder, room=room)
        if not even_last and any({each.login for each in key.readers} == {holder} for key in held):
            raise Problem("last-holder", login=holder, room=room)
        for key in held:
            ctx.store.sql.key_holder_delete(connection, key=key.id, holder=holder)
            withdrawals.withdraw(ctx, "holder", f"{key.id}:{holder}")
            note(ctx, connection, key.id, actor=by, act="revoked", holder=holder)


def change_passphrase(ctx: Context, login: str, old: str, new: str) -> None:
    """Lock all keys of a person anew. Raises `Problem`: `wrong-passphrase`, `passphrase-short`."""
    check_passphrase(new)
    keys = open_locks(ctx, login, old)
    lock = key_lock.new_lock()
    turned = key_lock.turn(spelled(new), lock)
    with ctx.store.atomic() as connection:
        for room in keys.rooms:
            for key in keys.of_room(room):
                _note_old_lock(ctx, connection, key.id, login)
                box = key_lock.shut(key.private, turned)
                ctx.store.sql.key_holder_relock(
                    connection, key=key.id, holder=login, box=box, **lock._asdict()
                )
                note(ctx, connection, key.id, actor=login, act="passphrase", holder=login)


def check_passphrase(passphrase: str) -> None:
    """Raises `Problem("passphrase-short")`, or `passphrase-long`."""
    if len(spelled(passphrase).strip()) < key_lock.LEAST_CHARACTERS:
        raise Problem("passphrase-short", least=key_lock.LEAST_CHARACTERS)
    if len(spelled(passphrase)) > key_lock.MOST_CHARACTERS:
        raise Problem("passphrase-long", most=key_lock.MOST_CHARACTERS)


def check_holder(ctx: Context, school: str, holder: str) -> None:
    """Raises `Problem`: `unknown-user`, `holder-elsewhere`, `role-holds-no-key`."""
    row = ctx.store.sql.user_find(ctx.store.connection, login=holder)
    if row is None or row["disabled_at"] is not None:
        raise Problem("unknown-user", login=holder)
    if row["school"] != school:
        raise Problem("holder-elsewhere", login=holder, school=school)
    if row["role"] not in READERS:
        raise Problem("role-holds-no-key", login=holder, roles=", ".join(READERS))


def lock_for(
    ctx: Context,
    held: Iterable[HeldKey],
    holder: str,
    passphrase: str,
    *,
    by: str,
    act: str,
    relock: bool = False,
) -> list[str]:
    """Lock opened keys for a person; answers the ids of those that this person did not hold.

    `relock`: who has forgotten the passphrase may choose another here; what they held already lies under it
    then. Raises `Problem`: `passphrase-short`, and without `relock` `passphrase-differs`.
    """
    held = tuple(held)
    lock, turned = _lock_of_holder(ctx, holder, passphrase, forgotten=relock)
    with ctx.store.atomic() as connection:
        has = {row["id"]: row for row in ctx.store.sql.key_holder_locks(connection, holder=holder)}
        fresh = [key for key in held if key.id not in has]
        for key in held:
            if relock and key.id in has and lock_of(has[key.id]) != lock:
                _note_old_lock(ctx, connection, key.id, holder)
                box = key_lock.shut(key.private, turned)
                ctx.store.sql.key_holder_relock(
                    connection, key=key.id, holder=holder, box=box, **lock._asdict()
                )
                note(ctx, connection, key.id, actor=by, act=act, holder=holder)
        for key in fresh:
            _insert_holder(ctx, connection, key, holder=holder, locked=(lock, turned), by=by)
            note(ctx, connection, key.id, actor=by, act=act, holder=holder)
    return [key.id for key in fresh]


def _make(
    ctx: Context, school: str, room: str, holder: str, passphrase: str, *, by: str | None, anew: bool
) -> str:
    check_room(room)
    admin.school(ctx, school)
    check_holder(ctx, school, holder)
    lock, turned = _lock_of_holder(ctx, holder, passphrase)
    actor = holder if by is None else by
    public, private = complaint.new_key()
    key = HeldKey(complaint.key_id(public), room, private)
    sql = ctx.store.sql
    with ctx.store.atomic() as connection:
        current = sql.key_current(connection, school=school, room=room)
        if not anew and current is not None:
            raise Problem("key-exists", school=school, room=room)
        if anew and current is None:
            raise Problem("no-seal-key", school=school, room=room)
        if current is not None:
            sql.key_retire(connection, school=school, room=room, retired_at=ctx.now())
            withdrawals.withdraw(ctx, "key", current["id"])
            note(ctx, connection, current["id"], actor=actor, act="retired")
        word = key_proofs.NO_WORD
        if current is not None:
            locks = sql.key_holder_locks(connection, holder=holder)
            word = key_proofs.vouch_for(current, locks, turned, public)
        sql.key_insert(
            connection, id=key.id, school=school, room=room, public=public, created_at=ctx.now(), **word
        )
        note(ctx, connection, key.id, actor=actor, act="made", holder=holder)
        _insert_holder(ctx, connection, key, holder=holder, locked=(lock, turned), by=actor)
    return key.id


def _insert_holder(
    ctx: Context, connection: Any, key: HeldKey, *, holder: str, locked: tuple[key_lock.Lock, bytes], by: str
) -> None:
    lock, turned = locked
    box = key_lock.shut(key.private, turned)
    withdrawals.give_back(ctx, "holder", f"{key.id}:{holder}")
    ctx.store.sql.key_holder_insert(
        connection,
        key=key.id,
        holder=holder,
        box=box,
        granted_at=ctx.now(),
        granted_by=by,
        **lock._asdict(),
    )


def _note_old_lock(ctx: Context, connection: Any, key: str, holder: str) -> None:
    """The lock that is about to be replaced must not open anything again after a backup was put back."""
    for row in ctx.store.sql.key_holder_locks(connection, holder=holder):
        if row["id"] == key:
            withdrawals.withdraw(ctx, "passphrase", f"{key}:{holder}:{withdrawals.mark(bytes(row['box']))}")


def _lock_of_holder(
    ctx: Context, holder: str, passphrase: str, *, forgotten: bool = False
) -> tuple[key_lock.Lock, bytes]:
    """The lock under which a person's keys lie, opened: a new one for whoever holds none yet.

    `forgotten`: where the passphrase opens none of them, a new one too.
    """
    check_passphrase(passphrase)
    words = spelled(passphrase)
    found = list(ctx.store.sql.key_holder_locks(ctx.store.connection, holder=holder))
    rows = {lock_of(row): row for row in found}
    for lock, row in rows.items():
        turned = key_lock.turn(words, lock)
        if key_lock.open_box(row["box"], turned) is not None:
            return lock, turned
    if rows and not forgotten:
        raise Problem("passphrase-differs", login=holder)
    lock = key_lock.new_lock()
    return lock, key_lock.turn(words, lock)
