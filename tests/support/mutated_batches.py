"""Batches that are nearly right, and the two readers of them side by side.

    python -m tests.support.mutated_batches EVENTS [SEED]

compares so many mutated events and says how many there were of each verdict.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

from server.domain.answers import typed_answers
from server.domain.answers.accept import Judge, Refused, canonical
from survey_defs import wire
from survey_defs.loader import builtin_surveys
from tests.support.device import event

_ODD: list[Any] = [
    None, True, False, 0, -1, 1, 2, 3, 5, 6, 2**53, 2**53 + 1, 2**63, 2**64, 10**400, 0.0, 1.0, 2.5,
    "", " ", "vi", "en", "zh-Hant", "v", "a b", "hoc-ba", "x" * 64, "x" * 65, "HOC-BA", "é", "\x00", "\ud800",
    "\U0001f600", "kiosk", "button", "qr", "answer", "complaint", "tthc", "khong-co", "rating", "timeliness",
    "dung-hen", "2026-05-28T01:02:03.456Z", "2026-05-28T01:02:03+07:00", "2026-13-28T01:02:03.456Z", "now",
    [], ["dung-hen"], ["a", "a"], ["é"], [1], [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]],
    {}, {"rating": 5}, {"rating": 6}, {"rating": 1.0}, {"rating": True}, {"rating": None}, {"rating": {}},
    {"rating": 4, "timeliness": "dung-hen"}, {"no such": 1}, {"timeliness": ["dung-hen"]},
    {f"q{n}": n for n in range(20)}, {"q" * 60 + str(n): ["c" * 60] * 17 for n in range(17)},
]  # fmt: skip
_RAW = (
    b"1.0",
    b"1e0",
    b"-0",
    b"01",
    b"+1",
    b"NaN",
    b"null",
    b'"\\ud83d\\ude00"',
    b'"\\ud83d"',
    b'"\xff"',
    b"{}",
    b"[]",
)


def mutated(random: Random, size: int = 3) -> bytes:
    """A batch of up to `size` answers, most with something wrong or strange."""
    events = [
        event(random.randrange(1, 9), level=random.randrange(1, 6)) for _ in range(random.randint(1, size))
    ]
    for each in events:
        for _ in range(random.choice((0, 1, 1, 1, 2))):
            _change(random, each)
        if random.random() < 0.3:
            keys = list(each)
            random.shuffle(keys)
            reordered = {key: each[key] for key in keys}
            each.clear()
            each.update(reordered)
    batch: dict[str, Any] = {
        "v": 1,
        "boot": "b1",
        "up_ms": 60000,
        "wall": None,
        "synced": False,
        "events": events,
    }
    if random.random() < 0.15:
        _change(random, batch)
    text = json.dumps(
        batch, ensure_ascii=random.random() < 0.5, separators=random.choice(((",", ":"), (", ", ": ")))
    )
    payload = text.encode("utf-8", "surrogatepass")
    return _garbled(random, payload) if random.random() < 0.15 else payload


def _change(random: Random, of: dict[str, Any]) -> None:
    kind, key = random.randrange(8), random.choice(list(of))
    if kind == 0:
        del of[key]
        if not of:
            of["v"] = 1
    elif kind == 1:
        of[random.choice(("signs", "later", "room", "kept", "seq", "Id"))] = deepcopy(random.choice(_ODD))
    elif kind == 2 and type(of.get("answers")) is dict:
        question = random.choice(("rating", "timeliness", "reasons", "é", "no-such"))
        of["answers"][question] = deepcopy(random.choice(_ODD))
    elif kind == 3 and type(of.get(key)) is str and of[key]:
        at = random.randrange(len(of[key]))
        of[key] = of[key][:at] + random.choice(("", "-", "A", "é", "0", " ", "00")) + of[key][at + 1 :]
    elif kind == 4:
        of["wall"] = deepcopy(random.choice(_ODD))
    else:
        of[key] = deepcopy(random.choice(_ODD))


def _garbled(random: Random, payload: bytes) -> bytes:
    at = random.randrange(len(payload))
    kind = random.randrange(4)
    if kind == 0:
        return payload[:at]
    if kind == 1:
        return payload[:at] + bytes([random.randrange(256)]) + payload[at + 1 :]
    number = random.choice((b"60000", b"4000", b":1,", b'"rating":'))
    if kind == 2:
        new = random.choice(_RAW)
        return payload.replace(number, b":" + new + b"," if number == b":1," else new, 1)
    key = random.choice(
        (b'"seq":7,', b'"answers":{"rating":2},', b'"wall":null,', b'"events":[],', b'"up_ms":true,')
    )
    return payload.replace(b'"boot":', key + b'"boot":', 1)  # the same key twice: the last stands


class Twins:
    """The reader and the judge by dicts, and those by types; both remember what they have seen."""

    def __init__(self) -> None:
        surveys = builtin_surveys()
        self._slow, self._fast = Judge(surveys), Judge(surveys)
        self.seen: Counter[str] = Counter()

    def compare(self, payload: bytes) -> int:
        """Assert that both say the same of it; how many events were in it."""
        slow, fast = _read(wire.decode_batch, payload), _read(typed_answers.decode_batch, payload)
        if isinstance(slow, str) or isinstance(fast, str):
            assert slow == fast, payload
            self.seen[f"batch: {slow}"] += 1
            return 0
        plain = [typed_answers.plain(each) for each in fast["events"]]
        assert _exact(fast | {"events": plain}) == _exact(slow), payload  # type: ignore[arg-type]
        for raw, typed in zip(slow["events"], fast["events"], strict=True):
            judged = self._fast.judge(typed)
            assert judged == self._slow.judge(raw), payload
            assert canonical(typed) == canonical(raw), payload
            how = "typed" if isinstance(typed, typed_answers.Answer) else "by dicts"
            self.seen[f"{how}: {judged.code if isinstance(judged, Refused) else 'stands'}"] += 1
        return len(plain)


def _exact(value: object) -> object:
    """With types, for 1 == 1.0 == True; and without the order of keys."""
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    return type(value), repr(value)


def _read(reader: Callable[[bytes], wire.Batch], payload: bytes) -> wire.Batch | str:
    try:
        return reader(payload)
    except wire.WireError as error:
        return error.code


def main(events: int, seed: int) -> None:
    """See the module."""
    random, twins, done = Random(seed), Twins(), 0
    while done < events:
        done += twins.compare(mutated(random))
    print(f"{done:,} events, seed {seed}: every one read and judged alike")
    for what, count in sorted(twins.seen.items()):
        print(f"{count:>10,}  {what}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
