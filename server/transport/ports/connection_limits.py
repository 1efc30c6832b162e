"""Room for connections: how many a port holds, and which one goes when there is room for no more.

Nobody who comes is refused: whoever has been silent longest makes room. So a neighbour who opens hundreds of
connections and says nothing keeps nobody out, and a school behind one address is never shut out for it.
"""

import contextlib
import resource
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

ENOUGH_FILES = 1024
"""With so many, all ports hold what they are meant to hold (`PAGES` and `BROKER`, two of each)."""
_WANTED_FILES = 8192
_OTHER_FILES = 256
"""What the store, its threads and the devices' sessions have open."""


class Waiting(Protocol):
    """A connection that the server has nothing to do for: its request, or the rest of it, has not come."""

    @property
    def network(self) -> str:
        """Whose it is, as `domain.addresses.network_of` names it."""

    @property
    def since(self) -> float:
        """Since when it waits, in seconds of a clock that never jumps."""


_Waiting = TypeVar("_Waiting", bound=Waiting)


@dataclass(frozen=True)
class Room:
    """What one port may hold: connections in all, and of them silent ones of one network.

    A network may be a whole school behind one address. `open_to`: one without a limit of its own, the reverse
    proxy's.
    """

    connections: int
    of_a_network: int
    open_to: str = ""

    def within(self, files: int) -> "Room":
        """What is left of it where this process may have only so many files open."""
        share = min(1.0, max(files - _OTHER_FILES, files // 2) / (ENOUGH_FILES - _OTHER_FILES))
        return replace(
            self, connections=int(self.connections * share), of_a_network=int(self.of_a_network * share)
        )

    def to_drop(self, waiting: Collection[_Waiting], held: int, newcomer: str) -> _Waiting | None:
        """Who goes so that one more of this network can be held beside `held` others; None while
        there is room.

        Of a network that has its share, its own oldest goes; else the oldest of the network that has most.
        """
        if newcomer != self.open_to:
            own = [each for each in waiting if each.network == newcomer]
            if len(own) >= self.of_a_network:
                return min(own, key=_since)
        if held < self.connections or not waiting:
            return None
        count = Counter(each.network for each in waiting)
        most = max(count.values())
        return min((each for each in waiting if count[each.network] == most), key=_since)


PAGES = Room(240, 160)
"""Of a port of the pages; there are two."""
BROKER = Room(128, 128)
"""Of a port of the embedded broker, before its clients have said who they are; there are two."""


def files_available() -> int:
    """How many files this process may have open, after that limit was raised as far as is of use."""
    files, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, _WANTED_FILES)
    if files < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            files = wanted
    return files


def _since(each: Waiting) -> float:
    return each.since
