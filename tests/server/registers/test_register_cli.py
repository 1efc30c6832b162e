"""`hailong register` as a technician calls it."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from server.cli.register import register
from tests.support.complaint_school import PASSPHRASE, SCHOOL, ComplaintSchool


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("data")
    school = ComplaintSchool(directory)
    school.send("2026-01-06", "Chờ lâu", name="Lê Văn Sáu")
    accused = school.send("2026-01-20", "Thu sai", name="Đỗ Chín")
    school.act("2026-01-21", accused, "petition", kind="to_cao", number="02", date="2026-01-21")
    school.ctx.store.close()
    yield directory


def call(data: Path, sheet: str, *more: str, stdin: str | None = None, **instead: str) -> Result:
    asked = {"school": SCHOOL, "period": "2026-H1"} | instead
    options = [part for key, value in asked.items() for part in (f"--{key}", value)]
    return CliRunner().invoke(register, [sheet, *options, *more, "--data", str(data)], input=stdin)


def words(path: Path) -> str:
    [sheet] = openpyxl.load_workbook(path).worksheets
    return str([[cell.value for cell in row] for row in sheet])


def test_the_counts_as_a_file_and_as_json(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "xld.xlsx"
    made = call(data, "xld", "--json", "-o", str(path), "--cut", "statutory")
    assert made.exit_code == 0, made.output
    said = json.loads(made.output)
    assert (said["from"], said["to"], said["cut"]) == ("2025-12-15", "2026-06-14", "statutory")
    assert (said["columns"]["1"], said["columns"]["9"], said["sealed_room"]) == (1, 0, False)
    assert "(kỳ thống kê theo quy định)" in words(path)
    assert stat.S_IMODE(path.stat().st_mode) & 0o044


def test_every_sheet_has_a_name_of_its_own(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for sheet in ("book", "xld", "tcd"):
        made = call(data, sheet, period="2026-Q1")
        assert made.exit_code == 0 and "without the sealed room" in made.output, made.output
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "so-tiep-cong-dan-mau-2026-Q1.xlsx",
        "tiep-cong-dan-mau-2026-Q1.xlsx",
        "xu-ly-don-mau-2026-Q1.xlsx",
    ]


def test_the_book_opens_for_who_holds_the_key(data: Path, tmp_path: Path) -> None:
    closed, opened, whole = (tmp_path / f"{name}.xlsx" for name in ("closed", "open", "whole"))
    assert call(data, "book", "-o", str(closed)).exit_code == 0
    by = ("--by", "hieu.pho", "--passphrase-stdin")
    made = call(data, "book", "-o", str(opened), *by, stdin=f"{PASSPHRASE}\n")
    assert made.exit_code == 0, made.output
    assert PASSPHRASE not in made.output and "Lê Văn" not in made.output
    assert "Lê Văn Sáu" not in words(closed) and "(đã niêm phong)" in words(closed)
    assert "Lê Văn Sáu" in words(opened) and "Đỗ Chín" not in words(opened)
    assert stat.S_IMODE(opened.stat().st_mode) == 0o600
    made = call(data, "book", "-o", str(whole), *by, "--sealed-room", stdin=f"{PASSPHRASE}\n")
    assert made.exit_code == 0 and "with the sealed room" in made.output, made.output
    assert "Đỗ Chín" in words(whole) and "BẢN CÓ SỐ LIỆU TỐ CÁO" in words(whole)


@pytest.mark.parametrize(
    ("more", "stdin", "said"),
    [
        (("--sealed-room",), None, "Name a key holder with --by."),
        (("--by", "ai.do", "--passphrase-stdin"), "x\n", "There is no account 'ai.do'"),
        (("--by", "hieu.pho"), None, "give it with --passphrase-stdin"),
        (("--by", "hieu.truong", "--passphrase-stdin", "--sealed-room"), f"{PASSPHRASE}\n", "denunciations"),
        (("--cut", "lunar"), None, "'lunar' is not one of"),
    ],
)
def test_one_clear_line_for_what_cannot_be(
    data: Path, tmp_path: Path, more: tuple[str, ...], stdin: str | None, said: str
) -> None:
    made = call(data, "book", "-o", str(tmp_path / "x.xlsx"), *more, stdin=stdin)
    assert made.exit_code != 0 and said in made.output, made.output
    assert not list(tmp_path.iterdir())


def test_a_wrong_passphrase_opens_nothing(data: Path, tmp_path: Path) -> None:
    made = call(
        data, "book", "-o", str(tmp_path / "x.xlsx"), "--by", "hieu.pho", "--passphrase-stdin", stdin="sai\n"
    )
    assert made.exit_code != 0 and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ({"school": "khong-co"}, "There is no school 'khong-co'"),
        ({"period": "2026-H3"}, "'2026-H3' is no period"),
        ({"period": "2026-01-01..2026-02-01", "cut": "statutory"}, "have no statutory cut"),
    ],
)
def test_wrong_values(data: Path, instead: dict[str, str], said: str) -> None:
    made = call(data, "xld", **instead)
    assert made.exit_code != 0 and said in made.output, made.output
