"""The rule files of casework: every figure typed here from the law, nothing that contradicts itself."""

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from server.domain.problems import Problem
from server.rules import calendar as calendar_rules
from server.rules import files
from server.rules.calendar import CalendarFile, national_days
from server.rules.limits import LimitsFile, find_limit, find_rule, limits_of, neglect_on, rules
from server.rules.retention import RetentionFile, keep_months

JULY = date(2026, 7, 1)
RULES = Path(files.__file__).parent
SHAPES = {"limits": LimitsFile, "calendar": CalendarFile, "retention": RetentionFile}

# rule, variant, days, unit, verified: section 3 (and 6 for the last), as of 20/11/2026.
FIGURES = [
    ("citizen_reception.answer", "", 10, "working", True),
    ("pakn.forward", "", 5, "working", True),
    ("khieu_nai.accept", "", 7, "working", True),
    ("khieu_nai.first_instance", "", 30, "calendar", False),
    ("khieu_nai.first_instance", "complex", 45, "calendar", False),
    ("khieu_nai.first_instance", "remote", 45, "calendar", False),
    ("khieu_nai.first_instance", "remote-complex", 60, "calendar", False),
    ("khieu_nai.second_instance", "", 45, "calendar", False),
    ("khieu_nai.second_instance", "complex", 60, "calendar", False),
    ("khieu_nai.second_instance", "remote", 60, "calendar", False),
    ("khieu_nai.second_instance", "remote-complex", 70, "calendar", False),
    ("khieu_nai.send_decision", "", 3, "working", True),
    ("to_cao.intake", "", 7, "working", True),
    ("to_cao.intake", "max", 10, "working", True),
    ("to_cao.transfer", "", 5, "working", True),
    ("to_cao.resolve", "", 30, "calendar", True),
    ("to_cao.resolve", "complex", 60, "calendar", True),
    ("to_cao.resolve", "very-complex", 90, "calendar", True),
    ("privacy.answer", "", 2, "working", False),
]


def test_every_limit_is_as_the_law_has_it() -> None:
    found = [
        (limit.rule, limit.variant, limit.days, limit.unit, limit.verified)
        for rule in rules()
        for limit in limits_of(rule.id, date(2026, 11, 20))
    ]
    assert found == FIGURES


def test_an_old_case_keeps_the_limit_of_its_time() -> None:
    old = find_limit("khieu_nai.accept", date(2026, 6, 30))
    new = find_limit("khieu_nai.accept", JULY)
    assert (old.days, old.unit, old.effective_to) == (10, "working", date(2026, 6, 30))
    assert (new.days, new.unit, new.effective_from, new.effective_to) == (7, "working", JULY, None)
    assert "155/2026" in new.source
    assert old.source != new.source


def test_every_limit_names_its_law() -> None:
    for rule in rules():
        assert find_rule(rule.id).name.keys() == {"vi", "en"}
        for edition in rule.editions:
            assert edition.source[0].isupper()
            assert any(word in edition.source for word in ("Luật", "Nghị định"))


def test_variants_stand_by_their_length() -> None:
    for rule in rules():
        days = [limit.days for limit in limits_of(rule.id, date(2026, 11, 20))]
        assert days == sorted(days)
        assert limits_of(rule.id, date(2026, 11, 20))[0].variant == ""


@pytest.mark.parametrize(
    ("rule", "on", "variant", "code", "named"),
    [
        ("khieu_nai", JULY, "", "unknown-rule", "khieu_nai.second_instance"),
        ("", JULY, "", "unknown-rule", "privacy.answer"),
        ("to_cao.intake", JULY, "complex", "unknown-variant", "max"),
        ("khieu_nai.first_instance", JULY, "max", "unknown-variant", "remote-complex"),
        ("pakn.forward", JULY, "complex", "no-variants", "complex"),
        ("privacy.answer", date(2025, 12, 31), "", "no-limit-then", "2026-01-01"),
    ],
)
def test_a_wrong_question_is_answered_with_what_is_known(
    rule: str, on: date, variant: str, code: str, named: str
) -> None:
    with pytest.raises(Problem) as problem:
        find_limit(rule, on, variant)
    assert problem.value.code == code
    assert named in problem.value.sentence("en")
    assert named in problem.value.sentence("vi")


def test_the_warning_of_45_days_is_data() -> None:
    rule = neglect_on(date(2026, 5, 18))
    assert (rule.days, rule.warn_from, rule.unit) == (45, 30, "calendar")


def test_each_kind_is_kept_for_some_time_and_the_contact_shortest() -> None:
    today = date(2026, 11, 20)
    kept = {
        kind: keep_months(kind, today) for kind in ("contact", "pakn", "thong_tin", "khieu_nai", "to_cao")
    }
    assert {kind: each.months for kind, each in kept.items()} == {
        "contact": 12, "pakn": 24, "thong_tin": 12, "khieu_nai": 120, "to_cao": 120,
    }  # fmt: skip
    assert not any(each.verified for each in kept.values())
    assert keep_months("pakn", date(1999, 1, 1)) == kept["pakn"]
    with pytest.raises(Problem, match="thong_tin"):
        keep_months("thư", today)


# ---- the files


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yaml")), ids=lambda path: path.name)
def test_every_rule_file_is_dated_and_cited(path: Path) -> None:
    """Whatever has dates: editions do not overlap, do not end before they begin, and name their source."""

    def look(value: Any, where: str) -> None:
        if isinstance(value, dict):
            if "effective_from" in value:
                assert isinstance(value["effective_from"], date), where
                assert value["source"].strip(), where
                assert isinstance(value["verified"], bool), where
                end = value["effective_to"]
                assert end is None or end >= value["effective_from"], where
            for key, each in value.items():
                look(each, f"{where}.{key}")
        elif isinstance(value, list):
            dated = [each for each in value if isinstance(each, dict) and "effective_from" in each]
            if not any("id" in each for each in dated):
                for before, after in pairwise(dated):
                    assert before["effective_to"] is not None, where
                    assert before["effective_to"] < after["effective_from"], where
            for number, each in enumerate(value):
                look(each, f"{where}[{number}]")

    look(yaml.safe_load(path.read_text(encoding="utf-8")), path.name)


