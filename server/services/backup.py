"""A copy of the store, taken while the server runs."""

import contextlib
import os
from pathlib import Path

from server.domain.problems import Problem
from server.services.context import Context


def back_up(ctx: Context, path: Path) -> int:
    """Write a backup to `path`, a file that does not exist yet; answers its size in bytes.

    Raises `Problem`: `file-exists`, `cannot-write`, `disk-full`.
    """
    if path.exists():
        raise Problem("file-exists", path=str(path))
    draft = path.with_name(f".{path.name}.unfinished")
    try:
        draft.unlink(missing_ok=True)
        ctx.store.copy_into(draft)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.chmod(0o600)
        draft.rename(path)
        return path.stat().st_size
    except OSError as error:
        raise Problem("cannot-write", path=str(path), reason=error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
