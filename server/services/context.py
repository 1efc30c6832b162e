"""What a service needs from outside, passed in by the wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
