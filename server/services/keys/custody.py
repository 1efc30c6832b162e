"""Making the keys that complaints are sealed to, and how they change hands.

Whoever is given a key gets the private half locked with a passphrase of their own; see `keys`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from server.domain.access.guessable import is_guessable
from server.domain.access.roles import PRINCIPAL, READERS
from server.domain.cases.casework import PRINCIPAL_ROOM
from server.domain.keys import key_lock
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services import schools, withdrawals
from server.services.access import people
from server.services.access.second_person import Second, confirmed
from server.services.context import Context, Work
from server.services.keys import proofs
from server.services.keys.keys import Key, check_leaving, check_room, key_leavings, keys_of, log
from server.services.keys.open_keys import HeldKey, OpenKeys, lock_of, note, open_locks, spelled, still_held
from survey_defs import complaint

LOST_AFTER_MS = 7 * 24 * 3_600_000
"""How long after it was last opened, or given, a key may be taken away as lost, by nobody's passphrase: who
works with it has not forgotten how to open it."""
SETTLED_MS = 7 * 24 * 3_600_000
"""How long somebody has held a key before they may agree to taking it from another: an account that was made
and given the key for that very purpose agrees to nothing."""


def make_key(
    ctx: Context, school: str, room: str, holder: str, passphrase: str, *, by: str | None = None
) -> str:
    """Make the first key of a room, locked for its first holder. Returns its id.

    `by` is who does it, the holder unless told. Raises `Problem`: `key-exists`, `unknown-room`,
    `unknown-school`, `unknown-user`, `holder-elsewhere`, `role-holds-no-key`, `passphrase-short`,
    `passphrase-differs` where the holder has another passphrase already.
    """
    return _make(ctx, school, room, holder, passphrase, by=by, anew=False)


def make_for(ctx: Context, school: str, room: str, keys: OpenKeys) -> bytes:
    """A key for a room that has none, or whose key nobody opens, held by who opened `keys`; its public half.

    It lies under the passphrase that this person has. Raises `Problem`: as `check_holder` does;
    `not-a-holder` where they hold nothing by now.
    """
    with ctx.read() as work:
        check_holder(work, school, keys.login, room)
    with ctx.write() as work:
        present = [key for key in keys_of(work, school, room) if key.retired_at is None]
        for key in present:
            if key.readers:
                return proofs.public_of(work.sql.key_find(id=key.id))
            _retire(work, school, room, key.id, by=keys.login)
        public, private = complaint.new_key()
        made = HeldKey(complaint.key_id(public), room, private)
        row = _under_lock_of(work, keys, made)
        work.sql.key_insert(
            id=made.id,
            school=school,
            room=room,
            public=public,
            created_at=work.now,
            **proofs.NO_WORD,
        )
        note(work, made.id, actor=keys.login, act="made", holder=keys.login)
        given = {"granted_at": work.now, "granted_by": keys.login}
        work.sql.key_holder_insert(key=made.id, **row | given)
    return public


def _under_lock_of(work: Work, keys: OpenKeys, made: HeldKey) -> dict[str, Any]:
    """A row of `key_holders` for who opened `keys`, whose passphrase is not at hand any more."""
    for key in (each for room in keys.rooms for each in keys.of_room(room)):
        for row in work.sql.key_holder_relays(key=key.id):
            if row["holder"] == keys.login and (found := _relayed(row, made, key.private)):
                return found
    raise Problem("not-a-holder", login=keys.login, room=made.room)


def _relayed(row: Any, made: HeldKey, common: bytes) -> dict[str, Any] | None:
    """The row by which a holder opens another key too; None where their relay is not there or not theirs.

    `row` of `key_holder_relays`; `common` is the key that it belongs to.
    """
    relay = bytes(row["relay"] or b"")
    box = key_lock.shut_for(made.private, row["holder"], relay, common)
    if box is None:
        return None
    same = ("holder", "salt", "operations", "memory", "granted_at", "granted_by")
    lock = {name: row[name] for name in same}
    return {**lock, "box": box, "relay": key_lock.relay_mark(made.private, row["holder"], relay)}


def _retire(work: Work, school: str, room: str, key: str, *, by: str) -> None:
    work.sql.key_retire(school=school, room=room, retired_at=work.now)
    withdrawals.withdraw(work.ctx, "key", key)
    note(work, key, actor=by, act="retired")


def renew(
    ctx: Context, school: str, room: str, holder: str, passphrase: str, *, by: str | None = None
) -> str:
    """Retire the room's key and make another; the old one still opens what was sealed to it.

    Whoever opened the old one opens the new one too, under the passphrase they have: nobody is left out by
    a renewal. The old key vouches for the new one, and the kiosks follow by themselves; where nobody opened
    the old one, somebody confirms the new one at each. Raises as `make_key` does, but `no-seal-key` where
    there is nothing to renew; `not-a-holder` where others open the present key and `holder` does not;
    `holder-not-carried` where one of them has not typed their passphrase since keys are handed on in this
    way; `key-changed`.
    """
    return _make(ctx, school, room, holder, passphrase, by=by, anew=True)


def grant(ctx: Context, school: str, room: str, keys: OpenKeys, *, holder: str, passphrase: str) -> list[str]:
    """Lock all keys of the room that `keys` hold for one more person, under that person's passphrase.

    Returns the ids that the person did not hold before. Raises `Problem`: `not-a-holder`, and what
    `make_key` says of a holder and of a passphrase.
    """
    check_room(room)
    with ctx.read() as work:
        check_holder(work, school, holder, room)
        ids = {row["id"] for row in work.sql.key_of_room(school=school, room=room)}
        held = [key for key in keys.of_room(room) if key.id in ids]
        if not held or not still_held(work, keys):
            raise Problem("not-a-holder", login=keys.login, room=room)
    return lock_for(ctx, held, holder, passphrase, by=keys.login, act="granted")


def revoke(ctx: Context, school: str, room: str, keys: OpenKeys, second: Second, *, holder: str) -> None:
    """Take the room's keys from a person; done by who opened `keys`, and agreed to by a second person.

    That is whoever loses the key, or another who has held it for a week or more. Nobody need agree where the
    account is shut. Raises `Problem`: `not-a-holder`; as `second_person.confirmed` does; as
    `keys.check_leaving` does, whoever agrees: what is sealed keeps a reader, and not the principal alone.
    """
    check_room(room)
    with ctx.read() as work:
        own = {key.id for key in keys_of(work, school, room)} & keys.ids
        if not own or not still_held(work, keys):
            raise Problem("not-a-holder", login=keys.login, room=room)
        entitled = may_agree(_held_by(work, school, room, holder), holder, work.now)
        agreed = confirmed(work, keys.login, second, entitled).login if holder in entitled else ""
    with ctx.write() as work:
        # Read again: of two who take each other's key away at once, the second is told.
        for key in _held_by(work, school, room, holder):
            check_leaving(key, holder)
            _take(work, key.id, holder, by=keys.login, act="revoked")
            if agreed:
                note(work, key.id, actor=agreed, act="confirmed", holder=holder)


def may_agree(keys: Iterable[Key], holder: str, now: int) -> frozenset[str]:
    """Who may agree that these keys are taken from `holder`; nobody need where `holder` is not among them."""
    return frozenset(
        each.login
        for key in keys
        for each in key.readers
        if each.login == holder or now - each.granted_at >= SETTLED_MS
    )


def revoke_lost(ctx: Context, school: str, room: str, holder: str, *, by: str = "") -> None:
    """Take keys away that their holder opens no more, by nobody's passphrase, even where none is left.

    The log keeps it apart, and the cases that nobody can read are counted for the leaders (`unread`). Raises
    `Problem`: `not-a-holder`; `key-in-use` where the holder has opened it, or got it, in the last seven days.
    """
    check_room(room)
    with ctx.write() as work:
        for key in _held_by(work, school, room, holder):
            _check_lost(work, key, holder)
            _take(work, key.id, holder, by=by, act="revoked-lost")


def _check_lost(work: Work, key: Key, login: str) -> None:
    """Raises `Problem("key-in-use")` where this login has opened the key, or got it, within seven days."""
    used = [act.at for act in log(work, key.school, key.room) if act.key == key.id and act.actor == login]
    last = max([*used, *(each.granted_at for each in key.readers if each.login == login)], default=None)
    if last is not None and work.now - last < LOST_AFTER_MS:
        raise Problem("key-in-use", login=login, until=f"{local_day(last + LOST_AFTER_MS):%d/%m/%Y}")


def shut_account(ctx: Context, login: str, *, even_last: bool = False) -> None:
    """Shut an account; what it held is opened by it no more, and the log of each key says so.

    `even_last`: even where nobody, or the principal alone, then reads what is sealed, as with a passphrase
    that is lost. Raises `Problem`: `unknown-user`; without it as `keys.check_leaving` does, with it
    `key-in-use` as `revoke_lost` does.
    """
    with ctx.write() as work:
        held = key_leavings(work, login)
        for key in held:
            try:
                check_leaving(key, login)
            except Problem:
                if not even_last:
                    raise
                _check_lost(work, key, login)
        people.disable_within(work, login)
        for key in held:
            note(work, key.id, actor="", act="shut", holder=login)


def _held_by(work: Work, school: str, room: str, holder: str) -> list[Key]:
    """The room's keys that somebody holds. Raises `Problem("not-a-holder")` where that is none."""
    held = [key for key in keys_of(work, school, room) if any(each.login == holder for each in key.holders)]
    if not held:
        raise Problem("not-a-holder", login=holder, room=room)
    return held


