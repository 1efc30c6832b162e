"""A board without the board: what a test writes to standard input closes contacts, what lamps do is printed.

In: `pin NUMBER LEVEL`, `adc NUMBER VALUE`, `wifi on|off`; anything else is kept for `commands()`.
Out: `lamp NUMBER DUTY`, `deepsleep MS`, `reset`, `calendar Y M D`. A watchdog that was not fed ends the
process as soon as anything of the board is touched. `BOX_CAUSE`, `BOX_RTC`: the cause of this boot and the
file that outlasts deep sleep; `BOX_WOKEN`: the RTC's bits of the buttons that ended it.
"""

import os
import select
import sys
import time

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5

levels = {}
analog = {}
wifi = [True]
_others = []
_poll = select.poll()
_poll.register(sys.stdin, select.POLLIN)
_looked = [-1]
_watchdog = []


def look():
    """Take in what the test has written."""
    now = time.ticks_ms()
    if now == _looked[0]:
        return
    _looked[0] = now
    if _watchdog and time.ticks_diff(now, _watchdog[1]) > _watchdog[0]:
        print("watchdog bites")
        sys.exit(3)
    while _poll.poll(0):
        line = sys.stdin.readline()
        if not line:
            _poll.unregister(sys.stdin)
            return
        words = line.split()
        if words[:1] == ["pin"]:
            levels[int(words[1])] = int(words[2])
        elif words[:1] == ["adc"]:
            analog[int(words[1])] = int(words[2])
        elif words[:1] == ["wifi"]:
            wifi[0] = words[1] == "on"
        else:
            _others.append(words)


def commands():
    """What else the test has written, each line's words."""
    found = _others[:]
    _others.clear()
    return found


class Pin:
    IN, OUT, PULL_UP, PULL_DOWN = 0, 1, 2, 1

    def __init__(self, number, mode=IN, pull=None):
        self.number = number
        levels.setdefault(number, 1 if pull == self.PULL_UP else 0)

    def value(self):
        look()
        return levels[self.number]


class PWM:
    def __init__(self, pin, freq=1000, duty_u16=0):
        self._number = pin.number

    def duty_u16(self, duty):
        print("lamp", self._number, duty)


class ADC:
    def __init__(self, pin):
        self._number = pin.number

    def read_u16(self):
        return analog.get(self._number, 0)


class WDT:
    def __init__(self, timeout=5000):
        _watchdog.extend((timeout, time.ticks_ms()))

    def feed(self):
        look()
        _watchdog[1] = time.ticks_ms()


class RTC:
    def memory(self, data=None):
        path = os.getenv("BOX_RTC")
        if data is not None:
            with open(path, "wb") as file:
                file.write(data)
            return None
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError:
            return b""

    def datetime(self, parts):
        print("calendar", parts[0], parts[1], parts[2])


class _Registers:
    def __init__(self):
        self._woken = int(os.getenv("BOX_WOKEN") or 0)

    def __getitem__(self, address):
        return self._woken

    def __setitem__(self, address, value):
        self._woken = 0


mem32 = _Registers()


def reset_cause():
    return int(os.getenv("BOX_CAUSE") or PWRON_RESET)


def reset():
    print("reset")
    sys.exit(0)


def deepsleep(ms=0):
    print("deepsleep", ms)
    sys.exit(0)


def lightsleep(ms=0):
    print("lightsleep", ms)
    time.sleep_ms(ms)
