"""A school with answers straight in the roll-ups, for tests of what is made of them."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from server.services import schools
from server.services.context import Context
from server.services.devices import registry
from server.settings import Settings
from server.wiring.contexts import build

NOW = 1_780_000_000_000  # 28 May 2026, 20:26 at the school
SCHOOL = "mau"


def report_school(data: Path, small_cell: int = 5, **school: object) -> Context:
    """A fresh data directory with one school and its devices."""
    numbers = iter(range(1, 1_000_000))
    context = build(
        Settings(data=str(data), small_cell=small_cell),
        now=lambda: NOW,
        new_id=lambda: f"00000000-0000-4000-8000-{next(numbers):012d}",
    )
    values: dict[str, object] = {
        "superior": "UBND phường Mẫu",
        "place": "Phường Mẫu",
        "abbreviation": "THCSM",
        "signer": "Phó Hiệu trưởng Nguyễn Thị Mẫu",
    }
    schools.add_school(context, SCHOOL, "Trường THCS Mẫu", **(values | school))  # type: ignore[arg-type]
    for device, kind, label in (
        ("kiosk-1", "kiosk", "Kiosk quầy tiếp nhận"),
        ("kiosk-2", "kiosk", "Kiosk sảnh B"),
        ("nut-1", "button", "Nút bấm phòng văn thư"),
        ("qr-1", "qr", "Mã QR cổng chính"),
    ):
        registry.add_device(context, device, SCHOOL, kind, label)
    return context


def add_rates(
    context: Context,
    day: date,
    procedure: str,
    levels: Iterable[int],
    channel: str = "kiosk",
    misuse: int = 0,
) -> None:
    """Answers of one day about one procedure, in every dimension of the roll-up."""
    counts = dict(zip(("n1", "n2", "n3", "n4", "n5"), levels, strict=True))
    with context.write() as work:
        for dimension, key in (
            ("all", ""), ("procedure", procedure), ("channel", channel), ("device", f"{channel}-1"),
        ):  # fmt: skip
            work.connection.execute(
                "INSERT INTO rate_cells VALUES "
                "(:school, :dimension, :day, :key, :misuse, :n1, :n2, :n3, :n4, :n5) "
                "ON CONFLICT DO UPDATE SET n1 = n1 + excluded.n1, n2 = n2 + excluded.n2, "
                "n3 = n3 + excluded.n3, n4 = n4 + excluded.n4, n5 = n5 + excluded.n5",
                {
                    "school": SCHOOL, "dimension": dimension, "day": day.isoformat(), "key": key,
                    "misuse": misuse, **counts,
                },
            )  # fmt: skip


def add_choices(context: Context, day: date, question: str, procedure: str, counts: dict[str, int]) -> None:
    """Choices of one day; the key '' says how many answered the question."""
    with context.write() as work:
        for choice, n in counts.items():
            work.connection.execute(
                "INSERT INTO choice_cells VALUES (?, 'tthc', ?, ?, ?, ?, 0, ?)",
                (SCHOOL, question, day.isoformat(), procedure, choice, n),
            )


def add_clocks(context: Context, day: date, **counts: int) -> None:
    """How sure the times of a day's events are."""
    with context.write() as work:
        for quality, n in counts.items():
            work.connection.execute(
                "INSERT INTO quality_cells VALUES (?, ?, ?, 1, ?)", (SCHOOL, day.isoformat(), quality, n)
            )


def add_arrived(context: Context, device: str, journal: str, *ranges: tuple[int, int]) -> None:
    """What has arrived of one journal."""
    with context.write() as work:
        for lo, hi in ranges:
            work.connection.execute(
                "INSERT INTO arrived VALUES (?, ?, ?, ?, ?)", (journal, lo, hi, SCHOOL, device)
            )


def add_refused(context: Context, code: str, first_at: int, digest: str) -> None:
    """One message that was refused."""
    with context.write() as work:
        work.connection.execute(
            "INSERT INTO dead_letters (school, device, code, payload, digest, times, first_at, last_at) "
            "VALUES (?, 'kiosk-1', ?, x'00', ?, 1, ?, ?)",
            (SCHOOL, code, digest, first_at, first_at),
        )


def a_half_year(context: Context) -> None:
    """The figures of the design's sample: 1.068 answers, 987 of them satisfied, and 980 the year before."""
    rows = {
        "hoc-ba": ((2, 4, 6, 106, 200), 318), "chuyen-truong": ((8, 14, 16, 108, 100), 246),
        "tuyen-sinh-6": ((1, 3, 5, 78, 100), 187), "ban-sao": ((1, 2, 5, 66, 90), 164),
        "van-bang": ((1, 2, 2, 27, 30), 62), "ho-tro-chi-phi": ((1, 2, 3, 22, 30), 58),
        "hoc-lai": ((0, 1, 1, 7, 3), 12), "nuoc-ngoai-ve": ((0, 0, 0, 2, 2), 4),
        "thu-tuc-la": ((0, 0, 0, 1, 2), 3), "": ((0, 0, 1, 6, 7), 14),
    }  # fmt: skip
    days = (date(2026, 1, 12), date(2026, 2, 9), date(2026, 3, 10), date(2026, 4, 14), date(2026, 5, 20))
    channels = ("kiosk", "kiosk", "button", "kiosk", "qr")
    for procedure, (levels, n) in rows.items():
        assert sum(levels) == n
        left = list(levels)
        for index, day in enumerate(days):
            share = [count // (len(days) - index) for count in left]
            left = [count - part for count, part in zip(left, share, strict=True)]
            add_rates(context, day, procedure, share, channels[index])
    before = (10, 20, 67, 383, 500)
    for month in range(1, 6):
        add_rates(
            context,
            date(2025, month, 2),
            "hoc-ba",
            tuple(count // 5 + (month == 5) * (count % 5) for count in before),
        )
    add_rates(context, date(2026, 5, 20), "hoc-ba", (0, 0, 0, 0, 31), misuse=1)
    add_choices(
        context, date(2026, 3, 10), "timeliness", "hoc-ba",
        {"": 500, "truoc-hen": 120, "dung-hen": 300, "tre-hen": 20, "chua-den-hen": 60},
    )  # fmt: skip
    add_choices(
        context, date(2026, 4, 14), "timeliness", "chuyen-truong",
        {"": 200, "truoc-hen": 30, "dung-hen": 120, "tre-hen": 30, "chua-den-hen": 20},
    )  # fmt: skip
    add_choices(
        context, date(2026, 4, 14), "reasons", "chuyen-truong",
        {"": 27, "thoi-gian": 15, "thai-do": 6, "huong-dan": 9, "di-lai": 11, "giay-to": 5, "phien-ha": 2},
    )  # fmt: skip
    add_clocks(context, date(2026, 3, 10), synced=700, anchored=352, bounded=12, unknown=4)
    add_arrived(context, "kiosk-1", "so-1", (1, 700))
    add_arrived(context, "kiosk-2", "so-2", (1, 120), (124, 300))
    add_arrived(context, "nut-1", "so-3", (1, 68))
    add_refused(context, "bad-answer", NOW - 86_400_000, "a")
    add_refused(context, "bad-batch", NOW - 86_400_000, "b")
