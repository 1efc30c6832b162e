"""CPU and time an answer of the ingest, as ratios to a bare insert of the same rows with the same indexes."""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from server.services import schools
from server.services.answers.ingest import Delivery, Ingest
from server.services.context import Context
from server.services.devices import registry
from server.settings import Settings
from server.wiring.contexts import build
from tests.bench.publisher import messages
from tests.bench.report import figure

_ROUNDS = 5
_ANSWERS = 12_800
_SHAPES = ((1, 100), (1, 400), (64, 128))
"""Answers a message, answers a commit."""
_EVENTS = (
    "SELECT n, id, digest, school, device, journal, seq, type, boot, up_ms, wall, synced, received_at, "
    "occurred_at, quality, uncertainty_ms, doubt FROM events ORDER BY n"
)
_SAID = (
    "SELECT event, school, device, survey, version, channel, lang, procedure, level, answers, took_ms, day, "
    "signs FROM answers ORDER BY event"
)


def run() -> None:
    """Measure by turns, in this process: no broker, no other thread."""
    with tempfile.TemporaryDirectory(prefix="hailong-bench-") as directory:
        for per_message, per_commit in _SHAPES:
            print(f"\n{per_message} answers a message, {per_commit} a commit, best of {_ROUNDS}", flush=True)
            ours, bare = [], []
            for number in range(_ROUNDS):
                where = Path(directory) / f"{per_message}-{per_commit}-{number}"
                taken = fresh_store(where / "ours")
                ours.append(take(taken, _ANSWERS, per_message, per_commit))
                bare.append(insert_bare(where / "bare", rows_of(taken), per_commit))
            cpu, cpu_bare = min(each[0] for each in ours), min(each[0] for each in bare)
            took, took_bare = min(each[1] for each in ours), min(each[1] for each in bare)
            figure("taken in: CPU µs an answer", f"{cpu * 1e6 / _ANSWERS:.1f}")
            figure("bare insert of the same rows: CPU µs an answer", f"{cpu_bare * 1e6 / _ANSWERS:.1f}")
            figure("ratio of CPU to the bare insert", f"{cpu / cpu_bare:.2f}", "≤ 2.5")
            figure("ratio of answers/s to the bare insert", f"{took_bare / took:.2f}", "≥ 0.5")


Rows = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]
"""Of events and of answers, as many of each."""


def rows_of(ctx: Context) -> Rows:
    """What a store holds of answers, in the order in which the ingest inserts its values."""
    with ctx.read() as work:
        events = [tuple(row) for row in work.connection.execute(_EVENTS)]
        return events, [tuple(row) for row in work.connection.execute(_SAID)]


def insert_bare(data: Path, rows: Rows, per_commit: int) -> tuple[float, float]:
    """Insert the rows into a fresh store of the same schema; the seconds of CPU and the seconds it took."""
    ctx = fresh_store(data)
    events, answers = rows

    def group(start: int) -> None:
        part = slice(start, start + per_commit)
        with ctx.write() as work:
            work.sql.insert_many("ingest_event_insert", events[part])
            work.sql.insert_many("ingest_answer_insert", answers[part])

    return _timed(group, range(0, len(events), per_commit))


def take(ctx: Context, answers: int, per_message: int, per_commit: int) -> tuple[float, float]:
    """Take so many answers in; the seconds of CPU and the seconds it took."""
    ingest, now = Ingest(ctx), ctx.now()
    deliveries = [
        Delivery("mau", "kiosk-1", payload, now, ctx.clock.up)
        for payload in messages(answers, per_message, str(now))
    ]
    per_group = per_commit // per_message
    groups = [deliveries[start : start + per_group] for start in range(0, len(deliveries), per_group)]
    return _timed(ingest.take, groups)


def _timed(work: Callable[[Any], object], parts: Sequence[Any]) -> tuple[float, float]:
    cpu, began = time.process_time(), time.perf_counter()
    for part in parts:
        work(part)
    return time.process_time() - cpu, time.perf_counter() - began


def fresh_store(data: Path) -> Context:
    """A store with one school and one kiosk."""
    ctx = build(Settings(data=str(data)))
    schools.add_school(ctx, "mau", "Trường THCS Mẫu")
    registry.add_device(ctx, "kiosk-1", "mau", "kiosk")
    return ctx
