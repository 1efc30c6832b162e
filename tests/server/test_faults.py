"""Full disks, killed processes, brokers that go and come: nothing accepted is lost, nothing counts twice."""

from __future__ import annotations

import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.device import Device, event
from tests.support.server import ServerProcess, hailong
from tests.support.store import make_mosquitto, make_school


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def password(data: Path) -> str:
    return make_school(data)["k1"]


@pytest.fixture(params=["mosquitto", "embedded"])
def line(request: pytest.FixtureRequest, data: Path, password: str) -> Iterator[tuple[ServerProcess, int]]:
    """A running server and the port where devices connect."""
    if request.param == "embedded":
        with ServerProcess(data) as server:
            yield server, server.mqtt_port
        return
    with (
        make_mosquitto(data, data.parent / "broker") as mosquitto,
        ServerProcess(data, broker=f"mqtt://127.0.0.1:{mosquitto.port}") as server,
    ):
        yield server, mosquitto.port


def stored(data: Path) -> list[Any]:
    connection = sqlite3.connect(data / "hailong.db", timeout=10)
    try:
        return [row[0] for row in connection.execute("SELECT id FROM events ORDER BY n")]
    finally:
        connection.close()


def send_until_told(port: int, password: str, one: dict[str, Any]) -> str:
    """As an outbox does: again and again, on new connections too, until a receipt says something of it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            device = Device(port, "k1", password)
        except OSError:
            time.sleep(0.1)
            continue
        try:
            device.listen()
            device.send(one)
            return device.outcome(one["id"], within_s=1.5)[one["id"]]
        except (AssertionError, RuntimeError, ValueError):
            continue
        finally:
            device.close()
    raise AssertionError("no receipt within a minute")


def test_a_full_disk(line: tuple[ServerProcess, int], data: Path, password: str) -> None:
    server, port = line
    first, second = event(1), event(2)
    assert send_until_told(port, password, first) == "accepted"
    unlimited = resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    device = Device(port, "k1", password).listen()
    device.send(second)
    server.wait_until(503)
    time.sleep(1)
    assert server.health() == 503
    assert not any(topic.endswith("receipt") for topic, _ in device.received)
    assert stored(data) == [first["id"]]
    device.close()
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unlimited)
    server.wait_until(200)
    assert send_until_told(port, password, second) == "accepted"
    assert stored(data) == [first["id"], second["id"]]
    assert hailong("doctor", "--json", "--data", data)["sound"]


def test_a_full_disk_is_said_once_and_clearly(data: Path, password: str) -> None:
    """The log on another disk than the store, as a service manager has it."""
    with ServerProcess(data) as server:
        device = Device(server.mqtt_port, "k1", password).listen()
        # Room for the log, none for the store's write-ahead log, which is longer already.
        device.send(*[event(seq) for seq in range(1, 60)])
        device.wait_for(lambda got: any(topic.endswith("receipt") for topic, _ in got))
        room = len(server.words().encode()) + 2000
        assert (data / "hailong.db-wal").stat().st_size > room
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        for seq in (60, 61):
            device.send(event(seq))
            server.wait_until(503)
            time.sleep(1)
        device.close()
        assert server.words().count("is full. Free some space") == 1
        assert len(stored(data)) == 59


def test_a_server_killed_and_killed_again(line: tuple[ServerProcess, int], data: Path, password: str) -> None:
    server, port = line
    events = [event(seq) for seq in range(1, 5)]
    for number, one in enumerate(events):
        if number % 2:
            device = Device(port, "k1", password).listen()
            device.client.publish(device.topic("up"), b"")  # something on its way while it dies
            device.send(one)
            server.restart()
            device.close()
        assert send_until_told(port, password, one) == "accepted"
    assert stored(data) == [one["id"] for one in events]
    assert hailong("doctor", "--json", "--data", data)["sound"]


def test_a_broker_killed_and_started_again(data: Path, password: str) -> None:
    with (
        make_mosquitto(data, data.parent / "broker") as mosquitto,
        ServerProcess(data, broker=f"mqtt://127.0.0.1:{mosquitto.port}") as server,
    ):
        for seq in range(1, 4):
            one = event(seq)
            assert send_until_told(mosquitto.port, password, one) == "accepted"
            mosquitto.kill9()
            server.wait_until(503)
            mosquitto.start()
            server.wait_until(200)
        assert len(stored(data)) == 3


def test_what_came_while_the_server_was_away_waits_at_mosquitto(data: Path, password: str) -> None:
    with make_mosquitto(data, data.parent / "broker") as mosquitto:
        with ServerProcess(data, broker=f"mqtt://127.0.0.1:{mosquitto.port}") as server:
            pass
        device = Device(mosquitto.port, "k1", password).listen()
        one = event(1)
        device.send(one)
        server.start()
        assert device.outcome(one["id"]) == {one["id"]: "accepted"}
        device.close()
        server.stop()


def test_web_and_ingest_apart(data: Path, password: str) -> None:
    with make_mosquitto(data, data.parent / "broker") as mosquitto:
        web = ServerProcess(data, command="web", options=("--host", "127.0.0.1"))
        web._options += ("--port", str(web.port))
        ingest = ServerProcess(data, broker=f"mqtt://127.0.0.1:{mosquitto.port}", command="ingest")
        try:
            web.start()
            ingest.launch()
            one = event(1)
            assert send_until_told(mosquitto.port, password, one) == "accepted"
            assert stored(data) == [one["id"]]
        finally:
            assert ingest.stop() == 0
            assert web.stop() == 0
