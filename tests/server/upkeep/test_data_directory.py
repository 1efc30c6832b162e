"""A mistyped data directory: nothing begins an empty store in silence, and what begins one says so."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.services.upkeep import restore_settling
from server.settings import settings_file
from survey_defs.cli import main
from tests.support.commands import hailong, run_hailong
from tests.support.every_command import BESIDES, NEED_NONE, every_command, least_arguments
from tests.support.forked import Forked, at_terminal
from tests.support.ports import free_port
from tests.support.server import HAILONG, ServerProcess

BEGIN_ONE = {"serve", "school add", "device add-sample", "restore", "demo"}
"""What sets a server up, or shows one."""


def test_every_other_command_refuses_where_there_is_no_store(tmp_path: Path) -> None:
    typo, file = tmp_path / "hailnog", tmp_path / "some.txt"
    file.write_text("text")
    seen = set()
    for path, command in every_command():
        seen.add(path)
        if path in BEGIN_ONE | NEED_NONE:
            continue
        arguments = [
            *path.split(),
            *least_arguments(command, file),
            *BESIDES.get(path, []),
            "--data",
            str(typo),
        ]
        said = CliRunner().invoke(main, arguments, input="mat-khau-du-dai\n" * 3)
        assert said.exit_code == 1, (path, said.output, said.stderr)
        assert re.fullmatch(rf"Error: There is no Hài Lòng store in {typo}\..+\n", said.stderr), (
            path,
            said.stderr,
        )
        assert not typo.exists(), path
    assert seen >= BEGIN_ONE | NEED_NONE


def test_every_other_command_refuses_while_a_restore_is_unfinished(tmp_path: Path) -> None:
    """What was withdrawn since the backup stands open: no command may act on it, read it, or copy it on."""
    data, file = tmp_path / "data", tmp_path / "some.txt"
    file.write_text("text")
    hailong("school", "add", "mau", "--name", "Trường THCS Mẫu", "--data", data)
    restore_settling.begin(data)
    finish = {"serve", "web", "ingest", "restore"}
    for path, command in every_command():
        if path in finish | NEED_NONE:
            continue
        arguments = [*path.split(), *least_arguments(command, file), *BESIDES.get(path, []), "--data", data]
        said = run_hailong(*arguments, stdin="mat-khau-du-dai\n" * 3)
        assert said.returncode == 1, (path, said.stdout, said.stderr)
        assert re.fullmatch(rf"Error: A restore of {data} was cut off.+\n", said.stderr), (path, said.stderr)


def test_a_limit_at_a_school_needs_that_schools_store(tmp_path: Path) -> None:
    rule = ("deadline", "citizen_reception.answer", "--from", "2026-01-05")
    assert run_hailong(*rule, "--data", tmp_path / "none").returncode == 0
    assert "no Hài Lòng store" in run_hailong(*rule, "--school", "mau", "--data", tmp_path / "none").stderr
    assert not (tmp_path / "none").exists()


def test_what_begins_a_store_says_so_once(tmp_path: Path) -> None:
    add = ("school", "add", "mau", "--name", "Trường THCS Mẫu", "--json", "--data", tmp_path / "new")
    done = run_hailong(*add)
    assert done.returncode == 0
    assert done.stderr == f"Made a new, empty store in {tmp_path / 'new'}\n"
    again = run_hailong("school", "add", "hai", "--name", "Trường", "--data", tmp_path / "new")
    assert (again.returncode, again.stderr) == (0, "")
    sample = run_hailong("device", "add-sample", "--boxes", 1, "--data", tmp_path / "sample")
    assert sample.stderr == f"Made a new, empty store in {tmp_path / 'sample'}\n"


def test_what_begins_one_by_another_command_says_so_too(tmp_path: Path) -> None:
    """`simulate --data` has a sample school made, `demo` shows one: both may have been mistyped."""
    simulate = ("simulate", "--kiosks", "1", "--boxes", "0", "--data")
    broker = ("--broker", f"mqtt://127.0.0.1:{free_port()}")
    for place, command in (
        (tmp_path / "simulated", [*simulate, str(tmp_path / "simulated"), *broker]),
        (tmp_path / "shown", ["demo", "--no-window", "--data", str(tmp_path / "shown")]),
    ):
        place.mkdir()
        process = Forked(command, place.with_suffix(".log"))
        process.wait_for_words(f"Made a new, empty store in {place}\n")
        process.kill()  # asked to stop, a simulation would wait for a broker that is not there
        process.wait()


def test_serve_says_what_is_still_to_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ServerProcess(tmp_path / "data")
    with server:
        assert f"Made a new, empty store in {tmp_path / 'data'}" in server.words()
        assert "next    no school yet: hailong school add" in server.words()
    hailong("school", "add", "mau", "--name", "Trường THCS Mẫu", "--data", server.data)
    server.log.write_text("")
    with server:
        assert "Made" not in server.words()
        assert "next    nobody can sign in yet: hailong user add LOGIN --role deputy --school mau" in (
            server.words()
        )
    user = ("user", "add", "an", "--role", "deputy", "--school", "mau", "--password-stdin")
    hailong(*user, "--data", server.data, stdin="mat-khau-du-dai\n")
    server.log.write_text("")
    with server:
        where = f"http://127.0.0.1:{server.port}"
        assert f"next    set public_url: codes lead to {where} meanwhile" in server.words()
    monkeypatch.setenv("HAILONG_PUBLIC_URL", "https://hailong.example.vn")
    server.log.write_text("")
    with server:
        assert "next" not in server.words()


def test_a_kiosk_says_that_it_begins_with_nothing(tmp_path: Path) -> None:
    command = [
        *HAILONG, "kiosk", "--broker", f"mqtt://127.0.0.1:{free_port()}", "--school", "mau", "--device", "k1",
        "--data", str(tmp_path / "kisok"), "--simulate", "0", "--pace", "0",
    ]  # fmt: skip
    told = []
    for _ in range(2):
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            said = ""
            while "no connection to" not in said:
                line = process.stderr.readline()
                assert line, said
                said += line
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        told.append(str(tmp_path / "kisok") in said)
    assert told == [True, False]


PASSWORD, FIRST, SECOND = "mat-khau-du-dai", "bon con ngua qua cau", "nam con ngua qua cau"
WIFI = "mat-khau-wifi"


def at_prompts(folder: Path) -> dict[str, tuple[list[object], tuple[str, ...]]]:
    """Every command that asks for what nobody may see: its arguments, and what is typed, in an order that a
    school could go through."""
    school, room = ["--school", "mau"], [*("--school", "mau"), "--holder", "an"]
    sheet, by = folder / "phieu.txt", ["--by", "an", "-o"]
    return {
        "user add": (["an", "--role", "deputy", *school], (PASSWORD, PASSWORD)),
        "user passwd": (["an"], (PASSWORD, PASSWORD)),
        "key make": ([*room], (FIRST, FIRST)),
        "key passphrase": (["--holder", "an"], (FIRST, SECOND, SECOND)),
        "key renew": ([*room], (SECOND, SECOND)),
        "key grant": ([*school, "--by", "an", "--holder", "binh"], (SECOND, FIRST, FIRST)),
        "key backup": ([*school, *by, sheet], (SECOND,)),
        "key restore": ([sheet, "--holder", "binh"], ("(code)", FIRST, FIRST)),
        "key revoke": ([*school, "--by", "an", "--holder", "binh", "--second", "binh"], (SECOND, PASSWORD)),
        "privacy answer": ([1, *by[:2], "--done", "--second", "binh"], (PASSWORD,)),
        "privacy erase": (["--case", "2026-1", *by[:2], "--second", "binh"], (PASSWORD,)),
        "register book": ([*school, "--period", "2026-H1", *by, folder / "so.xlsx"], (SECOND,)),
        "register tcd": ([*school, "--period", "2026-H1", *by, folder / "tcd.xlsx"], (SECOND,)),
        "register xld": ([*school, "--period", "2026-H1", *by, folder / "xld.xlsx"], (SECOND,)),
        "backup key": ([], (FIRST, FIRST)),
        "backup sheet": (["-o", folder / "sao-luu.txt"], (FIRST,)),
        "backup passphrase": ([], (FIRST, SECOND, SECOND)),
        "backup verify": ([folder / "so.backup"], (FIRST,)),
        "restore": ([folder / "so.backup"], (FIRST,)),
        "device flash": (["--board", "esp32", "--wifi", "mau", "--to", folder / "board"], (WIFI,)),
    }


def test_nothing_secret_typed_at_a_terminal_ever_shows(tmp_path: Path) -> None:
    data, code = tmp_path / "data", ""
    run_hailong("school", "add", "mau", "--name", "Trường THCS Mẫu", "--data", data)
    binh = ("user", "add", "binh", "--role", "officer", "--school", "mau", "--password-stdin")
    run_hailong(*binh, "--data", data, stdin=PASSWORD)
    options = {
        path: [opt for each in command.params for opt in each.opts if opt.endswith("-stdin")]
        for path, command in every_command()
    }
    table = at_prompts(tmp_path)
    assert table.keys() == {path for path, found in options.items() if found}
    for number, (path, (arguments, answers)) in enumerate(table.items()):
        # Every second one as for a script, which hides what is typed all the same.
        given = [*path.split(), *arguments, *(options[path] if number % 2 else ())]
        place = [] if path in NEED_NONE else ["--data", data]
        typed = tuple(code if each == "(code)" else each for each in answers)
        # There is no case to be erased here; the password is asked for all the same.
        shown = at_terminal(*given, *place, answers=typed, status=int(path.startswith("privacy ")))
        assert [each for each in typed if each in shown] == [], path
        if path == "backup key":
            hailong("backup", "-o", tmp_path / "so.backup", "--data", data)
        if path == "key backup":
            code = re.findall(r"recovery code +(.+?)\s*\n", shown)[0]
    assert WIFI in (tmp_path / "board" / "wish.json").read_text(encoding="utf-8")


def test_the_settings_of_the_machine_hold_where_none_lie_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    system = tmp_path / "etc.toml"
    data = tmp_path / "data"
    data.mkdir()
    assert settings_file(str(data), system) is None
    system.write_text("")
    assert settings_file(str(data), system) == settings_file(None, system) == system
    (data / "hailong.toml").write_text("")
    assert settings_file(str(data), system) == data / "hailong.toml"
    assert settings_file(None, system) == system
    (tmp_path / "hailong.toml").write_text("")
    assert settings_file(str(data), system) == Path("hailong.toml")
