"""The schools' own days: the service, the commands `deadline` and `calendar`, and who may use the page."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from server.domain.problems import Problem
from server.services.access import people
from server.services.deadlines import calendars
from server.services.deadlines.deadlines import deadline
from server.wiring.pages import create_app
from survey_defs.cli import main
from tests.support.pages import csrf, signed_in
from tests.support.reading import reading
from tests.support.seed import PASSWORD
from tests.support.server import hailong, run_hailong
from tests.support.store import World

ANSWER = "citizen_reception.answer"
START = date(2026, 5, 18)  # ten working days from here end on Mon 1/6/2026


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def put(world: World, school: str, day: str, *, worked: bool, name: str = "Ngày của trường") -> None:
    calendars.set_day(world.ctx, school, date.fromisoformat(day), worked=worked, name=name, by="hieu-truong")


def end(world: World, school: str = "mau") -> str:
    return deadline(reading(world.ctx), ANSWER, START, school=school).last_day.isoformat()


# ---- the service


def test_a_day_off_of_the_school_moves_its_deadlines_alone(world: World) -> None:
    put(world, "mau", "2026-05-20", worked=False)
    assert end(world) == "2026-06-02"
    assert end(world, "khac") == end(world, "") == "2026-06-01"
    assert deadline(None, ANSWER, START).last_day == date(2026, 6, 1)


def test_a_worked_saturday_brings_it_forward(world: World) -> None:
    """19-22 (4), Sat 23 (5), 25-29 (10)."""
    put(world, "mau", "2026-05-23", worked=True)
    assert end(world) == "2026-05-29"


def test_a_day_for_all_schools_holds_until_a_school_says_otherwise(world: World) -> None:
    put(world, "", "2026-05-20", worked=False, name="Nghỉ bão")
    assert end(world) == end(world, "khac") == "2026-06-02"
    put(world, "mau", "2026-05-20", worked=True, name="Trực bão")
    assert (end(world), end(world, "khac")) == ("2026-06-01", "2026-06-02")
    calendars.clear_day(world.ctx, "mau", date(2026, 5, 20))
    assert end(world) == "2026-06-02"
    calendars.clear_day(world.ctx, "", date(2026, 5, 20))
    assert end(world) == "2026-06-01"


def test_a_school_may_work_on_a_national_day_off(world: World) -> None:
    """From Fri 20/11/2026, three days: 23 (1), 24 worked here (2), 25 (3)."""
    put(world, "mau", "2026-11-24", worked=True, name="Trực Ngày Văn hóa")
    start = date(2026, 11, 20)
    here = deadline(reading(world.ctx), "khieu_nai.send_decision", start, school="mau").last_day
    there = deadline(reading(world.ctx), "khieu_nai.send_decision", start, school="khac").last_day
    assert (here, there) == (date(2026, 11, 25), date(2026, 11, 26))
    days = {each.day: each for each in calendars.calendar_days(reading(world.ctx), "mau", 2026)}
    own = days[date(2026, 11, 24)]
    assert (own.worked, own.origin, own.name["vi"]) == (True, "school", "Trực Ngày Văn hóa")
    assert own.replaces == {"vi": "Ngày Văn hóa Việt Nam", "en": "Vietnam Cultural Day"}


def test_a_name_can_be_corrected_and_the_list_stays_in_order(world: World) -> None:
    put(world, "mau", "2026-05-20", worked=False, name="Hội  trại \n")
    put(world, "mau", "2026-05-20", worked=False, name="Hội trại lớp 9")
    put(world, "", "2026-03-02", worked=False, name="Nghỉ chung")
    days = calendars.calendar_days(reading(world.ctx), "mau", 2026)
    assert [each.day for each in days] == sorted({each.day for each in days})
    own = {each.name["vi"]: each.origin for each in days if each.origin != "national"}
    assert own == {"Nghỉ chung": "all", "Hội trại lớp 9": "school"}
    assert world.one("SELECT changed_by, changed_at FROM calendar_days WHERE school = 'mau'") == (
        "hieu-truong",
        world.time,
    )


@pytest.mark.parametrize(
    ("school", "day", "worked", "name", "code"),
    [
        ("mau", "2026-05-20", True, "x", "day-is-worked"),
        ("mau", "2026-05-23", False, "x", "day-is-off"),  # a Saturday
        ("mau", "2026-09-02", False, "x", "day-is-off"),
        ("mau", "2026-08-22", True, "x", "day-is-worked"),  # the nation's own swap day
        ("mau", "2026-05-20", False, " \n ", "day-name"),
        ("mau", "2026-05-20", False, "x" * 81, "day-name"),
        ("mau", "2026-05-20", False, "a\u200bb", "day-name"),
        ("nowhere", "2026-05-20", False, "x", "unknown-school"),
        ("mau", "1999-05-20", False, "x", "no-calendar"),
        ("mau", "9999-12-31", False, "x", "no-calendar"),
    ],
)
def test_a_day_that_cannot_be_set_is_refused(
    world: World, school: str, day: str, worked: bool, name: str, code: str
) -> None:
    with pytest.raises(Problem) as problem:
        put(world, school, day, worked=worked, name=name)
    assert problem.value.code == code
    assert world.rows("SELECT * FROM calendar_days") == []


def test_only_a_day_that_was_set_can_be_cleared(world: World) -> None:
    put(world, "", "2026-05-20", worked=False)
    for school, day in (("mau", "2026-05-20"), ("mau", "2026-09-02")):
        with pytest.raises(Problem) as problem:
            calendars.clear_day(world.ctx, school, date.fromisoformat(day))
        assert problem.value.code == "no-such-day"
    with pytest.raises(Problem) as problem:
        calendars.clear_day(world.ctx, "nowhere", date(2026, 5, 20))
    assert problem.value.code == "unknown-school"


def test_a_limit_before_or_after_the_calendar_is_refused() -> None:
    for start in (date(1, 1, 1), date(1999, 12, 31), date(2098, 12, 30), date(9999, 12, 31)):
        with pytest.raises(Problem) as problem:
            deadline(None, ANSWER, start)
        assert problem.value.code in ("no-calendar", "no-limit-then")


# ---- the commands


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def refused(*arguments: object) -> str:
    done = run(*arguments)
    assert done.exit_code != 0
    assert re.fullmatch(r"Error: .+\n", done.stderr), done.stderr
    return done.stderr


def test_the_deadline_needs_no_data_directory(tmp_path: Path) -> None:
    """As a process of its own, with a data directory that cannot be made."""
    env = {"HAILONG_DATA": "/proc/none", "LC_ALL": "C"}
    found = hailong("deadline", ANSWER, "--from", "2026-11-16", "--json", env=env)
    assert found == {
        "rule": ANSWER,
        "variant": "",
        "from": "2026-11-16",
        "last_day": "2026-12-01",
        "limit": 10,
        "unit": "working",
        "source": "Điều 28 Luật Tiếp công dân",
        "verified": True,
        "days_off": ["2026-11-24"],
    }
    words = hailong("deadline", "khieu_nai.second_instance", "--from", "2027-02-22",
                    "--variant", "remote-complex", env=env)  # fmt: skip
    lines = words.splitlines()
    assert lines[0] == "2027-05-04"
    assert "thứ Ba 04/05/2027" in lines[1]
    assert "70 calendar days" in words
    assert "Điều 37 Luật Khiếu nại" in words
    assert re.search(r"verified +no", words)
    assert "2027-05-03" in lines[-1]
    wrong = run_hailong("deadline", "khieu_nai", "--from", "2027-02-22", env=env)
    assert wrong.returncode != 0
    assert wrong.stdout == ""
    assert "khieu_nai.first_instance" in wrong.stderr
    assert len(wrong.stderr.splitlines()) == 1


def test_an_empty_variant_is_none() -> None:
    plain = run("deadline", ANSWER, "--from", "2026-05-18", "--json").stdout
    assert run("deadline", ANSWER, "--from", "2026-05-18", "--variant", "", "--json").stdout == plain


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("x",), "privacy.answer"),
        (("",), "to_cao.resolve"),
        (("to_cao.intake", "--variant", "complex"), "max"),
        (("to_cao.transfer", "--variant", "max"), "one limit only"),
    ],
)
def test_a_wrong_rule_or_variant_names_the_known_ones(arguments: tuple[str, ...], named: str) -> None:
    assert named in refused("deadline", *arguments, "--from", "2026-05-18")


@pytest.mark.parametrize(
    "day",
    ["2026-02-30", "18/05/2026", "", "20260518", "2026-W21-1", "tomorrow", "2026-05-18T00:00", "٢٠٢٦-٠٥-١٨"],
)
def test_a_wrong_day_is_refused(day: str) -> None:
    assert "2026-05-28" in refused("deadline", ANSWER, "--from", day)


def test_a_day_before_the_rule_or_outside_the_calendar_is_refused() -> None:
    assert "2026-01-01" in refused("deadline", "privacy.answer", "--from", "2025-12-31")
    assert "2098" in refused("deadline", ANSWER, "--from", "9999-12-31")


def test_the_commands_set_and_clear_days_of_a_school(tmp_path: Path) -> None:
    data = tmp_path / "data"

    def calendar(*arguments: object) -> Any:
        done = run("calendar", *arguments, "--data", data, "--json")
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    assert run("school", "add", "mau", "--name", "Trường THCS Mẫu", "--data", data).exit_code == 0
    of = ("--school", "mau", "--data", data)
    made = calendar("off", "2026-05-20", "--name", "Hội trại", "--school", "mau")
    assert (made["day"], made["worked"], made["origin"]) == ("2026-05-20", False, "school")
    calendar("work", "2026-05-30", "--name", "Làm bù", "--school", "mau")
    # 19 (1), 20 off, 21-22 (3), 25-29 (8), Sat 30 worked (9), 1/6 (10)
    found = json.loads(run("deadline", ANSWER, "--from", "2026-05-18", "--json", *of).stdout)
    assert (found["last_day"], found["days_off"]) == ("2026-06-01", ["2026-05-20"])
    calendar("off", "2026-05-21", "--name", "Nghỉ bão")
    listed = calendar("list", "--school", "mau", "--year", "2026")
    own = {day["day"]: day["origin"] for day in listed["days"] if day["origin"] != "national"}
    assert own == {"2026-05-20": "school", "2026-05-21": "all", "2026-05-30": "school"}
    assert [day["day"] for day in listed["days"]] == sorted(day["day"] for day in listed["days"])
    table = run("calendar", "list", "--year", "2027", "--data", data).stdout
    assert re.search(r"2027-02-05 +thứ Sáu +off \(expected\) +nation +Giao thừa", table)
    calendar("clear", "2026-05-20", "--school", "mau")
    assert "2026-05-20" not in json.dumps(calendar("list", "--school", "mau", "--year", "2026"))

    assert "school list" in refused(
        "calendar", "off", "2026-05-20", "--name", "x", "--school", "no", "--data", data
    )
    assert "no day" in refused("calendar", "off", "20/5", "--name", "x", "--data", data)
    assert "off already" in refused("calendar", "off", "2026-05-24", "--name", "x", "--data", data)
    assert "not set here" in refused("calendar", "clear", "2026-09-02", "--data", data)
    assert "2098" in refused("calendar", "list", "--year", "3000", "--data", data)
    assert "school list" in refused(
        "deadline", ANSWER, "--from", "2026-05-18", "--school", "no", "--data", data
    )


# ---- the page


def client_of(world: World, role: str) -> FlaskClient:
    people.add_user(world.ctx, f"u-{role}", role, "mau", PASSWORD)
    return signed_in(create_app(world.ctx), f"u-{role}")


def fill(client: FlaskClient, address: str, **fields: str) -> Any:
    token = csrf(client.get("/lich?nam=2026").text)
    return client.post(address, data={"csrf_token": token, **fields})


@pytest.mark.parametrize("role", ["principal", "deputy", "reception"])
def test_who_keeps_the_calendar_adds_and_removes_days(world: World, role: str) -> None:
    client = client_of(world, role)
    added = fill(client, "/lich/them", ngay="2026-12-24", ten="Hội nghị", loai="nghi")
    assert added.status_code == 303
    assert added.location.endswith("/lich?nam=2026#ngay-2026-12-24")
    assert "Hội nghị" in client.get("/lich?nam=2026").text
    assert world.one("SELECT school, worked, changed_by FROM calendar_days") == ("mau", 0, f"u-{role}")
    assert fill(client, "/lich/bo", ngay="2026-12-24").status_code == 303
    assert world.rows("SELECT * FROM calendar_days") == []


@pytest.mark.parametrize("role", ["officer", "staff", "office", "technician"])
def test_the_others_read_it_alone(world: World, role: str) -> None:
    put(world, "mau", "2026-12-24", worked=False, name="Hội nghị")
    client = client_of(world, role)
    html = client.get("/lich?nam=2026").text
    assert "Hội nghị" in html
    assert "/lich/them" not in html
    assert "/lich/bo" not in html
    token = csrf(html)
    for address in ("/lich/them", "/lich/bo"):
        form = {"csrf_token": token, "ngay": "2026-12-24", "ten": "x", "loai": "nghi"}
        assert client.post(address, data=form).status_code == 403
    assert world.one("SELECT name FROM calendar_days") == ("Hội nghị",)


def test_the_days_of_another_school_stay_there(world: World) -> None:
    put(world, "khac", "2026-12-24", worked=False, name="Của trường khác")
    put(world, "", "2026-12-23", worked=False, name="Của mọi trường")
    client = client_of(world, "principal")
    html = client.get("/lich?nam=2026").text
    assert "Của trường khác" not in html
    assert "Của mọi trường" in html
    for day in ("2026-12-24", "2026-12-23"):  # what all schools have is for the command alone
        assert fill(client, "/lich/bo", ngay=day).status_code == 404
    assert len(world.rows("SELECT * FROM calendar_days")) == 2


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"ngay": "", "ten": "x", "loai": "nghi"}, 422, "không phải là một ngày"),
        ({"ngay": "30/2", "ten": "x", "loai": "nghi"}, 422, "không phải là một ngày"),
        ({"ngay": "2026-12-24", "ten": "", "loai": "nghi"}, 422, "tên của ngày"),
        ({"ngay": "2026-12-26", "ten": "x", "loai": "nghi"}, 409, "vốn đã là ngày nghỉ"),
        ({"ngay": "2026-12-24", "ten": "x", "loai": "lam"}, 409, "vốn đã là ngày làm việc"),
        ({"ngay": "3000-01-01", "ten": "x", "loai": "nghi"}, 422, "2098"),
        ({}, 422, "không phải là một ngày"),
    ],
)
def test_a_form_that_cannot_be_taken_comes_back_with_one_sentence(
    world: World, fields: dict[str, str], status: int, sentence: str
) -> None:
    answer = fill(client_of(world, "principal"), "/lich/them", **fields)
    assert answer.status_code == status
    assert sentence in answer.text.split('id="wrong"')[1].split("</p>")[0]
    assert world.rows("SELECT * FROM calendar_days") == []


@pytest.mark.parametrize("year", ["1999", "2099", "abc", "", "-1", "2026.5", "٢٠٢٦", "99999999"])
def test_a_year_without_a_calendar_is_told(world: World, year: str) -> None:
    answer = client_of(world, "staff").get("/lich", query_string={"nam": year})
    assert answer.status_code == 422
    assert "2098" in answer.text


def test_the_page_says_what_is_only_expected(world: World) -> None:
    client = client_of(world, "staff")
    assert "dự kiến" not in client.get("/lich?nam=2026").text
    assert "Chính phủ chưa chốt" in client.get("/lich?nam=2027").text
    english = client.get("/lich?nam=2027&lang=en").text
    assert "expected" in english
    assert "Lunar New Year" in english
