"""What a board carries of the definitions is one with the import contract and the type checker's list."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from firmware.host import build

PROJECT = Path(__file__).parents[2]
CONTRACT = "the device side reaches only those definitions that a board carries"
HAS_MSGSPEC = "strict_json"
"""On a PC it imports msgspec, which the boards' type checker does not know."""


def test_the_import_contract_forbids_all_that_no_board_carries() -> None:
    config = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (each for each in config["tool"]["importlinter"]["contracts"] if each["name"] == CONTRACT)
    forbidden = set(contract["forbidden_modules"])
    carried = {f"survey_defs.{name}" for name in build.shared_modules()}
    whole = {f"survey_defs.{path.stem}" for path in build.DEFINITIONS.glob("*.py")}
    assert carried & forbidden == set(), "a board would carry what is not meant for it"
    assert carried | forbidden == whole


def test_a_board_does_not_carry_the_checks_of_the_server() -> None:
    assert not {"wire", "wire_server"} & set(build.shared_modules())
    assert {"wire_common", "wire_device", "wire_time"} <= set(build.shared_modules())


@pytest.mark.parametrize("stubs", ["esp32", "rp2"])
def test_the_type_checker_of_a_board_reads_what_it_carries(stubs: str) -> None:
    lines = (PROJECT / "tools" / f"pyright-{stubs}.json").read_text(encoding="utf-8").splitlines()
    config = json.loads("\n".join(line for line in lines if not line.strip().startswith("//")))
    read = {Path(place).stem for place in config["include"] if place.startswith("../survey_defs/")}
    assert read == set(build.shared_modules()) - {"__init__", HAS_MSGSPEC}
