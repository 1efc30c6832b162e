"""One press of a finger is one press, however the contact bounces, whatever hands and time do."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware import buttons
from firmware.buttons import (
    BURST_GAP_MS,
    BURST_PRESSES,
    CHOICE_MS,
    LOCK_MS,
    QUIET_MS,
    STUCK_MS,
    Buttons,
    Press,
)
from server.domain.misuse import bursts

LOOK_MS = 5


class Hand:
    """Presses the buttons of a box that is looked at every `LOOK_MS`."""

    def __init__(self, **how: int) -> None:
        self.buttons = Buttons(5, **how)
        self.now = 1000
        self.bits = 0
        self.presses: list[Press] = []

    def wait(self, ms: int) -> list[Press]:
        """What is pressed while `ms` pass and nothing changes."""
        found: list[Press] = []
        for _ in range(ms // LOOK_MS):
            self.now += LOOK_MS
            found += self.buttons.sample(self.bits, self.now)
        self.presses += found
        return found

    def hold(self, button: int, ms: int = 100) -> list[Press]:
        self.bits |= 1 << button
        return self.wait(ms)

    def release(self, button: int, ms: int = 100) -> list[Press]:
        self.bits &= ~(1 << button)
        return self.wait(ms)

    def tap(self, button: int, ms: int = 100) -> list[Press]:
        return self.hold(button, ms) + self.release(button, ms)

    def flutter(self, button: int, drawn: random.Random, ms: int) -> None:
        """A contact that bounces: open or closed at every look as chance will have it."""
        for _ in range(ms // LOOK_MS):
            self.bits = self.bits & ~(1 << button) | drawn.randrange(2) << button
            self.wait(LOOK_MS)


def told(presses: list[Press]) -> list[int]:
    return [press.button for press in presses]


@given(
    seed=st.integers(0, 10**6),
    button=st.integers(0, 4),
    closing=st.integers(0, 60),
    opening=st.integers(0, 60),
)
@settings(max_examples=60, deadline=None)
def test_a_press_with_bounce_is_one_press(seed: int, button: int, closing: int, opening: int) -> None:
    hand, drawn = Hand(), random.Random(seed)
    began = hand.now
    hand.flutter(button, drawn, closing)
    hand.hold(button, 120)
    hand.release(button, 0)
    hand.flutter(button, drawn, opening)
    hand.release(button, 2000)
    assert told(hand.presses) == [button]
    assert hand.presses[0].at - began <= closing + 60
    assert hand.buttons.is_quiet
    assert hand.buttons.next_due(hand.now) is None


def test_a_press_is_known_within_thirty_milliseconds() -> None:
    hand = Hand()
    assert told(hand.hold(3, 30)) == [3]
    assert hand.presses[0].at <= 1000 + 30


@given(st.lists(st.integers(0, 31), max_size=60))
@settings(max_examples=60, deadline=None)
def test_what_is_shorter_than_its_settling_is_no_press(noise: list[int]) -> None:
    """Sparks of one look each, with the contact open for as long behind each."""
    hand = Hand()
    for bits in noise:
        hand.bits = bits
        hand.wait(LOOK_MS)
        hand.bits = 0
        hand.wait(2 * LOOK_MS)
    assert hand.presses == []


def test_a_held_button_is_one_press_and_then_stuck_and_the_others_work() -> None:
    hand = Hand()
    assert told(hand.hold(2, 5000)) == [2]
    assert hand.tap(4) == []  # two at once, as long as it may be a hand
    assert hand.buttons.stuck == 0
    hand.wait(STUCK_MS)
    assert hand.buttons.stuck == 0b100
    assert told(hand.tap(4)) == [4]
    assert hand.buttons.is_quiet
    hand.wait(LOCK_MS)
    assert hand.release(2, QUIET_MS // 2) == []
    assert hand.tap(2) == []  # not quiet yet
    assert hand.buttons.stuck == 0b100
    hand.wait(QUIET_MS + 100)
    assert hand.buttons.stuck == 0
    assert told(hand.tap(2)) == [2]


def test_a_stuck_button_that_crackles_stays_stuck() -> None:
    hand, drawn = Hand(), random.Random(5)
    hand.hold(0, STUCK_MS + 500)
    hand.release(0, 0)
    for _ in range(40):
        hand.release(0, QUIET_MS // 2)
        hand.flutter(0, drawn, 60)
    assert hand.buttons.stuck == 1
    assert told(hand.presses) == [0]


@pytest.mark.parametrize("lag_ms", [0, 5, 10, 15])
def test_two_at_once_are_none(lag_ms: int) -> None:
    hand = Hand()
    hand.hold(1, lag_ms)
    hand.hold(3, 200)
    hand.release(1)
    hand.release(3, 500)
    assert hand.presses == []
    assert hand.buttons.passed_over() is not None
    assert told(hand.tap(3)) == [3]


def test_a_spark_of_another_contact_takes_no_press_away() -> None:
    hand = Hand()
    hand.hold(1, 10)
    hand.bits |= 0b1000
    hand.wait(LOOK_MS)
    hand.bits &= 0b0111
    assert told(hand.wait(100)) == [1]


def test_the_lock_swallows_what_comes_too_soon() -> None:
    hand = Hand()
    assert told(hand.tap(4)) == [4]
    assert hand.buttons.is_locked(hand.now)
    assert hand.tap(4) == hand.tap(0) == []
    assert hand.buttons.passed_over() == 0
    assert hand.buttons.passed_over() is None
    hand.hold(2, LOCK_MS)  # held from within the lock until after it: the same hand
    assert hand.release(2) == []
    assert not hand.buttons.is_locked(hand.now)
    assert told(hand.tap(1)) == [1]


def test_the_same_figures_as_the_server() -> None:
    assert BURST_PRESSES == bursts.SHORTEST_RUN
    assert BURST_GAP_MS == bursts.BUTTON_GAP_MS


def test_a_drumming_hand_is_marked_but_for_its_first() -> None:
    hand = Hand()
    for _ in range(40):
        hand.tap(4)
    assert len(hand.presses) >= 4
    assert [press.burst for press in hand.presses] == [False] + [True] * (len(hand.presses) - 1)
    hand.wait(BURST_GAP_MS)
    assert [press.burst for press in hand.tap(4)] == [False]


def test_presses_just_behind_each_lock_are_marked_from_the_fourth_on() -> None:
    hand = Hand()
    for _ in range(6):
        hand.tap(3)
        hand.wait(LOCK_MS)
    assert [press.burst for press in hand.presses] == [False] * 3 + [True] * 3


def test_visitors_one_after_the_other_are_no_burst() -> None:
    hand = Hand()
    for at in range(10):
        hand.tap(at % 5)
        hand.tap(at % 5)  # once more, to be sure
        hand.wait(BURST_GAP_MS)
    assert [press.burst for press in hand.presses] == [False] * 10


def test_a_procedure_is_chosen_for_one_press_and_thirty_seconds() -> None:
    hand = Hand(procedures=4)
    assert hand.tap(6) == []
    assert hand.buttons.chosen(hand.now) == 1
    assert hand.tap(8) == []
    (press,) = hand.tap(4)
    assert (press.button, press.procedure, press.burst) == (4, 3, False)
    assert hand.buttons.chosen(hand.now) is None
    hand.wait(LOCK_MS)
    assert hand.tap(4)[0].procedure is None
    hand.tap(5)
    assert hand.buttons.next_due(hand.now) is not None
    hand.wait(CHOICE_MS)
    assert hand.buttons.chosen(hand.now) is None
    assert hand.tap(4)[0].procedure is None


def test_to_choose_is_no_touch() -> None:
    hand = Hand(procedures=4)
    for _ in range(4):
        hand.tap(7)
    assert [press.burst for press in hand.tap(1)] == [False]


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_time_that_jumps_makes_and_takes_no_press(seed: int) -> None:
    drawn = random.Random(seed)
    looked = Buttons(5)
    now, pressed, seen = 5000, 0, 0
    for _ in range(8):
        for bits in [1 << drawn.randrange(5)] * 12 + [0] * 12:
            now += drawn.choice([0, 5, 5, 5, 5, -3000, 7_200_000]) if drawn.random() < 0.3 else 5
            seen += len(looked.sample(bits, now))
        pressed += 1
        for _ in range(320):
            now += 5
            seen += len(looked.sample(0, now))
    assert seen == pressed
    assert looked.stuck == 0


def test_one_look_after_a_long_sleep_settles_nothing() -> None:
    looked = Buttons(5)
    looked.sample(0, 0)
    assert looked.sample(1, 10**7) == []
    assert looked.sample(0, 2 * 10**7) == []
    assert looked.sample(1, 2 * 10**7 + 5) == looked.sample(1, 2 * 10**7 + 10) == []


def test_whoever_looks_only_when_due_sees_the_same() -> None:
    """Interrupts and `next_due` are enough: no steady looking."""
    looked = Buttons(5)
    now, found = 0, []
    changes = [(100, 1), (300, 0), (5000, 2), (25_000, 0), (40_000, 4), (40_100, 0)]
    while changes or looked.next_due(now) is not None:
        due = looked.next_due(now)
        if changes and (due is None or changes[0][0] <= due):
            now, bits = changes.pop(0)
        else:
            assert due is not None
            assert due >= now
            now = max(now + 1, due)
        found += looked.sample(bits, now)
        if 16_000 < now < 25_000:
            assert looked.stuck == 0b10
    assert [press.button for press in found] == [0, 1, 2]
    assert looked.stuck == 0
    assert buttons.SETTLE_MS <= found[0].at - 100 <= 2 * buttons.SETTLE_MS
