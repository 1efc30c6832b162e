"""The server's parts as they start and run: what does not start is said, many open files stop none."""

from __future__ import annotations

import asyncio
import http.client
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from server.domain.problems import Problem
from server.settings import Settings
from server.transport.http.serving.server import Pages
from server.transport.mqtt.embedded import EmbeddedBroker
from server.transport.mqtt.intake import Intake
from server.wiring.contexts import build
from survey_defs import wire
from tests.support.crowd import crowded
from tests.support.device import batch, event
from tests.support.ports import free_port
from tests.support.raw_mqtt import PUBACK, RawClient, packet, publish, text
from tests.support.store import make_school


def test_a_broker_that_does_not_start_is_said(tmp_path: Path) -> None:
    ctx = build(Settings(data=str(tmp_path / "data")))
    with closing(ctx.store):
        broker = EmbeddedBroker(ctx, "127.0.0.1", 0)
        broker._sockets["default"][0].close()
        try:
            with pytest.raises(Problem) as refused:
                broker.start()
        finally:
            broker.stop()
    assert refused.value.code == "broker-not-started"
    said = refused.value.sentence("en")
    assert said.startswith(f"the broker on port {broker.port} did not start (")
    assert "\n" not in said


_WITHOUT_A_BROKER = """
import sys
from server.transport.mqtt import embedded
from survey_defs.cli import main

async def fails(*_):
    raise OSError(24, "Too many open files")

embedded._Broker._create_server_instance = fails
sys.argv[0] = "hailong"
main()
"""


def test_serve_ends_with_a_line_where_its_broker_does_not_start(tmp_path: Path) -> None:
    port = free_port()
    options = ("--host", "127.0.0.1", "--port", free_port(), "--mqtt-port", port, "--data", tmp_path / "data")
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_A_BROKER, "serve", *map(str, options)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"Made a new, empty store in {tmp_path / 'data'}",
        f"Error: the broker on port {port} did not start ([Errno 24] Too many open files);"
        " start the program again",
    ]


def test_a_broker_that_passes_nothing_on_any_more_is_not_alive(tmp_path: Path) -> None:
    ctx = build(Settings(data=str(tmp_path / "data")))
    with closing(ctx.store):
        broker = EmbeddedBroker(ctx, "127.0.0.1", 0)
        broker.start()
        try:
            assert broker.is_alive
            assert broker._broker
            loops = [task for task in asyncio.all_tasks(broker._loop) if "broadcast" in repr(task.get_coro())]
            assert broker._broker._broadcast_task in loops
            for task in loops:
                broker._loop.call_soon_threadsafe(task.cancel)
            deadline = time.monotonic() + 10
            while broker.is_alive:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        finally:
            broker.stop()


def test_a_message_too_large_is_told_while_line_and_store_are_away(tmp_path: Path) -> None:
    """The broker has acknowledged it: nobody sends it again."""
    data = tmp_path / "data"
    password = make_school(data)["k1"]
    ctx = build(Settings(data=str(data)))
    query = "SELECT times FROM dead_letters WHERE code = 'too-large'"
    with closing(ctx.store), closing(sqlite3.connect(data / "hailong.db", isolation_level=None)) as other:
        broker = EmbeddedBroker(ctx, "127.0.0.1", 0)
        broker.start()
        try:
            other.execute("BEGIN IMMEDIATE")
            with RawClient(broker.port).enter("k1", password) as device:
                for number in (1, 2):
                    device.say(publish(wire.topic("mau", "k1", "up"), b"x" * 300_000, number))
                    assert device.heard() == (PUBACK, number.to_bytes(2, "big"))
            other.execute("ROLLBACK")
            deadline = time.monotonic() + 15
            while not (rows := other.execute(query).fetchall()) or rows[0][0] < 2:
                assert time.monotonic() < deadline, rows
                time.sleep(0.05)
            with RawClient(broker.port).enter("k1", password) as device:
                device.say(publish(wire.topic("mau", "k1", "up"), b"x" * 300_000, 3))
                assert device.heard() == (PUBACK, b"\x00\x03")
        finally:
            broker.stop()
        assert other.execute(query).fetchall() == [(3,)], "what still waits at the end is stored too"


