"""The golden vectors mean the same to CPython and to the real MicroPython."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from tests.support.micropython import micropython
from tests.support.vectors import GOLDEN, PROJECT, RUNNER, VECTORS


@pytest.fixture(scope="session", params=["cpython", "micropython"])
def told(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What one interpreter makes of every vector."""
    command = [sys.executable] if request.param == "cpython" else [*micropython(), "-X", "heapsize=16M"]
    done = subprocess.run(
        [*command, str(RUNNER), str(PROJECT), str(VECTORS)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-500:]
    results = dict(json.loads(line) for line in done.stdout.splitlines())
    assert results.pop("implementation") == request.param
    return results


@pytest.mark.parametrize("vector", GOLDEN, ids=[vector["name"] for vector in GOLDEN])
def test_vector(told: dict[str, Any], vector: dict[str, Any]) -> None:
    assert told[vector["name"]] == vector["expect"]


def test_there_are_enough_vectors_of_every_kind_good_and_bad() -> None:
    assert len(GOLDEN) >= 60
    assert len({vector["name"] for vector in GOLDEN}) == len(GOLDEN)
    kinds = Counter(vector["kind"] for vector in GOLDEN)
    assert set(kinds) == {"batch", "event", "receipt", "state", "topic", "wall", "time", "box-config"}
    assert min(kinds.values()) >= 5
    bad = sum(is_refused(vector["expect"]) for vector in GOLDEN)
    assert 60 <= bad <= len(GOLDEN) - 60


def is_refused(expect: dict[str, Any]) -> bool:
    """Whether a vector is a bad message."""
    return "error" in expect or expect.get("check") is not None or expect in ({"topic": None}, {"ms": None})
