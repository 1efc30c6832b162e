"""What a wrong clock did before anybody judged it: found, told by day, and put right from the raw fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from server.domain.answers.arrivals_in_time import Stretch, stretches, wrong
from server.services.access import people
from server.services.access.accounts import find_account
from server.services.cases import actions
from server.services.keys import custody
from server.services.registers.case_histories import for_everybody, known_cases
from server.services.upkeep.doctor import examine
from server.services.upkeep.doctor_times import times
from tests.support.clock import DAY_MS, HOUR_MS, MINUTE_MS
from tests.support.complaint_events import word
from tests.support.device import event
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD
from tests.support.store import START, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "data")
    with closing(world.ctx.store):
        yield world
        findings = examine(reading(world.ctx))
        assert all(finding.sound for finding in findings), findings


def stored(world: World) -> list[tuple[int, str]]:
    rows = world.rows("SELECT occurred_at, quality FROM events ORDER BY n")
    return [(round((at - START) / MINUTE_MS), quality) for at, quality in rows]


def rate(world: World, seq: int, boot: str = "b1", *, true: int, device: str = "k1") -> None:
    """An answer of a boot that began at START, at that many minutes since."""
    up = true * MINUTE_MS
    world.send(event(seq, boot=boot, journal=f"j-{device}", up_ms=up), boot=boot, up_ms=up, device=device)


def test_a_greeting_three_days_behind(world: World) -> None:
    for minute in (10, 20):
        world.time = START + minute * MINUTE_MS
        rate(world, minute // 10, true=minute)
    world.time = START + 25 * MINUTE_MS - 3 * DAY_MS
    world.send(boot="b1", up_ms=25 * MINUTE_MS)
    world.time = START + 30 * MINUTE_MS
    rate(world, 3, true=30)
    spoilt = [(minute - 3 * 1440, "anchored") for minute in (10, 20, 30)]
    assert stored(world) == spoilt
    seen = times(world.ctx, mend=False)
    assert (seen.rows, seen.boots, seen.moved) == (0, 1, 3)
    assert [(day.before, day.after) for day in seen.days] == [(3, 0), (0, 3)]
    assert stored(world) == spoilt
    assert times(world.ctx, mend=True) == seen
    assert stored(world) == [(10, "anchored"), (20, "anchored"), (30, "anchored")]
    assert times(world.ctx, mend=True).moved == 0
    rate(world, 4, true=30)  # the ingest has forgotten the anchor that it knew
    assert stored(world)[3] == (30, "anchored")


def test_rows_three_years_ahead_between_others(world: World) -> None:
    world.time = START + 10 * MINUTE_MS
    rate(world, 1, true=10)
    world.time = START + 20 * MINUTE_MS + 1100 * DAY_MS
    rate(world, 1, "c1", true=20, device="k2")
    world.time = START + 30 * MINUTE_MS
    rate(world, 2, true=30)
    rate(world, 2, "c1", true=30, device="k2")
    assert stored(world)[1][0] in (20, 20 + 1100 * 1440)
    times(world.ctx, mend=True)
    assert [at for at, _ in stored(world)] == [10, 20, 30, 30]
    assert times(world.ctx, mend=False).rows == 0


def complain(world: World, seq: int, *, true: int, wall_off: int = 0) -> None:
    """A complaint of a boot that began at START, at that many minutes since; the server's clock is off."""
    world.time = START + true * MINUTE_MS + wall_off
    up = true * MINUTE_MS
    world.send(word(seq, journal="j-k1", up_ms=up), boot="b1", up_ms=up)


def test_a_case_of_a_wrong_day_is_put_right_and_says_so(world: World) -> None:
    """Numbered two years ago, and two days ago: each gets its day, its limit, and a number of its year."""
    world.time = START
    world.send(boot="b1", up_ms=0)
    complain(world, 1, true=10)
    world.time = START + 15 * MINUTE_MS
    rate(world, 2, true=15)
    complain(world, 3, true=20, wall_off=-730 * DAY_MS)
    world.time = START + 25 * MINUTE_MS
    rate(world, 4, true=25)
    complain(world, 5, true=30, wall_off=-2 * DAY_MS)
    complain(world, 6, true=40)
    refs = "SELECT year, number, received_on FROM cases ORDER BY n"
    limits = "SELECT started_on FROM case_clocks ORDER BY case_n"
    assert world.rows(refs) == [
        (2026, 1, "2026-05-29"), (2024, 1, "2024-05-29"), (2026, 2, "2026-05-27"), (2026, 3, "2026-05-29"),
    ]  # fmt: skip
    told = times(world.ctx, mend=True).cases
    assert [(each.ref, each.received_on, each.should_be, each.now) for each in told] == [
        ("2024-1", "2024-05-29", "2026-05-29", ""),
        ("2026-2", "2026-05-27", "2026-05-29", ""),
    ]
    assert [each.now for each in times(world.ctx, mend=True, cases=True).cases] == ["2026-4", "2026-2"]
    assert [row[:2] for row in world.rows(refs)] == [(2026, 1), (2026, 4), (2026, 2), (2026, 3)]
    assert {row[2] for row in world.rows(refs)} == {"2026-05-29"}
    assert {day for (day,) in world.rows(limits)} == {"2026-05-29"}
    assert times(world.ctx, mend=True, cases=True).cases == ()
    entries = world.rows("SELECT case_n, data FROM case_entries WHERE action = 'redate' ORDER BY case_n")
    assert [(n, json.loads(data)["was"], json.loads(data)["ref"]) for n, data in entries] == [
        (2, "2024-1", "2026-4"),
        (3, "2026-2", "2026-2"),
    ]
    assert world.one("SELECT n FROM cases WHERE search LIKE '%2024-1%'") == (2,), "the old number finds it"
    known = {
        case.ref: case for case in known_cases(reading(world.ctx), "mau", for_everybody, date(2026, 1, 1))
    }
    assert {step.day for step in known["2026-4"].history.steps[:1]} == {date(2026, 5, 29)}


