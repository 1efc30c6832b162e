"""Makes the day's backup, where a directory for them is set."""

from __future__ import annotations

from server.services import scheduled_backups
from server.services.context import Context
from server.transport.periodic import Periodic

_LOOK_EVERY_S = 600.0


class Backups(Periodic):
    """Looks at the start and every ten minutes whether today's is there; a failure is told in the log."""

    def __init__(self, ctx: Context, every_s: float = _LOOK_EVERY_S) -> None:
        """Starts nothing yet."""
        super().__init__(ctx, "backups", self._make, "the backup could not be made", every_s, every_s)

    def _make(self) -> None:
        if self._ctx.settings.backup_dir:
            scheduled_backups.run(self._ctx)
