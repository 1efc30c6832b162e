"""The named queries of `server/storage/sql/*.sql`, and the same bound to one connection."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Generator, Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

import aiosql
from aiosql.adapters.sqlite3 import SQLite3Adapter

_SQL = Path(__file__).parent / "sql"
_NAME = re.compile(r":[a-z_0-9]+")


class _Adapter(SQLite3Adapter):
    """aiosql's own, with the troubles of file and disk as problems, wherever a query is asked."""

    def select_value(self, conn: Any, query_name: str, sql: str, parameters: Any) -> Any:
        """The first value of the first row, or None; aiosql takes it from tuples only, ours are `Row`."""
        row = self.select_one(conn, query_name, sql, parameters)
        return None if row is None else row[0]

    def select(
        self, conn: Any, query_name: str, sql: str, parameters: Any, record_class: Any = None
    ) -> Generator[Any, None, None]:
        """The rows."""
        try:
            yield from super().select(conn, query_name, sql, parameters, record_class)
        except sqlite3.Error as error:
            conn.store.tell(error)
            raise

    def select_one(
        self, conn: Any, query_name: str, sql: str, parameters: Any, record_class: Any = None
    ) -> Any:
        """The first row, or None."""
        try:
            return super().select_one(conn, query_name, sql, parameters, record_class)  # type: ignore[no-untyped-call]
        except sqlite3.Error as error:
            conn.store.tell(error)
            raise


@cache
def named() -> Any:
    """The named queries, which know no store: read once for all of them."""
    return aiosql.from_path(_SQL, _Adapter, mandatory_parameters=False)


@cache
def _positional(name: str) -> str:
    return _NAME.sub("?", text(name))


def text(name: str) -> str:
    """The SQL of a named query."""
    return str(getattr(named(), name).sql)


class Queries:
    """The named queries on one connection: `sql.user_find(login=login)`; rows come back as `sqlite3.Row`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Nothing is asked yet."""
        self.connection = connection

    def __getattr__(self, name: str) -> Any:
        """The query of that name, bound to the connection. Raises AttributeError."""
        bound = partial(getattr(named(), name), self.connection)
        self.__dict__[name] = bound
        return bound

    def insert_many(self, name: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run the named query once for each row, its values in the order in which the query names them.

        A third faster than by name: for the inserts of the ingest alone.
        """
        self.connection.executemany(_positional(name), rows)
