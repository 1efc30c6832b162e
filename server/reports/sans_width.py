"""How long a line of bold Arial is: a docx cannot try a size out, so what must fit is measured beforehand.

The widths are those of the letters in thousandths of the size (Helvetica Bold, Adobe font metrics; Arial Bold
and Liberation Sans Bold have the same ones). Text in regular letters is narrower by more than a twentieth.
Vietnamese marks sit on their letter; only the horns of ơ and ư stand out.
"""

import unicodedata

POINT_MM = 25.4 / 72
_FIRST = " "
_WIDTHS = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
)  # fmt: skip
_OTHERS = {"Đ": 722, "đ": 611, "\N{NO-BREAK SPACE}": 278}
_HORN, _HORN_WIDTH = "\N{COMBINING HORN}", 110
_UNKNOWN = 1000
_REGULAR = 0.95


def sans_width_mm(text: str, size_pt: float, *, bold: bool = True) -> float:
    """The length of one line of Arial at that size, in millimetres; rather too long than too short."""
    return sum(map(_width, text)) / 1000 * size_pt * POINT_MM * (1 if bold else _REGULAR)


def wrapped(words: list[str], size_pt: float, width_mm: float) -> list[str]:
    """The pieces put on lines no longer than the width, as far as each piece by itself is not longer."""
    lines: list[str] = []
    for word in words:
        if lines and sans_width_mm((lines[-1] + word).rstrip(), size_pt) <= width_mm:
            lines[-1] += word
        else:
            lines.append(word)
    return lines


def _width(letter: str) -> int:
    if letter in _OTHERS:
        return _OTHERS[letter]
    parts = unicodedata.normalize("NFD", letter)
    index = ord(parts[0]) - ord(_FIRST)
    width = _WIDTHS[index] if 0 <= index < len(_WIDTHS) else _UNKNOWN
    return width + (_HORN_WIDTH if _HORN in parts else 0)
