"""Who is put out for a flood, and for how long."""

from server.services.flooding import FIRST_MS, LONGEST_MS, MAX_AWAY_A_SECOND, Flooding


def flood(flooding: Flooding, device: str, now: int) -> bool:
    return any(flooding.note(device, now + n // 10) for n in range(MAX_AWAY_A_SECOND))


def test_who_floods_is_out_for_a_minute_and_longer_each_time() -> None:
    flooding, now = Flooding(), 1_000_000
    for_ms = FIRST_MS
    for _ in range(8):
        assert flood(flooding, "k1", now)
        assert not flood(flooding, "k1", now + 2000), "it is out already"
        assert flooding.out(now + for_ms - 1) == {"k1"}
        assert flooding.out(now + for_ms + 1000) == set()
        now, for_ms = now + for_ms + 5000, min(2 * for_ms, LONGEST_MS)
    assert for_ms == LONGEST_MS
    now += 3 * LONGEST_MS
    assert flood(flooding, "k1", now)
    assert flooding.out(now + FIRST_MS + 1000) == set()


def test_a_few_now_and_then_are_no_flood() -> None:
    flooding = Flooding()
    assert not any(flooding.note("k1", 10 * n) for n in range(20 * MAX_AWAY_A_SECOND // 10))
    assert flooding.out(10_000) == set()
