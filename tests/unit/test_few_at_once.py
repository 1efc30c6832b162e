"""Costly work: never more at once than there are places, in the order of coming, and a kind word beyond."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from server.domain import few_at_once
from server.domain.few_at_once import HASHING_AT_ONCE, HASHING_WAITING, FewAtOnce
from server.domain.keys import key_lock
from server.domain.problems import Problem
from server.services.access import passwords


def waiting(gate: FewAtOnce, count: int) -> None:
    deadline = time.monotonic() + 20
    while gate.waiting != count:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_never_more_at_once_and_in_the_order_of_coming() -> None:
    gate, inside, order = FewAtOnce(1, 20, 20, "hashing-busy"), threading.Semaphore(1), []

    def work(number: int) -> None:
        with gate.turn():
            assert inside.acquire(blocking=False), "somebody else is in there"
            order.append(number)
            inside.release()

    with ThreadPoolExecutor(20) as pool, gate.turn():
        for number in range(20):
            pool.submit(work, number)
            waiting(gate, number + 1)
        with pytest.raises(Problem, match="Wait some seconds"):
            work(20)
    assert order == list(range(20))


def test_who_has_waited_too_long_is_told_and_takes_nobodys_place() -> None:
    gate = FewAtOnce(1, 2, 0.01, "hashing-busy")
    with gate.turn(), pytest.raises(Problem), gate.turn():
        pytest.fail("there is no place")
    with gate.turn():
        pass
    with pytest.raises(ValueError, match="broken"), gate.turn():
        raise ValueError("broken")
    with gate.turn():
        assert gate.waiting == 0


def test_passwords_and_passphrases_share_the_places(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = FewAtOnce(HASHING_AT_ONCE, HASHING_WAITING, 20, "hashing-busy")
    monkeypatch.setattr(passwords, "hashing", gate.turn)
    monkeypatch.setattr(key_lock, "hashing", gate.turn)
    stored = passwords.hash_password("mat-khau-de-thu")
    with ThreadPoolExecutor(HASHING_WAITING) as pool, ExitStack() as held:
        for _ in range(HASHING_AT_ONCE):
            held.enter_context(gate.turn())
        late = [
            pool.submit(passwords.verify, stored, "mat-khau-de-thu"),
            pool.submit(passwords.verify, stored, "sai"),
            pool.submit(passwords.hash_password, "mat-khau-de-thu"),
            pool.submit(key_lock.turn, "lời", key_lock.new_lock()),
        ]
        waiting(gate, HASHING_WAITING)
        for work in (
            lambda: passwords.verify(stored, "mat-khau-de-thu"),
            lambda: passwords.hash_password("mat-khau-de-thu"),
            lambda: key_lock.turn("lời", key_lock.new_lock()),
        ):
            with pytest.raises(Problem, match="signing in or unlocking"):
                work()
        held.close()
        assert [each.result(20) for each in late[:2]] == [True, False]
        assert len(late[3].result(20)) == 32


def test_the_program_has_one_gate_for_both() -> None:
    assert passwords.hashing is key_lock.hashing is few_at_once.hashing
