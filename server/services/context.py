"""What a service needs from outside, passed in by the wiring: the context, and units of work made by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from server.domain.network.flooding import Flooding
from server.services.observed import Broker, PublicAddress, Served
from server.services.server_clock import Clock, GivenClock

if TYPE_CHECKING:
    from server.settings import Settings
    from server.storage import Store
    from server.storage.queries import Queries
    from survey_defs.registry import Registry


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


@dataclass(frozen=True)
class Context:
    """The wired-up server: store, surveys, settings; the clock and ids that nothing below reads itself."""

    store: Store
    surveys: Registry
    settings: Settings
    now: Callable[[], int]
    """Milliseconds since 1970, UTC."""
    new_id: Callable[[], str]
    """A fresh random UUID, lower-case."""
    clock: Clock = field(default_factory=GivenClock)
    """Whether the time can be believed."""
    served: Served = field(default_factory=Served)
    """The certificates that this process shows."""
    site: PublicAddress = field(default_factory=PublicAddress)
    """What was seen when the pages' public address was opened."""
    broker: Broker = field(default_factory=Broker)
    """What was seen of the broker."""
    flooding: Flooding = field(default_factory=Flooding)
    """The devices that an outside broker is not to let in for a while."""

    def running(self) -> int:
        """Milliseconds that only go on, whatever is done to the clock: for lengths of time in a process."""
        up = self.clock.up
        return self.now() if up is None else up

    @contextmanager
    def read(self) -> Iterator[Work]:
        """A unit of work that only reads: all of it sees the store as it stands at its first question."""
        with self.store.read() as sql:
            yield Work(self, sql, self.now())

    @contextmanager
    def write(self, wait_s: float | None = None) -> Iterator[Work]:
        """A unit of work that may write: one transaction, committed at its end, undone where it raises.

        `wait_s`: for the writers before it, where it may as well be left undone. Raises `Clash` where a row
        is there already, and the problems of the store.
        """
        with self.store.write() if wait_s is None else self.store.write(wait_s) as sql:
            yield Work(self, sql, self.now())
