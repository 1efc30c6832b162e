"""What a piece of work asks of the store: every SQL statement, on all connections of a store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from server.storage import Store


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """The statements that the store's connections run within the block, with their values, as they come.

    Each thread's connection is listened to from its first use on; what triggers do is not listed.
    """
    found: list[str] = []
    original = Store.connection
    opened = original.fget
    assert opened is not None
    traced: set[sqlite3.Connection] = set()

    def listen(statement: str) -> None:
        if not statement.startswith("--"):
            found.append(statement)

    def connection(one: Store) -> sqlite3.Connection:
        opened_one: sqlite3.Connection = opened(one)
        if one is store and opened_one not in traced:
            traced.add(opened_one)
            opened_one.set_trace_callback(listen)
        return opened_one

    Store.connection = property(connection)  # type: ignore[method-assign,assignment]
    try:
        yield found
    finally:
        Store.connection = original  # type: ignore[method-assign]
        for each in traced:
            each.set_trace_callback(None)
