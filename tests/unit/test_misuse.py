"""The misuse rules against labelled streams: who is left out, for what reason, and who never is."""

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.screen.touch import GUARD_MS
from kiosk.visit.current import THANKS_MS
from server.domain.localtime import start_of
from server.domain.misuse import bursts, misuse
from server.domain.misuse.misuse import Source, SourceKind, judge, source_kind
from server.domain.misuse.recorded import Recorded
from server.domain.problems import Problem
from server.domain.school_hours import SchoolHours, read_hours

HOURS = read_hours("05:30-19:30")
MORNING = start_of(date(2026, 5, 28)) + 9 * 3_600_000
NIGHT = start_of(date(2026, 5, 28)) + 22 * 3_600_000
KIOSK, BUTTON, DESK, CROWD = (Source(kind, HOURS) for kind in ("kiosk", "button", "desk", "crowd"))


def answer(n: int, after_ms: int = 0, **fields: object) -> Recorded:
    """An honest answer at a kiosk, so long after nine o'clock."""
    at = MORNING + after_ms
    given = {
        "n": n, "channel": "kiosk", "boot": "b", "up_ms": at - MORNING + 60_000, "occurred_at": at,
        "quality": "anchored", "uncertainty_ms": 5_000, "procedure": "hoc-ba", "steps": 1, "took_ms": 4_000,
    }  # fmt: skip
    return Recorded(**given | fields)  # type: ignore[arg-type]


def line(gaps_ms: list[int], **fields: object) -> list[Recorded]:
    """Answers one after the other, with these gaps between them."""
    moments = [0]
    for gap in gaps_ms:
        moments.append(moments[-1] + gap)
    return [answer(n, at, **fields) for n, at in enumerate(moments, start=1)]


def test_the_kiosk_is_as_the_rules_take_it_to_be() -> None:
    assert misuse.DEBOUNCE_MS == GUARD_MS
    assert bursts.THANKS_MS == THANKS_MS


# ---- the streams of the issue


def test_a_child_hammering_at_a_kiosk() -> None:
    honest = answer(0, -60_000)
    child = line([3_600] * 11, took_ms=420)
    after = answer(99, 120_000)
    assert judge([honest, *child, after], KIOSK) == dict.fromkeys(range(2, 13), "burst")


def test_a_child_drumming_as_fast_as_this_kiosk_takes_it() -> None:
    """Six seconds of thanks between two touches of a procedure and a face: nobody else is so quick."""
    child = line([THANKS_MS + 2 * GUARD_MS + 120] * 9, took_ms=GUARD_MS + 60)
    assert judge(child, KIOSK) == dict.fromkeys(range(2, 11), "burst")
    one_touch = line([THANKS_MS + GUARD_MS] * 9, took_ms=0, procedure=None)
    assert judge(one_touch, KIOSK) == dict.fromkeys(range(2, 11), "burst")
    four_questions = line([THANKS_MS + 5 * 400] * 9, took_ms=1_600, steps=4)
    assert judge(four_questions, KIOSK) == dict.fromkeys(range(2, 11), "burst")


def test_a_child_hammering_at_a_button() -> None:
    child = line([700] * 19, channel="button", took_ms=None, procedure=None)
    assert judge(child, BUTTON) == dict.fromkeys(range(2, 21), "burst")
    waking_up_each_time = [press._replace(boot=f"b{press.n}", up_ms=80) for press in child]
    assert judge(waking_up_each_time, BUTTON) == dict.fromkeys(range(2, 21), "burst")


def test_a_button_tells_what_it_felt_and_did_not_count() -> None:
    felt = [answer(1, channel="button", took_ms=None, signs="burst")]
    assert judge(felt, BUTTON) == {1: "burst"}
    assert judge(felt, KIOSK) == {}, "whoever says so must be a button"


@pytest.mark.parametrize("seed", range(20))
def test_a_class_of_thirty_one_after_the_other(seed: int) -> None:
    chance = random.Random(seed)
    pupils = line([0] * 29)
    at = 0
    for i, pupil in enumerate(pupils):
        took = chance.randrange(900, 4_500)
        pupils[i] = pupil._replace(up_ms=at, occurred_at=MORNING + at, took_ms=took)
        at += chance.randrange(5_000, 12_000)
    assert judge(pupils, KIOSK) == {}
    assert judge([p._replace(channel="button", took_ms=None, procedure=None) for p in pupils], BUTTON) == {}


def test_a_class_at_the_quickest_that_is_told_of_honest_pupils() -> None:
    assert judge(line([5_000] * 29, took_ms=1_200), KIOSK) == {}


