"""Keys that complaints are sealed to, and who may open them; `key_custody` makes them and hands them over.

A school has a key pair for each room. The public half lies open and travels to the devices. The private
half is nowhere in the clear: `key_holders` keeps it once for each person who may read, locked with that
person's own passphrase. A person has one passphrase for all keys they hold. The password of the login
opens none of them, so whoever resets a password on the server has still not read a word.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from server.domain.access.roles import PRINCIPAL
from server.domain.cases.casework import OPEN_ROOM, PRINCIPAL_ROOM, ROOMS
from server.domain.keys import key_lock
from server.domain.problems import Problem
from server.services import schools
from server.services.context import Work
from server.services.keys import proofs
from server.services.keys.open_keys import (
    HeldKey,
    OpenKeys,
    still_held,
    unlock,
)
from survey_defs import complaint
from survey_defs.complaint import Letter

__all__ = ["ROOMS", "HeldKey", "OpenKeys", "still_held", "unlock"]


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


def code_salt(work: Work) -> bytes:
    """The installation's salt of every sender's code."""
    return bytes(work.sql.key_salt())


def public_key(work: Work, school: str, room: str = OPEN_ROOM) -> bytes | None:
    """What a school's letters are sealed to now; None where no key was made yet, or somebody changed it."""
    try:
        return true_key(work, school, room)
    except Problem:
        return None


def true_key(work: Work, school: str, room: str) -> bytes | None:
    """As `public_key`. Raises `Problem("key-changed")` where the store holds another than its id says."""
    row = work.sql.key_current(school=school, room=room)
    return None if row is None else proofs.public_of(row)


def intake_key(work: Work, school: str) -> bytes | None:
    """What kiosks and phones seal to; None where no key was made, or nobody but principals reads it.

    What a person writes there may accuse the principal: it is not taken where the accused alone would read.
    """
    present = next((key for key in keys_of(work, school, OPEN_ROOM) if key.retired_at is None), None)
    if present is None or (present.readers and all(each.role == PRINCIPAL for each in present.readers)):
        return None
    return public_key(work, school)


def principal_key(work: Work, school: str) -> bytes | None:
    """What a letter about the principal is sealed to; None where nobody but a principal could read it."""
    present = next((key for key in keys_of(work, school, PRINCIPAL_ROOM) if key.retired_at is None), None)
    if present is None or all(each.role == PRINCIPAL for each in present.readers):
        return None
    return public_key(work, school, PRINCIPAL_ROOM)


def seal_for_desk(work: Work, school: str, room: str, letter: Letter) -> bytes:
    """The letter in a box that only the room's holders open. Raises `no-seal-key`, `key-changed`."""
    public = true_key(work, school, room)
    if public is None:
        raise Problem("no-seal-key", school=school, room=room)
    return complaint.seal(letter, public)


def rooms_of(work: Work, login: str) -> frozenset[str]:
    """The rooms of which this login holds a key, of today or of before; none for an account that is shut.

    A renewal leaves nobody out, and who held a key keeps sight of what was sealed to it: whoever is to know
    nothing of a room any more has its keys taken away.
    """
    rows = work.sql.key_holder_locks(holder=login)
    return frozenset(row["room"] for row in rows)


def keys_of(work: Work, school: str, room: str) -> tuple[Key, ...]:
    """The keys of a room, the newest first. Raises `Problem`: `unknown-school`, `unknown-room`."""
    check_room(room)
    schools.school(work, school)
    sql = work.sql
    last = {
        (row["key"], row["act"], row["holder"]): row["at"]
        for row in sql.key_last_acts(school=school, room=room)
    }
    found = []
    for row in sql.key_of_room(school=school, room=room):
        holders = (_holder(each, last) for each in sql.key_holder_of_key(key=row["id"]))
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


def holders(work: Work, school: str, room: str) -> tuple[str, ...]:
    """The logins that open the room's present key. Raises as `keys_of` does."""
    current = [key for key in keys_of(work, school, room) if key.retired_at is None]
    return tuple(holder.login for key in current[:1] for holder in key.readers)


def log(work: Work, school: str, room: str) -> tuple[Act, ...]:
    """What was ever done with the room's keys, the newest first. Raises as `keys_of` does."""
    check_room(room)
    schools.school(work, school)
    rows = work.sql.key_log_of_room(school=school, room=room)
    return tuple(Act(row["key"], row["at"], row["actor"], row["act"], row["holder"]) for row in rows)


def key_leavings(work: Work, login: str) -> tuple[Key, ...]:
    """The keys that this login opens, of all rooms: what shutting its account takes a reader from."""
    row = work.sql.user_find(login=login)
    if row is None:
        return ()
    found = (key for room in ROOMS for key in keys_of(work, row["school"], room))
    return tuple(key for key in found if any(each.login == login for each in key.readers))


def check_leaving(key: Key, login: str) -> None:
    """Whether this login may stop to open the key: a reader is left, and not the principal alone.

    Any letter may be about the principal, whether or not somebody has said so yet. Raises `Problem`:
    `last-holder`, `only-principals-left`.
    """
    going = next((each for each in key.readers if each.login == login), None)
    rest = [each for each in key.readers if each.login != login]
    if going is None:
        return
    if not rest:
        raise Problem("last-holder", login=login, room=key.room)
    if going.role != PRINCIPAL and all(each.role == PRINCIPAL for each in rest):
        raise Problem("only-principals-left", login=login, room=key.room)


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
