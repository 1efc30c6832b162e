"""Runs the misuse rules over what came in, soon after it did."""

from __future__ import annotations

from server.services.context import Context
from server.services.misuse.review import TOGETHER, review
from server.transport.periodic import AFTER_TROUBLE_S, Periodic

_EVERY_S = 2.0


class Reviewer(Periodic):
    """Judges the days of devices that are due."""

    def __init__(
        self, ctx: Context, every_s: float = _EVERY_S, after_trouble_s: float = AFTER_TROUBLE_S
    ) -> None:
        """Starts nothing yet. `every_s`: how often it looks whether something is due."""
        trouble = "the misuse rules could not be run"
        super().__init__(ctx, "reviewer", self._review, trouble, every_s, after_trouble_s)

    def _review(self) -> None:
        # A day on which answers keep coming in is due again at once: it waits for the next time.
        while not self.is_stopping and review(self._ctx) == TOGETHER:
            pass
