"""Locks between processes: who runs on a data directory. They vanish with the process that holds them."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

IN_USE = ".server.lock"
"""In a data directory: held, shared, by whatever runs on it; alone by who puts another store there."""


class Lock:
    """One lock file. Its content means nothing, and it is never removed: only the lock on it counts."""

    def __init__(self, path: Path) -> None:
        """Opens nothing yet."""
        self._path = path
        self._file: int | None = None

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        """Take the lock; False where another holds it and `wait` is not set."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(file, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Let the lock go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @contextmanager
    def held(self, waits: Callable[[], object] | None = None) -> Iterator[None]:
        """Hold the lock, waiting for it, for as long as the block runs; `waits` is called before a wait."""
        if not self.take():
            if waits is not None:
                waits()
            self.take(wait=True)
        try:
            yield
        finally:
            self.release()


def of_work(data: Path, work: str) -> Lock:
    """The lock of what one process does at a time on a data directory, such as "backup"."""
    return Lock(data / f".{work}.lock")
