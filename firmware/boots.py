"""Boots: how many there were, what caused this one, and whether the box had better start in safe mode.

A boot is good once the program has run for `GOOD_MS`, or has gone to sleep in good order. After `MAX_FAILED`
boots in a row that were not, the next is a safe one: the box only keeps what is pressed and lets itself be
set up, and no other part can bring it down. After `SAFE_MS` it should start again; that boot is an ordinary
one, and if it fails too, the next is safe again. So a fault that passes heals by itself, and one that stays
leaves the box within reach every other boot. To wake from sleep is no boot.
"""

from firmware import durable_json

GOOD_MS = 60_000
SAFE_MS = 600_000
MAX_FAILED = 5
CAUSES = ("power", "watchdog", "soft", "sleep")
"""As the health message names them."""


class Boots:
    """The count of one box. Writing fails without a word: a box that cannot write says so elsewhere."""

    def __init__(self, path: str) -> None:
        """`path`: where the count rests."""
        self._path = path
        self._is_good = False
        self.cause = ""
        self.count = 0
        """Boots since the box was first flashed, this one included."""
        self.failed = 0
        """Boots in a row, before this one, that did not become good."""
        self.safe = False
        """Whether this boot is a safe one."""

    def begin(self, cause: str) -> None:
        """A boot begins, for one of `CAUSES`."""
        found = durable_json.read(self._path) or {}
        self.count, self.failed = _number(found, "count"), _number(found, "failed")
        self.cause = cause
        self.safe = False
        if cause == "sleep":
            self._is_good = self.failed == 0
            return
        self.count += 1
        self.safe = self.failed >= MAX_FAILED and found.get("safe") is not True
        self._is_good = False
        self._write(self.failed if self.safe else self.failed + 1)

    def good(self) -> None:
        """This boot has proved itself. In safe mode that proves nothing of the rest, and is passed over."""
        if not self.safe and not self._is_good:
            self._is_good = True
            self.failed = 0
            self._write(0)

    def is_safe_over(self, up_ms: int) -> bool:
        """Whether a safe boot has lasted long enough that the box should start again."""
        return self.safe and up_ms >= SAFE_MS

    def _write(self, failed: int) -> None:
        try:
            durable_json.write(self._path, {"count": self.count, "failed": failed, "safe": self.safe})
        except OSError:
            pass


def _number(found: "dict[str, object]", key: str) -> int:
    value = found.get(key)
    return value if type(value) is int and value >= 0 else 0
