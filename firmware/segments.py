"""One segment of the journal: a file of records, and beside it the file of its receipts.

`firmware.journal` says what segments are for and which of them come and go; here stands how one is named,
read and marked. The file of receipts holds runs of numbers, 12 bytes each: first, last, CRC32 of both.
"""

import binascii
import os
import struct

from firmware import records

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from typing import BinaryIO

    Stretch = tuple["Segment", int, int, int, int]
    """An unreadable part: segment, bytes, the numbers before and behind (0: none), and the bytes of the
    smallest record around."""

RECEIPTS = ".ok"
DONE = ".d"
MIN_RECORD_BYTES = 200
"""No event's record is shorter: bounds how many may have stood where nothing at all can be read."""
_RUN = "<III"
_RUN_BYTES = 12


class Segment:
    """What is known of one file. `live`: records without receipt, from byte `start` on.

    Every method raises OSError where the flash refuses.
    """

    def __init__(self, folder: str, turn: int, journal: str, first: int) -> None:
        """`turn`: which of the folder's journals, in their order; `first`: the first number in the file."""
        self.folder = folder
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
        """The file's name."""
        return f"{self.turn:04x}.{self.journal}.{self.first:08x}" + (DONE if self.is_done else "")

    def path(self) -> str:
        """The file's path."""
        return self.folder + "/" + self.name()

    # ---- receipts

    def write_receipts(self, runs: "list[int]") -> None:
        """Note on flash that these runs of numbers have their receipt."""
        data = bytes(-self.receipts_size % _RUN_BYTES)  # fills up what was left half written
        for at in range(0, len(runs), 2):
            data += _pack_run(runs[at], runs[at + 1])
        path = self.path() + RECEIPTS
        try:
            with open(path, "ab") as file:
                file.write(data)
                file.flush()
        except OSError:
            self.receipts_size = _size(path)
            raise
        self.receipts_size += len(data)

    def read_receipts(self) -> None:
        """Learn from flash which numbers have their receipt."""
        path = self.path() + RECEIPTS
        self.receipts_size = os.stat(path)[6]
        with open(path, "rb") as file:
            data = file.read(_RUN_BYTES)
            while len(data) == _RUN_BYTES:
                first, last, _ = struct.unpack(_RUN, data)
                if 0 < first <= last and data == _pack_run(first, last):
                    records.add(self.receipted, first, last)
                data = file.read(_RUN_BYTES)

    # ---- records

    def scan(self, lost: "list[Stretch] | None" = None) -> int:
        """Read from the first record without receipt on, and note what is there; unreadable stretches go
        into `lost`. Returns how many records were found damaged."""
        damaged = 0
        self.size = os.stat(self.path())[6]
        self.live = self.live_bytes = smallest = 0
        receipted, start, end, last = self.receipted, -1, self.start, self.first - 1
        stretches: list[tuple[int, int, int]] = []
        with open(self.path(), "rb") as file:
            for at, size, seq, crc in records.walk(file, self.start, self.size):
                if not seq:
                    stretches.append((size, last, 0))
                    continue
                end = at + size
                if stretches and not stretches[-1][2]:
                    stretches[-1] = (stretches[-1][0], stretches[-1][1], seq)
                last = seq
                smallest = min(smallest or size, size)
                if records.has(receipted, seq):
                    continue
                if records.body(file, at, size, crc) is None:
                    records.add(receipted, seq, seq)  # nothing is left of it to deliver
                    damaged += 1
                    continue
                start = at if start < 0 else start
                self.live += 1
                self.live_bytes += size
        self.start = end if start < 0 else start
        self.last = max(self.last, last, receipted[-1] if receipted else 0)
        self.is_whole = end == self.size
        if lost is not None:
            for size, before, behind in stretches:
                lost.append((self, size, before, behind, smallest or MIN_RECORD_BYTES))
        return damaged

    def read_done(self, behind: "list[Segment]") -> None:
        """Of a segment that is done: its size, and its last number, by the next one where there is one."""
        self.size = self.start = os.stat(self.path())[6]
        if behind and behind[0].turn == self.turn:
            self.last = behind[0].first - 1
        else:
            with open(self.path(), "rb") as file:
                for _, _, seq, _ in records.walk(file, 0, self.size):
                    self.last = max(self.last, seq)
        records.add(self.receipted, self.first, self.last)

    def waiting(self, limit: int, skip: "list[int]") -> "tuple[list[tuple[int, bytes]], bool]":
        """(number, event) of the first records without receipt, without the numbers in `skip`; and whether a
        damaged one was met on the way: then `scan` is due."""
        found: list[tuple[int, bytes]] = []
        is_damaged = False
        with open(self.path(), "rb") as file:
            for at, size, seq, crc in records.walk(file, self.start, self.size):
                if not seq or seq in skip or records.has(self.receipted, seq):
                    continue
                body = records.body(file, at, size, crc)
                if body is None:
                    is_damaged = True
                    continue
                found.append((seq, body))
                if len(found) >= limit:
                    break
        return found, is_damaged

    def send_again(self, first: int, last: int, skip: "list[int]", limit: int) -> "list[int]":
        """Let receipted records from number `first` to `last` wait for another receipt, `limit` at the most.

        Those in the runs `skip` are passed over. Returns their numbers; if there are any, `scan` is due.
        """
        found: list[int] = []
        with open(self.path(), "rb") as file:
            for _, _, seq, _ in records.walk(file, 0, self.size):
                if len(found) >= limit:
                    break
                if first <= seq <= last and records.has(self.receipted, seq) and not records.has(skip, seq):
                    found.append(seq)
                    records.remove(self.receipted, seq)
                    records.add(self.again, seq, seq)
        if found:
            self.start = 0
        return found

    def drop_resending(self) -> None:
        """Take what was to be sent again as receipted, which it is; then `scan` is due."""
        for at in range(0, len(self.again), 2):
            records.add(self.receipted, self.again[at], self.again[at + 1])
        self.again.clear()

    def copy_live(self, out: "BinaryIO") -> None:
        """Write the records without receipt into another file."""
        with open(self.path(), "rb") as file:
            for at, size, seq, crc in records.walk(file, self.start, self.size):
                if not seq or records.has(self.receipted, seq):
                    continue
                body = records.body(file, at, size, crc)
                if body is not None:
                    out.write(records.pack(seq, body))


def segment_of(folder: str, name: str) -> "Segment | None":
    """The segment of the file with this name, None if it is no segment's."""
    is_done = name.endswith(DONE)
    parts = (name[: -len(DONE)] if is_done else name).split(".")
    if len(parts) != 3 or len(parts[0]) != 4 or len(parts[2]) != 8:
        return None
    try:
        segment = Segment(folder, int(parts[0], 16), parts[1], int(parts[2], 16))
    except ValueError:
        return None
    segment.is_done = is_done
    return segment


def _size(path: str) -> int:
    """The bytes of a file, 0 where there is none."""
    try:
        return os.stat(path)[6]
    except OSError:
        return 0


def _pack_run(first: int, last: int) -> bytes:
    return struct.pack(_RUN, first, last, binascii.crc32(struct.pack("<II", first, last)))
