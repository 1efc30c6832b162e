"""Every problem has its words in both languages, stands in the catalogue of its room, and is in use."""

from __future__ import annotations

import ast
import string
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from pathlib import Path

import pytest

from server.domain.problems import STORE_TROUBLES
from server.domain.problems.catalogue import CATALOGUES, PROBLEMS, join
from server.domain.problems.wording import Wording

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "server/domain/problems"
ROOMS = ("server/services", "server/transport/http", "server")
"""Where the rooms are that have catalogues."""

FOR_COMMANDS = {
    "unknown-place": {"known"},
    "unknown-audience": {"known"},
    "unknown-survey": {"known"},
    "survey-audience": {"survey", "audience", "known"},
    "no-seal-key": {"room"},
    "key-exists": {"room"},
    "not-a-holder": {"room"},
    "only-principals-left": {"room"},
    "last-holder": {"room"},
    "role-holds-no-key": {"roles"},
    "unknown-request-kind": {"kind", "known"},
    "unknown-refusal": {"known"},
}
"""Places of the English sentence alone: a command tells which words it takes; pages offer them to choose."""


@cache
def program() -> dict[Path, ast.Module]:
    """The modules in which a code can be raised: the server's, and the definitions that both sides know."""
    return {
        path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
        for folder in ("server", "survey_defs")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if CATALOGUE not in path.parents
    }


@cache
def uses() -> dict[str, set[Path]]:
    """Where each code stands as a word of its own."""
    found: dict[str, set[Path]] = defaultdict(set)
    for path, tree in program().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value in PROBLEMS:
                found[node.value].add(path)
    return found


def raised() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every `Problem("code", …)` of the program."""
    for path, tree in program().items():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "Problem"
                and isinstance(node.args[0], ast.Constant)
            ):
                yield path, node, node.args[0].value


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_every_catalogue_is_loaded() -> None:
    files = {path.stem for path in CATALOGUE.glob("*.py")} - {"__init__", "catalogue", "wording"}
    assert set(CATALOGUES) == files
    assert sum(map(len, CATALOGUES.values())) == len(PROBLEMS)


def test_a_code_stands_in_one_catalogue() -> None:
    word = Wording(400, "Một", "One")
    with pytest.raises(ValueError, match="two catalogues: b"):
        join([{"a": word, "b": word}, {"b": word}])


@pytest.mark.parametrize("room", CATALOGUES)
def test_a_code_stands_once_in_its_catalogue(room: str) -> None:
    tree = ast.parse((CATALOGUE / f"{room}.py").read_text(encoding="utf-8"))
    codes = [
        key.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]
    assert len(codes) == len(set(codes)) == len(CATALOGUES[room])


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_problem_is_told_alike_in_both_languages(code: str) -> None:
    wording = PROBLEMS[code]
    assert HTTPStatus(wording.status)
    assert wording.vi.strip()
    assert wording.en.strip()
    assert wording.vi != wording.en
    assert places(wording.en) - places(wording.vi) == FOR_COMMANDS.get(code, set())
    assert places(wording.vi) <= places(wording.en)


def test_every_room_with_a_catalogue_is_there() -> None:
    for room in CATALOGUES:
        assert any(
            (ROOT / folder / room).is_dir() or (ROOT / folder / f"{room}.py").is_file() for folder in ROOMS
        ), f"there is no room {room}"


def test_every_code_is_used() -> None:
    assert sorted(PROBLEMS.keys() - uses().keys()) == []


def test_a_code_that_one_room_alone_raises_is_that_rooms() -> None:
    services, pages = Path("server/services"), Path("server/transport")
    for room, catalogue in CATALOGUES.items():
        for code in catalogue:
            rooms = {
                path.parts[2].removesuffix(".py") if services in path.parents else str(path)
                for path in uses()[code]
                if pages not in path.parents
            }
            if len(rooms) == 1 and not any("/" in each for each in rooms):
                assert rooms == {room}, f"{code} stands in {room}"


def test_what_is_raised_has_words_and_fills_their_places() -> None:
    for path, call, code in raised():
        here = f"{path}:{call.lineno}"
        assert code in PROBLEMS, f"{here} raises {code}, which has no words"
        given = {keyword.arg for keyword in call.keywords}
        if None not in given:
            assert places(PROBLEMS[code].en) <= given, f"{here} leaves a place of {code} empty"


def test_the_troubles_of_the_store_are_codes_of_the_storage() -> None:
    assert CATALOGUES["storage"].keys() >= STORE_TROUBLES
