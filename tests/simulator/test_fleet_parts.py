"""The fleet's own parts: time that runs ahead, days made of chance, lines that break below the clients."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from simulator.ledger import Ledger
from simulator.plan import Plan
from simulator.tcp_proxy import TcpProxy
from simulator.virtual_time import DAY_MS, DeviceTime, PowerCut, Stopped, VirtualClock


def test_at_speed_0_nobody_waits_and_time_passes_all_the_same() -> None:
    device = DeviceTime(VirtualClock(0), 7)
    began = time.monotonic()
    device.wait_until(3 * DAY_MS)
    device.boot()
    device.wait(90_000)
    assert time.monotonic() - began < 1
    assert (device.moment(), device.now()) == (3 * DAY_MS + 90_000, 90_000)


def test_time_runs_as_fast_as_it_was_told() -> None:
    pace = VirtualClock(1000)
    device = DeviceTime(pace, 1)
    pace.begin()
    device.boot()
    began = time.monotonic()
    device.wait(300_000)
    assert 0.25 < time.monotonic() - began < 3
    assert device.now() >= 300_000


def test_the_power_fails_at_its_moment_and_once() -> None:
    device = DeviceTime(VirtualClock(0), 1)
    device.cut_at = 5_000
    device.wait(4_999)
    with pytest.raises(PowerCut):
        device.wait(10_000)
    assert device.moment() == 5_000
    device.wait(10_000)
    assert device.moment() == 15_000


def test_who_waits_is_stopped() -> None:
    pace = VirtualClock(1)
    device = DeviceTime(pace, 1)
    threading.Timer(0.1, pace.stopping.set).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        device.wait(3_600_000)
    assert time.monotonic() - began < 5


def test_days_are_repeatable_and_the_power_fails_on_the_share_that_was_asked() -> None:
    plan = Plan("a seed", 20, 0.2)
    days = [plan.day(number) for number in range(1000)]
    assert days == [Plan("a seed", 20, 0.2).day(number) for number in range(1000)]
    assert days != [Plan("another", 20, 0.2).day(number) for number in range(1000)]
    for number, day in enumerate(days):
        moments = [number * DAY_MS, day.begins, *day.visits, day.ends, (number + 1) * DAY_MS]
        assert moments == sorted(moments)
        assert day.cut is None or day.cut.visit < len(day.visits)
    assert 150 < sum(day.cut is not None for day in days) < 250
    assert 18 < sum(len(day.visits) for day in days) / 1000 < 22


def test_a_ledger_knows_what_its_thread_minted_last() -> None:
    ledger = Ledger()
    ours = ledger.new_id()
    other = threading.Thread(target=ledger.new_id)
    other.start()
    other.join()
    ledger.note(thanked=True)
    assert ledger.thanked == {ours}


@contextmanager
def wire_to(port: int) -> Iterator[tuple[TcpProxy, int]]:
    """A line to that port of this machine, and the port of its near end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    proxy = TcpProxy(loop, "127.0.0.1", port)
    try:
        yield proxy, asyncio.run_coroutine_threadsafe(proxy.open(), loop).result()
    finally:
        loop.call_soon_threadsafe(proxy.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def is_broken(end: socket.socket) -> bool:
    try:
        return end.recv(10) == b""
    except ConnectionResetError:
        return True


def test_a_line_carries_both_ways_breaks_for_both_and_stays_down_for_a_while() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, wire_to(server.getsockname()[1]) as (proxy, port):
        near = socket.create_connection(("127.0.0.1", port), 5)
        near.sendall(b"up")
        far, _ = server.accept()
        for end in (near, far):
            end.settimeout(5)
        assert far.recv(10) == b"up"
        far.sendall(b"down")
        assert near.recv(10) == b"down"
        proxy.cut(for_s=0.5)
        for end in (near, far):
            assert is_broken(end)
            end.close()
        assert proxy.cuts == 1
        with socket.create_connection(("127.0.0.1", port), 5) as early:
            assert is_broken(early)
        time.sleep(0.6)
        with socket.create_connection(("127.0.0.1", port), 5) as late:
            late.sendall(b"again")
            far, _ = server.accept()
            with far:
                assert far.recv(10) == b"again"
