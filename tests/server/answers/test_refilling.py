"""Receipted is stored: what the store has lost is noticed, said, and asked back from who keeps it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.services.answers import receipt_marks
from server.services.answers.ingest import Delivery
from server.services.privacy import erasure_list
from server.services.upkeep.doctor import examine
from server.settings import Settings
from server.storage import wal
from server.storage.database import open_store
from server.wiring.contexts import build
from survey_defs import wire
from survey_defs.complaint import encode_sealed
from tests.support.device import MINUTE, event
from tests.support.reading import reading
from tests.support.store import START, World

KEPT = ("j1", 1, 400)
READ_AND_END = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute("SELECT 1 FROM schools")
store.close()
"""


def greet(
    world: World, *kept: tuple[str, int, int], origins: Any = (), device: str = "k1"
) -> list[tuple[str, int, int]]:
    """A device's greeting; what its receipt asks for."""
    payload = wire.encode_greeting("b2", MINUTE, None, False, list(kept), list(origins))
    (out,) = world.ingest.take([Delivery("mau", device, payload, world.time)])
    return wire.decode_receipt(out.payload).get("wanted", [])


def finding(world: World, check: str) -> Any:
    return next(each for each in examine(reading(world.ctx)) if each.check == check)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "data")


def test_what_has_not_arrived_of_what_a_device_keeps_is_asked_for(world: World) -> None:
    world.send(*(event(seq) for seq in (1, 2, 3, 7, 9)))
    assert greet(world, ("j1", 2, 10)) == [("j1", 4, 6), ("j1", 8, 8), ("j1", 10, 10)]
    assert greet(world, ("j1", 1, 3)) == []
    assert greet(world) == []


def test_no_more_is_asked_for_at_once_than_a_small_device_can_read(world: World) -> None:
    assert greet(world, ("new", 5, 1000)) == [("new", 5, 260)]
    world.send(*(event(seq) for seq in range(2, 60, 2)))
    assert len(greet(world, ("j1", 1, 60))) == wire.MAX_SPANS


def test_a_refused_event_has_arrived_and_is_not_asked_for(world: World) -> None:
    assert world.send(event(1, survey="none")) != {}
    assert greet(world, ("j1", 1, 1)) == []


def test_nobody_is_asked_for_anothers_journal(world: World) -> None:
    world.send(event(1))
    assert greet(world, ("j1", 1, 9), device="k2") == []
    assert greet(world, ("j1", 1, 9)) == [("j1", 2, 9)]


def test_what_is_sent_again_stands_at_its_time_though_its_boot_is_forgotten(world: World) -> None:
    """The restored store knows nothing of the old boot; the device tells what it was told of it."""
    began = START - 3 * 24 * 60 * MINUTE
    greet(world, ("j1", 1, 2), origins=[("b1", began), ("ahead", START + MINUTE)])
    world.send(event(1, up_ms=5 * MINUTE), event(2, boot="ahead", up_ms=MINUTE), boot="b2", up_ms=MINUTE)
    rows = world.rows("SELECT occurred_at, quality, uncertainty_ms FROM events ORDER BY seq")
    assert rows[0][:2] == (began + 5 * MINUTE, "anchored")
    assert 5_000 < rows[0][2] < 60_000, "an oscillator may have drifted for three days"
    assert rows[1][1] == "bounded", "nothing of a boot that began in the time to come is believed"


def test_what_the_server_knows_itself_of_a_boot_is_better_than_what_it_is_told(world: World) -> None:
    world.send(event(1, up_ms=0), up_ms=MINUTE)
    greet(world, ("j1", 1, 1), origins=[("b1", START - 9 * MINUTE)])
    assert world.one("SELECT occurred_at FROM events") == (START - MINUTE,)


def test_an_erased_complaint_that_comes_again_leaves_its_place_and_nothing_of_itself(world: World) -> None:
    box = bytes(range(200))
    said = event(1, type="complaint", about=["cho-lau"], code_hash="ab" * 32, sealed=encode_sealed(box))
    erasure_list.add(world.ctx, erasure_list.Erasure(said["id"], START, "asked", ("deputy",), "cd" * 16))
    assert world.send(said) == {said["id"]: "accepted"}
    assert world.one("SELECT id, status, code_hash FROM cases WHERE erased_at IS NOT NULL")[0] == said["id"]
    assert world.one("SELECT COUNT(*) FROM cases") == (1,)
    assert world.one("SELECT code_mark FROM cases") == ("cd" * 16,)  # its sender is told still
    world.ctx.store.flush()
    for path in Path(world.ctx.settings.data).iterdir():
        assert box[:32] not in path.read_bytes(), path
        assert b"ab" * 32 not in path.read_bytes(), path
    assert greet(world, ("j1", 1, 1)) == []
    assert world.send(said) == {said["id"]: "accepted"}
    assert all(each.sound for each in examine(reading(world.ctx)))


