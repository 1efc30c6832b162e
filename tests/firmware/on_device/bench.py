"""What `tests/bench/box.py` measures under MicroPython: `DISK press COUNT`, `DISK deliver IDENTITY COUNT`.

`DISK` comes first: a file that stands for the flash, with littlefs on it; in the heap it would be searched
through at every collection. Prints one JSON object.
"""

import asyncio
import os
import sys
import time

from firmware.app import Box, new_id
from firmware.buttons import Buttons
from survey_defs import strict_json


class Disk:
    """Flash of a board: blocks of 4096 bytes."""

    def __init__(self, path, blocks):
        self._blocks = blocks
        self._file = open(path, "w+b")  # noqa: SIM115 - stays open
        for _ in range(blocks):
            self._file.write(b"\xff" * 4096)

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * 4096 + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        self._file.seek(block * 4096 + offset)
        self._file.write(buffer)

    def ioctl(self, what, argument):
        if what == 4:
            return self._blocks
        if what == 5:
            return 4096
        return 0


class Finger:
    """Hardware that closes a contact and notes when its lamp comes on."""

    levels, procedures = 5, 4

    def __init__(self):
        self.bits = 0
        self.lit = None

    def contacts(self):
        return self.bits

    def show(self, levels):
        if self.bits and self.lit is None:
            for place in range(5):
                if self.bits >> place & 1 and levels[place] == 100:
                    self.lit = time.ticks_us()

    def cause(self):
        return "power"

    def calendar(self):
        return 1_800_000_000

    def set_calendar(self, ms):
        pass

    def on_battery(self):
        return False

    def watch(self):
        pass

    feed = watch


async def press(count):
    hardware = Finger()
    box = Box(hardware, None, "/flash")
    box.buttons = Buttons(5, procedures=4, lock_ms=20)
    box._open_journal()
    box._counts = True
    from firmware.config import Config

    box.config = Config("/flash/config.json", "")
    looking = asyncio.create_task(box._poll_buttons())
    records, lamps = [], []
    plain = box.journal.append

    def timed(build):
        began = time.ticks_us()
        seq = plain(build)
        records.append(time.ticks_diff(time.ticks_us(), began))
        return seq

    box.journal.append = timed
    for number in range(count):
        await asyncio.sleep(0.35)  # until the lamp of five presses before is dark again
        hardware.lit = None
        hardware.bits = 1 << number % 5
        began = time.ticks_us()
        while hardware.lit is None:
            await asyncio.sleep(0)
        lamps.append(time.ticks_diff(hardware.lit, began))
        hardware.bits = 0
    looking.cancel()
    return {"records_us": records, "lamps_us": lamps, "journal": box.journal.last_seq}


async def deliver(path, count):
    from firmware.clock import Clock
    from firmware.events import answer_event
    from firmware.journal import Journal
    from firmware.link import Link
    from firmware.mqtt import open_client

    with open(path) as file:
        identity = strict_json.loads(file.read().encode())
    clock = Clock(new_id())
    journal = Journal("/flash/journal", new_id, max_bytes=400_000)
    began = time.ticks_ms()
    for _ in range(count):
        journal.append(lambda name, seq: answer_event(name, seq, clock.boot, 1, 5, None, None, False))
    kept = time.ticks_diff(time.ticks_ms(), began)
    bodies = [body for _, body in journal.waiting(8)]
    client = await open_client(identity["host"], identity["port"])
    await client.enter(identity["device"], "x", "bench", 60, ("hailong/1/mau/kiosk-1/state", b"{}"))

    async def listen():
        while True:
            await client.receive()

    listener = asyncio.create_task(listen())
    began = time.ticks_ms()
    for number in range(count):
        await client.publish("bench/bare", (bodies[number % 8],))
    while not client.all_acknowledged:
        await asyncio.sleep(0)
    bare = time.ticks_diff(time.ticks_ms(), began)
    listener.cancel()
    await client.leave()
    await client.close()
    link = Link(journal, identity, clock, config=lambda payload: False, health=lambda: {}, new_id=new_id)
    running = asyncio.create_task(link.run())
    while link.state != "up":
        await asyncio.sleep(0.001)
    began = time.ticks_ms()
    while journal.depth():
        await asyncio.sleep(0.001)
    delivered = time.ticks_diff(time.ticks_ms(), began)
    await link.rest()
    running.cancel()
    return {"kept_ms": kept, "bare_ms": bare, "delivered_ms": delivered}


disk = Disk(sys.argv[1], 200)
os.VfsLfs2.mkfs(disk, progsize=256, readsize=256)  # as on the Pico W
os.mount(os.VfsLfs2(disk, progsize=256, readsize=256), "/flash")
job = press(int(sys.argv[3])) if sys.argv[2] == "press" else deliver(sys.argv[3], int(sys.argv[4]))
print(strict_json.dumps(asyncio.run(job)).decode())
