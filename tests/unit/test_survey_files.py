"""Survey and catalogue files: what is wrong is told all at once, each with its line, code and remedy."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_defs.file_problems import WORDINGS
from survey_defs.loader import (
    CATALOGUES,
    SURVEYS,
    SurveyFileError,
    builtin_catalogue,
    builtin_files,
    builtin_surveys,
    check_file,
    check_files,
    load_catalogue,
    load_survey,
)

GOOD = """\
id: mot
version: 1
title: {vi: Một, en: One}
audiences: [phu-huynh]
headline: q1
questions:
  - id: q1
    kind: level
    text: {vi: "Hài lòng không?", en: "Satisfied?"}
  - id: q2
    kind: choices
    when: {q1: [1, 2]}
    text: {vi: "Vì sao?", en: "Why?"}
    choices:
      - {id: a, text: {vi: Chờ lâu, en: Long wait}}
      - {id: b, text: {vi: Khác, en: Other}}
"""
CATALOGUE = """\
id: mau
version: 1
title: {vi: Mẫu, en: Sample}
procedures:
  - {slug: hoc-ba, name: {vi: Học bạ, en: Record}, short: {vi: Học bạ, en: Record}, limit_days: 3}
"""


def write(directory: Path, text: str | bytes, name: str = "survey.yaml") -> Path:
    path = directory / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def told(directory: Path, text: str | bytes) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in check_file(write(directory, text))]


def test_a_good_file_has_no_problems_and_loads(tmp_path: Path) -> None:
    survey = load_survey(write(tmp_path, GOOD))
    assert check_file(tmp_path / "survey.yaml") == []
    assert survey.questions[1].when == {"q1": (1, 2)}
    assert survey.check({"q1": 1, "q2": ["a"]}) is None
    assert survey.level_words(5, "vi") == "Rất hài lòng"
    assert load_catalogue(write(tmp_path, CATALOGUE)).procedures[0].limit_days == 3


# Each row: what is changed in the good file, and the line and code that must be told.
CHANGES = [
    ("version: 1", "version: 0", 2, "bad-version"),
    ("version: 1", "version: '1'", 2, "wrong-type"),
    ("version: 1", "version: 1.0", 2, "wrong-type"),
    ("version: 1", "version: true", 2, "wrong-type"),
    ("version: 1", "version: 1:30", 2, "wrong-type"),
    ("version: 1", "version:", 2, "wrong-type"),
    ("version: 1\n", "", 1, "missing-field"),
    ("id: mot", "id: Mot Hai", 1, "bad-id"),
    ("id: mot", "id: " + "a" * 65, 1, "bad-id"),
    ("id: mot", "id: 2026", 1, "wrong-type"),
    ("id: mot", "id: mot\nid: hai", 2, "duplicate-key"),
    ("headline: q1", "headlin: q1", 5, "unknown-field"),
    ("headline: q1", "headline: q2", 5, "headline-not-level"),
    ("headline: q1", "headline: q9", 5, "headline-unknown"),
    ("headline: q1", "asks_procedure: maybe", 5, "wrong-type"),
    ("headline: q1", "levels: [{vi: Một, en: One}]", 5, "levels-not-five"),
    ("headline: q1", "? [head, line]\n: q1", 5, "unknown-field"),
    ("headline: q1", "{headline: q1}: q1", 5, "unknown-field"),
    ("[phu-huynh]", "[phu-huyn]", 4, "unknown-value"),
    ("[phu-huynh]", "[phu-huynh, phu-huynh]", 4, "duplicate-id"),
    ("[phu-huynh]", "[]", 4, "empty-list"),
    ("[phu-huynh]", "phu-huynh", 4, "wrong-type"),
    ("{vi: Một, en: One}", "{vi: Một}", 3, "missing-language"),
    ("{vi: Một, en: One}", "{en: One}", 3, "missing-language"),
    ("{vi: Một, en: One}", "Một", 3, "wrong-type"),
    ("{vi: Một, en: One}", "{vi: Một, en: No}", 3, "wrong-type"),
    ("{vi: Một, en: One}", "{vi: Một, en: '  '}", 3, "empty-text"),
    ("{vi: Một, en: One}", "{vi: Một, en: One, English: One}", 3, "bad-language"),
    ("{vi: Một, en: One}", "{vi: " + "m" * 161 + ", en: One}", 3, "text-too-long"),
    ("vi: Một", "vi: " + unicodedata.normalize("NFD", "Một"), 3, "not-nfc"),
    ("{vi: Một, en: One}", '{vi: "M\\vột", en: One}', 3, "not-text"),
    ("{vi: Một, en: One}", '{vi: "Một\\uFFFE", en: One}', 3, "not-text"),
    ("kind: level", "kind: levels", 8, "unknown-value"),
    (
        "    kind: level",
        "    kind: level\n    choices: [{id: a, text: {vi: A, en: A}}]",
        9,
        "level-with-choices",
    ),
    ('en: "Why?"}', 'en: "Why?", km: Why}', 13, "stray-language"),
    ('vi: "Vì sao?"', "vi: " + "s" * 91, 13, "text-too-long"),
    ("id: q2", "id: q1", 10, "duplicate-id"),
    ("when: {q1: [1, 2]}", "when: {q0: [1, 2]}", 12, "when-unknown-question"),
    ("when: {q1: [1, 2]}", "when: {q2: [a]}", 12, "when-later-question"),
    ("when: {q1: [1, 2]}", "when: {q1: [0]}", 12, "when-impossible-value"),
    ("when: {q1: [1, 2]}", "when: {q1: ['1']}", 12, "wrong-type"),
    ("when: {q1: [1, 2]}", "when: {q1: [true]}", 12, "wrong-type"),
    ("when: {q1: [1, 2]}", "when: {q1: []}", 12, "empty-list"),
    ("when: {q1: [1, 2]}", "when: q1", 12, "wrong-type"),
    ("when: {q1: [1, 2]}", "skippable: 1", 12, "wrong-type"),
    ("      - {id: b, text: {vi: Khác, en: Other}}\n", "", 15, "too-few-choices"),
    ("{id: b, text", "{id: a, text", 16, "duplicate-id"),
    ("{id: b, text", "{id: no, text", 16, "wrong-type"),
    ("{vi: Khác, en: Other}", "{vi: " + "k" * 41 + ", en: Other}", 16, "text-too-long"),
    ("{id: b, text: {vi: Khác, en: Other}}", "b", 16, "wrong-type"),
    ("questions:", "questions", 7, "yaml-syntax"),
    ("{vi: Một, en: One}", "{vi: Một, en: One", 4, "yaml-syntax"),
    ("{vi: Một, en: One}", "{vi: *nowhere, en: One}", 3, "yaml-syntax"),
    ("id: mot", "id: mot\n---\nid: hai", 2, "yaml-syntax"),
    ("Vì sao?", "Vì\x07sao?", 13, "yaml-syntax"),
]


@pytest.mark.parametrize(
    ("old", "new", "line", "code"), CHANGES, ids=[f"{c[3]}:{c[1][:30]}" for c in CHANGES]
)
def test_one_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, code: str) -> None:
    assert old in GOOD
    assert told(tmp_path, GOOD.replace(old, new, 1)) == [(line, code)]


def test_choices_may_be_missing_altogether(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD.split("    choices:", maxsplit=1)[0]) == [(10, "too-few-choices")]


def test_a_condition_on_a_choice_and_a_single_value(tmp_path: Path) -> None:
    third = '  - {id: q3, kind: level, when: {q2: %s}, text: {vi: "Nữa?", en: "More?"}}\n'
    assert load_survey(write(tmp_path, GOOD + third % "b")).questions[2].when == {"q2": ("b",)}
    assert told(tmp_path, GOOD + third % "[c]") == [(17, "when-impossible-value")]


def test_a_condition_cannot_look_ahead(tmp_path: Path) -> None:
    ahead = GOOD.replace("    kind: level\n", "    kind: level\n    when: {q2: a}\n")
    assert told(tmp_path, ahead) == [(9, "when-later-question")]


CATALOGUE_CHANGES = [
    ("limit_days: 3", "limit_days: 0", "bad-number"),
    ("limit_days: 3", "limit_days: ba", "wrong-type"),
    ("limit_days: 3", "limitdays: 3", "unknown-field"),
    ("limit_days: 3", "code: 2.002481", "wrong-type"),
    ("limit_days: 3", "on_rest: 'yes'", "wrong-type"),
    ("slug: hoc-ba", "slug: học bạ", "bad-id"),
    ("slug: hoc-ba, ", "", "missing-field"),
    ("short: {vi: Học bạ, en: Record}", "short: {vi: Học bạ}", "missing-language"),
]


@pytest.mark.parametrize(("old", "new", "code"), CATALOGUE_CHANGES)
def test_a_catalogue_is_checked_too(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert told(tmp_path, CATALOGUE.replace(old, new)) == [(5, code)]


def test_two_procedures_cannot_share_a_slug(tmp_path: Path) -> None:
    assert told(tmp_path, CATALOGUE + CATALOGUE.splitlines()[-1] + "\n") == [(6, "duplicate-id")]


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        (b"", 1, "empty-file"),
        ("# chỉ có ghi chú\n".encode(), 1, "empty-file"),
        (GOOD.encode("utf-16"), 1, "not-utf8"),
        (GOOD.encode() + b"# \xff\n", 17, "not-utf8"),
        (b"id: a\x00b\n", 1, "yaml-syntax"),
        (b"[" * 1000, 1, "yaml-syntax"),
        (b"- a\n- b\n", 1, "wrong-type"),
        (b"words\n", 1, "wrong-type"),
        (b"#" * (1 << 20) + b"#", 1, "too-big"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes, line: int, code: str) -> None:
    assert told(tmp_path, content) == [(line, code)]


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert told(tmp_path, b"\xef\xbb\xbf" + GOOD.encode()) == []


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert [p.code for p in check_file(tmp_path / "none.yaml")] == ["unreadable"]
    assert [p.code for p in check_file(tmp_path)] == ["unreadable"]


def test_an_alias_that_holds_itself_ends(tmp_path: Path) -> None:
    assert (3, "wrong-type") in told(tmp_path, GOOD.replace("{vi: Một, en: One}", "&a [*a]"))


TEN = """\
id: Mười Lỗi
version: 0
titel: {vi: Mười, en: Ten}
audiences: [phu-huynh, ong-ba]
headline: q2
questions:
  - id: q1
    kind: level
    text: {vi: "Hài lòng không?"}
    choices: [{id: a, text: {vi: A, en: A}}, {id: b, text: {vi: B, en: B}}]
  - id: q2
    kind: choice
    when: {q7: [1]}
    text: {vi: "", en: "Why?"}
    skippable: đúng
    choices:
      - {id: a, text: {vi: Chờ lâu, en: Long wait}}
      - {id: a, text: {vi: Khác, en: Other}}
