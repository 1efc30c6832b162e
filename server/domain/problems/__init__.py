"""Everything that can be wrong, by code: its HTTP status and the sentence a person reads.

A domain problem carries a code and the values for its sentence; the words stand in the catalogues of this
package alone, in Vietnamese and English. Commands print the English sentence, pages the reader's language.

The catalogues are read when the first problem occurs: most commands end without one and start sooner. What
runs for long loads them at its start, while disk and program are surely whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.domain.problems.wording import Wording

STORE_TROUBLES = frozenset(
    {"store-read-only", "store-unopenable", "disk-full", "store-io", "store-damaged", "not-a-store",
     "store-busy"}
)  # fmt: skip
"""Problems of the database or its disk: while they last no page can count on reading anything."""


@cache
def load() -> Mapping[str, Wording]:
    """Returns the words of every code, from the catalogues of all rooms."""
    from server.domain.problems.catalogue import PROBLEMS  # noqa: PLC0415 - see above

    return PROBLEMS


class Clash(Exception):  # noqa: N818 - it may be quite in order
    """A row to be inserted is there already."""


class Problem(Exception):  # noqa: N818 - a problem is not always an error of the program
    """Something that a person has to hear about, by its code in a catalogue."""

    def __init__(self, code: str, **values: object) -> None:
        """`values` fill the places of the code's sentence."""
        self.code = code
        self.values = values
        super().__init__(self.sentence("en"))

    def sentence(self, lang: str = "vi") -> str:
        """What a person reads."""
        wording = load()[self.code]
        return (wording.vi if lang == "vi" else wording.en).format(**self.values)

    @property
    def status(self) -> int:
        """The HTTP status that fits."""
        return load()[self.code].status
