"""Which devices are there, from their presence and health messages and from the batches they send."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from server.domain.devices.device_health import judge
from server.domain.devices.presence import Presence, hear
from server.domain.devices.shared_identity import Heard, Machines, hear_boot, hear_journal
from server.domain.network.rights import may_speak
from server.services.context import Context, Work
from survey_defs import wire
from survey_defs.typed import from_json

MAX_HEALTH_BYTES = 8192


class Word(NamedTuple):
    """One presence or health message (`leaf`) as it came; `received_at` in milliseconds since 1970.

    `retained`: the broker had kept it, so it does not show that the device spoke now.
    """

    school: str
    device: str
    leaf: str
    payload: bytes
    received_at: int
    retained: bool = False


def take_words(ctx: Context, words: Sequence[Word]) -> list[bool]:
    """Take messages in, all in one transaction; of each, whether it could be read and its device may speak.

    Of a device's health only the last is kept. Nothing is written where none of them changes anything. Raises
    `Problem` where the store cannot be written.
    """
    with ctx.read() as work:
        news = [_is_news(work, word) for word in words]
    if not any(news):
        return [each is not None for each in news]
    taken, health = [], {}
    with ctx.write() as work:
        for word in words:
            if word.leaf == "state":
                taken.append(_take_state(work, word))
            else:
                fields = _read_health(work, word)
                taken.append(fields is not None)
                if fields is not None:
                    health[word.device] = word, fields
        for word, fields in health.values():
            _keep_health(work, word, fields)
    return taken


def take_state(
    ctx: Context, school: str, device: str, payload: bytes, received_at: int, *, retained: bool = False
) -> bool:
    """Take one presence message in, as `take_words`."""
    return take_words(ctx, [Word(school, device, "state", payload, received_at, retained)])[0]


def take_health(
    ctx: Context, school: str, device: str, payload: bytes, received_at: int, *, retained: bool = False
) -> bool:
    """Take one health message in, a JSON object of at most 8 KiB, as `take_words`.

    A field that cannot be so, or cannot be read, is as if it were not there; the others are kept.
    """
    return take_words(ctx, [Word(school, device, "health", payload, received_at, retained)])[0]


def _is_news(work: Work, word: Word) -> bool | None:
    """Whether a message changes what is kept of its device; None where it is not to be taken."""
    if word.leaf == "state":
        heard = _hear_state(work, word)
        return None if heard is None else heard.after != heard.before
    fields = _read_health(work, word)
    if fields is None:
        return None
    row = work.sql.presence_health_find(device=word.device)
    if row is None or not (word.retained or row["heard_at"] == word.received_at):
        return True
    return bool(row["health"] != _health(fields))


class _HeardState(NamedTuple):
    """What is known of a device's presence before and after a message."""

    before: Presence | None
    after: Presence


def _hear_state(work: Work, word: Word) -> _HeardState | None:
    """What a presence message comes to; None where it cannot be read or may not be said."""
    try:
        message = wire.decode_state(word.payload)
    except wire.WireError:
        return None
    if not _may_speak(work, word.school, word.device):
        return None
    row = work.sql.presence_find(device=word.device)
    known = Presence(**row) if row else None
    new = hear(known, message["state"], message["session"], word.received_at, retained=word.retained)
    return _HeardState(known, new)


def _take_state(work: Work, word: Word) -> bool:
    heard = _hear_state(work, word)
    if heard is None:
        return False
    if heard.after != heard.before:
        work.sql.presence_put(device=word.device, school=word.school, **heard.after._asdict())
    return True


def _read_health(work: Work, word: Word) -> dict[str, msgspec.Raw] | None:
    """The fields of a health message, not yet read; None where it cannot be read or may not be said."""
    if len(word.payload) > MAX_HEALTH_BYTES:
        return None
    try:
        word.payload.decode()
        fields = from_json(word.payload, dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return fields if _may_speak(work, word.school, word.device) else None


def _keep_health(work: Work, word: Word, fields: dict[str, msgspec.Raw]) -> None:
    work.sql.presence_health(
        device=word.device,
        school=word.school,
        at=word.received_at,
        heard_at=None if word.retained else word.received_at,
        health=_health(fields),
    )


def _health(fields: dict[str, msgspec.Raw]) -> str:
    """What is kept of a health message."""
    return msgspec.json.encode(judge(dict(_readable(fields)))).decode()


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

    def write(self, work: Work) -> None:
        """Put it into the store."""
        rows = [
            {"device": device, "school": school, "at": at, **_row(known)}
            for (school, device), (at, known) in self._heard.items()
        ]
        if rows:
            work.sql.presence_heard(rows)


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


def _may_speak(work: Work, school: str, device: str) -> bool:
    row = work.sql.device_find(id=device)
    return row is not None and row["school"] == school and may_speak(row["kind"], row["retired_at"])
