"""The journal: every press rests here, on flash, until the server's receipt has come, and longer if it can.

Records (`firmware.records`) are appended to *segments*, files of at most `segment_bytes`, and flushed one by
one; littlefs makes a flush durable and never writes over what it has, so a power cut leaves a record whole or
not there. A segment's name says all that numbering needs, `<journal's turn>.<journal>.<first number>`, and
the newest segment is never removed before its successor stands: so no number is used twice, not even when
every record is gone. Beside a segment lies `<its name>.ok` with the runs of numbers that have a receipt; one
of which all have is renamed to `<its name>.d`, and not read at the start.

**When it is full.** All files together keep within `max_bytes`. When room is needed, segments of which all
records have receipts go, the oldest first and the newest if need be; then neighbours with some receipts are
written into one without them, under a temporary name that takes the place of the first: a power cut finds
the old ones or the new one. A record without receipt is never given up: then `append` raises `Full`. One
segment's room is kept free for the copy, by the bound and on the flash, so that there is always a way on.

**What the flash lost.** A record that does not check is passed over, those before and behind it are kept, and
`damaged` counts it. Numbering goes on above every number that was or may have been used: what was lost shows
at the server as a hole. A record cut off while it was written was never acknowledged: its number is used
again.

**What the server has lost.** What has a receipt stays until its room is needed, and is sent again if the
server asks for it. That is noted in memory alone: after a start it counts as receipted, and is asked for
anew.

**A power cut between flush and thanks** leaves a press that was made but not thanked for: it counts.

On a PC (tests, simulator) a flush survives the process, not the power.
"""

import binascii
import os
import struct

from firmware import records

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import BinaryIO

MAX_BYTES = 131072
SEGMENT_BYTES = 8192
ID_PREFIX = 24
"""Letters of the journal's id that begin the ids of its events; the number stands in the other twelve."""
_TEMPORARY = "compact.tmp"
_RECEIPTS = ".ok"
_DONE = ".d"
_RUN = "<III"
_RUN_BYTES = 12
_FIRST_RECORD_BYTES = 400
"""What a record is taken to need until the first one was made."""
_MIN_RECORD_BYTES = 200
"""No event's record is shorter: bounds how many may have stood where nothing at all can be read."""
_SPARE_BLOCKS = 4
"""Left to the settings and to littlefs itself."""
_NO_SPACE = 28


class Full(Exception):  # noqa: N818 - reads as what it is
    """No room, and nothing that may be given up: the press was not kept, nobody may be thanked."""


def event_id(journal: str, seq: int) -> str:
    """The id of an event: well formed, unique, and its number can be read back from a receipt."""
    return journal[:ID_PREFIX] + f"{seq:012x}"


class _Segment:
    """What is known of one file. `live`: records without receipt, from byte `start` on."""

    def __init__(self, turn: int, journal: str, first: int) -> None:
        self.turn = turn
        self.journal = journal
        self.first = first
        self.last = first - 1
        self.size = 0
        self.live = 0
        self.live_bytes = 0
        self.start = 0
        self.is_done = False  # all has its receipt, nothing is added any more
        self.is_whole = True  # ends with a record that checks: can be appended to
        self.receipted: list[int] = []
        self.again: list[int] = []  # what has a receipt on flash and is to be sent again all the same
        self.receipts_size = 0

    def name(self) -> str:
        return f"{self.turn:04x}.{self.journal}.{self.first:08x}" + (_DONE if self.is_done else "")


