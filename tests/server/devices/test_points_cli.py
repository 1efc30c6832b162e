"""`hailong point …`: points, posters and slips from the command line, and what it says to bad input."""

from __future__ import annotations

import io
import json
import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from server.services.devices import points, slips
from server.settings import Settings
from server.wiring.contexts import build
from survey_defs.cli import main
from tests.support.reading import reading

URL = "https://hailong.example.vn"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HAILONG_PUBLIC_URL", URL)
    monkeypatch.setenv("HAILONG_DATA", str(tmp_path / "data"))
    done("school", "add", "mau", "--name", "Trường THCS Mẫu")
    return tmp_path / "data"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def done(*arguments: object) -> Any:
    """A command that must succeed; with `--json`, the object that it printed."""
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout) if "--json" in arguments else result.stdout


def error(*arguments: object) -> str:
    """What a command says that must fail, in its one line."""
    result = run(*arguments)
    assert result.exit_code != 0
    assert re.fullmatch(r"Error: .+\n", result.stderr), result.stderr
    return result.stderr.strip()


def add(*arguments: object) -> Any:
    return done("point", "add", "--school", "mau", *arguments, "--json")


def test_a_point_from_its_making_to_its_end(data: Path) -> None:
    made = add("--label", "Bàn số 1", "--wifi", "THCS-Mau")
    assert (made["id"], made["address"], made["survey"]) == ("ban-so-1", f"{URL}/q/ban-so-1", "tthc")
    assert (made["single_use"], made["retired_at"]) == (False, None)
    assert f"{URL}/q/lop-9a" in done(
        "point", "add", "lop-9a", "--school", "mau", "--label", "Lớp 9A", "--place", "audience",
        "--audience", "hoc-sinh",
    )  # fmt: skip
    changed = done("point", "set", "ban-so-1", "--label", "Bàn một", "--single-use", "--json")
    assert (changed["label"], changed["wifi"], changed["single_use"]) == ("Bàn một", "THCS-Mau", True)
    assert done("point", "set", "ban-so-1", "--no-single-use", "--json")["single_use"] is False
    listed = done("point", "list", "--school", "mau", "--json")["points"]
    assert {one["id"]: one["survey"] for one in listed} == {
        "ban-so-1": "tthc",
        "lop-9a": "tam-tu-nguyen-vong-hoc-sinh",
    }
    assert done("point", "retire", "lop-9a", "--json")["retired_at"]
    assert re.search(r"lop-9a .+ retired +Lớp 9A\n", done("point", "list"))
    assert "bring-back" in error("point", "retire", "lop-9a")
    assert done("point", "bring-back", "lop-9a", "--json")["retired_at"] is None
    shown = done("point", "show", "lop-9a", "--json")
    assert (shown["counted"], shown["left_out"], shown["last_day"], shown["slips_left"]) == (0, 0, None, 0)
    assert "slips_left    0\n" in done("point", "show", "lop-9a")


def test_a_code_from_device_add_is_a_point(data: Path) -> None:
    made = done("device", "add", "qr-ban-1", "--school", "mau", "--kind", "qr", "--json")
    assert set(made) == {"device", "school", "username", "password", "broker"}
    assert done("point", "show", "qr-ban-1", "--json")["place"] == "desk"


def test_what_cannot_be(data: Path) -> None:
    done("device", "add", "kiosk-1", "--school", "mau", "--kind", "kiosk")
    add("cu", "--label", "Cũ")
    done("point", "retire", "cu")
    new = ("point", "add", "--school", "mau", "--label", "x")
    assert "lower-case letters" in error("point", "add", "Bàn", "--school", "mau", "--label", "x")
    assert "no school 'khac'" in error("point", "add", "--school", "khac", "--label", "x")
    assert "audience 'ong-ba'. Choose one of: phu-huynh" in error(*new, "--audience", "ong-ba")
    assert "place 'cong'" in error(*new, "--place", "cong")
    assert "survey 'khong'. Known ones: giao-duc-cong" in error(*new, "--survey", "khong")
    assert "does not ask 'hoc-sinh'" in error(*new, "--survey", "sipas", "--audience", "hoc-sinh")
    assert "a device 'kiosk-1' already" in error("point", "add", "kiosk-1", "--school", "mau", "--label", "x")
    assert "retired" in error("point", "add", "cu", "--school", "mau", "--label", "x")
    assert "1 to 60 letters" in error("point", "add", "--school", "mau", "--label", "x" * 61)
    for command in ("show", "poster", "slips"):
        assert "no survey point 'kiosk-1'" in error("point", command, "kiosk-1")
    assert "no school 'khac'" in error("point", "list", "--school", "khac")
    assert "retired" in error("point", "poster", "cu")
    assert run("point", "poster", "cu", "--size", "a3").exit_code == 2
    assert not list(data.parent.glob("*.*"))


