"""Survey and catalogue files: read, checked with every problem at once, made into the model's values."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import yaml

from survey_defs.file_problems import FileProblem, SurveyFileError, make_problem
from survey_defs.file_readers import CatalogueReader, SurveyReader
from survey_defs.model import Catalogue, Survey
from survey_defs.registry import Registry
from survey_defs.yaml_file import YamlFile

__all__ = [
    "CATALOGUES",
    "SURVEYS",
    "FileProblem",
    "SurveyFileError",
    "builtin_catalogue",
    "builtin_files",
    "builtin_surveys",
    "check_file",
    "check_files",
    "load_catalogue",
    "load_survey",
]

SURVEYS = Path(__file__).parent / "surveys"
CATALOGUES = Path(__file__).parent / "catalogues"

T = TypeVar("T")


def check_file(path: Path) -> list[FileProblem]:
    """Everything that is wrong with a survey or catalogue file, in the order of its lines."""
    return _read(path)[1]


def check_files(paths: Iterable[Path]) -> list[FileProblem]:
    """The same for several files, and whether two of them claim one id and version."""
    problems: list[FileProblem] = []
    taken: dict[tuple[type, str, int], Path] = {}
    for path in paths:
        value, found = _read(path)
        problems += found
        if value is not None:
            other = taken.setdefault((type(value), value.id, value.version), path)
            if other is not path:
                problems.append(
                    make_problem(
                        str(path), 1, "same-version-twice", id=value.id, version=value.version, other=other
                    )
                )
    return problems


def load_survey(path: Path) -> Survey:
    """The survey in a file. Raises SurveyFileError with all its problems."""
    return _load(path, Survey)


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue of procedures in a file. Raises SurveyFileError with all its problems."""
    return _load(path, Catalogue)


def builtin_files() -> list[Path]:
    """The survey and catalogue files that come with the program."""
    return sorted(SURVEYS.glob("*.yaml")) + sorted(CATALOGUES.glob("*.yaml"))


def builtin_surveys() -> Registry:
    """The surveys that come with the program."""
    return Registry(load_survey(path) for path in sorted(SURVEYS.glob("*.yaml")))


def builtin_catalogue(name: str = "thcs") -> Catalogue:
    """A catalogue that comes with the program; `thcs` is that of a lower-secondary school."""
    return load_catalogue(CATALOGUES / f"{name}.yaml")


def _load(path: Path, kind: type[T]) -> T:
    value, problems = _read(path)
    if not problems and not isinstance(value, kind):
        wanted = "questions" if kind is Survey else "procedures"
        problems = [
            make_problem(str(path), 1, "missing-field", what=f"a {kind.__name__.lower()}", key=wanted)
        ]
    if problems:
        raise SurveyFileError(problems)
    assert isinstance(value, kind)  # noqa: S101 - else there was a problem
    return value


def _read(path: Path) -> tuple[Survey | Catalogue | None, list[FileProblem]]:
    """What a file holds (None where a problem forbids it) and all its problems."""
    file = YamlFile(path)
    value: Survey | Catalogue | None = None
    if isinstance(file.root, yaml.MappingNode):
        names = {key.value for key, _ in file.root.value if isinstance(key, yaml.ScalarNode)}
        is_catalogue = "procedures" in names and "questions" not in names
        value = CatalogueReader(file).read() if is_catalogue else SurveyReader(file).read()
    elif file.root is not None:
        file.mapping(file.root, "a survey")
    return (None if file.problems else value), sorted(file.problems)
