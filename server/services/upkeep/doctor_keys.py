"""What `hailong doctor` says of the keys: nothing is broken there, but somebody had better see to it."""

from __future__ import annotations

from collections.abc import Iterator

from server.services import schools
from server.services.cases.unreadable import unread
from server.services.context import Work
from server.services.devices import registry
from server.services.keys import keys, pins
from server.services.keys.keys import Key


def changed_keys(work: Work) -> list[str]:
    """A sentence for each key in the store whose public half is not the one its id was worked out of."""
    return [
        f"{school.slug}: the key of {room} was changed in the store; nothing is sealed to it. Find out who "
        "can write there, and restore a backup"
        for school in schools.schools(work)
        for room in keys.ROOMS
        if pins.is_changed(work, school.slug, room)
    ]


def key_warnings(work: Work) -> list[str]:
    """A sentence for each thing that could end in texts that nobody can read. The sample school has none."""
    return [
        f"{school.slug}: {words}"
        for school in schools.schools(work)
        if not school.sample
        for words in _of_school(work, school.slug)
    ]


def _of_school(work: Work, school: str) -> Iterator[str]:
    for held in (each for room in pins.ROOMS for each in pins.pinned(work, school, room)):
        if held.differs:
            yield (
                f"{held.device} seals to the key {held.key}, not to the one in the store: if nobody replaced "
                "it, find out who can write there; else confirm it at the kiosk (docs/keys.md)"
            )
    kiosks = [
        each for each in registry.devices(work, school) if each.kind == "kiosk" and each.retired_at is None
    ]
    if kiosks and keys.public_key(work, school) is None:
        yield f"no key, so its {len(kiosks)} kiosk(s) take no complaints; hailong key make"
    elif kiosks and keys.intake_key(work, school) is None:
        yield (
            f"the principal alone reads, so its {len(kiosks)} kiosk(s) take no complaints, which may be "
            "about the principal; hailong key grant"
        )
    elif kiosks and keys.principal_key(work, school) is None:
        yield (
            f"no key to what is about the principal, so its {len(kiosks)} kiosk(s) do not offer to say so; "
            "hailong key make --room about-principal --holder LOGIN (no principal)"
        )
    if lost := sum(unread(work, school).values()):
        yield f"{lost} open case(s) of secret rooms stand in nobody's queue; hailong key restore"
    for room in keys.ROOMS:
        for key in keys.keys_of(work, school, room):
            if key.retired_at is not None and not _still_needed(work, key):
                continue
            state = "key" if key.retired_at is None else "old key"
            if not key.readers:
                yield f"nobody opens the {state} of {room} any more; hailong key restore"
            elif len(key.readers) == 1 and key.backed_up_at is None:
                yield (
                    f"the {state} of {room} has one holder ({key.readers[0].login}) and no backup: a "
                    "forgotten passphrase would end it; hailong key backup, or hailong key grant"
                )


def _still_needed(work: Work, key: Key) -> bool:
    """Whether something may still lie sealed to a key that was replaced."""
    before = work.sql.doctor_sealed_before(school=key.school, room=key.room, at=key.retired_at)
    return bool(before)
