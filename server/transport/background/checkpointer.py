"""Brings the write-ahead log into the store every few seconds: what a damaged log can cost stays small."""

from __future__ import annotations

from server.services.context import Context
from server.transport.periodic import Periodic

EVERY_S = 2.0


class Checkpointer(Periodic):
    """Writes the log into the store and cuts it to nothing, unless somebody reads just then."""

    def __init__(self, ctx: Context, every_s: float = EVERY_S) -> None:
        """Starts nothing yet."""
        super().__init__(
            ctx, "checkpoint", ctx.store.checkpoint, "the log could not be written back", every_s
        )
