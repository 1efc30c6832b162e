"""Text: measured, broken into balanced lines, fitted into its box, with room for every Vietnamese mark."""

import itertools
import re
from functools import lru_cache
from typing import Any, NamedTuple

from kivy.core.text import Label
from kivy.graphics import Color, Rectangle

from kiosk.ui.metrics import Box, Frame
from kiosk.ui.theme import Colour

PAD = 4
"""Units above and below every line of text, so that no mark is cut."""
LINE = 1.04
"""Line height, as a share of the font's own (1.17 of the size)."""
HARD_SPACE = "\u00a0"
MAX_TEXTURES = 400
MIN_TEXT_SIZE = 20.0
"""No text is smaller than this, in units."""


class Style(NamedTuple):
    """How a text stands."""

    size: float
    bold: bool = False
    align: str = "left"
    lines: int = 1


@lru_cache(maxsize=512)
def _width(text: str, size: int, bold: bool) -> int:
    label = Label(font_size=size, bold=bold)
    label.resolve_font_name()
    return int(label.get_extents(text.replace(HARD_SPACE, " "))[0])


def keep_together(text: str, compounds: str) -> str:
    """`text` with hard spaces inside the compounds (`a b|c d`), which would read badly torn apart."""
    if not compounds:
        return text
    return re.sub(compounds, lambda found: found[0].replace(" ", HARD_SPACE), text, flags=re.IGNORECASE)


def balanced(text: str, width: int, size: int, bold: bool, most: int) -> list[str] | None:
    """`text` in as few lines as go into `width` pixels, as equal as can be; None if `most` are too few."""
    words = text.split(" ")
    space = _width(" ", size, bold)
    widths = [_width(word, size, bold) for word in words]
    for count in range(1, min(most, len(words)) + 1):
        best = _break(widths, space, count)
        if best is not None and best[0] <= width:
            cuts = [0, *best[1], len(words)]
            return [" ".join(words[a:b]) for a, b in itertools.pairwise(cuts)]
    return None


def filled(text: str, width: int, size: int, bold: bool) -> list[str]:
    """`text` in lines as full as go into `width` pixels: for paragraphs, where balance matters less."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _break(widths: list[int], space: int, count: int) -> tuple[int, list[int]] | None:
    """Returns the cuts into `count` lines whose longest is shortest, and that length."""
    if count == 1:
        return sum(widths) + space * (len(widths) - 1), []
    best: tuple[int, list[int]] | None = None
    for cut in range(1, len(widths) - count + 2):
        head = sum(widths[:cut]) + space * (cut - 1)
        tail = _break(widths[cut:], space, count - 1)
        if tail is None:
            continue
        longest = max(head, tail[0])
        if best is None or longest < best[0]:
            best = longest, [cut, *(cut + other for other in tail[1])]
    return best


class Writer:
    """Writes into canvases of one frame, and remembers what did not fit."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.overflows: list[str] = []
        """Texts that had to be cut; a screen with any is wrong."""
        self.smallest = 999.0
        """The smallest size used, in units."""
        self._textures: dict[tuple[str, int, bool, str], Any] = {}

    def write(self, canvas: Any, text: str, box: Box, colour: Colour, style: Style) -> Box:
        """Write `text` in the middle of `box`, from its left side or centred; the place it took, in units."""
        size, lines = self._fit(text, box, style)
        texture = self._texture("\n".join(lines), size, style)
        place = self.frame.pixels(box)
        x = place.x if style.align == "left" else place.x + (place.w - texture.width) // 2
        y = place.y + (place.h - texture.height) // 2
        if texture.width > place.w + 1:
            self.overflows.append(text)
        canvas.add(Color(*colour))
        canvas.add(Rectangle(texture=texture, pos=(x, y), size=texture.size))
        unit = self.frame.unit
        return Box(
            x / unit,
            (self.frame.height - y - texture.height) / unit,
            texture.width / unit,
            texture.height / unit,
        )

    def paragraph(self, canvas: Any, text: str, box: Box, colour: Colour, style: Style) -> Box:
        """Write a paragraph from the top of `box` down, its style's size kept; the place it took."""
        size = self.frame.px(style.size)
        lines = filled(text, int(box.w * self.frame.unit), size, style.bold)
        self.smallest = min(self.smallest, style.size)
        texture = self._texture("\n".join(lines), size, style)
        place = self.frame.pixels(box)
        if texture.width > place.w + 1:
            self.overflows.append(text)
        left = place.x if style.align == "left" else place.x + (place.w - texture.width) // 2
        canvas.add(Color(*colour))
        canvas.add(
            Rectangle(texture=texture, pos=(left, place.y + place.h - texture.height), size=texture.size)
        )
        return box._replace(h=texture.height / self.frame.unit)

    def paragraph_height(self, text: str, width: float, style: Style) -> float:
        """Returns how high a paragraph of this width will be, in units."""
        size = self.frame.px(style.size)
        lines = filled(text, int(width * self.frame.unit), size, style.bold)
        return float(self._texture("\n".join(lines), size, style).height / self.frame.unit)

    def width(self, text: str, style: Style) -> float:
        """Returns how wide the text is on one line, in units."""
        return _width(text, self.frame.px(style.size), style.bold) / self.frame.unit

    def fits(self, text: str, width: float, style: Style) -> bool:
        """Returns whether the text goes into `width` units at its full size."""
        size = self.frame.px(style.size)
        return balanced(text, int(width * self.frame.unit), size, style.bold, style.lines) is not None

    def _fit(self, text: str, box: Box, style: Style) -> tuple[int, list[str]]:
        """The largest size up to the style's at which the text fits; too small a box is remembered."""
        width = int(box.w * self.frame.unit)
        units, minimum = style.size, min(MIN_TEXT_SIZE, style.size)
        while True:
            size = self.frame.px(units)
            lines = balanced(text, width, size, style.bold, style.lines)
            if lines is None and HARD_SPACE in text:
                lines = balanced(text.replace(HARD_SPACE, " "), width, size, style.bold, style.lines)
            if lines is not None or units <= minimum:
                break
            units = max(units - 1, minimum)
        self.smallest = min(self.smallest, units)
        if lines is None:
            self.overflows.append(text)
            lines = [text]
        return size, lines

    def _texture(self, text: str, size: int, style: Style) -> Any:
        text = text.replace(HARD_SPACE, " ")
        key = (text, size, style.bold, style.align)
        if len(self._textures) > MAX_TEXTURES:
            self._textures.clear()
        if key not in self._textures:
            label = Label(
                text=text,
                font_size=size,
                bold=style.bold,
                halign=style.align,
                line_height=LINE,
                padding=(0, self.frame.px(PAD)),
            )
            label.refresh()
            self._textures[key] = label.texture
        return self._textures[key]
