"""Which devices are there, from their presence and health messages."""

import msgspec

from server.domain.presence import Presence, hear
from server.services.context import Context
from survey_defs import wire

MAX_HEALTH_BYTES = 8192


def take_state(
    ctx: Context, school: str, device: str, payload: bytes, received_at: int, *, retained: bool = False
) -> bool:
    """Take a presence message in; False where it cannot be read or the device may not speak.

    `retained` marks a message that the broker had kept: it does not show that the device spoke now.
    Raises `Problem` where the store cannot be written.
    """
    try:
        message = wire.decode_state(payload)
    except wire.WireError:
        return False
    sql = ctx.store.sql
    with ctx.store.atomic() as connection:
        if not _may_speak(ctx, school, device):
            return False
        row = sql.presence_find(connection, device=device)
        known = Presence(**row) if row else None
        new = hear(known, message["state"], message["session"], received_at, retained=retained)
        if new != known:
            sql.presence_put(connection, device=device, school=school, **new._asdict())
    return True


def take_health(
    ctx: Context, school: str, device: str, payload: bytes, received_at: int, *, retained: bool = False
) -> bool:
    """Take a health message in, a JSON object of at most 8 KiB; answers as `take_state` does."""
    if len(payload) > MAX_HEALTH_BYTES:
        return False
    try:
        health = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
        text = payload.decode() if health else "{}"
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    with ctx.store.atomic() as connection:
        if not _may_speak(ctx, school, device):
            return False
        ctx.store.sql.presence_health(
            connection,
            device=device,
            school=school,
            at=received_at,
            heard_at=None if retained else received_at,
            health=text,
        )
    return True


def _may_speak(ctx: Context, school: str, device: str) -> bool:
    row = ctx.store.sql.device_find(ctx.store.connection, id=device)
    return row is not None and row["school"] == school and row["retired_at"] is None
