"""How one record lies in a segment of the journal, and how records are found again behind a damaged place.

A record is a head of 14 bytes (mark, length of the body, its number, CRC32 of the body, check of the head)
and the body. The head's own check tells apart the two ways in which the end of a segment can be unreadable: a
head that is whole but promises more than the file holds was cut off while it was written, so nobody was
thanked for it; a head or body that is there and does not check has rotted, and somebody may have been.
"""

import binascii
import struct

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

HEAD = 14
"""Bytes of a record before its body."""
MAX_BODY = 65535
_MARK = 0x9AD7
"""Neither byte is ASCII: events never look like the beginning of a record."""
_MARK_BYTES = b"\xd7\x9a"
_CHUNK = 128
_UNREADABLE = (5, 84)
"""EIO, and what littlefs says of a block that does not check."""


def pack(seq: int, body: bytes) -> bytes:
    """The bytes of one record, to be written in one go."""
    head = struct.pack("<HHII", _MARK, len(body), seq, binascii.crc32(body))
    return b"".join((head, struct.pack("<H", binascii.crc32(head) & 0xFFFF), body))


def walk(file: "BinaryIO", at: int, end: int) -> "Iterator[tuple[int, int, int, int]]":
    """(place, bytes, number, CRC32 of the body) of each record from `at` on; number 0: an unreadable stretch.

    Ends early, before `end`, at a record that was cut off while it was written.
    """
    while at < end:
        if end - at < HEAD:
            return
        head = _head(_read(file, at, HEAD))
        if head is None:
            found = _next_head(file, at + 1, end)
            yield at, found - at, 0, 0
            at = found
            continue
        size = HEAD + head[0]
        if at + size > end:
            return
        yield at, size, head[1], head[2]
        at += size


def body(file: "BinaryIO", at: int, size: int, crc: int) -> "bytes | None":
    """The body of the record at `at`, None if it is not what was written."""
    found = _read(file, at + HEAD, size - HEAD)
    return found if len(found) == size - HEAD and binascii.crc32(found) == crc else None


def _head(data: bytes) -> "tuple[int, int, int] | None":
    """(length of the body, number, CRC32 of the body), None where no record begins."""
    if len(data) != HEAD:
        return None
    mark, length, seq, crc, check = struct.unpack("<HHIIH", data)
    if mark != _MARK or seq == 0 or check != binascii.crc32(data[: HEAD - 2]) & 0xFFFF:
        return None
    return length, seq, crc


def _next_head(file: "BinaryIO", at: int, end: int) -> int:
    """The next place where a record begins, `end` if there is none."""
    while at < end:
        chunk = _read(file, at, min(_CHUNK, end - at))
        place = chunk.find(_MARK_BYTES)
        while place >= 0:
            if _head(_read(file, at + place, HEAD)) is not None:
                return at + place
            place = chunk.find(_MARK_BYTES, place + 1)
        at += _CHUNK - 1  # the mark may lie across two chunks
    return end


def _read(file: "BinaryIO", at: int, count: int) -> bytes:
    """What can be read there; less than `count` bytes where the flash has lost them."""
    try:
        file.seek(at)
        return file.read(count)
    except OSError as error:
        if error.errno in _UNREADABLE:
            return b""
        raise


# ---- sets of numbers as runs [from, to, from, to, …], ascending: what was receipted comes in few runs


def has(runs: "list[int]", seq: int) -> bool:
    """Whether `seq` lies in one of the runs."""
    for at in range(0, len(runs), 2):
        if seq <= runs[at + 1]:
            return seq >= runs[at]
    return False


def add(runs: "list[int]", first: int, last: int) -> None:
    """Put the numbers from `first` to `last` in."""
    at = 0
    while at < len(runs) and runs[at + 1] < first - 1:
        at += 2
    while at < len(runs) and runs[at] <= last + 1:
        first, last = min(first, runs[at]), max(last, runs[at + 1])
        del runs[at : at + 2]
    runs[at:at] = [first, last]


def remove(runs: "list[int]", seq: int) -> None:
    """Take `seq` out, where it is in."""
    for at in range(0, len(runs), 2):
        first, last = runs[at], runs[at + 1]
        if first <= seq <= last:
            left = [first, seq - 1] if first < seq else []
            right = [seq + 1, last] if seq < last else []
            runs[at : at + 2] = left + right
            return
