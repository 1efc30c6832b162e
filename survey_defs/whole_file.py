"""Files that are written whole or not at all, whatever happens to the power meanwhile."""

import contextlib
import errno
import os
import threading
from glob import escape
from pathlib import Path

_THREADS = Path("/proc")


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put `content` in the place of `path`, on the disk for good when this returns. Raises OSError.

    It never has wider rights than `mode`.
    """
    draft = _written_aside(path, content, mode)
    try:
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)


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
    sync_directory(path.parent)
    return path.read_bytes()


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet. Raises FileExistsError, which leaves what is there, and OSError.

    By no link, which a memory stick may not know; where it fails in the middle nothing is left.
    """
    _create(path, content, mode)
    sync_directory(path.parent)


def remove(path: Path) -> None:
    """Take `path` away for good, if it is there. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """See the names in a directory on the disk: a new one is there only then. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that writes names by itself, as on a memory stick
            raise
    finally:
        os.close(handle)


def _written_aside(path: Path, content: bytes, mode: int) -> Path:
    # No other thread of this machine has this number as long as this one lives.
    draft = path.with_name(f".{path.name}.{threading.get_native_id()}")
    _sweep(path, draft)
    _create(draft, content, mode, exactly=True)
    return draft


def _sweep(path: Path, own: Path) -> None:
    """Take away what a cut of the power, or a kill, has left of this file's drafts."""
    for draft in path.parent.glob(f".{escape(path.name)}.*"):
        number = draft.name.removeprefix(f".{path.name}.")
        if draft == own or (number.isdecimal() and not (_THREADS / number).exists()):
            draft.unlink(missing_ok=True)


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