def _take(work: Work, key: str, holder: str, *, by: str, act: str) -> None:
    work.sql.key_holder_delete(key=key, holder=holder)
    withdrawals.withdraw(work.ctx, "holder", f"{key}:{holder}")
    note(work, key, actor=by, act=act, holder=holder)


def change_passphrase(ctx: Context, login: str, old: str, new: str) -> None:
    """Lock all keys of a person anew. Raises `Problem`: `wrong-passphrase`, `passphrase-short`."""
    check_passphrase(new)
    keys = open_locks(ctx, login, old)
    lock = key_lock.new_lock()
    turned = key_lock.turn(spelled(new), lock)
    with ctx.write() as work:
        for room in keys.rooms:
            for key in keys.of_room(room):
                _note_old_lock(work, key.id, login)
                box = key_lock.shut(key.private, turned)
                relay = key_lock.relay(key.private, login, turned)
                work.sql.key_holder_relock(key=key.id, holder=login, box=box, relay=relay, **lock._asdict())
                note(work, key.id, actor=login, act="passphrase", holder=login)


def check_passphrase(passphrase: str) -> None:
    """Raises `Problem`: `passphrase-short`, `passphrase-long`, `passphrase-guessable`."""
    if len(spelled(passphrase).strip()) < key_lock.MIN_CHARACTERS:
        raise Problem("passphrase-short", least=key_lock.MIN_CHARACTERS)
    if len(spelled(passphrase)) > key_lock.MAX_CHARACTERS:
        raise Problem("passphrase-long", most=key_lock.MAX_CHARACTERS)
    if is_guessable(passphrase):
        raise Problem("passphrase-guessable")


