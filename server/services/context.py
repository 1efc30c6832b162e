"""What a service needs from outside, passed in by the wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server.domain.flooding import Flooding
from server.services.observed import Broker, PublicAddress, Served
from server.services.server_clock import Clock, GivenClock

if TYPE_CHECKING:
    from server.settings import Settings
    from server.storage import Store
    from survey_defs.registry import Registry


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
