"""Rates at 10⁵ and at 10⁷ stored answers: the same query on the same roll-ups must cost the same."""

import shutil
import tempfile
import time
from datetime import date
from pathlib import Path

from server.domain.localtime import start_of
from server.services import schools
from server.services.context import Context
from server.services.figures.rates import rates
from server.settings import Settings
from server.wiring.contexts import build
from tests.bench.report import figure, percentile
from tests.support.reading import reading

_SMALL, _LARGE = 100_000, 10_000_000
_FIRST, _LAST = date(2025, 7, 1), date(2026, 6, 30)
_CALLS = 200

# Answers spread evenly over a year, nine procedures, four devices and the five levels. Written
# straight into the tables: ten million events by the front door would take a quarter of an hour.
_FILL = """
WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < :count)
INSERT INTO events
SELECT i, printf('%08x-0000-4000-8000-%012x', i, i), '', 'mau', 'kiosk-' || (i % 4),
       'journal-' || (i % 4), i / 4 + 1, 'answer', 'boot-' || (i % 4), i, NULL, 0,
       :start + i % 365 * 86400000, :start + i % 365 * 86400000, 'anchored', 0
FROM number
"""
_ANSWERS = """
INSERT INTO answers
SELECT n, school, device, 'tthc', 1, 'kiosk', 'vi', 'thu-tuc-' || (n / 7 % 9), 1 + n / 11 % 5,
       json_object('rating', 1 + n / 11 % 5), 6000, date(occurred_at / 1000, 'unixepoch', '+7 hours'), NULL
FROM events
"""
_CELLS = """
INSERT INTO rate_cells
SELECT school, :dimension, day, {key}, 0,
       SUM(level = 1), SUM(level = 2), SUM(level = 3), SUM(level = 4), SUM(level = 5)
FROM answers GROUP BY school, day, {key}
"""


def run() -> None:
    """Print p50 and p95 at both sizes and their ratio."""
    directory = Path(tempfile.mkdtemp(prefix="hailong-bench-"))
    try:
        few = _filled(directory / "small", _SMALL)
        print(f"filling {_LARGE:,} answers …", flush=True)
        small, large = _measure(few, _filled(directory / "large", _LARGE))
    finally:
        shutil.rmtree(directory)
    for query, of_small in small.items():
        of_large = large[query]
        figure(f"{query}: median ms at 10⁵", f"{percentile(of_small, 0.5) * 1000:.2f}")
        figure(f"{query}: median ms at 10⁷", f"{percentile(of_large, 0.5) * 1000:.2f}")
        ratio = percentile(of_large, 0.5) / percentile(of_small, 0.5)
        figure(f"{query}: ratio of medians, 10⁷ to 10⁵", f"{ratio:.2f}", "≤ 1.2")
        figure(f"{query}: p95 ms at 10⁷", f"{percentile(of_large, 0.95) * 1000:.2f}", "≤ 50")


def _filled(data: Path, count: int) -> Context:
    context = build(Settings(data=str(data)))
    schools.add_school(context, "mau", "Trường THCS Mẫu")
    with context.write() as work:
        work.connection.execute(_FILL, {"count": count, "start": start_of(_FIRST)})
        work.connection.execute(_ANSWERS)
        for dimension, key in (
            ("all", "''"),
            ("procedure", "procedure"),
            ("channel", "channel"),
            ("device", "device"),
        ):
            work.connection.execute(_CELLS.format(key=key), {"dimension": dimension})
    return context


def _measure(*contexts: Context) -> list[dict[str, list[float]]]:
    """The seconds of each call, for each store; in turns, so that a busy machine is busy for all."""
    timings: list[dict[str, list[float]]] = [{} for _ in contexts]
    for by in (None, "procedure", "month"):
        for context in contexts:
            expected = context.store.connection.execute("SELECT MAX(n) FROM events").fetchone()[0]
            found = sum(group.n for group in rates(reading(context), "mau", _FIRST, _LAST, by, False))
            assert found == expected, f"{found} of {expected}"
        for _ in range(_CALLS):
            for context, mine in zip(contexts, timings, strict=True):
                started = time.perf_counter()
                rates(reading(context), "mau", _FIRST, _LAST, by, False)
                mine.setdefault(f"rates, {by or 'total'}, one year", []).append(time.perf_counter() - started)
    return timings
