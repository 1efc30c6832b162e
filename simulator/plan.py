"""What happens to one device on one day: when somebody comes, and when the power fails. Made of chance."""

import random
from typing import NamedTuple

from simulator.virtual_time import DAY_MS

_RUSH_SHARE = 0.6
"""The share of visitors who come in the two rush hours of the morning; the others spread over the day."""
_RUSH_START_MS, _RUSH_LENGTH_MS = 2_400_000, 7_200_000
_MAX_START_DELAY_MS = 1_800_000
_LAST_ENTRY_MS = 300_000
_VISIT_MS = 15_000


class Cut(NamedTuple):
    """The power fails in the middle of a visit."""

    visit: int
    """Which of the day's visits it cuts, from 0."""
    after_ms: int
    """Time after the visit began, unless `after_writes` says otherwise."""
    after_writes: int | None
    """Number of effects handed to the disk, whether written or not, after which the power fails."""


class Day(NamedTuple):
    """Moments in ms of opening hours since the simulation began, in their order."""

    begins: int
    visits: list[int]
    ends: int
    cut: Cut | None


class Plan:
    """The days of one device. The same seed gives the same days."""

    def __init__(self, seed: str, visits: int, resets: float) -> None:
        """`visits` a day on average; `resets` is the share of days on which the power fails once."""
        self._seed, self._visits, self._resets = seed, visits, resets

    def day(self, number: int) -> Day:
        """Returns the day of that number, from 0."""
        chance = random.Random(f"{self._seed} {number}")  # noqa: S311 - a plan, no secret
        opens = number * DAY_MS
        count = max(1, round(chance.gauss(self._visits, self._visits / 5)))
        visits = sorted(opens + _moment(chance) for _ in range(count))
        cut = None
        if chance.random() < self._resets:
            writes = chance.choice((None, None, 1, 1, 2, 3))
            cut = Cut(chance.randrange(count), chance.randrange(_VISIT_MS), writes)
        begins = opens + chance.randrange(_MAX_START_DELAY_MS)
        return Day(begins, visits, opens + DAY_MS, cut)


def _moment(chance: random.Random) -> int:
    if chance.random() < _RUSH_SHARE:
        return _RUSH_START_MS + chance.randrange(_RUSH_LENGTH_MS)
    return chance.randrange(_RUSH_START_MS, DAY_MS - _LAST_ENTRY_MS)
