"""What of a text is kept, and that no document can stumble over it."""

import unicodedata
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.reports.blocks import Heading, Table
from server.reports.poster import Pair
from survey_defs.plain_text import clean, clean_within, one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Tên\x0btrên hai dòng", "Tên\ntrên hai dòng"),
        ("trang\x0cmới", "trang\nmới"),
        ("a\r\nb\rc\u2028d\u2029e\x85f", "a\nb\nc\nd\ne\nf"),
        ("cột\tcột", "cột\tcột"),
        ("Trường\x00 THCS\x1b[31m", "Trường THCS[31m"),
        ("x\ufffe\uffff\ud800\udfff\U0001ffff\ufdd0y", "xy"),
        ("Nguyễn \u202eBA\u202c \u2066C\u2069", "Nguyễn BA C"),
        ("đầu\ufeff", "đầu"),
        ("e\x00\u0302\u0301", "ế"),
        ("👨‍👩‍👧 עברית كتاب", "👨‍👩‍👧 עברית كتاب"),
        ("\u00a0", "\u00a0"),
    ],
)
def test_what_is_kept(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(st.text(st.characters(codec=None, categories=None)))
def test_any_text_can_stand_in_xml_and_stays_as_it_is(text: str) -> None:
    kept = clean(text)
    assert clean(kept) == kept == unicodedata.normalize("NFC", kept)
    element = ET.Element("text")
    element.text = kept
    assert (ET.fromstring(ET.tostring(element, encoding="utf-8")).text or "") == kept


def test_one_line() -> None:
    assert one_line("  Trường\x0bTHCS \t Mẫu\n") == "Trường THCS Mẫu"


def test_texts_are_cleaned_however_deep_they_lie() -> None:
    table = Table("Bảng\x0b1", (), (("a\ufffe", "b"),))
    value = {
        "k\x00": [Heading(1, "I\uffff"), table, Pair(("x\x01",), "y")],
        "n": 3,
        "raw": b"\x00",
    }
    assert clean_within(value) == {
        "k": [Heading(1, "I"), Table("Bảng\n1", (), (("a", "b"),)), Pair(("x",), "y")],
        "n": 3,
        "raw": b"\x00",
    }
