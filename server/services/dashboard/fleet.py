"""The devices of a school: who speaks, who is silent, what is missing of what they sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from server.domain.answers.sequences import Range, count, holes
from server.domain.collation import vietnamese_order
from server.domain.devices import health_message, presence
from server.domain.devices.health_message import ConfigState, Refusal, Trouble, read_health
from server.domain.devices.shared_identity import is_shared
from server.domain.figures.periods import Period
from server.domain.records import Device
from server.services.answers.sequence_gaps import arrived
from server.services.context import Work
from server.services.devices import registry
from server.services.figures.rates import rates

Status = Literal["lost", "alert", "starting", "ready", "sleeping", "off", "never", "paper"]
STATUSES: tuple[Status, ...] = ("lost", "alert", "never", "starting", "ready", "sleeping", "off", "paper")
"""In the order in which they need someone. `lost`: by its last will or by the clock; `paper`: a QR code."""
NEED_SOMEONE: tuple[Status, ...] = ("lost", "alert", "never")
IN_TOUCH: tuple[Status, ...] = ("ready", "sleeping")

_BY_STATE: dict[str, Status] = {
    "init": "starting",
    "ready": "ready",
    "sleeping": "sleeping",
    "disconnected": "off",
    "lost": "lost",
    "alert": "alert",
}


@dataclass(frozen=True)
class DeviceView:
    """One device as its row shows it. Times in milliseconds since 1970; what is unknown is None."""

    id: str
    label: str
    kind: str
    status: Status
    heard_at: int | None
    changed_at: int | None
    waiting: int | None
    journals: int
    missing: tuple[Range, ...]
    answers: int
    version: str | None
    health: dict[str, Any]
    retired: bool
    moved: bool = False
    """Out of use here because it stands in another school now."""
    shared: bool = False
    """Whether two machines have lately spoken as this device."""

    @property
    def rank(self) -> int:
        """How soon it needs someone, compared with the others."""
        return STATUSES.index(self.status)

    @property
    def needs_someone(self) -> bool:
        """Whether somebody should go and look."""
        return self.status in NEED_SOMEONE and not self.retired

    @property
    def in_touch(self) -> bool:
        """Whether it was heard of within its rule of presence and says that all is well."""
        return self.status in IN_TOUCH and not self.retired

    @property
    def signs(self) -> list[tuple[str, float]]:
        """What its last health message says of it in numbers, in the order in which it is told."""
        return health_message.signs(self.health)

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """For what of it somebody should go there; nothing where it is out of use."""
        if self.retired:
            return ()
        shared: tuple[Trouble, ...] = ("shared",) if self.shared else ()
        return shared + health_message.troubles(self.health)

    @property
    def stuck(self) -> tuple[int, ...]:
        """The buttons that do not come up again, from 1."""
        return health_message.stuck(self.health)

    @property
    def refusal(self) -> Refusal | None:
        """The configuration that it refused last."""
        return health_message.refusal(self.health)

    @property
    def revision(self) -> str | None:
        """What it runs, '' for what it came with; None where it does not say."""
        return health_message.revision(self.health)

    def config_state(self, wanted: str | None) -> ConfigState:
        """How it stands with the configuration of that revision."""
        return health_message.config_state(self.health, wanted)

    @property
    def missing_count(self) -> int:
        """How many of its numbers have not arrived."""
        return count(self.missing)


def fleet(work: Work, school: str, period: Period, now: int, *, everything: bool = False) -> list[DeviceView]:
    """The school's devices, those that need someone first; the answers counted are those of `period`.

    A device that is retired or has moved to another school is listed while something it sent here is missing
    or counted (with `everything` always), and never as silent.
    """
    heard = {row["device"]: row for row in work.sql.overview_presence(school=school)}
    answers = {group.key: group.n for group in rates(work, school, period.start, period.end, "device")}
    gaps, journals = missing_of_devices(work, school)
    views = [
        _view(
            device,
            heard.get(device.id),
            _status(device, heard.get(device.id), now),
            answers=answers.get(device.id, 0),
            missing=gaps.get(device.id, ()),
            journals=journals.get(device.id, 0),
            moved=device.school != school,
            now=now,
        )
        for device in registry.devices_ever(work, school)
    ]
    shown = [view for view in views if everything or not view.retired or view.answers or view.missing]
    return sorted(
        shown, key=lambda view: (view.retired, STATUSES.index(view.status), vietnamese_order(view.label))
    )


def missing_of_devices(work: Work, school: str) -> tuple[dict[str, list[Range]], dict[str, int]]:
    """What has not arrived, and how many journals there are, both by the device that brought them last."""
    missing: dict[str, list[Range]] = {}
    journals: dict[str, int] = {}
    for one in arrived(work, school):
        journals[one.device] = journals.get(one.device, 0) + 1
        missing.setdefault(one.device, []).extend(one.holes)
    return missing, journals


def is_silent(kind: str, row: Any, now: int) -> bool:
    """Whether a device of that kind has said nothing for too long; `row` is what is known of its presence."""
    health = read_health(row["health"])
    # Where only a retained message is known, the silence counts from when it was read.
    since = row["changed_at"] if row["heard_at"] is None else row["heard_at"]
    on_battery = health_message.is_on_battery(health)
    return presence.is_silent(kind, row["state"], on_battery=on_battery, since=since, now=now)


def attention(work: Work, school: str, now: int) -> int:
    """How many of the school's devices need someone."""
    heard = {row["device"]: row for row in work.sql.overview_presence(school=school)}
    return sum(
        _status(device, heard.get(device.id), now) in NEED_SOMEONE
        for device in registry.devices(work, school)
        if device.retired_at is None
    )


