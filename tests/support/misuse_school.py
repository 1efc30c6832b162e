"""A school whose streams of answers are known: who is honest, who hammers, who comes by night."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from server.domain.cases.casework import Actor
from server.services.context import Context
from server.services.devices import points, registry
from server.services.misuse.review import review
from server.services.schools import set_hours
from tests.support.seed import HOUR, LOGIN, SCHOOL, Clock, Feeder, add_school, day_ms, make_context

DAY, TODAY = date(2026, 5, 27), date(2026, 5, 28)
MORNING, NIGHT = day_ms(2026, 5, 27, 9), day_ms(2026, 5, 27, 22)
DEPUTY, PRINCIPAL = Actor(LOGIN, "deputy", SCHOOL), Actor("hieu-truong", "principal", SCHOOL)
_templates: dict[str, bytes] = {}


def fresh(data: Path, clock: Clock | None = None) -> Context:
    """A school with a kiosk, a button and three points; made once, then copied."""
    return _copy("fresh", data, clock, _add_devices)


def reviewed(data: Path) -> Context:
    """The same after `a_day_of_everything`, on which the rules have been run."""

    def furnish(ctx: Context) -> None:
        _add_devices(ctx)
        a_day_of_everything(ctx)
        review(ctx)

    return _copy("reviewed", data, None, furnish)


def _copy(name: str, data: Path, clock: Clock | None, furnish: Callable[[Context], None]) -> Context:
    data.mkdir(parents=True, exist_ok=True)
    if name in _templates:
        (data / "hailong.db").write_bytes(_templates[name])
        return make_context(data, clock)
    ctx = make_context(data, clock)
    furnish(ctx)
    ctx.store.close()
    _templates[name] = (data / "hailong.db").read_bytes()
    return make_context(data, clock)


def _add_devices(ctx: Context) -> None:
    add_school(ctx)
    set_hours(ctx, SCHOOL, "05:30-19:30", TODAY)
    registry.add_device(ctx, "kiosk", SCHOOL, "kiosk", "Kiosk sảnh B")
    registry.add_device(ctx, "nut", SCHOOL, "button", "Nút bấm văn thư")
    points.add(ctx, "quay", SCHOOL, label="Mã ở quầy số 1", place="desk")
    points.add(ctx, "lop-6a", SCHOOL, label="Lớp 6A", place="classroom")
    points.add(ctx, "phieu", SCHOOL, label="Phiếu cắt ở quầy số 2", place="desk", single_use=True)


def stream(
    ctx: Context, device: str, at: int, gaps_ms: list[int], levels: list[int], **fields: object
) -> Feeder:
    """One answer for each level, with these gaps between them (the last gap is used on and on)."""
    feeder = Feeder(ctx, device)
    events = []
    for i, level in enumerate(levels):
        events.append(feeder.event(at, {"rating": level}, **fields))
        at += gaps_ms[min(i, len(gaps_ms) - 1)]
    feeder.send(events)
    return feeder


def a_day_of_everything(ctx: Context) -> None:
    """Honest visitors, and one of each that is not."""
    stream(ctx, "kiosk", MORNING, [90_000], [5] * 18 + [1, 4])
    stream(ctx, "kiosk", MORNING + HOUR, [3_600], [1] * 12, took_ms=400, procedure=None)
    stream(ctx, "kiosk", MORNING + 2 * HOUR, [5_000, 9_000, 12_000, 6_000], [4] * 30, took_ms=1_800)
    stream(ctx, "kiosk", NIGHT, [1_500], [1] * 6, took_ms=500, procedure=None)
    stream(ctx, "kiosk", MORNING + 3 * HOUR, [60_000], [1] * 2, took_ms=120, procedure="hoc-ba")
    stream(ctx, "nut", MORNING, [700], [1] * 10, channel="button", took_ms=None, procedure=None)
    stream(ctx, "lop-6a", NIGHT, [0], [3] * 30, channel="qr", took_ms=11_000, procedure=None)
    stream(ctx, "quay", MORNING, [120_000], [2], channel="qr", took_ms=15_000)
    stream(ctx, "quay", MORNING + HOUR, [120_000], [1] * 2, channel="qr", took_ms=700)
    stream(ctx, "phieu", MORNING, [1_000], [5] * 40, channel="qr", took_ms=9_000)
