"""A backup of everything, taken while the server runs: one file, which its passphrase opens anywhere.

It is a sealed stream (`domain.sealed_stream`) of a tar archive: a copy of the store, the files of the data
directory beside it (certificates and their keys, secrets, the lists of erasures and withdrawals), and the
settings. Making one needs the public half alone. Where no key was made yet it is the copy of the store alone,
in the clear, as older versions wrote it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import msgspec

from server.domain.keys.sealed_stream import (
    MAGIC,
    BackupKey,
    Reader,
    Writer,
    locked,
    new_key,
    open_key,
    read_head,
)
from server.domain.problems import Problem
from server.services.context import Context
from server.services.keys.custody import check_passphrase
from server.services.keys.open_keys import spelled
from survey_defs.typed import from_json
from survey_defs.whole_file import sync_directory, write_whole

KEY_FILE, SHEET_FILE = "backup.key", "backup.sheet"
ENDING, UNFINISHED = ".backup", ".unfinished"
STORE, SETTINGS = "hailong.db", "hailong.toml"
WORK = "backup"
"""Making and unpacking backups, and changing their key: one at a time on a data directory."""
_SQLITE = b"SQLite format 3\0"
_COPY, _UNPACKED = ".backup.db", ".unpacked-"
_LEFT_OUT = ("hailong.db", "before-restore-", "restore-unfinished")
"""Not in a backup: the store itself, which is copied, and what tells of this machine alone."""
_BLOCK = 1024 * 1024


class Made(NamedTuple):
    """A backup that was written. `fingerprint`: of the key it is sealed to; '' where it lies in the clear."""

    bytes: int
    fingerprint: str


def key_of(ctx: Context) -> BackupKey | None:
    """The installation's backup key; None where none was made. Raises `Problem("bad-backup")`."""
    path = Path(ctx.settings.data) / KEY_FILE
    try:
        return from_json(path.read_bytes(), BackupKey)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise Problem("bad-backup", path=str(path)) from error


def make_key(ctx: Context, passphrase: str, *, renew: bool = False) -> BackupKey:
    """Make the key to which backups are sealed from now on; older ones open with the passphrase of their own.

    Raises `Problem`: `backup-key-exists`, `cannot-write`, and as `check_passphrase` does.
    """
    check_passphrase(passphrase)
    path = Path(ctx.settings.data) / KEY_FILE
    try:
        with ctx.store.alone(WORK):
            if path.exists() and not renew:
                raise Problem("backup-key-exists")
            return _kept(path, new_key(spelled(passphrase)))
    except OSError as error:
        raise _cannot_write(path, error) from error


def change_passphrase(ctx: Context, opening: Opening, passphrase: str) -> BackupKey:
    """Lock the same key by another passphrase. Backups that are there keep theirs, and the sheet opens all.

    Raises `Problem`: `no-backup-key`, `cannot-write`, and as `opening` and `check_passphrase` do.
    """
    check_passphrase(passphrase)
    path = Path(ctx.settings.data) / KEY_FILE
    try:
        with ctx.store.alone(WORK):
            return _kept(path, locked(private_of(ctx, opening), spelled(passphrase)))
    except OSError as error:
        raise _cannot_write(path, error) from error


def private_of(ctx: Context, opening: Opening) -> bytes:
    """The private half of the key. Raises `Problem`: `no-backup-key`, and as `opening` does."""
    key = key_of(ctx)
    if key is None:
        raise Problem("no-backup-key")
    return opening(key, KEY_FILE)


def _kept(path: Path, key: BackupKey) -> BackupKey:
    write_whole(path, msgspec.json.encode(key), 0o600)
    return key


def back_up(
    ctx: Context,
    path: Path,
    *,
    plain: bool = False,
    settings_file: Path | None = None,
    waits: Callable[[], object] | None = None,
) -> Made:
    """Write a backup to `path`, a file that does not exist yet, and read it back.

    Where another is being made, or put back, it waits for that, and calls `waits` before. Raises `Problem`:
    `file-exists`, `cannot-write`, `disk-full`, and those of a damaged store.
    """
    if path.exists():  # before a wait, too
        raise Problem("file-exists", path=str(path))
    try:
        with ctx.store.alone(WORK, waits):
            clear_leftovers(Path(ctx.settings.data))
            return _back_up(ctx, path, None if plain else key_of(ctx), settings_file)
    except OSError as error:
        raise _cannot_write(path, error) from error


def clear(ctx: Context) -> None:
    """As `clear_leftovers`, for who holds no lock. Raises `Problem("cannot-write")`."""
    data = Path(ctx.settings.data)
    try:
        with ctx.store.alone(WORK):
            clear_leftovers(data)
    except OSError as error:
        raise _cannot_write(data, error) from error


def clear_leftovers(data: Path) -> None:
    """Delete what a backup, or the opening of one, has left that was killed: it lies in the clear.

    For who holds the lock of `WORK`. Raises OSError.
    """
    for left in [*data.glob(f"{_COPY}*"), *data.glob(f"{_UNPACKED}*")]:
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


