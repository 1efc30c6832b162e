"""The fast ways mean the same as the plain ones."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.domain.answers.accept import _wall, canonical, digest
from survey_defs.wire_time import format_time, parse_wall

FEW = settings(max_examples=40, deadline=None)
near = st.from_regex(r"\d{4}-[0-9W]{2}-[0-9-]{2}[Tt ][0-9:]{5,8}[.,:]\d{3}[Zz]", fullmatch=True)


@FEW
@given(near | st.integers(0, 4_000_000_000_000).map(format_time) | st.text() | st.integers() | st.none())
@example("2026-W21-4T01:02:03.456Z")
@example("2026-05-28T01:02:03,456Z")
@example("2026-05-28T24:00:00.000Z")
@example("2026-05-28T23:59:60.000Z")
@example("2026-02-29T01:02:03.456Z")
@example("0000-01-01T00:00:00.000Z")
@example("٢٠٢٦-05-28T01:02:03.456Z")
def test_a_wall_is_read_as_the_wire_reads_it(text: object) -> None:
    assert _wall(text) == parse_wall(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
contents = st.dictionaries(st.text(), json_values, max_size=5)


@FEW
@given(contents, st.randoms())
def test_the_order_of_keys_makes_no_other_content(event: dict[str, object], random: object) -> None:
    keys = list(event)
    random.shuffle(keys)  # type: ignore[attr-defined]
    assert canonical({key: event[key] for key in keys}) == canonical(event)


@FEW
@given(contents, contents)
def test_another_content_has_another_digest(one: dict[str, object], other: dict[str, object]) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest(canonical(one)) == digest(canonical(other))) == same


def test_the_strangest_content_has_a_digest() -> None:
    for strange in ("\ud800", 10**400, -(2**63) - 1, 1e308, ["\udfff", {"a": "\ud800"}]):
        assert digest(canonical({"x": strange}))
