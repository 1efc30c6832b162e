"""Whose message is next: fair turns, a bound on what waits, and nothing lost of who says little."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from server.transport.mqtt.turns import Turns


def everything(turns: Turns[tuple[str, int]]) -> list[tuple[str, int]]:
    out = []
    while (item := turns.get(0)) is not None:
        out.append(item)
    return out


def test_each_in_turn_and_each_in_the_order_of_what_it_said() -> None:
    turns: Turns[tuple[str, int]] = Turns(100, 10_000)
    for n in range(50):
        assert turns.put("much", ("much", n), 1) == []
    assert turns.put("little", ("little", 0), 1) == []
    assert turns.put("some", ("some", 0), 1) == []
    assert turns.put("some", ("some", 1), 1) == []
    got = everything(turns)
    assert got[:5] == [("much", 0), ("little", 0), ("some", 0), ("much", 1), ("some", 1)]
    assert got[5:] == [("much", n) for n in range(2, 50)]


def test_who_has_most_gives_way_by_items_and_by_bytes() -> None:
    turns: Turns[tuple[str, int]] = Turns(10, 1000)
    for n in range(10):
        turns.put("much", ("much", n), 1)
    assert turns.put("little", ("little", 0), 1) == [("much", 0)]
    assert turns.put("large", ("large", 0), 995) == [("large", 0)]
    assert turns.put("large", ("large", 1), 900) == [("much", 1)]
    assert ("little", 0) in everything(turns)


def test_closed_nobody_waits() -> None:
    turns: Turns[tuple[str, int]] = Turns(10, 10)
    turns.put("k1", ("k1", 1), 1)
    turns.close()
    assert turns.get() is None
    assert turns.clear() == [("k1", 1)]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.booleans()), max_size=120),
    st.integers(1, 12),
)
def test_nothing_is_lost_that_is_not_told(said: list[tuple[str, int, bool]], most: int) -> None:
    turns: Turns[tuple[str, int]] = Turns(most, 100)
    put, out, gone = [], [], []
    for n, (sender, size, takes) in enumerate(said):
        put.append((sender, n))
        gone += turns.put(sender, (sender, n), size)
        assert len(turns) <= most
        if takes and (item := turns.get(0)) is not None:
            out.append(item)
    out += everything(turns)
    assert Counter(put) == Counter(out + gone)
    for sender in "abc":
        assert [n for who, n in out if who == sender] == sorted(n for who, n in out if who == sender)