def _back_up(ctx: Context, path: Path, key: BackupKey | None, settings_file: Path | None) -> Made:
    if path.exists():
        raise Problem("file-exists", path=str(path))
    draft = path.with_name(f".{path.name}{UNFINISHED}")
    copy = draft if key is None else Path(ctx.settings.data) / _COPY
    try:
        draft.unlink(missing_ok=True)
        ctx.store.copy_into(copy)
        ctx.store.check_copy(copy)
        if key is not None:
            _seal(ctx, key, copy, draft, settings_file)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.chmod(0o600)
        draft.rename(path)
        sync_directory(path.parent)
        return Made(path.stat().st_size, key.fingerprint if key else "")
    finally:
        for each in (draft, copy):
            with contextlib.suppress(OSError):
                each.unlink(missing_ok=True)


def _seal(ctx: Context, key: BackupKey, copy: Path, draft: Path, settings_file: Path | None) -> None:
    data = Path(ctx.settings.data)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        hashing = _Hashing(file)
        writer = Writer(cast("BinaryIO", hashing), key)
        with tarfile.open(fileobj=cast("BinaryIO", writer), mode="w|", bufsize=_BLOCK) as archive:
            archive.add(copy, STORE)
            for found in _beside(data):
                archive.add(found, found.relative_to(data).as_posix(), recursive=False)
            if settings_file is not None and not (data / SETTINGS).exists():
                archive.add(settings_file, SETTINGS)
        writer.finish()
        file.flush()
        os.fsync(file.fileno())
    with draft.open("rb") as back:
        if hashlib.file_digest(back, "sha256").digest() != hashing.digest():
            raise OSError("what was written reads otherwise")


class _Hashing:
    """A file that remembers what is to stand in it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def write(self, content: bytes) -> int:
        self._hash.update(content)
        return self._file.write(content)

    def digest(self) -> bytes:
        return self._hash.digest()


def _beside(data: Path) -> Iterator[Path]:
    """The files of a data directory that belong into a backup, without drafts, locks and other backups."""
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data).as_posix()
        hidden = any(part.startswith(".") for part in path.relative_to(data).parts)
        if hidden or name.startswith(_LEFT_OUT) or name.endswith(ENDING):
            continue
        if path.is_file() and not path.is_symlink():
            yield path


def is_sealed(path: Path) -> BackupKey | None:
    """The key that a backup is sealed to; None for one in the clear. Raises `Problem`."""
    if not path.is_file():
        raise Problem("no-such-file", path=str(path))
    try:
        with path.open("rb") as file:
            head = read_head(file, str(path))
    except OSError as error:
        raise Problem("bad-backup", path=str(path)) from error
    return None if head is None else head.key


def is_backup(path: Path) -> bool:
    """Whether a file begins as a backup does, sealed or in the clear."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC or (file.seek(0) == 0 and file.read(16) == _SQLITE)
    except OSError:
        return False


Opening = Callable[[BackupKey, str], bytes]
"""Gives the private half of a key that lies in the file of that name; raises `Problem`."""


def by_passphrase(passphrase: str) -> Opening:
    """With what the key is locked by: `wrong-backup-passphrase`, `bad-backup`."""

    def opening(key: BackupKey, name: str) -> bytes:
        try:
            private = open_key(key, spelled(passphrase))
        except ValueError as error:
            raise Problem("bad-backup", path=name) from error
        if private is None:
            raise Problem("wrong-backup-passphrase", fingerprint=key.fingerprint)
        return private

    return opening


@contextmanager
def opened(path: Path, opening: Opening, parent: Path) -> Iterator[Path]:
    """What a sealed backup holds, in a directory below `parent` that goes afterwards: all of it or nothing.

    Raises `Problem`: `bad-backup`, `cannot-write`, and as `opening` does.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_UNPACKED, dir=parent) as name:
        directory = Path(name)
        try:
            with path.open("rb") as file:
                head = read_head(file, str(path))
                if head is None:
                    raise Problem("bad-backup", path=str(path))
                reader = Reader(file, head, opening(head.key, str(path)), str(path))
                with tarfile.open(fileobj=cast("BinaryIO", reader), mode="r|", bufsize=_BLOCK) as archive:
                    archive.extractall(directory, filter="data")
                reader.finish()
        except (tarfile.TarError, EOFError) as error:
            raise Problem("bad-backup", path=str(path)) from error
        except OSError as error:
            raise _cannot_write(parent, error) from error
        if not (directory / STORE).is_file():
            raise Problem("bad-backup", path=str(path))
        yield directory


def place(found: Path, data: Path, settings_file: Path | None) -> list[str]:
    """Put the files of an opened backup where there are none yet; the names of those that stay as they are.

    The lists of what was erased and withdrawn are newer where they lie already, and so are keys. Settings
    that are in force elsewhere stay, too. Raises OSError.
    """
    kept = []
    for path in sorted(each for each in found.rglob("*") if each.is_file()):
        name = path.relative_to(found).as_posix()
        if name == STORE:
            continue
        target = data / name
        if target.exists() or (name == SETTINGS and settings_file is not None):
            if not target.exists() or target.read_bytes() != path.read_bytes():
                kept.append(name)
            continue
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(target, path.read_bytes(), path.stat().st_mode & 0o700 & ~0o111 | 0o600)
    return kept


def _cannot_write(path: Path, error: OSError) -> Problem:
    return Problem("cannot-write", path=str(path), reason=error.strerror or str(error))
