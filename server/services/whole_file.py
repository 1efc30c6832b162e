"""Files that are written whole or not at all, whatever happens to the power meanwhile."""

import contextlib
import os
import threading
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Put `content` in the place of `path`; it never has wider rights than `mode`. Raises OSError."""
    draft = _written_aside(path, content, mode)
    try:
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_once(path: Path, content: bytes, mode: int) -> bytes:
    """Put `content` at `path` where nothing is there yet; what is there then. Raises OSError.

    Of several who do so at once all get what the first has written.
    """
    draft = _written_aside(path, content, mode)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_bytes()


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet. Raises FileExistsError, which leaves what is there, and OSError.

    By no link, which a memory stick may not know; where it fails in the middle nothing is left.
    """
    _create(path, content, mode)


def _written_aside(path: Path, content: bytes, mode: int) -> Path:
    # No other thread of this machine has this number as long as this one lives.
    draft = path.with_name(f".{path.name}.{threading.get_native_id()}")
    draft.unlink(missing_ok=True)
    _create(draft, content, mode, exactly=True)
    return draft


def _create(path: Path, content: bytes, mode: int, *, exactly: bool = False) -> None:
    """`exactly`: with this mode, whatever the process takes away from new files."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            if exactly:
                path.chmod(mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
