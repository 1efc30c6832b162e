"""The devices of a school: who speaks, who is silent, what is missing of what they sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from server.domain.periods import Period
from server.domain.records import Device
from server.services import admin
from server.services.context import Context
from server.services.rates import rates

Status = Literal["lost", "alert", "starting", "ready", "sleeping", "off", "never", "paper"]
STATUSES: tuple[Status, ...] = ("lost", "alert", "never", "starting", "ready", "sleeping", "off", "paper")
"""In the order in which they need someone. `lost`: by its last will or by the clock; `paper`: a QR code."""

_BY_STATE: dict[str, Status] = {
    "init": "starting",
    "ready": "ready",
    "sleeping": "sleeping",
    "disconnected": "off",
    "lost": "lost",
    "alert": "alert",
}


@dataclass(frozen=True)
class Missing:
    """Numbers of one journal that never arrived, from `first` to `last`."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """How many numbers."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class DeviceView:
    """One device as its row shows it. Times in milliseconds since 1970; what is unknown is None."""

    id: str
    label: str
    kind: str
    status: Status
    heard_at: int | None
    waiting: int | None
    journals: int
    missing: tuple[Missing, ...]
    answers: int
    version: str | None
    health: dict[str, Any]
    retired: bool

    @property
    def missing_count(self) -> int:
        """How many of its numbers have not arrived."""
        return sum(gap.count for gap in self.missing)


def fleet(ctx: Context, school: str, period: Period, now: int) -> list[DeviceView]:
    """The school's devices, those that need someone first; the answers counted are those of `period`.

    A retired device is listed while something it sent is missing or counted, and never as silent.
    """
    heard = {
        row["device"]: row for row in ctx.store.sql.overview_presence(ctx.store.connection, school=school)
    }
    answers = {group.key: group.n for group in rates(ctx, school, period.start, period.end, "device")}
    gaps, journals = holes(ctx, school)
    views = [
        _view(
            device,
            heard.get(device.id),
            _status(ctx, device, heard.get(device.id), now),
            answers=answers.get(device.id, 0),
            missing=gaps.get(device.id, ()),
            journals=journals.get(device.id, 0),
        )
        for device in admin.devices(ctx, school)
    ]
    shown = [view for view in views if not view.retired or view.answers or view.missing]
    return sorted(shown, key=lambda view: (view.retired, STATUSES.index(view.status), view.label))


def holes(ctx: Context, school: str) -> tuple[dict[str, list[Missing]], dict[str, int]]:
    """What has not arrived, and how many journals there are, both by the device that brought them last."""
    rows = ctx.store.sql.overview_arrived(ctx.store.connection, school=school)
    missing: dict[str, list[Missing]] = {}
    journals: dict[str, int] = {}
    before, expected = None, 1
    for row in rows:
        if row["journal"] != before:
            before, expected = row["journal"], 1
            journals[row["device"]] = journals.get(row["device"], 0) + 1
        if row["lo"] > expected:
            missing.setdefault(row["device"], []).append(Missing(expected, row["lo"] - 1))
        expected = row["hi"] + 1
    return missing, journals


def status_of(state: str | None, heard_at: int | None, kind: str, now: int, silent_after_s: int) -> Status:
    """What a device's last word means now. One that claims to be awake and says nothing counts as lost."""
    if kind == "qr":
        return "paper"
    if state is None or heard_at is None:
        return "never"
    status = _BY_STATE.get(state, "lost")
    awake = status in ("starting", "ready", "alert")
    return "lost" if awake and now - heard_at > silent_after_s * 1000 else status


def states_now(ctx: Context, now: int) -> dict[str, int]:
    """How many devices of the installation are in which status."""
    sql, connection = ctx.store.sql, ctx.store.connection
    heard = {row["device"]: row for row in sql.overview_presence_all(connection)}
    counts: dict[str, int] = dict.fromkeys(STATUSES, 0)
    for device in admin.devices(ctx):
        if device.retired_at is None:
            counts[_status(ctx, device, heard.get(device.id), now)] += 1
    return counts


def missing_now(ctx: Context) -> int:
    """How many sequence numbers have not arrived, over all journals of the installation."""
    total, before, expected = 0, None, 1
    for row in ctx.store.sql.overview_arrived_all(ctx.store.connection):
        if row["journal"] != before:
            before, expected = row["journal"], 1
        total += row["lo"] - expected
        expected = row["hi"] + 1
    return total


def _status(ctx: Context, device: Device, row: Any, now: int) -> Status:
    state, heard_at = (row["state"], row["heard_at"]) if row else (None, None)
    return status_of(state, heard_at, device.kind, now, ctx.settings.silent_after_s)


def _view(
    device: Device, row: Any, status: Status, *, answers: int, missing: Iterable[Missing], journals: int
) -> DeviceView:

    heard_at, health = (row["heard_at"], _health(row["health"])) if row else (None, {})
    retired = device.retired_at is not None
    return DeviceView(
        id=device.id,
        label=device.label,
        kind=device.kind,
        status="off" if retired else status,
        heard_at=heard_at,
        waiting=_count(health, ("outbox", "waiting", "pending")),
        journals=journals,
        missing=tuple(missing),
        answers=answers,
        version=_text(health, ("version", "software")),
        health=health,
        retired=retired,
    )


def _health(text: str | None) -> dict[str, Any]:
    """The last health message; whatever a device wrote that is no object counts as nothing."""
    try:
        value = msgspec.json.decode(text) if text else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return value if isinstance(value, dict) else {}


def _count(health: dict[str, Any], keys: Iterable[str]) -> int | None:
    found = (health[key] for key in keys if type(health.get(key)) is int and health[key] >= 0)
    return next(found, None)


def _text(health: dict[str, Any], keys: Iterable[str]) -> str | None:
    found = (health[key][:40] for key in keys if isinstance(health.get(key), str) and health[key])
    return next(found, None)
