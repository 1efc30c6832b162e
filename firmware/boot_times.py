"""When each of the last boots began, by the server's clock.

A receipt brings the server's time, and arrives late: of all beginnings that receipts imply for a boot, the
latest is the nearest to the truth. A server that has lost its data dates by these what it is sent again.
"""

from firmware import durable_json

MAX_BOOTS = 16
MIN_GAIN_MS = 2_000
"""A smaller improvement is not written, to spare the flash."""
CLOCK_SET_MS = 60_000
"""A receipt later than this means that the server's clock was set."""


class BootTimes:
    """The boots of one box, the newest last. After a write that fails the times are less exact, no more."""

    def __init__(self, path: str) -> None:
        """`path`: the file that keeps them."""
        self._path = path
        self._boots: list[tuple[str, int]] = []
        found = (durable_json.read(path) or {}).get("boots")
        for entry in found if type(found) is list else []:
            if type(entry) is list and len(entry) == 2 and type(entry[0]) is str and type(entry[1]) is int:
                self._boots.append((entry[0], entry[1]))

    def learn(self, boot: str, at: int) -> None:
        """A receipt implies that this boot began at `at`, in ms since 1970."""
        known = [entry for entry in self._boots if entry[0] == boot]
        if known:
            gain = at - known[0][1]
            if -CLOCK_SET_MS <= gain <= MIN_GAIN_MS:
                return
            self._boots.remove(known[0])
        if at < 0:
            return
        self._boots.append((boot, at))
        del self._boots[:-MAX_BOOTS]
        try:
            durable_json.write(self._path, {"boots": [list(entry) for entry in self._boots]})
        except OSError:
            pass

    def newest_first(self) -> "list[tuple[str, int]]":
        """(boot, when it began)."""
        return list(reversed(self._boots))
