"""When a box on a battery connects and sleeps. Pure: every time is passed in.

The radio is what empties a battery: a press is kept, and the line is opened once a few wait or the oldest has
waited long enough. Between presses the box sleeps; a press wakes it, and so does the next thing that is due.
Once a day it says that it is there though nobody presses. On USB it is always connected and never sleeps.
"""

from survey_defs.presence import BATTERY_HEALTH_S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MIN_PRESSES = 8
"""This many waiting presses are worth a connection at once."""
MAX_WAIT_S = 1800
"""The oldest press waits no longer than this, in opening hours."""
AWAKE_MS = 8_000
"""How long the box stays awake after a press: the next parent may be there already."""
CONNECT_TIMEOUT_MS = 60_000
"""How long a box on a battery tries to connect; then it sleeps and tries again after `RETRY_S`."""
RETRY_S = 3600


class Power:
    """`now` is the running time in ms, `real_s` any clock in seconds that goes on in deep sleep.

    That clock may jump (the server sets it): what then seems to lie in the future, or more than a day back,
    is due. `memory()` is what must outlast deep sleep.
    """

    def __init__(self, on_battery: bool, memory: "dict[str, Any] | None" = None) -> None:
        memory = memory or {}
        self._on_battery = on_battery
        self._oldest_s = memory.get("oldest")
        self._word_s = memory.get("word")
        self._tried_s = memory.get("tried")
        self._pressed_at: int | None = None
        self._line_since: int | None = None

    def memory(self) -> "dict[str, Any]":
        """To be given to the next `Power` after deep sleep."""
        return {"oldest": self._oldest_s, "word": self._word_s, "tried": self._tried_s}

    def pressed(self, now: int, real_s: int) -> None:
        """A button was pressed."""
        self._pressed_at = now
        if self._oldest_s is None:
            self._oldest_s = real_s

    def delivered(self, real_s: int) -> None:
        """The server has everything, and has heard from the box."""
        self._oldest_s = self._tried_s = self._line_since = None
        self._word_s = real_s

    def gave_up(self, real_s: int) -> None:
        """The line was tried for as long as the battery allows."""
        self._tried_s, self._line_since = real_s, None

    def wants_line(self, now: int, real_s: int, waiting: int, is_open: bool = True) -> bool:
        """Whether the box should be connected now. `is_open`: the school's hours, True where unknown."""
        if not self._on_battery:
            return True
        if self._line_since is None and self._due_in(real_s, waiting, is_open) <= 0:
            self._line_since = now
        return self._line_since is not None

    def has_tried_enough(self, now: int) -> bool:
        """Whether connecting has been tried for `CONNECT_TIMEOUT_MS`."""
        return (
            self._on_battery and self._line_since is not None and now - self._line_since > CONNECT_TIMEOUT_MS
        )

    def may_sleep(self, now: int, real_s: int, waiting: int, is_open: bool = True) -> int:
        """How many ms the box may sleep from now on; 0 means that it may not."""
        if not self._on_battery or self._line_since is not None:
            return 0
        if self._pressed_at is not None and now - self._pressed_at < AWAKE_MS:
            return 0
        return max(0, self._due_in(real_s, waiting, is_open)) * 1000

    def _due_in(self, real_s: int, waiting: int, is_open: bool) -> int:
        """Seconds until the line is wanted."""
        due = _left(self._word_s, BATTERY_HEALTH_S, real_s)
        if waiting and is_open:
            oldest = 0 if waiting >= MIN_PRESSES else _left(self._oldest_s, MAX_WAIT_S, real_s)
            due = min(due, oldest)
        if self._tried_s is not None:
            due = max(due, _left(self._tried_s, RETRY_S, real_s))
        return due


def _left(since: "int | None", span: int, now: int) -> int:
    """Seconds until `span` has passed since `since`; 0 where that is unknown or makes no sense."""
    if since is None or not 0 <= now - since <= BATTERY_HEALTH_S:
        return 0
    return max(0, since + span - now)
