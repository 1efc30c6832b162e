"""The link on a real mosquitto: what the outbox holds arrives, whatever happens on the way."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from kiosk.delivery.link import Delivery, Link, Pauses
from kiosk.delivery.outbox import Outbox, open_outbox
from kiosk.delivery.receipt_window import ReceiptWindow
from kiosk.device.clock import DeviceClock
from kiosk.device.settings import Broker
from survey_defs import wire
from tests.support.certificates import certificate
from tests.support.device_broker import DEVICE, SCHOOL, Peer, accept, closed_broker, open_broker
from tests.support.kiosk import HAILONG
from tests.support.kiosk_samples import TestClock, config_bytes
from tests.support.ports import free_port
from tests.support.waiting import wait_until

EVENT = {"boot": "b", "up_ms": 5, "wall": None, "type": "answer", "answers": {"rating": 4}}
QUICK = Pauses(first=0.05, longest=0.3, refused=0.2, steady=30)


class RunningClock(TestClock):
    def device(self) -> DeviceClock:
        return DeviceClock(
            "boot-of-the-test", lambda: time.monotonic_ns() // 1_000_000, lambda: None, lambda: False
        )


def new_id() -> str:
    return str(uuid4())


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = open_outbox(tmp_path / "outbox.db", new_id)
    yield outbox
    outbox.close()


def fill(outbox: Outbox, number: int) -> list[str]:
    return [outbox.add(EVENT, closed=True).id for _ in range(number)]


@contextmanager
def linked(
    port: int,
    outbox: Outbox,
    *,
    clock: TestClock | None = None,
    first_wait_ms: int = 10_000,
    password: str = "",
    on_config: Callable[[bytes], None] = lambda _: None,
    seen: list[Delivery] | None = None,
    authority: Path | None = None,
    on_time: Callable[[str | None], None] = lambda _: None,
) -> Iterator[Link]:
    link = Link(
        Broker("127.0.0.1", port, DEVICE, password, authority is not None, str(authority or "") or None),
        SCHOOL,
        DEVICE,
        clock=(clock or TestClock()).device(),
        outbox=lambda: outbox,
        new_id=new_id,
        health=lambda: {"version": "test"},
        on_config=on_config,
        on_delivery=(seen if seen is not None else []).append,
        on_time=on_time,
        pauses=QUICK,
        window=ReceiptWindow(first_wait_ms, 4 * first_wait_ms),
    )
    link.start()
    try:
        yield link
    finally:
        link.stop()


def test_everything_is_delivered_once_in_order_and_leaves(tmp_path: Path, outbox: Outbox) -> None:
    ids = fill(outbox, 300)
    open_row = outbox.add(EVENT, closed=False)
    seen: list[Delivery] = []
    times: list[str | None] = []
    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, accept) as peer,
        linked(broker.port, outbox, seen=seen, on_time=times.append) as link,
    ):
        wait_until(lambda: outbox.depth() == 0, "the receipts")
        assert [event["id"] for event in peer.events()] == ids
        assert peer.batches[0]["events"] == []  # the greeting that anchors the boot
        assert max(len(batch["events"]) for batch in peer.batches) == wire.MAX_EVENTS
        wait_until(lambda: link.delivery == Delivery(connected_once=True, waiting=0), "the corner's mark")
        assert seen[-1] == link.delivery
        assert set(times) == {wire.format_time(0)}, "each receipt tells the server's time"
        assert open_row.id not in {event["id"] for event in peer.events()}
        outbox.close_all()
        link.poke()
        wait_until(lambda: open_row.id in {event["id"] for event in peer.events()}, "the row closed later")
        health = peer.last("health")
        assert health is not None
        assert (health["v"], health["version"]) == (1, "test")
        state = peer.last("state")
    assert state is not None
    assert state["state"] == "ready"


def test_a_certificate_that_changed_is_said_with_what_to_do_and_loses_nothing(
    tmp_path: Path, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    ids = fill(outbox, 3)
    broker, port = open_broker(tmp_path / "broker"), free_port()
    (tmp_path / "other").mkdir()
    (cert, key), (other, _) = certificate(tmp_path), certificate(tmp_path / "other")
    with broker.config.open("a") as config:
        config.write(f"listener {port} 127.0.0.1\ncertfile {cert}\nkeyfile {key}\n")
    with broker, Peer(broker.port, accept) as peer:
        with caplog.at_level(logging.WARNING, logger="hailong"), linked(port, outbox, authority=other):
            wait_until(lambda: "does not trust" in caplog.text, "the line that says it")
        assert "enrol this kiosk again" in caplog.text
        assert outbox.depth() == 3
        with linked(port, outbox, authority=cert):
            wait_until(lambda: outbox.depth() == 0, "the receipts")
        assert [event["id"] for event in peer.events()] == ids


def test_good_bye_is_said_with_the_session_of_the_greeting(tmp_path: Path, outbox: Outbox) -> None:
    with open_broker(tmp_path / "broker") as broker, Peer(broker.port, accept) as peer:
        with linked(broker.port, outbox):
            wait_until(lambda: peer.last("state"), "the presence")
            ready = peer.last("state")
        wait_until(lambda: (peer.last("state") or {}).get("state") == "disconnected", "the good-bye")
        assert ready is not None
        assert peer.last("state") == {**ready, "state": "disconnected"}


def test_a_lost_receipt_is_answered_by_the_same_bytes_in_a_fresh_envelope(
    tmp_path: Path, outbox: Outbox
) -> None:
    ids = fill(outbox, 3)
    clock = TestClock()
    heard = []

    def second_time(batch: Any) -> bytes | None:
        heard.append(batch["up_ms"])
        return accept(batch) if clock.now > 1_000_000 else None

    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, second_time) as peer,
        linked(broker.port, outbox, clock=clock) as link,
    ):
        wait_until(lambda: len(peer.events()) == 3, "the first sending")
        clock.now += 9_000
        link.poke()
        time.sleep(0.2)
        assert len(peer.events()) == 3
        clock.now += 2_000
        link.poke()
        wait_until(lambda: outbox.depth() == 0, "the receipt of the second sending")
        assert [event["id"] for event in peer.events()] == ids * 2
        assert peer.events()[:3] == peer.events()[3:]
        assert [batch["up_ms"] for batch in peer.batches if batch["events"]] == [1_000_000, 1_011_000]


def test_no_more_than_four_batches_wait_for_receipts(tmp_path: Path, outbox: Outbox) -> None:
    fill(outbox, 600)
    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, lambda _: None) as peer,
        linked(broker.port, outbox) as link,
    ):
        wait_until(lambda: len(peer.events()) == 4 * wire.MAX_EVENTS, "four batches")
        for _ in range(5):
            link.poke()
            time.sleep(0.05)
        assert len(peer.events()) == 4 * wire.MAX_EVENTS
        peer.publish(
            "receipt", wire.encode_receipt(0, [e["id"] for e in peer.events()[: wire.MAX_EVENTS]], [])
        )
        wait_until(lambda: len(peer.events()) == 5 * wire.MAX_EVENTS, "the fifth")
        assert len({event["id"] for event in peer.events()}) == 5 * wire.MAX_EVENTS


def test_the_broker_killed_again_and_again(tmp_path: Path, outbox: Outbox) -> None:
    with open_broker(tmp_path / "broker") as broker:
        peer = Peer(broker.port, accept)
        clock = TestClock()
        with peer, linked(broker.port, outbox, clock=clock, first_wait_ms=300) as link:
            total = []
            for _ in range(3):
                total += fill(outbox, 90)
                link.poke()
                time.sleep(0.03)
                broker.restart()

            def delivered() -> bool:
                clock.now += 20
                link.poke()
                return outbox.depth() == 0

            wait_until(delivered, "the receipts", 60)
            assert {event["id"] for event in peer.events()} == set(total)


def test_what_the_server_has_lost_is_sent_again_and_asked_for_once_more(
    tmp_path: Path, outbox: Outbox
) -> None:
    """The server lacks 2 to 4 and asks for them again and again: each comes once in a connection."""
    ids, journal = fill(outbox, 5), outbox.journal
    outbox.receipted(ids, 1_790_000_000_000)
    outbox.learn_origin("b", 1_780_000_000_000)

    def ask(batch: Any) -> bytes:
        wanted = [] if batch["events"] else [(journal, 2, 4), ("not-here", 1, 9)]
        return wire.encode_receipt(1_790_000_000_000, [event["id"] for event in batch["events"]], [], wanted)

    with open_broker(tmp_path / "broker") as broker, Peer(broker.port, ask) as peer:
        with linked(broker.port, outbox):
            wait_until(lambda: len(peer.batches) >= 3, "the greeting, the events, and another greeting")
            greetings = [batch for batch in peer.batches if not batch["events"]]
            assert greetings[0]["kept"] == [(journal, 1, 5)]
            assert ("b", 1_780_000_000_000) in greetings[0]["origins"]
            assert [event["id"] for event in peer.events()] == ids[1:4]
            outbox.receipted([], None)
        wait_until(lambda: (peer.last("state") or {}).get("state") == "disconnected", "the good-bye")
        assert [event["id"] for event in peer.events()] == ids[1:4], "no loop"
        assert len(peer.batches) == 3
        assert (outbox.depth(), outbox.kept()) == (0, [(journal, 1, 5)])
        assert dict(outbox.origins())["boot-of-the-test"] > 0


def test_what_is_refused_leaves_too_and_is_counted(
    tmp_path: Path, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = fill(outbox, 2)
    refuse = wire.encode_receipt(0, [good], [(bad, "bad-answer")])
    with (
        caplog.at_level(logging.WARNING, "hailong"),
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, lambda batch: refuse if batch["events"] else None),
        linked(broker.port, outbox),
    ):
        wait_until(lambda: outbox.depth() == 0, "the receipt")
        wait_until(lambda: "code=bad-answer" in caplog.text, "the log")
    assert bad not in caplog.text


@pytest.mark.parametrize("code", ["conflict", "wrong-device"])
def test_where_its_numbers_are_anothers_new_answers_are_numbered_in_a_new_journal(
    tmp_path: Path, outbox: Outbox, code: str
) -> None:
    old = outbox.journal
    (taken,) = fill(outbox, 1)
    conflict = wire.encode_receipt(0, [], [(taken, code)])
    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, lambda batch: conflict if batch["events"] else None),
        linked(broker.port, outbox),
    ):
        wait_until(lambda: outbox.depth() == 0, "the receipt")
        assert outbox.journal != old


def test_an_event_that_no_batch_could_carry_does_not_enter_the_outbox(outbox: Outbox) -> None:
    with pytest.raises(wire.WireError):
        outbox.add({**EVENT, "note": "x" * wire.MAX_EVENT_BYTES}, closed=True)
    entry = outbox.add(EVENT, closed=False)
    with pytest.raises(wire.WireError):
        outbox.change(entry, {**EVENT, "note": "x" * wire.MAX_EVENT_BYTES}, closed=True)
    assert outbox.close_all() == 1
    assert [row.id for row in outbox.waiting(9)] == [entry.id]
    assert entry.seq == 1  # what was refused has taken no number


def test_what_cannot_travel_is_set_aside_kept_and_told(tmp_path: Path, outbox: Outbox) -> None:
    good = fill(outbox, 5)
    for id, body in ((good[0], b"x" * 70_000), (good[2], b'{"id":'), (good[3], b"{}")):
        outbox._db.table("events").update(id, {"body": body})
    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, accept) as peer,
        linked(broker.port, outbox),
    ):
        wait_until(lambda: outbox.depth() == 0, "the others")
        wait_until(lambda: (peer.last("health") or {}).get("aside") == 3, "the health")
        assert {event["id"] for event in peer.events()} == {good[1], good[4]}
    assert outbox.aside() == 3
    outbox.close()
    with closing(open_outbox(tmp_path / "outbox.db", new_id)) as again:
        assert (again.depth(), again.aside()) == (3, 0)  # another chance at the next start


def test_a_batch_that_the_server_never_answers_loses_only_what_it_is_for(
    tmp_path: Path, outbox: Outbox
) -> None:
    """As of a batch that is refused as a whole, of which no receipt tells."""
    ids = fill(outbox, 6)
    poison = ids[2]

    def answer(batch: dict[str, Any]) -> bytes | None:
        return None if any(event["id"] == poison for event in batch["events"]) else accept(batch)

    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, answer) as peer,
        linked(broker.port, outbox, clock=RunningClock(), first_wait_ms=100) as link,
    ):
        wait_until(lambda: link.poke() or outbox.depth() == 1, "the receipts of the others")
        (later,) = fill(outbox, 1)
        wait_until(lambda: link.poke() or outbox.aside() == 1, "the one that is given up")
        wait_until(lambda: link.poke() or outbox.depth() == 0, "what came after it")
        assert later in {event["id"] for event in peer.events()}
        wait_until(lambda: (peer.last("health") or {}).get("aside") == 1, "the health")
    with closing(open_outbox(tmp_path / "outbox.db", new_id)) as again:
        assert [row.id for row in again.waiting(9)] == [poison]


def test_a_server_that_is_away_makes_no_event_a_suspect(tmp_path: Path, outbox: Outbox) -> None:
    fill(outbox, 3)
    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, lambda _: None) as peer,
        linked(broker.port, outbox, clock=RunningClock(), first_wait_ms=20) as link,
    ):
        wait_until(lambda: link.poke() or len(peer.events()) >= 3 * 8, "the repetitions")
    assert (outbox.depth(), outbox.aside()) == (3, 0)
    assert all(len(each["events"]) in (0, 3) for each in peer.batches)


def test_rubbish_from_the_broker_stops_nothing(tmp_path: Path, outbox: Outbox) -> None:
    def stumble(payload: bytes) -> None:
        raise RuntimeError("a callback that fails")

    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, accept) as peer,
        linked(broker.port, outbox, on_config=stumble) as link,
    ):
        wait_until(lambda: peer.last("state"), "the connection")
        for rubbish in (
            b"",
            b"\xff\xfe",
            b"[]",
            b'{"v":1}',
            b"x" * 100_000,
            b'{"v":1,"accepted":[1],"rejected":[]}',
        ):
            peer.publish("receipt", rubbish)
            peer.publish("config", rubbish)
        fill(outbox, 5)
        link.poke()
        wait_until(lambda: outbox.depth() == 0, "the receipts")


def test_the_configuration_arrives_and_wakes_what_waits(tmp_path: Path, outbox: Outbox) -> None:
    fill(outbox, 2)
    configs: list[bytes] = []
    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, lambda _: None) as peer,
        linked(broker.port, outbox, on_config=configs.append),
    ):
        wait_until(lambda: len(peer.events()) == 2, "the first sending")
        peer.publish("config", config_bytes(), retain=True)
        wait_until(lambda: configs, "the configuration")
        wait_until(lambda: len(peer.events()) == 4, "the second sending: the server has just started")
    assert configs == [config_bytes()]


def test_a_wrong_password_is_said_once_and_tried_again_until_it_is_right(
    tmp_path: Path, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    fill(outbox, 1)
    with (
        caplog.at_level(logging.WARNING, "hailong"),
        closed_broker(tmp_path / "broker", DEVICE, "right") as broker,
        linked(broker.port, outbox, password="wrong") as link,
    ):
        wait_until(lambda: "refuses this device" in caplog.text, "the log")
        time.sleep(0.8)
        assert caplog.text.count("refuses this device") == 1
        assert "hailong device add" in caplog.text
        assert "wrong" not in caplog.text
        assert outbox.depth() == 1
        subprocess.run(
            ["mosquitto_passwd", "-b", str(tmp_path / "broker/passwords"), DEVICE, "wrong"], check=True
        )
        broker.reload()
        wait_until(lambda: link.delivery.connected_once, "the connection")


def test_a_killed_kiosk_is_missed_by_its_last_will(tmp_path: Path) -> None:
    with open_broker(tmp_path / "broker") as broker, Peer(broker.port, accept) as peer:
        kiosk = subprocess.Popen(
            [
                str(HAILONG), "kiosk", "--broker", f"mqtt://127.0.0.1:{broker.port}", "--school", SCHOOL,
                "--device", DEVICE, "--data", str(tmp_path / "kiosk"), "--simulate", "0", "--pace", "0.2",
            ],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(lambda: len(peer.events()) >= 3, "answers of the simulated visitor")
        ready = peer.last("state")
        os.kill(kiosk.pid, signal.SIGKILL)
        kiosk.wait(10)
        wait_until(lambda: (peer.last("state") or {}).get("state") == "lost", "the last will")
        assert ready is not None
        assert peer.last("state") == {**ready, "state": "lost"}
        assert all(wire.check_event(event) is None for event in peer.events())


def test_simulated_visits_end_when_everything_is_delivered(tmp_path: Path) -> None:
    with open_broker(tmp_path / "broker") as broker, Peer(broker.port, accept) as peer:
        command: list[Any] = [
            HAILONG, "kiosk", "--broker", f"mqtt://127.0.0.1:{broker.port}", "--school", SCHOOL, "--device",
            DEVICE, "--data", tmp_path / "kiosk", "--simulate", 40, "--pace", 0, "--seed", 5,
        ]  # fmt: skip
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        events = {event["id"]: event for event in peer.events()}.values()
        assert sorted(event["seq"] for event in events) == list(range(1, 41))
        assert len({event["journal"] for event in events}) == 1
        assert {msgspec.json.encode(event["answers"].get("rating", 0)) for event in events} - {b"0"}
