"""Full disks, killed processes, brokers that go and come: nothing accepted is lost, nothing counts twice."""

from __future__ import annotations

import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from server.transport.mqtt.windows import WINDOW
from tests.support.commands import hailong
from tests.support.device import Device, batch, event
from tests.support.mosquitto import Mosquitto
from tests.support.server import ServerProcess
from tests.support.store import make_mosquitto, make_school


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def password(data: Path) -> str:
    return make_school(data)["k1"]


class Line(NamedTuple):
    """A running server, its broker, and the password of the device that sends."""

    data: Path
    server: ServerProcess
    mosquitto: Mosquitto | None
    password: str

    @property
    def port(self) -> int:
        """Where devices connect."""
        return self.mosquitto.port if self.mosquitto else self.server.mqtt_port

    def send_until_told(self, one: dict[str, Any]) -> str:
        return send_until_told(self.port, self.password, one)

    def device(self) -> Device:
        return Device(self.port, "k1", self.password).listen()


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Line]]:
    """One line for each kind of broker. Every fault that is done to it must leave it able to go on."""
    with ExitStack() as stack:

        @cache
        def of(kind: str) -> Line:
            data = tmp_path_factory.mktemp(kind) / "data"
            password = make_school(data)["k1"]
            mosquitto = url = None
            if kind == "mosquitto":
                mosquitto = stack.enter_context(make_mosquitto(data, data.parent / "broker"))
                url = f"mqtt://127.0.0.1:{mosquitto.port}"
            return Line(data, stack.enter_context(ServerProcess(data, broker=url)), mosquitto, password)

        yield of


@pytest.fixture(params=["mosquitto", "embedded"])
def line(request: pytest.FixtureRequest, lines: Callable[[str], Line]) -> Line:
    return lines(request.param)


@pytest.fixture
def outside(lines: Callable[[str], Line]) -> Line:
    return lines("mosquitto")


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


def test_a_full_disk(line: Line) -> None:
    server = line.server
    first, second = event(1, journal="full"), event(2, journal="full")
    assert line.send_until_told(first) == "accepted"
    before = stored(line.data)
    assert first["id"] in before
    unlimited = resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    device = line.device()
    device.send(second)
    server.wait_until(503)
    time.sleep(1)
    assert server.health() == 503
    assert not any(topic.endswith("receipt") for topic, _ in device.received)
    assert stored(line.data) == before
    device.close()
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unlimited)
    server.wait_until(200)
    assert line.send_until_told(second) == "accepted"
    assert stored(line.data) == [*before, second["id"]]
    assert hailong("doctor", "--json", "--data", line.data)["sound"]


def test_a_disk_that_refuses_is_said_once_and_not_called_full(data: Path, password: str) -> None:
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
            time.sleep(0.5)
        device.close()
        said = server.words()
        assert "fails to read or write (SQLITE_IOERR_WRITE)" in said
        # Once for each time that it failed: a log that was cut meanwhile has room for a little again.
        assert said.count('event="The disk that holds') == 1 + said.count("the store can be written again")
        assert "is full" not in said
        assert len(stored(data)) == 59


def test_a_server_killed_with_something_on_its_way(line: Line) -> None:
    before = stored(line.data)
    events = [event(seq, journal="killed") for seq in range(1, 4)]
    assert line.send_until_told(events[0]) == "accepted"
    device = line.device()
    device.client.publish(device.topic("up"), b"")  # something on its way while it dies
    device.send(events[1])
    line.server.restart()
    device.close()
    for one in events[1:]:
        assert line.send_until_told(one) == "accepted"
    assert stored(line.data) == before + [one["id"] for one in events]
    assert hailong("doctor", "--json", "--data", line.data)["sound"]


def test_a_broker_killed_and_started_again(outside: Line) -> None:
    assert outside.mosquitto
    events = [event(seq, journal="broker-killed") for seq in range(1, 4)]
    for one in events[:2]:
        assert outside.send_until_told(one) == "accepted"
        outside.mosquitto.kill9()
        outside.server.wait_until(503)
        outside.mosquitto.start()
        outside.server.wait_until(200)
    assert outside.send_until_told(events[2]) == "accepted"
    assert stored(outside.data)[-3:] == [one["id"] for one in events]


def test_what_came_while_the_server_was_away_waits_at_mosquitto(outside: Line) -> None:
    outside.server.stop()
    device = outside.device()
    one = event(1, journal="waits")
    device.send(one)
    outside.server.start()
    assert device.outcome(one["id"]) == {one["id"]: "accepted"}
    device.close()


def test_what_a_device_has_said_again_and_again_meanwhile_is_no_flood(outside: Line) -> None:
    """A kiosk repeats four batches each minute: after a weekend that is far more than its window."""
    outside.server.stop()
    device = outside.device()
    count = 3 * WINDOW
    sent = [
        device.client.publish(device.topic("up"), batch(event(seq, journal="weekend")), qos=1)
        for seq in range(1, count + 1)
    ]
    for info in sent:
        info.wait_for_publish(30)
    outside.server.start()
    last = event(count + 1, journal="weekend")
    device.send(last)
    assert device.outcome(last["id"], within_s=60) == {last["id"]: "accepted"}
    connection = sqlite3.connect(outside.data / "hailong.db", timeout=10)
    assert connection.execute("SELECT lo, hi FROM arrived WHERE journal = 'weekend'").fetchall() == [
        (1, count + 1)
    ]
    connection.close()
    device.close()


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
