"""Which devices are there, from their presence and health messages and from the batches they send."""

import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec

from server.domain.device_health import judge
from server.domain.presence import Presence, hear
from server.domain.rights import may_speak
from server.domain.shared_identity import Heard, Machines, hear_boot, hear_journal
from server.services.context import Context
from survey_defs import wire
from survey_defs.typed import from_json

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
    """Take a health message in, a JSON object of at most 8 KiB; answers as `take_state` does.

    A field that cannot be so, or cannot be read, is as if it were not there; the others are kept.
    """
    if len(payload) > MAX_HEALTH_BYTES:
        return False
    try:
        payload.decode()
        fields = from_json(payload, dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    text = msgspec.json.encode(judge(dict(_readable(fields)))).decode()
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


def _readable(fields: dict[str, msgspec.Raw]) -> Iterator[tuple[str, Any]]:
    for name, raw in fields.items():
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield name, msgspec.json.decode(raw)


class Hearings:
    """Who was heard in one transaction of the ingest, by which boots and journals: gathered, then written."""

    def __init__(self) -> None:
        """Nobody yet."""
        self._heard: dict[tuple[str, str], tuple[int, Machines]] = {}

    def hear(self, who: tuple[str, str], at: int, sender: tuple[str, int] | None, row: Any) -> None:
        """A batch of this (school, device) arrived; `sender` is its (boot, up_ms), None where unreadable.

        `row`: what was known of the device before the transaction, by `ingest_device`.
        """
        last, known = self._heard.get(who) or (at, _machines(row))
        if sender is not None:
            known = hear_boot(known, *sender, at)
        self._heard[who] = max(last, at), known

    def wrote(self, who: tuple[str, str], journal: str, seq: int, boot: str) -> None:
        """The boot that was heard just now has written this number itself."""
        last, known = self._heard[who]
        self._heard[who] = last, hear_journal(known, journal, seq, boot, last)

    def write(self, sql: Any, connection: Any) -> None:
        """Put it into the store."""
        rows = [
            {"device": device, "school": school, "at": at, **_row(known)}
            for (school, device), (at, known) in self._heard.items()
        ]
        if rows:
            sql.presence_heard(connection, rows)


def _machines(row: Any) -> Machines:
    if row["boots"] is None:
        return Machines()
    boots, journals = row["boots"].split(), row["journals"].split()
    return Machines(
        tuple(Heard(boot, int(up_ms), boot) for boot, up_ms in zip(boots[::2], boots[1::2], strict=True)),
        tuple(
            Heard(journal, int(seq), boot)
            for journal, seq, boot in zip(journals[::3], journals[1::3], journals[2::3], strict=True)
        ),
        row["returns"],
        row["returned_at"],
    )


def _row(known: Machines) -> dict[str, Any]:
    return {
        "boots": " ".join(f"{heard.name} {heard.last}" for heard in known.boots),
        "journals": " ".join(f"{heard.name} {heard.last} {heard.boot}" for heard in known.journals),
        "returns": known.returns,
        "returned_at": known.returned_at,
    }


def _may_speak(ctx: Context, school: str, device: str) -> bool:
    row = ctx.store.sql.device_find(ctx.store.connection, id=device)
    return row is not None and row["school"] == school and may_speak(row["kind"], row["retired_at"])
