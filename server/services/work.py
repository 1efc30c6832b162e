"""A unit of work: one transaction, or one consistent look, on the store, with what services need in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from server.services.context import Context
    from server.storage.queries import Queries


class Work:
    """What a service does its work with; `Context.read` and `Context.write` make it, and end it.

    A service that takes one runs within its caller's unit: what it reads is of one moment, what it writes is
    committed with the caller's, or not at all. One that takes a `Context` instead opens units of its own.
    """

    __slots__ = ("ctx", "now", "sql")

    def __init__(self, ctx: Context, sql: Queries, now: int) -> None:
        """Made by `Context` alone."""
        self.ctx = ctx
        """The wired-up server, for what does not lie in the store: settings, surveys, fresh ids."""
        self.sql: Any = sql
        """The named queries on this unit's connection: `work.sql.user_find(login=login)`."""
        self.now = now
        """The moment of this work: milliseconds since 1970, UTC."""

    @property
    def connection(self) -> Any:
        """The store's connection, for what no named query says."""
        return self.sql.connection
