"""Text that must not outlive its screen: drawn without the caches that all other words go through."""

from typing import Any

from kivy.core.text import Label
from kivy.graphics import Color, Rectangle

from kiosk.ui.metrics import Box, Frame
from kiosk.ui.text import PAD, Style
from kiosk.ui.theme import BRAND, INK, Colour


class SecretWriter:
    """Measures and draws for one page. What it remembers goes when the page goes."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._widths: dict[tuple[str, int, bool], int] = {}

    def width(self, text: str, style: Style) -> int:
        """In pixels, on one line."""
        size = self.frame.px(style.size)
        key = (text, size, style.bold)
        if key not in self._widths:
            label = Label(font_size=size, bold=style.bold)
            label.resolve_font_name()
            self._widths[key] = int(label.get_extents(text)[0])
        return self._widths[key]

    def texture(self, text: str, style: Style) -> Any:
        """Returns the picture of one line."""
        label = Label(
            text=text, font_size=self.frame.px(style.size), bold=style.bold,
            padding=(0, self.frame.px(PAD)),
        )  # fmt: skip
        label.refresh()
        return label.texture

    def write(self, canvas: Any, text: str, box: Box, colour: Colour, style: Style) -> None:
        """One line in the middle of its box."""
        texture = self.texture(text, style)
        place = self.frame.pixels(box)
        left = place.x + (place.w - texture.width) // 2 if style.align == "center" else place.x
        canvas.add(Color(*colour))
        canvas.add(
            Rectangle(
                texture=texture, pos=(left, place.y + (place.h - texture.height) // 2), size=texture.size
            )
        )

    def wrapped(self, text: str, width: int, style: Style) -> list[str]:
        """The text in lines; a word too long for one is broken anywhere. Spaces at a line's end stay."""
        lines: list[str] = []
        for paragraph in text.split("\n"):
            line = ""
            for number, word in enumerate(paragraph.split(" ")):
                longer = f"{line} {word}" if number else word
                if not number or self.width(longer, style) <= width:
                    line = longer
                else:
                    lines.append(line)
                    line = word
                while self.width(line, style) > width and len(line) > 1:
                    cut = self._longest(line, width, style)
                    lines.append(line[:cut])
                    line = line[cut:]
            lines.append(line)
        return lines

    def _longest(self, line: str, width: int, style: Style) -> int:
        cut = len(line)
        while cut > 1 and self.width(line[:cut], style) > width:
            cut -= 1
        return cut


class Pane:
    """Shows the last lines of a text that is being typed, with the cursor at its end."""

    def __init__(self, writer: SecretWriter, canvas: Any, box: Box, style: Style, pitch: float) -> None:
        """`box` in units; `pitch` from line to line."""
        self._writer = writer
        self._canvas = canvas
        self._box = box
        self._style = style
        self._pitch = pitch
        self._drawn: dict[str, Any] = {}
        """The pictures of the lines on show."""
        self._settled: tuple[str, list[str]] = ("", [])
        """Whole paragraphs that no key changes any more, and their lines."""

    def show(self, text: str, word: str, *, active: bool) -> None:
        """Draw the end of this text; `word` at its very end is underlined."""
        lines = self._lines(text)
        rows = max(1, int(self._box.h // self._pitch))
        shown = lines[-rows:]
        self._drawn = {line: self._drawn.get(line) or self._picture(line) for line in shown if line}
        self._canvas.clear()
        for row, line in enumerate(shown):
            if line:
                self._line(self._row(row), self._drawn[line])
        if active:
            self._cursor(self._row(len(shown) - 1), shown[-1], word)

    def _lines(self, text: str) -> list[str]:
        width = int(self._box.w * self._writer.frame.unit)
        head, end, last = text.rpartition("\n")
        if self._settled[0] != head:
            self._settled = head, self._writer.wrapped(head, width, self._style) if end else []
        settled = self._settled[1] or ([""] if end else [])
        return [*settled, *self._writer.wrapped(last, width, self._style)]

    def _picture(self, line: str) -> Any:
        return self._writer.texture(line, self._style)

    def _row(self, row: int) -> Box:
        return Box(self._box.x, self._box.y + row * self._pitch, self._box.w, self._pitch)

    def _line(self, place: Box, texture: Any) -> None:
        at = self._writer.frame.pixels(place)
        self._canvas.add(Color(*INK))
        self._canvas.add(
            Rectangle(texture=texture, pos=(at.x, at.y + (at.h - texture.height) // 2), size=texture.size)
        )

    def _cursor(self, place: Box, line: str, word: str) -> None:
        frame = self._writer.frame
        at = frame.pixels(place)
        end = at.x + self._writer.width(line, self._style)
        high = frame.px(self._style.size * 1.15)
        bottom = at.y + (at.h - high) // 2
        if word:
            part = word if line.endswith(word) else line
            begin = end - self._writer.width(part, self._style)
            self._canvas.add(Color(*INK))
            self._canvas.add(Rectangle(pos=(begin, bottom), size=(end - begin, frame.px(1.5))))
        self._canvas.add(Color(*BRAND))
        self._canvas.add(Rectangle(pos=(end + frame.px(1), bottom), size=(frame.px(2.5), high)))
