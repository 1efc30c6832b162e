"""The wire's encoders: what they refuse to make, and how a sender stays within the limits."""

from __future__ import annotations

import pytest

from survey_defs import wire


@pytest.mark.parametrize(
    "parts", [("Thcs", "k1", "up"), ("thcs", "", "up"), ("thcs", "k1", "down"), ("+", "k1", "up")]
)
def test_no_topic_is_made_of_anything(parts: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="no such topic"):
        wire.topic(*parts)


def test_no_state_is_made_up() -> None:
    with pytest.raises(ValueError, match="no such state"):
        wire.encode_state("tired", "s")
    with pytest.raises(ValueError, match="no such state"):
        wire.encode_state("ready", "two words")


def test_times_beyond_four_digits_of_a_year_are_refused() -> None:
    for ms in (253402300800000, -62167219200001):
        with pytest.raises(ValueError, match="9999"):
            wire.format_time(ms)


def test_a_batch_over_the_limits_is_not_made() -> None:
    for events in ([b"{}"] * 65, [b'"' + b"x" * 40000 + b'"'] * 2):
        with pytest.raises(wire.WireError) as caught:
            wire.encode_batch("b", 1, None, False, events)
        assert caught.value.code == "too-large"


@pytest.mark.parametrize(
    ("sizes", "count"),
    [
        ([], 0),
        ([100] * 3, 3),
        ([100] * 200, 64),
        ([32768, 32000, 1000], 2),
        ([32768, 32768], 1),
        ([70000], 0),
    ],
)
def test_how_many_fit_really_fit(sizes: list[int], count: int) -> None:
    events = [b'"' + b"x" * (size - 2) + b'"' for size in sizes]
    assert wire.how_many_fit(events) == count
    longest = ("b" * 64, wire.MAX_INT, "2026-05-28T08:15:30.123456789+07:00", False)
    assert len(wire.encode_batch(*longest, events[:count])) <= wire.MAX_BATCH_BYTES


def test_fixed_bytes_travel_as_they_are() -> None:
    odd = b'{ "id" : "x" , "n":1.50 }'
    assert odd in wire.encode_batch("b", 1, None, True, [odd])


def test_keys_keep_their_order_and_letters_stay_letters() -> None:
    assert wire.encode_event({"z": "Mẫu", "a": [1, None]}) == '{"z":"Mẫu","a":[1,null]}'.encode()


def test_half_a_letter_stays_an_escape_so_that_a_dead_letter_can_be_kept() -> None:
    assert wire.encode_event({"x": "\ud800"}) == b'{"x":"\\ud800"}'


def test_every_type_has_its_check() -> None:
    assert wire.TYPES == ("answer", "complaint")
