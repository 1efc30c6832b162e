"""The keys of a school as the page of the keys shows them: each reader knows what is theirs to know.

A leader knows of the room of complaints; of a secret room those alone know who hold its key, and while it
has none or nobody opens it, a leader who may hold one. Of the room for what accuses the principal, no
principal.
"""

from __future__ import annotations

from typing import NamedTuple

from server.domain.access.roles import LEADERS, PRINCIPAL
from server.domain.cases.casework import OPEN_ROOM, Actor
from server.domain.keys import key_lock
from server.domain.problems import Problem
from server.services.access import people
from server.services.access.second_person import Second
from server.services.context import Context, Work
from server.services.keys import custody, keys, pins
from server.services.keys.keys import Act, Holder, Key
from server.services.keys.open_keys import OpenKeys
from server.services.keys.pins import Pinned

MAX_ACTS = 100
"""The newest lines of a room's log, as many as a page shows."""


class Room(NamedTuple):
    """A room with its present key (None: there is none yet) and the older ones.

    `holds`: this reader opens the present key. `candidates`: who else may be given it.
    """

    name: str
    key: Key | None
    retired: tuple[Key, ...]
    holds: bool
    candidates: tuple[str, ...]
    log: tuple[Act, ...]
    changed: bool = False
    """The key in the store is another than its id says."""
    pins: tuple[Pinned, ...] = ()
    """What the kiosks say that they seal to; of the rooms that they seal to alone."""
    unheard: tuple[str, ...] = ()
    """The kiosks, by their labels, that have not said it."""

    @property
    def strangers(self) -> tuple[Pinned, ...]:
        """The kiosks that hold the school's key to be another."""
        return tuple(pin for pin in self.pins if pin.differs)

    @property
    def readers(self) -> tuple[Holder, ...]:
        """Who opens the present key."""
        return () if self.key is None else self.key.readers

    @property
    def principal_alone(self) -> bool:
        """Whether this is the room of complaints, and takes none because nobody but principals reads it."""
        return self.name == OPEN_ROOM and {each.role for each in self.readers} == {PRINCIPAL}

    @property
    def old_holders(self) -> tuple[Holder, ...]:
        """Who opens old keys of the room and not the present one."""
        now = {each.login for each in self.key.holders} if self.key else set()
        old = {each.login: each for key in self.retired for each in key.holders}
        return tuple(each for each in old.values() if each.login not in now)

    def seconds(self, by: str, holder: str, now: int) -> tuple[str, ...]:
        """Who may agree to what `by` takes from `holder`; nobody need where that account is shut."""
        keys = [key for key in (self.key, *self.retired) if key is not None]
        held = [key for key in keys if any(each.login == holder for each in key.readers)]
        return tuple(sorted(custody.may_agree(held, holder, now) - {by}))

    @property
    def backed_up_at(self) -> int | None:
        """When a sheet of the present key was last made."""
        return None if self.key is None else self.key.backed_up_at


class OwnKey(NamedTuple):
    """A key that this reader holds."""

    room: str
    fingerprint: str
    retired: bool
    since: int
    granted_by: str
    unlocked_at: int | None


def rooms(work: Work, actor: Actor) -> tuple[Room, ...]:
    """The rooms whose keys this actor looks after; none for who is no leader."""
    if actor.role not in LEADERS:
        return ()
    made = (_room(work, actor, name) for name in keys.ROOMS if custody.may_hold(actor.role, name))
    return tuple(room for room in made if _knows(room))


def room(work: Work, actor: Actor, name: str) -> Room:
    """One of them. Raises `Problem("unknown-room")`, also where the actor is not to know of its key."""
    found = next((each for each in rooms(work, actor) if each.name == name), None)
    if found is None:
        raise Problem("unknown-room", room=name[:40], known=", ".join(keys.ROOMS))
    return found


def own(work: Work, actor: Actor) -> tuple[OwnKey, ...]:
    """What this actor holds, the rooms in their order, the newest key first."""
    found = []
    for name in keys.ROOMS:
        for key in keys.keys_of(work, actor.school, name):
            mine = [each for each in key.holders if each.login == actor.login]
            found += [
                OwnKey(
                    name,
                    key_lock.fingerprint(key.id),
                    key.retired_at is not None,
                    each.granted_at,
                    each.granted_by,
                    each.unlocked_at,
                )
                for each in mine
            ]
    return tuple(found)


def granters(work: Work, actor: Actor) -> tuple[Holder, ...]:
    """The leaders who can give this actor the key of complaints."""
    current = [key for key in keys.keys_of(work, actor.school, OPEN_ROOM) if key.retired_at is None]
    return tuple(each for key in current[:1] for each in key.readers if each.role in LEADERS)


def withdraw(ctx: Context, actor: Actor, name: str, opened: OpenKeys, second: Second, *, holder: str) -> None:
    """Take a room's keys from somebody, by a leader who holds them too.

    Raises `Problem`: `unknown-room`, and as `key_custody.revoke` does.
    """
    with ctx.read() as work:
        if not room(work, actor, name).holds:
            raise Problem("not-a-holder", login=actor.login, room=name)
    custody.revoke(ctx, actor.school, name, opened, second, holder=holder)


def _knows(room: Room) -> bool:
    return room.name == OPEN_ROOM or room.holds or room.key is None or not room.readers


def _room(work: Work, actor: Actor, name: str) -> Room:
    found = keys.keys_of(work, actor.school, name)
    current = next((key for key in found if key.retired_at is None), None)
    holding = {each.login for each in current.readers} if current else set()
    open_accounts = (user for user in people.users(work, actor.school) if user.disabled_at is None)
    return Room(
        name,
        current,
        tuple(key for key in found if key.retired_at is not None),
        actor.login in holding,
        tuple(
            user.login
            for user in open_accounts
            if custody.may_hold(user.role, name) and user.login not in holding
        ),
        keys.log(work, actor.school, name)[:MAX_ACTS],
        pins.is_changed(work, actor.school, name),
        pins.pinned(work, actor.school, name) if name in pins.ROOMS else (),
        pins.unheard(work, actor.school, name) if name in pins.ROOMS else (),
    )