def test_posters(data: Path) -> None:
    label = "=HYPERLINK(1)<b>&amp;”"
    add("ban", "--label", label, "--wifi", "<THCS>")
    assert done("point", "poster", "ban").startswith("to-dan-ban-a4.pdf: ")
    assert Path("to-dan-ban-a4.pdf").read_bytes().startswith(b"%PDF-")
    made = done("point", "poster", "ban", "--size", "a5", "--format", "docx", "-o", "x.docx", "--json")
    assert made == {
        "file": "x.docx", "id": "ban", "size": "a5", "format": "docx", "address": f"{URL}/q/ban",
    }  # fmt: skip
    with zipfile.ZipFile("x.docx") as parts:
        body = parts.read("word/document.xml").decode()
    assert "=HYPERLINK(1)&lt;b&gt;&amp;amp;”" in body and "<b>&" not in body
    assert "&lt;THCS&gt;" in body
    assert "cannot be written" in error("point", "poster", "ban", "-o", "khong-co/x.pdf")


def test_nothing_is_printed_with_a_guessed_address(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add("ban", "--label", "Bàn")
    add("ban-2", "--label", "Bàn số 2", "--single-use")
    monkeypatch.delenv("HAILONG_PUBLIC_URL")
    for ending in ("pdf", "docx"):
        assert "set public_url in hailong.toml" in error("point", "poster", "ban", "--format", ending)
        assert "set public_url in hailong.toml" in error("point", "slips", "ban-2", "--format", ending)
    assert done("point", "show", "ban-2", "--json")["slips_made"] == 0
    assert not list(Path().glob("*.pdf")) + list(Path().glob("*.docx"))
    # What a demo, or any server, keeps in its data holds for commands that name the data.
    (data / "hailong.toml").write_text('public_url = "http://127.0.0.1:9090"\n')
    assert done("point", "poster", "ban", "--json")["address"] == "http://127.0.0.1:9090/q/ban"


def test_slips(data: Path) -> None:
    add("ban", "--label", "Bàn số 1", "--single-use")
    made = done("point", "slips", "ban", "--format", "docx", "--json")
    assert made == {"file": "phieu-cat-ban.docx", "id": "ban", "slips": 24, "format": "docx", "left": 24}
    file = Path("phieu-cat-ban.docx")
    # Each slip is worth an answer: nobody else on this machine reads the file.
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert zipfile.ZipFile(io.BytesIO(file.read_bytes())).testzip() is None
    assert "48 slips of ban; 72 are not used yet" in done("point", "slips", "ban", "--sheets", "2")
    assert Path("phieu-cat-ban.pdf").read_bytes().startswith(b"%PDF-")
    for sheets in ("0", "1000"):
        assert "1 to 20 sheets" in error("point", "slips", "ban", "--sheets", sheets)
    assert "no poster: hailong point slips ban" in error("point", "poster", "ban")
    done("point", "set", "ban", "--no-single-use")
    assert "--single-use" in error("point", "slips", "ban")


def test_slips_that_cannot_be_written_were_never_made(data: Path) -> None:
    add("ban", "--label", "Bàn số 1", "--single-use")
    Path("thu-muc").mkdir()
    for target in ("khong-co/x.pdf", "thu-muc"):
        assert "cannot be written" in error("point", "slips", "ban", "-o", target)
    assert done("point", "show", "ban", "--json")["slips_made"] == 0
    assert sorted(path.name for path in Path().iterdir()) == ["data", "thu-muc"]


def test_sheets_whose_slips_the_store_lost_are_taken_away(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up between the file and the commit: slips that open nothing must not be handed out."""
    add("ban", "--label", "Bàn số 1", "--single-use")
    keeping = slips.keeping

    @contextmanager
    def fails_at_the_end(*arguments: Any) -> Iterator[None]:
        with keeping(*arguments):
            yield
            raise OSError("disk full")

    monkeypatch.setattr(slips, "keeping", fails_at_the_end)
    assert isinstance(run("point", "slips", "ban").exception, OSError)
    assert not list(Path().glob("phieu*"))
    ctx = build(Settings(data=str(data)))
    assert slips.left_of(reading(ctx), points.find(reading(ctx), "ban")) == (0, 0)
    ctx.store.close()
