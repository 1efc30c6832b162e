"""Every write of the journal with the power cut at it. Prints [kind, points, presses looked for, what was
found wrong] as JSON lines.

With `sloppy` as an argument the flush is taken out of the journal's files: the sweep must notice.
"""

import json
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import flash_bed

from firmware import journal as journal_module
from firmware import segments
from firmware.journal import Full, Journal, event_id

MOST, SEGMENT = 1600, 320
FLASH = flash_bed.Flash(96, 512)
drawn = [0]
looked = [0]
wrong = []


def new_id():
    drawn[0] += 1
    return f"{drawn[0] * 2654435761 & 0xFFFFFFFF:08x}-0000-4000-8000-0123456789ab"


def body(journal, seq):
    return json.dumps({"journal": journal, "seq": seq, "x": "y" * (seq * 7 % 23)}).encode()


class State:
    """What the visitor and the server have been told: `made` thanked for, `sent` receipted."""

    def __init__(self):
        self.made = {}
        self.gone = set()  # the receipt came and delivered() returned
        self.perhaps = set()  # the receipt came
        self.journal = Journal("/f/journal", new_id, max_bytes=MOST, segment_bytes=SEGMENT)

    def press(self):
        journal = self.journal.id
        seq = self.journal.append(body)
        name = event_id(journal, seq)
        assert name not in self.made, "a number was given twice"
        self.made[name] = body(journal, seq)

    def receipt(self, ids):
        self.perhaps.update(ids)
        self.journal.delivered(ids)
        self.gone.update(ids)

    def ids(self, share=1, of=1):
        return [name for at, (name, _) in enumerate(self.journal.waiting(1000)) if at % of < share]


def prepared(build):
    """A state made by `build`; the second time the flash holds it already."""
    remembered = []

    def prepare():
        state = State()
        if not remembered:
            build(state)
            remembered.append((dict(state.made), set(state.gone)))
            state.journal.close()
            return None
        state.made, state.gone = dict(remembered[0][0]), set(remembered[0][1])
        state.perhaps = set(state.gone)
        return state

    return prepare


def check(state):
    try:
        check_all(state)
    except AssertionError as error:
        wrong.append(str(error))


def check_all(state):
    journal = Journal("/f/journal", new_id, max_bytes=MOST, segment_bytes=SEGMENT)
    found = {}
    while True:
        more = journal.waiting(5, found)
        if not more:
            break
        for name, data in more:
            assert name not in found, "listed twice"
            found[name] = data
    looked[0] += len(state.made)
    assert journal.damaged == 0, "damaged " + str(journal.damaged)
    assert journal.depth() == len(found), "depth"
    for name, data in state.made.items():
        if name not in state.perhaps:
            assert found.get(name) == data, "an acknowledged press was lost"
    for name in state.gone:
        assert name not in found, "a receipt was forgotten"
    # Whatever is there beyond what was thanked for is a whole press: at most the one in hand.
    extra = [name for name in found if name not in state.made]
    assert len(extra) <= 1, "more than was pressed"
    numbers = {}
    for name in list(state.made) + extra:
        numbers.setdefault(name[:24], []).append(int(name[24:], 16))
    for name in extra:
        assert found[name] == body(json.loads(found[name])["journal"], int(name[24:], 16))
    for given in numbers.values():
        assert sorted(given) == list(range(1, len(given) + 1)), "a hole"
    mine = numbers.get(journal.id[:24], [])
    assert journal.last_seq == len(mine), "last number"
    state.journal = journal
    state.made.update({name: found[name] for name in extra})
    for _ in range(2):
        if journal.is_full():
            state.receipt(state.ids())
        state.press()
    state.receipt(state.ids())
    assert journal.depth() == 0
    state.press()
    journal.close()


def nothing(state):
    pass


def presses(count):
    def build(state):
        for _ in range(count):
            state.press()

    return build


def fill(state):
    try:
        while True:
            state.press()
    except Full:
        pass


def half_receipted(state):
    fill(state)
    state.receipt(state.ids(1, 2))


def receipts(state):
    state.receipt(state.ids(2, 3))
    state.press()
    state.receipt(state.ids(1, 2))
    state.receipt(state.ids())
    state.press()


def renew(state):
    state.journal.new_journal()
    state.press()
    state.receipt(state.ids(1, 2))
    state.journal.new_journal()
    state.press()
    state.receipt(state.ids())
    state.press()


class Unflushed:
    """A file whose flush does nothing."""

    def __init__(self, file):
        self.file = file
        self.write, self.read, self.seek, self.close = file.write, file.read, file.seek, file.close

    def flush(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


KINDS = (
    ("set-up of the journal", None, presses(1)),
    ("append", presses(2), presses(9)),
    ("receipts", presses(9), receipts),
    ("compaction", half_receipted, fill),
    ("new journal", presses(5), renew),
)


def main():
    kinds = KINDS
    if "sloppy" in sys.argv:
        journal_module.open = segments.open = lambda *arguments: Unflushed(open(*arguments))  # noqa: SIM115
        kinds = KINDS[1:2]
    for name, build, act in kinds:
        looked[0] = 0
        wrong.clear()
        points = flash_bed.sweep(FLASH, prepared(build) if build else Unborn, act, check)
        print(json.dumps([name, points, looked[0], wrong]))


class Unborn(State):
    """The very first start: the journal itself is made under the cut."""

    def __init__(self):
        self.made, self.gone, self.perhaps = {}, set(), set()

    def press(self):
        if not hasattr(self, "journal"):
            self.journal = Journal("/f/journal", new_id, max_bytes=MOST, segment_bytes=SEGMENT)
        State.press(self)


main()
