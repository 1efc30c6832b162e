"""The outbox: what was committed is there after any kill, numbered without a hole."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from itertools import count
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from kiosk.delivery.outbox import FILE, Event, Outbox, is_damaged, open_outbox

EVENT: Event = {"boot": "b", "up_ms": 5, "wall": None, "type": "answer", "answers": {"rating": 4}}


def new_id() -> str:
    return str(uuid4())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE


def bodies(outbox: Outbox) -> list[Event]:
    return [msgspec.json.decode(row.body) for row in outbox.waiting(10_000)]


def test_an_open_row_is_not_sent_and_its_bytes_are_fixed_when_it_closes(path: Path) -> None:
    outbox = open_outbox(path, new_id)
    entry = outbox.add(EVENT, closed=False)
    assert (outbox.depth(), outbox.waiting(10)) == (0, [])
    assert outbox.change(entry, {**EVENT, "answers": {"rating": 1}}, closed=True)
    assert not outbox.change(entry, {**EVENT, "answers": {"rating": 5}}, closed=False)
    assert [body["answers"] for body in bodies(outbox)] == [{"rating": 1}]
    assert bodies(outbox)[0]["id"] == entry.id
    assert list(bodies(outbox)[0])[:3] == ["id", "journal", "seq"]


def test_numbers_go_on_after_rows_have_left_and_after_a_restart(path: Path) -> None:
    outbox = open_outbox(path, new_id)
    first = [outbox.add(EVENT, closed=True) for _ in range(3)]
    assert outbox.receipted([entry.id for entry in first] + ["never-seen"], None) == 3
    journal = outbox.journal
    outbox.close()
    outbox = open_outbox(path, new_id)
    assert outbox.add(EVENT, closed=True).seq == 4
    assert outbox.journal == journal


def test_the_receipt_of_an_open_row_does_not_take_it(path: Path) -> None:
    outbox = open_outbox(path, new_id)
    entry = outbox.add(EVENT, closed=False)
    assert outbox.receipted([entry.id], None) == 0
    assert outbox.close_all() == 1
    assert outbox.depth() == 1


def test_a_copied_outbox_numbers_in_a_new_journal_once_the_server_has_noticed(path: Path) -> None:
    outbox = open_outbox(path, new_id)
    old = outbox.add(EVENT, closed=True)
    outbox.new_journal_after(["another"])
    assert outbox.journal == old.journal
    outbox.new_journal_after([old.id])
    fresh = outbox.add(EVENT, closed=True)
    assert (fresh.journal != old.journal, fresh.seq) == (True, 1)
    outbox.new_journal_after([old.id])
    assert outbox.journal == fresh.journal


def test_it_is_durable_by_its_settings(path: Path) -> None:
    outbox = open_outbox(path, new_id)
    assert outbox._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert outbox._db.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_file_that_is_no_database_is_set_aside(path: Path) -> None:
    path.write_bytes(b"this is not a database" * 1000)
    outbox = open_outbox(path, new_id)
    assert outbox.add(EVENT, closed=True).seq == 1
    assert [p.name for p in path.parent.glob("*.damaged-*") if not p.name.endswith(("-wal", "-shm"))]


def test_what_can_be_read_of_a_damaged_file_is_taken_over(path: Path) -> None:
    ids = (f"{n:08d}-0000-4000-8000-000000000000" for n in count(1))
    outbox = open_outbox(path, lambda: next(ids))
    entries = [outbox.add({**EVENT, "fill": "x" * 900}, closed=True) for _ in range(400)]
    outbox.close()
    raw = bytearray(path.read_bytes())
    assert len(raw) > 300_000
    for place in range(len(raw) - 40_000, len(raw) - 20_000):
        raw[place] = 0xA5
    path.write_bytes(raw)
    outbox = open_outbox(path, new_id)
    saved = bodies(outbox)
    assert 0 < len(saved) <= 400
    assert {body["journal"] for body in saved} == {entries[0].journal}
    assert outbox.add(EVENT, closed=True).journal != entries[0].journal


DAY_MS = 24 * 3_600_000
RECEIVED = 1_790_000_000_000


def test_what_has_its_receipt_is_kept_for_a_week_and_waits_no_more(path: Path) -> None:
    outbox = open_outbox(path, new_id)
    old, new, unknown, waits = [outbox.add(EVENT, closed=True) for _ in range(4)]
    outbox.receipted([old.id], RECEIVED)
    outbox.receipted([new.id], RECEIVED + 2 * DAY_MS)
    outbox.receipted([unknown.id], None)  # the server did not know what time it was
    assert (outbox.depth(), [row.id for row in outbox.waiting(9)]) == (1, [waits.id])
    assert outbox.kept() == [(outbox.journal, 1, 3)]
    outbox.tidy(RECEIVED + 7 * DAY_MS)
    assert outbox.kept() == [(outbox.journal, 1, 3)]
    outbox.tidy(RECEIVED + 7 * DAY_MS + 1)
    assert outbox.kept() == [(outbox.journal, 2, 3)]
    outbox.tidy(RECEIVED + 14 * DAY_MS)
    assert outbox.kept() == [(outbox.journal, 3, 3)]
    outbox.tidy(RECEIVED + 15 * DAY_MS)
    assert (outbox.kept(), outbox.depth()) == ([], 1)


def test_a_receipt_that_comes_after_its_event_was_set_aside_counts(path: Path) -> None:
    outbox = open_outbox(path, new_id)
    late, never = [outbox.add(EVENT, closed=True).id for _ in range(2)]
    outbox.set_aside([late, never])
    assert outbox.receipted([late], RECEIVED) == 1
    assert (outbox.aside(), outbox.kept()) == (1, [(outbox.journal, 1, 1)])
    outbox.try_again()
    assert [row.id for row in outbox.waiting(9)] == [never]


def test_what_is_undelivered_is_open_or_waits(path: Path) -> None:
    outbox = open_outbox(path, new_id)
    ids = [outbox.add(EVENT, closed=closed).id for closed in (False, True, True, True)]
    outbox.receipted(ids[2:3], RECEIVED)
    outbox.set_aside(ids[3:])
    assert (outbox.depth(), outbox.undelivered()) == (1, 2)


def test_no_more_is_kept_than_the_bounds_allow(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.delivery.outbox.MAX_RECEIPTED_EVENTS", 10)
    monkeypatch.setattr("kiosk.delivery.outbox._TIDY_INTERVAL", 15)
    outbox = open_outbox(path, new_id)
    entries = [outbox.add(EVENT, closed=True) for _ in range(30)]
    outbox.receipted([entry.id for entry in entries], RECEIVED)
    assert outbox.kept() == [(outbox.journal, 21, 30)]
    monkeypatch.setattr("kiosk.delivery.outbox.MAX_RECEIPTED_BYTES", 3 * len(outbox_bodies(path)[0]))
    outbox.tidy(RECEIVED)
    assert outbox.kept() == [(outbox.journal, 28, 30)]


def outbox_bodies(path: Path) -> list[bytes]:
    with sqlite3.connect(path) as connection:
        return [row[0] for row in connection.execute("SELECT body FROM events ORDER BY rowid DESC")]


def test_what_the_server_asks_for_waits_again_with_the_same_bytes(path: Path) -> None:
    outbox = open_outbox(path, new_id)
    entries = [outbox.add(EVENT, closed=True) for _ in range(5)]
    before = [row.body for row in outbox.waiting(9)]
    outbox.receipted([entry.id for entry in entries], RECEIVED)
    assert outbox.send_again(outbox.journal, 2, 4, {entries[2].id}) == [entries[1].id, entries[3].id]
    assert [row.body for row in outbox.waiting(9)] == [before[1], before[3]]
    assert outbox.send_again("another", 1, 5) == []
    outbox.receipted([entries[1].id, entries[3].id], RECEIVED)
    assert outbox.kept() == [(outbox.journal, 1, 5)]


def test_on_a_full_disk_a_new_answer_comes_before_what_is_kept(path: Path) -> None:
    outbox = open_outbox(path, new_id)
    big = {**EVENT, "fill": "x" * 20_000}
    while True:
        outbox.receipted([outbox.add(big, closed=True).id], RECEIVED)
        pages = outbox._db.execute("PRAGMA page_count").fetchone()[0]
        if pages > 200:
            break
    outbox._db.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(100):  # more than there is room for beside what is kept
        if not outbox.kept():
            break
        waiting = outbox.add(big, closed=True)
    assert outbox.kept() == []
    assert waiting.id in {row.id for row in outbox.waiting(500)}
    with pytest.raises(sqlite3.OperationalError, match="full"):
        for _ in range(200):
            outbox.add(big, closed=True)


def test_when_boots_began_is_remembered_the_newest_first(path: Path) -> None:
    outbox = open_outbox(path, new_id)
    for n in range(70):
        outbox.learn_origin(f"boot-{n}", RECEIVED + n)
    outbox.learn_origin("boot-69", RECEIVED + 500)
    assert outbox.origins()[:2] == [("boot-69", RECEIVED + 500), ("boot-68", RECEIVED + 68)]
    assert len(outbox.origins()) == 64


def test_a_full_disk_is_no_damage() -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    assert not is_damaged(error)


WRITER = """
import sys, uuid
from pathlib import Path
from kiosk.delivery.outbox import open_outbox
outbox = open_outbox(Path(sys.argv[1]), lambda: str(uuid.uuid4()))
event = {"boot": "b", "up_ms": 1, "wall": None, "type": "answer", "answers": {"rating": 2}}
print("ready", flush=True)
while True:
    entry = outbox.add(event, closed=False)
    print("kept", entry.id, entry.seq, flush=True)
    outbox.change(entry, {**event, "answers": {"rating": 2, "timeliness": "tre-hen"}}, closed=False)
    outbox.change(entry, {**event, "answers": {"rating": 1}}, closed=True)
    print("thanked", entry.id, entry.seq, flush=True)
    if entry.seq % 3 == 0:
        outbox.receipted([entry.id], None, keep=False)
        print("removed", entry.id, entry.seq, flush=True)
