"""A journal and a link alone, under MicroPython or CPython: `deliver.py FOLDER IDENTITY.json [CA.pem]`.

Commands on standard input, a line each: `press LEVEL`, `rest`, `wake`, `quit`. Whenever it changes it says
how things stand: `state STATE PROBLEM DEPTH REJECTED`.
"""

import asyncio
import os
import select
import sys

from firmware.boot_times import BootTimes
from firmware.clock import Clock
from firmware.journal import Journal
from firmware.link import Link, Timing
from survey_defs import strict_json


def new_id():
    text = "".join(["%02x" % byte for byte in os.urandom(16)])  # noqa: UP031
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def answer(journal, seq, clock, level):
    head = '{"id":"%s","journal":"%s","seq":%d,"boot":"%s","up_ms":%d,"wall":null,"type":"answer"'
    tail = (
        ',"survey":"tthc","version":1,"channel":"button","lang":"vi","procedure":null,"answers":{"rating":%d}'
    )
    from firmware.journal import event_id

    values = (event_id(journal, seq), journal, seq, clock.boot, clock.up_ms())
    return ((head % values) + (tail % level) + ',"took_ms":null}').encode()


async def main(folder, identity, authority):
    clock = Clock(new_id())
    journal = Journal(folder, new_id)
    configs = []

    def take(payload):
        configs.append(payload)
        print("config", "too-large" if payload is None else len(payload))
        return True

    timing = Timing(connect_s=3, receipt_s=0.8, min_backoff_s=0.1, max_backoff_s=0.5, refused_s=0.3,
                    certificate_s=0.3, poll_s=0.1, keepalive_s=3)  # fmt: skip
    link = Link(
        journal, identity, clock, config=take, health=lambda: {"version": "test"}, new_id=new_id,
        authority=authority, timing=timing, on_time=lambda ms: print("time", ms // 1000),
        boot_times=BootTimes(folder + ".origins"),
    )  # fmt: skip
    running = asyncio.create_task(link.run())
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    said = None
    while True:
        while poll.poll(0):
            words = sys.stdin.readline().split()
            if not words or words[0] == "quit":
                running.cancel()
                return
            if words[0] == "press":
                level = int(words[1])
                journal.append(lambda name, seq, level=level: answer(name, seq, clock, level))
                link.poke()
            elif words[0] == "rest":
                await link.rest()
                print("rested")
            elif words[0] == "wake":
                link.wake()
        now = (link.state, link.problem or "-", journal.depth(), link.rejected)
        if now != said:
            said = now
            print("state", *now)
        await asyncio.sleep(0.01)


with open(sys.argv[2]) as file:
    who = strict_json.loads(file.read().encode())
ca = ""
if len(sys.argv) > 3:
    with open(sys.argv[3]) as file:
        ca = file.read()
asyncio.run(main(sys.argv[1], who, ca))
