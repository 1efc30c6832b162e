"""Makes the day's backup, where a directory for them is set."""

from __future__ import annotations

from pathlib import Path

from server.services.context import Context
from server.services.upkeep import backup, scheduled_backups
from server.transport.periodic import Periodic

_LOOK_EVERY_S = 60.0
_AFTER_TROUBLE_S = 600.0


class Backups(Periodic):
    """Looks at the start and every minute whether the one that is due is there; a failure is told in the log,
    and tried again after ten. What a killed one has left in the data directory goes at the start."""

    def __init__(self, ctx: Context, settings_file: Path | None, every_s: float = _LOOK_EVERY_S) -> None:
        """`settings_file`: where the settings were read from, which are in a backup. Starts nothing yet."""
        self._settings_file, self._is_clear = settings_file, False
        trouble = "the backup could not be made"
        super().__init__(ctx, "backups", self._make, trouble, every_s, _AFTER_TROUBLE_S)

    def _make(self) -> None:
        if not self._is_clear:
            backup.clear(self._ctx)
            self._is_clear = True
        if self._ctx.settings.backup_dir:
            scheduled_backups.run(self._ctx, self._settings_file)
