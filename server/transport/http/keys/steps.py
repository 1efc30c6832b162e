"""What the forms of the keys do: each step checks the passphrase of its taker, then asks the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from server.domain.cases.casework import Actor
from server.domain.problems import Problem
from server.services.access.second_person import Second
from server.services.context import Context
from server.services.keys import custody, desk, paper_backup
from server.services.keys.open_keys import open_locks
from server.services.keys.paper_backup import Backup
from server.transport.http.keys.forms import read_sheet

Given = Mapping[str, str]
DONE = ("make", "renew", "grant", "withdraw", "passphrase", "restore")
"""What the page of the keys says was done just now."""


class Step(NamedTuple):
    """A step in a room: the name of its texts, and what does it. Only a backup answers something."""

    action: str
    take: Callable[[Context, Actor, str, Given], Backup | None]


def _typed_twice(given: Given) -> str:
    """Raises `Problem("passphrases-differ")` where the same was not typed twice."""
    if given.get("passphrase", "") != given.get("again", ""):
        raise Problem("passphrases-differ")
    return given.get("passphrase", "")


def _make(ctx: Context, actor: Actor, room: str, given: Given) -> None:
    # Who has a passphrase already types it once: a slip of the hand does not open.
    with ctx.read() as work:
        chosen = given.get("passphrase", "") if desk.own(work, actor) else _typed_twice(given)
    custody.make_key(ctx, actor.school, room, actor.login, chosen)


def _renew(ctx: Context, actor: Actor, room: str, given: Given) -> None:
    open_locks(ctx, actor.login, given.get("own", ""))
    custody.renew(ctx, actor.school, room, actor.login, given.get("own", ""))


def _grant(ctx: Context, actor: Actor, room: str, given: Given) -> None:
    opened = open_locks(ctx, actor.login, given.get("own", ""))
    holder = given.get("holder", "")
    with ctx.read() as work:
        custody.check_holder(work, actor.school, holder, room)
    custody.grant(ctx, actor.school, room, opened, holder=holder, passphrase=_typed_twice(given))


def _withdraw(ctx: Context, actor: Actor, room: str, given: Given) -> None:
    opened = open_locks(ctx, actor.login, given.get("own", ""))
    second = Second(given.get("second", ""), given.get("second-password", ""))
    desk.withdraw(ctx, actor, room, opened, second, holder=given.get("holder", ""))


def _backup(ctx: Context, actor: Actor, room: str, given: Given) -> Backup:
    opened = open_locks(ctx, actor.login, given.get("own", ""))
    return paper_backup.export_key(ctx, actor.school, room, opened)


def restore(ctx: Context, actor: Actor, given: Given) -> None:
    """Give the actor the keys of a sheet, under the passphrase they choose."""
    sheet, chosen = read_sheet(), _typed_twice(given)
    paper_backup.import_key(
        ctx, sheet, given.get("code", ""), holder=actor.login, passphrase=chosen, by=actor.login
    )


def passphrase(ctx: Context, actor: Actor, given: Given) -> None:
    """Lock all that the actor holds under another passphrase."""
    custody.change_passphrase(ctx, actor.login, given.get("own", ""), _typed_twice(given))


IN_ROOM = {
    "tao": Step("make", _make),
    "thay": Step("renew", _renew),
    "cap": Step("grant", _grant),
    "thu-hoi": Step("withdraw", _withdraw),
    "ban-luu": Step("backup", _backup),
}
"""The steps as addresses name them."""