def may_hold(role: str, room: str) -> bool:
    """Whether an account of that role may hold a key of that room."""
    return role in READERS and not (role == PRINCIPAL and room == PRINCIPAL_ROOM)


def check_holder(work: Work, school: str, holder: str, room: str) -> None:
    """Raises `Problem`: `unknown-user`, `holder-elsewhere`, `role-holds-no-key`."""
    row = work.sql.user_find(login=holder)
    if row is None or row["disabled_at"] is not None:
        raise Problem("unknown-user", login=holder)
    if row["school"] != school:
        raise Problem("holder-elsewhere", login=holder, school=school)
    if not may_hold(row["role"], room):
        roles = ", ".join(role for role in READERS if may_hold(role, room))
        raise Problem("role-holds-no-key", login=holder, roles=roles)


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
    """Lock opened keys for a person. Returns the ids of those that this person did not hold.

    `relock`: who has forgotten the passphrase may choose another here; what they held already lies under it
    then. Raises `Problem`: `passphrase-short`, and without `relock` `passphrase-differs`.
    """
    held = tuple(held)
    with ctx.read() as work:
        lock, turned = _lock_of_holder(work, holder, passphrase, forgotten=relock)
    with ctx.write() as work:
        has = {row["id"]: row for row in work.sql.key_holder_locks(holder=holder)}
        fresh = [key for key in held if key.id not in has]
        for key in held:
            if relock and key.id in has and lock_of(has[key.id]) != lock:
                _note_old_lock(work, key.id, holder)
                box = key_lock.shut(key.private, turned)
                relay = key_lock.relay(key.private, holder, turned)
                work.sql.key_holder_relock(key=key.id, holder=holder, box=box, relay=relay, **lock._asdict())
                note(work, key.id, actor=by, act=act, holder=holder)
        for key in fresh:
            _insert_holder(work, key, holder=holder, locked=(lock, turned), by=by)
            note(work, key.id, actor=by, act=act, holder=holder)
    return [key.id for key in fresh]