@pytest.mark.parametrize("name", SHAPES)
def test_the_files_load(name: str) -> None:
    assert files.read_rules(name, SHAPES[name])


EDITION = {"effective_from": date(2020, 1, 1), "effective_to": None, "days": 5, "unit": "working",
           "source": "Luật", "verified": True}  # fmt: skip


def limits_file(*editions: dict[str, Any], **more: Any) -> dict[str, Any]:
    rule = {"id": "a.b", "name": {"vi": "x", "en": "x"}, "editions": list(editions)}
    warning = {**EDITION, "days": 45, "warn_from": 30, "unit": "calendar"}
    return {"rules": [rule], "neglect": [warning], **more}


BROKEN = {
    "no edition": limits_file(),
    "overlap": limits_file(
        {**EDITION, "effective_to": date(2021, 1, 1)}, {**EDITION, "effective_from": date(2021, 1, 1)}
    ),
    "first one open": limits_file(EDITION, {**EDITION, "effective_from": date(2021, 1, 1)}),
    "out of order": limits_file(
        {**EDITION, "effective_from": date(2022, 1, 1)}, {**EDITION, "effective_to": date(2021, 1, 1)}
    ),
    "ends before it begins": limits_file({**EDITION, "effective_to": date(2019, 1, 1)}),
    "no day": limits_file({**EDITION, "days": 0}),
    "no source": limits_file({**EDITION, "source": " "}),
    "unknown unit": limits_file({**EDITION, "unit": "weeks"}),
    "unknown variant": limits_file({**EDITION, "variants": {"slow": 9}}),
    "a variant that is not longer": limits_file({**EDITION, "variants": {"complex": 5}}),
    "unknown field": limits_file({**EDITION, "note": "x"}),
    "a rule twice": {**limits_file(EDITION), "rules": limits_file(EDITION)["rules"] * 2},
    "no date": limits_file({**EDITION, "effective_from": "soon"}),
}


@pytest.mark.parametrize("why", BROKEN)
def test_a_file_that_contradicts_itself_is_refused(why: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(BROKEN[why], LimitsFile)


def test_a_sound_file_is_taken() -> None:
    sound = limits_file(
        {**EDITION, "effective_to": date(2020, 12, 31)}, {**EDITION, "effective_from": date(2021, 1, 1)}
    )
    assert msgspec.convert(sound, LimitsFile).rules[0].id == "a.b"


# ---- the calendar


def test_the_days_off_of_2026() -> None:
    days = national_days(2026)
    off = [day.isoformat() for day, each in days.items() if not each.worked and day.weekday() < 5]
    assert off == [
        "2026-01-01", "2026-01-02",
        *(f"2026-02-{day}" for day in range(16, 21)),
        "2026-04-27", "2026-04-30", "2026-05-01", "2026-08-31", "2026-09-01", "2026-09-02", "2026-11-24",
    ]  # fmt: skip
    assert [day for day, each in days.items() if each.worked] == [date(2026, 1, 10), date(2026, 8, 22)]
    assert not any(each.provisional for each in days.values())
    assert days[date(2026, 8, 31)].name["vi"] == "Nghỉ hoán đổi (làm bù 22/08)"
    assert days[date(2026, 8, 22)].name["vi"] == "Làm bù cho ngày 31/08"
    assert days[date(2026, 1, 2)].name["vi"] == "Nghỉ hoán đổi (làm bù 10/01)"


def test_what_the_government_has_not_fixed_is_only_expected() -> None:
    expected = [day for day, each in national_days(2027).items() if each.provisional]
    assert expected == [date(2027, 2, day) for day in range(4, 11)] + [date(2027, 9, 3)]


def test_the_cultural_day_is_off_from_2026() -> None:
    assert date(2025, 11, 24) not in national_days(2025)
    assert not national_days(2026)[date(2026, 11, 24)].worked


def test_a_saturday_worked_for_the_next_year_stands_in_its_own() -> None:
    """27/12/2014 was worked for 2/1/2015, and 5/1/2019 for 31/12/2018."""
    assert national_days(2014)[date(2014, 12, 27)].worked
    assert national_days(2019)[date(2019, 1, 5)].worked
    assert not national_days(2018)[date(2018, 12, 31)].worked


@pytest.mark.parametrize("year", [1999, 2099, 0, 9999])
def test_years_without_a_calendar_are_refused(year: int) -> None:
    with pytest.raises(Problem) as problem:
        national_days(year)
    assert problem.value.code == "no-calendar"


def test_an_amendment_stands_over_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the government had moved Thu 31/12/2026 off and had Sat 19/12 worked for it."""
    amendments = [
        {"day": date(2026, 12, day), "worked": day == 19, "name": {"vi": "Hoán đổi", "en": "Swap"},
         "source": "Công văn", "verified": False}
        for day in (19, 31)
    ]  # fmt: skip
    fixed = [{"year": 2026, "source": "Thông báo", "verified": False}]
    changed = msgspec.convert({"fixed": fixed, "amendments": amendments}, CalendarFile)
    monkeypatch.setattr(calendar_rules, "_file", lambda: changed)
    days = national_days.__wrapped__(2026)
    assert days[date(2026, 12, 19)].worked
    assert not days[date(2026, 12, 31)].worked
    assert list(days) == sorted(days)
