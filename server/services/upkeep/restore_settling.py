"""After a backup was put back: what was erased and withdrawn since is erased and withdrawn again.

It is done before the server opens its doors: while it is not, the file `restore-unfinished` lies in the data
directory, and `hailong serve` does it first.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import NamedTuple

from server.domain.problems import Problem
from server.domain.records import Device, Token, User
from server.services import withdrawals
from server.services.access import people, tokens
from server.services.access.passwords import hash_password
from server.services.context import Context, Work
from server.services.devices import registry
from server.services.devices.create import new_password
from server.services.keys.keys import check_leaving, keys_of
from server.services.privacy.erasure import reapply
from server.services.withdrawals import Withdrawn, mark

UNFINISHED = "restore-unfinished"


class Decision(NamedTuple):
    """What nobody but a person can decide: a code of `decision.…`, and whom it is about."""

    code: str
    about: str

    @property
    def words(self) -> str:
        """What to decide, in a line."""
        return _DECISIONS[self.code].format(about=self.about)


class Settled(NamedTuple):
    """What was done, by ids. `known`: whether anything tells what was withdrawn since the backup."""

    known: bool
    erased: int = 0
    devices: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()


class InUse(NamedTuple):
    """All that opens a door in this store, for somebody to look over."""

    devices: tuple[Device, ...]
    users: tuple[User, ...]
    tokens: tuple[Token, ...]
    holders: tuple[str, ...]


_DECISIONS = {
    "device-password": "device {about}: its password was changed after the backup; both are refused now. "
    "Give it a new code: hailong device claim {about}",
    "user-password": "account {about}: its password was changed after the backup, and the old one is "
    "refused. Set a new one: hailong user passwd {about}",
    "passphrase": "key holder {about}: the passphrase from before the backup opens the keys again. "
    "Have it changed on the page of keys, or: hailong key passphrase --holder {about}",
    "last-holder": "key {about}: the right to read was withdrawn, but in this backup nobody else, or the "
    "principal alone, can read what is sealed to it. Put the sheet of the key back for somebody "
    "else, then revoke it again",
    "slips": "point {about}: so many paper slips were unused when the backup was made, and each that was "
    "used since would count again. Void them and print new ones: hailong point void, hailong point slips",
    "new-key": "school {about}: its key was retired after the backup and the new one is not in it. Devices "
    "take no complaints until a key is made: hailong key make, or put back its sheet: hailong key restore",
}  # fmt: skip


def is_unfinished(data: Path) -> bool:
    """Whether a backup was put back and not settled."""
    return (data / UNFINISHED).exists()


def settle(ctx: Context, replaced: Context | None) -> Settled:
    """Do again what was done since the backup; `replaced` is the store that was there, if it can be read.

    Doing it twice changes nothing. Raises `Problem`, `bad-erasures-file` among them.
    """
    known = withdrawals.path_of(ctx).exists() or replaced is not None
    if replaced is not None:
        withdrawals.adopt(ctx, replaced)
    again = reapply(ctx)
    found = withdrawals.standing(ctx)
    with ctx.write() as work:
        done = _Replay(work).run(found)
        slips = _slips(work, replaced)
        work.sql.session_end_all()  # who was signed in then may have left, or lost the right to
    withdrawals.adopt(ctx)
    (Path(ctx.settings.data) / UNFINISHED).unlink(missing_ok=True)
    erased = len(again.cases) if again else 0
    return done._replace(known=known, erased=erased, decisions=(*done.decisions, *slips))


def _slips(work: Work, replaced: Context | None) -> list[Decision]:
    """Use up the slips that were used since, by the store that was there.

    No list is kept of used slips, since the desk knows whom it gave one: without that store the points whose
    slips may have been used are for a person to decide.
    """
    sql = work.sql
    if replaced is None:
        rows = sql.slips_unused()
        return [Decision("slips", f"{row['point']} ({row['unused']})") for row in rows]
    with replaced.read() as before:
        used = list(before.sql.slips_used())
    sql.slip_use([{"hash": row["hash"]} for row in used])
    return []


def in_use(work: Work) -> InUse:
    """What is to be looked over where nothing tells what was withdrawn."""
    rows = work.sql.withdrawn_holder_rows()
    return InUse(
        tuple(each for each in registry.devices(work) if each.retired_at is None),
        tuple(each for each in people.users(work) if each.disabled_at is None),
        tuple(each for each in tokens.tokens(work) if each.revoked_at is None),
        tuple(dict.fromkeys(f"{row['holder']} ({row['school']}, {row['room']})" for row in rows)),
    )


class _Replay:
    """One transaction of withdrawing again."""

    def __init__(self, work: Work) -> None:
        self._work, self._sql = work, work.sql
        self._done: dict[str, list[str]] = {}
        self._decisions: list[Decision] = []

    def run(self, found: set[Withdrawn]) -> Settled:
        for one in sorted(found, key=lambda each: _ORDER.index(each.kind)):
            getattr(self, f"_{one.kind.replace('-', '_')}")(one.id)
        claims = [row["device"] for row in self._sql.withdrawn_claims(now=self._work.now)]
        self._sql.withdrawn_claims_end(at=self._work.now)
        return Settled(
            known=True,
            devices=self._sorted("devices"),
            users=self._sorted("users"),
            tokens=self._sorted("tokens"),
            holders=self._sorted("holders"),
            keys=self._sorted("keys"),
            claims=tuple(claims),
            decisions=tuple(sorted(set(self._decisions))),
        )

    def _sorted(self, kind: str) -> tuple[str, ...]:
        return tuple(sorted(self._done.get(kind, ())))

    def _note(self, kind: str, id: str) -> None:
        self._done.setdefault(kind, []).append(id)

    def _device(self, id: str) -> None:
        row = self._sql.device_find(id=id)
        if row is not None and row["retired_at"] is None:
            self._sql.device_retire(id=id, retired_at=self._work.now)
            self._note("devices", id)

    def _device_password(self, name: str) -> None:
        id, _, old = name.rpartition(":")
        row = self._sql.device_secret(id=id)
        if row is not None and row["retired_at"] is None and mark(row["password_hash"]) == old:
            self._sql.device_set_password(id=id, password_hash=new_password()[1])
            self._decisions.append(Decision("device-password", id))

    def _user(self, login: str) -> None:
        row = self._sql.user_find(login=login)
        if row is not None and row["disabled_at"] is None:
            self._sql.user_disable(login=login, disabled_at=self._work.now)
            self._note("users", login)

    def _user_password(self, name: str) -> None:
        login, _, old = name.rpartition(":")
        row = self._sql.user_find(login=login)
        if row is not None and row["disabled_at"] is None and mark(row["password_hash"]) == old:
            hashed = hash_password(secrets.token_urlsafe(32))
            self._sql.user_set_password(login=login, password_hash=hashed)
            self._decisions.append(Decision("user-password", login))

    def _token(self, hash: str) -> None:
        row = self._sql.token_find(hash=hash)
        if row is not None and row["revoked_at"] is None:
            self._sql.token_revoke(hash=hash, revoked_at=self._work.now)
            self._note("tokens", hash[:12])

    def _key(self, id: str) -> None:
        row = self._sql.key_find(id=id)
        if row is not None and row["retired_at"] is None:
            self._sql.withdrawn_key_retire(id=id, retired_at=self._work.now)
            self._log(id, "retired")
            self._note("keys", id)
            self._decisions.append(Decision("new-key", f"{row['school']} ({row['room']})"))

    def _holder(self, name: str) -> None:
        id, _, login = name.partition(":")
        row = self._sql.key_find(id=id)
        if row is None:
            return
        key = next(each for each in keys_of(self._work, row["school"], row["room"]) if each.id == id)
        if login not in {each.login for each in key.holders}:
            return
        try:
            check_leaving(key, login)
        except Problem:
            self._decisions.append(Decision("last-holder", f"{id[:8]} of {login}"))
            return
        self._sql.key_holder_delete(key=id, holder=login)
        self._log(id, "revoked", login)
        self._note("holders", login)

    def _passphrase(self, name: str) -> None:
        id, login, old = name.split(":")
        for row in self._sql.withdrawn_holder_rows():
            if (row["id"], row["holder"]) == (id, login) and mark(bytes(row["box"])) == old:
                self._decisions.append(Decision("passphrase", login))

    def _log(self, key: str, act: str, holder: str = "") -> None:
        self._sql.key_log_insert(key=key, at=self._work.now, actor="", act=act, holder=holder)


_ORDER = ("user", "device", "token", "key", "holder", "user-password", "device-password", "passphrase")
"""Accounts first: whoever is shut out reads no key, and needs no new password."""


def begin(data: Path) -> None:
    """Note that a backup is about to be put back. Raises `Problem("cannot-write")`."""
    path = data / UNFINISHED
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise Problem("cannot-write", path=str(path), reason=error.strerror or str(error)) from error
