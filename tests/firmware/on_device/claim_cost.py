"""What a claim code costs a box: its two sums, and 4,096 rounds of PBKDF2 as a reference. Prints JSON."""

import gc
import hashlib
import json
import time

from survey_defs import strict_json, wire  # noqa: F401 - a box has these anyhow

gc.collect()
before = gc.mem_free()

from survey_defs import claim, spake2  # noqa: E402

gc.collect()
taken = before - gc.mem_free()
gc.threshold(-1)  # as firmware.enrol does
CODE = "k7pm9xq2re"


def milliseconds(work):
    began = time.ticks_us()
    work()
    return time.ticks_diff(time.ticks_us(), began) / 1000


def rounds():
    part, inner, outer, mixed = bytes(32), bytes(64), bytes(64), 0
    for _ in range(4096):
        part = hashlib.sha256(outer + hashlib.sha256(inner + part).digest()).digest()
        mixed ^= int.from_bytes(part, "big")


server = spake2.last(spake2.share_of_b(5, claim.secret_of(CODE)))
asking = claim.Asking(CODE, "button", claim.new_run(CODE, "11" * 32))
found = {"bytes": taken}
found["share_ms"] = milliseconds(lambda: spake2.last(asking.begin()))
asking.hear(claim.make_share(server), "")
found["meet_ms"] = milliseconds(lambda: spake2.last(asking.meet()))
found["proof_ms"] = milliseconds(asking.proof)
found["rounds_ms"] = milliseconds(rounds)
print(json.dumps(found))
