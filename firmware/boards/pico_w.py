"""Raspberry Pi Pico W: its pins. It has no deep sleep that a press ends and that MicroPython offers.

On a battery it naps: light sleep for a few milliseconds between looks at the buttons, the radio off, its
memory kept. A button connects its pin to ground; the chip's own resistor pulls it up.
"""

import machine
from machine import Pin

NAME = "pico_w"
LEVELS = (2, 3, 4, 5, 6)
"""Buttons from level 1, very dissatisfied, to level 5."""
PROCEDURES = (7, 8, 9, 10)
LAMPS = (11, 12, 13, 14, 15)
PROCEDURE_LAMPS = (16, 17, 18, 19)
BUZZER = 20
"""A passive buzzer; may be left away."""
CLOSED = 0
"""What a pin reads while its button is pressed."""
PULL = Pin.PULL_UP
BATTERY = 26
"""Half of the battery's voltage over two resistors of 1 MΩ."""
SENSE = 22
"""High while USB gives power (VBUS over 10 kΩ and 20 kΩ); without that wire the box is on a battery."""
WATCHDOG_MS = 8_000
"""The chip cannot wait longer than 8.3 s."""
HAS_DEEP_SLEEP = False
NAP_MS = 20


def woken_by() -> int:
    """Nothing is lost in a nap, so nothing needs to be remembered."""
    return 0


def sleep(ms: int, pins: "list[Pin]") -> None:
    """One nap, or less; then the buttons are looked at again."""
    machine.lightsleep(min(ms, NAP_MS))


def remember(data: bytes) -> None:
    """A nap forgets nothing."""


def recall() -> bytes:
    """See `remember`."""
    return b""
