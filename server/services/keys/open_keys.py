"""The private keys that one person has opened with their passphrase: held in memory, never written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import structlog

from server.domain.cases.casework import OPEN_ROOM, PRINCIPAL_ROOM
from server.domain.keys import key_lock
from server.domain.problems import Problem
from server.services.context import Context, Work
from server.services.keys import proofs
from survey_defs import complaint
from survey_defs.complaint import Letter

_DEVICES_SEAL_TO = (OPEN_ROOM, PRINCIPAL_ROOM)
_log = structlog.get_logger()


class HeldKey(NamedTuple):
    """One private key, opened."""

    id: str
    room: str
    private: bytes


class OpenKeys:
    """All keys that a person's passphrase opened; prints as nothing but its rooms."""

    def __init__(self, login: str, held: Iterable[HeldKey]) -> None:
        """`held`: the newest first."""
        self.login = login
        self._held = tuple(held)

    def __repr__(self) -> str:
        return f"OpenKeys({self.login!r}, rooms={sorted(self.rooms)})"

    @property
    def rooms(self) -> frozenset[str]:
        """The rooms whose texts these keys open."""
        return frozenset(key.room for key in self._held)

    @property
    def ids(self) -> frozenset[str]:
        """The keys by their ids."""
        return frozenset(key.id for key in self._held)

    def open(self, room: str, box: bytes) -> Letter | None:
        """The letter in a box of that room; None where no key opens it, or it was cut.

        In a room that devices seal to, the other such room's keys are tried after its own: a device may have
        said another room than that of the key which it sealed to.
        """
        rooms = (room, *(each for each in _DEVICES_SEAL_TO if each != room and room in _DEVICES_SEAL_TO))
        for key in (key for each in rooms for key in self.of_room(each)):
            if (letter := complaint.unseal(box, key.private)) is not None:
                return letter
        return None

    def of_room(self, room: str) -> tuple[HeldKey, ...]:
        """The keys of one room, the newest first: to lock them anew for somebody, or for a backup."""
        return tuple(key for key in self._held if key.room == room)


def unlock(ctx: Context, login: str, passphrase: str) -> OpenKeys:
    """Open every key that this login holds, of all rooms and as old as they come; noted in the key's log.

    Raises `Problem`: `wrong-passphrase`, after the same time whether or not the login holds a key;
    `key-changed` where the public half in the store is not that of an opened key.
    """
    keys = open_locks(ctx, login, passphrase)
    with ctx.write() as work:
        for id in keys.ids:
            note(work, id, actor=login, act="unlocked", holder=login)
    return keys


def open_locks(ctx: Context, login: str, passphrase: str) -> OpenKeys:
    """As `unlock`, without a word in the log: for what is noted under another name."""
    with ctx.read() as work:
        rows = list(work.sql.key_holder_locks(holder=login))
    if not rows or len(passphrase) > key_lock.MAX_CHARACTERS:
        key_lock.turn("", key_lock.new_lock())
        raise Problem("wrong-passphrase")
    words = spelled(passphrase)
    # One passphrase for a person means one lock: whoever holds many keys waits no longer.
    turned = {lock: key_lock.turn(words, lock) for lock in {lock_of(row) for row in rows}}
    held = []
    for row in rows:
        private = key_lock.open_box(row["box"], turned[lock_of(row)])
        if private is not None:
            _check(ctx, login, row, private)
            held.append(HeldKey(row["id"], row["room"], private))
    if not held:
        raise Problem("wrong-passphrase")
    _add_relays(ctx, login, held, {row["id"]: turned[lock_of(row)] for row in rows if row["relay"] is None})
    return OpenKeys(login, held)


def _check(ctx: Context, login: str, row: Any, private: bytes) -> None:
    """Raises `Problem("key-changed")`, and tells the key's log, where the public half is another's."""
    try:
        proofs.check_private(row, private)
    except Problem:
        with ctx.write() as work:
            note(work, row["id"], actor=login, act="changed", holder=login)
        raise


def _add_relays(ctx: Context, login: str, held: Iterable[HeldKey], turned: Mapping[str, bytes]) -> None:
    """For locks from before there were relays: from now on a renewal carries this person over."""
    missing = [key for key in held if key.id in turned]
    if missing:
        with ctx.write() as work:
            for key in missing:
                relay = key_lock.relay(key.private, login, turned[key.id])
                work.sql.key_holder_set_relay(key=key.id, holder=login, relay=relay)


def still_held(work: Work, keys: OpenKeys) -> bool:
    """Whether the login holds each of these keys to this day: not revoked, the account not shut."""
    rows = work.sql.key_holder_locks(holder=keys.login)
    return keys.ids <= {row["id"] for row in rows}


def lock_of(row: Any) -> key_lock.Lock:
    """The lock of a row of key_holders. Raises `Problem("bad-lock")` for one that this program never made."""
    lock = key_lock.Lock(bytes(row["salt"]), row["operations"], row["memory"])
    if not key_lock.is_bearable(lock):
        _log.error("a lock in the store is none of ours: somebody changed it", key=row["id"])
        raise Problem("bad-lock", fingerprint=key_lock.fingerprint(row["id"]))
    return lock


def spelled(passphrase: str) -> str:
    """The passphrase in NFC: one Vietnamese keyboard sends ế as one sign, another as three."""
    return unicodedata.normalize("NFC", passphrase)


def note(work: Work, key: str, *, actor: str, act: str, holder: str = "") -> None:
    """Add to the key's log. `actor` is a login, or '' for whoever runs commands on the server."""
    work.sql.key_log_insert(key=key, at=work.now, actor=actor, act=act, holder=holder)
