"""What the rules of misuse may know of one answer."""

from typing import NamedTuple

from server.domain.answers.clocks import CERTAIN


class Recorded(NamedTuple):
    """What the rules may know of one answer.

    `n` is its number in the store, `steps` how many questions it answers, `signs` what was noticed when it
    came in, as words with spaces between; the others as in `events` and `answers`. Times in ms.
    """

    n: int
    channel: str
    boot: str
    up_ms: int
    occurred_at: int
    quality: str
    uncertainty_ms: int | None
    procedure: str | None
    steps: int
    took_ms: int | None
    signs: str = ""

    @property
    def certain(self) -> bool:
        """Whether its time is known, and not only estimated between others."""
        return self.quality in CERTAIN

    @property
    def touches(self) -> int:
        """The fewest touches that it takes at a kiosk."""
        return self.steps + (self.procedure is not None)
