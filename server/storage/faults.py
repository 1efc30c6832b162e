"""What SQLite has against a store, told apart: each kind has its own remedy."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from pathlib import Path

from server.domain.problems import Problem

_NO_ROOM_BYTES = 256 * 1024
"""Less is left on a disk that counts as full: SQLite then cannot even make its log grow."""
GROWTH_BYTES = 1024 * 1024
"""What a batch of answers, their indexes and the log of both take at the most."""
_SHUT = frozenset((errno.EROFS, errno.EACCES, errno.EPERM))
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_BY_RESULT = {
    "SQLITE_FULL": "disk-full",
    "SQLITE_IOERR": "store-io",
    "SQLITE_READONLY": "store-read-only",
    "SQLITE_CANTOPEN": "store-unopenable",
    "SQLITE_PERM": "store-unopenable",
    "SQLITE_BUSY": "store-busy",
    "SQLITE_LOCKED": "store-busy",
    "SQLITE_PROTOCOL": "store-busy",
    "SQLITE_CORRUPT": "store-damaged",
    "SQLITE_NOTADB": "not-a-store",
}
"""By the beginning of SQLite's result code: https://www.sqlite.org/rescode.html."""


def as_problem(error: BaseException, path: Path) -> Problem | None:
    """What to tell of an error of SQLite's, or None where it says nothing of the file or the disk."""
    name = str(getattr(error, "sqlite_errorname", None) or "")
    code = next((code for result, code in _BY_RESULT.items() if name.startswith(result)), None)
    if code is None or not isinstance(error, sqlite3.Error):
        return None
    if code == "store-io" and _has_no_room(path):
        code = "disk-full"  # a log or an index that cannot grow is told as an I/O error
    return Problem(code, path=str(path), reason=name)


def of_directory(error: OSError, path: Path) -> Problem:
    """What to tell of a data directory that takes no files."""
    full, broken = error.errno in _FULL, error.errno == errno.EIO
    code = "disk-full" if full else "store-io" if broken else "data-unwritable"
    return Problem(code, path=str(path), reason=error.strerror or str(error))


def check_growth(path: Path) -> None:
    """See whether the store and its log can grow: room for a file as long as the longer of them and
    `GROWTH_BYTES` more is taken beside them, behind that length, and given back.

    Raises `Problem`: `disk-full` (or a quota), `store-read-only`, `store-io`.
    """
    probe = path.with_name(f".{path.name}.room")
    longest = max(
        (each.stat().st_size for each in (path, path.with_name(f"{path.name}-wal")) if each.exists()),
        default=0,
    )
    try:
        with probe.open("wb") as file:
            os.posix_fallocate(file.fileno(), longest, GROWTH_BYTES)
    except OSError as error:
        code = (
            "disk-full" if error.errno in _FULL else "store-read-only" if error.errno in _SHUT else "store-io"
        )
        raise Problem(code, path=str(path), reason=error.strerror or type(error).__name__) from error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


def _has_no_room(path: Path) -> bool:
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _NO_ROOM_BYTES
