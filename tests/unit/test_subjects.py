"""What a complaint can be about."""

from __future__ import annotations

import unicodedata

import pytest

from kiosk.screen.texts import kiosk_texts
from survey_defs.file_readers import MAX_TILE_LETTERS
from survey_defs.subjects import builtin_subjects, is_praise
from survey_defs.wire import is_slug


def test_the_subjects_are_the_agreed_ones() -> None:
    assert [subject.id for subject in builtin_subjects()] == [
        "thai-do",
        "cho-lau",
        "tre-hen",
        "huong-dan",
        "khoan-thu",
        "hoc-sinh",
        "viec-khac",
        "khen-ngoi",
    ]
    assert [subject.id for subject in builtin_subjects() if subject.praise] == ["khen-ngoi"]


def test_each_can_travel_and_has_its_own_id() -> None:
    ids = [subject.id for subject in builtin_subjects()]
    assert len(set(ids)) == len(ids) <= 16
    assert all(is_slug(name) for name in ids)


@pytest.mark.parametrize("subject", builtin_subjects(), ids=lambda subject: subject.id)
def test_each_speaks_every_language_of_the_kiosk_and_fits_its_tile(subject: object) -> None:
    text: dict[str, str] = subject.text  # type: ignore[attr-defined]
    assert tuple(text) == kiosk_texts().languages
    for words in text.values():
        assert words == words.strip() != ""
        assert len(words) <= MAX_TILE_LETTERS
        assert unicodedata.is_normalized("NFC", words)


def test_no_two_have_the_same_words() -> None:
    for lang in ("vi", "en"):
        words = [subject.text[lang] for subject in builtin_subjects()]
        assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("about", "praise"),
    [
        ([], False),
        (["khen-ngoi"], True),
        (("khen-ngoi",), True),
        (["khen-ngoi", "khen-ngoi"], True),
        (["khen-ngoi", "cho-lau"], False),
        (["cho-lau"], False),
        (["khen-ngoi", "mua-dot"], False),
        (["mua-dot"], False),
    ],
)
def test_thanks_alone_are_no_complaint(about: list[str], praise: bool) -> None:
    assert is_praise(about) is praise
