"""The outbox: every answer rests here, committed, until the server's receipt has come, and a week more.

SQLite in WAL mode with `synchronous=FULL`: what was committed survives a cut of the power. The file
mints a journal id with itself and numbers its rows from 1 without holes, so that the server can see
whether any went missing. A row is *open* while its visit lasts and may still change; once *closed* its
bytes are fixed, and only then is it sent. One that cannot be delivered is *set aside*: it stays in the file
and out of the way of the others, and has another chance whenever the program starts.

What has its receipt is *kept* for `MAX_AGE_DAYS` by the server's clock, as far as the bounds allow: a server
that has lost it asks for it, and it waits for another receipt.
"""

import sqlite3
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from kiosk.device.log import Log
from survey_defs import wire

Event: TypeAlias = dict[str, Any]
FILE = "outbox.db"
LOCK_TIMEOUT_S = 2.0
MAX_AGE_DAYS = 7
MAX_RECEIPTED_EVENTS = 5_000
MAX_RECEIPTED_BYTES = 32 * 1024 * 1024
_ASIDE, RECEIPTED = 2, 3
"""What `closed` is of an event that is set aside, and of one that has its receipt."""
_MAX_ORIGINS = 64
_TIDY_INTERVAL = 100
"""Number of receipted events after which those that are too old or too many are deleted."""
_DAY_MS = 24 * 3_600_000

migrations = Migrations("outbox")
_log = Log("outbox")


@migrations()
def m001_journal_and_events(db: Database) -> None:
    """The journal with its last number, and the events."""
    db.create_table("journal", {"id": str, "last_seq": int, "current": int, "alive": int}, pk="id")
    db.create_table(
        "events",
        {"id": str, "journal": str, "seq": int, "closed": int, "body": bytes},
        pk="id",
        not_null={"journal", "seq", "closed", "body"},
    )
    db.table("events").create_index(["journal", "seq"], unique=True)


@migrations()
def m002_receipted_events(db: Database) -> None:
    """When the server had an event, by its own clock, and when boots began by it."""
    db.table("events").add_column("receipted_at", int)
    db.table("events").create_index(["closed"])
    db.create_table("origins", {"boot": str, "at": int}, pk="boot", not_null={"at"})


class Entry(msgspec.Struct, frozen=True):
    """Where one event lies in the outbox."""

    id: str
    journal: str
    seq: int


class Waiting(msgspec.Struct, frozen=True):
    """A closed event that waits for its receipt, with its bytes as they will travel."""

    id: str
    body: bytes


