"""Sizes: the unit that everything is measured in, and boxes in it. Knows no window library.

Landscape unit = min(width/800, height/480) pixels; a portrait screen is laid out 720 units wide. Boxes
are in units with y downwards, as on the drawings; `Frame` turns them into whole pixels.
"""

from typing import NamedTuple

import msgspec


class Box(NamedTuple):
    """A place in units, y down from the top left corner."""

    x: float
    y: float
    w: float
    h: float

    @property
    def cx(self) -> float:
        """The middle, across."""
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        """The middle, down."""
        return self.y + self.h / 2

    def inside(self, dx: float, dy: float = 0) -> "Box":
        """This box less a margin."""
        return Box(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)


class Pixels(NamedTuple):
    """A place in whole pixels, y up from the bottom left corner, as the canvas wants it."""

    x: int
    y: int
    w: int
    h: int


class Frame(msgspec.Struct, frozen=True):
    """One window: its size in pixels and its unit."""

    width: int
    height: int

    @property
    def portrait(self) -> bool:
        """Whether the portrait layout stands."""
        return self.height > self.width

    @property
    def unit(self) -> float:
        """Pixels in a unit."""
        if self.portrait:
            return min(self.width / 720, self.height / 1180)
        return min(self.width / 800, self.height / 480)

    @property
    def w(self) -> float:
        """Width in units: 800 or a little more (portrait: 720)."""
        return self.width / self.unit

    @property
    def h(self) -> float:
        """Height in units: 480 or a little more (portrait: 1180 or more)."""
        return self.height / self.unit

    def px(self, units: float) -> int:
        """Returns a length in whole pixels, at least one."""
        return max(1, round(units * self.unit))

    def pixels(self, box: Box) -> Pixels:
        """Returns a box in whole pixels."""
        left, right = round(box.x * self.unit), round((box.x + box.w) * self.unit)
        top, bottom = round(box.y * self.unit), round((box.y + box.h) * self.unit)
        return Pixels(left, self.height - bottom, right - left, bottom - top)


def grid(area: Box, columns: int, rows: int, gap: float = 12) -> list[Box]:
    """`area` cut into equal boxes, row by row."""
    w = (area.w - gap * (columns - 1)) / columns
    h = (area.h - gap * (rows - 1)) / rows
    return [
        Box(area.x + column * (w + gap), area.y + row * (h + gap), w, h)
        for row in range(rows)
        for column in range(columns)
    ]
