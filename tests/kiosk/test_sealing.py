"""A complaint on its way to the disk: sealed before it touches it, and the code told to nobody else."""

import base64
import queue
from datetime import date
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace

from kiosk.complaint.answer_date import answer_by
from kiosk.complaint.form import Lodge
from kiosk.complaint.sealing import lookup_address, seal_complaint, spelled
from kiosk.delivery.outbox_writer import Failed, Lodged, OutboxWriter, Recovered, Result
from kiosk.device.program import read_program
from survey_defs import wire
from survey_defs.complaint import Contact, code_keys, spell_code, unseal
from survey_defs.device_config import ComplaintTerms
from tests.support.kiosk_samples import (
    APART,
    PRINCIPAL_PRIVATE,
    SCHOOL_PRIVATE,
    TERMS,
    TestClock,
    config_bytes,
)

TEXT = "Tôi chờ ba tuần vẫn chưa có học bạ."
CONTACT = Contact("Nguyễn Thị Lan", "0912 345 678", "Tôi đồng ý.")


def lodge(terms: ComplaintTerms = TERMS) -> Lodge:
    return Lodge(7, "vi", "hoc-ba", ("cho-lau", "thai-do"), TEXT, CONTACT, terms)


def test_only_the_school_opens_it_and_only_the_code_finds_it() -> None:
    code, content = seal_complaint(lodge())
    letter = unseal(base64.b64decode(content["sealed"]), SCHOOL_PRIVATE)
    assert letter is not None
    assert (letter.text, letter.contact) == (TEXT, CONTACT)
    keys = code_keys(code, TERMS.code_salt)
    assert (content["code_hash"], letter.reply_key) == (keys.code_hash, keys.public)
    assert set(content) == {"lang", "procedure", "about", "code_hash", "sealed"}
    assert seal_complaint(lodge())[0] != code
    assert "".join(spelled(code)) == code
    assert " ".join(spelled(code)) == spell_code(code)


def test_what_is_about_the_principal_is_sealed_to_the_other_key_or_not_at_all() -> None:
    _, content = seal_complaint(replace(lodge(APART), about_principal=True))
    box = base64.b64decode(content["sealed"])
    assert unseal(box, SCHOOL_PRIVATE) is None
    letter = unseal(box, PRINCIPAL_PRIVATE)
    assert letter is not None
    assert letter.text == TEXT
    assert content["room"] == wire.ABOUT_PRINCIPAL
    assert "room" not in seal_complaint(lodge(APART))[1], "as kiosks of before say it"
    with pytest.raises(ValueError, match="no other is taken"):
        seal_complaint(replace(lodge(), about_principal=True))


def test_the_outbox_holds_one_closed_event_and_nothing_readable(tmp_path: Path) -> None:
    news: queue.Queue[Result] = queue.Queue()
    writer = OutboxWriter(tmp_path, TestClock().device(), lambda: str(uuid4()), news.put)
    writer.start()
    assert news.get(timeout=10) == Recovered()
    writer.submit(lodge())
    told = news.get(timeout=30)
    assert isinstance(told, Lodged)
    assert told.visit == 7
    assert writer.outbox is not None
    [row] = writer.outbox.waiting(10)
    event = msgspec.json.decode(row.body)
    assert wire.check_event(event) is None
    assert (event["type"], event["channel"], event["about"]) == ("complaint", "kiosk", ["cho-lau", "thai-do"])
    writer.stop()
    for path in tmp_path.rglob("*"):
        raw = path.read_bytes()
        for secret in (TEXT, CONTACT.name, CONTACT.reach, CONTACT.consent, told.code, spell_code(told.code)):
            for code in ("utf-8", "utf-16-le", "utf-32-le"):
                assert secret.encode(code) not in raw, f"{path.name} holds something readable"
        assert msgspec.json.encode(TEXT)[1:-1] not in raw
    assert TEXT not in repr(lodge())
    assert told.code not in repr(told)


def test_what_cannot_be_sealed_gets_no_code_and_the_keeper_lives_on(tmp_path: Path) -> None:
    news: queue.Queue[Result] = queue.Queue()
    writer = OutboxWriter(tmp_path, TestClock().device(), lambda: str(uuid4()), news.put, retry_s=0.1)
    writer.start()
    assert news.get(timeout=10) == Recovered()
    writer.submit(lodge(replace(TERMS, key=b"short")))
    assert news.get(timeout=10) == Failed()
    assert news.get(timeout=10) == Recovered()
    writer.submit(lodge())
    assert isinstance(news.get(timeout=30), Lodged)
    writer.stop()


@pytest.mark.parametrize(
    ("wall", "day"),
    [
        ("2026-05-18T02:00:00Z", date(2026, 6, 1)),
        ("2026-05-17T17:30:00Z", date(2026, 6, 1)),  # half past midnight on the 18th, at the school
        (
            "2026-11-20T02:00:00Z",
            date(2026, 12, 7),
        ),  # the 24th of November is off
        ("2098-12-25T02:00:00Z", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_the_day_of_the_answer(wall: str | None, day: date | None) -> None:
    assert answer_by(TERMS, wire.parse_wall(wall)) == day


def test_the_code_stands_behind_the_mark_that_no_server_sees() -> None:
    assert lookup_address("https://a.example/tra-cuu", "1" * 16) == "https://a.example/tra-cuu#" + "1" * 16


@pytest.mark.parametrize(
    "terms",
    [None, replace(TERMS, key=b"x" * 31), replace(TERMS, code_salt=b""), replace(TERMS, lookup=""),
     replace(TERMS, subjects=TERMS.subjects * 2)],
)  # fmt: skip
def test_terms_that_cannot_work_are_no_terms(terms: ComplaintTerms | None) -> None:
    assert read_program(config_bytes(complaints=terms), "k1").complaints is None


def test_terms_arrive_with_the_configuration() -> None:
    assert read_program(config_bytes(complaints=TERMS), "k1").complaints == TERMS
