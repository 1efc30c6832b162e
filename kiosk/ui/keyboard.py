"""The keyboard on the screen: where its keys stand, and how they look."""

from collections.abc import Sequence
from typing import Any

from kiosk.keyboard.layout import Key, Keyboard
from kiosk.screen.view import Shift
from kiosk.ui.drawing import Pen, Spot
from kiosk.ui.layout import Layout
from kiosk.ui.metrics import Box
from kiosk.ui.page import Page, Target
from kiosk.ui.text import Style
from kiosk.ui.theme import BRAND, FUNCTION_KEY, INK, KEY_EDGE, KEY_EDGE_WIDTH, KEY_RADIUS, TILE, TINT, WHITE

ROW_UNITS = 10.0
"""Width of a row of keys."""


class Keys:
    """The keys of one page."""

    def __init__(
        self, page: Page, keys: Keyboard, words: dict[str, str], shift: Shift, area: Box | None = None
    ) -> None:
        """`words`: what stands on the keys that are no letters, by the key's name; `area` for all of them."""
        self._page = page
        self._words = words
        self._shift: Shift = shift
        self._changing: list[Target] = []
        for key, place, touch in places(page.layout, keys, area):
            self._add(key, place, touch)

    def show(self, shift: Shift) -> None:
        """Letters in capitals or not."""
        if shift != self._shift:
            self._shift = shift
            for target in self._changing:
                target.show(pressed=False)

    def _add(self, key: Key, place: Box, touch: Box) -> None:
        sizes = self._page.layout.sizes
        name = self._words.get(key.target, key.types)
        size = sizes.key if key.kind in ("letter", "mark") else sizes.bar
        style = Style(size, bold=key.kind in ("mark", "tone"), align="center")
        icon = key.types if key.types in ("shift", "backspace", "enter") else ""

        def draw(pen: Pen, canvas: Any, pressed: bool) -> None:
            ground, edge = _colours(key)
            is_on = key.types == "shift" and self._shift != "off"
            ink = WHITE if pressed or is_on else INK
            if pressed or is_on:
                ground = edge = INK if pressed else BRAND
            pen.panel(place, ground, edge, KEY_RADIUS, KEY_EDGE_WIDTH)
            if icon:
                drawn = "shift_lock" if is_on and self._shift == "lock" else icon
                pen.icon(drawn, Spot(place.cx, place.cy, size * 1.25), ink, weight=2.2)
                return
            words = name.upper() if self._shift != "off" and key.kind in ("letter", "mark") else name
            self._page.writer.write(canvas, words, place, ink, style)

        self._page.add_target(key.target, name, touch, draw)
        if key.kind in ("letter", "mark") or key.types == "shift":
            self._changing.append(self._page.targets[-1])


def places(layout: Layout, keys: Keyboard, area: Box | None = None) -> list[tuple[Key, Box, Box]]:
    """Every key with the place it is drawn in and the place where it is touched."""
    stacked = layout.portrait and len(keys.top) > 1
    tops = list(keys.top) if stacked else [tuple(key for group in keys.top for key in group)]
    board = area or layout.board(len(tops) + len(keys.rows))
    gap = layout.key_gap
    pitch = (board.w + gap) / ROW_UNITS
    count = len(tops) + len(keys.rows)
    high = (board.h - (count - 1) * gap) / count
    found: list[tuple[Key, Box, Box]] = []
    for number, top in enumerate(tops):
        taken = sum(key.wide for key in top)
        stretch = ROW_UNITS / taken if stacked else 1.0
        spare = (ROW_UNITS - taken * stretch) * pitch  # between the letters with marks and the tones
        line = Box(board.x, board.y + number * (high + gap), board.w, high)
        found += _row(top, line, pitch * stretch, gap, spare)
    for number, row in enumerate(keys.rows, start=len(tops)):
        line = Box(board.x + row.indent * pitch, board.y + number * (high + gap), board.w, high)
        cells = _row(row.keys, line, pitch, gap, 0.0)
        if row.indent == 0.5:
            cells = _to_the_edges(cells, pitch / 2)
        found += cells
    return found


def _row(
    keys: Sequence[Key], line: Box, pitch: float, gap: float, spare: float
) -> list[tuple[Key, Box, Box]]:
    """Keys side by side; `spare` parts two kinds of key."""
    found = []
    x = line.x
    for number, key in enumerate(keys):
        if number and key.kind != keys[number - 1].kind:
            x += spare
        place = Box(x, line.y, key.wide * pitch - gap, line.h)
        touch = Box(place.x - gap / 2, place.y - gap / 2, place.w + gap, place.h + gap)
        found.append((key, place, touch))
        x += key.wide * pitch
    return found


def _to_the_edges(cells: list[tuple[Key, Box, Box]], room: float) -> list[tuple[Key, Box, Box]]:
    """The outer keys of a short row are touched up to the edge."""
    first, last = cells[0], cells[-1]
    left = first[2]._replace(x=first[2].x - room, w=first[2].w + room)
    right = last[2]._replace(w=last[2].w + room)
    return [(*first[:2], left), *cells[1:-1], (*last[:2], right)]


def _colours(key: Key) -> tuple[Any, Any]:
    if key.kind in ("mark", "tone"):
        return TINT, BRAND
    return (FUNCTION_KEY if key.kind == "function" else TILE), KEY_EDGE