"""


def test_kill_9_at_any_point_loses_nothing_and_leaves_no_hole(path: Path) -> None:
    chance = random.Random(7)
    kept: dict[str, int] = {}
    thanked: set[str] = set()
    removed: dict[str, int] = {}
    for _ in range(12):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        assert writer.stdout is not None
        wanted = chance.randrange(1, 120)
        lines = []
        for line in writer.stdout:
            lines.append(line)
            if len(lines) >= wanted:
                os.kill(writer.pid, signal.SIGKILL)
        writer.wait(10)
        for line in lines:
            if not line.endswith("\n") or line == "ready\n":
                continue
            word, id_, seq = line.split()
            kept[id_] = int(seq)
            if word == "thanked":
                thanked.add(id_)
            if word == "removed":
                removed[id_] = int(seq)
    outbox = open_outbox(path, new_id)
    found = {body["id"]: body for body in bodies(outbox)}
    # Every third was removed, the very last of a run perhaps without its word having reached us.
    assert {id_ for id_, seq in kept.items() if seq % 3} <= set(found)
    assert all(found[id_]["answers"] == {"rating": 1} for id_ in thanked if kept[id_] % 3)
    assert not set(removed) & set(found)
    highest = outbox.add(EVENT, closed=True).seq
    numbers = {body["seq"] for body in found.values()}
    assert {n for n in range(1, highest) if n % 3} <= numbers
    assert len({body["journal"] for body in found.values()}) == 1
