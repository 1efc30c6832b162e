"""Whose a journal is: of the device that used it first, for good, wherever that moves and once it is retired.

What another device sends under it would fill holes that are real and open ones that are not.
"""

from __future__ import annotations

from server.services.context import Work

_CACHE_SIZE = 10_000


class Journals:
    """The owners of journals. Remembers those in use, as `Anchors` does: an owner never changes."""

    def __init__(self) -> None:
        """Reads nothing yet."""
        self._owners: dict[str, str] = {}

    def forget(self) -> None:
        """After a transaction that came to nothing: what was bound in it is not."""
        self._owners.clear()

    def owner(self, work: Work, journal: str) -> str | None:
        """The device that the journal belongs to, or None where nobody has used it yet."""
        if journal in self._owners:
            return self._owners[journal]
        owner: str | None = work.sql.journal_owner(journal=journal)
        if owner is not None:
            self._remember(journal, owner)
        return owner

    def claim(self, work: Work, journal: str, device: str) -> bool:
        """Whether the device may number in this journal, which is its own from now on if it was nobody's."""
        owner = self.owner(work, journal)
        if owner is None:
            work.sql.journal_bind(journal=journal, device=device)
            self._remember(journal, device)
        return owner in (None, device)

    def _remember(self, journal: str, device: str) -> None:
        if len(self._owners) >= _CACHE_SIZE:
            self._owners.clear()
        self._owners[journal] = device
