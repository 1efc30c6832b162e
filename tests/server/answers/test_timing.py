"""Boots, anchors and neighbours, through the ingest and a real store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.domain.answers.clocks import DELAY_MS, DRIFT_PER
from server.services.upkeep.doctor import examine
from survey_defs import wire
from tests.support.device import MINUTE, event
from tests.support.reading import reading
from tests.support.store import START, World

HOUR = 60 * MINUTE


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "data")
    with closing(world.ctx.store):
        yield world
        findings = examine(reading(world.ctx))
        assert all(finding.sound for finding in findings), findings


def times(world: World, journal: str = "j1") -> list[tuple[int, int, str]]:
    """(seq, minutes from START, quality), in the journal's order."""
    rows = world.rows("SELECT seq, occurred_at, quality FROM events WHERE journal = ? ORDER BY seq", journal)
    return [(seq, round((at - START) / MINUTE), quality) for seq, at, quality in rows]


def test_a_late_batch_is_put_right_by_a_prompt_one(world: World) -> None:
    """The broker held a batch for five hours; the boot's next one comes at once."""
    world.send(event(1, up_ms=0), event(2, up_ms=10 * MINUTE), up_ms=10 * MINUTE)
    assert times(world) == [(1, -10, "anchored"), (2, 0, "anchored")]
    world.time += MINUTE
    world.send(up_ms=5 * HOUR + 10 * MINUTE)  # in truth the boot is five hours older
    assert times(world) == [(1, -309, "anchored"), (2, -299, "anchored")]


def test_a_new_day_moves_the_counts_with_the_answer(world: World) -> None:
    late = START + 4 * HOUR  # 00:26 UTC on the 29th, 07:26 at the school
    world.time = late
    world.send(event(1, up_ms=0, answers={"rating": 4, "timeliness": "dung-hen"}), up_ms=0)
    assert world.rows("SELECT day FROM answers") == [("2026-05-29",)]
    world.time += MINUTE
    world.send(up_ms=10 * HOUR)
    assert world.rows("SELECT day FROM answers") == [("2026-05-28",)]
    assert world.rows("SELECT DISTINCT day FROM rate_cells WHERE n4 > 0") == [("2026-05-28",)]
    assert world.rows("SELECT DISTINCT day FROM choice_cells WHERE n > 0") == [("2026-05-28",)]
    assert world.rows("SELECT day, quality FROM quality_cells WHERE n > 0") == [("2026-05-28", "anchored")]


def test_less_than_a_second_better_leaves_everything(world: World) -> None:
    world.send(event(1, up_ms=0), up_ms=MINUTE)
    before = world.rows("SELECT * FROM events") + world.rows("SELECT * FROM anchors")
    world.time += MINUTE
    world.send(up_ms=2 * MINUTE + 999)
    assert world.rows("SELECT * FROM events") + world.rows("SELECT * FROM anchors") == before


def test_a_delayed_batch_becomes_synced_when_a_prompt_one_shows_the_delay(world: World) -> None:
    true = START - 5 * HOUR
    one = event(1, up_ms=MINUTE, wall=wire.format_time(true))
    world.send(one, up_ms=2 * MINUTE, wall=wire.format_time(true + MINUTE), synced=True)
    assert times(world) == [(1, -1, "anchored")]
    world.time += MINUTE
    world.send(up_ms=5 * HOUR + 2 * MINUTE, wall=wire.format_time(START + MINUTE), synced=True)
    assert times(world) == [(1, -300, "synced")]


def test_synced_is_of_the_boot_that_sends(world: World) -> None:
    world.send(boot="b1", up_ms=HOUR)
    world.time += HOUR
    true = wire.format_time(START - 30 * MINUTE)
    old, new = event(1, boot="b1", up_ms=30 * MINUTE, wall=true), event(2, boot="b2", up_ms=0, wall=None)
    world.send(old, new, boot="b2", up_ms=MINUTE, synced=True)
    assert times(world) == [(1, -30, "anchored"), (2, 59, "anchored")]


def test_a_boot_that_never_came_lies_between_its_neighbours(world: World) -> None:
    world.send(event(1, boot="b1", up_ms=0), boot="b1", up_ms=0)
    world.time += 10 * HOUR
    world.send(
        event(2, boot="silent", up_ms=5), event(3, boot="silent", up_ms=9), event(4, boot="b3", up_ms=0),
        boot="b3", up_ms=4 * HOUR,
    )  # fmt: skip
    assert times(world) == [
        (1, 0, "anchored"),
        (2, 180, "bounded"),
        (3, 180, "bounded"),
        (4, 360, "anchored"),
    ]
    assert world.rows("SELECT DISTINCT uncertainty_ms FROM events WHERE quality = 'bounded'") == [
        (3 * HOUR + DELAY_MS + 4 * HOUR // DRIFT_PER,)
    ]


def test_neighbours_may_have_come_before(world: World) -> None:
    world.send(event(1, boot="b1", up_ms=0), boot="b1", up_ms=0)
    world.time += 10 * HOUR
    world.send(event(4, boot="b3", up_ms=0), boot="b3", up_ms=4 * HOUR)
    world.send(event(2, boot="silent", up_ms=5), boot="b3", up_ms=4 * HOUR)
    assert times(world) == [(1, 0, "anchored"), (2, 180, "bounded"), (4, 360, "anchored")]


def test_without_an_earlier_neighbour_nobody_can_say(world: World) -> None:
    world.send(event(1, boot="silent"), boot="b2", up_ms=MINUTE)
    assert times(world) == [(1, 0, "unknown")]
    assert world.one("SELECT uncertainty_ms FROM events") == (None,)


def test_a_boot_that_came_late_after_all(world: World) -> None:
    world.send(event(1, boot="b1", up_ms=MINUTE), boot="b2", up_ms=MINUTE)
    assert times(world) == [(1, 0, "unknown")]
    world.send(boot="b1", up_ms=HOUR)
    assert times(world) == [(1, -59, "anchored")]


def test_no_event_lies_in_the_future(world: World) -> None:
    world.send(event(1, up_ms=5 * HOUR), up_ms=MINUTE)
    assert times(world) == [(1, 0, "anchored")]


def test_a_boot_before_1970_is_no_boot(world: World) -> None:
    world.send(event(1, up_ms=MINUTE), up_ms=2**53)
    assert times(world) == [(1, 0, "unknown")]
    assert world.rows("SELECT * FROM anchors") == []


def test_the_same_boot_name_of_another_device_is_another_boot(world: World) -> None:
    world.send(boot="b1", up_ms=HOUR, device="k1")
    world.send(event(1, boot="b1", up_ms=0), boot="b2", up_ms=0, device="k2")
    assert times(world) == [(1, 0, "unknown")]


def test_sample_batches_of_the_past_are_dated_by_their_arrival(world: World) -> None:
    world.time = START - 300 * 24 * HOUR
    world.send(event(1, up_ms=0), up_ms=MINUTE)
    assert times(world) == [(1, -300 * 24 * 60 - 1, "anchored")]
