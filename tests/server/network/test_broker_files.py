"""An outside broker learns of devices by itself."""

from __future__ import annotations

import json
import os
import shlex
import time
from pathlib import Path

import pytest

from server.domain.network.flooding import FIRST_MS, MAX_AWAY
from server.domain.network.rights import MAX_RELAYED_BYTES
from server.services.devices import registry
from server.services.network import broker_conf
from server.settings import Settings
from server.transport.mqtt.broker_files import BrokerFiles
from server.transport.mqtt.mosquitto import Listener, names_sessions, settings_file
from server.wiring.contexts import build
from tests.support.broker_line import open_line
from tests.support.commands import run_hailong
from tests.support.device import Device, event
from tests.support.raw_mqtt import RawClient, publish
from tests.support.server import ServerProcess
from tests.support.store import make_mosquitto, make_school


def test_mosquitto_lets_in_whoever_was_added_meanwhile_and_nobody_who_was_retired(tmp_path: Path) -> None:
    data = tmp_path / "data"
    passwords = make_school(data)
    ctx = build(Settings(data=str(data)))
    with make_mosquitto(data, tmp_path / "broker") as broker:
        old = Device(broker.port, "k1", passwords["k1"]).wait_connected()
        keeper = BrokerFiles(ctx, every_s=0.05)
        keeper.start()
        password = registry.add_device(ctx, "moi", "mau", "button")
        registry.retire_device(ctx, "k1")
        assert old.gone.wait(10), "a retired device is put out"
        deadline = time.monotonic() + 10
        while (device := Device(broker.port, "moi", password)) and not device.connected.wait(0.3):
            device.close()
            assert time.monotonic() < deadline, "the new device is not let in"
        assert device.subscribe(device.topic("receipt"), device.topic("config")) == [True, True]
        device.close()
        old.close()
        keeper.stop()
    ctx.store.close()


def test_mosquitto_puts_out_for_a_while_who_floods(tmp_path: Path) -> None:
    """It passes on all that a device says in one line with what the others say."""
    data = tmp_path / "data"
    passwords = make_school(data)
    now = [0]
    ctx = build(Settings(data=str(data)), now=lambda: now[0])
    with make_mosquitto(data, tmp_path / "broker") as broker:
        hog, other = (Device(broker.port, name, passwords[name]).wait_connected() for name in ("k1", "k2"))
        keeper = BrokerFiles(ctx, every_s=0.05)
        keeper.start()
        assert ctx.flooding.note("k1", 1, MAX_AWAY, 0)
        assert hog.gone.wait(10), "who floods is put out"
        assert Device(broker.port, "k1", passwords["k1"]).refused.wait(10)
        assert not other.gone.is_set()
        now[0] = FIRST_MS + 2
        deadline = time.monotonic() + 10
        while (again := Device(broker.port, "k1", passwords["k1"])) and not again.connected.wait(0.3):
            again.close()
            assert time.monotonic() < deadline, "it is not let in again"
        for device in (again, other):
            device.close()
        keeper.stop()
    ctx.store.close()


def test_mosquitto_puts_out_who_says_small_things_without_end(tmp_path: Path) -> None:
    with open_line(tmp_path, "mosquitto") as line:
        other = line.device("k2").listen()
        hog = RawClient(line.port, within_s=60).enter("k1", line.passwords["k1"])
        words = b"".join(publish("hailong/1/mau/k1/up", b"rubbish", n) for n in range(1, 1001))
        with pytest.raises(ConnectionError):  # it is put out
            while True:
                hog.socket.sendall(words)
        assert line.device("k1").refused.wait(10)
        one = event(1)
        other.send(one)
        assert other.outcome(one["id"]) == {one["id"]: "accepted"}
        assert line.server.words().count("a device says too much") == 1
        line.say_goodbye()


def test_a_broker_that_cannot_be_told_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    make_school(data)
    make_mosquitto(data, tmp_path / "broker")
    ctx = build(Settings(data=str(data)))
    keeper = BrokerFiles(ctx, every_s=0.02)
    keeper.start()
    time.sleep(0.3)
    keeper.stop()
    said = capsys.readouterr()  # on which of the two depends on who has set up logging before
    assert (said.out + said.err).count("mosquitto could not be told") == 1
    ctx.store.close()


def test_a_store_of_mosquittos_own_that_a_power_cut_damaged_stops_nothing(tmp_path: Path) -> None:
    """One of an earlier configuration may still lie there, and nothing writes another."""
    data, directory = tmp_path / "data", tmp_path / "broker"
    passwords = make_school(data)
    broker = make_mosquitto(data, directory)
    damaged = directory / "state" / "mosquitto.db"
    for content in (b"\x00\xb5\x00mosquitto db" + b"\x00" * 200, b"\xff" * 4096, b"mosquitto"):
        damaged.write_bytes(content)
        with broker:
            device = Device(broker.port, "k1", passwords["k1"]).listen()
            device.publish(device.topic("health"), b'{"v":1}', retain=True)
            device.close()
        assert damaged.read_bytes() == content


@pytest.mark.parametrize(
    ("version", "named"), [("2.0.11", False), ("2.0.21", True), ("2.1.0", True), ("", False)]
)
def test_sessions_are_named_after_users_by_a_mosquitto_that_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, named: bool
) -> None:
    """An earlier one can be brought down by a stranger who gives the name of somebody's session."""
    program = tmp_path / "mosquitto"
    program.write_text(f"#!/bin/sh\necho 'mosquitto version {version}'\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    lines = settings_file(tmp_path, Listener("127.0.0.1", 1883), names_sessions=names_sessions()).splitlines()
    assert ("use_username_as_clientid true" in lines[lines.index("listener 1883 127.0.0.1") :]) == named


def test_an_earlier_file_is_told_with_the_command_that_writes_it_again(tmp_path: Path) -> None:
    data, directory = tmp_path / "data", tmp_path / "the broker"
    make_school(data)
    broker = make_mosquitto(data, directory)
    conf = directory / "mosquitto.conf"
    now = conf.read_text(encoding="utf-8")
    assert broker_conf.trouble(data) == ""
    limit = f"message_size_limit {MAX_RELAYED_BYTES}"
    for old in (
        now.replace("persistence false", "persistence true"),
        now.replace(limit, "message_size_limit 65536"),
        now.replace(limit, "max_packet_size 65536"),
        now.replace(f"{limit}\n", ""),
    ):
        conf.write_text(old, encoding="utf-8")
        finding = json.loads(run_hailong("doctor", "--json", "--data", data).stdout)["findings"]
        [words] = [each["words"] for each in finding if each["check"] == "broker" and each["warns"]]
        command = shlex.split(words.partition("restart mosquitto: ")[2])
        assert command[0] == "hailong"
        assert run_hailong(*command[1:], "--data", data).returncode == 0
        again = conf.read_text(encoding="utf-8").rstrip()
        assert again == now.partition("user root")[0].rstrip(), "the same listener as before"
        assert broker_conf.trouble(data) == ""
    conf.write_text(now.replace(limit, "max_packet_size 65536"), encoding="utf-8")
    with broker, ServerProcess(data, broker=f"mqtt://127.0.0.1:{broker.port}") as server:
        assert f"{conf} is of an earlier version (message_size_limit, max_packet_size)" in server.words()
