"""`hailong report` as a technician calls it."""

import io
import json
from pathlib import Path

import docx
import pytest
from click.testing import CliRunner, Result

from server.cli.report import report
from tests.support.report_school import SCHOOL, a_half_year, report_school


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("data")
    context = report_school(directory)
    a_half_year(context)
    context.store.close()
    return directory


def call(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(report, [*arguments, "--data", str(data)])


def make(data: Path, *more: str, **instead: str) -> Result:
    asked = {"school": SCHOOL, "regime": "ha-long", "period": "2026-H1", "today": "2026-05-29"} | instead
    return call(data, "make", *(part for key, value in asked.items() for part in (f"--{key}", value)), *more)


def test_one_command_makes_the_report(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "bao-cao.docx"
    made = make(data, "-o", str(path))
    assert made.exit_code == 0, made.output
    assert "1068 answers from 2026-01-01 to 2026-05-29" in made.output
    text = "\n".join(each.text for each in docx.Document(io.BytesIO(path.read_bytes())).paragraphs)
    assert "1.068" in text
    assert [each.name for each in tmp_path.iterdir()] == ["bao-cao.docx"]


def test_without_a_name_it_is_named_after_school_and_period(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = make(data, "--json", period="2026-01-01..2026-05-28")
    assert made.exit_code == 0, made.output
    assert json.loads(made.output) == {
        "file": "bao-cao-mau-2026-01-01..2026-05-28.docx", "school": SCHOOL,
        "period": "2026-01-01..2026-05-28", "from": "2026-01-01", "to": "2026-05-28", "n": 1068,
    }  # fmt: skip
    assert (tmp_path / "bao-cao-mau-2026-01-01..2026-05-28.docx").stat().st_size > 10_000


def test_a_period_without_answers_is_made_and_said(data: Path, tmp_path: Path) -> None:
    made = make(data, "-o", str(tmp_path / "x.docx"), period="2024-Q3")
    assert made.exit_code == 0
    assert "no answers in this period" in made.output


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ({"school": "khong-co"}, "khong-co"),
        ({"regime": "lam-dong"}, "Use one of: ha-long."),
        ({"regime": "sao-hoa"}, "There is no reporting regime sao-hoa."),
        ({"period": "2026-H3"}, "2026-H3"),
        ({"period": "2026-05-28..2026-01-01"}, "2026-05-28..2026-01-01"),
        ({"period": "2027"}, "has not begun on 2026-05-29"),
        ({"format": "pdf"}, "Use --format docx."),
        ({"format": "xlsx"}, "Use --format docx."),
        ({"format": "package"}, "Use --format docx."),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    data: Path, tmp_path: Path, instead: dict[str, str], said: str
) -> None:
    made = make(data, "-o", str(tmp_path / "x.docx"), **instead)
    assert made.exit_code != 0
    assert said in made.output
    assert len(made.output.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_leaves_what_was_there(data: Path, tmp_path: Path) -> None:
    made = make(data, "-o", str(tmp_path / "khong-co" / "x.docx"))
    assert made.exit_code != 0 and "cannot be written" in made.output
    assert len(made.output.strip().splitlines()) == 1
    directory = tmp_path / "da-co.docx"
    directory.mkdir()
    (directory / "a").write_text("a")
    assert "cannot be written" in make(data, "-o", str(directory)).output
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["a", "da-co.docx"]


def test_due_dates(data: Path) -> None:
    listed = call(data, "due", "--school", SCHOOL, "--today", "2026-05-28", "--json")
    first, second = json.loads(listed.output)["due"]
    assert (first["report"], first["last_day"], first["days_left"], first["period"]) == (
        "so-ket", "2026-06-02", 5, "2026-H1",
    )  # fmt: skip
    assert (second["report"], second["due"]) == ("tong-ket", "2026-11-05")
    told = call(data, "due", "--school", SCHOOL, "--today", "2026-05-28")
    assert "Half-year report" in told.output and "2026-06-02" in told.output


def test_due_dates_of_a_regime_that_is_known_only(data: Path) -> None:
    listed = call(data, "due", "--school", SCHOOL, "--regime", "krong-pa", "--today", "2026-05-28", "--json")
    assert [each["due"] for each in json.loads(listed.output)["due"]] == ["2026-10-25"]
    assert call(data, "due", "--school", "khong-co").exit_code != 0
