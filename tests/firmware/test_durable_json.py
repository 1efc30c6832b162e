"""Small settings and the count of boots: what rots is noticed, and a box that fails stays within reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware import durable_json
from firmware.boots import MAX_FAILED, SAFE_MS, Boots

VALUE = {"device": "hop-1", "password": "khó đoán", "tls": True, "port": 8883, "ca": None}


def test_what_was_written_is_read_and_erased(tmp_path: Path) -> None:
    path = str(tmp_path / "identity.json")
    assert durable_json.read(path) is None
    durable_json.write(path, VALUE)
    assert durable_json.read(path) == VALUE
    durable_json.write(path, {})
    assert durable_json.read(path) == {}
    durable_json.erase(path)
    durable_json.erase(path)
    assert durable_json.read(path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rotten", ["", "garbage\n00000000\n", "{}", '{"a":1}\n12345678\n'])
def test_the_copy_is_read_where_the_first_has_rotted(tmp_path: Path, rotten: str) -> None:
    path = tmp_path / "wifi.json"
    durable_json.write(str(path), VALUE)
    path.write_text(rotten)
    assert durable_json.read(str(path)) == VALUE
    path.unlink()
    assert durable_json.read(str(path)) == VALUE
    (tmp_path / "wifi.json~").write_text(rotten)
    assert durable_json.read(str(path)) is None


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=100, deadline=None)
def test_one_bit_that_turned_over_is_noticed(at: int, bit: int) -> None:
    data = bytearray(durable_json.encode(VALUE))
    data[at % len(data)] ^= 1 << bit
    assert durable_json.decode(bytes(data)) is None


def test_what_is_no_object_is_nothing() -> None:
    assert durable_json.decode(durable_json.encode(VALUE)) == VALUE
    assert durable_json.decode(durable_json.encode([1, 2])) is None  # type: ignore[arg-type]
    assert durable_json.decode(b"") is None


def test_a_flash_that_refuses_says_so_and_the_old_stands(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    durable_json.write(str(path), {"old": 1})
    (tmp_path / "config.json.tmp").mkdir()
    with pytest.raises(OSError, match=r"config\.json\.tmp"):
        durable_json.write(str(path), {"new": 1})
    assert durable_json.read(str(path)) == {"old": 1}


def booted(path: Path, cause: str = "power") -> Boots:
    boots = Boots(str(path / "boots.json"))
    boots.begin(cause)
    return boots


def test_boots_are_counted_and_waking_is_none(tmp_path: Path) -> None:
    for count in (1, 2, 3):
        boots = booted(tmp_path)
        assert (boots.count, boots.failed, boots.safe, boots.cause) == (count, 0, False, "power")
        boots.good()
    for _ in range(10):
        boots = booted(tmp_path, "sleep")
        assert (boots.count, boots.failed, boots.safe, boots.cause) == (3, 0, False, "sleep")


def test_five_failed_boots_make_a_safe_one_and_every_other_tries_again(tmp_path: Path) -> None:
    for failed in range(MAX_FAILED):
        boots = booted(tmp_path, "watchdog")
        assert (boots.failed, boots.safe) == (failed, False)
    kinds = []
    for _ in range(4):
        boots = booted(tmp_path, "watchdog")
        kinds.append(boots.safe)
        boots.good() if boots.safe else None  # to run in safe mode proves nothing
        assert boots.is_safe_over(SAFE_MS) == boots.safe
        assert not boots.is_safe_over(SAFE_MS - 1)
    assert kinds == [True, False, True, False]
    boots = booted(tmp_path, "soft")
    assert boots.safe
    boots = booted(tmp_path, "soft")
    boots.good()
    assert boots.failed == 0
    assert [booted(tmp_path).safe for _ in range(MAX_FAILED)] == [False] * MAX_FAILED


def test_a_box_that_cannot_write_starts_all_the_same(tmp_path: Path) -> None:
    boots = Boots(str(tmp_path / "missing" / "boots.json"))
    boots.begin("power")
    boots.good()
    assert (boots.count, boots.safe) == (1, False)


def test_a_senseless_count_begins_anew(tmp_path: Path) -> None:
    durable_json.write(str(tmp_path / "boots.json"), {"count": "many", "failed": -3, "safe": 1})
    boots = booted(tmp_path)
    assert (boots.count, boots.failed, boots.safe) == (1, 0, False)
