"""Keys that complaints are sealed to, and who may open them; `key_custody` makes them and hands them over.

A school has a key pair for each room. The public half lies open and travels to the devices. The private
half is nowhere in the clear: `key_holders` keeps it once for each person who may read, locked with that
person's own passphrase. A person has one passphrase for all keys they hold. The password of the login
opens none of them, so whoever resets a password on the server has still not read a word.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from server.domain import key_lock
from server.domain.casework import OPEN_ROOM, SEALED_ROOM
from server.domain.problems import Problem
from server.services import admin, key_proofs
from server.services.context import Context
from server.services.open_keys import (
    HeldKey,
    OpenKeys,
    still_held,
    unlock,
)
from survey_defs import complaint
from survey_defs.complaint import Letter

__all__ = ["HeldKey", "OpenKeys", "still_held", "unlock"]

ROOMS = (OPEN_ROOM, SEALED_ROOM)
"""The sealed room is that of tố cáo: to hold its key is the permission to know of its cases."""


class Holder(NamedTuple):
    """Somebody who holds a key; `shut`: the account is closed, so that it opens nothing any more."""

    login: str
    role: str
    granted_at: int
    granted_by: str
    unlocked_at: int | None
    shut: bool


class Key(NamedTuple):
    """One key of a room, with who holds it. `retired_at`: nothing new is sealed to it since."""

    id: str
    school: str
    room: str
    created_at: int
    retired_at: int | None
    backed_up_at: int | None
    holders: tuple[Holder, ...]

    @property
    def fingerprint(self) -> str:
        """The id as people compare it."""
        return key_lock.fingerprint(self.id)

    @property
    def readers(self) -> tuple[Holder, ...]:
        """The holders whose accounts are open."""
        return tuple(holder for holder in self.holders if not holder.shut)


class Act(NamedTuple):
    """A line of a key's log. `actor` is '' for whoever ran a command on the server."""

    key: str
    at: int
    actor: str
    act: str
    holder: str


def code_salt(ctx: Context) -> bytes:
    """The installation's salt of every sender's code."""
    return bytes(ctx.store.sql.key_salt(ctx.store.connection))


def public_key(ctx: Context, school: str, room: str = OPEN_ROOM) -> bytes | None:
    """What a school's letters are sealed to now; None where no key was made yet, or somebody changed it."""
    try:
        return true_key(ctx, school, room)
    except Problem:
        return None


def true_key(ctx: Context, school: str, room: str) -> bytes | None:
    """As `public_key`. Raises `Problem("key-changed")` where the store holds another than its id says."""
    row = ctx.store.sql.key_current(ctx.store.connection, school=school, room=room)
    return None if row is None else key_proofs.public_of(row)


def seal_for_desk(ctx: Context, school: str, room: str, letter: Letter) -> bytes:
    """The letter in a box that only the room's holders open. Raises `no-seal-key`, `key-changed`."""
    public = true_key(ctx, school, room)
    if public is None:
        raise Problem("no-seal-key", school=school, room=room)
    return complaint.seal(letter, public)


def rooms_of(ctx: Context, login: str) -> frozenset[str]:
    """The rooms whose present key this login holds; none for an account that is shut.

    Who holds but a retired key was left out when the key was renewed, and is to know of nothing new.
    """
    rows = ctx.store.sql.key_holder_locks(ctx.store.connection, holder=login)
    return frozenset(row["room"] for row in rows if row["retired_at"] is None)


def keys_of(ctx: Context, school: str, room: str) -> tuple[Key, ...]:
    """The keys of a room, the newest first. Raises `Problem`: `unknown-school`, `unknown-room`."""
    check_room(room)
    admin.school(ctx, school)
    sql, connection = ctx.store.sql, ctx.store.connection
    last = {
        (row["key"], row["act"], row["holder"]): row["at"]
        for row in sql.key_last_acts(connection, school=school, room=room)
    }
    found = []
    for row in sql.key_of_room(connection, school=school, room=room):
        holders = (_holder(each, last) for each in sql.key_holder_of_key(connection, key=row["id"]))
        backups = [at for (key, act, _), at in last.items() if key == row["id"] and act == "backed-up"]
        found.append(
            Key(
                row["id"],
                school,
                room,
                row["created_at"],
                row["retired_at"],
                max(backups, default=None),
                tuple(holders),
            )
        )
    return tuple(found)


def holders(ctx: Context, school: str, room: str) -> tuple[str, ...]:
    """The logins that open the room's present key. Raises as `keys_of` does."""
    current = [key for key in keys_of(ctx, school, room) if key.retired_at is None]
    return tuple(holder.login for key in current[:1] for holder in key.readers)


def log(ctx: Context, school: str, room: str) -> tuple[Act, ...]:
    """What was ever done with the room's keys, the newest first. Raises as `keys_of` does."""
    check_room(room)
    admin.school(ctx, school)
    rows = ctx.store.sql.key_log_of_room(ctx.store.connection, school=school, room=room)
    return tuple(Act(row["key"], row["at"], row["actor"], row["act"], row["holder"]) for row in rows)


def only_reader_of(ctx: Context, login: str) -> tuple[str, ...]:
    """The rooms that nobody could read any more without this login."""
    row = ctx.store.sql.user_find(ctx.store.connection, login=login)
    if row is None:
        return ()
    return tuple(
        room
        for room in ROOMS
        if any({each.login for each in key.readers} == {login} for key in keys_of(ctx, row["school"], room))
    )


def _holder(row: Any, last: dict[tuple[str, str, str], int]) -> Holder:
    unlocked = last.get((row["key"], "unlocked", row["holder"]))
    return Holder(
        row["holder"],
        row["role"],
        row["granted_at"],
        row["granted_by"],
        unlocked,
        row["disabled_at"] is not None,
    )


def check_room(room: str) -> None:
    """Raises `Problem("unknown-room")`."""
    if room not in ROOMS:
        raise Problem("unknown-room", room=room, known=", ".join(ROOMS))
