"""The simulated visitor: rates, and now and then writes, through the parts that a person goes through."""

import re
import signal
import time
from pathlib import Path

import pytest

from kiosk.delivery.outbox import Entry, Event, Outbox
from kiosk.device.settings import KioskSettings, read_broker
from kiosk.keyboard.telex import compose
from kiosk.simulated_visitor import DEFAULT_TEXT, TEXTS_BY_SUBJECT, Visitor, simulate
from kiosk.wiring import Parts
from survey_defs import wire
from survey_defs.device_config import ComplaintTerms
from tests.support.device_broker import DEVICE, SCHOOL, Peer, accept, open_broker
from tests.support.kiosk_events import events, letter_of
from tests.support.kiosk_samples import TERMS, config_bytes, keep_config

WRITTEN = {compose(keys) for keys in (*TEXTS_BY_SUBJECT.values(), DEFAULT_TEXT)}


def parts_in(data: Path, port: int = 1) -> Parts:
    broker = read_broker(f"mqtt://127.0.0.1:{port}", DEVICE, None)
    return Parts(KioskSettings(broker=broker, school=SCHOOL, device=DEVICE, data=data))


def visits(data: Path, number: int, terms: ComplaintTerms | None) -> int:
    """So many visits, the same ones each time; how many gave something."""
    keep_config(data, config_bytes(complaints=terms))
    parts = parts_in(data)
    parts.start()
    try:
        visitor = Visitor(parts, "a seed")
        return sum(visitor.visit() for _ in range(number))
    finally:
        parts.stop()


def test_most_only_rate_and_a_few_write(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert visits(tmp_path, 200, TERMS) == 200
    found = events(tmp_path)
    assert all(wire.check_event(event) is None for event in found)
    complaints = [event for event in found if event["type"] == "complaint"]
    assert 2 <= len(complaints) <= 14
    assert len(found) - len(complaints) > 180
    letters = [letter_of(event) for event in complaints]
    assert {letter.text for letter in letters} <= WRITTEN
    assert len({event["code_hash"] for event in complaints}) == len(complaints)
    contacts = [letter.contact for letter in letters]
    assert None in contacts
    assert all(len(contact.reach) == 10 for contact in contacts if contact is not None)
    assert any(contact is not None for contact in contacts)
    assert re.search(r"\d{16}|(\d{4} ){3}\d{4}", caplog.text) is None
    written = [letter.text for letter in letters] + [contact.reach for contact in contacts if contact]
    assert [words for words in written if words in caplog.text] == []


def test_nobody_writes_where_no_complaints_are_taken(tmp_path: Path) -> None:
    assert visits(tmp_path, 60, None) == 60
    assert {event["type"] for event in events(tmp_path)} == {"answer"}


def test_stopped_before_the_disk_has_answered_it_goes_quietly(tmp_path: Path) -> None:
    visitor = Visitor(parts_in(tmp_path), "a seed")  # its writer is never started: no touch is ever committed
    visitor.stopping.set()
    assert visitor.visit() is False


def test_it_waits_for_an_answer_that_is_still_to_be_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last visitor walks away: the writer closes what was touched when all else is delivered."""
    at_once = Outbox.change

    def slowly(outbox: Outbox, entry: Entry, event: Event, *, closed: bool) -> bool:
        time.sleep(0.3)
        return at_once(outbox, entry, event, closed=closed)

    monkeypatch.setattr(Outbox, "change", slowly)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the tests' own process keeps its handlers
    with open_broker(tmp_path / "broker") as broker, Peer(broker.port, accept) as peer:
        parts = parts_in(tmp_path, broker.port)
        simulate(parts, visits=3, pace_s=0, seed="f")
        assert len({event["id"] for event in peer.events()}) == 3
