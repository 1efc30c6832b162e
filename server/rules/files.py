"""Reading the rule files: strictly, so that a slip in one is found at once and not in a document."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from survey_defs import yaml_text
from survey_defs.typed import from_plain

_HERE = Path(__file__).parent
T = TypeVar("T")


def read_rules(name: str, shape: type[T]) -> T:
    """The file `<name>.yaml` of this directory as `shape`. Raises `ValueError` that names file and place."""
    path = _HERE / f"{name}.yaml"
    values: Any = yaml_text.read(path.read_text(encoding="utf-8"))
    try:
        return from_plain(values, shape)
    except msgspec.ValidationError as error:
        raise ValueError(f"{path.name}: {error}") from error