def test_a_store_that_went_back_is_held_against_what_was_receipted(world: World) -> None:
    world.send(*(event(seq) for seq in range(1, 6)))
    copy = Path(world.ctx.settings.data).parent / "copy.db"
    world.ctx.store.copy_into(copy)
    world.send(event(6), event(7, survey="none"), event(1, journal="j2"))
    assert finding(world, "receipts").sound
    world.ctx.store.close()
    os.replace(copy, world.ctx.store.path)
    back = World(Path(world.ctx.settings.data))
    found = finding(back, "receipts")
    assert not found.sound
    assert "3 event(s) of 2 journal(s)" in found.words
    assert greet(back, ("j1", 1, 7)) == [("j1", 6, 7)]
    back.send(event(6), event(7), event(1, journal="j2"))
    assert finding(back, "receipts").sound


def test_the_file_of_marks_stays_small_and_bears_torn_lines(tmp_path: Path) -> None:
    path = tmp_path / receipt_marks.FILE
    path.write_bytes(b"j1 5\nj2 7\nj1 4\nj3" + b"\n" * receipt_marks._SHORTEN_AT)
    marks = receipt_marks.Marks(str(tmp_path))
    marks.note({"j1": 6, "j2": 7})
    assert receipt_marks.read(path) == {"j1": 6, "j2": 7}
    assert path.stat().st_size < 100
    with path.open("ab") as file:
        file.write(b"j2 9")  # cut off in the middle, perhaps
    receipt_marks.Marks(str(tmp_path)).note({"j4": 1})
    assert receipt_marks.read(path)["j4"] == 1


def test_the_log_is_brought_into_the_store_and_cut_unless_somebody_reads(world: World) -> None:
    log = world.ctx.store.path.with_name("hailong.db-wal")
    world.send(*(event(seq) for seq in range(1, 60)))
    assert log.stat().st_size > 0
    with closing(sqlite3.connect(world.ctx.store.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM events").fetchone()
        world.send(event(60))
        assert not world.ctx.store.checkpoint()
    assert world.ctx.store.checkpoint()
    assert log.stat().st_size == 0


@pytest.mark.parametrize("place", ["head", "early", "late"])
def test_a_damaged_log_is_named_when_the_store_is_opened(tmp_path: Path, place: str) -> None:
    """200 bytes of it; SQLite itself ends there without a word."""
    data = tmp_path / "data"
    world = World(data)
    world.ctx.store.flush()
    for seq in range(1, 40):
        world.send(event(seq))
    store = world.ctx.store.path
    killed = tmp_path / "killed"
    killed.mkdir()
    for name in ("hailong.db", "hailong.db-wal", receipt_marks.FILE):  # as kill -9 leaves them
        (killed / name).write_bytes((data / name).read_bytes())
    log = killed / "hailong.db-wal"
    content = bytearray(log.read_bytes())
    at = {"head": 0, "early": len(content) // 4, "late": len(content) * 3 // 4}[place]
    content[at : at + 200] = bytes(byte ^ 0x5A for byte in content[at : at + 200])
    log.write_bytes(content)
    assert wal.look(store) is not None
    ctx = build(Settings(data=str(killed)), now=lambda: START)
    unread = ctx.store.unread
    assert unread is not None
    missing = 39 - ctx.store.connection.execute("SELECT COUNT(*) FROM events").fetchone()[0]
    assert missing > 0
    assert unread.commits >= missing
    found = {each.check: each for each in examine(reading(ctx))}
    assert not found["file"].sound
    assert "write-ahead log was damaged" in found["file"].words
    assert f"{missing} event(s)" in found["receipts"].words


def test_a_sound_log_is_no_damage(tmp_path: Path) -> None:
    data = tmp_path / "data"
    world = World(data)
    killed = tmp_path / "killed"
    killed.mkdir()
    for seq in range(1, 30):
        world.send(event(seq))
        if seq in (10, 20):  # frames of before lie behind those of now
            world.ctx.store.connection.execute("PRAGMA wal_checkpoint(RESTART)")
    for name in ("hailong.db", "hailong.db-wal", receipt_marks.FILE):
        (killed / name).write_bytes((data / name).read_bytes())
    with (killed / "hailong.db-wal").open("r+b") as file:
        file.truncate(file.seek(0, 2) - 100)  # a frame that was never finished
    assert build(Settings(data=str(killed)), now=lambda: START).store.unread is None


def test_looking_at_the_log_takes_no_lock_from_who_has_the_store_open(tmp_path: Path) -> None:
    """Or another process that ends takes itself for the last one, and throws the log away."""
    with closing(open_store(tmp_path)) as store:
        log = wal.look(store.path)
        assert log is not None
        wal.unread(store.path, log, store.connection)
        subprocess.run([sys.executable, "-c", READ_AND_END, store.path], check=True)
        assert store.path.with_name("hailong.db-wal").exists()
