"""The simulated visitor: rates, and now and then writes, through the parts that a person goes through."""

import re
from pathlib import Path

import pytest

from kiosk.settings import KioskSettings, read_broker
from kiosk.simulated import ANYTHING, KEYS, Visitor
from kiosk.telex import compose
from kiosk.wiring import Parts
from survey_defs import wire
from survey_defs.device_config import ComplaintTerms
from tests.kiosk.samples import TERMS, config_bytes, keep_config
from tests.kiosk.test_complaint_window import events, letter_of

WRITTEN = {compose(keys) for keys in (*KEYS.values(), ANYTHING)}


def parts_in(data: Path) -> Parts:
    settings = KioskSettings(
        broker=read_broker("mqtt://127.0.0.1:1", "kiosk-1", None), school="mau", device="kiosk-1", data=data
    )
    return Parts(settings)


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
    visitor = Visitor(parts_in(tmp_path), "a seed")  # its keeper is never started: no touch is ever committed
    visitor.stopping.set()
    assert visitor.visit() is False
