"""The pure modules on the same chances: what they make of them is printed, to be compared."""

import sys

from firmware import durable_json, records
from firmware.buttons import Buttons
from firmware.lamps import PATTERNS, Lamps

state = [int(sys.argv[1])]


def chance(most):
    state[0] = (state[0] * 1103515245 + 12345) % 2147483648
    return (state[0] >> 8) % most


def main():
    buttons = Buttons(5, procedures=4)
    now = bits = 0
    for _ in range(4000):
        now += chance(12)
        if chance(6) == 0:
            bits = 0 if chance(3) else 1 << chance(9) | (0 if chance(5) else 1 << chance(9))
        if chance(300) == 0:
            now += 11000
        for press in buttons.sample(bits, now):
            print(now, press.button, press.at, press.burst, press.procedure)
        if chance(40) == 0:
            print(now, buttons.stuck, buttons.chosen(now), buttons.next_due(now), buttons.passed_over())
    lamps = Lamps(5, 4)
    names = sorted(PATTERNS)
    for _ in range(300):
        now += chance(900)
        name, lamp = names[chance(len(names))], chance(9)
        if chance(2):
            lamps.show(name, now, lamp)
        else:
            lamps.hide(name)
        print(lamps.shows(now), lamps.levels(now), lamps.due(now))
    print(durable_json.encode({"name": 'Hài lòng " \\ \n'}), records.pack(70000, b"body"))
    runs = []
    for _ in range(200):
        first = chance(500)
        records.add(runs, first, first + chance(4))
    print(runs)


main()
