"""The journal against a simple model of what it promises, in any order of events, with rot and torn ends."""

from __future__ import annotations

import random
import shutil
import tempfile
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware import records
from firmware.journal import Full, Journal, event_id
from survey_defs import wire

MOST, SEGMENT = 2400, 480


def new_id() -> str:
    return str(uuid.uuid4())


def opened(folder: Path, *, most: int = MOST, segment: int = SEGMENT) -> Journal:
    return Journal(str(folder), new_id, max_bytes=most, segment_bytes=segment)


def press(journal: Journal, size: int = 60) -> tuple[str, bytes]:
    """Append one; its id and bytes."""
    kept: list[bytes] = []

    def build(name: str, seq: int) -> bytes:
        kept.append(f"{name[:8]} {seq} ".encode() + b"x" * size)
        return kept[-1]

    seq = journal.append(build)
    return event_id(journal.id, seq), kept[-1]


def everything(journal: Journal) -> list[tuple[str, bytes]]:
    return journal.waiting(10_000)


def segments(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix != ".ok")


class Journals(RuleBasedStateMachine):
    """`live`: what waits, in its order; `numbers`: the highest number of each journal.

    `gone`: what has its receipt; `again`: what of it was asked for, and waits until its room is needed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="journal-"))
        self.live: dict[str, bytes] = {}
        self.gone: dict[str, bytes] = {}
        self.again: set[str] = set()
        self.order: list[str] = []
        self.numbers: dict[str, int] = {}
        self.journal = opened(self.folder / "j")
        self.has_rotted = False
        self.is_torn = False

    def teardown(self) -> None:
        self.journal.close()
        shutil.rmtree(self.folder)

    @property
    def room(self) -> int:
        return MOST - SEGMENT - sum(records.HEAD + len(body) for body in self.live.values())

    def let_go(self) -> None:
        """What was to be sent again is not, any more."""
        for name in self.again:
            self.gone[name] = self.live.pop(name)
        self.again.clear()

    @rule(size=st.integers(0, 150))
    def append(self, size: int) -> None:
        before = self.numbers.get(self.journal.id, 0)
        try:
            name, body = press(self.journal, size)
        except Full:
            self.let_go()
            assert self.room < records.HEAD + len(f"{self.journal.id[:8]} {before + 1} ") + size
            assert self.journal.is_full()
            return
        assert name not in self.live and name not in self.gone
        assert self.journal.last_seq == before + 1 or self.has_rotted
        assert self.journal.last_seq > before
        self.numbers[self.journal.id] = self.journal.last_seq
        if not self.again <= dict(everything(self.journal)).keys():
            self.let_go()
        self.live[name] = body
        self.order.append(name)
        self.is_torn = False

    @precondition(lambda self: self.live)
    @rule(seed=st.integers(0, 9999), share=st.sampled_from([0.1, 0.5, 0.9, 1.0]))
    def receive(self, seed: int, share: float) -> None:
        drawn = random.Random(seed)
        ids = [name for name in self.live if drawn.random() < share]
        strangers = [event_id(self.journal.id, self.journal.last_seq + 1), new_id(), "no-id"]
        assert self.journal.delivered([*ids, *strangers, *sorted(self.gone)[:3]]) == len(ids)
        for name in ids:
            self.gone[name] = self.live.pop(name)
            self.again.discard(name)

    @precondition(lambda self: not self.has_rotted)
    @rule(which=st.integers(0, 2), skip=st.integers(1, 9), limit=st.integers(1, 9))
    def ask(self, which: int, skip: int, limit: int) -> None:
        """The server lacks all that is kept of a journal, but for one number that it was sent already."""
        kept = self.journal.kept()
        if which >= len(kept):
            return
        journal, first, last = kept[which]
        numbers = self.journal.send_again(journal, first, last, [skip, skip], limit)
        assert len(numbers) <= limit
        assert skip not in numbers
        self.again.update(event_id(journal, seq) for seq in numbers)
        waits = {**self.live, **{name: self.gone.pop(name) for name in self.again if name in self.gone}}
        self.live = {name: waits[name] for name in self.order if name in waits}

    @rule()
    def begin_another(self) -> None:
        before = self.journal.id
        self.journal.new_journal()
        assert self.journal.id != before
        assert self.journal.last_seq == 0
        self.is_torn = False

    @rule()
    def start_again(self) -> None:
        self.let_go()
        self.journal.close()
        self.journal = opened(self.folder / "j")
        assert self.journal.damaged == 0 or self.has_rotted

    @precondition(lambda self: not self.is_torn)  # behind a torn end nothing is written any more
    @rule(share=st.floats(0, 0.99))
    def tear_an_append(self, share: float) -> None:
        """The power went while a record was written, on a file system that shows the part."""
        self.journal.close()
        record = records.pack(self.journal.last_seq + 1, b"never acknowledged" * 4)
        with segments(self.folder / "j")[-1].open("ab") as file:
            file.write(record[: int(len(record) * share)])
        self.is_torn = True
        self.start_again()

    @rule(count=st.integers(1, 11))
    def tear_a_receipt(self, count: int) -> None:
        self.journal.close()
        for path in (self.folder / "j").glob("*.ok"):
            with path.open("ab") as file:
                file.write(b"\1\2\3\4\5\6\7\0\1\2\3"[:count])
        self.start_again()

    @precondition(lambda self: self.live and not self.has_rotted)
    @rule(seed=st.integers(0, 9999))
    def rot(self, seed: int) -> None:
        """One bit of one segment turns over."""
        self.let_go()
        self.journal.close()
        drawn = random.Random(seed)
        path = drawn.choice([path for path in segments(self.folder / "j") if path.stat().st_size])
        data = bytearray(path.read_bytes())
        data[drawn.randrange(len(data))] ^= 1 << drawn.randrange(8)
        path.write_bytes(data)
        self.has_rotted = True
        self.journal = opened(self.folder / "j")
        found = dict(everything(self.journal))
        lost = self.live.keys() - found.keys()
        assert len(lost) <= 1, "one bit costs one record at most"
        assert len(lost) <= self.journal.damaged
        assert self.journal.last_seq >= self.numbers.get(self.journal.id, 0)
        for name in lost:
            self.gone[name] = self.live.pop(name)

    @invariant()
    def what_waits_is_there_in_its_order(self) -> None:
        assert everything(self.journal) == list(self.live.items())
        assert self.journal.depth() == len(self.live)
        skipped = list(self.live)[:3]
        assert [name for name, _ in self.journal.waiting(2, skipped)] == list(self.live)[3:5]

    @invariant()
    def the_files_keep_within_the_bound(self) -> None:
        assert sum(path.stat().st_size for path in (self.folder / "j").iterdir()) <= MOST
        assert self.journal.free_bytes() == max(0, self.room)


Journals.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
TestJournals = Journals.TestCase


def test_ids_are_well_formed_and_say_their_number(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    name, _ = press(journal)
    assert wire.is_uuid(name)
    assert name[:24] == journal.id[:24]
    assert int(name[24:], 16) == 1


def test_numbers_go_on_when_every_record_is_gone(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    for seq in range(1, 60):
        name, _ = press(journal)
        assert int(name[24:], 16) == seq
        assert journal.delivered([name]) == 1
        journal.close()
        journal = opened(tmp_path / "j")
    assert (journal.last_seq, journal.depth(), journal.damaged) == (59, 0, 0)


def test_older_journals_drain_first_and_then_go(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    made = [press(journal)[0] for _ in range(3)]
    journal.new_journal()
    made += [press(journal)[0] for _ in range(3)]
    journal.new_journal()
    made.append(press(journal)[0])
    journal = opened(tmp_path / "j")
    assert [name for name, _ in everything(journal)] == made
    assert journal.delivered(made[:6]) == 6
    assert everything(journal) == everything(opened(tmp_path / "j")) != []
    for _ in range(60):  # what has its receipt makes room
        journal.delivered([press(journal)[0]])
    assert len({path.name.split(".")[1] for path in segments(tmp_path / "j")}) == 1


def test_what_has_its_receipt_stays_until_its_room_is_needed_and_can_be_sent_again(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    made = [press(journal) for _ in range(12)]
    journal.delivered([name for name, _ in made])
    journal.close()
    journal = opened(tmp_path / "j")
    assert (journal.depth(), journal.kept()) == (0, [(journal.id, 1, 12)])
    assert journal.send_again(journal.id, 3, 9, [4, 5], 4) == [3, 6, 7, 8]
    assert everything(journal) == [made[2], *made[5:8]]
    sizes = {path: path.stat().st_size for path in (tmp_path / "j").iterdir()}
    assert journal.delivered([made[2][0], made[5][0]]) == 2
    assert everything(journal) == made[6:8]
    assert {path: path.stat().st_size for path in (tmp_path / "j").iterdir()} == sizes, "nothing is written"
    journal.close()
    journal = opened(tmp_path / "j")
    assert journal.depth() == 0, "after a start it is the server that asks"


def test_nothing_is_added_to_a_segment_that_is_done_with(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    made = [press(journal)[0] for _ in range(7)]
    journal.delivered(made)
    journal.close()
    segments(tmp_path / "j")[-1].unlink()
    assert [path.suffix for path in segments(tmp_path / "j")] == [".d"]
    journal = opened(tmp_path / "j")
    fresh = press(journal)
    journal.close()
    assert everything(opened(tmp_path / "j")) == [fresh]


def test_what_is_sent_again_never_costs_a_new_press_its_room(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    old = [press(journal)[0] for _ in range(12)]
    journal.delivered(old)
    assert len(journal.send_again(journal.id, 1, 12, [], 99)) == 12
    fresh = []
    with pytest.raises(Full):
        while True:
            fresh.append(press(journal))
    assert everything(journal) == fresh
    assert len(fresh) > 12


def test_full_says_so_and_keeps_what_is_there(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    made = []
    with pytest.raises(Full, match="no room"):
        while True:
            made.append(press(journal))
    assert journal.is_full()
    assert everything(journal) == made
    assert journal.delivered([made[4][0]]) == 1
    assert not journal.is_full()
    assert press(journal)[0] == event_id(journal.id, len(made) + 1)


def rotten(path: Path, at: int, length: int) -> None:
    data = bytearray(path.read_bytes())
    data[at : at + length] = bytes(byte ^ 0xFF for byte in data[at : at + length])
    path.write_bytes(data)


@pytest.mark.parametrize(("place", "lost"), [("head", 1), ("body", 1), ("three", 3), ("first", 1)])
def test_a_corrupt_segment_is_read_before_and_behind_the_damage(
    tmp_path: Path, place: str, lost: int
) -> None:
    journal = opened(tmp_path / "j", most=30_000, segment=3000)
    made = [press(journal) for _ in range(30)]
    journal.close()
    size = records.HEAD + len(made[10][1])
    first = records.HEAD + len(made[1][1])
    at, length = {
        "head": (9 * first + size + 1, 3),
        "body": (9 * first + size + 30, 3),
        "three": (9 * first + size, 3 * size),
        "first": (0, 5),
    }[place]
    rotten(segments(tmp_path / "j")[0], at, length)
    journal = opened(tmp_path / "j", most=30_000, segment=3000)
    found = everything(journal)
    assert journal.damaged == lost
    assert len(found) == journal.depth() == 30 - lost
    assert [entry for entry in made if entry in found] == found
    assert journal.last_seq == 30


def test_a_number_that_may_have_been_used_is_not_used_again(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j", most=30_000, segment=9000)
    made = [press(journal) for _ in range(20)]
    journal.close()
    path = segments(tmp_path / "j")[0]
    size = records.HEAD + len(made[-1][1])
    rotten(path, path.stat().st_size - 2 * size, 2 * size)
    for _ in range(2):  # it stays so, also when nothing was pressed in between
        journal = opened(tmp_path / "j", most=30_000, segment=9000)
        assert journal.damaged == 2
        assert journal.last_seq == 20
        journal.close()
    journal = opened(tmp_path / "j", most=30_000, segment=9000)
    assert press(journal)[0] == event_id(journal.id, 21)
    journal.close()
    journal = opened(tmp_path / "j", most=30_000, segment=9000)
    assert [int(name[24:], 16) for name, _ in everything(journal)] == [*range(1, 19), 21]


def test_what_rots_while_it_runs_is_counted_and_waits_no_longer(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    made = [press(journal) for _ in range(3)]
    rotten(segments(tmp_path / "j")[0], records.HEAD + 20, 2)
    assert everything(journal) == made[1:]
    assert (journal.damaged, journal.depth()) == (1, 2)


def test_a_flash_that_refuses_is_an_error_and_nothing_is_lost(tmp_path: Path) -> None:
    class Refusing:
        """The file of the newest segment, whose flash takes half of the next record and then fails."""

        def __init__(self, file: object) -> None:
            self.file = file

        def write(self, data: bytes) -> None:
            self.file.write(data[: len(data) // 2])
            self.file.flush()
            raise OSError(5, "the flash refuses")

        def close(self) -> None:
            self.file.close()

    journal = opened(tmp_path / "j")
    made = [press(journal) for _ in range(2)]
    journal._file = Refusing(journal._file)
    with pytest.raises(OSError, match="refuses"):
        press(journal)
    made.append(press(journal))
    assert everything(journal) == made
    assert [int(name[24:], 16) for name, _ in made] == [1, 2, 3]
    journal.close()
    journal = opened(tmp_path / "j")
    assert (everything(journal), journal.damaged) == (made, 0)


def test_the_folder_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "j").write_text("a file")
    with pytest.raises(OSError, match="j"):
        opened(tmp_path / "j")


def test_foreign_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "j").mkdir()
    for name in ("notes.txt", "a.b.c", "zzzz.x.00000001"):
        (tmp_path / "j" / name).write_text("hello")
    journal = opened(tmp_path / "j")
    press(journal)
    assert journal.depth() == 1
    assert (tmp_path / "j" / "notes.txt").read_text() == "hello"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=30))
def test_runs_are_the_set_of_their_numbers(numbers: list[int]) -> None:
    runs: list[int] = []
    for number in numbers:
        records.add(runs, number, number)
    assert {seq for seq in range(50) if records.has(runs, seq)} == set(numbers)
    left = list(runs)
    for number in numbers[::2]:
        records.remove(left, number)
    assert {seq for seq in range(50) if records.has(left, seq)} == set(numbers) - set(numbers[::2])
    assert runs == sorted(runs)
    assert len(runs) == 2 * sum(number - 1 not in numbers for number in set(numbers))
