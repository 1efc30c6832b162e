"""The whole box on a board that is none: `box.py FOLDER [NAME=SECONDS …]`, the link's `Timing` shortened.

`http` and `dns` are the set-up's ports, `stuck` is after how many seconds a button is. What a test may ask
besides (see the fakes): `say` prints `now {…}`, a JSON object of how things stand.
"""

import asyncio
import gc
import sys

import machine

from firmware.app import Box
from firmware.buttons import Buttons
from firmware.hardware import Hardware
from firmware.link import Timing
from firmware.net import Net
from survey_defs import strict_json


async def main(box):
    running = asyncio.create_task(box.run())
    while not running.done():
        machine.look()
        for words in machine.commands():
            if words[0] == "say":
                gc.collect()
                link = box.link
                facts = {
                    "state": link.state if link else "none",
                    "problem": link.problem if link else "",
                    "fault": link.fault if link else "",
                    "depth": box.journal.depth() if box.journal else -1,
                    "lamps": box.lamps.shows(box.clock.up_ms()),
                    "revision": box.config.revision if box.config else "",
                    "free": gc.mem_free(),
                    "up_ms": box.clock.up_ms(),
                }
                print("now", strict_json.dumps(facts).decode())
        await asyncio.sleep(0.02)
    await running


changed = {}
for word in sys.argv[2:]:
    name, _, value = word.partition("=")
    changed[name] = float(value)
ports = int(changed.pop("http", 80)), int(changed.pop("dns", 53))
stuck_ms = int(changed.pop("stuck", 10) * 1000)
the_box = Box(Hardware(), Net(), sys.argv[1], Timing(**changed), ports)
the_box.buttons = Buttons(5, procedures=4, stuck_ms=stuck_ms)
asyncio.run(main(the_box))
