"""Watches the server's clock: what is known of the time is written down, a doubt that is over is settled."""

from __future__ import annotations

from server.services.context import Context
from server.services.upkeep.clock_settling import settle
from server.transport.periodic import Periodic

_LOOK_EVERY_S = 2.0


class ClockKeeper(Periodic):
    """Looks every other second."""

    def __init__(self, ctx: Context, every_s: float = _LOOK_EVERY_S) -> None:
        """Starts nothing yet."""
        super().__init__(ctx, "clock", self._keep, "the clock could not be looked after", every_s)

    def _keep(self) -> None:
        if (standing := self._ctx.clock.keep()) is not None:
            settle(self._ctx, standing)