def test_a_case_from_the_desk_of_a_wrong_day_is_put_right_too(world: World) -> None:
    """No event brought it: between what was stored before and after, its moment is known all the same."""
    ctx = world.ctx
    people.add_user(ctx, LOGIN, "deputy", "mau", PASSWORD)
    custody.make_key(ctx, "mau", "complaints", LOGIN, PASSWORD)
    account = find_account(reading(ctx), LOGIN)
    assert account is not None
    actor = actions.actor_of(reading(ctx), account)

    def visit(true: int, wall_off: int = 0, day: date | None = None, opens: bool = True) -> None:
        world.time = START + true * MINUTE_MS + wall_off
        actions.walk_in(ctx, actor, actions.WalkIn(text="Hỏi về học bạ", day=day, opens=opens))

    world.send(boot="b1", up_ms=0)
    visit(5)
    world.time = START + 10 * MINUTE_MS
    rate(world, 1, true=10)
    visit(12, -730 * DAY_MS)
    visit(14, -3 * DAY_MS)
    visit(14, -3 * DAY_MS, opens=False)
    visit(14, opens=False)
    visit(15, 3 * DAY_MS, date(2026, 5, 27))  # the day that somebody named stands
    visit(16, 40 * DAY_MS)
    world.time = START + 20 * MINUTE_MS
    rate(world, 2, true=20)
    complain(world, 3, true=25)
    visit(30, -2 * DAY_MS)  # nothing comes after it but now
    world.time = START + 40 * MINUTE_MS
    told, visits = times(ctx, mend=True).cases, times(ctx, mend=True).visits
    assert visits == 1
    assert [(each.ref, each.received_on, each.should_be, each.now) for each in told] == [
        ("2024-1", "2024-05-29", "2026-05-29", ""),
        ("2026-2", "2026-05-26", "2026-05-29", ""),
        ("2026-4", "2026-07-08", "2026-05-29", ""),
        ("2026-6", "2026-05-27", "2026-05-29", ""),
    ]
    assert [each.now for each in times(ctx, mend=True, cases=True).cases] == [
        "2026-7", "2026-2", "2026-4", "2026-6",
    ]  # fmt: skip
    again = times(ctx, mend=True, cases=True)
    assert (again.cases, again.visits) == ((), 0)
    assert world.rows("SELECT DISTINCT day FROM receptions WHERE case_n IS NULL") == [("2026-05-29",)]
    for table, column in (("cases", "received_on"), ("receptions", "day"), ("case_clocks", "started_on")):
        key = "n" if table == "cases" else "case_n"
        days = dict(world.rows(f"SELECT {key}, {column} FROM {table}"))
        assert {n: day for n, day in days.items() if day != "2026-05-29"} == {4: "2026-05-27"}, table


def test_a_time_between_neighbours_is_worked_out_by_what_is_known_of_them_now(world: World) -> None:
    """Its later neighbour came before it was known how late that batch was."""
    world.send(boot="b1", up_ms=0)
    rate(world, 1, true=0)
    world.time = START + 600 * MINUTE_MS
    late = [event(2, boot="lost", journal="j-k1", up_ms=5), event(3, boot="b2", journal="j-k1", up_ms=0)]
    world.send(*late, boot="b2", up_ms=60 * MINUTE_MS)
    assert stored(world) == [(0, "anchored"), (270, "bounded"), (540, "anchored")]
    world.send(boot="b2", up_ms=120 * MINUTE_MS)
    assert stored(world) == [(0, "anchored"), (270, "bounded"), (480, "anchored")]
    assert times(world.ctx, mend=True).moved == 1
    assert stored(world) == [(0, "anchored"), (240, "bounded"), (480, "anchored")]
    assert times(world.ctx, mend=True).moved == 0


def test_a_device_that_was_offline_for_days_is_left_alone(world: World) -> None:
    world.send(boot="b1", up_ms=0)
    world.time = START + 4 * DAY_MS
    world.send(*[event(n, up_ms=n * HOUR_MS) for n in range(1, 5)], boot="b1", up_ms=4 * DAY_MS)
    before = stored(world)
    assert times(world.ctx, mend=True).moved == 0
    assert stored(world) == before


def test_a_quiet_summer_is_no_wrong_clock(world: World) -> None:
    world.time = START + MINUTE_MS
    rate(world, 1, true=1)
    world.time = START + 90 * DAY_MS
    rate(world, 2, true=90 * 1440)
    assert times(world.ctx, mend=False)[:3] == (0, 0, 0)


def test_the_longest_part_that_only_goes_forward_is_believed() -> None:
    hours = [0, 1, 2, 500, 501, 3, 4, 5, -70, 6]
    runs = stretches((n, hour * HOUR_MS) for n, hour in enumerate(hours))
    assert [run.rows for run in runs] == [3, 2, 3, 1, 1]
    told = wrong(runs, 10 * HOUR_MS)
    assert [(one.first, one.last, one.after // HOUR_MS, one.before // HOUR_MS) for one in told] == [
        (3, 4, 2, 3),
        (8, 8, 5, 6),
    ]
    assert wrong([Stretch(1, 1, 0, 0, 1)], 0) == []
