"""The line from a device to the store, through both brokers, with real clients."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import time
from collections.abc import Iterator

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from survey_defs import wire
from tests.support.broker_line import Line, open_line
from tests.support.commands import hailong
from tests.support.device import MINUTE, Device, batch, event
from tests.support.raw_mqtt import (
    CONNACK,
    PUBACK,
    PUBCOMP,
    PUBREC,
    RawClient,
    connect,
    packet,
    publish,
    text,
)


@pytest.fixture(scope="module", params=["mosquitto", "embedded"])
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with open_line(tmp_path_factory.mktemp("line"), request.param) as line:
        yield line


@pytest.fixture(autouse=True)
def goodbye(line: Line) -> Iterator[None]:
    yield
    line.say_goodbye()


def test_a_receipt_comes_after_the_commit(line: Line) -> None:
    device = line.device("k1").listen()
    first, second = event(1, journal="receipts"), event(2, journal="receipts", level=2)
    device.send(first, second)
    assert device.outcome(first["id"], second["id"]) == {first["id"]: "accepted", second["id"]: "accepted"}
    assert line.rows("SELECT seq FROM events WHERE journal = 'receipts' ORDER BY seq") == [(1,), (2,)]
    device.send(first)
    device.wait_for(lambda got: sum(topic == device.topic("receipt") for topic, _ in got) >= 2)
    assert line.rows("SELECT COUNT(*) FROM events WHERE journal = 'receipts'") == [(2,)]


def test_an_empty_batch_is_a_greeting_with_a_receipt(line: Line) -> None:
    device = line.device("k1").listen()
    device.send(boot="greeting")
    payload = device.wait_for(lambda got: [p for topic, p in got if topic == device.topic("receipt")])[0]
    receipt = wire.decode_receipt(payload)
    assert receipt["accepted"] == receipt["rejected"] == []
    assert receipt["time"] is not None
    line.wait_for_row("SELECT 1 FROM anchors WHERE device = 'k1' AND boot = 'greeting'")


def test_two_machines_with_one_identity_are_told(line: Line) -> None:
    """A copied card: both sign in with the same name and password, each in a boot of its own."""
    machines = [line.device("k1", client_id="k1").listen()]
    for up_ms in range(1, 4):
        for boot in ("original", "copy"):
            machines[-1].close()
            machines.append(line.device("k1", client_id="k1").listen())
            machines[-1].send(boot=f"{boot}-card", up_ms=up_ms * 1000)
            machines[-1].wait_for(lambda got: any(topic.endswith("/receipt") for topic, _ in got))
    assert line.rows("SELECT returns FROM presence WHERE device = 'k1'") == [(4,)]
    shown = hailong("device", "show", "k1", "--json", "--data", line.data)
    assert (shown["state"], shown["troubles"]) == ("alert", ["shared"])


def test_the_configuration_waits_at_the_broker(line: Line) -> None:
    device = line.device("k1").listen()
    payload = device.wait_for(lambda got: [p for topic, p in got if topic == device.topic("config")])[0]
    config = json.loads(payload)
    assert config["school"] == "Trường THCS Mẫu"
    assert config["survey"] == "tthc"
    assert {procedure["slug"] for procedure in config["procedures"]} >= {"hoc-ba", "chuyen-truong"}
    hailong("school", "set", "mau", "--name", "Trường THCS Mẫu Mới", "--data", line.data)
    device.wait_for(
        lambda got: any(
            topic == device.topic("config") and json.loads(p)["school"] == "Trường THCS Mẫu Mới"
            for topic, p in got
        )
    )
    hailong("school", "set", "mau", "--name", "Trường THCS Mẫu", "--data", line.data)


@pytest.mark.parametrize(
    ("user", "password"),
    [("k1", "wrong"), ("nobody", "wrong"), (None, None), ("k1", None), ("hailong-server", ""), ("k1", "k1")],
)
def test_who_has_no_right_password_is_refused(line: Line, user: str | None, password: str | None) -> None:
    stranger = line.raw(user, password)
    assert stranger.refused.wait(10)
    assert not stranger.connected.is_set()


def test_a_stranger_with_a_known_client_id_disturbs_nobody(line: Line) -> None:
    device = line.device("k1", client_id="k1").listen()
    for name in ("k1", "hailong-server"):
        assert line.raw("k1", "wrong", client_id=name).refused.wait(10)
    one = event(1, journal="undisturbed")
    device.send(one)
    assert device.outcome(one["id"]) == {one["id"]: "accepted"}
    assert not device.gone.is_set()


def test_a_device_hears_nothing_but_its_own(line: Line) -> None:
    device = line.device("k1").wait_connected()
    spying = [
        wire.topic("mau", "k2", "receipt"), wire.topic("mau", "k2", "up"),
        wire.topic("khac", "k1", "receipt"), "hailong/1/mau/+/receipt", "hailong/1/+/+/up",
        "hailong/#", "#", "+/+/+/+/+", "$SYS/#",
    ]  # fmt: skip
    device.subscribe(*spying)  # mosquitto 2.0 grants what it will not deliver
    device.subscribe(device.topic("receipt"))
    other = line.device("k2").listen()
    theirs, ours = event(1, journal="spied"), event(1, journal="spying")
    other.send(theirs)
    other.publish(other.topic("health"), b'{"v":1}')
    assert other.outcome(theirs["id"]) == {theirs["id"]: "accepted"}
    device.send(ours)
    assert device.outcome(ours["id"]) == {ours["id"]: "accepted"}
    assert {topic for topic, _ in device.received} <= {device.topic("receipt"), device.topic("config")}


@pytest.mark.parametrize(
    "topic",
    [
        wire.topic("mau", "k2", "up"), wire.topic("khac", "k1", "up"), wire.topic("khac", "k3", "up"),
        wire.topic("mau", "k1", "receipt"), wire.topic("mau", "k2", "state"), "hailong/1/mau/k1/up/more",
    ],
)  # fmt: skip
def test_a_device_speaks_for_nobody_else(line: Line, topic: str) -> None:
    device, victim = line.device("k1").listen(), line.device("k2").listen()
    stolen, own = (
        event(1, journal=f"stolen {topic}".replace(" ", "-")[:60]),
        event(1, journal=f"own{topic}"[:60]),
    )
    payload = batch(stolen) if topic.endswith(("up", "more")) else wire.encode_state("alert", "stolen")
    device.publish(topic, payload)
    device.send(own)
    assert device.outcome(own["id"]) == {own["id"]: "accepted"}
    victim.send(greeting := event(1, journal=f"victim{topic}"[:60]))
    assert victim.outcome(greeting["id"]) == {greeting["id"]: "accepted"}
    assert line.rows("SELECT 1 FROM events WHERE id = ?", stolen["id"]) == []
    assert line.rows("SELECT 1 FROM presence WHERE session = 'stolen'") == []
    assert {receiver for receiver, _ in victim.received} <= {victim.topic("receipt"), victim.topic("config")}


def test_a_will_for_another_device_is_not_sent(line: Line) -> None:
    victim = line.device("k2").listen()
    victim.publish(victim.topic("state"), wire.encode_state("ready", "living"), retain=True)
    line.wait_for_row("SELECT 1 FROM presence WHERE device = 'k2' AND session = 'living'")
    lie = (wire.topic("mau", "k2", "state"), wire.encode_state("lost", "living"))
    line.device("k1", will=lie).wait_connected().drop()
    one = event(1, journal="after-the-will")
    victim.send(one)
    assert victim.outcome(one["id"]) == {one["id"]: "accepted"}
    assert line.rows("SELECT state FROM presence WHERE device = 'k2'") == [("ready",)]


def test_rubbish_becomes_dead_letters_and_the_rest_goes_on(line: Line) -> None:
    device = line.device("k1").listen()
    rubbish = [
        b"", b"\x00\xff\xfe rubbish", b"{", b"[]", b'{"v":2,"boot":"b","up_ms":1,"synced":true,"events":[]}',
        b'{"v":1,"boot":"b","up_ms":1,"synced":true,"events":[NaN]}', b"[" * 5000,
        b'{"v":1,"boot":"b","up_ms":1,"synced":true,"events":"no"}', "{'chào'}".encode("utf-16"),
    ]  # fmt: skip
    for payload in rubbish * 2:
        device.publish(device.topic("up"), payload)
    oversized = b'{"v":1,"boot":"b","up_ms":1,"synced":true,"events":["' + b"x" * 70_000 + b'"]}'
    device.publish(device.topic("up"), oversized)
    device.publish(device.topic("up"), batch()[:-2] + b",".join([b"{}"] * 65) + b"]}")
    good = event(1, journal="after-rubbish")
    device.send(good)
    assert device.outcome(good["id"]) == {good["id"]: "accepted"}
    letters = line.rows(
        "SELECT code, payload, times FROM dead_letters WHERE device = 'k1' AND event_id IS NULL"
    )
    kept = {(code, payload): times for code, payload, times in letters}
    for payload in rubbish:
        assert kept["bad-batch", payload] == 2
    assert kept["too-large", oversized] == 1
    assert sum(code == "too-large" for code, _ in kept) == 2


def test_bad_events_are_refused_one_by_one(line: Line) -> None:
    device = line.device("k1").listen()
    name = "refusals"
    cases = [
        (event(1, journal=name, survey="no-such"), "unknown-survey"),
        (event(2, journal=name, version=99), "unknown-version"),
        (event(3, journal=name, answers={"rating": 6}), "bad-answer"),
        (event(4, journal=name, answers={"rating": 4.0}), "bad-answer"),
        (event(5, journal=name, answers={"rating": True}), "bad-answer"),
        (event(6, journal=name, answers={"rating": "4"}), "bad-answer"),
        (event(7, journal=name, answers={"nonsense": 4}), "unknown-question"),
        (event(8, journal=name, lang=7), "bad-event"),
        (event(9, journal=name, type="poem"), "bad-event"),
        (event(10, journal=name, filler="x" * 40_000), "too-large"),
        (event(11, journal=name), "accepted"),
        (event(12, journal=name, procedure="never-heard-of"), "accepted"),
        (event(13, journal=name, wall="yesterday"), "accepted"),
        (event(14, journal=name, answers={"rating": 10**400}), "bad-answer"),
    ]
    device.send(*[each for each, _ in cases])
    assert device.outcome(*[each["id"] for each, _ in cases]) == {each["id"]: code for each, code in cases}
    assert line.rows("SELECT lo, hi FROM arrived WHERE journal = ?", name) == [(1, 14)]
    codes = dict(line.rows("SELECT event_id, code FROM dead_letters WHERE journal = ?", name))
    assert codes == {each["id"]: code for each, code in cases if code != "accepted"}


def note_of(payload: bytes, topic: str) -> str:
    return json.dumps(
        {"topic": topic, "bytes": len(payload), "sha256": hashlib.sha256(payload).hexdigest()},
        separators=(",", ":"),
    )


@pytest.mark.parametrize("leaf", ["up", "health"])
@pytest.mark.parametrize(
    ("size", "slices", "pause_s"), [(262_145, 1, 0.0), (300_000, 60, 0.005), (10_000_000, 40, 0.01)]
)
def test_a_message_over_the_limit_is_acknowledged_and_what_is_behind_it_flows(
    line: Line, leaf: str, size: int, slices: int, pause_s: float
) -> None:
    name = f"behind-{leaf}-{size}"
    huge, topic = name.encode() + os.urandom(32) * (size // 32), wire.topic("mau", "k1", leaf)
    events = [event(seq, journal=name) for seq in (1, 2)]
    up = wire.topic("mau", "k1", "up")
    for again in range(2):  # a client that lost the acknowledgement sends it all once more
        with RawClient(line.port).enter("k1", line.passwords["k1"]) as device:
            device.say(
                publish(topic, huge, 1, flags=0x08 * again + 0x01 * (leaf == "health")),
                slices=slices,
                pause_s=pause_s,
            )
            device.say(b"".join(publish(up, batch(one), 2 + n) for n, one in enumerate(events)))
            heard = [device.heard() for _ in range(3)]
            assert sorted(body for kind, body in filter(None, heard) if kind == PUBACK) == [
                b"\x00\x01", b"\x00\x02", b"\x00\x03",
            ]  # fmt: skip
    line.wait_for_row("SELECT 1 FROM arrived WHERE journal = ? AND lo = 1 AND hi = 2", name)
    row = line.wait_for_row(
        "SELECT school, device, code, journal, seq FROM dead_letters WHERE payload = ? AND times >= 2",
        note_of(huge, topic).encode(),
    )
    assert row == ("mau", "k1", "too-large", None, None)
    assert line.rows("SELECT 1 FROM dead_letters WHERE length(payload) > 262144") == []


def test_a_message_over_the_limit_may_come_more_slowly_than_the_keep_alive(line: Line) -> None:
    huge = os.urandom(400_000)
    with RawClient(line.port).enter("k1", line.passwords["k1"], keep_alive=1) as device:
        device.say(publish(wire.topic("mau", "k1", "up"), huge, 1), slices=10, pause_s=0.3)
        assert device.heard() == (PUBACK, b"\x00\x01")
    line.wait_for_row(
        "SELECT 1 FROM dead_letters WHERE payload = ?", note_of(huge, "hailong/1/mau/k1/up").encode()
    )


def test_a_message_over_the_limit_that_a_broker_keeps_is_one_letter(line: Line) -> None:
    """A mosquitto lets more pass than the server takes, and brings it again at each of its starts."""
    topic, huge, retain = wire.topic("mau", "k1", "health"), os.urandom(300_000), 0x01
    query, note = "SELECT times FROM dead_letters WHERE payload = ?", note_of(huge, topic).encode()
    with RawClient(line.port).enter("k1", line.passwords["k1"]) as device:
        device.say(publish(topic, huge, 1, flags=retain))
        assert device.heard() == (PUBACK, b"\x00\x01")
    assert line.wait_for_row(query, note) == (1,)
    line.server.stop()
    line.server.start()
    line.device("k1").listen().send(boot="after-the-start")
    line.wait_for_row("SELECT 1 FROM anchors WHERE boot = 'after-the-start'")
    assert line.rows(query, note) == [(1,)]
    with RawClient(line.port).enter("k1", line.passwords["k1"]) as device:
        device.say(publish(topic, b"", 2, flags=retain))
        assert device.heard() == (PUBACK, b"\x00\x02")


def test_rubbish_that_a_broker_keeps_counts_once(line: Line) -> None:
    """A mosquitto brings it again at each start of the server."""
    topic, name = wire.topic("mau", "k1", "up"), "kept-by-a-broker"
    refused = batch(event(1, journal=name, survey="no-such"), boot="kept")
    query = "SELECT code, times FROM dead_letters WHERE journal = ? OR payload = ? ORDER BY code"
    for number, payload in enumerate((b"kept rubbish", refused)):
        line.device("k1").listen().publish(topic, payload, retain=True)
        line.wait_for_row("SELECT 1 FROM dead_letters WHERE journal = ? OR payload = ?", name, payload)
        line.server.stop()
        line.server.start()
        line.device("k1").listen().send(boot=f"after-{number}")
        line.wait_for_row("SELECT 1 FROM anchors WHERE boot = ?", f"after-{number}")
    assert line.rows(query, name, b"kept rubbish") == [("bad-batch", 1), ("unknown-survey", 1)]
    line.device("k1").wait_connected().publish(topic, b"", retain=True)


def test_a_message_over_the_limit_in_anothers_name_leaves_nothing(line: Line) -> None:
    huge = os.urandom(300_000)
    digest = hashlib.sha256(huge).hexdigest()
    name = "huge-in-anothers-name"
    with RawClient(line.port).enter("k1", line.passwords["k1"]) as device:
        for number, topic in enumerate(
            (wire.topic("mau", "k2", "up"), "hailong/server/too-large", "hailong/1/mau/k1/up/more"), 1
        ):
            device.say(publish(topic, huge, number))
        forged = note_of(huge, wire.topic("mau", "k2", "up")).encode()
        device.say(publish("hailong/server/too-large", forged, 4))
        device.say(publish(wire.topic("mau", "k1", "up"), batch(event(1, journal=name)), 5))
        assert sorted(body[1] for kind, body in filter(None, (device.heard() for _ in range(5)))) == [
            *range(1, 6)
        ]
    line.wait_for_row("SELECT 1 FROM events WHERE journal = ?", name)
    assert line.rows("SELECT 1 FROM dead_letters WHERE instr(payload, ?)", digest) == []


def test_a_message_over_the_limit_goes_through_the_steps_of_qos_2(line: Line) -> None:
    huge = os.urandom(300_000)
    with RawClient(line.port).enter("k1", line.passwords["k1"]) as device:
        device.say(publish(wire.topic("mau", "k1", "up"), huge, 9, qos=2))
        assert device.heard() == (PUBREC, b"\x00\x09")
        device.say(packet(0x62, b"\x00\x09"))
        assert device.heard() == (PUBCOMP, b"\x00\x09")
    line.wait_for_row(
        "SELECT 1 FROM dead_letters WHERE payload = ?", note_of(huge, "hailong/1/mau/k1/up").encode()
    )


@pytest.mark.parametrize("topic", ["$x", "$SYS/broker/uptime", "$share/g/hailong/1/mau/k1/up"])
def test_a_topic_of_brokers_is_one_without_rights(line: Line, topic: str) -> None:
    name = f"after-{topic}"
    with RawClient(line.port).enter("k1", line.passwords["k1"]) as device:
        device.say(publish(topic, b"x", 1) + publish("hailong/1/mau/k1/up", batch(event(1, journal=name)), 2))
        assert [device.heard(), device.heard()] == [(PUBACK, b"\x00\x01"), (PUBACK, b"\x00\x02")]
    line.wait_for_row("SELECT 1 FROM events WHERE journal = ?", name)


@pytest.mark.parametrize(
    "broken",
    [
        publish("", b"x", 1), publish("hailong/+/x", b"x", 1), publish("#", b"x" * 300_000, 1),
        publish("a\x00b", b"x", 1), publish("a", b"x", 1, qos=3), packet(0x32, b"\xff\xfftopic"),
        packet(0x32, b"\x00\x02\xff\xfe\x00\x01x"), packet(0x82, b"x" * 300_000), b"\x32\xff\xff\xff\xff\x01",
    ],
)  # fmt: skip
def test_what_breaks_the_protocol_ends_the_connection_and_says_so_by_the_will(
    line: Line, broken: bytes
) -> None:
    user, password = "k1", line.passwords["k1"]
    will = text(wire.topic("mau", "k1", "state")) + text(wire.encode_state("lost", "broken").decode())
    with RawClient(line.port) as device:
        device.say(
            packet(0x10, text("MQTT") + b"\x04\xce\x00\x3c" + text(user) + will + text(user) + text(password))
        )
        assert device.heard() == (CONNACK, b"\x00\x00")
        device.say(publish(wire.topic("mau", "k1", "state"), wire.encode_state("ready", "broken"), 1))
        assert device.heard() == (PUBACK, b"\x00\x01")
        with contextlib.suppress(ConnectionError):  # it may be cut while it still speaks
            device.say(broken)
        assert device.heard() is None
    line.wait_for_row("SELECT 1 FROM presence WHERE device = 'k1' AND session = 'broken' AND state = 'lost'")


def test_another_version_of_mqtt_is_refused_and_not_left_waiting(line: Line) -> None:
    spoken_by_mosquitto = [("MQTT", 5), ("MQTT", 3), ("MQIsdp", 3), ("MQTT", 0x84), ("OTHER", 4)]
    for name, level in [("MQTT", 9), *([] if line.mosquitto else spoken_by_mosquitto)]:
        with RawClient(line.port) as device:
            device.say(connect("k1", line.passwords["k1"], name=name, level=level))
            assert (device.heard(), device.heard()) == ((CONNACK, b"\x00\x01"), None), (name, level)
    modern = Client(
        CallbackAPIVersion.VERSION2, protocol=MQTTv5, client_id="modern", reconnect_on_failure=False
    )
    said: list[str] = []
    modern.on_connect = lambda _client, _data, _flags, reason, _properties: said.append(str(reason))
    modern.username_pw_set("k1", line.passwords["k1"])
    modern.connect("127.0.0.1", line.port, 15)
    while not said and modern.loop(1) == 0:
        pass
    assert said == ["Success" if line.mosquitto else "Unsupported protocol version"]


def test_a_code_on_paper_cannot_connect(line: Line) -> None:
    made = hailong("device", "add", "ban-9", "--school", "mau", "--kind", "qr", "--json", "--data", line.data)
    line.tell_mosquitto()
    assert line.raw("ban-9", made["password"]).refused.wait(10)


def test_bytes_that_are_no_mqtt_disturb_nobody(line: Line) -> None:
    for junk in (
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x10\xff\xff\xff\x7f",
        os.urandom(300),
        b"\x10\x02\x00\x04",
        b"",
    ):
        with socket.create_connection(("127.0.0.1", line.port), 5) as stranger:
            stranger.sendall(junk)
    device = line.device("k1").listen()
    one = event(1, journal="after-junk")
    device.send(one)
    assert device.outcome(one["id"]) == {one["id"]: "accepted"}


def test_a_lost_of_an_older_session_is_ignored(line: Line) -> None:
    will = (wire.topic("mau", "k2", "state"), wire.encode_state("lost", "old-one"))
    first = line.device("k2", will=will).wait_connected()
    first.publish(first.topic("state"), wire.encode_state("ready", "old-one"), retain=True)
    line.wait_for_row(
        "SELECT 1 FROM presence WHERE device = 'k2' AND session = 'old-one' AND state = 'ready'"
    )
    second = line.device("k2").listen()
    second.publish(second.topic("state"), wire.encode_state("ready", "new-one"), retain=True)
    line.wait_for_row("SELECT 1 FROM presence WHERE device = 'k2' AND session = 'new-one'")
    if not first.gone.is_set():  # at the embedded broker a device's new connection ends its old one
        first.drop()
    one = event(1, journal="after-the-old-will")
    second.send(one)
    assert second.outcome(one["id"]) == {one["id"]: "accepted"}
    assert line.rows("SELECT state, session FROM presence WHERE device = 'k2'") == [("ready", "new-one")]


def test_a_broken_line_is_told_by_the_will(line: Line) -> None:
    will = (wire.topic("khac", "k3", "state"), wire.encode_state("lost", "only"))
    device = line.device("k3", school="khac", will=will).wait_connected()
    device.publish(device.topic("state"), wire.encode_state("ready", "only"), retain=True)
    line.wait_for_row("SELECT 1 FROM presence WHERE device = 'k3' AND state = 'ready'")
    device.drop()
    line.wait_for_row("SELECT 1 FROM presence WHERE device = 'k3' AND state = 'lost'")


def test_health_is_kept(line: Line) -> None:
    device = line.device("k1").wait_connected()
    for payload in (b"rubbish", b"[1]", b'{"v":1,"waiting":3}'):
        device.publish(device.topic("health"), payload, retain=True)
    line.wait_for_row("SELECT 1 FROM presence WHERE device = 'k1' AND health = '{\"v\":1,\"waiting\":3}'")


def test_a_retired_device_is_refused(line: Line) -> None:
    device = line.device("old").listen()
    one = event(1, journal="retired")
    device.send(one)
    assert device.outcome(one["id"]) == {one["id"]: "accepted"}
    hailong("device", "retire", "old", "--data", line.data)
    late = event(2, journal="retired")
    device.send(late)  # the broker may not know yet: the ingest does
    line.wait_for_row("SELECT 1 FROM dead_letters WHERE code = 'wrong-device' AND event_id = ?", late["id"])
    line.tell_mosquitto()
    deadline = time.monotonic() + 15
    while not (again := line.device("old")).refused.wait(0.5):
        assert time.monotonic() < deadline, "a retired device can still connect"
        again.close()
    assert line.rows("SELECT seq FROM events WHERE journal = 'retired'") == [(1,)]


def test_a_device_added_later_can_speak(line: Line) -> None:
    made = hailong(
        "device", "add", "late", "--school", "mau", "--kind", "button", "--json", "--data", line.data
    )
    line.tell_mosquitto()
    deadline = time.monotonic() + 15
    while not (device := line.raw("late", made["password"])).connected.wait(0.5):
        assert time.monotonic() < deadline
        device.close()
    device.listen()
    one = event(1, journal="late", channel="button")
    device.send(one)
    assert device.outcome(one["id"]) == {one["id"]: "accepted"}
    device.wait_for(lambda got: [p for topic, p in got if topic == device.topic("config")])


def test_a_clock_ten_years_off_moves_nothing(line: Line) -> None:
    device = line.device("k1").listen()
    now = round(time.time() * 1000)
    wrong = wire.format_time(now - 10 * 366 * 24 * 60 * MINUTE)
    one = event(1, journal="years-off", boot="years-off", up_ms=5 * MINUTE, wall=wrong)
    device.send(one, boot="years-off", up_ms=6 * MINUTE, wall=wrong, synced=True)
    assert device.outcome(one["id"]) == {one["id"]: "accepted"}
    ((at, quality),) = line.rows("SELECT occurred_at, quality FROM events WHERE journal = 'years-off'")
    assert quality == "anchored"
    assert abs(at - (now - MINUTE)) < 30_000


def test_many_devices_at_once(line: Line) -> None:
    devices = [line.device(name).listen() for name in ("k1", "k2")]
    sent: dict[Device, list[str]] = {device: [] for device in devices}
    for start in range(1, 401, 20):
        for device in devices:
            events = [event(seq, journal=f"many-{device.device}") for seq in range(start, start + 20)]
            device.client.publish(device.topic("up"), batch(*events), qos=1)
            sent[device] += [each["id"] for each in events]
    for device in devices:
        assert set(device.outcome(*sent[device], within_s=60).values()) == {"accepted"}
    assert line.rows("SELECT lo, hi FROM arrived WHERE journal LIKE 'many-%'") == [(1, 400), (1, 400)]


def test_what_the_broker_acknowledged_is_passed_on_though_its_sender_went(line: Line) -> None:
    device = line.device("k1").wait_connected()
    sent = [
        device.client.publish(device.topic("up"), batch(event(seq, journal="gone-at-once")), qos=1)
        for seq in range(1, 501)
    ]
    for info in sent:
        info.wait_for_publish(30)
    device.drop()
    line.wait_for_row("SELECT 1 FROM arrived WHERE journal = 'gone-at-once' AND lo = 1 AND hi = 500")


def test_the_store_agrees_with_itself_and_the_log_names_nobody(line: Line) -> None:
    assert hailong("doctor", "--json", "--data", line.data)["sound"]
    words = [text for text in line.server.words().splitlines() if text.startswith("timestamp=")]
    assert words
    for secret in (*line.passwords.values(), "127.0.0.1", "hoc-ba", "k1", "mau"):
        assert not any(secret in text for text in words)
