"""The passphrase of the backups is lost: a sheet of paper and its code bring everything back."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.cli.common import write_new_file
from server.domain.problems import Problem
from server.services.upkeep import backup, backup_sheet
from tests.support.commands import hailong, run_hailong
from tests.support.store import World

PHRASE, OTHER = "bảy con cò trắng bay qua sông", "tám con cò trắng bay qua sông"


def refused(*words: object, stdin: str) -> str:
    """What a command says that must fail: one sentence."""
    done = run_hailong(*words, stdin=stdin)
    assert done.returncode == 1, done.stdout
    assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1
    return done.stderr


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    hailong("school", "add", "mau", "--name", "Trường THCS Mẫu", "--data", data)
    said = hailong("backup", "key", "--passphrase-stdin", "--data", data, stdin=f"{PHRASE}\n")
    assert "or a sheet of the key, no backup is opened" in said and "hailong backup sheet" in said
    return data


def test_with_the_sheet_and_its_code_a_lost_passphrase_loses_nothing(data: Path, tmp_path: Path) -> None:
    at, sheet = ("--passphrase-stdin", "--data", data), tmp_path / "to-giay.txt"
    before, after, fresh = tmp_path / "before.backup", tmp_path / "after.backup", tmp_path / "fresh"
    hailong("backup", "-o", before, "--data", data)
    made = hailong("backup", "sheet", "-o", sheet, "--json", *at, stdin=PHRASE)
    code, words = str(made["recovery_code"]), sheet.read_text(encoding="utf-8")
    assert sheet.stat().st_mode & 0o777 == 0o600
    assert made["key"] in words and "hailong restore BẢN-SAO-LƯU --sheet" in words
    assert code not in words and PHRASE not in words

    # Nobody knows the passphrase any more. The key gets another one, which opens what is made from now on.
    hailong("backup", "passphrase", "--sheet", sheet, *at, stdin=f"{code}\n{OTHER}\n")
    hailong("backup", "-o", after, "--data", data)
    verify = ("backup", "verify", "--passphrase-stdin")
    assert "sound" in hailong(*verify, after, stdin=OTHER)
    assert "not the passphrase" in refused(*verify, before, stdin=OTHER)
    # The sheet opens both, on another machine too.
    for saved in (before, after):
        assert "sound" in hailong(*verify, saved, "--sheet", sheet, stdin=code)
    restore = ("restore", before, "--sheet", sheet, "--passphrase-stdin", "--data", fresh)
    hailong(*restore, stdin=code.lower().replace("-", " "))
    assert "Trường THCS Mẫu" in hailong("school", "list", "--data", fresh)


def test_a_wrong_sheet_or_code_is_told_and_changes_nothing(data: Path, tmp_path: Path) -> None:
    saved, sheet = tmp_path / "saved.backup", tmp_path / "to-giay.txt"
    at = ("--passphrase-stdin", "--data", data)
    hailong("backup", "-o", saved, "--data", data)
    assert "not the passphrase" in refused("backup", "sheet", "-o", sheet, *at, stdin=OTHER)
    assert not sheet.exists()
    code = hailong("backup", "sheet", "-o", sheet, "--json", *at, stdin=PHRASE)["recovery_code"]
    assert "exists already" in refused("backup", "sheet", "-o", sheet, *at, stdin=PHRASE)
    verify = ("backup", "verify", saved, "--passphrase-stdin", "--sheet")
    assert "recovery code is wrong" in refused(*verify, sheet, stdin=PHRASE)
    assert "recovery code is wrong" in refused(*verify, sheet, stdin="ABCDE-" * 5 + "ABCDE")
    fresh = ("restore", saved, "--sheet", sheet, "--passphrase-stdin", "--data", tmp_path / "fresh")
    assert "recovery code is wrong" in refused(*fresh, stdin=PHRASE)
    assert not (tmp_path / "fresh" / "hailong.db").exists(), "no store was begun"
    cut = tmp_path / "cut.txt"
    cut.write_text(sheet.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    assert "no key backup" in refused(*verify, cut, stdin=code)
    kept = (data / "backup.key").read_bytes()
    passphrase = ("backup", "passphrase", *at)
    assert "recovery code is wrong" in refused(*passphrase, "--sheet", sheet, stdin=f"{PHRASE}\n{OTHER}\n")
    assert "too short" in refused(*passphrase, stdin=f"{PHRASE}\nngắn\n")
    assert (data / "backup.key").read_bytes() == kept
    said = hailong("backup", "key", "--renew", *at, stdin=f"{OTHER}\n")
    assert "keep these, too" in said, "what was made before opens as before"
    later = tmp_path / "later.backup"
    hailong("backup", "-o", later, "--data", data)
    other = ("backup", "verify", later, "--passphrase-stdin", "--sheet", sheet)
    assert "of another backup key" in refused(*other, stdin=code)
    assert "sound" in hailong(*verify, sheet, stdin=code)


def test_a_sheet_takes_no_other_sheets_place(tmp_path: Path) -> None:
    """Of two who write to one file at once the second is told: the code of the first would open nothing."""
    sheet = tmp_path / "to-giay.txt"
    write_new_file(sheet, b"first", 0o600)
    with pytest.raises(Problem, match="exists already"):
        write_new_file(sheet, b"second", 0o600)
    assert sheet.read_bytes() == b"first"
    assert sheet.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Problem, match="cannot be written"):
        write_new_file(tmp_path / "none" / "to-giay.txt", b"", 0o600)


def test_without_a_key_there_is_nothing_to_write_down(tmp_path: Path) -> None:
    ctx = World(tmp_path / "data").ctx
    opening = backup.by_passphrase(PHRASE)
    for work in (
        lambda: backup_sheet.make_sheet(ctx, opening, lambda _: None),
        lambda: backup.change_passphrase(ctx, opening, OTHER),
    ):
        with pytest.raises(Problem, match="no backup key yet"):
            work()


def test_a_backup_is_verified_on_a_machine_without_a_store(data: Path, tmp_path: Path) -> None:
    plain, sealed = tmp_path / "plain.db", tmp_path / "sealed.backup"
    hailong("backup", "-o", plain, "--plain", "--data", data)
    hailong("backup", "-o", sealed, "--data", data)
    before = {path: path.read_bytes() for path in (plain, sealed)}
    listed = hailong("backup", "verify", sealed, "--passphrase-stdin", "--json", stdin=PHRASE)
    assert listed["sealed"] is True and "hailong.db" in listed["files"]
    assert hailong("backup", "verify", plain, "--json") == {"sealed": False, "files": ["hailong.db"]}
    assert {path: path.read_bytes() for path in before} == before
    assert "There is no file" in refused("backup", "verify", tmp_path / "none", stdin="")
    damaged = bytearray(before[plain])
    damaged[4096:8192] = bytes(4096)
    plain.write_bytes(damaged)
    assert "is not a Hài Lòng database" in refused("backup", "verify", plain, stdin="")