def test_a_broker_that_has_ended_leaves_no_task_behind(tmp_path: Path) -> None:
    """It would complain on the screen, once it is collected."""
    data = tmp_path / "data"
    password = make_school(data)["k1"]
    ctx = build(Settings(data=str(data)))
    with closing(ctx.store):
        broker = EmbeddedBroker(ctx, "127.0.0.1", 0)
        broker.start()
        with RawClient(broker.port).enter("k1", password) as device:
            device.say(publish(wire.topic("mau", "k1", "up"), b"{}", 1))
            assert device.heard() == (PUBACK, b"\x00\x01")
            broker.stop()
        assert broker._loop.is_closed()
        assert asyncio.all_tasks(broker._loop) == set()


def test_rubbish_that_the_broker_keeps_counts_once_whenever_the_line_is_new(tmp_path: Path) -> None:
    data = tmp_path / "data"
    password = make_school(data)["k1"]
    ctx = build(Settings(data=str(data)))
    topic, retain = wire.topic("mau", "k1", "up"), 0x01
    with closing(ctx.store), closing(sqlite3.connect(data / "hailong.db")) as other:

        def wait_for(query: str) -> None:
            deadline = time.monotonic() + 15
            while not other.execute(query).fetchall():
                assert time.monotonic() < deadline, query
                time.sleep(0.02)

        broker = EmbeddedBroker(ctx, "127.0.0.1", 0)
        intake = Intake(ctx, broker.server_address, clean=True)
        broker.start()
        intake.start()
        try:
            with RawClient(broker.port).enter("k1", password) as device:
                for number in (1, 2, 3):
                    deadline = time.monotonic() + 15
                    while not intake.is_ready:
                        assert time.monotonic() < deadline
                        time.sleep(0.02)
                    if number == 1:
                        device.say(publish(topic, b"kept rubbish", 1, flags=retain))
                        assert device.heard() == (PUBACK, b"\x00\x01")
                        wait_for("SELECT 1 FROM dead_letters")
                    device.say(publish(topic, batch(boot=f"line-{number}"), number + 1))
                    assert device.heard() == (PUBACK, (number + 1).to_bytes(2, "big"))
                    wait_for(f"SELECT 1 FROM anchors WHERE boot = 'line-{number}'")
                    assert intake._link
                    intake._link.close()
        finally:
            intake.stop()
            broker.stop()
        assert other.execute("SELECT times FROM dead_letters").fetchall() == [(1,)]


def test_a_thousand_open_files_stop_neither_the_line_nor_the_pages(tmp_path: Path) -> None:
    data = tmp_path / "data"
    password = make_school(data)["k1"]
    ctx = build(Settings(data=str(data)))
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "here")
    with closing(ctx.store), crowded():
        broker = EmbeddedBroker(ctx, "127.0.0.1", 0)
        intake, pages = Intake(ctx, broker.server_address, clean=True), Pages(app, "127.0.0.1", 0)
        parts = (broker, intake, pages)
        for part in parts:
            part.start()
        try:
            deadline = time.monotonic() + 15
            while not intake.is_ready:
                assert time.monotonic() < deadline, "the server's own link does not come about"
                time.sleep(0.02)
            one = event(1)
            with RawClient(broker.port).enter("k1", password) as device:
                device.say(packet(0x82, b"\x00\x01" + text(wire.topic("mau", "k1", "receipt")) + b"\x01"))
                device.say(publish(wire.topic("mau", "k1", "up"), batch(one), 2))
                heard = [device.heard() for _ in range(3)]
            assert (PUBACK, b"\x00\x02") in heard
            assert any(said and one["id"].encode() in said[1] for said in heard)
            for _ in range(2):
                connection = http.client.HTTPConnection("127.0.0.1", pages.port, timeout=10)
                connection.request("GET", "/")
                assert connection.getresponse().read() == b"here"
                connection.close()
            assert all(part.is_alive for part in parts)
        finally:
            for part in reversed(parts):
                part.stop()
