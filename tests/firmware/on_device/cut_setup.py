"""The power is cut at every write of a set-up: what was typed, what came of it, and putting it into place.

Prints [kind, points, presses looked for, what was wrong] as JSON lines; what the network would
answer is given.
"""

import asyncio
import json
import os
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import flash_bed

from firmware import durable_json, enrol, setup
from firmware.journal import Journal

FLASH = flash_bed.Flash(160, 512)
HOME, AWAY = "thcs-mau", "thcs-khac"
OLD = {"identity": ("nut-01", HOME, "old"), "ca": "OLD" * 100, "wifi": "old-wifi"}
NEW = {"ca": "NEW" * 300, "wifi": "new-wifi"}
PRESSES = 5
wrong = []
looked = [0]
drawn = [0]


def new_id():
    drawn[0] += 1
    return f"{drawn[0]:08x}-0000-4000-8000-0123456789ab"


class Net:
    def down(self):
        pass

    async def connect(self, ssid, password, timeout_s):
        return True


async def exchange(server, code, run, keep_run, *, authority=""):
    """The same answer in the same run, another in another: as the server does."""
    run["met"] = "04"
    keep_run(run)
    broker = "mqtts://192.168.1.10:8883"
    return {
        "device": "nut-01",
        "school": State.school,
        "kind": "button",
        "broker": broker,
        "ca": NEW["ca"],
    }, run["drawn"]


async def deliver():
    pass


enrol.exchange = exchange


class State:
    school = HOME

    def __init__(self, is_new, waiting):
        self.is_new, self.waiting, self.drawn, self.is_done = is_new, waiting, [], False

    def draw(self):
        self.drawn.append(f"{len(self.drawn) + 1:064x}")
        return self.drawn[-1]


def identity(device, school, password):
    return {"device": device, "school": school, "password": password}


def prepare(is_new, waiting):
    def make():
        if not is_new and durable_json.read("/f/identity.json") is None:
            durable_json.write("/f/identity.json", identity(*OLD["identity"]))
            durable_json.write("/f/wifi.json", {"ssid": OLD["wifi"], "password": "x"})
            with open("/f/ca.pem", "w") as file:
                file.write(OLD["ca"])
            journal = Journal("/f/journal", new_id, max_bytes=4096, segment_bytes=1024)
            for _ in range(PRESSES):
                journal.append(lambda name, seq: b'{"press":%d}' % seq)
            if not waiting:
                journal.delivered([each for each, _ in journal.waiting(99)])
            journal.close()
        return State(is_new, waiting)

    return make


def act(state):
    """What a box does, from the form to the end of its next start."""
    one = setup.Setup("/f", Net(), draw=state.draw, waiting=lambda: state.waiting, deliver=deliver)
    one.begin("new-wifi", "12345678", "https://192.168.1.10:8443", "k7pm9xq2re", same=True)
    asyncio.run(one.run())
    if FLASH.is_off:
        raise OSError
    if one.state != "done":
        wrong.append("not done: " + one.problem)
    setup.settle("/f")
    state.is_done = True


def check(state):
    setup.settle("/f")  # the next start
    has, wifi, ca = (
        durable_json.read("/f/identity.json"),
        durable_json.read("/f/wifi.json"),
        durable_json.read_text("/f/ca.pem"),
    )
    wish = durable_json.read("/f/wish.json")
    found = (has and has["password"], wifi and wifi["ssid"], ca)
    taken = found == (f"{1:064x}", NEW["wifi"], NEW["ca"])
    old = found == (None, None, "") if state.is_new else found == ("old", OLD["wifi"], OLD["ca"])
    if not taken and not old:
        wrong.append("neither the old set nor the new one")
    if state.is_done and not (taken and wish is None):
        wrong.append("done, but not in place")
    if wish is not None and wish["run"]["drawn"] != f"{1:064x}":
        wrong.append("the number was not kept")
    if state.is_new:
        return
    moved = taken and State.school == AWAY
    journal = Journal("/f/journal", new_id, max_bytes=4096, segment_bytes=1024)
    here = len(journal.waiting(99))
    aside = 0
    if "journal-aside1" in os.listdir("/f"):
        aside = len(Journal("/f/journal-aside1", new_id, max_bytes=4096, segment_bytes=1024).waiting(99))
    looked[0] += state.waiting
    if here + aside != state.waiting or (aside and not moved) or (moved and here):
        wrong.append("a press was lost, or would go to the wrong school")
    if (journal.last_seq == 0) != moved:
        wrong.append("the journal goes on where it should not, or ends where it should go on")


KINDS = (
    ("first set-up", True, 0, HOME),
    ("another school, presses waiting", False, PRESSES, AWAY),
    ("new key", False, PRESSES, HOME),
    ("another school", False, 0, AWAY),
)
for kind, is_new, waiting, school in KINDS:
    State.school = school
    wrong.clear()
    looked[0] = 0
    points = flash_bed.sweep(FLASH, prepare(is_new, waiting), act, check)
    print(json.dumps([kind, points, looked[0], sorted(set(wrong))]))
