"""Which devices are there, from their presence and health messages and from the batches they send."""

from typing import Any

import msgspec

from server.domain.presence import Presence, hear
from server.domain.rights import may_speak
from server.domain.shared_identity import BootHeard, BootsHeard, hear_boot
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


class Hearings:
    """Who was heard in one transaction of the ingest, and by which boots: gathered first, written once."""

    def __init__(self, sql: Any) -> None:
        """Nobody yet."""
        self._sql = sql
        self._heard: dict[tuple[str, str], tuple[int, BootsHeard]] = {}

    def hear(self, connection: Any, who: tuple[str, str], at: int, sender: tuple[str, int] | None) -> None:
        """A batch of this (school, device) arrived; `sender` is its (boot, up_ms), None where unreadable."""
        last, boots = self._heard.get(who) or (at, _read_boots(self._sql, connection, who[1]))
        if sender is not None:
            boots = hear_boot(boots, *sender, at)
        self._heard[who] = max(last, at), boots

    def write(self, connection: Any) -> None:
        """Put it into the store."""
        rows = [
            {"device": device, "school": school, "at": at, **_boots_row(boots)}
            for (school, device), (at, boots) in self._heard.items()
        ]
        if rows:
            self._sql.presence_heard(connection, rows)


def _read_boots(sql: Any, connection: Any, device: str) -> BootsHeard:
    row = sql.presence_boots(connection, device=device)
    if row is None:
        return BootsHeard()
    words = row["boots"].split()
    recent = tuple(BootHeard(boot, int(up_ms)) for boot, up_ms in zip(words[::2], words[1::2], strict=True))
    return BootsHeard(recent, row["returns"], row["returned_at"])


def _boots_row(boots: BootsHeard) -> dict[str, Any]:
    text = " ".join(f"{heard.boot} {heard.up_ms}" for heard in boots.recent)
    return {"boots": text, "returns": boots.returns, "returned_at": boots.returned_at}


def _may_speak(ctx: Context, school: str, device: str) -> bool:
    row = ctx.store.sql.device_find(ctx.store.connection, id=device)
    return row is not None and row["school"] == school and may_speak(row["kind"], row["retired_at"])
