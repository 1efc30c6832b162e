"""Whether SQLite could read all of its write-ahead log: it ends at the first damaged frame, without a word.

A log is a head of 32 bytes and frames of 24 bytes and a page each; frames of the present log bear the two
salts of its head, and the last frame of a transaction bears the size of the database
(https://sqlite.org/fileformat.html, section 4). Such a frame behind the last one that SQLite took is a
transaction that was committed once and cannot be read.

Of the two files only the log is opened here: a process that opens and closes the database itself loses
SQLite's locks on it (https://sqlite.org/howtocorrupt.html, 2.2), and another process that ends then throws
the log away as nobody's.
"""

import sqlite3
import struct
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

_HEAD, _FRAME = 32, 24
_PAGE = 4096
"""The pages of our stores; the log's head says the same, where it can be believed."""
_PAGES = frozenset(1 << power for power in range(9, 17))
_MAGIC = (0x377F0682, 0x377F0683)
_SALTS = slice(16, 24)
_LOOKS, _BETWEEN_S = 5, 0.2
"""Another process may have written a frame and be about to say so: what is damaged stays unread."""


class Log(NamedTuple):
    """A log as it lies on the disk: its salts, and the numbers of the frames that end a transaction."""

    salts: bytes
    commits: tuple[int, ...]


class Unread(NamedTuple):
    """`commits` transactions that were written behind the damaged place, which lies after `frames` frames."""

    commits: int
    frames: int


def look(database: Path) -> Log | None:
    """The log of a database, before it is opened; None where there is none, or nothing in it."""
    try:
        with _path(database).open("rb") as file:
            head, first = file.read(_HEAD), file.read(_FRAME)
            if len(first) < _FRAME:
                return None
            page = struct.unpack(">I", head[8:12])[0]
            if page not in _PAGES:
                page = _PAGE
            frames, frame = [], first
            while len(frame) == _FRAME:
                frames.append(frame)
                file.seek(page, 1)
                frame = file.read(_FRAME)
    except (OSError, struct.error):
        return None
    salts = head[_SALTS]
    if not _is_whole(head, first):
        salts = Counter(frame[8:16] for frame in frames).most_common(1)[0][0]
    commits = (
        number for number, frame in enumerate(frames, 1) if frame[8:16] == salts and frame[4:8] != bytes(4)
    )
    return Log(salts, tuple(commits))


def _is_whole(head: bytes, first: bytes) -> bool:
    """Whether the head can be believed: frames left over from before it was written are one salt behind."""
    magic, salt = struct.unpack(">I", head[:4])[0], struct.unpack(">I", head[16:20])[0]
    of_first = struct.unpack(">I", first[8:12])[0]
    return magic in _MAGIC and (salt - of_first) % 2**32 in (0, 1)


def unread(database: Path, log: Log, connection: sqlite3.Connection) -> Unread | None:
    """What SQLite did not take of the log, which `look` has seen before it was opened; None: all was taken.

    None, too, where the log was begun anew meanwhile, by another process. Raises `sqlite3.Error`.
    """
    found = None
    for attempt in range(_LOOKS):
        _, taken, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        now = look(database)
        if now is None or now.salts != log.salts:
            return None
        behind = sum(number > taken for number in log.commits)
        if not behind:
            return None
        found = Unread(behind, taken)
        if attempt < _LOOKS - 1:
            time.sleep(_BETWEEN_S)
    return found


def _path(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")
