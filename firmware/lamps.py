"""What the lamps say. One lamp stands over each button; how bright each is follows from the time alone.

Whose affair it is shows in *which* lamps blink, and what it is in *how often*:

- the visitor's: the lamp of the button that was pressed;
- the line's to the server: the lamp in the middle;
- a setting-up's: the two lamps at the ends, or a light that walks along the row;
- the box's own: all lamps, or those beside the middle.

Nothing blinks faster than twice a second, and what concerns only the technician is dim and rare. A pattern
that lasts is shown until it is hidden; of several the first in the table. One that is shown once comes before
those that last. What each means in words: `firmware.host.lamp_words`, which stays on the PC.
"""

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    Steps = list[tuple[int, int, int]]

OWN, ALL, MIDDLE, ENDS, BESIDE, WALK = "own", "all", "middle", "ends", "beside", "walk"
"""Which lamps. `WALK`: one after the other."""
_SETTING_UP = (ENDS, WALK)

PATTERNS = {
    # name: (which lamps, how often, ms on, ms off, percent, ms dark before it begins anew; 0: shown once)
    "thanks": (OWN, 1, 1500, 0, 100, 0),
    "locked": (OWN, 1, 150, 100, 30, 0),
    "done": (WALK, 1, 300, 0, 100, 0),
    "flash-error": (ALL, 4, 400, 400, 100, 4000),
    "full": (ALL, 2, 800, 600, 100, 4000),
    "safe": (BESIDE, 1, 1000, 1000, 60, 1),
    "claim-wrong": (ENDS, 2, 400, 400, 100, 3000),
    "claim-expired": (ENDS, 3, 400, 400, 100, 3000),
    "claim-used": (ENDS, 4, 400, 400, 100, 3000),
    "no-label": (ENDS, 5, 400, 400, 100, 3000),
    "trying": (WALK, 1, 300, 0, 60, 600),
    "setup": (ENDS, 1, 1500, 1500, 60, 1),
    "refused": (MIDDLE, 3, 300, 400, 60, 6000),
    "certificate": (MIDDLE, 4, 300, 400, 60, 6000),
    "config-refused": (MIDDLE, 5, 300, 400, 60, 6000),
    "undelivered": (MIDDLE, 2, 300, 400, 30, 10000),
    "offline": (MIDDLE, 1, 300, 400, 30, 10000),
    "stuck": (OWN, 2, 300, 400, 30, 6000),
    "chosen": (OWN, 1, 1000, 0, 60, 1),
}
"""All patterns."""

ORDER = (
    "thanks",
    "locked",
    "done",
    "flash-error",
    "full",
    "safe",
    "claim-wrong",
    "claim-expired",
    "claim-used",
    "no-label",
    "trying",
    "setup",
    "refused",
    "certificate",
    "config-refused",
    "undelivered",
    "offline",
    "stuck",
    "chosen",
)
"""Their names, the most important first: MicroPython's dict keeps no order."""


def lasts(name: str) -> bool:
    """Whether a pattern is shown until it is hidden."""
    return PATTERNS[name][5] > 0


class Lamps:
    """`count` lamps over the buttons, and `more` over the procedure buttons behind them."""

    def __init__(self, count: int, more: int = 0) -> None:
        self._count = count
        self._more = more
        self._once: list[tuple[str, int, int]] = []
        self._lasting: list[tuple[str, int, int]] = []
        self.brightness = 100
        """Percent of what a pattern says; the configuration's."""

    def show(self, name: str, now: int, lamp: "int | None" = None) -> None:
        """Begin a pattern of `PATTERNS`; `lamp`, from 0, for those of one button's own lamp.

        A pattern that lasts and is shown already goes on undisturbed. Those that are shown once may overlap,
        each on its own lamp. Of those of a setting-up only the newest stands.
        """
        entry = (name, now, -1 if lamp is None else lamp)
        if PATTERNS[name][0] in _SETTING_UP:
            self._lasting = [
                each for each in self._lasting if each[0] == name or PATTERNS[each[0]][0] not in _SETTING_UP
            ]
        if not lasts(name):
            self._once = [each for each in self._once if each[2] != entry[2] or each[0] != name] + [entry]
        elif not [each for each in self._lasting if each[0] == name and each[2] == entry[2]]:
            self._lasting.append(entry)

    def hide(self, name: str, lamp: "int | None" = None) -> None:
        """End a pattern that lasts, on all lamps or on this one; it need not be shown."""
        self._lasting = [
            each for each in self._lasting if each[0] != name or (lamp is not None and each[2] != lamp)
        ]

    def shows(self, now: int) -> "list[str]":
        """The names of what is seen at `now`."""
        return [entry[0] for entry in self._seen(now)]

    def levels(self, now: int) -> "tuple[int, ...]":
        """How bright each lamp is, in percent."""
        levels = [0] * (self._count + self._more)
        for entry in self._seen(now):
            mask, percent, _ = self._step(entry, now)
            for at in range(len(levels)):
                if mask >> at & 1:
                    levels[at] = max(levels[at], percent * self.brightness // 100)
        return tuple(levels)

    def due(self, now: int) -> "int | None":
        """When `levels` changes next, None if it stays as it is."""
        ends = [self._step(entry, now)[2] for entry in self._seen(now)]
        return min(ends) if ends else None

    def _seen(self, now: int) -> "list[tuple[str, int, int]]":
        """What is shown once, else the most important that lasts, and with it the procedure chosen."""
        if self._once:
            self._once = [each for each in self._once if 0 <= now - each[1] < self._length(each)]
            if self._once:
                return self._once
        for name in ORDER:
            found = [entry for entry in self._lasting if entry[0] == name]
            if not found:
                continue
            if name == "chosen":
                return found
            return found + [entry for entry in self._lasting if entry[0] == "chosen"]
        return []

    def _step(self, entry: "tuple[str, int, int]", now: int) -> "tuple[int, int, int]":
        """(lamps as bits, percent, until when) of a pattern at `now`."""
        steps = self._steps(entry)
        passed = max(0, now - entry[1]) % self._length(entry)
        for length, mask, percent in steps:
            if passed < length:
                return mask, percent, now + length - passed
            passed -= length
        return 0, 0, now + 1  # never reached: the steps are as long as their sum

    def _length(self, entry: "tuple[str, int, int]") -> int:
        return sum([step[0] for step in self._steps(entry)])

    def _steps(self, entry: "tuple[str, int, int]") -> "Steps":
        """(ms, lamps as bits, percent) one after the other."""
        which, times, on, off, percent, dark = PATTERNS[entry[0]]
        steps: Steps = []
        if which == WALK:
            # Once: the row fills up and stays lit a while. Lasting: one light walks along.
            for at in range(self._count):
                steps.append((on, 1 << at if dark else (2 << at) - 1, percent))
            if not dark:
                steps.append((2000, (1 << self._count) - 1, percent))
        else:
            for _ in range(times):
                steps.append((on, self._mask(which, entry[2]), percent))
                if off:
                    steps.append((off, 0, 0))
        if dark > 1:
            steps.append((dark, 0, 0))
        return steps

    def _mask(self, which: str, lamp: int) -> int:
        last, middle = self._count - 1, self._count // 2
        if which == OWN:
            return 1 << lamp if lamp >= 0 else 0
        if which == ALL:
            return (1 << self._count) - 1
        if which == MIDDLE:
            return 1 << middle
        if which == ENDS:
            return 1 | 1 << last
        return 1 << max(0, middle - 1) | 1 << min(last, middle + 1)
