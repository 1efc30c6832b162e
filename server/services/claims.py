"""Claims: how a device gets its credentials, with a code that is valid once and for a day.

A claim is made for a device that is new, whose key is to be renewed, or that moves to another school; until
it is used, the device goes on with what it has. What a code is and how it is proved: `survey_defs.claim`.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any, NamedTuple

import structlog

from server.domain import device_password
from server.domain.problems import Problem
from server.domain.records import Device
from server.services import admin, doors, withdrawals
from server.services.broker_site import check_address
from server.services.context import Context
from survey_defs import claim, wire

VALID_MS = 24 * 3_600_000
REMEMBERED_MS = 7 * VALID_MS
"""So long after its end an old code is still told from a wrong one."""

_log = structlog.get_logger()


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


class Use(NamedTuple):
    """The one use of a claim: the number that the device drew, and the password that comes of it."""

    nonce: str
    password: str


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


def make(ctx: Context, id: str, school: str | None = None, *, actor: str = "") -> Claim:
    """A new code for a device, which is to stand in `school` (None: where it stands); older ones end.

    Raises `Problem`: `unknown-device`, `device-retired`, `claim-not-for-paper`, `unknown-school`,
    `public-broker-wrong`.
    """
    check_address(ctx)
    code = "".join(secrets.choice(claim.SIGNS) for _ in range(claim.LENGTH))
    now, key = ctx.now(), claim.claim_key(code)
    sql = ctx.store.sql
    with ctx.store.atomic() as connection:
        ctx.clock.mark(connection)  # in doubt: its end is put right when the clock is
        device = _claimable(ctx, id)
        target = admin.school(ctx, school or device.school).slug
        sql.claim_withdraw(connection, device=id, at=now)
        if ctx.clock.may_erase:
            sql.claim_erase_keys(connection, before=now - REMEMBERED_MS)
        made = Claim(code, id, target, now, now + VALID_MS)
        sql.claim_insert(
            connection,
            device=id,
            school=target,
            key=key.hex(),
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


def exchange(ctx: Context, payload: bytes) -> bytes:
    """Let the device in that sent this request; answers what it is told. The old password ends.

    The same request again is answered alike while its code is valid. Raises `Problem`: `bad-enrolment`,
    `claim-unknown`, `claim-expired`, `claim-used`, `claim-withdrawn`, `claim-wrong-kind`,
    `certificate-mismatch`, `certificate-unknown`.
    """
    try:
        nonce, certificate, proof = claim.read_request(payload)
        kind = claim.kind_of(payload)
    except claim.ClaimError as error:
        raise Problem("bad-enrolment") from error
    known = ctx.served.fingerprints(ctx.settings)
    with ctx.store.atomic() as connection:
        row, key = _find(ctx, connection, nonce, certificate, proof)
        _check_open(row, nonce, ctx.now())
        device = _claimable(ctx, row["device"])
        if kind not in ("", device.kind):
            raise Problem("claim-wrong-kind", id=device.id)
        if certificate and not known:
            raise Problem("certificate-unknown")
        suspicious = bool(certificate) and certificate not in known
        if suspicious:
            ctx.store.sql.claim_withdraw(connection, device=device.id, at=ctx.now())
        elif row["used_at"] is None:
            _let_in(ctx, connection, row, device, Use(nonce, claim.password(key, nonce)))
    if suspicious:  # the withdrawal is committed
        _log.warning("a claim code came from a device that was shown another certificate", device=device.id)
        raise Problem("certificate-mismatch")
    terms = {
        "v": 1,
        "device": device.id,
        "school": row["school"],
        "kind": device.kind,
        "broker": doors.device_broker(ctx.settings),
        "ca": doors.authority(ctx.settings),
        "time": wire.format_time(ctx.now()),
    }
    return claim.make_answer(key, nonce, certificate, terms)


def _find(
    ctx: Context, connection: Any, nonce: str, certificate: str, proof: str
) -> tuple[dict[str, Any], bytes]:
    """The claim whose code the device knows. There are never more than a week's."""
    for row in ctx.store.sql.claim_keys(connection):
        key = bytes.fromhex(row["key"])
        if hmac.compare_digest(claim.request_proof(key, nonce, certificate), proof):
            return row, key
    raise Problem("claim-unknown")


def _check_open(row: dict[str, Any], nonce: str, now: int) -> None:
    if row["withdrawn_at"] is not None:
        raise Problem("claim-withdrawn")
    if row["used_at"] is not None and row["nonce"] != nonce:
        raise Problem("claim-used")
    if now >= row["expires_at"]:
        raise Problem("claim-expired" if row["used_at"] is None else "claim-used")


def _let_in(ctx: Context, connection: Any, row: dict[str, Any], device: Device, use: Use) -> None:
    sql = ctx.store.sql
    hashed = device_password.hash_password(use.password, secrets.token_bytes(device_password.SALT_BYTES))
    old = sql.device_secret(connection, id=device.id)["password_hash"]
    withdrawals.withdraw(ctx, "device-password", f"{device.id}:{withdrawals.mark(old)}")
    sql.device_let_in(connection, id=device.id, school=row["school"], password_hash=hashed)
    sql.claim_use(connection, n=row["n"], at=ctx.now(), nonce=use.nonce, came_from=device.school)
    if row["school"] != device.school:
        # What it last said, it said at the other school.
        sql.device_presence_forget(connection, device=device.id)
    else:
        # The new key is one machine's: a copy of it is kept out from now on.
        sql.presence_boots_forget(connection, device=device.id)


def _claimable(ctx: Context, id: str) -> Device:
    device = admin.device(ctx, id)
    if device.retired_at is not None:
        raise Problem("device-retired", id=id)
    if device.kind == "qr":
        raise Problem("claim-not-for-paper", id=id)
    return device
