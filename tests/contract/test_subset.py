"""What a board carries of the definitions, and the whole wire contract, keep to what MicroPython has."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import survey_defs
from firmware.host import build

ROOM = Path(survey_defs.__file__).parent
FILES = [f"{name}.py" for name in (*build.shared_modules(), "wire", "wire_server")]
ALLOWED = {
    *("binascii", "hashlib", "json", "sys", "survey_defs"),
    *(f"survey_defs.{Path(name).stem}" for name in FILES),
}


@pytest.mark.parametrize("name", FILES)
def test_imports_are_there_on_a_button(name: str) -> None:
    tree = ast.parse((ROOM / name).read_text(encoding="utf-8"))
    not_there = {
        inner
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) in build.NOT_ON_A_BOARD
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in not_there:
            continue
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= ALLOWED
        elif isinstance(node, ast.ImportFrom):
            assert node.module in ALLOWED
        assert not isinstance(node, (ast.Match, ast.NamedExpr))


def test_the_package_itself_brings_nothing() -> None:
    tree = ast.parse((ROOM / "__init__.py").read_text(encoding="utf-8"))
    assert all(isinstance(node, ast.Expr) for node in tree.body)
