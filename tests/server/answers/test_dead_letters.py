"""Dead letters within their bounds: what is kept, what is only counted, and figures that stay true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.services.answers import dead_letters as letters
from server.services.answers.dead_letters import (
    MAX_A_DAY,
    MAX_BYTES_A_DAY,
    SAMPLE_BYTES,
    TOO_MANY,
    TurnedAway,
)
from server.services.answers.ingest import Delivery
from server.services.figures.quality import dead_letters, only_counted, recent_dead_letters
from server.services.privacy.retention_sweep import check_clock
from server.services.upkeep.doctor import examine
from tests.support.device import event
from tests.support.reading import reading
from tests.support.store import World

DAY = 86_400_000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "data")
    yield world
    world.ctx.store.close()


def rubbish(world: World, count: int, *, device: str = "k1", size: int = 0, first: int = 0) -> None:
    payloads = [b"rubbish %d" % n + b"x" * size for n in range(first, first + count)]
    world.take(*(Delivery("mau", device, payload, world.time) for payload in payloads))


def is_sound(world: World) -> bool:
    return all(finding.sound for finding in examine(reading(world.ctx)))


def test_of_a_device_and_day_so_many_are_kept_and_the_others_counted(world: World) -> None:
    rubbish(world, MAX_A_DAY + 70)
    rubbish(world, 3, device="k2")
    assert world.one("SELECT COUNT(*) FROM dead_letters WHERE device = 'k1'") == (MAX_A_DAY,)
    assert world.one("SELECT COUNT(*) FROM dead_letters WHERE device = 'k2'") == (3,)
    assert world.rows("SELECT device, kept, counted FROM letter_counts ORDER BY device") == [
        ("k1", MAX_A_DAY, 70), ("k2", 3, 0),
    ]  # fmt: skip
    assert recent_dead_letters(reading(world.ctx), "mau", world.time) == MAX_A_DAY + 73
    world.time += DAY
    rubbish(world, 5, first=10_000)
    assert world.one("SELECT COUNT(*) FROM dead_letters WHERE device = 'k1'") == (MAX_A_DAY + 5,)
    (only,) = only_counted(reading(world.ctx), "mau", world.time)
    assert (only.device, only.code, only.count) == ("k1", "bad-batch", 70)


def test_400_messages_of_200_kilobytes_leave_about_a_megabyte(world: World) -> None:
    for first in range(0, 400, 20):
        rubbish(world, 20, size=200_000, first=first)
    kept, size = world.one("SELECT COUNT(*), SUM(length(payload)) FROM dead_letters")
    assert kept == MAX_A_DAY
    assert size <= MAX_BYTES_A_DAY + MAX_A_DAY * SAMPLE_BYTES
    assert world.one("SELECT SUM(kept + counted) FROM letter_counts") == (400,)
    sizes = {
        (letter.size > 200_000, letter.kept) for letter in dead_letters(reading(world.ctx), "mau", world.time)
    }
    assert sizes == {(True, SAMPLE_BYTES)}
    assert world.one("SELECT COUNT(DISTINCT digest), MIN(size) FROM dead_letters")[0] == MAX_A_DAY


def test_the_same_again_counts_whether_there_is_room_or_not(world: World) -> None:
    rubbish(world, MAX_A_DAY)
    rubbish(world, 1)
    rubbish(world, 1, first=900)
    assert world.rows("SELECT times FROM dead_letters WHERE times > 1") == [(2,)]
    assert world.one("SELECT kept, counted FROM letter_counts") == (MAX_A_DAY, 1)


def test_what_a_broker_keeps_counts_once_whether_there_is_room_or_not(world: World) -> None:
    rubbish(world, MAX_A_DAY)
    for _ in range(3):
        world.take(Delivery("mau", "k1", b"kept by the broker", world.time, retained=True))
    assert world.one("SELECT kept, counted FROM letter_counts") == (MAX_A_DAY + 1, 0)


def test_no_number_is_missing_of_what_was_only_counted(world: World) -> None:
    seqs = range(1, MAX_A_DAY + 141)
    for first in seqs[::20]:
        said = world.send(*(event(seq, survey="no-such") for seq in range(first, first + 20)))
        assert set(said.values()) == {"unknown-survey"}
    world.send(event(seqs[-1] + 1))
    assert world.rows("SELECT lo, hi FROM arrived WHERE journal = 'j1'") == [(1, seqs[-1] + 1)]
    assert world.rows("SELECT lo, hi FROM letter_numbers") == [(MAX_A_DAY + 1, seqs[-1])]
    assert is_sound(world)
    with world.ctx.write() as work:
        work.connection.execute("DELETE FROM letter_numbers")
    assert not is_sound(world), "the doctor counts what was only counted"


def test_after_some_months_the_content_goes_and_the_facts_stay(world: World) -> None:
    world.send(event(1, survey="no-such"), event(2))
    rubbish(world, 4)
    facts = "SELECT device, code, journal, seq, digest, size, times, first_at FROM dead_letters ORDER BY n"
    before = world.rows(facts)
    world.time += (letters.WHOLE_DAYS - 1) * DAY
    assert letters.thin(world.ctx) == 0
    world.time += 2 * DAY
    check_clock(world.ctx)
    assert letters.thin(world.ctx) == 5
    assert letters.thin(world.ctx) == 0
    assert world.rows(facts) == before
    assert world.one("SELECT SUM(length(payload)) FROM dead_letters") == (0,)
    assert all(letter.gone for letter in dead_letters(reading(world.ctx), "mau", world.time))
    rubbish(world, 1)
    assert world.one("SELECT MAX(times), COUNT(*) FROM dead_letters") == (2, 5)
    assert is_sound(world)


def test_what_found_no_room_is_counted_by_device(world: World) -> None:
    away = TurnedAway()
    for _ in range(7):
        away.add("mau", "k1", 1, 100)
    away.store(world.ctx)
    away.add("mau", "k1", 3, 50)
    away.store(world.ctx)
    away.store(world.ctx)
    assert world.rows("SELECT device, code, counted, counted_bytes FROM letter_counts") == [
        ("k1", TOO_MANY, 10, 750)
    ]