class Outbox:
    """One file, opened once; safe to use from several threads. Every method raises `sqlite3.Error`."""

    def __init__(self, connection: sqlite3.Connection, new_id: Callable[[], str]) -> None:
        """Take over an open connection. Use `open_outbox`."""
        self._db = Database(connection)
        self._new_id = new_id
        self._lock = threading.RLock()
        self._db.enable_wal()
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA secure_delete=ON")
        self._receipted = 0
        migrations.apply(self._db)
        if not self._db.table("journal").count:
            self.new_journal()

    @property
    def journal(self) -> str:
        """The id of the journal that new events enter."""
        with self._lock:
            return str(self._journal_row()["id"])

    def add(self, event: Event, *, closed: bool) -> Entry:
        """Mint an id, take the next number and commit; with `closed` the bytes are final at once.

        On a full disk what is kept beyond its receipt makes room. Raises `WireError("too-large")`, and keeps
        nothing, where no batch could carry it.
        """
        try:
            return self._add(event, closed=closed)
        except sqlite3.Error as error:
            if not is_full(error) or not self.forget_kept():
                raise
        return self._add(event, closed=closed)

    def _add(self, event: Event, *, closed: bool) -> Entry:
        with self._lock, self._db.atomic():
            row = self._journal_row()
            entry = Entry(self._new_id(), row["id"], row["last_seq"] + 1)
            self._db.table("journal").update(row["id"], {"last_seq": entry.seq})
            self._db.table("events").insert(
                {
                    "id": entry.id,
                    "journal": entry.journal,
                    "seq": entry.seq,
                    "closed": int(closed),
                    "body": _encode(entry, event),
                }
            )
        return entry

    def change(self, entry: Entry, event: Event, *, closed: bool) -> bool:
        """Give an open row these bytes and commit. False if the row was closed before: it then stays.

        Raises as `add` does.
        """
        with self._lock, self._db.atomic():
            cursor = self._db.execute(
                "UPDATE events SET body = ?, closed = ? WHERE id = ? AND closed = 0",
                [_encode(entry, event), int(closed), entry.id],
            )
            return bool(cursor.rowcount == 1)

    def close_all(self) -> int:
        """Close what a crash or a fault left open; the number of rows."""
        with self._lock, self._db.atomic():
            return int(self._db.execute("UPDATE events SET closed = 1 WHERE closed = 0").rowcount)

    def set_aside(self, ids: Sequence[str]) -> None:
        """Keep closed events that cannot be delivered out of the way of the others."""
        marks = ",".join("?" * len(ids))
        with self._lock, self._db.atomic():
            self._db.execute(
                f"UPDATE events SET closed = {_ASIDE} WHERE closed = 1 AND id IN ({marks})",  # noqa: S608 - only marks
                list(ids),
            )

    def aside(self) -> int:
        """Returns how many events are set aside."""
        with self._lock:
            return int(self._db.table("events").count_where("closed = ?", [_ASIDE]))

    def try_again(self) -> None:
        """Let what was set aside wait for its receipt again: program or server may be mended by now."""
        with self._lock, self._db.atomic():
            self._db.execute("UPDATE events SET closed = 1 WHERE closed = ?", [_ASIDE])

    def waiting(self, limit: int, leave_out: Collection[str] = ()) -> list[Waiting]:
        """Returns the oldest closed events, up to `limit`, without those of these ids."""
        found: list[Waiting] = []
        with self._lock:
            for row in self._db.table("events").rows_where("closed = 1", order_by="rowid", select="id, body"):
                if row["id"] not in leave_out:
                    found.append(Waiting(row["id"], bytes(row["body"])))
                    if len(found) == limit:
                        break
        return found

    def receipted(self, ids: Sequence[str], at: int | None, *, keep: bool = True) -> int:
        """The server has these; ids that are not here are passed over. How many had waited.

        A receipt may come after its event was set aside: a server that is behind still takes all.
        `at`: when, by the server's clock, in ms since 1970; None: it does not know at present. Without `keep`
        they go at once.
        """
        these = f"closed IN (1, {_ASIDE}) AND id IN ({','.join('?' * len(ids))})"
        with self._lock, self._db.atomic():
            if keep:
                query = f"UPDATE events SET closed = ?, receipted_at = ? WHERE {these}"  # noqa: S608 - only marks
                count = int(self._db.execute(query, [RECEIPTED, at, *ids]).rowcount)
            else:
                query = f"DELETE FROM events WHERE {these}"  # noqa: S608 - only marks
                count = int(self._db.execute(query, list(ids)).rowcount)
            self._receipted += count
            if at is not None and self._receipted >= _TIDY_INTERVAL:
                self._receipted = 0
                self._tidy(at)
        return count

    def tidy(self, now: int) -> None:
        """Let go of what was kept for long enough, and of what is too much; `now` by the server's clock."""
        with self._lock, self._db.atomic():
            self._tidy(now)

    def _tidy(self, now: int) -> None:
        run, over = self._db.execute, now - MAX_AGE_DAYS * _DAY_MS
        run("UPDATE events SET receipted_at = ? WHERE closed = ? AND receipted_at IS NULL", [now, RECEIPTED])
        run("DELETE FROM events WHERE closed = ? AND receipted_at < ?", [RECEIPTED, over])
        rows = run("SELECT rowid, LENGTH(body) FROM events WHERE closed = ? ORDER BY rowid DESC", [RECEIPTED])
        size = 0
        for count, (row, length) in enumerate(rows.fetchall(), 1):
            size += length
            if count > MAX_RECEIPTED_EVENTS or size > MAX_RECEIPTED_BYTES:
                run("DELETE FROM events WHERE closed = ? AND rowid <= ?", [RECEIPTED, row])
                break

    def forget_kept(self) -> int:
        """Let go of all that has its receipt; how many that were."""
        with self._lock, self._db.atomic():
            return int(self._db.execute("DELETE FROM events WHERE closed = ?", [RECEIPTED]).rowcount)

    def kept(self) -> list[tuple[str, int, int]]:
        """The stretch of each journal, the newest first, in which events lie that have their receipt."""
        query = (
            "SELECT journal, MIN(seq), MAX(seq) FROM events WHERE closed = ? "
            "GROUP BY journal ORDER BY MAX(rowid) DESC"
        )
        with self._lock:
            return [(str(row[0]), int(row[1]), int(row[2])) for row in self._db.execute(query, [RECEIPTED])]

    def send_again(self, journal: str, first: int, last: int, leave_out: Collection[str] = ()) -> list[str]:
        """Let kept events of this stretch wait for another receipt, without those of these ids. Their ids."""
        query = "SELECT id FROM events WHERE closed = ? AND journal = ? AND seq BETWEEN ? AND ?"
        with self._lock, self._db.atomic():
            rows = self._db.execute(query, [RECEIPTED, journal, first, last]).fetchall()
            ids = [str(row[0]) for row in rows if row[0] not in leave_out]
            marks = ",".join("?" * len(ids))
            self._db.execute(f"UPDATE events SET closed = 1 WHERE id IN ({marks})", ids)  # noqa: S608 - only marks
        return ids

    def learn_origin(self, boot: str, at: int) -> None:
        """A boot began at that moment of the server's clock; the oldest of many are forgotten."""
        with self._lock, self._db.atomic():
            self._db.table("origins").upsert({"boot": boot, "at": at}, pk="boot")
            query = (
                "DELETE FROM origins WHERE boot NOT IN (SELECT boot FROM origins ORDER BY at DESC LIMIT ?)"
            )
            self._db.execute(query, [_MAX_ORIGINS])

    def origins(self) -> list[tuple[str, int]]:
        """(boot, when it began by the server's clock), the newest first."""
        with self._lock:
            rows = self._db.execute("SELECT boot, at FROM origins ORDER BY at DESC")
            return [(str(row[0]), int(row[1])) for row in rows]

    def depth(self) -> int:
        """Returns how many closed events wait for their receipt."""
        with self._lock:
            return int(self._db.table("events").count_where("closed = 1"))

    def undelivered(self) -> int:
        """How many events have no receipt and are not set aside: `depth`, and those that are still open."""
        with self._lock:
            return int(self._db.table("events").count_where("closed IN (0, 1)"))

    def probe(self) -> None:
        """Commit something, to learn whether it can be done again."""
        with self._lock, self._db.atomic():
            row = self._journal_row()
            self._db.table("journal").update(row["id"], {"alive": (row["alive"] or 0) + 1})

    def new_journal_after(self, refused: Sequence[str]) -> None:
        """Number in a new journal from now on, if one of these events was numbered in the present one.

        For a file that was copied or restored, whose next numbers the server has seen before.
        """
        marks = ",".join("?" * len(refused))
        with self._lock:
            if self._db.table("events").count_where(
                f"journal = ? AND id IN ({marks})", [self.journal, *refused]
            ):
                self.new_journal()

    def new_journal(self) -> None:
        """Number from 1 in a journal of a new id: from now on this is another device, or another school's."""
        with self._lock, self._db.atomic():
            self._db.execute("UPDATE journal SET current = 0")
            self._db.table("journal").insert({"id": self._new_id(), "last_seq": 0, "current": 1, "alive": 0})

    def restore(self, rows: Sequence[tuple[str, str, int, bytes, int]]) -> None:
        """Take over rows saved from a damaged file, closed, under their own journal and number."""
        with self._lock, self._db.atomic():
            self._db.table("events").insert_all(
                (
                    {"id": id_, "journal": journal, "seq": seq, "closed": closed, "body": body}
                    for id_, journal, seq, body, closed in rows
                ),
                ignore=True,
            )

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._db.close()

    def _journal_row(self) -> dict[str, Any]:
        return next(iter(self._db.table("journal").rows_where("current = 1")))