def _make(
    ctx: Context, school: str, room: str, holder: str, passphrase: str, *, by: str | None, anew: bool
) -> str:
    check_room(room)
    with ctx.read() as work:
        schools.school(work, school)
        check_holder(work, school, holder, room)
        lock, turned = _lock_of_holder(work, holder, passphrase)
    actor = holder if by is None else by
    public, private = complaint.new_key()
    key = HeldKey(complaint.key_id(public), room, private)
    with ctx.write() as work:
        current = work.sql.key_current(school=school, room=room)
        if not anew and current is not None:
            raise Problem("key-exists", school=school, room=room)
        if anew and current is None:
            raise Problem("no-seal-key", school=school, room=room)
        carried, word = [], proofs.NO_WORD
        if current is not None:
            locks = work.sql.key_holder_locks(holder=holder)
            word = proofs.vouch_for(current, locks, turned, public)
            carried = _carried(work, current["id"], key, holder=holder, turned=turned)
            _retire(work, school, room, current["id"], by=actor)
        work.sql.key_insert(id=key.id, school=school, room=room, public=public, created_at=work.now, **word)
        note(work, key.id, actor=actor, act="made", holder=holder)
        _insert_holder(work, key, holder=holder, locked=(lock, turned), by=actor)
        for row in carried:
            work.sql.key_holder_insert(key=key.id, **row)
            note(work, key.id, actor=actor, act="granted", holder=row["holder"])
    return key.id


def _carried(work: Work, old: str, new: HeldKey, *, holder: str, turned: bytes) -> list[dict[str, Any]]:
    """The rows by which all who open the old key open the new one, but for `holder`, who makes it.

    Raises `Problem`: `not-a-holder`, `holder-not-carried`.
    """
    sql = work.sql
    others = [row for row in sql.key_holder_relays(key=old) if row["holder"] != holder]
    boxes = {row["id"]: row["box"] for row in sql.key_holder_locks(holder=holder)}
    common = key_lock.open_box(boxes[old], turned) if old in boxes else None
    found = []
    for row in others:
        if common is None:
            raise Problem("not-a-holder", login=holder, room=new.room)
        carried = _relayed(row, new, common)
        if carried is None:
            raise Problem("holder-not-carried", login=row["holder"])
        found.append(carried)
    return found


def _insert_holder(
    work: Work, key: HeldKey, *, holder: str, locked: tuple[key_lock.Lock, bytes], by: str
) -> None:
    lock, turned = locked
    box = key_lock.shut(key.private, turned)
    withdrawals.give_back(work.ctx, "holder", f"{key.id}:{holder}")
    work.sql.key_holder_insert(
        key=key.id,
        holder=holder,
        box=box,
        relay=key_lock.relay(key.private, holder, turned),
        granted_at=work.now,
        granted_by=by,
        **lock._asdict(),
    )


def _note_old_lock(work: Work, key: str, holder: str) -> None:
    """The lock that is about to be replaced must not open anything again after a backup was put back."""
    for row in work.sql.key_holder_locks(holder=holder):
        if row["id"] == key:
            withdrawals.withdraw(
                work.ctx, "passphrase", f"{key}:{holder}:{withdrawals.mark(bytes(row['box']))}"
            )


def _lock_of_holder(
    work: Work, holder: str, passphrase: str, *, forgotten: bool = False
) -> tuple[key_lock.Lock, bytes]:
    """The lock under which a person's keys lie, opened: a new one for whoever holds none yet.

    `forgotten`: where the passphrase opens none of them, a new one too.
    """
    check_passphrase(passphrase)
    words = spelled(passphrase)
    found = list(work.sql.key_holder_locks(holder=holder))
    rows = {lock_of(row): row for row in found}
    for lock, row in rows.items():
        turned = key_lock.turn(words, lock)
        if key_lock.open_box(row["box"], turned) is not None:
            return lock, turned
    if rows and not forgotten:
        raise Problem("passphrase-differs", login=holder)
    lock = key_lock.new_lock()
    return lock, key_lock.turn(words, lock)
