"""How long a line of bold Times is, so that the rule below it can be as long as the law says.

The widths are those of the font's letters in thousandths of its size (Times Bold, Adobe font metrics;
Times New Roman Bold has the same ones). Vietnamese marks sit on their letter and add nothing.
"""

import unicodedata

POINT_MM = 25.4 / 72
_FIRST = " "
_WIDTHS = (
    250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278,
    500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500,
    930, 722, 667, 722, 722, 667, 611, 778, 778, 389, 500, 778, 667, 944, 722, 778,
    611, 778, 722, 556, 667, 722, 722, 1000, 722, 722, 667, 333, 278, 333, 581, 500,
    333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556, 278, 833, 556, 500,
    556, 556, 444, 389, 333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
)  # fmt: skip
_OTHERS = {"Đ": 722, "đ": 556, "–": 500, "\N{NO-BREAK SPACE}": 250}
_UNKNOWN = 500


def bold_width_mm(text: str, size_pt: float) -> float:
    """The length of one line of bold Times at that size, in millimetres."""
    return sum(map(_width, text)) / 1000 * size_pt * POINT_MM


def _width(letter: str) -> int:
    if letter in _OTHERS:
        return _OTHERS[letter]
    base = ord(unicodedata.normalize("NFD", letter)[0]) - ord(_FIRST)
    return _WIDTHS[base] if 0 <= base < len(_WIDTHS) else _UNKNOWN