def _encode(entry: Entry, event: Event) -> bytes:
    body = bytes(wire.encode_event({"id": entry.id, "journal": entry.journal, "seq": entry.seq, **event}))
    if len(body) > wire.MAX_EVENT_BYTES:
        raise wire.WireError("too-large")
    return body


def is_damaged(error: sqlite3.Error) -> bool:
    """Returns whether the file itself is broken; a full or read-only disk is no damage."""
    code = getattr(error, "sqlite_errorcode", 0) or 0
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_full(error: sqlite3.Error) -> bool:
    """Returns whether the disk has no room left."""
    code = getattr(error, "sqlite_errorcode", 0) or 0
    return code & 0xFF == sqlite3.SQLITE_FULL


def open_outbox(path: Path, new_id: Callable[[], str]) -> Outbox:
    """Open or make the outbox, and close what a crash left open.

    A damaged file is set aside under another name and what can still be read of it is taken over.
    Raises `sqlite3.Error` where the disk does not allow it.
    """
    try:
        outbox = _open(path, new_id)
    except sqlite3.DatabaseError as error:
        if not is_damaged(error):
            raise
        outbox = _replace_damaged(path, new_id, error)
    if left := outbox.close_all():
        _log.info("closed what the last run left open", events=left)
    outbox.try_again()
    return outbox


