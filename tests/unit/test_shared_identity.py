"""When two machines speak as one device, and when it only looks like it."""

from __future__ import annotations

import random

from server.domain.devices.shared_identity import TOLD_MS, Machines, hear_boot, hear_journal, is_shared

HOUR = 3_600_000


def heard(*batches: tuple[str, int], known: Machines | None = None) -> Machines:
    """One batch a second, of these boots and running times."""
    known = known or Machines()
    for second, (boot, up_ms) in enumerate(batches):
        known = hear_boot(known, boot, up_ms, second * 1000)
    return known


def shared(known: Machines, now: int = 10_000) -> bool:
    return is_shared(known.returns, known.returned_at, now)


def test_two_machines_in_turns_are_told() -> None:
    assert shared(heard(("a", 10), ("b", 5), ("a", 20), ("b", 15)))


def test_three_copies_one_after_the_other_are_told() -> None:
    assert shared(heard(("a", 1), ("b", 1), ("c", 1), ("a", 2), ("b", 2), ("c", 2)))


def test_restarts_of_one_machine_are_not() -> None:
    machine = [(f"boot-{n}", up_ms) for n in range(50) for up_ms in (10, 20, 30)]
    assert heard(*machine).returns == 0


def test_what_a_broker_brings_again_is_not() -> None:
    """After a line broke, everything since the last acknowledgement comes once more."""
    sent = [("a", 10), ("a", 20), ("b", 1), ("b", 2)]
    assert heard(*sent, *sent, *sent).returns == 0


def test_one_message_that_overtook_another_is_not() -> None:
    known = heard(("a", 10), ("b", 1), ("a", 20), ("b", 2))
    assert not shared(heard(("a", 10), ("b", 1), ("a", 20)))
    assert shared(known), "but going on and on is"


def test_it_is_told_for_a_day_and_returns_far_apart_do_not_add_up() -> None:
    known = heard(("a", 10), ("b", 5), ("a", 20), ("b", 15))
    assert shared(known, TOLD_MS)
    assert not shared(known, TOLD_MS + HOUR)
    later = hear_boot(known, "a", 30, TOLD_MS + 2 * HOUR)
    assert (later.returns, shared(later, TOLD_MS + 2 * HOUR)) == (1, False)


def journals(*events: tuple[str, int, str]) -> int:
    """How often one came back: (journal, number, boot that wrote and sent it)."""
    known = Machines()
    for second, (journal, seq, boot) in enumerate(events):
        known = hear_journal(known, journal, seq, boot, second * 1000)
    return known.returns


def test_two_journals_in_turns_are_two_machines() -> None:
    assert journals(("j", 1, "a1"), ("k", 1, "b1"), ("j", 2, "a2"), ("k", 2, "b2")) == 2


def test_a_new_journal_is_none_nor_what_is_left_of_the_old_one() -> None:
    assert journals(("j", 1, "a"), ("k", 1, "b"), ("l", 1, "c"), ("l", 2, "d")) == 0
    within_one_boot = [("j", 1, "a"), ("k", 1, "a"), ("j", 2, "a"), ("k", 2, "a"), ("j", 3, "a")]
    assert journals(*within_one_boot) == 0, "batches of one boot that overtook each other"
    assert journals(("j", 5, "a"), ("k", 1, "b"), ("j", 4, "a"), ("j", 5, "a")) == 0, "and came twice"


def test_any_mixture_of_two_machines_is_told_soon() -> None:
    for seed in range(30):
        chance = random.Random(seed)
        clocks = {"a": 0, "b": 0}
        batches = []
        for _ in range(20):
            boot = chance.choice("ab")
            clocks[boot] += chance.randint(1, 60_000)
            batches.append((boot, clocks[boot]))
        assert shared(heard(*batches), 20_000), seed
