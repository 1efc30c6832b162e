"""Claims: the codes by which devices get their credentials, each valid once and for a day.

A claim is made for a device that is new, whose key is to be renewed, or that moves to another school; until
it is used, the device goes on with what it has. What a code is and how it is proved: `survey_defs.claim`; how
a device comes in: `enrol`. The secret of a code is in the store only while the code is
open, and never in a backup.
"""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

from server.domain.problems import Problem
from server.domain.records import Device
from server.services import schools
from server.services.context import Context
from server.services.devices import registry
from server.services.network.broker_address import check_address
from survey_defs import claim

VALID_MS = 24 * 3_600_000
REMEMBERED_MS = 7 * VALID_MS
"""So long after its end an old code is still told from a wrong one."""
MAX_WRONG = 5
"""So many wrong codes may be tried for a claim; then it is withdrawn."""


class Claim(NamedTuple):
    """A code that was just made: shown this once, kept nowhere. Times in milliseconds since 1970."""

    code: str
    device: str
    school: str
    made_at: int
    expires_at: int


class OpenClaim(NamedTuple):
    """What is known of a code that waits to be used."""

    device: str
    school: str
    made_at: int
    expires_at: int


class Past(NamedTuple):
    """A claim of the past, or the open one: what became of it and when."""

    school: str
    made_at: int
    made_by: str
    expires_at: int
    withdrawn_at: int | None
    used_at: int | None
    came_from: str | None
    """The school where the device stood until it was used."""
    wrong: int
    """So often another code was tried for it."""

    @property
    def was_guessed_at(self) -> bool:
        """Whether it ended because wrong codes were tried."""
        return self.withdrawn_at is not None and self.wrong >= MAX_WRONG


def make(ctx: Context, id: str, school: str | None = None, *, actor: str = "") -> Claim:
    """A new code for a device, which is to stand in `school` (None: where it stands); older ones end.

    Raises `Problem`: `unknown-device`, `device-retired`, `claim-not-for-paper`, `unknown-school`,
    `public-broker-wrong`.
    """
    check_address(ctx)
    now, sql = ctx.now(), ctx.store.sql
    with ctx.store.atomic() as connection:
        ctx.clock.mark(connection)  # in doubt: its end is put right when the clock is
        device = claimable(ctx, id)
        target = schools.school(ctx, school or device.school).slug
        sql.claim_withdraw(connection, device=id, at=now)
        _forget_over(ctx, connection)
        code = _new_code(ctx, connection)
        made = Claim(code, id, target, now, now + VALID_MS)
        sql.claim_insert(
            connection,
            device=id,
            school=target,
            name=claim.name_of(code),
            secret=f"{claim.secret_of(code):064x}",
            made_at=now,
            made_by=actor,
            expires_at=made.expires_at,
        )
    return made


def open_claim(ctx: Context, id: str) -> OpenClaim | None:
    """The claim of that device that waits to be used."""
    row = ctx.store.sql.claim_open(ctx.store.connection, device=id, now=ctx.now())
    return OpenClaim(**row) if row else None


def withdraw(ctx: Context, id: str) -> None:
    """Make the device's open code useless, if there is one."""
    with ctx.store.atomic() as connection:
        ctx.store.sql.claim_withdraw(connection, device=id, at=ctx.now())


def history(ctx: Context, id: str) -> list[Past]:
    """The claims of a device, the newest first."""
    return [Past(**row) for row in ctx.store.sql.claim_history(ctx.store.connection, device=id)]


def forget_over(ctx: Context) -> None:
    """Erase what is kept of claims whose day is over; to be called every few minutes."""
    with ctx.store.atomic() as connection:
        _forget_over(ctx, connection)


def claimable(ctx: Context, id: str) -> Device:
    """The device, if it can come in by a code.

    Raises `Problem`: `unknown-device`, `device-retired`, `claim-not-for-paper`.
    """
    device = registry.device(ctx, id)
    if device.retired_at is not None:
        raise Problem("device-retired", id=id)
    if device.kind == "qr":
        raise Problem("claim-not-for-paper", id=id)
    return device


def _new_code(ctx: Context, connection: Any) -> str:
    """A code whose name no claim has that is still remembered."""
    while True:
        code = claim.make_code(secrets.token_bytes(claim.LENGTH))
        if ctx.store.sql.claim_named(connection, name=claim.name_of(code)) is None:
            return code


def _forget_over(ctx: Context, connection: Any) -> None:
    if ctx.clock.may_erase:
        ctx.store.sql.claim_forget_secrets(connection, now=ctx.now())
        ctx.store.sql.claim_forget_names(connection, before=ctx.now() - REMEMBERED_MS)
