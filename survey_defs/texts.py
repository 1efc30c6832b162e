"""Words on screens and pages: flat YAML files, `key: "text with {places}"`.

A language that tells one from many says both: `"{days} {days:day|days} left"`.
A language's words stand in `<language>.yaml` and, where that grows long, in `<language>.<part>.yaml` too.
"""

from __future__ import annotations

import string
from pathlib import Path

import yaml

from survey_defs.file_problems import SurveyFileError
from survey_defs.yaml_file import YamlFile

DEFAULT_LANGUAGE = "vi"


class Texts:
    """The texts of every language; call it with a language, a key and the values of its places."""

    def __init__(self, tables: dict[str, dict[str, str]]) -> None:
        """`tables` maps a language to its texts by key; Vietnamese must be among them."""
        self._tables = tables
        self._default = tables[DEFAULT_LANGUAGE]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are, Vietnamese first."""
        return (DEFAULT_LANGUAGE, *sorted(set(self._tables) - {DEFAULT_LANGUAGE}))

    def __call__(self, lang: str, key: str, /, **values: object) -> str:
        """The text in `lang`, in Vietnamese where that has no file. KeyError for a missing key or value."""
        table = self._tables.get(lang, self._default)
        try:
            text = table[key]
            if not values and "{" not in text and "}" not in text:  # the most of a page's words
                return text
            return _FORMAT.vformat(text, (), values)
        except KeyError as error:
            what = "no such text" if key not in table else f"no value for {error}"
            raise KeyError(f"{lang}.yaml: {key}: {what}") from None

    def __contains__(self, key: str) -> bool:
        """Whether Vietnamese has the key."""
        return key in self._default

    def keys(self, lang: str = DEFAULT_LANGUAGE) -> frozenset[str]:
        """The keys that one language has."""
        return frozenset(self._tables[lang])

    def gaps(self) -> list[str]:
        """Where languages disagree: keys that one lacks, places that differ. Empty when all is well."""
        found: list[str] = []
        every = sorted({key for table in self._tables.values() for key in table})
        for key in every:
            wanted = _places(self._default[key]) if key in self._default else None
            for lang in self.languages:
                text = self._tables[lang].get(key)
                if text is None:
                    found.append(f"{lang}.yaml: {key} is missing")
                elif wanted is not None and _places(text) != wanted:
                    found.append(
                        f"{lang}.yaml: {key} has the places {sorted(_places(text))}, vi {sorted(wanted)}"
                    )
        return found


class _Formatter(string.Formatter):
    """Fills in places as `str.format` does, and chooses between the words for one and for many."""

    def format_field(self, value: object, spec: str) -> str:
        """`one|many` as a place's spec gives the first of one, else the second."""
        one, bar, many = spec.partition("|")
        if not bar:
            return str(super().format_field(value, spec))
        return one if str(value) == "1" else many


_FORMAT = _Formatter()


def load_texts(directory: Path, *, rooms: bool = False) -> Texts:
    """The texts of every language in a directory. Raises SurveyFileError with all their problems.

    `rooms`: the folders in it hold more of the same, each the words of its subject. One of the problems is a
    key that stands in two files of one language: nobody could tell which words show.
    """
    tables: dict[str, dict[str, str]] = {}
    homes: dict[tuple[str, str], str] = {}
    files: list[YamlFile] = []
    found = directory.rglob("*.yaml") if rooms else directory.glob("*.yaml")
    paths = {*found, directory / f"{DEFAULT_LANGUAGE}.yaml"}
    for path in sorted(paths, key=lambda path: (path.stem, path)):
        file = YamlFile(path)
        files.append(file)
        if file.root is None:
            continue
        name = str(path.relative_to(directory))
        lang = path.name.partition(".")[0]
        table = tables.setdefault(lang, {})
        for key, node in file.mapping(file.root, "a text file").items():
            other = homes.setdefault((lang, key), name)
            if other != name:
                file.report(node, "key-elsewhere", key=key, other=other)
            elif (text := _text(file, key, node)) is not None:
                table[key] = text
    problems = [problem for file in files for problem in sorted(file.problems)]
    if problems:
        raise SurveyFileError(problems)
    return Texts(tables)


def _text(file: YamlFile, key: str, node: yaml.Node) -> str | None:
    """The text of a key; None where it cannot be used, which is reported."""
    text = file.words(node, f"'{key}'")
    if text is None:
        return None
    try:
        _places(text)
    except ValueError as error:
        file.report(node, "bad-place", what=f"'{key}'", why=str(error))
        return None
    return text


def _places(text: str) -> frozenset[str]:
    """The names of a text's places. ValueError where the braces make no sense."""
    names: set[str] = set()
    for _, name, _, _ in string.Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier():
            raise ValueError(f"'{{{name}}}' is no plain name")
        names.add(name)
    return frozenset(names)
