"""A YAML file read for people who make mistakes: every value knows its line, every problem is gathered.

PyYAML composes the tree of nodes; nothing is constructed from it but text, whole numbers and yes/no.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import yaml

from survey_defs.file_problems import FileProblem, make_problem
from survey_defs.plain_text import clean
from survey_defs.tone_marks import without_marks
from survey_defs.wire_common import is_slug
from survey_defs.yaml_text import compose

MAX_FILE_BYTES = 1 << 20

_KINDS = {"str": "text", "int": "a number", "bool": "yes/no", "null": "nothing", "float": "a decimal number"}
_SPACES = re.compile(r"[ \t\r\n]+")


class YamlFile:
    """One file's nodes and the problems found in them so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[FileProblem] = []
        self.root: yaml.Node | None = self._compose()
        if self.root is not None:
            self._check_letters(self.root, set())

    def report(self, at: yaml.Node | int, code: str, **values: object) -> None:
        """Adds a problem at a node's line, or at a line."""
        line = at if isinstance(at, int) else line_of(at)
        self.problems.append(make_problem(str(self.path), line, code, **values))

    def _compose(self) -> yaml.Node | None:  # noqa: PLR0911 - each return is a problem reported
        try:
            data = self.path.read_bytes()
        except OSError as error:
            self.report(1, "unreadable", why=error.strerror or str(error))
            return None
        if len(data) > MAX_FILE_BYTES:
            self.report(1, "too-big", size=len(data), limit=MAX_FILE_BYTES)
            return None
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.report(1 + data.count(b"\n", 0, error.start), "not-utf8", offset=error.start)
            return None
        try:
            root = compose(text)
        except yaml.reader.ReaderError as error:
            letter = f"letter U+{error.character:04X} may not stand in it"
            self.report(1 + text.count("\n", 0, error.position), "yaml-syntax", why=letter)
            return None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            why = error.problem or error.context or "unknown"
            self.report(mark.line + 1 if mark else 1, "yaml-syntax", why=why)
            return None
        except RecursionError:
            self.report(1, "yaml-syntax", why="nested too deep")
            return None
        if root is None:
            self.report(1, "empty-file")
        return root

    def _check_letters(self, node: yaml.Node, seen: set[int]) -> None:
        if id(node) in seen:  # an alias: the same node again, perhaps within itself
            return
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            if not unicodedata.is_normalized("NFC", node.value):
                self.report(node, "not-nfc", value=_short(node.value))
            elif clean(node.value) != node.value.replace("\r\n", "\n"):
                self.report(node, "not-text", value=_short(clean(node.value)))
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self._check_letters(item, seen)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._check_letters(key, seen)
                self._check_letters(value, seen)

    def mapping(self, node: yaml.Node, what: str) -> dict[str, yaml.Node]:
        """The fields of a mapping; keys that stand twice are reported, the first counts."""
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, what, "fields with values", "Write 'name: value' lines under it.")
            return {}
        fields: dict[str, yaml.Node] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            name = _key_name(key)
            if name in fields:
                self.report(key, "duplicate-key", key=name, first=lines[name])
            else:
                fields[name], lines[name] = value, line_of(key)
        return fields

    def fields(
        self, node: yaml.Node, what: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, yaml.Node]:
        """The known fields of a mapping; missing and unknown ones are reported."""
        found = self.mapping(node, what)
        if not isinstance(node, yaml.MappingNode):
            return {}
        known = required + optional
        for name in found:
            if name not in known:
                key = next(key for key, _ in node.value if _key_name(key) == name)
                self.report(key, "unknown-field", what=what, key=name, nearest=nearest(name, known))
        for name in required:
            if name not in found:
                self.report(node, "missing-field", what=what, key=name)
        return {name: value for name, value in found.items() if name in known}

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        """The items of a list; an empty one is reported."""
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(node, what, "a list", "Begin each item with '- ', or write [a, b].")
            return []
        if not node.value:
            self.report(node, "empty-list", what=what)
        return list(node.value)

    def words(self, node: yaml.Node, what: str) -> str | None:
        """A text just as it stands; an empty one is reported."""
        if not isinstance(node, yaml.ScalarNode) or _kind(node) != "str":
            self._wrong(node, what, "text", 'Put it in "quotes".')
            return None
        text: str = node.value
        if not text.strip():
            self.report(node, "empty-text", what=what)
            return None
        return text

    def string(self, node: yaml.Node, what: str) -> str | None:
        """A text; runs of spaces and line ends count as one space."""
        text = self.words(node, what)
        return None if text is None else _SPACES.sub(" ", text).strip(" ")

    def integer(self, node: yaml.Node, what: str) -> int | None:
        """A whole number in plain digits."""
        if not isinstance(node, yaml.ScalarNode) or _kind(node) != "int" or not _is_plain_int(node.value):
            self._wrong(node, what, "a whole number", "Write plain digits without quotes.")
            return None
        return int(node.value)

    def boolean(self, node: yaml.Node, what: str) -> bool | None:
        """`true` or `false`."""
        if not isinstance(node, yaml.ScalarNode) or _kind(node) != "bool":
            self._wrong(node, what, "true or false", "Write true or false without quotes.")
            return None
        return node.value.lower() in {"true", "yes", "on"}

    def slug(self, node: yaml.Node, what: str) -> str | None:
        """An id: a-z, 0-9 and hyphen."""
        text = self.string(node, what)
        if text is not None and not is_slug(text):
            self.report(node, "bad-id", what=what, value=_short(text), example=as_slug(text))
            return None
        return text

    def one_of(self, node: yaml.Node, what: str, values: Iterable[str]) -> str | None:
        """One of the given words."""
        text = self.string(node, what)
        if text is not None and text not in values:
            self.report(node, "unknown-value", what=what, value=_short(text), nearest=nearest(text, values))
            return None
        return text

    def _wrong(self, node: yaml.Node, what: str, wanted: str, hint: str) -> None:
        self.report(node, "wrong-type", what=what, wanted=wanted, found=_found(node), hint=hint)


def line_of(node: yaml.Node) -> int:
    """The line, from 1, in which a node begins."""
    return int(node.start_mark.line) + 1


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy for an unknown word: the one that was probably meant, else all that exist."""
    options = list(known)
    close = difflib.get_close_matches(word, options, n=1)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Known are: {', '.join(options)}." if options else "Remove it."


def as_slug(text: str) -> str:
    """An id made of any words: `Thời gian` becomes `thoi-gian`."""
    return re.sub(r"[^a-z0-9]+", "-", without_marks(text.lower())).strip("-")[:64].strip("-") or "ten-ngan"


def _key_name(key: yaml.Node) -> str:
    """The name of a field; `?` where something else than a word stands in its place."""
    return str(key.value) if isinstance(key, yaml.ScalarNode) else "?"


def _kind(node: yaml.ScalarNode) -> str:
    return str(node.tag).rpartition(":")[2]


def _found(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        kind = _kind(node)
        return f"{_KINDS.get(kind, kind)} ('{_short(node.value)}')" if node.value else "nothing"
    return "a list" if isinstance(node, yaml.SequenceNode) else "fields with values"


def _is_plain_int(text: str) -> bool:
    return re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text) is not None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
