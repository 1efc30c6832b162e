"""Kiosks and button boxes as a school looks after them: added, named, handed over to another school."""

from __future__ import annotations

from server.domain.collation import vietnamese_order
from server.domain.devices.points import id_of, read_label
from server.domain.problems import Problem
from server.domain.records import Device, School
from server.services import schools
from server.services.context import Context, Work
from server.services.devices import claims, registry
from server.services.devices.claims import Claim
from server.services.devices.create import insert_device
from server.services.network.broker_address import check_address
from survey_defs.wire import is_slug

KINDS = ("kiosk", "button")
"""What is a machine; a code on paper is a point and has its own pages."""
_SHORT = {"kiosk": "kiosk", "button": "nut"}


def own(work: Work, id: str, school: str) -> Device:
    """The machine of that id, retired or not, if it stands in that school. Raises `Problem("no-device")`."""
    row = work.sql.device_find(id=id)
    if row is None or row["school"] != school or row["kind"] not in KINDS:
        raise Problem("no-device", id=id if is_slug(id) else "?")
    return Device(**row)


def add(ctx: Context, school: str, kind: str, label: str, id: str = "", *, actor: str = "") -> Claim:
    """A new machine and the code with which it comes in; without an `id` one is made from the label.

    Raises `Problem`: as `insert_device` does, `unknown-kind` also for a code on paper, `bad-label`,
    `device-label-taken`, `public-broker-wrong`.
    """
    check_address(ctx)
    named = read_label(label)
    if kind not in KINDS:
        raise Problem("unknown-kind", kind=kind[:40])
    with ctx.write() as work:
        _check_label(work, school, named)
        chosen = id or proposed_id(work, kind, named)
        insert_device(work, id=chosen, school=school, kind=kind, label=named)
    return claims.make(ctx, chosen, actor=actor)


def proposed_id(work: Work, kind: str, label: str = "") -> str:
    """An id that no device of the installation has or had: from the label, or the kind with a number."""
    find = work.sql.device_find
    wish = id_of(label)
    if wish == id_of(""):
        wish = _SHORT[kind]
    elif not find(id=wish):
        return wish
    number = 1 if wish == _SHORT[kind] else 2
    while find(id=f"{wish}-{number}"):
        number += 1
    return f"{wish}-{number}"


def rename(ctx: Context, id: str, label: str) -> Device:
    """Another name for a device, for instance because it stands at another desk.

    Raises `Problem`: `unknown-device`, `device-retired`, `bad-label`, `device-label-taken`.
    """
    with ctx.write() as work:
        device, named = registry.device(work, id), read_label(label)
        if device.retired_at is not None:
            raise Problem("device-retired", id=id)
        _check_label(work, device.school, named, of=id)
        work.sql.device_set_label(id=id, label=named)
    with ctx.read() as work:
        return registry.device(work, id)


def neighbours(work: Work, school: str) -> list[School]:
    """The schools to which this one may hand a device over: those under the same office."""
    here = schools.school(work, school)
    if here.parent is None:
        return []
    others = [each for each in schools.schools(work) if each.parent == here.parent and each.slug != school]
    return sorted(others, key=lambda each: vietnamese_order(each.name))


def hand_over(ctx: Context, id: str, school: str, *, actor: str = "") -> Claim:
    """The code with which a device comes in at a neighbour of its school; until then it stays where it is.

    Raises `Problem`: `unknown-device`, `device-retired`, `no-move`.
    """
    with ctx.read() as work:
        here = registry.device(work, id).school
        if school not in [each.slug for each in neighbours(work, here)]:
            raise Problem("no-move")
    return claims.make(ctx, id, school, actor=actor)


def _check_label(work: Work, school: str, label: str, of: str = "") -> None:
    """No two machines in use of one school have the same name; a form that was sent twice makes one."""
    for each in registry.devices(work, school):
        if each.kind in KINDS and each.id != of and each.retired_at is None and each.label == label:
            raise Problem("device-label-taken", label=label)
