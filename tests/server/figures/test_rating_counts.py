"""What counts as a rating: answers to surveys without a rate stay out of every figure of the procedures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.domain.figures.periods import parse_period
from server.reports.reporting.quality import statements
from server.services.context import Context
from server.services.dashboard.fleet import fleet
from server.services.dashboard.overview import overview
from server.services.devices import points
from server.services.misuse import views
from server.services.misuse.labels import label
from server.services.misuse.review import review
from server.services.reporting.gather import gather
from server.services.upkeep.doctor import examine, repair
from tests.support.commands import hailong
from tests.support.misuse_school import DEPUTY, MORNING, NIGHT, TODAY, fresh, stream
from tests.support.reading import reading
from tests.support.seed import SCHOOL

HALF = parse_period("2026-H1")
QUARTERLY = {"survey": "tam-tu-nguyen-vong-hoc-sinh", "channel": "qr", "procedure": None, "took_ms": 20_000}


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    """Four ratings that count and two that do not; besides a class was asked: six answers, one too fast."""
    context = fresh(tmp_path / "data")
    stream(context, "kiosk", MORNING, [90_000], [5, 4, 5, 1])
    stream(context, "kiosk", NIGHT, [90_000], [1, 1])
    points.add(context, "lop-9a", SCHOOL, label="Lớp 9A", place="classroom", audience="hoc-sinh")
    feeder = stream(context, "lop-9a", MORNING, [1], [])
    asked = [feeder.event(MORNING + n * 1000, {"cam-nhan": 4}, **QUARTERLY) for n in range(5)]
    asked.append(feeder.event(MORNING, {"cam-nhan": 1}, **QUARTERLY | {"took_ms": 300}))
    feeder.send(asked)
    review(context)
    with closing(context.store):
        yield context


def test_the_report_counts_the_clocks_of_ratings_alone(ctx: Context) -> None:
    facts = gather(reading(ctx), SCHOOL, "ha-long", "2026-H1", TODAY)
    assert (facts.total.n, facts.quality.misuse) == (4, 2)
    told = " ".join(statements(facts, None))
    assert "cả 6\u00a0lượt đánh giá nhận được đều có thời điểm chắc chắn" in told
    assert "2\u00a0lượt ngoài giờ" in told and "quá nhanh" not in told
    assert facts.quality.sources == 1, "what only brings a survey without a rate is no source of this report"
    assert sum(facts.channels.values()) == 4
    assert sum(row.group.n for row in facts.procedures) <= 4


def test_the_pages_say_the_same_number_everywhere(ctx: Context) -> None:
    view = overview(reading(ctx), SCHOOL, HALF, "vi")
    quality = view.quality
    assert (quality.received, quality.counted, quality.misuse) == (6, 4, 2)
    clocks = quality.clocks
    assert clocks.certain + clocks.bounded + clocks.unknown == quality.received
    assert sum(device.answers for device in fleet(reading(ctx), SCHOOL, HALF, ctx.now())) == 4
    left = views.left_out(reading(ctx), SCHOOL, HALF)
    assert {one.reason: (one.rated, one.others) for one in left.reasons if one.n} == {
        "out-of-hours": (2, 0), "too-fast": (0, 1),
    }  # fmt: skip


def test_what_people_returned_is_counted_in_ratings(ctx: Context) -> None:
    rows = ctx.store.connection.execute("SELECT event FROM answers WHERE misuse IS NOT NULL")
    assert label(ctx, DEPUTY, [row["event"] for row in rows], "counted") == 3
    assert views.left_out(reading(ctx), SCHOOL, HALF).returned == 2
    told = " ".join(statements(gather(reading(ctx), SCHOOL, "ha-long", "2026-H1", TODAY), None))
    assert "trả 2\u00a0lượt vào số được tính" in told


def test_the_doctor_works_the_same_counts_out(ctx: Context) -> None:
    assert all(finding.sound for finding in examine(reading(ctx)))
    with ctx.write() as work:
        work.connection.execute("UPDATE quality_cells SET n = n + 1 WHERE rated = 0")
    assert [finding.check for finding in examine(reading(ctx)) if not finding.sound] == ["certainty of times"]
    repair(ctx)
    assert all(finding.sound for finding in examine(reading(ctx)))


def test_the_command_tells_them_apart(ctx: Context) -> None:
    told = hailong("misuse", "list", SCHOOL, "--period", "2026-H1", "--data", ctx.settings.data, "--json")
    assert (told["reasons"], told["other_surveys"]) == ({"out-of-hours": 2}, 1)
