"""How long a line is: a docx cannot try a size out, so what must fit, or be ruled, is measured beforehand.

The widths are those of the letters in thousandths of the size, from the Adobe font metrics of Times Bold and
Helvetica Bold; Times New Roman Bold, Arial Bold and Liberation have the same ones. Vietnamese marks sit on
their letter and add nothing, but for the horns of ơ and ư in Arial, which stand out.
"""

import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

POINT_MM = 25.4 / 72
_FIRST = " "
_HORN = "\N{COMBINING HORN}"
_REGULAR = 0.95


class Typeface(NamedTuple):
    """The widths of the letters from the space on, of some others, and of one that is not known."""

    widths: tuple[int, ...]
    others: Mapping[str, int]
    unknown: int
    horn: int = 0

    def width_mm(self, text: str, size_pt: float) -> float:
        """The length of one line at that size, in millimetres."""
        return sum(map(self._width, text)) / 1000 * size_pt * POINT_MM

    def _width(self, letter: str) -> int:
        if letter in self.others:
            return self.others[letter]
        parts = unicodedata.normalize("NFD", letter)
        index = ord(parts[0]) - ord(_FIRST)
        width = self.widths[index] if 0 <= index < len(self.widths) else self.unknown
        return width + (self.horn if _HORN in parts else 0)


TIMES_BOLD = Typeface(
    (
    250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278,
    500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500,
    930, 722, 667, 722, 722, 667, 611, 778, 778, 389, 500, 778, 667, 944, 722, 778,
    611, 778, 722, 556, 667, 722, 722, 1000, 722, 722, 667, 333, 278, 333, 581, 500,
    333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556, 278, 833, 556, 500,
    556, 556, 444, 389, 333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
),
    {"Đ": 722, "đ": 556, "–": 500, "\N{NO-BREAK SPACE}": 250},
    unknown=500,
)  # fmt: skip
ARIAL_BOLD = Typeface(
    (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
),
    {"Đ": 722, "đ": 611, "\N{NO-BREAK SPACE}": 278},
    unknown=1000,
    horn=110,
)  # fmt: skip


def bold_width_mm(text: str, size_pt: float) -> float:
    """The length of one line of bold Times at that size, in millimetres."""
    return TIMES_BOLD.width_mm(text, size_pt)


def sans_width_mm(text: str, size_pt: float, *, bold: bool = True) -> float:
    """The length of one line of Arial at that size, in millimetres; rather too long than too short.

    Regular letters are narrower than bold ones by more than a twentieth.
    """
    return ARIAL_BOLD.width_mm(text, size_pt) * (1 if bold else _REGULAR)


def wrapped(words: list[str], size_pt: float, width_mm: float) -> list[str]:
    """Pieces in bold Arial on lines no longer than the width, as far as each by itself is not longer."""
    lines: list[str] = []
    for word in words:
        if lines and sans_width_mm((lines[-1] + word).rstrip(), size_pt) <= width_mm:
            lines[-1] += word
        else:
            lines.append(word)
    return lines
