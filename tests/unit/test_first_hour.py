"""What the README tells a newcomer to type: the script goes through it, and every command of it is there."""

import importlib.machinery
import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from survey_defs.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("[!c]*.md")),
    ROOT / "firmware" / "README.md",
    ROOT / "kiosk" / "deploy" / "README.md",
]
"""Where people are told what to type; docs/commands.md is the program's own words."""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script itself, which has no ending by which it could be imported."""
    loader = importlib.machinery.SourceFileLoader("first_hour", str(ROOT / "tools" / "first-hour"))
    spec = importlib.util.spec_from_loader("first_hour", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    sys.modules["first_hour"] = module
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


def examples() -> Iterator[tuple[str, list[str]]]:
    """Every `hailong …` in a block of commands, with where it stands."""
    for path in DOCUMENTS:
        for block in re.findall(r"^```(?:sh)?\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S):
            for line in block.splitlines():
                if line.startswith("hailong "):
                    yield f"{path.name}: {line}", shlex.split(line, comments=True)[1:]


def test_the_script_takes_its_commands_from_the_readme(script: ModuleType) -> None:
    taken = script.commands((ROOT / "README.md").read_text(encoding="utf-8"))
    assert taken[:2] == ["apt-get install --yes make", "make install"]
    text = "\n".join(taken)
    assert f"hailong user add {script.LOGIN} " in text
    assert f"hailong point add {script.POINT} " in text
    assert "stdin" not in text
    with pytest.raises(ValueError, match="no section"):
        script.commands("# Hài Lòng\n")


def test_every_command_of_the_documents_is_there_with_its_options() -> None:
    found = list(examples())
    assert len(found) > 20
    for where, words in found:
        command: click.Command | None = main
        rest = list(words)
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            inner = command.get_command(click.Context(command), rest[0])
            assert inner or command.invoke_without_command, f"{where}: no command {rest[0]}"
            if inner is None:
                break
            command, rest = inner, rest[1:]
        assert command
        options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        for word in rest:
            if re.match(r"--?[a-z]", word):
                assert word.partition("=")[0] in options, f"{where}: no option {word}"
        needed = {each.name for each in command.params if each.required and isinstance(each, click.Option)}
        given = {each.name for each in command.params if set(each.opts) & set(rest)}
        assert needed <= given, f"{where}: misses {needed - given}"


def test_no_example_types_a_password_where_it_shows() -> None:
    for where, words in examples():
        assert not any(word.endswith("-stdin") for word in words), where


def test_what_is_installed_is_sound() -> None:
    deploy = ROOT / "server" / "deploy"
    for name in ("install", "hailong"):
        subprocess.run(["sh", "-n", str(deploy / name)], check=True)
        assert (deploy / name).stat().st_mode & 0o111
    unit = (deploy / "hailong.service").read_text(encoding="utf-8")
    for line in ("User=hailong", "ExecStart=/opt/hailong/bin/hailong serve", "Restart=always"):
        assert f"\n{line}\n" in unit
    assert "WantedBy=multi-user.target" in unit


def test_the_service_may_write_where_backups_and_the_brokers_files_are_put() -> None:
    """It may write nowhere else; both were once told to lie where it could not."""
    unit = (ROOT / "server/deploy/hailong.service").read_text(encoding="utf-8")
    (paths,) = re.findall(r"^ReadWritePaths=(.*)$", unit, re.M)
    writable = [each.removeprefix("-") for each in paths.split()]
    settings = (ROOT / "server/deploy/hailong.toml").read_text(encoding="utf-8")
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    (kept,) = re.findall(r'^#backup_dir = "(.*)"$', settings, re.M)
    (files,) = re.findall(r"hailong broker config -o (\S+)", readme)
    told = re.search(r"below (.*?) \(the service writes nowhere else\)", readme)
    assert told
    for place in (kept, files, *re.findall(r"`(.*?)`", told[1])):
        assert any(Path(place).is_relative_to(each) for each in writable), place


def test_no_service_leaves_a_file_to_others_or_to_the_swap() -> None:
    for unit in (ROOT / "server/deploy/hailong.service", ROOT / "kiosk/deploy/hailong-kiosk.service"):
        text = unit.read_text(encoding="utf-8")
        for line in (
            "User=hailong",
            "UMask=0077",
            "StateDirectoryMode=0700",
            "MemorySwapMax=0",
            "LimitCORE=0",
            "NoNewPrivileges=true",
        ):
            assert f"\n{line}\n" in text, (unit.name, line)
