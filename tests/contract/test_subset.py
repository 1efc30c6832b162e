"""The wire's files keep to what MicroPython has."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import survey_defs

ROOM = Path(survey_defs.__file__).parent
FILES = ("wire.py", "wire_time.py", "strict_json.py", "box_config.py", "config_error.py")
ALLOWED = {
    *("binascii", "hashlib", "json", "sys", "survey_defs"),
    *("survey_defs.config_error", "survey_defs.wire", "survey_defs.wire_time"),
}
ELSEWHERE = ("TYPE_CHECKING", "sys.implementation.name != 'micropython'")
"""What a button never runs."""


@pytest.mark.parametrize("name", FILES)
def test_imports_are_there_on_a_button(name: str) -> None:
    tree = ast.parse((ROOM / name).read_text(encoding="utf-8"))
    not_there = {
        inner
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) in ELSEWHERE
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
