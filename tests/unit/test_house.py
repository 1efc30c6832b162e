"""The repository keeps its own rules."""

import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import click

from survey_defs.cli import main
from tests.support.repository import ROOT, tracked


def test_the_references_say_what_the_program_says() -> None:
    done = subprocess.run(
        [sys.executable, "tools/write_reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_says_what_it_is_for() -> None:
    def walk(command: click.Command, path: str) -> None:
        assert command.help, f"{path} has no help"
        assert "Not available here" not in command.help, f"{path} cannot be loaded"
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help or option.name == "help", f"{path} {option.opts} has no help"
        if isinstance(command, click.Group):
            context = click.Context(command, info_name=path)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                walk(child, f"{path} {name}")

    walk(main, "hailong")


def test_the_commands_of_the_design_exist() -> None:
    names = set(main.list_commands(click.Context(main)))
    assert {
        "serve", "web", "ingest", "kiosk", "demo", "survey", "school", "device", "user", "token", "report",
        "backup", "restore", "migrate", "doctor", "broker", "simulate",
    } <= names  # fmt: skip


def test_requirements_are_locked_by_hash_and_name_no_host() -> None:
    for path in (ROOT / "requirements").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, f"{path.name} carries an address"
        pins = re.findall(r"^[a-z0-9].*==", text, re.MULTILINE)
        assert pins
        for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
            assert "--hash=sha256:" in block, f"{path.name}: {block.splitlines()[0]} has no hash"


def test_nothing_is_loaded_from_outside() -> None:
    for path in tracked():
        if path.suffix in {".html", ".css", ".js"}:
            text = path.read_text(encoding="utf-8")
            found = re.findall(r"""(?:src|href|url\(|@import|fetch\()\s*=?\s*["'(]*(https?:)?//[a-z]""", text)
            assert not found, f"{path.name} loads something from another host"


REPLACED = (
    "để riêng", "de-rieng", "thôi, quay lại", "dấu vân khóa", "nhanh quá sức người", "im lặng",
)  # fmt: skip
"""Words that nobody uses so; docs/glossary.md has those that took their places."""


def test_replaced_words_do_not_come_back() -> None:
    read = {".py", ".yaml", ".html", ".js", ".css", ".md", ".toml", ".json", ".typ", ".svg"}
    for path in tracked():
        if path.suffix in read and path != Path(__file__):
            text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8")).casefold()
            found = [each for each in REPLACED if each in text]
            assert not found, f"{path.relative_to(ROOT)}: {found}"


def test_the_readme_shows_the_two_commands_near_its_top() -> None:
    top = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:30])
    assert "make run" in top
    assert "make test" in top
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", top):
        assert (ROOT / picture).is_file(), f"{picture} is missing"


def test_links_of_the_documents_lead_somewhere() -> None:
    for path in tracked():
        if path.suffix == ".md":
            for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
                assert "://" in target or (path.parent / target).exists(), (
                    f"{path.relative_to(ROOT)}: {target}"
                )


def test_paths_that_newcomers_are_told_are_there() -> None:
    parts = r"`((?:server|kiosk|firmware|survey_defs|tests|tools)/[\w/.-]+)`"
    guides = [
        ROOT / "CONTRIBUTING.md",
        ROOT / "docs" / "architecture.md",
        *(ROOT / "docs/decisions").glob("*.md"),
    ]
    for guide in guides:
        for name in re.findall(parts, guide.read_text(encoding="utf-8")):
            made = name == "tests/artefacts/"
            assert made or (ROOT / name).exists(), f"{guide.relative_to(ROOT)} names {name}"


def test_no_clock_is_read_below_the_wiring() -> None:
    reads = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(|\btime\.time(_ns)?\(")
    for folder in ("server/domain", "server/services", "server/storage", "server/reports", "survey_defs"):
        for path in (ROOT / folder).rglob("*.py"):
            found = reads.search(path.read_text(encoding="utf-8"))
            assert not found, f"{path.relative_to(ROOT)} reads the clock: {found}"


SQL = ROOT / "server" / "storage" / "sql"
SERVICES = ROOT / "server" / "services"


def queries_of(file: Path) -> list[str]:
    return re.findall(r"^-- name: (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)


def test_sql_stands_in_a_file_of_its_rooms_name() -> None:
    rooms = {path.stem for path in SERVICES.iterdir()}
    assert {path.stem for path in SQL.glob("*.sql")} <= rooms
    names = [name for path in SQL.glob("*.sql") for name in queries_of(path)]
    assert len(names) == len(set(names))


def test_numbers_that_run_on_come_from_one_module() -> None:
    own = queries_of(SQL / "numbering.sql")
    assert own
    for path in (ROOT / "server").rglob("*.py"):
        found = [name for name in own if re.search(rf"\.{name}\(", path.read_text(encoding="utf-8"))]
        assert not found or path == SERVICES / "numbering.py", f"{path.relative_to(ROOT)}: {found}"
    for path in SQL.glob("*.sql"):
        text = re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))
        assert not re.search(r"MAX\([^)]*\)(, 0\))? \+ 1", text), path.name


def test_services_know_no_connection_of_their_own() -> None:
    own = re.compile(r"store\.connection|connection: Any|store\.sql\b")
    for path in [*SERVICES.rglob("*.py"), *(ROOT / "server" / "transport").rglob("*.py")]:
        assert not own.search(path.read_text(encoding="utf-8")), path.relative_to(ROOT)


def test_no_test_is_a_library_of_others() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        found = re.search(
            r"^ *(?:from|import) tests\.[\w.]*\btest_\w+", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert not found, f"{path.relative_to(ROOT)}: {found} belongs into tests/support or a conftest.py"
