"""How one code is told: its HTTP status and the sentence a person reads, in each language."""

from typing import NamedTuple


class Wording(NamedTuple):
    """The words of one code. Both sentences have the same places, such as `{path}`."""

    status: int
    vi: str
    en: str
