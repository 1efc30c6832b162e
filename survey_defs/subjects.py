"""What a complaint can be about, from `subjects.yaml`."""

from functools import cache
from pathlib import Path

import msgspec

from survey_defs import yaml_text
from survey_defs.model import Text
from survey_defs.typed import from_plain

FILE = Path(__file__).with_name("subjects.yaml")


class Subject(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a complaint can be about. `praise`: alone, it makes a word of thanks, no complaint."""

    id: str
    text: Text
    praise: bool = False


@cache
def builtin_subjects() -> tuple[Subject, ...]:
    """All subjects, in the order of the screens."""
    content = yaml_text.read(FILE.read_text(encoding="utf-8"))
    return from_plain(content, tuple[Subject, ...])


def is_praise(about: list[str] | tuple[str, ...]) -> bool:
    """Whether a word about these subjects is thanks alone."""
    praise = {subject.id for subject in builtin_subjects() if subject.praise}
    return bool(about) and all(subject in praise for subject in about)
