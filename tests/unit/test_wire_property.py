"""The wire against whatever can come: round trips, rubbish, and two readers that agree."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from survey_defs import strict_json, wire
from tests.support.device import event as sample_event

FEW = settings(max_examples=50, deadline=None)

names = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64)
slugs = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=64)
counts = st.integers(0, wire.MAX_INT)
any_text = st.text(st.characters(codec=None), max_size=20)  # halves of surrogate pairs too
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)
answers = st.dictionaries(
    names, st.integers(1, 5) | names | st.lists(names, max_size=8), min_size=1, max_size=10
)
common: dict[str, st.SearchStrategy[Any]] = {
    "id": st.uuids().map(str),
    "journal": names,
    "seq": st.integers(1, wire.MAX_INT),
    "boot": names,
    "up_ms": counts,
    "channel": st.sampled_from(wire.CHANNELS),
    "lang": st.sampled_from(["vi", "en", "cjm", "zh-Hant"]),
}
may_be: dict[str, st.SearchStrategy[Any]] = {
    "wall": st.none() | st.text(st.characters(codec="utf-8"), max_size=30),
    "procedure": st.none() | slugs,
    "later": st.text(st.characters(codec="utf-8"), max_size=30),
}
complaints = st.fixed_dictionaries(
    {
        **common,
        "type": st.just("complaint"),
        "about": st.lists(slugs, max_size=16),
        "code_hash": st.binary(min_size=16, max_size=64).map(bytes.hex),
        "sealed": st.binary(min_size=48, max_size=700).map(lambda box: b64encode(box).decode()),
    },
    optional=may_be,
)
events = complaints | st.fixed_dictionaries(
    {
        **common,
        "type": st.just("answer"),
        "survey": slugs,
        "version": st.integers(1, wire.MAX_INT),
        "answers": answers,
    },
    optional={**may_be, "took_ms": st.none() | counts},
)


@FEW
@given(names, counts, st.booleans(), st.lists(events, max_size=6), st.booleans())
def test_a_batch_comes_back_as_it_went(
    boot: str, up_ms: int, synced: bool, sent: list[dict[str, Any]], encoded: bool
) -> None:
    wall = wire.format_time(up_ms % 253402300799999)
    ready = [wire.encode_event(event) for event in sent] if encoded else sent
    assert wire.decode_batch(wire.encode_batch(boot, up_ms, wall, synced, ready)) == {
        "v": 1,
        "boot": boot,
        "up_ms": up_ms,
        "wall": wall,
        "synced": synced,
        "events": sent,
    }
    assert [wire.check_event(event) for event in sent] == [None] * len(sent)
    for event in sent:
        assert wire.event_ref(event) == (event["id"], event["journal"], event["seq"])


@FEW
@given(st.binary(max_size=300) | any_text.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_rubbish_raises_nothing_but_wire_errors(payload: bytes) -> None:
    for decode in (wire.decode_batch, wire.decode_receipt, wire.decode_state):
        with pytest.raises(wire.WireError):
            decode(payload)


@FEW
@given(
    st.lists(json_values, max_size=3), st.dictionaries(st.sampled_from(["v", "boot", "events"]), json_values)
)
def test_any_json_is_a_batch_or_a_wire_error(listed: list[Any], spoilt: dict[str, Any]) -> None:
    good = {"v": 1, "boot": "b", "up_ms": 1, "wall": None, "synced": True, "events": listed}
    payload = json.dumps(good | spoilt).encode()
    try:
        batch = wire.decode_batch(payload)
    except wire.WireError as error:
        assert error.code in {"bad-batch", "too-large"}
    else:
        assert type(batch["events"]) is list


FIELDS = [
    *["id", "journal", "seq", "boot", "up_ms", "wall", "type", "survey", "version"],
    *["channel", "lang", "procedure", "answers", "took_ms", "other"],
    *["about", "code_hash", "sealed"],
]


@settings(max_examples=100, deadline=None)
@given(
    json_values,
    st.lists(
        st.tuples(
            st.sampled_from(FIELDS),
            json_values,
        )
    ),
    events,
)
def test_an_event_is_judged_whatever_it_is(
    rubbish: Any, spoilt: list[tuple[str, Any]], good: dict[str, Any]
) -> None:
    is_judged(rubbish)
    is_judged(good | dict(spoilt))


def test_an_event_with_one_wrong_field_is_judged() -> None:
    """Each field with a value of each kind: chance would need hundreds of events to come by them all."""
    answer = sample_event(1)
    complaint = {key: answer[key] for key in answer if key not in ("survey", "version", "answers", "took_ms")}
    complaint |= {"type": "complaint", "about": ["x"], "code_hash": "ab" * 32, "sealed": "A" * 64}
    wrong = [
        None,
        True,
        0,
        -1,
        1,
        2.5,
        1e999,
        10**400,
        "",
        "x",
        "\ud800",
        [],
        [1],
        ["x"],
        [[]],
        {},
        {"x": {}},
        {"x": [[]]},
    ]
    for good in (answer, complaint):
        assert wire.check_event(good) is None
        for name in FIELDS:
            is_judged({key: good[key] for key in good if key != name})
            for value in wrong:
                is_judged(good | {name: value})


def is_judged(event: Any) -> None:
    code = wire.check_event(event)
    assert code is None or code in wire.CODES
    ref = wire.event_ref(event)
    if code is None:
        assert None not in ref
        # What is accepted can be stored: strict JSON, UTF-8, within the size.
        data = json.dumps(event, ensure_ascii=False, allow_nan=False).encode()
        assert len(data) <= 2 * wire.MAX_EVENT_BYTES
    wire.encode_event(event) if isinstance(event, dict) else None  # a dead letter can always be written


@FEW
@given(st.text(st.sampled_from(list('[]{}",:\\u0123456789dDabeE+-.truefalsn \n')), max_size=40))
def test_both_readers_agree_on_nearly_json(text: str) -> None:
    agree(text.encode())


@FEW
@given(json_values, st.booleans(), st.integers(0, 200), st.binary(max_size=2))
def test_both_readers_agree_on_json_and_what_is_left_of_it(
    value: Any, plain: bool, cut: int, put: bytes
) -> None:
    text = json.dumps(value, ensure_ascii=plain)
    data = text.encode("utf-8", "surrogatepass")
    agree(data)
    agree(data[:cut] + put + data[cut:])
    agree(data[:cut])


def agree(data: bytes) -> None:
    """CPython's reader and the small one of MicroPython: the same value, or both refuse."""
    results = []
    for loads in (strict_json._loads_cpython, strict_json._loads_micropython):
        try:
            results.append(repr(loads(data)))
        except ValueError:
            results.append("refused")
    assert results[0] == results[1]


