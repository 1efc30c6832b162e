"""Putting a backup in the place of the store; the store that was there is kept aside."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from server.domain.problems import Problem
from server.storage.database import DATABASE, Store, bring_up_to_date, check_steps, make_directory
from server.storage.locks import IN_USE, Lock
from survey_defs.whole_file import sync_directory


@contextmanager
def restored(
    data: Path, backup: Path, stamp: str, begin: Callable[[Path], None]
) -> Iterator[tuple[Path | None, Store | None]]:
    """Put `backup` in place; gives where the old store now is, and that store where it can still be read.

    No server can start on the directory as long as the block runs. `begin` is called with the directory when
    the backup has been checked, before anything is touched. Raises `Problem`: `no-such-file`, `not-a-store`,
    `store-newer`, `data-in-use`, `data-unwritable`, `cannot-write`, `disk-full`.
    """
    if not backup.is_file():
        raise Problem("no-such-file", path=str(backup))
    make_directory(data)
    lock = Lock(data / IN_USE)
    if not lock.take():
        raise Problem("data-in-use", path=str(data))
    try:
        try:
            aside = _replace(data, backup, stamp, begin)
        except OSError as error:
            raise Problem("cannot-write", path=str(data), reason=error.strerror or str(error)) from error
        old = _readable(aside)
        try:
            yield aside, old
        finally:
            if old is not None:
                old.close()
    finally:
        lock.release()


def _readable(aside: Path | None) -> Store | None:
    """The store that was there, if it is sound; an older schema is brought up to date: it is a copy."""
    if aside is None:
        return None
    store = Store(aside)
    try:
        if store.steps() and not store.troubles():
            bring_up_to_date(store)
            return store
    except (Problem, sqlite3.Error):
        pass
    store.close()
    return None


def _replace(data: Path, backup: Path, stamp: str, begin: Callable[[Path], None]) -> Path | None:
    place, draft = data / DATABASE, data / ".restoring.db"
    shutil.copyfile(backup, draft)
    try:
        _check(draft, backup)
        begin(data)
        draft.chmod(0o600)
        with draft.open("rb") as copied:
            os.fsync(copied.fileno())
        aside = None
        if place.exists() and place.stat().st_size:
            aside = data / f"before-restore-{stamp}.db"
            # What a server that was killed has left in its write-ahead log belongs to the old store.
            old = Store(place)
            try:
                old.copy_into(aside)
            except Problem:  # damaged: then as it is
                shutil.copyfile(place, aside)
            finally:
                old.close()
            aside.chmod(0o600)
        for suffix in ("-wal", "-shm"):
            place.with_name(place.name + suffix).unlink(missing_ok=True)
        draft.replace(place)
        sync_directory(data)
        return aside
    finally:
        for suffix in ("", "-wal", "-shm"):
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def check_copy_of(store: Path, named: Path) -> None:
    """See that this is a sound store, in a copy of it. `named`: the file that a person knows.

    Raises `Problem`: `no-such-file`, `not-a-store`, `store-newer`, `cannot-write`.
    """
    if not named.is_file():
        raise Problem("no-such-file", path=str(named))
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / DATABASE
        try:
            shutil.copyfile(store, copy)
        except OSError as error:
            raise Problem("cannot-write", path=directory, reason=error.strerror or str(error)) from error
        _check(copy, named)


def boxes_in(backup: Path, case_id: str) -> list[bytes]:
    """The sealed boxes that a case has in a backup, which is read from a copy and stays as it is.

    Raises `Problem`: `no-such-file`, `not-a-store`, `store-newer`.
    """
    if not backup.is_file():
        raise Problem("no-such-file", path=str(backup))
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / DATABASE
        shutil.copyfile(backup, copy)
        _check(copy, backup)
        store = Store(copy)
        try:
            with store.read() as sql:
                row = sql.erase_case_of_id(id=case_id)
                rows = [] if row is None else sql.erase_boxes(case_n=row["n"])
                return [bytes(each["box"]) for each in rows]
        except sqlite3.Error:  # made before there were complaints
            return []
        finally:
            store.close()


def _check(draft: Path, named: Path) -> None:
    store = Store(draft)
    try:
        check_steps(store)
        sound = bool(store.steps()) and not store.troubles()
    except Problem as problem:  # of the copy; what a person knows is the file that was named
        if problem.code == "store-damaged":
            raise Problem("not-a-store", path=str(named)) from problem
        raise Problem(problem.code, **{**problem.values, "path": str(named)}) from problem
    except sqlite3.Error:
        sound = False
    finally:
        store.close()
    if not sound:
        raise Problem("not-a-store", path=str(named))
