"""Reading the data directory back, byte by byte, to see that what was erased is in none of its files.

The reading is done by a process of its own: a process that opens and closes a file loses all its POSIX
locks on it, and with them SQLite's (https://sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from survey_defs.complaint import encode_sealed

WINDOW = 32
"""Bytes of a sealed box that are looked for at a time: they cannot stand anywhere by chance."""
_WINDOWS = 16
_CHUNK = 8 * 1024 * 1024


class Proof(NamedTuple):
    """What was read and where something was still found. `found` names files of the data directory."""

    files: int
    bytes: int
    found: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every file was read and nothing was found in any."""
        return not self.found and not self.unread


def windows(boxes: Iterable[bytes]) -> frozenset[bytes]:
    """Pieces of sealed boxes from their beginning to their end, also as they travel, in base64."""
    return frozenset(
        form[start : start + WINDOW]
        for box in boxes
        for form in (box, encode_sealed(box).encode())
        if len(form) >= WINDOW
        for start in _starts(len(form))
    )


def search(directory: Path, needles: Collection[bytes]) -> Proof:
    """Read every file below a directory and look for the needles, in another process."""
    asked = json.dumps({"directory": str(directory), "needles": [needle.hex() for needle in needles]})
    done = subprocess.run(  # noqa: S603 - this very module
        [sys.executable, "-m", __name__], input=asked, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        return Proof(0, 0, (), (str(directory),))
    files, size, found, unread = json.loads(done.stdout)
    return Proof(files, size, tuple(found), tuple(unread))


def _read_back(directory: Path, needles: Collection[bytes]) -> Proof:
    files, size, found, unread = 0, 0, [], []
    for path in sorted(each for each in directory.rglob("*") if each.is_file()):
        name = path.relative_to(directory).as_posix()
        try:
            read, hit = _search(path, needles)
        except OSError:
            unread.append(name)
            continue
        files, size = files + 1, size + read
        if hit:
            found.append(name)
    return Proof(files, size, tuple(found), tuple(unread))


def _search(path: Path, needles: Collection[bytes]) -> tuple[int, bool]:
    longest = max(map(len, needles), default=1)
    tail, read, hit = b"", 0, False
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            read += len(chunk)
            whole = tail + chunk
            hit = hit or any(needle in whole for needle in needles)
            tail = whole[-(longest - 1) :] if longest > 1 else b""
    return read, hit


def _starts(length: int) -> set[int]:
    last = length - WINDOW
    return {last * step // (_WINDOWS - 1) for step in range(_WINDOWS)}


if __name__ == "__main__":
    question = json.load(sys.stdin)
    wanted = [bytes.fromhex(needle) for needle in question["needles"]]
    print(json.dumps(_read_back(Path(question["directory"]), wanted)))
