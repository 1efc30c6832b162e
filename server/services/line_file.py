"""Files beside the database to which lines are only ever added, each on the disk before its commit."""

from __future__ import annotations

import os
from pathlib import Path

from server.domain.problems import Problem
from survey_defs.whole_file import sync_directory


def add_line(path: Path, line: str) -> None:
    """Add a line, and see it on the disk. Raises `Problem("cannot-write")`."""
    try:
        is_new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            file.seek(0, os.SEEK_END)
            if file.tell():  # a line that a power cut has torn must not swallow this one
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(f"{line}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_directory(path.parent)
    except OSError as error:
        raise Problem("cannot-write", path=str(path), reason=error.strerror or str(error)) from error
