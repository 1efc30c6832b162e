"""New devices of every kind: the rows that each of them needs, within the caller's transaction."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from server.domain.devices import device_password
from server.domain.devices.points import default_survey, read_label
from server.domain.problems import Problem
from server.domain.records import DEVICE_KINDS
from server.services.context import Work
from server.services.devices.journals import Journals
from survey_defs.claim import PASSWORD_LENGTH, spell_password
from survey_defs.model import Audience
from survey_defs.wire import is_slug


class PointRow(NamedTuple):
    """What a code on paper has besides being a device; by default it hangs at a desk and asks parents."""

    place: str = "desk"
    audience: Audience = "phu-huynh"
    survey: str = default_survey("desk", "phu-huynh")
    single_use: bool = False
    wifi: str = ""


def insert_device(
    work: Work,
    *,
    id: str,
    school: str,
    kind: str,
    label: str | None,
    point: PointRow | None = None,
) -> str:
    """Write a device and, where it is a code on paper, its point. Returns the device's password.

    Raises `Problem`: `bad-slug`, `unknown-kind`, `unknown-school`, `device-exists`, `device-retired`, and for
    a code `bad-label`, for its label is printed, and `journal-taken`.
    """
    if not is_slug(id):
        raise Problem("bad-slug", slug=id)
    if kind not in DEVICE_KINDS:
        raise Problem("unknown-kind", kind=kind)
    named = read_label(label) if label and kind == "qr" else label or id
    sql = work.sql
    if not sql.school_find(slug=school):
        raise Problem("unknown-school", slug=school)
    if old := sql.device_find(id=id):
        raise Problem("device-exists" if old["retired_at"] is None else "device-retired", id=id)
    password, hashed = new_password()
    sql.device_insert(
        id=id,
        school=school,
        kind=kind,
        label=named,
        password_hash=hashed,
        created_at=work.now,
    )
    if kind == "qr":
        row = (point or PointRow())._asdict()
        sql.point_insert(id=id, **{**row, "single_use": int(row["single_use"])})
        if not Journals().claim(work, id, id):
            raise Problem("journal-taken", id=id)
    return password


def new_password() -> tuple[str, str]:
    """A password for a device, and what is kept of it."""
    password = spell_password(secrets.token_bytes(PASSWORD_LENGTH))
    return password, device_password.hash_password(password, secrets.token_bytes(device_password.SALT_BYTES))
