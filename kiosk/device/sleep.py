"""The school's day: outside it an idle kiosk is dimmed and says that it sleeps; a touch wakes it."""

from collections.abc import Callable
from pathlib import Path

from kiosk.device.clock import SCHOOL_ZONE, SchoolTime
from kiosk.device.program import Program
from survey_defs import box_config

BACKLIGHTS = Path("/sys/class/backlight")
AWAKE_AFTER_TOUCH_MS = 60_000
"""Time after a touch in which it is fully bright, at whatever hour."""
DIMMED_SHARE = 0.2
"""Of the day's brightness, outside opening hours."""
_DAY = 24 * 60


def is_open(hours: str, now: int) -> bool:
    """Returns whether somebody is expected at that time (ms since 1970); with no hours at any."""
    offset = SCHOOL_ZONE.utcoffset(None).total_seconds() // 60
    return box_config.is_open(hours, (now // 60_000 + int(offset)) % _DAY)


class Backlight:
    """The brightness of this machine's screens; where none can be written nothing happens."""

    def __init__(self, root: Path = BACKLIGHTS) -> None:
        """`root` holds a folder for each of them, as Linux has it."""
        self._root = root
        self._percent: int | None = None

    def set(self, percent: int) -> None:
        """1 to 100, of the most that the screen has."""
        if percent == self._percent:
            return
        self._percent = percent
        for most in self._root.glob("*/max_brightness"):
            try:
                steps = int(most.read_text(encoding="ascii"))
                value = max(1, round(steps * percent / 100))
                most.with_name("brightness").write_text(str(value), encoding="ascii")
            except (OSError, ValueError):
                continue  # not ours to write, and no reason to rest


class SleepControl:
    """Looks at the clock now and then. Times are the device's running milliseconds."""

    def __init__(self, time: SchoolTime, backlight: Backlight, sleep: Callable[[bool], None]) -> None:
        """`sleep` is told whenever nobody is expected any more, or somebody again."""
        self._time = time
        self._backlight = backlight
        self._sleep = sleep
        self._touched_at: int | None = None
        self._asleep = False

    def touched(self, program: Program, now: int) -> None:
        """Somebody is there."""
        self._touched_at = now
        self.look(program, now, idle=False)

    def look(self, program: Program, now: int, *, idle: bool) -> None:
        """Set what this moment asks for; `idle`: nobody is in the middle of a visit."""
        awake = not idle or (self._touched_at is not None and now - self._touched_at < AWAKE_AFTER_TOUCH_MS)
        asleep = not awake and self._is_closed(program)
        percent = round(program.brightness * DIMMED_SHARE) if asleep else program.brightness
        self._backlight.set(max(1, percent))
        if asleep != self._asleep:
            self._asleep = asleep
            self._sleep(asleep)

    def _is_closed(self, program: Program) -> bool:
        """Returns whether the school is closed; where nobody knows the time it counts as open."""
        now = self._time.now() if program.hours else None
        return now is not None and not is_open(program.hours, now)
