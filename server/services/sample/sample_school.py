"""A sample school, filled through the ingest like any other, and marked as a sample on every page."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from heapq import merge
from itertools import groupby

from server.domain.localtime import local_day, start_of
from server.domain.sample import hammering, sample_batches
from server.services import schools
from server.services.answers.ingest import Delivery, Ingest
from server.services.context import Context
from server.services.devices import points, registry

SCHOOL = "mau"
KIOSK = "kiosk-quay-1"
_OTHER_KIOSK = "kiosk-sanh-b"
_DESK, _WAITING, _QUARTERLY = "ban-so-1", "phong-cho", "phu-huynh-quy"
_BY_PHONE = {_DESK: 0.12, _WAITING: 0.05}
"""How many of the counter's visitors answer by telephone instead."""
_BATCHES_TOGETHER = 20
_FRIDAY = 4


def ensure_sample_school(ctx: Context) -> bool:
    """Make *Trường THCS Mẫu* with kiosks and points; whether it was not there yet."""
    with ctx.read() as work:
        if any(school.slug == SCHOOL for school in schools.schools(work)):
            return False
    schools.add_school(
        ctx,
        SCHOOL,
        "Trường THCS Mẫu",
        sample=True,
        superior="UBND phường Mẫu",
        place="Phường Mẫu",
        abbreviation="THCSM",
        signer="Phó Hiệu trưởng Nguyễn Thị Mẫu",
    )
    registry.add_device(ctx, KIOSK, SCHOOL, "kiosk", "Kiosk quầy tiếp nhận")
    registry.add_device(ctx, _OTHER_KIOSK, SCHOOL, "kiosk", "Kiosk Sảnh B")
    points.add(ctx, _DESK, SCHOOL, label="Bàn số 1", wifi="THCS-Mau")
    points.add(ctx, _WAITING, SCHOOL, label="Phòng chờ", place="waiting", wifi="THCS-Mau")
    points.add(ctx, _QUARTERLY, SCHOOL, label="Khảo sát phụ huynh hằng quý", place="audience")
    return True


def fill(ctx: Context, progress: Callable[[float], None], others: Iterable[Delivery] = ()) -> None:
    """Answers of the sample school's kiosks and codes since the first day of last year: every period of this
    year, and the same one of last year, has its answers.

    `others` come among them at their time. `progress` gets the share done, 0 to 1.
    """
    until = ctx.now()
    first = date(local_day(until).year - 1, 1, 1)
    begins, span = start_of(first), until - start_of(first)
    ingest = Ingest(ctx, for_points=True)
    batches = sample_batches((KIOSK, _OTHER_KIOSK), first, until, phones=_BY_PHONE)
    sent = (Delivery(SCHOOL, each.device, each.payload, each.received_at) for each in batches)
    in_order = merge(sent, sorted(others, key=_came), key=_came)
    for _, group in groupby(enumerate(in_order), key=lambda numbered: numbered[0] // _BATCHES_TOGETHER):
        deliveries = [delivery for _, delivery in group]
        ingest.take(deliveries)
        progress((deliveries[-1].received_at - begins) / span)
    progress(1.0)


def child_at_play(ctx: Context) -> Delivery:
    """At 15:02 of the last school day a child hammers at the second kiosk: something for the misuse rules."""
    day = local_day(ctx.now()) - timedelta(days=1)
    while day.weekday() > _FRIDAY:
        day -= timedelta(days=1)
    batch = hammering(_OTHER_KIOSK, start_of(day) + (15 * 60 + 2) * 60_000)
    return Delivery(SCHOOL, batch.device, batch.payload, batch.received_at)


def _came(delivery: Delivery) -> int:
    return delivery.received_at
