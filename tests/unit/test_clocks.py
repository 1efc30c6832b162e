"""When did it happen?"""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.answers.clocks import (
    AGREE_MS,
    DELAY_MS,
    Anchor,
    Neighbour,
    anchor,
    anchored,
    better,
    between,
)

NOW = 1_780_000_000_000
DAY = 86_400_000
walls = st.none() | st.integers(0, 2 * NOW)
moments = st.integers(NOW - 400 * DAY, NOW)
runs = st.integers(0, 400 * DAY)


def test_a_batch_anchors_its_boot() -> None:
    assert anchor(NOW, 60_000) == Anchor(NOW - 60_000, NOW)
    assert anchor(NOW, NOW + 1) is None


@given(moments, st.lists(st.tuples(runs, st.integers(0, DAY)), min_size=1))
def test_the_anchor_is_never_before_the_truth_and_as_near_as_the_promptest_batch(
    truth: int, batches: list[tuple[int, int]]
) -> None:
    kept: Anchor | None = None
    for up_ms, delay in batches:
        new = anchor(truth + up_ms + delay, up_ms)
        assert new is not None
        if better(kept, new):
            kept = new
    assert kept is not None
    assert kept.origin >= truth
    drift = max(up for up, _ in batches) // 10_000
    assert kept.origin - truth <= min(delay for _, delay in batches) + 1_000 + drift


def test_a_little_better_changes_nothing() -> None:
    old = Anchor(NOW, NOW + 5_000)
    assert not better(old, Anchor(NOW - 999, NOW + 5_000))
    assert better(old, Anchor(NOW - 1_000, NOW + 5_000))
    # Thirty days on, an oscillator that is 100 ppm off looks four minutes better, and is not.
    assert not better(old, Anchor(NOW - 250_000, NOW + 30 * DAY))
    assert better(old, Anchor(NOW - 300_000, NOW + 30 * DAY))


@given(moments, runs, runs, walls, st.booleans(), st.integers(0, DAY))
def test_no_wall_clock_moves_an_event(
    origin: int, seen_up: int, up_ms: int, wall: int | None, synced: bool, late: int
) -> None:
    at = Anchor(origin, origin + seen_up)
    received_at = origin + seen_up + late
    when = anchored(at, up_ms, wall, synced, received_at)
    assert when.occurred_at == anchored(at, up_ms, None, False, received_at).occurred_at
    assert when.occurred_at == min(origin + up_ms, received_at)
    assert when.uncertainty_ms is not None


def test_synced_needs_a_synced_clock_that_agrees() -> None:
    at, up_ms, true = Anchor(NOW, NOW + 10_000), 5_000, NOW + 5_000
    for wall, synced, quality in (
        (true, True, "synced"), (true + AGREE_MS, True, "synced"), (true - AGREE_MS - 1, True, "anchored"),
        (true, False, "anchored"), (None, True, "anchored"), (true - 3_653 * DAY, True, "anchored"),
    ):  # fmt: skip
        assert anchored(at, up_ms, wall, synced, NOW + 10_000).quality == quality
    assert anchored(at, up_ms, true, True, NOW + 10_000).uncertainty_ms == AGREE_MS
    assert anchored(at, up_ms, None, True, NOW + 10_000).uncertainty_ms == DELAY_MS


@given(st.none() | moments, st.none() | moments, moments)
def test_an_event_lies_between_its_neighbours(
    earlier: int | None, later: int | None, received_at: int
) -> None:
    before = None if earlier is None else Neighbour(1, earlier, 0)
    when = between(before, None if later is None else Neighbour(3, later, 0), received_at)
    latest = received_at if later is None else min(later, received_at)
    assert when.occurred_at <= received_at
    if earlier is None:
        assert when == (latest, "unknown", None)
        return
    assert when.quality == "bounded"
    assert when.uncertainty_ms is not None
    if earlier <= latest:
        assert earlier <= when.occurred_at <= latest
        assert when.occurred_at - when.uncertainty_ms <= earlier
        assert when.occurred_at + when.uncertainty_ms >= latest
        assert when.uncertainty_ms <= (latest - earlier + 1) // 2, "and claims no more than it has to"


offs = st.integers(-2 * DELAY_MS, 2 * DELAY_MS)


@given(st.lists(moments, min_size=4, max_size=4), offs, offs, st.integers(0, DELAY_MS), st.booleans())
def test_the_true_time_lies_within_the_claim_as_those_of_its_neighbours_do(
    true: list[int], off_before: int, off_after: int, more: int, has_later: bool
) -> None:
    before, event, after, came_by = sorted(true)
    earlier = Neighbour(1, before + off_before, abs(off_before) + more)
    later = Neighbour(3, min(after + off_after, came_by), abs(off_after) + more) if has_later else None
    when = between(earlier, later, came_by)
    assert when.quality == "bounded"
    assert when.uncertainty_ms is not None
    assert abs(when.occurred_at - event) <= when.uncertainty_ms
