"""Schools with answers in them, fed through the real ingest, at a moment that stands still."""

import itertools
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from server.domain.localtime import start_of
from server.services import schools
from server.services.access import people
from server.services.answers.ingest import Delivery, Ingest
from server.services.context import Context
from server.services.devices import claims, presence, registry
from server.services.sample import sample_school as made_up
from server.settings import Settings
from server.storage.database import DATABASE
from server.wiring.contexts import build
from survey_defs import wire
from tests.support.claiming import let_in
from tests.support.device import event
from tests.support.reading import reading

NOW = int(datetime(2026, 5, 28, 3, 5, tzinfo=UTC).timestamp() * 1000)
"""10:05 at the school, Thursday 28 May 2026."""
HOUR = 3_600_000
LOGIN, PASSWORD = "pho-hieu-truong", "mat-khau-de-thu"
SCHOOL = made_up.SCHOOL


@dataclass
class Clock:
    """A clock that is set by hand."""

    ms: int = NOW

    def __call__(self) -> int:
        return self.ms


def make_context(data: Path, now: Clock | None = None, **settings: object) -> Context:
    """A fresh data directory's server."""
    clock = now or Clock()
    copy_empty_store(data, clock)
    return build(Settings(data=str(data), **settings), now=clock)  # type: ignore[arg-type]


_made: dict[tuple[str, int], bytes] = {}
"""By what is in it and the moment it was made at, a store: made once, then copied, as a suite needs a
thousand."""


def copy_empty_store(data: Path, now: Callable[[], int]) -> None:
    """Lay a fresh store into a data directory that has none; no migration runs."""
    _copy("empty", data, now, lambda: build(Settings(data=str(data)), now=now))


def _copy(what: str, data: Path, now: Callable[[], int], make: Callable[[], Context]) -> None:
    """Where the data directory has no store: the one that `make` makes there, or a copy of an earlier one."""
    store = data / DATABASE
    if store.exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    key = (what, now())
    if key not in _made:
        make().store.close()  # everything is in the one file now
        _made[key] = store.read_bytes()
    else:
        store.write_bytes(_made[key])
        store.chmod(0o600)


def add_school(ctx: Context, slug: str = SCHOOL, name: str = "Trường THCS Mẫu", **more: object) -> None:
    """A school with a login of its own (`LOGIN` for the usual one) and nothing else."""
    schools.add_school(ctx, slug, name, **more)  # type: ignore[arg-type]
    people.add_user(ctx, LOGIN if slug == SCHOOL else f"{LOGIN}-{slug}", "deputy", slug, PASSWORD)


def move(ctx: Context, device: str, school: str) -> None:
    """Let a device in at another school, as a device does with its claim code."""
    code = claims.make(ctx, device, school).code
    let_in(ctx, code, kind=registry.device(reading(ctx), device).kind)


@dataclass
class Feeder:
    """One device that sends answers through the ingest, numbered without holes unless told to skip."""

    ctx: Context
    device: str
    school: str = SCHOOL
    journal: str = field(default_factory=lambda: str(uuid.uuid4()))
    seq: int = 0

    def event(self, at: int, answers: dict[str, object], **fields: object) -> dict[str, object]:
        """The next answer, not sent yet; `at` is the server's time of the touch."""
        self.seq += 1
        given = {"procedure": None, "up_ms": at, "answers": answers} | fields
        return event(self.seq, journal=self.journal, boot="boot", **given)

    def send(self, events: Iterable[dict[str, object]], at: int | None = None) -> None:
        """Send events in batches; the boot began at 1970, so that running time is the server's time."""
        when = self.ctx.now() if at is None else at
        rest = iter(events)
        while chunk := list(itertools.islice(rest, 50)):
            payload = wire.encode_batch("boot", when, None, False, chunk)
            self.raw(payload, when)

    def raw(self, payload: bytes, at: int | None = None) -> None:
        """Send any bytes."""
        Ingest(self.ctx, for_points=True).take(
            [Delivery(self.school, self.device, payload, at or self.ctx.now())]
        )

    def rate(self, *levels: int, at: int | None = None, **fields: object) -> None:
        """Send one answer for each level."""
        when = self.ctx.now() if at is None else at
        self.send([self.event(when, {"rating": level}, **fields) for level in levels])

    def says(self, state: str, at: int, **health: object) -> None:
        """Presence, and health where there is any."""
        presence.take_state(self.ctx, self.school, self.device, wire.encode_state(state, self.journal), at)
        if health:
            import msgspec

            presence.take_health(
                self.ctx, self.school, self.device, msgspec.json.encode({"v": 1, **health}), at
            )


