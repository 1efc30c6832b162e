"""What the documents on security claim is counted, complete, and names tests that are there."""

import ast
import importlib
import re
from functools import cache
from pathlib import Path

import pytest

from server.domain.access import guessable, roles
from tests.support.repository import ROOT
from tools import asvs

PAGES = [ROOT / "docs" / name for name in ("asvs.md", "security.md")]
_TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")


@cache
def functions(file: Path) -> frozenset[str]:
    """The tests that a file defines, in classes too."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


@pytest.fixture(scope="module")
def page() -> str:
    return asvs.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_every_test_that_is_named_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = _TEST.findall(text)
    assert len(named) == text.count(".py::") > 10
    missing = {
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).is_file() or test not in functions(ROOT / file)
    }
    assert missing == set()


def test_every_requirement_of_levels_1_and_2_is_named_once_with_its_level(page: str) -> None:
    levels, rows = asvs.levels(), asvs.rows(page)
    assert (len(levels), sum(level == 1 for level in levels.values())) == (253, 70)
    assert sorted(row.id for row in rows) == sorted(levels)
    assert sorted(re.findall(r"V\d+\.\d+\.\d+", page)) == sorted(levels)
    assert {row.id for row in rows if row.level not in (0, levels[row.id])} == set()


def test_every_row_says_how_it_stands_and_why(page: str) -> None:
    for row in asvs.rows(page):
        assert row.state in (*asvs.STATES, asvs.APART), row
        assert len(row.how) > 5, row
        if row.state == "met":
            assert _TEST.search(row.how) or "configured" in row.how, f"{row.id}: nothing shows it"
        if row.state in ("partly", "not met"):
            assert "Missing:" in row.how, f"{row.id}: what is missing?"


def test_the_counts_are_those_of_the_rows(page: str) -> None:
    assert page == asvs.with_counts(page), "run python -m tools.asvs"


def test_the_figures_are_those_of_the_code(page: str) -> None:
    named = re.findall(r"^\| .*\| ([\d,]+) ?([^|]*)\| `([\w.]+)\.(\w+)` \|$", page, re.MULTILINE)
    assert len(named) > 20
    for figure, unit, module, name in named:
        value = getattr(importlib.import_module(module), name)
        scale = {"hours": 3_600_000, "minutes": 60_000, "days": 86_400_000}.get(unit.split(" ")[0], 1)
        scale = scale if name.endswith("_MS") else 1
        assert value == int(figure.replace(",", "")) * scale, f"{module}.{name} is {value}"


def test_the_roles_are_those_of_the_code(page: str) -> None:
    named = dict(re.findall(r"^\| `roles\.([A-Z_]+)` \| ([a-z, ]+) \|", page, re.MULTILINE))
    tuples = {name: value for name, value in vars(roles).items() if isinstance(value, tuple)}
    groups = {name: ", ".join(value) for name, value in tuples.items() if name != "ROLES"}
    assert named == groups


def test_the_words_that_no_password_is_made_of_are_those_of_the_code(page: str) -> None:
    listed = page.split("No password is made of these words")[1].split("\n\n")[1]
    assert listed.replace("\n", " ").rstrip(".").split(", ") == list(guessable.WORDS)
