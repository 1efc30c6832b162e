"""A flash smaller than the journal's bound: it fills up, refuses, drains and goes on. Prints JSON."""

import json
import os
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import flash_bed

from firmware import durable_json
from firmware.journal import Full, Journal, event_id

FLASH = flash_bed.Flash(24, 4096)
made = {}


def new_id():
    return "01234567-89ab-4000-8000-0123456789ab"


def press(journal):
    body = b"x" * (280 + journal.last_seq % 30)
    seq = journal.append(lambda _, seq: body)
    made[event_id(journal.id, seq)] = body


def fill(journal):
    count = 0
    try:
        while True:
            press(journal)
            count += 1
    except Full:
        return count


def main():
    flash_bed.make(FLASH)
    with open("/f/other", "wb") as file:  # others need room too
        file.write(bytes(2000))
    journal = Journal("/f/journal", new_id, max_bytes=100000, segment_bytes=4000)
    rounds = []
    for _ in range(6):
        count = fill(journal)
        durable_json.write("/f/identity.json", {"password": "z" * 300, "round": len(rounds)})
        assert durable_json.read("/f/identity.json")["round"] == len(rounds)
        waiting = journal.waiting(1000)
        assert dict(waiting) == made and len(waiting) == len(made), "a press was lost"
        rounds.append((count, journal.is_full(), journal.depth()))
        gone = [name for at, (name, _) in enumerate(waiting) if at % 3 or at < len(waiting) // 2]
        assert journal.delivered(gone) == len(gone)
        for name in gone:
            del made[name]
    flash_bed.mount(FLASH)
    journal = Journal("/f/journal", new_id, max_bytes=100000, segment_bytes=4000)
    assert dict(journal.waiting(1000)) == made, "a press was lost over the start"
    numbers = journal.last_seq == sum([count for count, _, _ in rounds])
    print(json.dumps([rounds, numbers, journal.damaged, os.stat("/f/other")[6]]))


main()
