"""Opening the store, its connections and its transactions.

Every thread has a connection of its own; one lock per process keeps to one writer, and
`BEGIN IMMEDIATE` keeps other processes' writers out from the first statement on (a deferred
transaction that reads and then writes fails with BUSY under load).
"""

import errno
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import aiosql
from aiosql.adapters.sqlite3 import SQLite3Adapter
from sqlite_utils import Database

from server.domain.problems import Clash, Problem
from server.storage.locks import Lock
from server.storage.migrations import migrations

DATABASE = "hailong.db"
"""The store's file in the data directory."""
_SQL = Path(__file__).parent / "sql"
_NAME = re.compile(r":[a-z_0-9]+")


class _Adapter(SQLite3Adapter):
    """aiosql's own takes one value (`$`) from tuples only; our rows are `sqlite3.Row`."""

    def select_value(self, conn: Any, query_name: str, sql: str, parameters: Any) -> Any:
        """The first value of the first row, or None."""
        row = self.select_one(conn, query_name, sql, parameters)  # type: ignore[no-untyped-call]
        return None if row is None else row[0]


@cache
def _queries() -> Any:
    """The named queries, which know no store: read once for all of them."""
    return aiosql.from_path(_SQL, _Adapter, mandatory_parameters=False)


class Store:
    """The database of one data directory.

    `sql` holds the named queries of all of `server/storage/sql/*.sql`, each an attribute
    (`store.sql.rate_groups(store.connection, school=…)`); rows come back as `sqlite3.Row`.
    """

    def __init__(self, path: Path) -> None:
        """Does not open anything yet; `open_store` checks and migrates."""
        self.path = path
        self.sql: Any = _queries()
        self._positional: dict[str, str] = {}
        self._local = threading.local()
        self._writer = threading.Lock()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection; opened on first use."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=10, isolation_level=None, cached_statements=256)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            # NORMAL may roll a committed transaction back at a power cut: after a receipt, that is a loss.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # What is deleted on a person's request is overwritten, not only forgotten.
            connection.execute("PRAGMA secure_delete = ON")
            # Random ids touch pages all over their index: with SQLite's own 2 MB and a checkpoint every
            # 4 MB, an ingest into a store of 150,000 answers takes 40 % longer.
            connection.execute("PRAGMA cache_size = -32768")
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
            self._local.connection = connection
        return connection

    @property
    def database(self) -> Database:
        """sqlite-utils' view of this thread's connection."""
        return Database(self.connection)

    @contextmanager
    def atomic(self) -> Iterator[sqlite3.Connection]:
        """One write transaction: all of it, or nothing of it.

        Raises `Clash` where a row is there already, and the `disk-full`, `store-read-only` and
        `store-busy` problems in place of SQLite's own words.
        """
        with self._writer:
            connection = self.connection
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                problem = _as_problem(error, self.path)
                if problem is not None:
                    raise problem from error
                if isinstance(error, sqlite3.IntegrityError):
                    raise Clash from error
                raise

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Several reads of this thread that all see the store as it stands at the first of them."""
        connection = self.connection
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    def insert_many(self, connection: sqlite3.Connection, name: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run the named query once for each row, its values in the order in which the query names them.

        A third faster than by name: for the inserts of the ingest alone.
        """
        sql = self._positional.get(name)
        if sql is None:
            sql = self._positional[name] = _NAME.sub("?", getattr(self.sql, name).sql)
        connection.executemany(sql, rows)

    def troubles(self) -> list[str]:
        """What is wrong with the file itself, in SQLite's words; none for a sound one. Raises `Problem`."""
        try:
            found = [row[0] for row in self.connection.execute("PRAGMA integrity_check(10)")]
            found += [
                f"{row[0]} without its {row[2]}"
                for row in self.connection.execute("PRAGMA foreign_key_check")
            ]
        except sqlite3.Error as error:
            raise _as_problem(error, self.path) or error from error
        return [trouble for trouble in found if trouble != "ok"]

    def steps(self) -> list[str]:
        """The names of the schema's steps that this store has taken."""
        return [step.name for step in migrations.applied(self.database)]

    def copy_into(self, path: Path) -> None:
        """Write a copy of this moment's state into a new file. Raises `Problem`."""
        try:
            self.connection.execute("VACUUM INTO ?", (str(path),))
        except sqlite3.Error as error:
            raise _as_problem(error, path) or Problem(
                "cannot-write", path=str(path), reason=str(error)
            ) from error

    def flush(self) -> bool:
        """Bring the write-ahead log into the store and cut it to nothing, so that no old page stays in it.

        Waits some seconds for whoever reads; False where one still held on to it. Raises `Problem`.
        """
        with self._writer:
            try:
                busy, *_ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.Error as error:
                raise _as_problem(error, self.path) or error from error
        return not busy

    def rewrite(self) -> None:
        """Write the whole store anew, without the gaps that deleting has left. Raises `Problem`."""
        with self._writer:
            try:
                self.connection.execute("VACUUM")
            except sqlite3.Error as error:
                raise _as_problem(error, self.path) or error from error

    def probe(self) -> None:
        """Write something that changes nothing, to see whether the disk takes it. Raises as `atomic` does."""
        with self.atomic() as connection:
            connection.execute("PRAGMA user_version = 0")

    def close(self) -> None:
        """Close this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


def open_store(data: Path) -> Store:
    """The store of a data directory, made and brought to the newest schema where needed.

    Raises `Problem` with the code `data-unwritable`, `store-read-only`, `disk-full`, `not-a-store` or
    `store-newer`.
    """
    make_directory(data)
    store = Store(data / DATABASE)
    # Two processes that start together must not both take the first step.
    with Lock(data / ".schema.lock").held():
        bring_up_to_date(store)
    return store


def make_directory(data: Path) -> None:
    """Make sure that the data directory exists and takes files. Raises `Problem`."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        # It will hold password hashes; the files beside it (-wal, -shm) take over its rights.
        (data / DATABASE).touch(mode=0o600)
        probe = data / ".writable"
        probe.write_bytes(b"")
        probe.unlink(missing_ok=True)
    except OSError as error:
        code = "disk-full" if error.errno == errno.ENOSPC else "data-unwritable"
        raise Problem(code, path=str(data)) from error


