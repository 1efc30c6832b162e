"""The whole box under MicroPython: a finger on a contact, a record on flash, a lamp, a receipt."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from firmware import durable_json
from firmware.journal import Full, Journal
from survey_defs import wire
from survey_defs.box_config import make_box_config
from tests.support.device_broker import DEVICE, SCHOOL, Peer, accept, open_broker
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port
from tests.support.waiting import wait_until
from tests.support.whole_box import LAMP_PINS, WRITTEN, TestBox, compile_firmware


class Server:
    answer: Any = staticmethod(accept)

    def __call__(self, batch: Any) -> bytes | None:
        return self.answer(batch)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_firmware(tmp_path_factory.mktemp("mpy"))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with open_broker(tmp_path_factory.mktemp("app") / "broker") as broker:
        yield broker


@pytest.fixture(scope="module")
def server() -> Server:
    return Server()


@pytest.fixture(scope="module")
def peer(broker: Mosquitto, server: Server) -> Iterator[Peer]:
    with Peer(broker.port, server) as peer:
        yield peer


@pytest.fixture
def box(tmp_path: Path, compiled: Path, broker: Mosquitto, peer: Peer, server: Server) -> TestBox:
    server.answer = accept
    peer.publish("config", b"", retain=True)
    peer.batches.clear()
    box = TestBox(tmp_path / "flash", compiled)
    who = {"device": DEVICE, "school": SCHOOL, "password": "x", "host": "127.0.0.1"}
    box.enrol(who | {"port": broker.port, "tls": False})
    return box


def config(**fields: Any) -> bytes:
    known = {"device": DEVICE, "survey": "tthc", "version": 1, "question": "rating", "procedures": ["hoc-ba"]}
    return make_box_config(known | {"lang": "vi"} | fields)


def test_a_press_is_thanked_for_once_it_is_on_flash_and_goes_to_the_server(box: TestBox, peer: Peer) -> None:
    with box.running():
        box.press(5)
        [record] = [path for path in (box.folder / "journal").iterdir() if path.stat().st_size > 100]
        assert b'"rating":5' in record.read_bytes()  # the lamp has just come on
        box.wait_delivered()
        peer.publish("config", config(), retain=True)
        box.wait_until(lambda now: now["revision"])
        box.choose(1)
        box.press(1)
        box.wait_delivered()
    first, second = peer.events()
    assert wire.check_event(first) is None and first["channel"] == "button"
    assert (first["seq"], first["answers"], first["procedure"]) == (1, {"rating": 5}, None)
    assert (second["seq"], second["answers"], second["procedure"]) == (2, {"rating": 1}, "hoc-ba")
    assert first["boot"] == second["boot"] == peer.batches[0]["boot"]
    assert 1500 < second["up_ms"] - first["up_ms"] < 5000
    health = peer.last("health")
    assert health is not None
    assert {"outbox", "rejected", "up_ms", "flash_free_kb", "boots", "safe", "full", "stuck"} < health.keys()
    assert health["version"] == "box 0.1.0" and health["reset"] == "power" and health["boots"] == 1


def test_power_cuts_lose_no_press_that_was_thanked_for(box: TestBox, peer: Peer, server: Server) -> None:
    server.answer = lambda batch: accept(batch) if not batch["events"] else None
    thanked = []
    for level in (1, 2, 3, 4):
        with box.running():
            box.press(level)
            thanked.append(level)
    server.answer = accept
    with box.running():
        box.wait_delivered()
    stored = {event["id"]: event for event in peer.events()}.values()
    assert sorted((event["seq"], event["answers"]["rating"]) for event in stored) == list(
        enumerate(thanked, start=1)
    )
    assert len({event["boot"] for event in stored}) == len(thanked)
    assert json.loads((box.folder / "boots.json").read_text().splitlines()[0])["count"] == 5


def test_wifi_that_goes_and_comes_back(box: TestBox, peer: Peer) -> None:
    with box.running() as run:
        box.wait_until(lambda now: now["state"] == "up")
        run.send("wifi off")
        box.wait_until(lambda now: now["state"] != "up")
        box.press(2)
        assert box.say()["depth"] == 1
        run.send("wifi on")
        box.wait_delivered()
    assert [event["answers"] for event in peer.events()] == [{"rating": 2}]


def test_a_configuration_that_cannot_be_used_is_refused_and_the_last_good_one_kept(
    box: TestBox, peer: Peer
) -> None:
    good = config(procedures=["chuyen-truong"], volume=50)
    revision = json.loads(good)["revision"]
    other = config(device="nut-khac")
    with box.running():
        box.wait_until(lambda now: now["state"] == "up")
        peer.publish("config", good)
        box.wait_until(lambda now: now["revision"] == revision)
        for payload, refused in (
            (b'{"v":1,"revision', {"revision": None, "code": "bad-config"}),
            (b"x" * 70_000, {"revision": None, "code": "too-large"}),
            (other, {"revision": json.loads(other)["revision"], "code": "other-device"}),
        ):
            peer.publish("config", payload)
            wait_until(lambda: peer.last("health")["refused"] == refused, str(refused))  # noqa: B023
        box.wait_until(lambda now: "config-refused" in now["lamps"])
        assert peer.last("health")["revision"] == revision
    with box.running() as run:
        box.wait_until(lambda now: now["state"] == "up")
        assert box.say()["revision"] == revision
        box.press(3)
        run.wait_for("lamp 18 65535")
        run.wait_for(f"lamp 15 {50 * 50 * 32768 // 10_000}")  # GPIO 15: the buzzer says thanks, and is silent
        run.wait_for("lamp 15 0")
        peer.publish("config", good)
        wait_until(lambda: peer.last("health")["refused"] is None, "that it is taken")


def test_a_clock_that_jumps_changes_nothing(box: TestBox, peer: Peer, server: Server) -> None:
    times = iter([0, 4_000_000_000_000, 1_000_000_000, 1_800_000_000_000] + [0] * 50)

    def jumping(batch: Any) -> bytes:
        return wire.encode_receipt(next(times), [event["id"] for event in batch["events"]], [])

    server.answer = jumping
    with box.running():
        for level in (1, 2):
            box.press(level)
            box.wait_delivered()
    run = [event["up_ms"] for event in peer.events()]
    assert [event["answers"]["rating"] for event in peer.events()] == [1, 2]
    assert all(1400 < later - earlier < 4000 for earlier, later in pairwise(run))


def test_a_full_flash_thanks_nobody_until_receipts_have_made_room(
    box: TestBox, peer: Peer, server: Server
) -> None:
    ids = iter(range(100))
    journal = Journal(str(box.folder / "journal"), lambda: f"00000000-0000-4000-8000-{next(ids):012d}")
    server.answer = lambda batch: None
    seq = 0
    body = {"boot": "b", "up_ms": 1, "type": "answer", "survey": "tthc", "version": 1, "channel": "button",
            "lang": "vi", "answers": {"rating": 3}, "took_ms": None}  # fmt: skip

    def event(name: str, number: int) -> bytes:
        ident = f"{name[:24]}{number:012x}"
        return wire.encode_event({"id": ident, "journal": name, "seq": number} | body)

    with pytest.raises(Full):
        while True:
            seq = journal.append(event)
    journal.close()
    with box.running():
        box.press(4, thanks=False)
        box.wait_until(lambda now: "full" in now["lamps"])
        wait_until(lambda: (peer.last("health") or {}).get("full"), "that it says so")
        server.answer = accept
        box.wait_until(lambda now: "full" not in now["lamps"])
        box.press(5)
        box.wait_delivered()
    stored = {event["seq"]: event["answers"]["rating"] for event in peer.events()}
    assert stored == dict.fromkeys(range(1, seq + 1), 3) | {seq + 1: 5}


def test_a_flash_that_refuses_is_shown_and_not_thanked_for(box: TestBox) -> None:
    (box.folder / "journal").write_text("no folder")
    with box.running() as run:
        box.press(3, thanks=False)
        box.wait_until(lambda now: "flash-error" in now["lamps"])
        assert not any(line == "lamp 18 65535" for line in run.lines[:1])
        assert box.say()["depth"] == -1


def test_after_failures_in_a_row_it_only_keeps_what_is_pressed(box: TestBox) -> None:
    durable_json.write(str(box.folder / "boots.json"), {"count": 9, "failed": 5, "safe": False})
    with box.running():
        box.press(2)
        now = box.wait_until(lambda now: "safe" in now["lamps"])
        assert (now["depth"], now["state"]) == (1, "down")
    with box.running():  # the next boot is an ordinary one
        box.wait_delivered()


def test_on_a_battery_it_sleeps_and_a_press_that_wakes_it_counts(
    box: TestBox, peer: Peer, tmp_path: Path
) -> None:
    env = {"BOX_RTC": str(tmp_path / "rtc")}
    with box.running(usb=False, env=env) as run:
        asleep = run.wait_for("deepsleep")
        assert 0 < int(asleep.split()[1]) <= 3_600_000
        assert run.wait() == 0
    wait_until(lambda: peer.last("state")["state"] == "sleeping", "its good night")
    boot = peer.batches[0]["boot"]
    woken = env | {"BOX_CAUSE": "4", "BOX_WOKEN": str(1 << 16)}  # GPIO 14: the fourth button
    with box.running(usb=False, env=woken) as run:
        run.wait_for("lamp 19 65535")
        now = box.say()
        assert (now["depth"], now["state"]) == (1, "down")  # one press alone is not worth the radio
    with box.running():
        box.wait_delivered()
    [event] = peer.events()
    assert event["answers"] == {"rating": 4}
    assert event["boot"] != boot, "everything was delivered: what the chip's clock gets wrong ends with it"
    assert json.loads((box.folder / "boots.json").read_text().splitlines()[0])["count"] == 2


def test_a_nap_with_a_press_that_waits_goes_on_in_the_same_boot(
    box: TestBox, peer: Peer, tmp_path: Path
) -> None:
    asleep = {"calendar": int(time.time()) - 600, "boot": "dem-qua", "up_ms": 5_000, "power": {}}
    (tmp_path / "rtc").write_text(json.dumps(asleep))
    woken = {"BOX_RTC": str(tmp_path / "rtc"), "BOX_CAUSE": "4", "BOX_WOKEN": str(1 << 16)}
    with box.running(env=woken):
        box.wait_delivered()
    [event] = peer.events()
    assert event["boot"] == "dem-qua" == peer.batches[-1]["boot"]
    assert 600_000 <= event["up_ms"] < 640_000


def test_a_box_that_belongs_nowhere_opens_its_page(tmp_path: Path, compiled: Path) -> None:
    box = TestBox(tmp_path / "new", compiled)
    box.http_port = free_port()
    with box.running(heap="240k") as run:
        assert run.wait_for("access point open") == "access point open HaiLong-K7PM by WPA2"


def test_without_a_password_of_its_own_a_box_opens_no_wifi(tmp_path: Path, compiled: Path) -> None:
    """What is typed on its page must not go through the air in the clear; the lamps say what to do."""
    box = TestBox(tmp_path / "new", compiled)
    box.http_port = free_port()
    for written in (None, WRITTEN | {"password": "short"}):
        for copy in box.folder.glob("label.json*"):
            copy.unlink()
        if written:
            durable_json.write(str(box.folder / "label.json"), written)
        with box.running() as run:
            run.wait_for(f"lamp {LAMP_PINS[4]} 65535")
            assert not [line for line in run.lines if "access point open" in line]


def test_two_buttons_held_at_power_on_open_it_too(box: TestBox) -> None:
    box.http_port = free_port()
    with box.running(heap="240k") as run:
        box.down(1)
        box.down(5)
        assert run.wait_for("access point open") == "access point open HaiLong-K7PM by WPA2"


def test_a_button_that_is_stuck_is_reported_and_hinders_no_other(box: TestBox, peer: Peer) -> None:
    with box.running():
        box.down(3)
        wait_until(lambda: (peer.last("health") or {}).get("stuck") == [3], "that it says so", 15)
        assert "stuck" in box.say()["lamps"]
        box.press(5)
        box.wait_delivered()
    assert [event["answers"]["rating"] for event in peer.events()][-1] == 5
