"""The journal on a flash that is too small for it; and the pure modules alike under both interpreters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.box import PROJECT, run_box

ROOM = Path(__file__).parent / "on_device"


def test_a_flash_that_is_full_refuses_and_loses_nothing() -> None:
    rounds, numbers, damaged, other = json.loads(run_box(ROOM / "small_flash.py", heap="1M").stdout)
    assert numbers, "the numbers run on without a hole"
    assert (damaged, other) == (0, 2000)
    for count, is_full, depth in rounds:
        assert is_full
        assert count > 100, "what was receipted made room"
        assert depth > 100


@pytest.mark.parametrize("seed", [1, 20260528])
def test_the_pure_modules_do_the_same_under_both(seed: int) -> None:
    here = subprocess.run(
        [sys.executable, ROOM / "replay_pure.py", str(seed)],
        cwd=PROJECT,
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert here.stdout.count("\n") > 400
    assert run_box(ROOM / "replay_pure.py", seed).stdout == here.stdout
