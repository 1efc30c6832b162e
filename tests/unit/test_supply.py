"""What the program stands on: its licences, its bill of materials, and how its parts are fetched."""

import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner

from firmware.host import build, flash
from tests.support.repository import ROOT, tracked
from tools import licences, sbom
from tools.locked import LOCKS, pins


def test_the_program_is_under_apache_2_and_says_whom_to_tell_of_a_weakness() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").split("\n")[1].strip() == "Apache License"
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    policy = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    for said in ("docs/security.md", "docs/asvs.md", "within three working days", "within 7 days"):
        assert said in policy


def test_every_part_has_an_allowed_licence_and_stands_in_the_list() -> None:
    listed = licences.PAGE.read_text(encoding="utf-8")
    assert listed == licences.page()
    for lock in LOCKS:
        for pin in pins(lock):
            assert f"\n| {pin.name} | " in listed


@pytest.mark.parametrize(
    "licence",
    ["GPL-3.0-only", "MIT AND AGPL-3.0-only", "LicenseRef-our-own", "GPL-2.0-only OR AGPL-3.0-only"],
)
def test_a_licence_that_is_not_allowed_is_named(licence: str) -> None:
    with pytest.raises(licences.LicenceError, match=r"a-part: .* not among the allowed"):
        licences.check_allowed("a-part", licence)


def test_one_of_two_licences_is_enough() -> None:
    licences.check_allowed("a-part", "GPL-2.0-only OR MIT")


def test_a_part_that_says_no_licence_must_be_read() -> None:
    with pytest.raises(licences.LicenceError, match=r"a-part-of-nobody: .*Read it"):
        licences.licence_of("a-part-of-nobody")


def test_every_licence_that_was_read_by_hand_is_of_a_part_that_is_pinned() -> None:
    pinned = {pin.name for lock in LOCKS for pin in pins(lock)}
    assert set(licences.RULES["packages"]) <= pinned


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(sbom.bill())
    return made


def test_the_bill_of_materials_is_cyclonedx_and_the_same_each_time(bill: dict[str, Any]) -> None:
    schemas = files("cyclonedx.schema") / "_res"
    registry = jsonschema_rs.Registry(
        [
            (f"http://cyclonedx.org/schema/{file.name}", json.loads(file.read_text()))
            for file in (
                schemas / f"{name}.SNAPSHOT.schema.json" for name in ("spdx", "jsf-0.82", "cryptography-defs")
            )
        ]
    )
    schema = json.loads((schemas / "bom-1.6.SNAPSHOT.schema.json").read_text())
    jsonschema_rs.validator_for(schema, registry=registry).validate(bill)
    assert bill == json.loads(sbom.bill())
    assert len({part["bom-ref"] for part in bill["components"]}) == len(bill["components"])


def test_the_bill_of_materials_names_every_pinned_package_with_its_hashes(bill: dict[str, Any]) -> None:
    listed = {part["name"]: part for part in bill["components"] if part["type"] == "library"}
    assert set(listed) == {pin.name for pin in pins("run.txt")}
    for pin in pins("run.txt"):
        part = listed[pin.name]
        assert part["version"] == pin.version and part["licenses"]
        assert {each["content"] for each in part["hashes"]} == set(pin.hashes) != set()


def test_the_bill_of_materials_has_the_firmware_as_it_is_copied(bill: dict[str, Any], tmp_path: Path) -> None:
    for board in build.BOARDS:
        to = tmp_path / board
        assert CliRunner().invoke(flash.flash, ["--board", board, "--to", str(to)]).exit_code == 0
        part = next(part for part in bill["components"] if part["bom-ref"] == f"firmware/{board}")
        said = {file["name"]: file["hashes"][0]["content"] for file in part["components"]}
        assert said == {
            target: hashlib.sha256((to / target).read_bytes()).hexdigest()
            for target, _ in build.sources(board)
        }


def test_nothing_is_installed_by_a_name_that_somebody_else_may_own() -> None:
    """A name on an index, in an instruction or a script, brings whatever lies under it that day."""
    installs = re.compile(
        r"\b(?:pip3?|pipx|uv|uvx|npm|npx)\s+(?:tool\s+)?(?:install|run|exec|add)\b(?P<rest>[^\n`]*)"
    )
    for path in tracked():
        if path.suffix not in {".md", ".py", ".sh", ".html", ".yaml", ".toml", ".service", ""}:
            continue
        for found in installs.finditer(path.read_text(encoding="utf-8", errors="replace")):
            rest = found["rest"]
            if "--require-hashes" in rest:
                continue
            rest = rest.removesuffix('"$@"; }')  # a script's own function: its calls are looked at
            named = [word for word in rest.split() if not word.startswith(("-", "#", '"', "'", "."))]
            assert not named and "hailong[" not in rest, f"{path.relative_to(ROOT)}: {found[0]}"


def test_what_is_built_here_is_built_with_pinned_tools() -> None:
    """Without --no-build-isolation pip fetches the newest builder, by no hash."""
    for path in tracked():
        if path.name in {"Makefile", "install"} or path.suffix == ".md":
            for line in path.read_text(encoding="utf-8").splitlines():
                if "--no-deps" in line and "pip" in line.lower():
                    assert "--no-build-isolation" in line, f"{path.relative_to(ROOT)}: {line.strip()}"
