"""What is read by types is read and judged as `survey_defs.wire` and `accept.Judge` do it by dicts."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.answers import typed_answers
from tests.support.device import batch, event
from tests.support.mutated_batches import Twins, mutated

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "survey_defs" / "vectors.json").read_text(encoding="utf-8")
)
TWINS = Twins()
"""One pair for all examples: what they remember of one must not change their word on another."""


@given(st.randoms(use_true_random=False))
@settings(max_examples=1000, deadline=None)
def test_mutated_events_are_read_and_judged_alike(random: Random) -> None:
    TWINS.compare(mutated(random, 8))


def test_thousands_of_mutated_events_are_read_and_judged_alike() -> None:
    twins, random = Twins(), Random(20261201)
    assert sum(twins.compare(mutated(random)) for _ in range(2000)) > 2000
    # No way through either reader is left out.
    for way in (
        "typed: stands",
        "by dicts: stands",
        "typed: bad-event",
        "by dicts: bad-event",
        "typed: bad-answer",
    ):
        assert twins.seen[way] > 20, twins.seen


@pytest.mark.parametrize("vector", GOLDEN, ids=[vector["name"] for vector in GOLDEN])
def test_the_golden_vectors_are_read_and_judged_alike(vector: dict[str, Any]) -> None:
    for payload in _payloads(vector):
        TWINS.compare(payload)


def test_what_a_kiosk_sends_is_read_by_types() -> None:
    found = typed_answers.decode_batch(batch(event(1), event(2, wall="2026-05-28T01:02:03.456Z")))
    assert [type(each) for each in found["events"]] == [typed_answers.Answer] * 2


def _payloads(vector: dict[str, Any]) -> list[bytes]:
    """The vector's content as a batch, and as an event in one."""
    if "base64" in vector:
        raw = b64decode(vector["base64"])
    elif "repeat" in vector:
        before, part, times, after = vector["repeat"]
        raw = (before + part * times + after).encode()
    else:
        raw = vector.get("text", "").encode("utf-8", "surrogatepass")
    return [raw, b'{"v":1,"boot":"b","up_ms":1,"wall":null,"synced":true,"events":[' + raw + b"]}"]
