"""The register of devices: added, given a new password, retired for good; what is known of each."""

from server.domain.problems import Problem
from server.domain.records import Device
from server.services import schools, withdrawals
from server.services.context import Context, Work
from server.services.devices.create import insert_device, new_password


def add_device(ctx: Context, id: str, school: str, kind: str, label: str | None = None) -> str:
    """Register a device. Returns its password, which is shown once and kept only as a hash.

    A code on paper (`qr`) is a working point of a desk at once. Raises `Problem` as `insert_device` does.
    """
    with ctx.write() as work:
        return insert_device(work, id=id, school=school, kind=kind, label=label)


def renew_password(ctx: Context, id: str) -> str:
    """A new password for a device; the old one is refused at its next connection.

    Raises `Problem`: `unknown-device`, `device-retired`.
    """
    password, hashed = new_password()
    with ctx.write() as work:
        _device_in_use(work, id)
        old = work.sql.device_secret(id=id)["password_hash"]
        withdrawals.withdraw(ctx, "device-password", f"{id}:{withdrawals.mark(old)}")
        work.sql.device_set_password(id=id, password_hash=hashed)
        work.sql.presence_boots_forget(device=id)
    return password


def retire_device(ctx: Context, id: str) -> None:
    """Take a device out of use for good. What it sent stays. Raises as `renew_password` does."""
    with ctx.write() as work:
        _device_in_use(work, id)
        work.sql.claim_withdraw(device=id, at=work.now)
        work.sql.device_retire(id=id, retired_at=work.now)
        withdrawals.withdraw(ctx, "device", id)


def device(work: Work, id: str) -> Device:
    """The device of that id, retired or not. Raises `Problem("unknown-device")`."""
    row = work.sql.device_find(id=id)
    if row is None:
        raise Problem("unknown-device", id=id)
    return Device(**row)


def devices(work: Work, school: str | None = None) -> list[Device]:
    """The devices of a school, or of all, the retired ones too. Raises `Problem("unknown-school")`."""
    sql = work.sql
    if school is None:
        return [Device(**row) for row in sql.device_all()]
    slug = schools.school(work, school).slug
    return [Device(**row) for row in sql.device_of_school(school=slug)]


def devices_ever(work: Work, school: str) -> list[Device]:
    """The devices of a school and those that stood there before: all whose answers count there.

    Raises `Problem("unknown-school")`.
    """
    moved = work.sql.device_moved_away(school=school)
    return [*devices(work, school), *(Device(**row) for row in moved)]


def _device_in_use(work: Work, id: str) -> None:
    if device(work, id).retired_at is not None:
        raise Problem("device-retired", id=id)
