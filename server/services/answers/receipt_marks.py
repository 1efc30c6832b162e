"""How far each journal was receipted, in a file of its own: what a damaged store has lost shows against it.

`receipted` in the data directory has a line for each time that more of a journal was receipted: the journal
and the highest number. Lines are added between commit and receipt, without waiting for the disk; a line
that is missing hides a loss, and never makes one up.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from server.domain.problems import Problem
from server.services.context import Context, Work
from survey_defs.whole_file import write_whole

if TYPE_CHECKING:
    from server.storage.wal import Unread

FILE = "receipted"
_SHORTEN_AT = 1024 * 1024
"""A file of more bytes is written anew, with one line for each journal, when it is next read to the end."""


class Lost(NamedTuple):
    """What was receipted of a journal and is not stored: `hi` is the last number that was receipted."""

    journal: str
    lo: int
    hi: int


class Marks:
    """Adds to the file of one data directory."""

    def __init__(self, data: str) -> None:
        """Reads nothing yet."""
        self._path = Path(data) / FILE
        self._known: dict[str, int] | None = None

    def note(self, highest: Mapping[str, int]) -> None:
        """So far these journals are receipted. Raises `Problem("cannot-write")`."""
        if not highest:
            return
        if self._known is None:
            self._known = read(self._path)
            self._shorten(self._known)
        new = {journal: seq for journal, seq in highest.items() if seq > self._known.get(journal, 0)}
        if not new:
            return
        add(self._path, new)
        self._known.update(new)

    def _shorten(self, marks: Mapping[str, int]) -> None:
        try:
            if self._path.exists() and self._path.stat().st_size > _SHORTEN_AT:
                write_whole(self._path, _spelled(marks), 0o600)
        except OSError as error:
            raise _cannot_write(self._path, error) from error


def note(ctx: Context, journal: str, seq: int) -> None:
    """As `Marks.note`, for who gives the numbers himself, each once; a disk that refuses is passed over."""
    with contextlib.suppress(Problem):
        add(Path(ctx.settings.data) / FILE, {journal: seq})


def add(path: Path, marks: Mapping[str, int]) -> None:
    """Add lines. Raises `Problem("cannot-write")`."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, b"\n" + _spelled(marks))  # a line that was torn must not swallow the first
        finally:
            os.close(handle)
    except OSError as error:
        raise _cannot_write(path, error) from error


def read(path: Path) -> dict[str, int]:
    """The highest number of each journal in the file; none where there is no file. What is no line of ours is
    left aside: the end of one that a power cut has torn.
    """
    marks: dict[str, int] = {}
    try:
        text = path.read_bytes().decode("ascii", "replace")
    except OSError:
        return {}
    for line in text.splitlines():
        journal, _, seq = line.partition(" ")
        if journal and seq.isdecimal() and seq.isascii() and len(seq) < 17:
            marks[journal] = max(marks.get(journal, 0), int(seq))
    return marks


def lost(work: Work) -> list[Lost]:
    """What was receipted beyond the highest number that is stored of each journal.

    What is missing below that shows as a hole of the sequence.
    """
    stored = {row["journal"]: row["hi"] for row in work.sql.ingest_highest()}
    marks = read(Path(work.ctx.settings.data) / FILE)
    return [
        Lost(journal, stored.get(journal, 0) + 1, seq)
        for journal, seq in sorted(marks.items())
        if seq > stored.get(journal, 0)
    ]


def count(losses: list[Lost]) -> int:
    """How many numbers that is."""
    return sum(each.hi - each.lo + 1 for each in losses)


def lost_words(losses: list[Lost]) -> str:
    """What to say of that."""
    return (
        f"{count(losses)} event(s) of {len(losses)} journal(s) were receipted and are not stored; devices in "
        "touch send what they still keep by themselves. If some are left then, restore a newer backup"
    )


def unread_words(unread: Unread) -> str:
    """What to say of a write-ahead log that SQLite could not read to its end."""
    return (
        f"the write-ahead log was damaged behind its frame {unread.frames}: {unread.commits} transaction(s) "
        "that were stored could not be read"
    )


def _spelled(marks: Mapping[str, int]) -> bytes:
    return "".join(f"{journal} {seq}\n" for journal, seq in sorted(marks.items())).encode()


def _cannot_write(path: Path, error: OSError) -> Problem:
    return Problem("cannot-write", path=str(path), reason=error.strerror or str(error))
