"""Which key each kiosk of a school seals to, by its own word, beside the key that lies in the store.

A kiosk keeps the key that it once came to know (`kiosk.complaint.seal_pin`), so where the two differ somebody
has replaced a key without the old one's word: an administrator after a loss, or a stranger.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from server.domain.cases.casework import OPEN_ROOM, PRINCIPAL_ROOM
from server.domain.devices.health_message import SealReport, read_health, seal_report
from server.domain.keys import key_lock
from server.domain.records import Device
from server.services.context import Work
from server.services.keys.proofs import links_of
from survey_defs.letter import key_id

ROOMS = (OPEN_ROOM, PRINCIPAL_ROOM)
"""The rooms to whose keys kiosks seal."""
Standing = Literal["same", "waiting", "refused", "other"]
"""A kiosk seals to the present key; to an older one that vouches for it, until it is in touch; refuses the
present one; or seals to a key that does not lead to the present one."""


class Pinned(NamedTuple):
    """What a kiosk says of the school's key. `key`, `refused`: ids; `how`: see `kiosk.complaint.seal_pin`."""

    device: str
    label: str
    key: str
    how: str
    refused: str | None
    standing: Standing

    @property
    def fingerprint(self) -> str:
        """The key's id as people compare it."""
        return key_lock.fingerprint(self.key)

    @property
    def differs(self) -> bool:
        """Whether somebody should find out why."""
        return self.standing in ("refused", "other")


def pinned(work: Work, school: str, room: str = OPEN_ROOM) -> tuple[Pinned, ...]:
    """The kiosks in use that told which key of this room they seal to; the room is one of `ROOMS`."""
    row = work.sql.key_current(school=school, room=room)
    present = None if row is None else key_id(bytes(row["public"]))
    before = {key_id(link.by) for link in links_of(work, school, room)}
    found = []
    for device, report in _reports(work, school, room):
        if report is None:
            continue
        standing: Standing = "waiting" if report.key in before else "other"
        if report.key == present:
            standing = "same"
        elif report.refused is not None:
            standing = "refused"
        found.append(Pinned(device.id, device.label, report.key, report.how, report.refused, standing))
    return tuple(found)


def unheard(work: Work, school: str, room: str = OPEN_ROOM) -> tuple[str, ...]:
    """The labels of the kiosks in use that have told no key of this room: nobody knows what they seal to."""
    return tuple(device.label for device, report in _reports(work, school, room) if report is None)


def _reports(work: Work, school: str, room: str) -> list[tuple[Device, SealReport | None]]:
    """The kiosks in use, each with what it says of that room's key."""
    sql = work.sql
    presence = sql.overview_presence(school=school)
    devices = (Device(**row) for row in sql.device_of_school(school=school))
    told = {each["device"]: each["health"] for each in presence}
    return [
        (device, seal_report(read_health(told.get(device.id)), room))
        for device in devices
        if device.kind == "kiosk" and device.retired_at is None
    ]


def is_changed(work: Work, school: str, room: str) -> bool:
    """Whether the room's present key in the store is another than its id says."""
    row = work.sql.key_current(school=school, room=room)
    return row is not None and key_id(bytes(row["public"])) != row["id"]
