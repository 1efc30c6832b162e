"""Opening the store, its connections and its transactions.

Every thread has a connection of its own; one lock per process keeps to one writer, and
`BEGIN IMMEDIATE` keeps other processes' writers out from the first statement on (a deferred
transaction that reads and then writes fails with BUSY under load). Who reads waits for no writer; who
writes waits `WAIT_S` for those before, and is told then: somebody sits before the page.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from server.domain.problems import Clash, Problem
from server.storage import wal
from server.storage.faults import as_problem, check_growth, of_directory
from server.storage.locks import of_work
from server.storage.migrations import migrations
from server.storage.queries import Queries
from server.storage.wal import Unread

DATABASE = "hailong.db"
"""The store's file in the data directory."""
WAIT_S = 4.0
"""How long a statement waits for another process, and a transaction for its own process, in seconds."""


class _Connection(sqlite3.Connection):
    """A connection that knows its store, so that what is wrong with the file can be told."""

    store: "Store"


class Store:
    """The database of one data directory, in units of reading and writing: `with store.read() as sql:`."""

    def __init__(self, path: Path) -> None:
        """Does not open anything yet; `open_store` checks and migrates."""
        self.path = path
        self._local = threading.local()
        self._writer = threading.Lock()
        self.is_damaged = False
        """Whether SQLite has met a damaged page since this process has the store open."""
        self.unread: Unread | None = None
        """What could not be read of the write-ahead log when this process opened the store."""

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection; opened on first use."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
        return connection

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self.path, timeout=WAIT_S, isolation_level=None, cached_statements=256, factory=_Connection
            )
        except sqlite3.Error as error:
            self.tell(error)
            raise
        connection.store = self
        connection.row_factory = sqlite3.Row
        try:
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
        except sqlite3.Error as error:
            connection.close()
            self.tell(error)
            raise
        return connection

    @property
    def database(self) -> Database:
        """sqlite-utils' view of this thread's connection."""
        return Database(self.connection)

    @contextmanager
    def write(self, wait_s: float = WAIT_S) -> Iterator[Queries]:
        """One write transaction: all of it, or nothing of it.

        `wait_s`: for the writers before it; shorter than `WAIT_S` for what may as well be left undone. Raises
        `Clash` where a row is there already, and the problems of `server.storage.faults`.
        """
        with self._writing(wait_s), self._patient(wait_s):
            connection = self.connection
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield Queries(connection)
                connection.execute("COMMIT")
            except BaseException as error:
                _roll_back(connection)
                if isinstance(error, sqlite3.IntegrityError):
                    raise Clash from error
                if isinstance(error, sqlite3.Error):
                    self.tell(error)
                raise

    @contextmanager
    def _patient(self, wait_s: float) -> Iterator[None]:
        """Wait so long for other processes, as long as the block runs."""
        if wait_s == WAIT_S:
            yield
            return
        connection = self.connection
        connection.execute(f"PRAGMA busy_timeout = {round(wait_s * 1000)}")
        try:
            yield
        finally:
            connection.execute(f"PRAGMA busy_timeout = {round(WAIT_S * 1000)}")

    @contextmanager
    def _writing(self, wait_s: float = WAIT_S) -> Iterator[None]:
        """Be this process's only writer. Raises `Problem("store-busy")`."""
        if not self._writer.acquire(timeout=wait_s):
            raise Problem("store-busy", path=str(self.path))
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def read(self) -> Iterator[Queries]:
        """Several reads of this thread that all see the store as it stands at the first of them.

        Within a unit that this thread has open already, it is a part of that.
        """
        connection = self.connection
        if connection.in_transaction:
            yield Queries(connection)
            return
        try:
            connection.execute("BEGIN")
            yield Queries(connection)
        except sqlite3.Error as error:
            self.tell(error)
            raise
        finally:
            _roll_back(connection)

    def troubles(self) -> list[str]:
        """What is wrong with the file itself, in SQLite's words; none for a sound one. Raises `Problem`."""
        try:
            found = [row[0] for row in self.connection.execute("PRAGMA integrity_check(10)")]
            found += [
                f"{row[0]} without its {row[2]}"
                for row in self.connection.execute("PRAGMA foreign_key_check")
            ]
        except sqlite3.Error as error:
            self.tell(error)
            raise
        return [trouble for trouble in found if trouble != "ok"]

    def steps(self) -> list[str]:
        """The names of the schema's steps that this store has taken."""
        return [step.name for step in migrations.applied(self.database)]

    @contextmanager
    def alone(self, work: str, waits: Callable[[], object] | None = None) -> Iterator[None]:
        """Be the only one who does this work on the data directory, of all threads and processes.

        Whoever comes second waits; `waits` is called before. Not to be nested. Raises OSError.
        """
        with of_work(self.path.parent, work).held(waits):
            yield

    def copy_into(self, path: Path) -> None:
        """Write a copy of this moment's state into a new file. Raises `Problem`.

        Without the secrets of open claim codes: they are no use in it, who opens a copy makes new codes.
        """
        try:
            self.connection.execute("VACUUM INTO ?", (str(path),))
            with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as copy:
                copy.execute("PRAGMA journal_mode = MEMORY")  # no file beside it that holds what goes
                copy.execute("PRAGMA secure_delete = ON")
                Queries(copy).claim_copy_forget()
        except sqlite3.Error as error:
            problem = as_problem(error, path)
            if problem is not None and problem.code in ("store-damaged", "not-a-store", "store-busy"):
                self.tell(error)  # that is the source
            if problem is None or problem.code in ("store-unopenable", "store-read-only"):
                raise Problem("cannot-write", path=str(path), reason=str(error)) from error
            raise problem from error

    def check_copy(self, path: Path) -> None:
        """See that a copy is sound, before it passes for a backup. Raises `Problem("store-damaged")`."""
        copy = Store(path)
        try:
            sound = not copy.troubles()
        except (Problem, sqlite3.Error):
            sound = False
        finally:
            copy.close()
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        if not sound:
            raise Problem("store-damaged", path=str(self.path))

    def flush(self) -> bool:
        """Bring the write-ahead log into the store and cut it to nothing, so that no old page stays in it.

        Waits some seconds for whoever reads; False where one still held on to it. Raises `Problem`.
        """
        with self._writing():
            return self._cut_log()

    def checkpoint(self) -> bool:
        """As `flush`, without waiting for anybody: False where somebody reads or writes just now."""
        with self._writing(), self._patient(0):
            return self._cut_log()

    def _cut_log(self) -> bool:
        try:
            busy, *_ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            self.tell(error)
            raise
        return not busy

    def rewrite(self) -> None:
        """Write the whole store anew, without the gaps that deleting has left. Raises `Problem`."""
        with self._writing():
            try:
                self.connection.execute("VACUUM")
            except sqlite3.Error as error:
                self.tell(error)
                raise

    def probe(self) -> None:
        """Write something that changes nothing, to see whether the disk takes it, and more after it.

        Raises as `write` does.
        """
        # One page may still fit into a log that was longer before, while no answer does any more.
        check_growth(self.path)
        with self.write() as sql:
            sql.connection.execute("PRAGMA user_version = 0")

    def tell(self, error: sqlite3.Error) -> None:
        """Raise the problem behind an error of SQLite's, if it is one of the file or the disk."""
        problem = as_problem(error, self.path)
        if problem is not None:
            self.is_damaged |= problem.code in ("store-damaged", "not-a-store")
            raise problem from error

    def close(self) -> None:
        """Close this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


def open_store(data: Path) -> Store:
    """The store of a data directory, made and brought to the newest schema where needed.

    Raises `Problem`: `data-unwritable`, `store-newer`, and those of `server.storage.faults`.
    """
    make_directory(data)
    store = Store(data / DATABASE)
    # Two processes that start together must not both take the first step.
    with of_work(data, "schema").held():
        log = wal.look(store.path)
        bring_up_to_date(store)
        if log is not None:
            store.unread = wal.unread(store.path, log, store.connection)
    return store


def has_store_in(data: Path) -> bool:
    """Whether a data directory holds a store, sound or not. Raises `Problem("data-unwritable")`."""
    try:
        return (data / DATABASE).stat().st_size > 0  # `make_directory` touches the file first
    except PermissionError as error:
        raise Problem("data-unwritable", path=str(data)) from error
    except OSError:
        return False


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
        raise of_directory(error, data) from error


def bring_up_to_date(store: Store) -> tuple[list[str], list[str]]:
    """Take the steps that the schema lacks. Returns the names of those it had and of those taken now.

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
        store.tell(error)
        raise
    return had, missing


def check_steps(store: Store) -> None:
    """Raises `Problem("store-newer")` where the store has taken steps that this program does not know."""
    if unknown := set(store.steps()) - set(step_names()):
        raise Problem("store-newer", path=str(store.path), steps=", ".join(sorted(unknown)))


def step_names() -> list[str]:
    """The names of all steps that this program knows, in order."""
    return [step.name for step in migrations.pending(Database(memory=True))]


def _roll_back(connection: sqlite3.Connection) -> None:
    """End what is open; a disk that fails has ended it already, and must not hide why."""
    if connection.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
