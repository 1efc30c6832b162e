"""The register of devices: added, given a new password, retired for good; what is known of each."""

from server.domain.problems import Problem
from server.domain.records import Device
from server.services import schools, withdrawals
from server.services.context import Context
from server.services.devices.create import insert_device, new_password


def add_device(ctx: Context, id: str, school: str, kind: str, label: str | None = None) -> str:
    """A new device; answers its password, which is shown once and kept only as a hash.

    A code on paper (`qr`) is a working point of a desk at once. Raises `Problem` as `insert_device` does.
    """
    with ctx.store.atomic() as connection:
        return insert_device(ctx, connection, id=id, school=school, kind=kind, label=label)


def renew_password(ctx: Context, id: str) -> str:
    """A new password for a device; the old one is refused at its next connection.

    Raises `Problem`: `unknown-device`, `device-retired`.
    """
    password, hashed = new_password()
    with ctx.store.atomic() as connection:
        _device_in_use(ctx, id)
        old = ctx.store.sql.device_secret(connection, id=id)["password_hash"]
        withdrawals.withdraw(ctx, "device-password", f"{id}:{withdrawals.mark(old)}")
        ctx.store.sql.device_set_password(connection, id=id, password_hash=hashed)
        ctx.store.sql.presence_boots_forget(connection, device=id)
    return password


def retire_device(ctx: Context, id: str) -> None:
    """Take a device out of use for good. What it sent stays. Raises as `renew_password` does."""
    with ctx.store.atomic() as connection:
        _device_in_use(ctx, id)
        ctx.store.sql.claim_withdraw(connection, device=id, at=ctx.now())
        ctx.store.sql.device_retire(connection, id=id, retired_at=ctx.now())
        withdrawals.withdraw(ctx, "device", id)


def device(ctx: Context, id: str) -> Device:
    """The device of that id, retired or not. Raises `Problem("unknown-device")`."""
    row = ctx.store.sql.device_find(ctx.store.connection, id=id)
    if row is None:
        raise Problem("unknown-device", id=id)
    return Device(**row)


def devices(ctx: Context, school: str | None = None) -> list[Device]:
    """The devices of a school, or of all, the retired ones too. Raises `Problem("unknown-school")`."""
    sql, connection = ctx.store.sql, ctx.store.connection
    if school is None:
        return [Device(**row) for row in sql.device_all(connection)]
    slug = schools.school(ctx, school).slug
    return [Device(**row) for row in sql.device_of_school(connection, school=slug)]


def devices_ever(ctx: Context, school: str) -> list[Device]:
    """The devices of a school and those that stood there before: all whose answers count there.

    Raises `Problem("unknown-school")`.
    """
    moved = ctx.store.sql.device_moved_away(ctx.store.connection, school=school)
    return [*devices(ctx, school), *(Device(**row) for row in moved)]


def _device_in_use(ctx: Context, id: str) -> None:
    if device(ctx, id).retired_at is not None:
        raise Problem("device-retired", id=id)