@FEW
@given(st.binary(max_size=8))
def test_utf8_is_what_cpython_says(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        assert not strict_json.is_utf8(data)
    else:
        assert strict_json.is_utf8(data)


@FEW
@given(any_text)
def test_storable_is_what_utf8_can_hold(text: str) -> None:
    assert strict_json.is_storable(text) == (not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text))


@FEW
@given(st.datetimes(), st.integers(-23 * 60, 23 * 60))
def test_times_are_those_of_the_calendar(moment: datetime, ahead: int) -> None:
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001 - arithmetic on plain values
    ms = (moment - epoch) // timedelta(milliseconds=1)
    text = wire.format_time(ms)
    assert text == moment.isoformat(timespec="milliseconds") + "Z"
    assert wire.parse_wall(text) == ms
    sign, minutes = ("-", -ahead) if ahead < 0 else ("+", ahead)
    zone = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    assert wire.parse_wall(moment.isoformat(timespec="microseconds") + zone) == ms - ahead * 60000


@FEW
@given(any_text)
def test_a_wall_is_a_time_or_nothing(text: str) -> None:
    assume(not text[:4].isdigit())
    assert wire.parse_wall(text) is None


def test_a_time_now_is_read_as_python_reads_it() -> None:
    text = "2026-05-28T08:15:30.250+07:00"
    assert wire.parse_wall(text) == round(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)


@FEW
@given(slugs, slugs, st.sampled_from(wire.LEAVES))
def test_a_topic_comes_back(school: str, device: str, leaf: str) -> None:
    assert wire.parse_topic(wire.topic(school, device, leaf)) == (school, device, leaf)


@FEW
@given(
    st.integers(0, 253402300799999), st.lists(names), st.lists(st.tuples(names, st.sampled_from(wire.CODES)))
)
def test_a_receipt_comes_back(time: int, accepted: list[str], rejected: list[tuple[str, str]]) -> None:
    receipt = wire.decode_receipt(wire.encode_receipt(time, accepted, rejected))
    assert wire.parse_wall(receipt["time"]) == time
    assert receipt["accepted"] == accepted
    assert [(entry["id"], entry["code"]) for entry in receipt["rejected"]] == rejected
