"""What somebody searched for last, in this process's memory alone: it may be a name.

Neither an address, a cookie nor the store holds it. It is forgotten with the session, at a restart, and after
`sessions.IDLE_MS` without another search.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping

from server.services.access.sessions import IDLE_MS

_MAX_SESSIONS = 500


class SearchWords:
    """One for each web process; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[int, Mapping[str, str]]] = OrderedDict()

    def keep(self, session: str, words: Mapping[str, str], now: int) -> None:
        """Keep what a session searches for from `now` (ms of running time) on."""
        with self._lock:
            self._kept.pop(session, None)
            self._kept[session] = (now, words)
            while len(self._kept) > _MAX_SESSIONS or now - next(iter(self._kept.values()))[0] >= IDLE_MS:
                self._kept.popitem(last=False)

    def of(self, session: str, now: int) -> Mapping[str, str]:
        """What a session searched for; nothing where that is forgotten."""
        with self._lock:
            since, words = self._kept.get(session, (now, {}))
        return words if 0 <= now - since < IDLE_MS else {}

    def forget(self, session: str) -> None:
        """Forget what a session searched for."""
        with self._lock:
            self._kept.pop(session, None)
