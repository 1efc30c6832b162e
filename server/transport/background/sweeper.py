"""Once a day, what was kept long enough is erased; a sweep that fails is told and tried again later.

The secrets of claim codes go within minutes of their end.
"""

from __future__ import annotations

import structlog

from server.domain.localtime import local_day
from server.services.answers import dead_letters
from server.services.context import Context
from server.services.devices import claims
from server.services.privacy.retention_sweep import sweep
from server.transport.periodic import Periodic

_LOOK_EVERY_S = 600.0

_log = structlog.get_logger()


class Sweeper(Periodic):
    """Sweeps at the start and on every new day, once the server's clock was plausible for a day."""

    def __init__(self, ctx: Context, every_s: float = _LOOK_EVERY_S) -> None:
        """Starts nothing yet. `every_s`: how often it looks whether a day has begun."""
        super().__init__(ctx, "sweeper", self._sweep, "what is over could not be erased", every_s)
        self._swept = ""

    def _sweep(self) -> None:
        claims.forget_over(self._ctx)
        today = local_day(self._ctx.now())
        if self._swept == today.isoformat() or not self._ctx.clock.may_erase:
            return
        dead_letters.thin(self._ctx)
        swept = sweep(self._ctx, today)
        self._swept = today.isoformat()
        numbers = {"cases": len(swept.cases), "letters": swept.letters, "visits": swept.visits,
                   "requests": swept.requests, "asides": len(swept.asides)}  # fmt: skip
        if any(numbers.values()):
            _log.info("what was kept long enough is erased", **numbers)
        if swept.proof is not None and not swept.proof.holds:
            _log.warning(
                "some of it still stands in other files", files=[*swept.proof.found, *swept.proof.unread]
            )
