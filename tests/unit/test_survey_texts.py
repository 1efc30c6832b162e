"""Texts by key and language."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_defs.loader import SurveyFileError
from survey_defs.texts import load_texts


def write(directory: Path, **tables: str) -> Path:
    for lang, text in tables.items():
        (directory / f"{lang}.yaml").write_text(text, encoding="utf-8")
    return directory


def test_a_text_is_found_and_filled_in(tmp_path: Path) -> None:
    texts = load_texts(
        write(tmp_path, vi='chao: "Chào {ten}, còn {n}"\n', en='chao: "Hello {ten}, {n} left"\n')
    )
    assert texts("vi", "chao", ten="Lan", n=2) == "Chào Lan, còn 2"
    assert texts("en", "chao", ten="Lan", n=2) == "Hello Lan, 2 left"
    assert texts("km", "chao", ten="Lan", n=2) == "Chào Lan, còn 2"
    assert texts.languages == ("vi", "en")
    assert "chao" in texts
    assert texts.gaps() == []


def test_one_and_many_have_words_of_their_own(tmp_path: Path) -> None:
    texts = load_texts(
        write(tmp_path, vi='con: "Còn {n} ngày"\n', en='con: "{n} working {n:day is|days are} left"\n')
    )
    one, many = "1 working day is left", "{} working days are left".format
    assert texts("en", "con", n=1) == texts("en", "con", n="1") == one
    assert [texts("en", "con", n=n) for n in (0, 2, "1,001")] == [many(0), many(2), many("1,001")]
    assert texts("vi", "con", n=1) == "Còn 1 ngày"
    assert texts.gaps() == []
    with pytest.raises(KeyError, match="no value for 'n'"):
        texts("en", "con")


def test_a_missing_key_or_value_is_an_error(tmp_path: Path) -> None:
    texts = load_texts(write(tmp_path, vi='chao: "Chào {ten}"\n'))
    with pytest.raises(KeyError, match="tam-biet: no such text"):
        texts("vi", "tam-biet")
    with pytest.raises(KeyError, match="no value for 'ten'"):
        texts("vi", "chao")


def test_languages_that_disagree_are_told(tmp_path: Path) -> None:
    texts = load_texts(
        write(
            tmp_path,
            vi='a: "{n} lượt"\nb: "chỉ tiếng Việt"\n',
            en='a: "{count} ratings"\nc: "English only"\n',
        )
    )
    assert texts.gaps() == [
        "en.yaml: a has the places ['count'], vi ['n']",
        "en.yaml: b is missing",
        "vi.yaml: c is missing",
    ]


def test_all_problems_of_all_files_are_told(tmp_path: Path) -> None:
    write(tmp_path, vi='a: "{n"\na: "x"\nb: yes\nc: [1]\n', en='a: ""\nb: "{0}"\n')
    with pytest.raises(SurveyFileError) as caught:
        load_texts(tmp_path)
    assert [(Path(p.path).name, p.line, p.code) for p in caught.value.problems] == [
        ("en.yaml", 1, "empty-text"),
        ("en.yaml", 2, "bad-place"),
        ("vi.yaml", 1, "bad-place"),
        ("vi.yaml", 2, "duplicate-key"),
        ("vi.yaml", 3, "wrong-type"),
        ("vi.yaml", 4, "wrong-type"),
    ]


def test_a_language_may_have_several_files(tmp_path: Path) -> None:
    write(tmp_path, vi='a: "một"\n', en='a: "one"\n')
    write(tmp_path, **{"vi.more": 'b: "hai"\n', "en.more": 'b: "two"\n', "km.more": 'b: "ពីរ"\n'})
    texts = load_texts(tmp_path)
    assert texts.languages == ("vi", "en", "km")
    assert (texts("vi", "a"), texts("vi", "b"), texts("en", "b"), texts("km", "b")) == (
        "một",
        "hai",
        "two",
        "ពីរ",
    )
    assert texts.gaps() == ["km.yaml: a is missing"]


def test_a_key_in_two_files_of_one_language_is_told(tmp_path: Path) -> None:
    write(tmp_path, vi='a: "một"\nb: "hai"\n', en='b: "two"\n')
    write(
        tmp_path, **{"vi.more": 'c: "ba"\na: "một"\n', "vi.other": 'c: "ba nữa"\n', "en.more": 'a: "one"\n'}
    )
    with pytest.raises(SurveyFileError) as caught:
        load_texts(tmp_path)
    assert [(Path(p.path).name, p.line, p.code) for p in caught.value.problems] == [
        ("vi.more.yaml", 2, "key-elsewhere"),
        ("vi.other.yaml", 1, "key-elsewhere"),
    ]
    assert "'a' stands in vi.yaml too → Keep one of the two." in str(caught.value)


def test_vietnamese_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SurveyFileError, match=r"vi\.yaml:1: unreadable"):
        load_texts(write(tmp_path, en='a: "x"\n'))
