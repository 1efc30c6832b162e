"""When each of the last boots began, by the server's clock: it may forget, and then a box tells it again.

A receipt brings the server's time, and is late: of all that receipts implied of a boot the latest beginning
is the truest. A server that has lost what it stored dates by these what it is sent once more.
"""

from firmware import keep

MAX_BOOTS = 16
WORTH_MS = 2_000
CLOCK_SET_MS = 60_000
"""No receipt is so late: the server's clock was put right."""


class Origins:
    """The boots of one box, the newest last. Writing fails without a word: their times are then less sure."""

    def __init__(self, path: str) -> None:
        """`path`: where they rest."""
        self._path = path
        self._boots: list[tuple[str, int]] = []
        found = (keep.read(path) or {}).get("boots")
        for entry in found if type(found) is list else []:
            if type(entry) is list and len(entry) == 2 and type(entry[0]) is str and type(entry[1]) is int:
                self._boots.append((entry[0], entry[1]))

    def learn(self, boot: str, at: int) -> None:
        """A receipt implies that this boot began at `at`, in ms since 1970."""
        known = [entry for entry in self._boots if entry[0] == boot]
        if known:
            gain = at - known[0][1]
            if -CLOCK_SET_MS <= gain <= WORTH_MS:
                return
            self._boots.remove(known[0])
        if at < 0:
            return
        self._boots.append((boot, at))
        del self._boots[:-MAX_BOOTS]
        try:
            keep.write(self._path, {"boots": [list(entry) for entry in self._boots]})
        except OSError:
            pass

    def newest_first(self) -> "list[tuple[str, int]]":
        """(boot, when it began)."""
        return list(reversed(self._boots))