def sample_school(data: Path, now: Clock | None = None) -> Context:
    """The sample school of the demo, with a login."""
    clock = now or Clock()
    _copy("sample", data, clock, lambda: _make_sample(data, clock))
    return make_context(data, clock)


def _make_sample(data: Path, now: Clock) -> Context:
    ctx = make_context(data, now)
    made_up.ensure_sample_school(ctx)
    made_up.fill(ctx, lambda _: None)
    people.add_user(ctx, LOGIN, "deputy", SCHOOL, PASSWORD)
    return ctx


def add_trouble(ctx: Context) -> None:
    """A day on which much needs someone: silence, holes, a weak battery, refused messages, small groups."""
    now = ctx.now()
    lost = Feeder(ctx, "kiosk-sanh-b")
    lost.rate(5, 4, at=now - 5 * HOUR)
    lost.seq += 2
    lost.rate(4, at=now - 3 * HOUR)
    registry.add_device(ctx, "nut-thu-vien", SCHOOL, "button", "Nút bấm thư viện")
    registry.add_device(ctx, "nut-van-thu", SCHOOL, "button", "Nút bấm văn thư")
    registry.add_device(ctx, "qr-ban-1", SCHOOL, "qr", "Mã QR bàn số 1")
    registry.add_device(ctx, "kiosk-moi", SCHOOL, "kiosk", "Kiosk phòng hội đồng")
    button = Feeder(ctx, "nut-thu-vien")
    button.rate(4, 5, 5, 1, channel="button")
    asleep = Feeder(ctx, "nut-van-thu")
    asleep.rate(4, 5, channel="button", procedure="thu-tuc-la")
    kiosk = Feeder(ctx, "kiosk-quay-1")
    kiosk.rate(2, 3, 4, procedure="thu-tuc-la")
    kiosk.says("ready", now - 20_000, outbox=0, version="1.4.2", temperature_c=51, disk_free_mb=24512)
    button.says("alert", now - 120_000, outbox=0, version="1.4.2", battery=18)
    asleep.says("sleeping", now - 35 * 60_000, outbox=0, version="1.4.1", battery=78)
    lost.says("ready", now - 133 * 60_000, outbox=3, version="1.4.2", temperature_c=58)
    with ctx.write() as work:
        heard = now - 133 * 60_000
        work.connection.execute("UPDATE presence SET heard_at = ? WHERE device = ?", (heard, "kiosk-sanh-b"))
        heard = now - 35 * 60_000
        work.connection.execute("UPDATE presence SET heard_at = ? WHERE device = ?", (heard, "nut-van-thu"))
    presence.take_state(
        ctx, SCHOOL, "kiosk-sanh-b", wire.encode_state("lost", lost.journal), now - 130 * 60_000
    )
    kiosk.raw(b'{"v":1,"boot":"x","up_ms":"<script>alert(1)</script>"}')
    kiosk.raw(b"\x00\xff\xfe rubbish \x1b[31m" * 40)
    kiosk.send([kiosk.event(now, {"rating": 9}), kiosk.event(now, {"rating": 4}, survey="khong-co")])


def day_ms(year: int, month: int, day: int, hour: int = 9) -> int:
    """That hour of that day at the school."""
    from datetime import date

    return start_of(date(year, month, day)) + hour * HOUR
