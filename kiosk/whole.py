"""Files that are written whole or not at all, whatever happens to the power meanwhile."""

import contextlib
import os
from pathlib import Path


def write_whole(path: Path, payload: bytes, mode: int = 0o600) -> None:
    """Put `payload` in the place of `path`, on the disk for good when this returns. Raises OSError."""
    part = path.with_name(f"{path.name}.part")
    with contextlib.suppress(FileNotFoundError):
        part.unlink()  # left by a cut of the power, with whatever rights
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(payload)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    _sync_directory(path.parent)


def remove(path: Path) -> None:
    """Take `path` away for good, if it is there. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    """A name is on the disk only once its directory is."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
