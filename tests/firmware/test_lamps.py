"""The lamps: every pattern can be told from every other, none of them hurts, and each has its words."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.buttons import CHOICE_MS
from firmware.host import lamp_words
from firmware.lamps import ORDER, PATTERNS, Lamps, lasts

OF_THE_CONTRACT = {
    *("thanks", "locked", "full", "flash-error", "stuck", "offline", "refused", "certificate", "safe"),
    *(
        "claim-wrong",
        "claim-expired",
        "claim-used",
        "setup",
        "trying",
        "done",
        "undelivered",
        "config-refused",
    ),
}


def course(lamps: Lamps, until: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """What is seen, whenever it changes."""
    now = 0
    while now < until:
        yield now, lamps.levels(now)
        due = lamps.due(now)
        if due is None:
            return
        assert due > now
        now = due


def shown(name: str, until: int = 30_000) -> list[tuple[int, tuple[int, ...]]]:
    lamps = Lamps(5)
    lamps.show(name, 0, 1)
    return list(course(lamps, until))


def test_every_pattern_is_there() -> None:
    assert PATTERNS.keys() >= OF_THE_CONTRACT
    assert sorted(ORDER) == sorted(PATTERNS)


def test_no_two_patterns_look_alike() -> None:
    seen = {name: shown(name) for name in PATTERNS}
    for one, other in itertools.combinations(PATTERNS, 2):
        assert seen[one] != seen[other], (one, other)
    # Nor would they to somebody who counts blinks and does not measure them.
    counted = {
        name: (which, times, on > 1000, percent > 30, lasts(name), off == 0)
        for name, (which, times, on, off, percent, _) in PATTERNS.items()
    }
    assert len(set(counted.values())) == len(PATTERNS), counted


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_flickers(name: str) -> None:
    """WCAG 2.3.1 allows three flashes a second; these are slower."""
    lit = [(at, any(levels)) for at, levels in shown(name)]
    begins = [at for (at, on), (_, before) in zip(lit[1:], lit, strict=False) if on and not before]
    assert all(later - earlier >= 500 for earlier, later in itertools.pairwise(begins))
    if PATTERNS[name][0] != "walk" and PATTERNS[name][5] > 1:
        per_round = PATTERNS[name][1]
        assert per_round <= 5, "more than five blinks nobody counts"


def test_thanks_lights_the_lamp_of_its_button_at_once_and_ends() -> None:
    lamps = Lamps(5)
    lamps.show("offline", 0)
    lamps.show("thanks", 10_000, 3)
    assert lamps.levels(10_000) == (0, 0, 0, 100, 0)
    assert lamps.levels(11_499) == (0, 0, 0, 100, 0)
    assert lamps.shows(11_500) == ["offline"]


def test_a_touch_that_did_not_count_leaves_the_thanks() -> None:
    lamps = Lamps(5)
    lamps.show("thanks", 0, 3)
    lamps.show("locked", 200, 0)
    assert lamps.levels(250) == (30, 0, 0, 100, 0)
    assert lamps.levels(800) == (0, 0, 0, 100, 0)


def test_the_most_important_that_lasts_is_seen_until_it_is_hidden() -> None:
    lamps = Lamps(5)
    for name in ("offline", "full", "undelivered"):
        lamps.show(name, 0)
    assert lamps.shows(1) == ["full"]
    lamps.hide("full")
    assert lamps.shows(1) == ["undelivered"]
    lamps.hide("undelivered")
    lamps.hide("never-shown")
    assert lamps.shows(1) == ["offline"]
    lamps.hide("offline")
    assert lamps.levels(1) == (0,) * 5
    assert lamps.due(1) is None


def test_of_setting_up_the_newest_stands() -> None:
    lamps = Lamps(5)
    for name in ("setup", "trying", "claim-wrong", "setup"):
        lamps.show(name, 0)
        assert lamps.shows(1) == [name]
    lamps.show("done", 0)
    assert lamps.levels(100) == (100, 0, 0, 0, 0)
    assert lamps.levels(1600) == (100,) * 5
    assert lamps.shows(10_000) == []


def test_several_stuck_buttons_each_have_their_lamp() -> None:
    lamps = Lamps(5)
    lamps.show("stuck", 0, 1)
    lamps.show("stuck", 0, 4)
    assert lamps.levels(0) == (0, 30, 0, 0, 30)
    lamps.hide("stuck", 1)
    assert lamps.levels(0) == (0, 0, 0, 0, 30)


def test_the_chosen_procedure_is_lit_beside_the_rest_and_brightness_dims_all() -> None:
    lamps = Lamps(5, 4)
    lamps.show("refused", 0)
    lamps.show("chosen", 0, 7)
    assert lamps.levels(0) == (0, 0, 60, 0, 0, 0, 0, 60, 0)
    lamps.brightness = 50
    assert lamps.levels(0) == (0, 0, 30, 0, 0, 0, 0, 30, 0)
    assert f"{CHOICE_MS // 1000} seconds" in lamp_words.MEANINGS["chosen"][1]


@pytest.mark.parametrize("count", [1, 3, 5])
def test_any_row_of_lamps_can_say_everything(count: int) -> None:
    for name in PATTERNS:
        lamps = Lamps(count)
        lamps.show(name, 0, 0)
        assert any(max(levels) for _, levels in course(lamps, 5000)), name


def test_a_clock_that_runs_backwards_ends_nothing_badly() -> None:
    lamps = Lamps(5)
    lamps.show("thanks", 5000, 2)
    lamps.show("full", 5000)
    assert max(lamps.levels(100)) == 100
    assert lamps.due(100) is not None


def test_every_pattern_has_its_words_and_no_words_are_left_over() -> None:
    assert lamp_words.MEANINGS.keys() == PATTERNS.keys()
    rows = lamp_words.rows()
    assert len({row.seen_vi for row in rows}) == len(rows)
    assert len({row.seen_en for row in rows}) == len(rows)
    for row in rows:
        assert row.means_vi.endswith(".") and row.means_en.endswith(".")


def test_the_readme_has_the_table() -> None:
    readme = Path(lamp_words.__file__).parents[1] / "README.md"
    text = readme.read_text(encoding="utf-8")
    for row in lamp_words.rows():
        assert row.seen_vi in text and row.seen_en in text, row.name
        assert row.means_vi in text and row.means_en in text, row.name
