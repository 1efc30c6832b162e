"""Every write of the small settings with the power cut at it. Prints [kind, points, 0, what was wrong]."""

import json
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import flash_bed

from firmware import durable_json
from firmware.boots import Boots

FLASH = flash_bed.Flash(64, 512)
PATH = "/f/identity.json"
OLD = {"device": "hop-1", "password": "a" * 29, "tls": False}
NEW = {"device": "hop-1", "password": "b" * 29, "tls": True, "ca": "é" * 700}
wrong = []


def check(state):
    """`state`: the value before, the one written, whether that came to its end."""
    before, after, is_done = state
    found = durable_json.read(PATH)
    if not (found == after or (not is_done and found == before)):
        wrong.append("neither the one nor the other")
    durable_json.write(PATH, {"n": 1})
    if durable_json.read(PATH) != {"n": 1}:
        wrong.append("cannot be written again")


def started(before, after):
    def prepare():
        if before is not None and durable_json.read(PATH) is None:
            durable_json.write(PATH, before)
        return [before, after, False]

    return prepare


def write(state):
    durable_json.write(PATH, state[1])
    state[2] = True


def erase(state):
    durable_json.erase(PATH)
    state[2] = True


def boot(state):
    boots = Boots("/f/boots.json")
    for step in (lambda: boots.begin("power"), boots.good):
        step()
        if not FLASH.is_off:  # no word of it where the flash refuses
            state.append(boots.count)


def boots_before():
    boots = Boots("/f/boots.json")
    if durable_json.read("/f/boots.json") is None:
        for _ in range(3):
            boots.begin("watchdog")
    return []


def check_boots(state):
    boots = Boots("/f/boots.json")
    boots.begin("power")
    if boots.count not in (4, 5) or (state and boots.count != 5) or (len(state) == 2 and boots.failed):
        wrong.append(f"boots {boots.count}, failed {boots.failed} after {state}")


KINDS = (
    ("first settings", started(None, OLD), write, check),
    ("other settings", started(OLD, NEW), write, check),
    ("settings erased", started(OLD, None), erase, check),
    ("boots", boots_before, boot, check_boots),
)


def main():
    for name, prepare, act, checked in KINDS:
        wrong.clear()
        print(json.dumps([name, flash_bed.sweep(FLASH, prepare, act, checked), 0, wrong]))


main()
