"""ESP32 (DevKitC, WROOM-32): its pins and its deep sleep.

A button connects its pin to 3.3 V; a resistor of 100 kΩ pulls it to ground, in deep sleep too. All button
pins belong to the RTC, which wakes the chip and remembers which of them did it (ESP32 Technical Reference
Manual, RTC_CNTL_EXT_WAKEUP1_STATUS_REG): MicroPython needs longer to start than a finger stays on a button.
"""

import esp32
import machine
from machine import Pin

NAME = "esp32"
LEVELS = (25, 26, 27, 14, 13)
"""Buttons from level 1, very dissatisfied, to level 5."""
PROCEDURES = (32, 33, 4, 34)
LAMPS = (16, 17, 18, 19, 21)
PROCEDURE_LAMPS = (22, 23, 5, 2)
BUZZER = 15
"""A passive buzzer; may be left away."""
CLOSED = 1
"""What a pin reads while its button is pressed."""
PULL = Pin.PULL_DOWN
BATTERY = 35
"""Half of the battery's voltage over two resistors of 1 MΩ; read by ADC1, which works beside Wi-Fi."""
SENSE = 39
"""High while USB gives power, over 100 kΩ and 100 kΩ from 5 V; without that wire the box is on a battery."""
WATCHDOG_MS = 30_000
HAS_DEEP_SLEEP = True

_STATUS, _CONTROL, _CLEAR = 0x3FF480D0, 0x3FF480CC, 1 << 18
_RTC_NUMBER = {25: 6, 26: 7, 27: 17, 14: 16, 13: 14, 32: 9, 33: 8, 4: 10, 34: 4}


def woken_by() -> int:
    """The button, as a bit of `LEVELS + PROCEDURES`, that ended the deep sleep; 0 where the timer did."""
    status = machine.mem32[_STATUS] & 0x3FFFF
    machine.mem32[_CONTROL] |= _CLEAR
    bits = 0
    for place, pin in enumerate(LEVELS + PROCEDURES):
        if status >> _RTC_NUMBER[pin] & 1:
            bits |= 1 << place
    return bits


def sleep(ms: int, pins: "list[Pin]") -> None:
    """Deep sleep until a button is pressed or the time is over. Does not come back: the chip starts anew."""
    esp32.wake_on_ext1(pins, esp32.WAKEUP_ANY_HIGH)
    machine.deepsleep(ms)


def remember(data: bytes) -> None:
    """Keep this through deep sleep; gone without power."""
    machine.RTC().memory(data)


def recall() -> bytes:
    """What was kept, b'' if nothing was."""
    return bytes(machine.RTC().memory())
