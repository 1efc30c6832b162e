"""Made-up but plausible answers for a school that is marked as a sample.

They are ordinary batches, as a kiosk would have sent them at the end of each school day, and
take the same way into the store as real ones; nothing of a figure is written directly.
"""

import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from server.domain.localtime import start_of
from survey_defs import wire

_HOUR, _MINUTE = 3_600_000, 60_000
_PRESSES, _PRESS_MS = 12, 3_600

# How often each procedure is asked for, and how its ratings lean (see `_level`).
_PROCEDURES: dict[str | None, tuple[float, float]] = {
    "hoc-ba": (30, 0.2),
    "chuyen-truong": (23, -0.5),
    "tuyen-sinh-6": (17, 0.15),
    "ban-sao": (15, 0.2),
    "van-bang": (6, 0.0),
    "ho-tro-chi-phi": (5, -0.2),
    "hoc-lai": (1.2, 0.0),
    "nuoc-ngoai-ve": (0.6, 0.0),
    None: (1.4, 0.1),
}

# Transfers and enrolment crowd the summer; the counter is busiest, and worst, in August.
_ANSWERS_A_DAY = {1: 8, 2: 5, 3: 9, 4: 10, 5: 16, 6: 8, 7: 11, 8: 18, 9: 12, 10: 7, 11: 6, 12: 6}
_BUSY_MONTH, _BUSY_LEAN = 8, -0.45
_LEVELS = (1, 2, 3, 4, 5)
_USUAL = (0.9, 2.1, 5.0, 35.0, 57.0)
_REASONS = {
    "thoi-gian": 14,
    "di-lai": 11,
    "huong-dan": 9,
    "giay-to": 6,
    "thai-do": 3,
    "phien-ha": 1,
    "nhung-nhieu": 0.4,
    "khac": 2,
}


@dataclass(frozen=True)
class SampleBatch:
    """A day's answers of one device: the message's bytes, and when the server would have got it (ms)."""

    device: str
    payload: bytes
    received_at: int


def sample_batches(
    devices: Sequence[str],
    first: date,
    until: int,
    seed: int = 2026,
    phones: Mapping[str, float] | None = None,
) -> Iterator[SampleBatch]:
    """Batches of every weekday from `first` to the moment `until` (ms since 1970), oldest first.

    The same seed and span give the same answers. The first of `devices` stands at the counter
    and gets most of them. Of these, each code of `phones` takes that share: the same answers by telephone.
    """
    rng = random.Random(seed)  # noqa: S311 - plausible, not secret
    aside = random.Random(seed + 1)  # noqa: S311 - a sequence of its own: telephones change no answer
    shares = dict(phones or {})
    journals = {device: _uuid(rng) for device in devices} | {code: _uuid(aside) for code in shares}
    sequences = dict.fromkeys(journals, 0)
    weights = [3.0] + [1.0] * (len(devices) - 1)
    day = first
    while start_of(day) < until:
        if day.weekday() < 5:
            opened = start_of(day) + 7 * _HOUR
            share: dict[str, list[int]] = {device: [] for device in devices}
            for _ in range(max(0, round(rng.gauss(_ANSWERS_A_DAY[day.month], 3)))):
                at = opened + round(rng.triangular(0.2, 9.8, 3) * _HOUR)
                if at < until:
                    share[rng.choices(devices, weights)[0]].append(at)
            given: dict[str, list[tuple[int, dict[str, object]]]] = {source: [] for source in journals}
            for device, moments in share.items():
                for at in sorted(moments):
                    said = _answer(rng, day)
                    code = _by_phone(aside, shares) if device == devices[0] else None
                    given[code or device].append((at, said if code is None else _on_phone(said)))
            for device, answers in given.items():
                events = []
                for at, said in answers:
                    sequences[device] += 1
                    place: dict[str, object] = {
                        "journal": journals[device],
                        "seq": sequences[device],
                        "boot": f"{device}-{day}",
                        "up_ms": at - opened,
                        "wall": wire.format_time(at),
                    }
                    events.append(said | place)
                if events:
                    sent = min(until, opened + 10 * _HOUR)
                    yield SampleBatch(
                        device,
                        wire.encode_batch(
                            f"{device}-{day}", sent - opened, wire.format_time(sent), True, events
                        ),
                        sent,
                    )
        day += timedelta(days=1)


def hammering(device: str, at: int, seed: int = 1502) -> SampleBatch:
    """Twelve answers within forty seconds from `at` on (ms): a child who plays with a kiosk."""
    rng = random.Random(seed)  # noqa: S311 - plausible, not secret
    journal, boot = _uuid(rng), f"{device}-{at}"
    events = []
    for seq in range(1, _PRESSES + 1):
        events.append(
            {
                "id": _uuid(rng),
                "journal": journal,
                "seq": seq,
                "boot": boot,
                "up_ms": _MINUTE + (seq - 1) * _PRESS_MS,
                "wall": None,
                "type": "answer",
                "survey": "tthc",
                "version": 1,
                "channel": "kiosk",
                "lang": "vi",
                "procedure": "hoc-ba",
                "answers": {"rating": rng.choice(_LEVELS)},
                "took_ms": rng.randrange(360, 600),
            }
        )
    sent = 2 * _MINUTE
    return SampleBatch(device, wire.encode_batch(boot, sent, None, False, events), at + sent - _MINUTE)


def _answer(rng: random.Random, day: date) -> dict[str, object]:
    """What one visitor said, without its place in a journal."""
    slugs = list(_PROCEDURES)
    procedure = rng.choices(slugs, [_PROCEDURES[slug][0] for slug in slugs])[0]
    lean = _PROCEDURES[procedure][1] + (_BUSY_LEAN if day.month == _BUSY_MONTH else 0.0)
    level = _level(rng, lean)
    answers: dict[str, object] = {"rating": level}
    if rng.random() < 0.72:
        late = 0.02 + (0.25 if level <= 2 else 0.0)
        answers["timeliness"] = rng.choices(
            ["truoc-hen", "dung-hen", "tre-hen", "chua-den-hen"], [0.22, 0.66 - late, late, 0.12]
        )[0]
    if level <= 2 and rng.random() < 0.85:
        names, weights = list(_REASONS), list(_REASONS.values())
        answers["reasons"] = sorted({rng.choices(names, weights)[0] for _ in range(rng.choice((1, 1, 2, 3)))})
    return {
        "id": _uuid(rng),
        "type": "answer",
        "survey": "tthc",
        "version": 1,
        "channel": "kiosk",
        "lang": "en" if rng.random() < 0.02 else "vi",
        "procedure": procedure,
        "answers": answers,
        "took_ms": round(rng.lognormvariate(8.9, 0.35)),
    }


def _by_phone(rng: random.Random, shares: Mapping[str, float]) -> str | None:
    """The code by which this visitor answers instead, or None for the screen."""
    drawn = rng.random()
    for code, share in shares.items():
        if drawn < share:
            return code
        drawn -= share
    return None


def _on_phone(said: dict[str, object]) -> dict[str, object]:
    """The same answer from a telephone, where a page has to be read first."""
    took = said["took_ms"]
    return said | {"channel": "qr", "took_ms": took * 2 if isinstance(took, int) else None}


def _level(rng: random.Random, lean: float) -> int:
    """A level; a negative `lean` moves weight towards the low ones."""
    weights = [
        weight * (2.2 ** (-lean * (3.6 - level)))
        if lean > 0
        else weight * (2.6 ** (-lean * max(0.0, 3.4 - level)))
        for level, weight in zip(_LEVELS, _USUAL, strict=True)
    ]
    return rng.choices(_LEVELS, weights)[0]


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
