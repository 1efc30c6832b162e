"""Who is put out for a flood, and for how long."""

from server.domain.network.flooding import (
    BYTES_OF_A_MESSAGE,
    FIRST_MS,
    FORGIVEN_A_SECOND,
    LONGEST_MS,
    MAX_AWAY,
    Flooding,
)


def flood(flooding: Flooding, device: str, now: int) -> bool:
    return any(flooding.note(device, now + n // 10, 1, 0) for n in range(MAX_AWAY + 100))


def test_who_floods_is_out_for_a_minute_and_longer_each_time() -> None:
    flooding, now = Flooding(), 1_000_000
    for_ms = FIRST_MS
    for _ in range(8):
        assert flood(flooding, "k1", now)
        assert not flood(flooding, "k1", now + 2000), "it is out already"
        assert flooding.out(now + for_ms - 1) == {"k1"}
        assert flooding.out(now + for_ms + 1000) == set()
        now, for_ms = now + for_ms + 60_000, min(2 * for_ms, LONGEST_MS)
    assert for_ms == LONGEST_MS
    now += 3 * LONGEST_MS
    assert flood(flooding, "k1", now)
    assert flooding.out(now + FIRST_MS + 1000) == set()


def test_a_few_now_and_then_are_no_flood() -> None:
    flooding = Flooding()
    assert not any(flooding.note("k1", 1000 * second, FORGIVEN_A_SECOND, 0) for second in range(3600))
    assert not flooding.note("k2", 0, MAX_AWAY - 1, 0), "one burst passes"
    assert flooding.out(3_600_000) == set()


def test_what_does_not_end_is_a_flood_in_the_end() -> None:
    flooding = Flooding()
    assert any(flooding.note("k1", 1000 * second, 2 * FORGIVEN_A_SECOND, 0) for second in range(60))


def test_a_few_messages_with_very_much_in_them_are_a_flood() -> None:
    flooding = Flooding()
    assert not flooding.note("k1", 0, 10, 0)
    assert flooding.note("k1", 1, 10, MAX_AWAY * BYTES_OF_A_MESSAGE)
