"""A box's configuration: whatever comes is one or is refused. What it means stands in the golden vectors."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from survey_defs.box_config import MAX_BYTES, make_box_config, opening_minutes, read_box_config
from survey_defs.config_error import CODES, ConfigError

FIELDS: dict[str, Any] = {
    "device": "nut-01", "survey": "tthc", "version": 1, "question": "rating", "procedures": ["chuyen-truong"],
    "lang": "vi", "hours": "05:30-19:30", "brightness": 80, "volume": 10,
}  # fmt: skip
GOOD = make_box_config(FIELDS)
few = settings(max_examples=100, deadline=None)


def is_read_or_refused(payload: bytes) -> None:
    try:
        config = read_box_config(payload, "nut-01")
    except ConfigError as error:
        assert error.code in CODES
    else:
        assert set(config) == {"v", "revision", *FIELDS}


@few
@given(st.integers(0, len(GOOD)), st.integers(0, 3), st.binary(max_size=8))
def test_whatever_bytes_come(at: int, cut: int, put: bytes) -> None:
    is_read_or_refused(put)
    is_read_or_refused(GOOD[:at] + put + GOOD[at + cut :])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


@few
@given(st.dictionaries(st.sampled_from(["v", "revision", *FIELDS]), values))
def test_whatever_value_a_field_has(changed: dict[str, Any]) -> None:
    is_read_or_refused(json.dumps(json.loads(GOOD) | changed).encode())


def test_the_same_content_has_the_same_revision() -> None:
    def revision(**changed: Any) -> Any:
        return read_box_config(make_box_config(FIELDS | changed), "nut-01")["revision"]

    assert revision() == revision()
    assert len({revision(), revision(brightness=81), revision(device=""), revision(procedures=[])}) == 4


def test_the_largest_that_the_server_can_send_fits() -> None:
    largest = FIELDS | {"device": "d" * 64, "procedures": [f"{n}" * 64 for n in range(4)], "survey": "s" * 64}
    assert len(make_box_config(largest)) < MAX_BYTES / 4


@few
@given(st.integers(0, 1440), st.integers(0, 1440))
def test_hours_are_minutes_of_the_day(opens: int, closes: int) -> None:
    text = f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"
    assert opening_minutes(text) == ((opens, closes) if opens < closes else None)
