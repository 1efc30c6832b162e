"""`hailong survey check` as a person runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from survey_defs.loader import builtin_files

BROKEN = "id: a\nversion: 0\ntitle: {vi: A, en: A}\naudiences: [phu-huynh]\nquestions: []\n"


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("hailong")), "survey", "check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def test_without_files_the_built_in_ones_are_checked() -> None:
    done = check()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{path}: ok" for path in builtin_files()]


def test_every_problem_is_printed_and_the_command_fails(tmp_path: Path) -> None:
    broken, missing = tmp_path / "a.yaml", tmp_path / "none.yaml"
    broken.write_text(BROKEN, encoding="utf-8")
    good = builtin_files()[0]
    done = check(str(broken), str(good), str(missing))
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{broken}:2: bad-version: ")
    assert lines[1].startswith(f"{broken}:5: empty-list: ")
    assert lines[2].startswith(f"{missing}:1: unreadable: ")
    assert lines[3] == f"{good}: ok"
    assert all(" → " in line for line in lines[:3])
    assert "3 problems in 2 of 3 files" in done.stderr