class Journal:
    """The journals in one folder; the newest takes what is appended, older ones only drain."""

    def __init__(
        self,
        folder: str,
        new_id: "Callable[[], str]",
        *,
        max_bytes: int = MAX_BYTES,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        """Open or make it. `new_id` gives a random UUID. Raises OSError where the flash refuses."""
        if max_bytes < 3 * segment_bytes:
            raise ValueError("a journal has room for three segments at least")
        self._folder = folder
        self._new_id = new_id
        self._segment_bytes = segment_bytes
        self._limit = max_bytes - segment_bytes
        self._usual = _FIRST_RECORD_BYTES
        self._file: BinaryIO | None = None
        self._is_unsure = False
        self._is_refused = False
        self._segments: list[_Segment] = []
        self.damaged = 0
        try:
            os.mkdir(folder)
        except OSError:
            os.listdir(folder)  # says so where it is not there
        self._load()
        if not self._segments:
            self.new_journal()

    # ---- what is told

    @property
    def id(self) -> str:
        """The id of the journal that new records enter."""
        return self._segments[-1].journal

    @property
    def last_seq(self) -> int:
        """The highest number given in it so far, 0 at the beginning."""
        return self._segments[-1].last

    def depth(self) -> int:
        """How many records have no receipt."""
        return sum([segment.live for segment in self._segments])

    def is_full(self) -> bool:
        """Whether another press would be refused."""
        return self._is_refused or self._room() < self._usual

    def free_bytes(self) -> int:
        """How many bytes of records it can still take, by its bound and by what the flash has left."""
        kept = sum([segment.size for segment in self._segments[:-1] if not segment.live])
        return max(0, min(self._room(), self._flash_bytes() + kept))

    def _flash_bytes(self) -> int:
        """What the flash has left for another segment, when enough is kept for a copy and for settings."""
        flash = os.statvfs(self._folder)
        free = flash[3] if flash[3] <= flash[2] else 0  # littlefs may count more blocks used than there are
        return free * flash[1] - self._segment_bytes - _SPARE_BLOCKS * flash[1]

    def _room(self) -> int:
        return self._limit - sum([segment.live_bytes for segment in self._segments])

    def kept(self) -> "list[tuple[str, int, int]]":
        """The stretch of each journal, the newest first, in which records lie that have their receipt."""
        found: list[tuple[str, int, int]] = []
        for segment in reversed(self._segments):
            if not segment.receipted:
                continue
            first, last = segment.receipted[0], segment.receipted[-1]
            if found and found[-1][0] == segment.journal:
                first, last = min(first, found[-1][1]), max(last, found[-1][2])
                found.pop()
            found.append((segment.journal, first, last))
        return found

    def waiting(self, limit: int, skip: "Collection[str]" = ()) -> "list[tuple[str, bytes]]":
        """(id, bytes) of the oldest events without receipt, up to `limit`, passing over the ids in `skip`."""
        found: list[tuple[str, bytes]] = []
        for segment in self._segments:
            if len(found) < limit and segment.live:
                self._collect(segment, limit, skip, found)
        return found

    def _collect(
        self, segment: _Segment, limit: int, skip: "Collection[str]", found: "list[tuple[str, bytes]]"
    ) -> None:
        is_damaged = False
        with open(self._path(segment), "rb") as file:
            for at, size, seq, crc in records.walk(file, segment.start, segment.size):
                if not seq or records.has(segment.receipted, seq):
                    continue
                name = event_id(segment.journal, seq)
                if name in skip:
                    continue
                body = records.body(file, at, size, crc)
                if body is None:
                    is_damaged = True
                    continue
                found.append((name, body))
                if len(found) >= limit:
                    break
        if is_damaged:
            self._scan(segment)

    # ---- what is done

    def append(self, build: "Callable[[str, int], bytes]") -> int:
        """Keep what `build(journal, number)` gives and return its number, once it is on flash.

        Raises `Full`, and OSError where the flash refuses: then nobody may be thanked. After an OSError the
        record may be there all the same, and then it counts.
        """
        self._settle()
        seq = self.last_seq + 1
        record = records.pack(seq, build(self.id, seq))
        if len(record) > self._segment_bytes:
            raise ValueError("too large for a segment")
        while self._used() + len(record) > self._limit or not self._write(seq, record):
            if not self._reclaim():
                self._is_refused = True
                raise Full("no room for another press, and all that is here waits for its receipt")
        self._usual = len(record)
        self._is_refused = False
        return seq

    def delivered(self, ids: "Iterable[str]") -> int:
        """Let go of the events with these ids; those that are not here are passed over. How many went.

        Raises OSError where the flash refuses; they are then not sent again before the next start.
        """
        self._settle()
        numbers = [(name[:ID_PREFIX], _number(name)) for name in ids]
        gone, trouble = 0, None
        for segment in list(self._segments):
            prefix = segment.journal[:ID_PREFIX]
            here = [
                seq
                for beginning, seq in numbers
                if beginning == prefix
                and segment.first <= seq <= segment.last
                and not records.has(segment.receipted, seq)
            ]
            if not here:
                continue
            before = segment.live
            try:
                self._receipt(segment, sorted(here))
            except OSError as error:
                trouble = error
            gone += before - segment.live
        if gone:
            self._is_refused = False
        if trouble is not None:
            raise trouble
        return gone

    def send_again(self, journal: str, first: int, last: int, skip: "list[int]", limit: int) -> "list[int]":
        """Let records of this stretch that have a receipt wait for another, `limit` at the most, without the
        numbers in the runs `skip`. Their numbers.
        """
        found: list[int] = []
        for segment in self._segments:
            if segment.journal != journal or segment.first > last or segment.last < first:
                continue
            before = len(found)
            with open(self._path(segment), "rb") as file:
                for _, _, seq, _ in records.walk(file, 0, segment.size):
                    if len(found) == limit:
                        break
                    if (
                        first <= seq <= last
                        and records.has(segment.receipted, seq)
                        and not records.has(skip, seq)
                    ):
                        found.append(seq)
                        records.remove(segment.receipted, seq)
                        records.add(segment.again, seq, seq)
            if len(found) > before:
                segment.start = 0
                self._scan(segment)
        return found

    def _drop_resending(self) -> bool:
        """What was to be sent again has its receipt after all: its room is needed. False if there is none."""
        found = False
        for segment in self._segments:
            if segment.again:
                found = True
                for at in range(0, len(segment.again), 2):
                    records.add(segment.receipted, segment.again[at], segment.again[at + 1])
                segment.again.clear()
                self._scan(segment)
        return found

    def new_journal(self) -> None:
        """Number from 1 under a new id from now on; what is here drains under its own. OSError as ever."""
        self._settle()
        self._release()
        turn = self._segments[-1].turn + 1 if self._segments else 1
        self._begin(_Segment(turn, self._fresh_id(), 1))

    def close(self) -> None:
        """Release the file."""
        self._release()

    # ---- writing

    def _write(self, seq: int, record: bytes) -> bool:
        """False where the flash has no space left. Any other OSError is raised."""
        try:
            newest = self._segments[-1]
            if not newest.is_whole or (newest.size and newest.size + len(record) > self._segment_bytes):
                if self._flash_bytes() < self._segment_bytes:
                    return False
                self._roll()
                newest = self._segments[-1]
            file = self._file
            if file is None:  # it then stays open: the next press need not wait for that
                file = self._file = open(self._path(newest), "ab")  # noqa: SIM115
            file.write(record)
            file.flush()
        except OSError as error:
            self._is_unsure = True  # part of the record, or all of it, may be on flash
            if error.errno != _NO_SPACE:
                raise
            self._settle()
            if self.last_seq >= seq:
                raise
            return False
        if not newest.live:
            newest.start = newest.size
        newest.size += len(record)
        newest.last = seq
        newest.live += 1
        newest.live_bytes += len(record)
        return True

    def _settle(self) -> None:
        """After a write that failed: look what is there."""
        if self._is_unsure:
            counted = self.damaged
            self._load()
            self.damaged = counted

    def _roll(self) -> None:
        """Let a new segment take what comes. One in which nothing was ever numbered is begun anew."""
        self._release()
        newest = self._segments[-1]
        self._begin(_Segment(newest.turn, newest.journal, newest.last + 1))

    def _begin(self, segment: _Segment) -> None:
        with open(self._path(segment), "wb"):
            pass
        before = self._segments[-1] if self._segments else None
        if before is not None and before.name() == segment.name():
            self._segments[-1] = segment
            return
        self._segments.append(segment)
        if before is not None and not before.live:
            self._finish(before)

    def _receipt(self, segment: _Segment, numbers: "list[int]") -> None:
        """Mark these ascending numbers, first here and then on flash, if they do not stand there already."""
        runs: list[int] = []
        for seq in numbers:
            records.add(segment.receipted, seq, seq)
            if records.has(segment.again, seq):
                records.remove(segment.again, seq)
            else:
                records.add(runs, seq, seq)
        self._scan(segment)
        if not runs:
            return
        if not segment.live and segment is not self._segments[-1]:
            self._finish(segment)
            return
        data = bytes(-segment.receipts_size % _RUN_BYTES)  # fills up what was left half written
        for at in range(0, len(runs), 2):
            data += _pack_run(runs[at], runs[at + 1])
        path = self._path(segment) + _RECEIPTS
        try:
            with open(path, "ab") as file:
                file.write(data)
                file.flush()
        except OSError:
            segment.receipts_size = _size(path)
            raise
        segment.receipts_size += len(data)

    def _finish(self, segment: _Segment) -> None:
        """Keep one that is done with as long as there is room; it goes at once if the flash refuses that."""
        path = self._path(segment)
        if segment.is_done:
            return
        if not segment.size:
            self._remove(segment)
            return
        try:
            os.rename(path, path + _DONE)
        except OSError:
            self._remove(segment)
            return
        segment.is_done = True
        if segment.receipts_size:
            segment.receipts_size = 0
            os.remove(path + _RECEIPTS)

    def _remove(self, segment: _Segment) -> None:
        os.remove(self._path(segment))
        self._segments.remove(segment)
        if segment.receipts_size:
            os.remove(self._path(segment) + _RECEIPTS)

    # ---- making room

    def _used(self) -> int:
        return sum([segment.size + segment.receipts_size for segment in self._segments])

    def _reclaim(self) -> bool:
        """Win some room, a step at a time; False if there is none to be won."""
        try:
            return self._reclaim_step()
        except OSError as error:
            self._is_unsure = True
            if error.errno != _NO_SPACE:
                raise
            self._settle()
            return False

    def _reclaim_step(self) -> bool:
        if self._drop_resending():
            return True
        newest = self._segments[-1]
        for segment in self._segments:
            if segment is not newest and not segment.live:
                self._remove(segment)
                return True
        if newest.size and not newest.live:
            self._roll()
            return True
        first, count = self._find_compactable()
        if not count:
            return False
        group = self._segments[first : first + count]
        if newest in group:
            self._roll()
        self._compact(group)
        return True

    def _find_compactable(self) -> "tuple[int, int]":
        """Which neighbours win most when written into one: where they begin, how many; (0, 0) if none do."""
        most, best = 0, (0, 0)
        for first in range(len(self._segments)):
            live = won = 0
            for at in range(first, len(self._segments)):
                segment = self._segments[at]
                live += segment.live_bytes
                if segment.turn != self._segments[first].turn or live > self._segment_bytes:
                    break
                won += segment.size + segment.receipts_size - segment.live_bytes
                if segment.live and won > most:
                    most, best = won, (first, at - first + 1)
        return best

    def _compact(self, group: "list[_Segment]") -> None:
        """Write what has no receipt in these neighbours into one, which takes the place of the first."""
        target, temporary = group[0], self._folder + "/" + _TEMPORARY
        with open(temporary, "wb") as out:
            for segment in group:
                self._copy(segment, out)
            out.flush()
        os.rename(temporary, self._path(target))
        for segment in group[1:]:
            self._remove(segment)
        if target.receipts_size:
            os.remove(self._path(target) + _RECEIPTS)
        target.receipted.clear()
        target.receipts_size = 0
        target.start = 0
        self._scan(target)

    def _copy(self, segment: _Segment, out: "BinaryIO") -> None:
        with open(self._path(segment), "rb") as file:
            for at, size, seq, crc in records.walk(file, segment.start, segment.size):
                if not seq or records.has(segment.receipted, seq):
                    continue
                body = records.body(file, at, size, crc)
                if body is not None:
                    out.write(records.pack(seq, body))

    # ---- reading what is there

    def _load(self) -> None:
        """Read the whole folder, and clear away what a power cut left half done."""
        self._release()
        names = sorted(os.listdir(self._folder))
        segments: list[_Segment] = []
        lost: list[tuple[_Segment, int, int, int, int]] = []
        found = [segment for segment in [_segment_of(name) for name in names] if segment is not None]
        for number, segment in enumerate(found):
            name = segment.name()
            before = segments[-1] if segments else None
            if before is not None and before.turn == segment.turn and segment.first <= before.last:
                os.remove(self._path(segment))  # a compaction had already written it into its neighbour
                continue
            if name + _RECEIPTS in names:
                self._read_receipts(segment)
            if segment.is_done:
                self._read_done(segment, found[number + 1 : number + 2])
            else:
                self._scan(segment, lost)
            segments.append(segment)
        kept = [segment.name() for segment in segments]
        for name in names:
            if name == _TEMPORARY or (name.endswith(_RECEIPTS) and name[: -len(_RECEIPTS)] not in kept):
                os.remove(self._folder + "/" + name)
        self._segments = segments
        self._count_lost(lost)
        for segment in segments[:-1]:
            if not segment.live and not segment.is_done:
                self._finish(segment)
        self._is_unsure = False
        if segments and segments[-1].is_done:  # its successor is gone: nothing may be added to it
            self._roll()

    def _read_done(self, segment: _Segment, behind: "list[_Segment]") -> None:
        """Of a segment that is done: its size, and its last number, by the next one where there is one."""
        segment.size = segment.start = os.stat(self._path(segment))[6]
        if behind and behind[0].turn == segment.turn:
            segment.last = behind[0].first - 1
        else:
            with open(self._path(segment), "rb") as file:
                for _, _, seq, _ in records.walk(file, 0, segment.size):
                    segment.last = max(segment.last, seq)
        records.add(segment.receipted, segment.first, segment.last)

    def _read_receipts(self, segment: _Segment) -> None:
        path = self._path(segment) + _RECEIPTS
        segment.receipts_size = os.stat(path)[6]
        with open(path, "rb") as file:
            data = file.read(_RUN_BYTES)
            while len(data) == _RUN_BYTES:
                first, last, _ = struct.unpack(_RUN, data)
                if 0 < first <= last and data == _pack_run(first, last):
                    records.add(segment.receipted, first, last)
                data = file.read(_RUN_BYTES)

    def _scan(
        self, segment: _Segment, lost: "list[tuple[_Segment, int, int, int, int]] | None" = None
    ) -> None:
        """Read a segment from its first record without receipt on, and note what is there.

        Unreadable stretches are put into `lost`: segment, bytes, the numbers before and behind (0: none), and
        the bytes of the smallest record around.
        """
        segment.size = os.stat(self._path(segment))[6]
        segment.live = segment.live_bytes = least = 0
        receipted, start, end, last = segment.receipted, -1, segment.start, segment.first - 1
        stretches: list[tuple[int, int, int]] = []
        with open(self._path(segment), "rb") as file:
            for at, size, seq, crc in records.walk(file, segment.start, segment.size):
                if not seq:
                    stretches.append((size, last, 0))
                    continue
                end = at + size
                if stretches and not stretches[-1][2]:
                    stretches[-1] = (stretches[-1][0], stretches[-1][1], seq)
                last = seq
                least = min(least or size, size)
                if records.has(receipted, seq):
                    continue
                if records.body(file, at, size, crc) is None:
                    records.add(receipted, seq, seq)  # nothing is left of it to deliver
                    self.damaged += 1
                    continue
                start = at if start < 0 else start
                segment.live += 1
                segment.live_bytes += size
        segment.start = end if start < 0 else start
        segment.last = max(segment.last, last, receipted[-1] if receipted else 0)
        segment.is_whole = end == segment.size
        if lost is not None:
            for size, before, behind in stretches:
                lost.append((segment, size, before, behind, least or _MIN_RECORD_BYTES))

    def _count_lost(self, lost: "list[tuple[_Segment, int, int, int, int]]") -> None:
        """Count the records that unreadable stretches held, as well as can be known.

        At the very end nobody knows how many there were: numbering then goes on above the most that had room
        there, so that no number is used twice.
        """
        for segment, size, before, behind, least in lost:
            most = max(1, size // least)
            end = behind or before + most + 1
            if not behind and segment is self._segments[-1]:
                segment.last = max(segment.last, before + most)
            numbers = range(before + 1, end)
            self.damaged += min(most, sum([not records.has(segment.receipted, seq) for seq in numbers]))

    # ---- small helps

    def _path(self, segment: _Segment) -> str:
        return self._folder + "/" + segment.name()

    def _release(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError:
                self._is_unsure = True  # what was flushed is there; the rest is looked at again

    def _fresh_id(self) -> str:
        taken = [segment.journal[:ID_PREFIX] for segment in self._segments]
        for _ in range(8):
            name = self._new_id()
            if name[:ID_PREFIX] not in taken:
                return name
        raise ValueError("new_id gives the same beginning every time")


def _size(path: str) -> int:
    """The bytes of a file, 0 where there is none."""
    try:
        return os.stat(path)[6]
    except OSError:
        return 0


def _segment_of(name: str) -> "_Segment | None":
    """The segment of this file's name, None if it is no segment's."""
    is_done = name.endswith(_DONE)
    parts = (name[: -len(_DONE)] if is_done else name).split(".")
    if len(parts) != 3 or len(parts[0]) != 4 or len(parts[2]) != 8:
        return None
    try:
        segment = _Segment(int(parts[0], 16), parts[1], int(parts[2], 16))
    except ValueError:
        return None
    segment.is_done = is_done
    return segment


def _number(name: str) -> int:
    """The number in an event's id, 0 if there is none."""
    try:
        return int(name[ID_PREFIX:], 16)
    except ValueError:
        return 0


def _pack_run(first: int, last: int) -> bytes:
    return struct.pack(_RUN, first, last, binascii.crc32(struct.pack("<II", first, last)))
