"""Claims: the codes by which devices get their credentials, each valid once and for a day.

A claim is made for a device that is new, whose key is to be renewed, or that moves to another school; until
it is used, the device goes on with what it has. What a code is and how it is proved: `survey_defs.claim`; how
a device comes in: `enrol`. The secret of a code is in the store only while the code is
open, and never in a backup.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from server.domain.problems import Problem
from server.domain.records import Device
from server.services import schools
from server.services.context import Context, Work
from server.services.devices import registry
from server.services.network.broker_address import check_address
from survey_defs import claim

VALID_MS = 24 * 3_600_000
REMEMBERED_MS = 7 * VALID_MS
"""How long after its end an old code is still told from a wrong one."""
MAX_WRONG = 5
"""Wrong codes that may be tried for a claim; after that it is withdrawn."""


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
    """How often another code was tried for it."""

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
    now = ctx.now()
    with ctx.write() as work:
        ctx.clock.mark(work.sql)  # in doubt: its end is put right when the clock is
        device = claimable(work, id)
        target = schools.school(work, school or device.school).slug
        work.sql.claim_withdraw(device=id, at=now)
        _forget_over(work)
        code = _new_code(work)
        made = Claim(code, id, target, now, now + VALID_MS)
        work.sql.claim_insert(
            device=id,
            school=target,
            name=claim.name_of(code),
            secret=f"{claim.secret_of(code):064x}",
            made_at=now,
            made_by=actor,
            expires_at=made.expires_at,
        )
    return made


def open_claim(work: Work, id: str) -> OpenClaim | None:
    """The claim of that device that waits to be used."""
    row = work.sql.claim_open(device=id, now=work.now)
    return OpenClaim(**row) if row else None


def withdraw(ctx: Context, id: str) -> None:
    """Make the device's open code useless, if there is one."""
    with ctx.write() as work:
        work.sql.claim_withdraw(device=id, at=work.now)


def history(work: Work, id: str) -> list[Past]:
    """The claims of a device, the newest first."""
    return [Past(**row) for row in work.sql.claim_history(device=id)]


def forget_over(ctx: Context) -> None:
    """Erase what is kept of claims whose day is over; to be called every few minutes."""
    with ctx.write() as work:
        _forget_over(work)


def claimable(work: Work, id: str) -> Device:
    """The device, if it can come in by a code.

    Raises `Problem`: `unknown-device`, `device-retired`, `claim-not-for-paper`.
    """
    device = registry.device(work, id)
    if device.retired_at is not None:
        raise Problem("device-retired", id=id)
    if device.kind == "qr":
        raise Problem("claim-not-for-paper", id=id)
    return device


def _new_code(work: Work) -> str:
    """A code whose name no claim has that is still remembered."""
    while True:
        code = claim.make_code(secrets.token_bytes(claim.LENGTH))
        if work.sql.claim_named(name=claim.name_of(code)) is None:
            return code


def _forget_over(work: Work) -> None:
    if work.ctx.clock.may_erase:
        work.sql.claim_forget_secrets(now=work.now)
        work.sql.claim_forget_names(before=work.now - REMEMBERED_MS)