def bring_up_to_date(store: Store) -> tuple[list[str], list[str]]:
    """Take the steps that the schema lacks; answers the names of those it had and of those taken now.

    Raises `Problem`: `store-newer` where the store knows steps that this program does not, and what
    the disk or the file may have against it.
    """
    try:
        had = store.steps()
        check_steps(store)
        missing = [name for name in step_names() if name not in had]
        if missing:
            migrations.apply(store.database)
    except sqlite3.Error as error:
        problem = _as_problem(error, store.path)
        if problem is None:
            raise
        raise problem from error
    return had, missing


def check_steps(store: Store) -> None:
    """Raises `Problem("store-newer")` where the store has taken steps that this program does not know."""
    if unknown := set(store.steps()) - set(step_names()):
        raise Problem("store-newer", path=str(store.path), steps=", ".join(sorted(unknown)))


def step_names() -> list[str]:
    """The names of all steps that this program knows, in order."""
    return [step.name for step in migrations.pending(Database(memory=True))]


def _as_problem(error: BaseException, path: Path) -> Problem | None:
    if not isinstance(error, sqlite3.Error):
        return None
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_FULL") or name.startswith("SQLITE_IOERR"):
        return Problem("disk-full", path=str(path))
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
        return Problem("store-read-only", path=str(path))
    if name.startswith("SQLITE_BUSY"):
        return Problem("store-busy", path=str(path))
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return Problem("not-a-store", path=str(path))
    return None