"""


def test_many_mistakes_are_told_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    path = write(tmp_path, TEN)
    problems = check_file(path)
    assert [(problem.line, problem.code) for problem in problems] == [
        (1, "bad-id"),
        (1, "missing-field"),
        (2, "bad-version"),
        (3, "unknown-field"),
        (4, "unknown-value"),
        (5, "headline-not-level"),
        (9, "missing-language"),
        (10, "level-with-choices"),
        (13, "when-unknown-question"),
        (14, "empty-text"),
        (15, "wrong-type"),
        (18, "duplicate-id"),
    ]
    lines = [str(problem) for problem in problems]
    assert lines[0] == (
        f"{path}:1: bad-id: the survey's id 'Mười Lỗi' is no id"
        " → Use 1 to 64 of a-z, 0-9 and hyphen, for example 'muoi-loi'."
    )
    assert lines[3].endswith("a survey knows no 'titel' → Did you mean 'title'?")
    assert all(problem.remedy for problem in problems)
    with pytest.raises(SurveyFileError) as caught:
        load_survey(path)
    assert caught.value.problems == problems


def test_two_files_cannot_claim_one_version(tmp_path: Path) -> None:
    one, two = write(tmp_path, GOOD, "one.yaml"), write(tmp_path, GOOD, "two.yaml")
    newer = write(tmp_path, GOOD.replace("version: 1", "version: 2"), "three.yaml")
    assert [(p.path, p.code) for p in check_files([one, two, newer])] == [(str(two), "same-version-twice")]
    assert check_files([one, one]) == []


def test_a_catalogue_is_no_survey(tmp_path: Path) -> None:
    with pytest.raises(SurveyFileError, match="questions"):
        load_survey(write(tmp_path, CATALOGUE))
    with pytest.raises(SurveyFileError, match="procedures"):
        load_catalogue(write(tmp_path, GOOD))


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_a_garbled_file_is_told_never_a_crash(tmp_path: Path, data: st.DataObject) -> None:
    """A good file with a piece cut out or put in: problems or none, and each can be printed."""
    at = data.draw(st.integers(0, len(GOOD)))
    cut = data.draw(st.integers(0, 12))
    put = data.draw(st.text(st.sampled_from(list("[]{}:,-&*!|>'\"%@` \n\tabc1é\x01")), max_size=6))
    for problem in check_file(write(tmp_path, GOOD[:at] + put + GOOD[at + cut :])):
        assert str(problem).startswith(f"{tmp_path}/survey.yaml:{problem.line}: {problem.code}: ")


def test_every_code_has_words() -> None:
    for code, wording in WORDINGS.items():
        assert wording.message, code
        assert wording.remedy, code


# ---- the files that come with the program


@pytest.mark.parametrize("path", builtin_files(), ids=lambda path: path.stem)
def test_every_file_that_comes_along_loads(path: Path) -> None:
    assert check_file(path) == []


def test_none_of_them_collide() -> None:
    assert check_files(builtin_files()) == []
    assert {path.parent for path in builtin_files()} == {SURVEYS, CATALOGUES}


def test_the_rating_of_a_procedure_is_the_agreed_one() -> None:
    survey = builtin_surveys().newest("tthc")
    assert survey is not None
    assert (survey.version, survey.headline, survey.asks_procedure) == (1, "rating", True)
    assert set(survey.audiences) == {"phu-huynh", "hoc-sinh", "giao-vien"}
    rating, timeliness, reasons = survey.questions
    assert (rating.id, rating.kind, rating.skippable) == ("rating", "level", False)
    assert [choice.id for choice in timeliness.choices] == [
        "truoc-hen",
        "dung-hen",
        "tre-hen",
        "chua-den-hen",
    ]
    assert (timeliness.kind, timeliness.skippable, timeliness.when) == ("choice", True, {})
    assert {choice.id for choice in reasons.choices} == {
        "thoi-gian",
        "thai-do",
        "huong-dan",
        "di-lai",
        "giay-to",
        "phien-ha",
        "nhung-nhieu",
        "khac",
    }
    assert (reasons.kind, reasons.skippable, reasons.when) == ("choices", True, {"rating": (1, 2)})
    assert [survey.level_words(level, "vi") for level in range(1, 6)] == [
        "Rất không hài lòng",
        "Không hài lòng",
        "Bình thường",
        "Hài lòng",
        "Rất hài lòng",
    ]
    assert [
        question.id
        for level in (2, 3)
        if (question := survey.next_question({"rating": level, "timeliness": "dung-hen"}))
    ] == ["reasons"]


def test_every_audience_is_asked_for_its_wishes() -> None:
    audiences = {
        audience
        for survey in builtin_surveys()
        if survey.id.startswith("tam-tu-nguyen-vong-")
        for audience in survey.audiences
    }
    assert audiences == {"phu-huynh", "hoc-sinh", "giao-vien"}
    assert all(survey.source for survey in builtin_surveys())


def test_only_the_rating_of_a_procedure_enters_its_rate() -> None:
    assert {survey.id for survey in builtin_surveys() if survey.headline} == {"tthc"}


def test_the_catalogue_has_three_tiles_on_the_rest_screen() -> None:
    procedures = builtin_catalogue().procedures
    assert [p.slug for p in procedures if p.on_rest] == ["hoc-ba", "chuyen-truong", "tuyen-sinh-6"]
    assert [p.slug for p in procedures if not p.on_rest] == [
        "ban-sao",
        "van-bang",
        "ho-tro-chi-phi",
        "hoc-lai",
        "nuoc-ngoai-ve",
    ]
