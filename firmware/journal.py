"""The journal: every press rests here, on flash, until the server's receipt has come, and longer if it can.

Records (`firmware.records`) are appended to *segments* (`firmware.segments`), files of at most
`segment_bytes`, and flushed one by one; littlefs makes a flush durable and never writes over what it has, so
a power cut leaves a record whole or not there. A segment's name says all that numbering needs, `<journal's
turn>.<journal>.<first number>`, and the newest segment is never removed before its successor stands: so no
number is used twice, not even when every record is gone. Beside a segment lies `<its name>.ok` with the runs
of numbers that have a receipt; one of which all have is renamed to `<its name>.d`, and not read at the
start.

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

import os

from firmware import records
from firmware.segments import DONE, RECEIPTS, Segment, segment_of

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import BinaryIO

    from firmware.segments import Stretch

MAX_BYTES = 131072
SEGMENT_BYTES = 8192
ID_PREFIX = 24
"""Letters of the journal's id that begin the ids of its events; the number stands in the other twelve."""
_TEMPORARY = "compact.tmp"
_FIRST_RECORD_BYTES = 400
"""What a record is taken to need until the first one was made."""
_SPARE_BLOCKS = 4
"""Left to the settings and to littlefs itself."""
_NO_SPACE = 28


class Full(Exception):  # noqa: N818 - reads as what it is
    """No room, and nothing that may be given up: the press was not kept, nobody may be thanked."""


def event_id(journal: str, seq: int) -> str:
    """The id of an event: well formed, unique, and its number can be read back from a receipt."""
    return journal[:ID_PREFIX] + f"{seq:012x}"


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
        self._segments: list[Segment] = []
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
                passed = [_number(name) for name in skip if name[:ID_PREFIX] == segment.journal[:ID_PREFIX]]
                events, is_damaged = segment.waiting(limit - len(found), passed)
                found += [(event_id(segment.journal, seq), event) for seq, event in events]
                if is_damaged:
                    self.damaged += segment.scan()
        return found

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
            numbers = segment.send_again(first, last, skip, limit - len(found))
            if numbers:
                found += numbers
                self.damaged += segment.scan()
        return found

    def _drop_resending(self) -> bool:
        """What was to be sent again has its receipt after all: its room is needed. False if there is none."""
        found = False
        for segment in self._segments:
            if segment.again:
                found = True
                segment.drop_resending()
                self.damaged += segment.scan()
        return found

    def new_journal(self) -> None:
        """Number from 1 under a new id from now on; what is here drains under its own. OSError as ever."""
        self._settle()
        self._release()
        turn = self._segments[-1].turn + 1 if self._segments else 1
        self._begin(Segment(self._folder, turn, self._fresh_id(), 1))

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
                file = self._file = open(newest.path(), "ab")  # noqa: SIM115
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
        self._begin(Segment(self._folder, newest.turn, newest.journal, newest.last + 1))

    def _begin(self, segment: Segment) -> None:
        with open(segment.path(), "wb"):
            pass
        before = self._segments[-1] if self._segments else None
        if before is not None and before.name() == segment.name():
            self._segments[-1] = segment
            return
        self._segments.append(segment)
        if before is not None and not before.live:
            self._finish(before)

    def _receipt(self, segment: Segment, numbers: "list[int]") -> None:
        """Mark these ascending numbers, first here and then on flash, if they do not stand there already."""
        runs: list[int] = []
        for seq in numbers:
            records.add(segment.receipted, seq, seq)
            if records.has(segment.again, seq):
                records.remove(segment.again, seq)
            else:
                records.add(runs, seq, seq)
        self.damaged += segment.scan()
        if not runs:
            return
        if not segment.live and segment is not self._segments[-1]:
            self._finish(segment)
            return
        segment.write_receipts(runs)

    def _finish(self, segment: Segment) -> None:
        """Keep one that is done with as long as there is room; it goes at once if the flash refuses that."""
        path = segment.path()
        if segment.is_done:
            return
        if not segment.size:
            self._remove(segment)
            return
        try:
            os.rename(path, path + DONE)
        except OSError:
            self._remove(segment)
            return
        segment.is_done = True
        if segment.receipts_size:
            segment.receipts_size = 0
            os.remove(path + RECEIPTS)

    def _remove(self, segment: Segment) -> None:
        os.remove(segment.path())
        self._segments.remove(segment)
        if segment.receipts_size:
            os.remove(segment.path() + RECEIPTS)

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

    def _compact(self, group: "list[Segment]") -> None:
        """Write what has no receipt in these neighbours into one, which takes the place of the first."""
        target, temporary = group[0], self._folder + "/" + _TEMPORARY
        with open(temporary, "wb") as out:
            for segment in group:
                segment.copy_live(out)
            out.flush()
        os.rename(temporary, target.path())
        for segment in group[1:]:
            self._remove(segment)
        if target.receipts_size:
            os.remove(target.path() + RECEIPTS)
        target.receipted.clear()
        target.receipts_size = 0
        target.start = 0
        self.damaged += target.scan()

    # ---- reading what is there

    def _load(self) -> None:
        """Read the whole folder, and clear away what a power cut left half done."""
        self._release()
        names = sorted(os.listdir(self._folder))
        segments: list[Segment] = []
        lost: list[Stretch] = []
        found = [
            segment for segment in [segment_of(self._folder, name) for name in names] if segment is not None
        ]
        for number, segment in enumerate(found):
            name = segment.name()
            before = segments[-1] if segments else None
            if before is not None and before.turn == segment.turn and segment.first <= before.last:
                os.remove(segment.path())  # a compaction had already written it into its neighbour
                continue
            if name + RECEIPTS in names:
                segment.read_receipts()
            if segment.is_done:
                segment.read_done(found[number + 1 : number + 2])
            else:
                self.damaged += segment.scan(lost)
            segments.append(segment)
        kept = [segment.name() for segment in segments]
        for name in names:
            if name == _TEMPORARY or (name.endswith(RECEIPTS) and name[: -len(RECEIPTS)] not in kept):
                os.remove(self._folder + "/" + name)
        self._segments = segments
        self._count_lost(lost)
        for segment in segments[:-1]:
            if not segment.live and not segment.is_done:
                self._finish(segment)
        self._is_unsure = False
        if segments and segments[-1].is_done:  # its successor is gone: nothing may be added to it
            self._roll()

    def _count_lost(self, lost: "list[Stretch]") -> None:
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


def _number(name: str) -> int:
    """The number in an event's id, 0 if there is none."""
    try:
        return int(name[ID_PREFIX:], 16)
    except ValueError:
        return 0
