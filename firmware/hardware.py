"""Buttons, lamps, battery, watchdog and sleep of the board at hand. Nothing else knows `machine`."""

import sys

import machine
from machine import ADC, PWM, Pin

from survey_defs import strict_json

if sys.platform == "rp2":
    from firmware.boards import pico_w as board
else:
    from firmware.boards import esp32 as board

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TONE_HZ = 2400
"""Where small buzzers are loudest."""
_EMPTY_MV, _FULL_MV = 3300, 4150
"""A lithium cell, in millivolts."""
_NO_CELL_MV = 2500
_EPOCH_2000 = 946_684_800
"""Seconds from 1970 to 2000: the boards count from one or the other."""


class Hardware:
    """All that a box is made of; `levels` and `procedures` are how many buttons there are of each."""

    def __init__(self) -> None:
        pins = board.LEVELS + board.PROCEDURES
        self.levels, self.procedures = len(board.LEVELS), len(board.PROCEDURES)
        self._pins = [Pin(number, Pin.IN, board.PULL) for number in pins]
        self._lamps = [
            PWM(Pin(number), freq=1000, duty_u16=0) for number in board.LAMPS + board.PROCEDURE_LAMPS
        ]
        self._shown: list[int] = [0] * len(self._lamps)
        self._buzzer = PWM(Pin(board.BUZZER), freq=_TONE_HZ, duty_u16=0)
        self._sense = Pin(board.SENSE, Pin.IN)
        self._battery: Any = ADC(Pin(board.BATTERY))
        self._watchdog: Any = None
        self.has_deep_sleep = board.HAS_DEEP_SLEEP

    def contacts(self) -> int:
        """The pressed buttons as bits, levels first."""
        bits, closed = 0, board.CLOSED
        for place, pin in enumerate(self._pins):
            if pin.value() == closed:
                bits |= 1 << place
        return bits

    def woken_by(self) -> int:
        """The button that ended the deep sleep, in the same bits."""
        return board.woken_by()

    def show(self, levels: "tuple[int, ...]") -> None:
        """Set the lamps, 0 to 100 each."""
        for place, level in enumerate(levels):
            duty = level * 65535 // 100
            if duty != self._shown[place]:
                self._shown[place] = duty
                self._lamps[place].duty_u16(duty)

    def beep(self, volume: int) -> None:
        """Sound from now on, as loud as `volume` (0 to 100; 0 is silence) says to an ear."""
        self._buzzer.duty_u16(volume * volume * 32768 // 10_000)

    def on_battery(self) -> bool:
        """Whether there is no power from USB."""
        return not self._sense.value()

    def battery(self) -> "int | None":
        """Percent, None where no cell is measured."""
        millivolts = self._battery.read_u16() * 6600 // 65535
        if millivolts < _NO_CELL_MV:
            return None
        return max(0, min(100, (millivolts - _EMPTY_MV) * 100 // (_FULL_MV - _EMPTY_MV)))

    def cause(self) -> str:
        """Why this boot began: one of `boots.CAUSES`."""
        reasons = {}
        for name, word in (("WDT_RESET", "watchdog"), ("SOFT_RESET", "soft"), ("DEEPSLEEP_RESET", "sleep")):
            if hasattr(machine, name):  # the Pico W has fewer
                reasons[getattr(machine, name)] = word
        return reasons.get(machine.reset_cause(), "power")

    def watch(self) -> None:
        """From now on the board starts again unless `feed` is called."""
        self._watchdog = machine.WDT(timeout=board.WATCHDOG_MS)

    def feed(self) -> None:
        """All is well."""
        if self._watchdog is not None:
            self._watchdog.feed()

    def sleep(self, ms: int) -> None:
        """Sleep until a press or for so long; after deep sleep the box starts anew, else it goes on here."""
        self.show((0,) * len(self._lamps))
        board.sleep(ms, self._pins)

    def remember(self, value: "dict[str, Any]") -> None:
        """Keep this through deep sleep."""
        board.remember(strict_json.dumps(value))

    def recall(self) -> "dict[str, Any]":
        """What was kept through deep sleep, {} where nothing was."""
        try:
            value = strict_json.loads(board.recall())
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def restart(self) -> None:
        """Start again."""
        machine.reset()

    def set_calendar(self, ms: int) -> None:
        """Tell the chip the time (ms since 1970): only certificates are judged by it."""
        import time  # noqa: PLC0415

        epoch = 0 if time.gmtime(0)[0] == 1970 else _EPOCH_2000
        parts = time.gmtime(ms // 1000 - epoch)
        machine.RTC().datetime((parts[0], parts[1], parts[2], parts[6], parts[3], parts[4], parts[5], 0))

    def calendar(self) -> int:
        """What the chip takes for the time, in seconds since 1970; it goes on in deep sleep and may jump."""
        import time  # noqa: PLC0415

        return int(time.time()) + (0 if time.gmtime(0)[0] == 1970 else _EPOCH_2000)