def leave_behind(path: Path, new_id: Callable[[], str]) -> Path:
    """Set a closed outbox aside with all that it holds; the next one to open begins empty. Raises OSError."""
    return _set_aside(path, f"undelivered-{new_id()[:8]}")


def _open(path: Path, new_id: Callable[[], str]) -> Outbox:
    connection = sqlite3.connect(str(path), timeout=LOCK_TIMEOUT_S, check_same_thread=False)
    try:
        _check(connection)
        return Outbox(connection, new_id)
    except BaseException:
        connection.close()
        raise


def _check(connection: sqlite3.Connection) -> None:
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        damaged = sqlite3.DatabaseError(verdict)
        damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damaged


def _replace_damaged(path: Path, new_id: Callable[[], str], error: sqlite3.Error) -> Outbox:
    aside = _set_aside(path, f"damaged-{new_id()[:8]}")
    outbox = _open(path, new_id)
    saved = _readable_rows(aside)
    outbox.restore(saved)
    _log.error(
        "the outbox was damaged; it was set aside and a new journal begun",
        reason=str(error),
        aside=str(aside),
        events_saved=len(saved),
    )
    return outbox


def _set_aside(path: Path, ending: str) -> Path:
    aside = path.with_name(f"{path.name}.{ending}")
    for part in ("", "-wal", "-shm"):
        of_it = path.with_name(path.name + part)
        if of_it.exists():
            of_it.rename(aside.with_name(aside.name + part))
    return aside


def _readable_rows(aside: Path) -> list[tuple[str, str, int, bytes, int]]:
    rows: list[tuple[str, str, int, bytes, int]] = []
    connection = sqlite3.connect(str(aside))
    try:
        for row in connection.execute("SELECT id, journal, seq, body, closed FROM events ORDER BY rowid"):
            closed = RECEIPTED if row[4] == RECEIPTED else 1
            rows.append((str(row[0]), str(row[1]), int(row[2]), bytes(row[3]), closed))
    except (sqlite3.Error, TypeError, ValueError):
        pass  # as far as it could be read
    finally:
        connection.close()
    return rows
