"""What the server sends a device: with complaints and without, from older and later servers."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import msgspec
import pytest

from survey_defs.device_config import ComplaintTerms, DeviceConfig, decode_config, encode_config, make_config
from survey_defs.loader import builtin_catalogue, builtin_surveys
from survey_defs.subjects import builtin_subjects

TERMS = ComplaintTerms(
    key=bytes(range(32)),
    code_salt=bytes(range(16)),
    lookup="http://thcs-mau.example/tra-cuu",
    subjects=builtin_subjects(),
    answer_days=10,
    days_off=(date(2026, 11, 24), date(2027, 2, 4)),
    days_on=(date(2026, 8, 22),),
    calendar_until=date(2027, 12, 31),
    kept_months=12,
)


def config(complaints: ComplaintTerms | None) -> DeviceConfig:
    return make_config(
        school="Trường THCS Mẫu",
        sample=False,
        survey="tthc",
        surveys=tuple(builtin_surveys()),
        procedures=builtin_catalogue().procedures,
        complaints=complaints,
    )


@pytest.mark.parametrize("complaints", [None, TERMS], ids=["without", "with"])
def test_a_configuration_comes_back(complaints: ComplaintTerms | None) -> None:
    sent = config(complaints)
    assert decode_config(encode_config(sent)) == sent


def test_its_revision_is_that_of_its_content() -> None:
    assert config(TERMS).revision == config(TERMS).revision
    kept_longer = msgspec.structs.replace(TERMS, kept_months=24)
    other_key = msgspec.structs.replace(TERMS, key=bytes(32))
    revisions = {config(terms).revision for terms in (None, TERMS, kept_longer, other_key)}
    assert len(revisions) == 4


def message(**changed: Any) -> bytes:
    """A message as it stands on the wire, some of its fields changed; `...` drops one."""
    fields = json.loads(encode_config(config(TERMS))) | changed
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def test_a_message_of_a_server_that_knows_no_phone_survey_is_read() -> None:
    read = decode_config(message(phone=...))
    assert read is not None and read.phone == ""


def test_a_message_of_a_server_that_knows_no_complaints_is_read() -> None:
    read = decode_config(message(complaints=...))
    assert read is not None
    assert read.complaints is None
    assert read.school == "Trường THCS Mẫu"


def test_fields_of_a_later_server_are_passed_over() -> None:
    terms = json.loads(msgspec.json.encode(TERMS))
    read = decode_config(message(weather="mưa", complaints=terms | {"telephone": "1022"}))
    assert read is not None
    assert read.complaints == TERMS


def test_what_the_wire_carries_is_plain() -> None:
    fields = json.loads(encode_config(config(TERMS)))["complaints"]
    assert fields["days_off"] == ["2026-11-24", "2027-02-04"]
    assert fields["key"] == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert json.loads(encode_config(config(None)))["complaints"] is None


TERMS_FIELDS = json.loads(msgspec.json.encode(TERMS))


@pytest.mark.parametrize(
    "changed",
    [
        {"key": None},
        {"key": "không phải khóa"},
        {"code_salt": "AAA"},
        {"answer_days": "10"},
        {"days_off": ["24/11/2026"]},
        {"days_off": None},
        {"calendar_until": "2027-02-30"},
        {"subjects": [{"id": "thai-do"}]},
        {"subjects": "thai-do"},
    ],
    ids=str,
)
def test_terms_that_cannot_be_used_make_the_device_keep_its_last(changed: dict[str, Any]) -> None:
    assert decode_config(message(complaints=TERMS_FIELDS | changed)) is None


@pytest.mark.parametrize("field", sorted(TERMS_FIELDS))
def test_no_term_may_be_missing(field: str) -> None:
    terms = {name: value for name, value in TERMS_FIELDS.items() if name != field}
    assert decode_config(message(complaints=terms)) is None


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"[]", b"null", b"\xff", b'{"v":1}', message(v=2), message(survey="x")]
)
def test_what_is_no_configuration(payload: bytes) -> None:
    assert decode_config(payload) is None