def test_thirty_telephones_at_once() -> None:
    thirty = line([0] * 29, channel="qr", took_ms=9_000)
    assert judge(thirty, CROWD) == {}
    assert judge([one._replace(occurred_at=NIGHT) for one in thirty], CROWD) == {}
    assert judge(thirty, DESK) == {}


def test_a_flood_at_a_desk() -> None:
    flood = line([4_000] * 59, channel="qr", took_ms=9_000)
    assert judge(flood, DESK) == dict.fromkeys(range(2, 61), "burst")
    assert judge(flood, DESK._replace(single_use=True)) == {}
    busy = line([11_000] * 200, channel="qr", took_ms=9_000)
    assert judge(busy, DESK) == {}


def test_a_lone_honest_answer_is_counted_whatever_it_says() -> None:
    for source in (KIOSK, BUTTON, DESK, CROWD):
        assert judge([answer(1)], source) == {}
    assert not {"level", "answers", "rating"} & set(Recorded._fields)


def test_answers_at_night() -> None:
    child = [one._replace(occurred_at=NIGHT + one.up_ms) for one in line([2_000] * 5, took_ms=400)]
    for source in (KIOSK, BUTTON, DESK):
        assert judge(child, source) == dict.fromkeys(range(1, 7), "out-of-hours")
    assert judge(child, CROWD) == {}
    by_daylight = Source("kiosk", SchoolHours(0, 1440))
    assert judge(child, by_daylight) == dict.fromkeys(range(2, 7), "burst")


def test_impossible_speeds() -> None:
    too_fast = {
        "two touches within one debouncing": answer(1, took_ms=349),
        "five touches": answer(1, steps=4, took_ms=1_399),
        "a page that nobody read": answer(1, channel="qr", took_ms=1_999),
        "four questions on a page": answer(1, channel="qr", steps=4, took_ms=3_499),
    }
    for words, one in too_fast.items():
        assert judge([one], DESK) == {1: "too-fast"}, words
        assert judge([one], CROWD) == {1: "too-fast"}, words
        assert one.took_ms is not None
        assert judge([one._replace(took_ms=one.took_ms + 1)], DESK) == {}, words
        assert judge([one._replace(took_ms=None)], DESK) == {}, words
    assert judge([answer(1, procedure=None, took_ms=0)], KIOSK) == {}, "one touch has no length"
    assert judge([answer(1, channel="button", took_ms=0)], BUTTON) == {}


def test_a_trap_comes_before_everything() -> None:
    caught = answer(1, channel="qr", took_ms=3, signs="late trap", occurred_at=NIGHT)
    for source in (KIOSK, DESK, CROWD, DESK._replace(single_use=True)):
        assert judge([caught], source) == {1: "trap"}
    assert judge([caught._replace(signs="")], DESK) == {1: "too-fast"}
    assert judge([caught._replace(signs="trapdoor", took_ms=None)], DESK) == {1: "out-of-hours"}


# ---- what is not known is not judged


def test_visits_that_overlap_are_a_fault_of_the_device_and_no_child() -> None:
    assert judge(line([1_000] * 20, took_ms=4_000), KIOSK) == {}
    assert judge(line([0] * 20, took_ms=4_000), KIOSK) == {}


def test_three_in_a_row_are_a_family() -> None:
    assert judge(line([900, 900], took_ms=None), BUTTON) == {}
    assert judge(line([900, 900, 900], took_ms=None), BUTTON) == dict.fromkeys((2, 3, 4), "burst")


def test_estimated_times_are_no_burst_and_no_night() -> None:
    """Ten boots that never reached the server: all lie in the middle between the same two neighbours."""
    guess = {"quality": "bounded", "uncertainty_ms": 90_000, "occurred_at": NIGHT, "took_ms": None}
    strangers = [answer(n, boot=f"b{n}", up_ms=5_000, **guess) for n in range(1, 11)]
    assert judge(strangers, BUTTON) == {}
    one_boot = [one._replace(boot="b", up_ms=one.n * 500) for one in strangers]
    assert judge(one_boot, BUTTON) == dict.fromkeys(range(2, 11), "burst")
    unknown = [one._replace(quality="unknown", uncertainty_ms=None) for one in strangers]
    assert judge(unknown, BUTTON) == {}


