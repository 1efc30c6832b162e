"""Devices for trying things out, in a school marked as a sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from server.domain.problems import Problem
from server.services import schools
from server.services.context import Context
from server.services.devices import registry
from server.services.devices.create import insert_device, new_password

SCHOOL = "mo-phong"
_NAME = "Trường THCS Mô phỏng"
_KINDS = {"kiosk": ("sim-kiosk", "Kiosk mô phỏng"), "button": ("sim-box", "Hộp nút mô phỏng")}


class Credentials(NamedTuple):
    """A device with its new password, which is shown this once."""

    device: str
    kind: str
    password: str


def ensure(
    ctx: Context, school: str, kiosks: int, boxes: int, *, even_real: bool = False
) -> list[Credentials]:
    """Have sample devices at that school, each with a new password; the school is made where missing.

    Raises `Problem`: `school-not-sample` unless `even_real`; `device-exists` where another school has one of
    the names, `device-retired`.
    """
    with ctx.read() as work:
        there = next((one for one in schools.schools(work) if one.slug == school), None)
    if there is None:
        schools.add_school(ctx, school, _NAME, sample=True)
    elif not even_real and not there.sample:
        raise Problem("school-not-sample", slug=school)
    with ctx.write() as work:
        known = {one.id for one in registry.devices(work, school) if one.retired_at is None}
        made = []
        for kind, number in (*_numbers("kiosk", kiosks), *_numbers("button", boxes)):
            stem, label = _KINDS[kind]
            id = f"{stem}-{number:03}"
            if id in known:
                password, hashed = new_password()
                work.sql.device_set_password(id=id, password_hash=hashed)
            else:
                words = f"{label} {number:03}"
                password = insert_device(work, id=id, school=school, kind=kind, label=words)
            made.append(Credentials(id, kind, password))
    return made


def _numbers(kind: str, count: int) -> Iterator[tuple[str, int]]:
    return ((kind, number) for number in range(1, count + 1))
