"""What of a text is kept, and that no document can stumble over it."""

import unicodedata
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.reports.devices.poster import Pair
from server.reports.documents.blocks import Heading, Table
from survey_defs.plain_text import MAX_MARKS, clean, clean_within, one_line


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


MARKS = "\u0301\u0323\u0344\u0f73\u3099\uff9e\u0488"
"""Of different places around a letter, two that come apart, one that is a letter until NFKC."""


@given(st.text(MARKS + "aế・…", max_size=200))
def test_no_letter_keeps_more_marks_than_any_language_has(text: str) -> None:
    kept = clean(text)
    assert clean(kept) == kept
    run = longest = 0
    for sign in kept:
        run = run + 1 if unicodedata.category(sign)[0] == "M" else 0
        longest = max(longest, run)
    assert longest <= MAX_MARKS


def test_letters_with_the_marks_of_a_language_stay() -> None:
    for text in ("ế" * 1000, "e\u0302\u0301" * 1000, "…" * 1000, "का" * 1000, "👨‍👩‍👧" * 1000, "ｶﾞ" * 1000):
        assert clean(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("marks", ["\u0301\u0323", "\u0344\u0323", "\uff9e\u0301", "\u0f73\u0f71"])
def test_a_heap_of_marks_is_put_into_order_at_once(marks: str) -> None:
    """Normalised as they are, these took minutes, and nothing else ran meanwhile."""
    kept = clean("a" + marks * 65_536 + "b" + "".join(sorted(marks * 65_536)))
    assert len(kept) <= 2 * (MAX_MARKS + 1)
    assert len(unicodedata.normalize("NFKC", kept)) <= 4 * (MAX_MARKS + 1)


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
