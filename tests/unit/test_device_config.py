"""What the server sends a device: with complaints and without, from older and later servers."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_defs.config_error import CODES, ConfigError
from survey_defs.device_config import (
    MAX_BYTES,
    ComplaintTerms,
    DeviceConfig,
    decode_config,
    encode_config,
    make_config,
)
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


def read(payload: bytes) -> DeviceConfig:
    return decode_config(payload, "kiosk-01")


def refusal(payload: bytes) -> tuple[str, str | None]:
    """(code, revision) with which `kiosk-01` refuses a message."""
    with pytest.raises(ConfigError) as refused:
        read(payload)
    assert refused.value.code in CODES
    return refused.value.code, refused.value.revision


def config(complaints: ComplaintTerms | None) -> DeviceConfig:
    return make_config(
        school="Trường THCS Mẫu",
        sample=False,
        survey="tthc",
        surveys=tuple(builtin_surveys()),
        procedures=builtin_catalogue().procedures,
        complaints=complaints,
        device="kiosk-01",
        languages=("en", "vi"),
        hours="05:30-19:30",
        brightness=60,
        volume=25,
        texts={"welcome": {"vi": "Kính chào quý phụ huynh"}, "thanks": {}},
    )


@pytest.mark.parametrize("complaints", [None, TERMS], ids=["without", "with"])
def test_a_configuration_comes_back(complaints: ComplaintTerms | None) -> None:
    sent = config(complaints)
    assert read(encode_config(sent)) == sent


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
    assert read(message(phone=...)).phone == ""


def test_a_message_of_a_server_that_knows_no_settings_is_for_anybody_and_never_closed() -> None:
    old = read(message(device=..., languages=..., hours=..., brightness=..., volume=..., texts=...))
    assert (old.device, old.languages, old.hours) == ("", ("vi", "en"), "")
    assert (old.brightness, old.volume, old.texts) == (100, 0, {})


def test_a_message_of_a_server_that_knows_no_complaints_is_read() -> None:
    old = read(message(complaints=...))
    assert (old.complaints, old.school) == (None, "Trường THCS Mẫu")


def test_fields_of_a_later_server_are_passed_over() -> None:
    terms = json.loads(msgspec.json.encode(TERMS))
    later = read(
        message(weather="mưa", complaints=terms | {"telephone": "1022"}, texts={"motto": {"vi": "x" * 90}})
    )
    assert later.complaints == TERMS


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
    assert refusal(message(complaints=TERMS_FIELDS | changed)) == ("bad-config", config(TERMS).revision)


LATER = {"reach", "links", "principal_key", "principal_links", "head"}
"""What servers before this one do not say."""


@pytest.mark.parametrize("field", sorted(TERMS_FIELDS.keys() - LATER))
def test_no_term_may_be_missing(field: str) -> None:
    terms = {name: value for name, value in TERMS_FIELDS.items() if name != field}
    assert refusal(message(complaints=terms))[0] == "bad-config"


def test_terms_of_a_server_before_this_one_are_read() -> None:
    terms = {name: value for name, value in TERMS_FIELDS.items() if name not in LATER}
    read = decode_config(message(complaints=terms), "kiosk-01").complaints
    assert read is not None
    assert (read.reach, read.links) == ("anywhere", ())
    assert (read.principal_key, read.principal_links, read.head) == (None, (), {})


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"[]", b"null", b"\xff", b'{"v":1}', b"[" * 200_000, message(revision="a b")]
)
def test_what_is_no_configuration(payload: bytes) -> None:
    assert refusal(payload) == ("bad-config", None)


@pytest.mark.parametrize(
    "changed",
    [
        {"v": 2},
        {"device": "Kiosk 1"},
        {"languages": []},
        {"languages": ["vi", "vi"]},
        {"languages": ["Tiếng Việt"]},
        {"hours": "5:30-19:30"},
        {"hours": "19:30-05:30"},
        {"brightness": 9},
        {"brightness": 101},
        {"brightness": "100"},
        {"volume": -1},
        {"volume": 101},
        {"texts": {"welcome": {"vi": "x" * 81}}},
        {"texts": {"thanks": "Cảm ơn"}},
        {"texts": None},
    ],
    ids=str,
)
def test_values_that_make_no_sense(changed: dict[str, Any]) -> None:
    assert refusal(message(**changed)) == ("bad-config", config(TERMS).revision)


def test_what_is_too_large_for_another_or_cannot_be_shown() -> None:
    revision = config(TERMS).revision
    assert refusal(message(device="kiosk-02")) == ("other-device", revision)
    assert refusal(message(survey="x")) == ("unusable", revision)
    assert refusal(message(surveys=[])) == ("unusable", revision)
    assert refusal(message(weather="x" * MAX_BYTES)) == ("too-large", None)


GOOD = message()


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, len(GOOD)),
    st.integers(0, 3),
    st.binary(max_size=8) | st.sampled_from([b"9" * 400, b"[" * 3000, b"-1e999", b"\\ud800", b"null"]),
)
def test_whatever_comes_is_a_configuration_or_refused(at: int, cut: int, put: bytes) -> None:
    for payload in (put, GOOD[:at] + put + GOOD[at + cut :]):
        try:
            assert read(payload).v == 1
        except ConfigError as error:
            assert error.code in CODES