def test_an_uncertain_time_at_the_edge_of_the_hours() -> None:
    closing = start_of(date(2026, 5, 28)) + (19 * 60 + 30) * 60_000
    assert judge([answer(1, occurred_at=closing - 1)], KIOSK) == {}
    assert judge([answer(1, occurred_at=closing + 4_999)], KIOSK) == {}
    assert judge([answer(1, occurred_at=closing + 5_000)], KIOSK) == {1: "out-of-hours"}
    assert judge([answer(1, occurred_at=closing + 5_000, uncertainty_ms=None)], KIOSK) == {}
    before = start_of(date(2026, 5, 28)) + (5 * 60 + 30) * 60_000
    assert judge([answer(1, occurred_at=before - 5_000)], KIOSK) == {}
    assert judge([answer(1, occurred_at=before - 5_001)], KIOSK) == {1: "out-of-hours"}
    assert judge([answer(1, occurred_at=NIGHT, uncertainty_ms=12 * 3_600_000)], KIOSK) == {}


@pytest.mark.parametrize(
    ("kind", "place", "source"),
    [
        ("kiosk", None, "kiosk"), ("button", None, "button"), ("qr", None, "desk"), ("qr", "desk", "desk"),
        ("qr", "waiting", "desk"), ("qr", "classroom", "crowd"), ("qr", "letter", "crowd"),
        ("qr", "audience", "crowd"),
    ],
)  # fmt: skip
def test_every_place_has_its_rules(kind: str, place: str | None, source: SourceKind) -> None:
    assert source_kind(kind, place) == source


@pytest.mark.parametrize(
    "text", ["", "7-18", "05:30-24:01", "18:00-06:00", "07:00-07:00", "07:60-08:00", "x"]
)
def test_hours_that_make_no_sense(text: str) -> None:
    with pytest.raises(Problem, match="05:30-19:30"):
        read_hours(text)


def test_hours_are_written_as_they_are_read() -> None:
    for text in ("05:30-19:30", "00:00-24:00", "07:05-07:06"):
        assert str(read_hours(f" {text}\n")) == text
    assert not read_hours("00:00-24:00").is_closed(NIGHT, NIGHT)


# ---- whatever comes


FIELDS = {
    "channel": st.sampled_from(["kiosk", "button", "qr"]),
    "boot": st.sampled_from(["a", "b", "c"]),
    "up_ms": st.integers(0, 60_000),
    "occurred_at": st.integers(0, 60_000).map(lambda ms: MORNING + ms),
    "quality": st.sampled_from(["synced", "anchored", "bounded", "unknown"]),
    "uncertainty_ms": st.sampled_from([None, 0, 2_000, 90_000]),
    "procedure": st.sampled_from([None, "hoc-ba"]),
    "steps": st.integers(1, 4),
    "took_ms": st.one_of(st.none(), st.integers(0, 3_000)),
    "signs": st.sampled_from(["", "", "", "trap"]),
}
ANSWERS = st.lists(st.fixed_dictionaries(FIELDS), max_size=45).map(  # type: ignore[arg-type]
    lambda rows: [Recorded(n=n, **row) for n, row in enumerate(rows, start=1)]
)
SOURCES = st.sampled_from([KIOSK, BUTTON, DESK, CROWD, DESK._replace(single_use=True)])


@settings(max_examples=80, deadline=None)
@given(ANSWERS, SOURCES, st.randoms(use_true_random=False))
def test_the_order_in_which_they_come_does_not_matter(
    answers: list[Recorded], source: Source, chance: random.Random
) -> None:
    found = judge(answers, source)
    assert found.keys() <= {one.n for one in answers}
    assert set(found.values()) <= set(misuse.RULES)
    shuffled = answers[:]
    chance.shuffle(shuffled)
    assert judge(shuffled, source) == found
    assert judge((one for one in answers), source) == found


@settings(max_examples=80, deadline=None)
@given(ANSWERS, ANSWERS, SOURCES)
def test_what_happens_hours_away_changes_nothing(
    answers: list[Recorded], others: list[Recorded], source: Source
) -> None:
    away = 3 * 3_600_000
    far = [
        one._replace(n=one.n + 1000, up_ms=one.up_ms + away, occurred_at=one.occurred_at + away)
        for one in others
    ]
    together = judge([*far, *answers], source)
    assert {n: why for n, why in together.items() if n <= 1000} == judge(answers, source)
    assert {n: why for n, why in together.items() if n > 1000} == judge(far, source)


@settings(max_examples=60, deadline=None)
@given(ANSWERS)
def test_a_burst_counts_as_one_answer_and_never_as_none(answers: list[Recorded]) -> None:
    for kind in ("kiosk", "button"):
        assert len(bursts.bursts(answers, kind)) < max(1, len(answers))  # type: ignore[arg-type]
    assert len(bursts.floods(answers)) < max(1, len(answers))