def states_now(work: Work, now: int) -> dict[str, int]:
    """How many devices of the installation are in which status."""
    sql = work.sql
    heard = {row["device"]: row for row in sql.overview_presence_all()}
    counts: dict[str, int] = dict.fromkeys(STATUSES, 0)
    for device in registry.devices(work):
        if device.retired_at is None:
            counts[_status(device, heard.get(device.id), now)] += 1
    return counts


def missing_now(work: Work) -> int:
    """How many sequence numbers have not arrived, over all journals of the installation."""
    rows = work.sql.overview_arrived_all()
    return sum(
        count(holes([Range(row["lo"], row["hi"]) for row in ranges]))
        for _, ranges in groupby(rows, key=lambda row: row["journal"])
    )


def _status(device: Device, row: Any, now: int) -> Status:
    if device.kind == "qr":
        return "paper"
    if row is None:
        return "never"
    if is_silent(device.kind, row, now):
        return "lost"
    status = _BY_STATE.get(row["state"], "lost")
    if _is_shared(row, now) and row["state"] != "disconnected":
        return "alert"  # the last will of the one says nothing of the other
    well = status in ("starting", "ready", "sleeping")
    return "alert" if well and health_message.troubles(read_health(row["health"])) else status


def _is_shared(row: Any, now: int) -> bool:
    return is_shared(row["returns"], row["returned_at"], now)


def _view(
    device: Device,
    row: Any,
    status: Status,
    *,
    answers: int,
    missing: Iterable[Range],
    journals: int,
    moved: bool,
    now: int,
) -> DeviceView:
    heard_at, changed_at = (row["heard_at"], row["changed_at"]) if row else (None, None)
    health = read_health(row["health"]) if row else {}
    retired = moved or device.retired_at is not None
    return DeviceView(
        id=device.id,
        label=device.label,
        kind=device.kind,
        status="off" if retired else status,
        heard_at=heard_at,
        changed_at=changed_at,
        waiting=health_message.count_of(health, ("outbox", "waiting", "pending")),
        journals=journals,
        missing=tuple(missing),
        answers=answers,
        version=health_message.text_of(health, ("version", "software")),
        health=health,
        retired=retired,
        moved=moved,
        shared=row is not None and _is_shared(row, now),
    )
