"""Shapes on a canvas, measured in units: panels, faces, icons. No widget, no touch."""

from typing import Any

from kivy.graphics import Color, Ellipse, Line, Rectangle, RoundedRectangle

from kiosk.ui.metrics import Box, Frame, Pixels
from kiosk.ui.theme import AMBER, BRAND, INK, RATES, WHITE, Colour


class Pen:
    """Draws into one canvas of one frame. Places are in units, y down."""

    def __init__(self, canvas: Any, frame: Frame) -> None:
        self._canvas = canvas
        self.frame = frame

    def colour(self, colour: Colour) -> None:
        """The colour of what follows."""
        self._canvas.add(Color(*colour))

    def fill(self, box: Box, colour: Colour) -> None:
        """A plain rectangle."""
        place = self.frame.pixels(box)
        self.colour(colour)
        self._canvas.add(Rectangle(pos=place[:2], size=place[2:]))

    def panel(self, box: Box, ground: Colour, edge: Colour | None, radius: float, width: float = 2.5) -> None:
        """A rounded panel with an edge inside its box."""
        place = self.frame.pixels(box)
        if edge is not None:
            self._rounded(place, edge, self.frame.px(radius))
            stroke = self.frame.px(width - 0.3)
            place = Pixels(place.x + stroke, place.y + stroke, place.w - 2 * stroke, place.h - 2 * stroke)
            self._rounded(place, ground, max(1, self.frame.px(radius) - stroke))
        else:
            self._rounded(place, ground, self.frame.px(radius))

    def _rounded(self, place: Pixels, colour: Colour, radius: int) -> None:
        self.colour(colour)
        self._canvas.add(RoundedRectangle(pos=place[:2], size=place[2:], radius=[radius], segments=24))

    def disc(self, x: float, y: float, radius: float) -> None:
        """A filled circle around (x, y)."""
        left, bottom = self._point(x - radius, y + radius)
        size = 2 * radius * self.frame.unit
        self._canvas.add(Ellipse(pos=(left, bottom), size=(size, size), segments=96))

    def ring(self, x: float, y: float, radius: float, width: float, part: float = 1.0) -> None:
        """A circle's line; `part` of it, clockwise from the top."""
        cx, cy = self._point(x, y)
        half = width * self.frame.unit / 2
        circle = (cx, cy, radius * self.frame.unit, 0, 360 * part, 96)
        self._canvas.add(Line(circle=circle, width=half, cap="none"))

    def line(self, *points: float, width: float) -> None:
        """A line through points (x, y, x, y, …) with round ends."""
        self._canvas.add(
            Line(
                points=self._points(points),
                width=width * self.frame.unit / 2,
                cap="round",
                joint="round",
                cap_precision=24,
                joint_precision=24,
            )
        )

    def curve(self, *points: float, width: float) -> None:
        """A cubic curve with round ends."""
        self._canvas.add(
            Line(
                bezier=self._points(points),
                bezier_precision=60,
                width=width * self.frame.unit / 2,
                cap="round",
                joint="round",
                cap_precision=24,
                joint_precision=12,
            )
        )

    def lower_half(self, x: float, y: float, rx: float, ry: float) -> None:
        """The lower half of an ellipse around (x, y), filled."""
        left, bottom = self._point(x - rx, y + ry)
        size = (2 * rx * self.frame.unit, 2 * ry * self.frame.unit)
        self._canvas.add(Ellipse(pos=(left, bottom), size=size, angle_start=90, angle_end=270, segments=64))

    def polygon_edge(self, *points: float, width: float) -> None:
        """A closed line through points, with round corners."""
        self._canvas.add(
            Line(points=self._points(points), close=True, width=width * self.frame.unit / 2, joint="round")
        )

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return x * self.frame.unit, self.frame.height - y * self.frame.unit

    def _points(self, points: tuple[float, ...]) -> list[float]:
        flat: list[float] = []
        for x, y in zip(points[::2], points[1::2], strict=True):
            flat.extend(self._point(x, y))
        return flat


class Art:
    """Drawings made in a box of 100 by 100 (faces) or 24 by 24 (icons), placed and scaled."""

    def __init__(self, pen: Pen, x: float, y: float, size: float, grid: float) -> None:
        """(x, y) is the upper left corner in units, `size` the side, `grid` the drawing's own side."""
        self._pen, self._x, self._y, self._scale = pen, x, y, size / grid

    def _place(self, points: tuple[float, ...]) -> list[float]:
        return [
            (self._x if place % 2 == 0 else self._y) + value * self._scale
            for place, value in enumerate(points)
        ]

    def disc(self, x: float, y: float, radius: float) -> None:
        """A filled circle."""
        px, py = self._place((x, y))
        self._pen.disc(px, py, radius * self._scale)

    def ring(self, x: float, y: float, radius: float, width: float) -> None:
        """A circle's line."""
        px, py = self._place((x, y))
        self._pen.ring(px, py, radius * self._scale, width * self._scale)

    def line(self, *points: float, width: float) -> None:
        """A line with round ends."""
        self._pen.line(*self._place(points), width=width * self._scale)

    def curve(self, *points: float, width: float) -> None:
        """A cubic curve with round ends."""
        self._pen.curve(*self._place(points), width=width * self._scale)

    def lower_half(self, x: float, y: float, rx: float, ry: float) -> None:
        """The lower half of an ellipse."""
        px, py = self._place((x, y))
        self._pen.lower_half(px, py, rx * self._scale, ry * self._scale)


def draw_face(pen: Pen, level: int, cx: float, cy: float, size: float) -> None:
    """The face of a level, in a box `size` wide around (cx, cy); told apart by shape, not colour alone."""
    art = Art(pen, cx - size / 2, cy - size / 2, size, 100)
    pen.colour(INK)
    art.disc(50, 50, 47)
    pen.colour(RATES[level])
    art.disc(50, 50, 43)
    pen.colour(INK)
    if level == 5:
        for x in (33, 67):
            art.curve(x - 9, 45, x - 7, 34, x + 7, 34, x + 9, 45, width=6.5)
        art.lower_half(50, 58, 24, 22)
        art.line(28, 58, 72, 58, width=4)
        return
    eye = 46 if level == 1 else 42
    art.disc(33, eye, 5.5)
    art.disc(67, eye, 5.5)
    if level == 1:
        art.line(22, 36, 40, 27, width=6.5)
        art.line(78, 36, 60, 27, width=6.5)
        art.curve(29, 78, 35, 54, 65, 54, 71, 78, width=6.5)
    elif level == 2:
        art.curve(30, 75, 37, 58, 63, 58, 70, 75, width=6.5)
    elif level == 3:
        art.line(33, 67, 67, 67, width=6.5)
    else:
        art.curve(30, 60, 37, 77, 63, 77, 70, 60, width=6.5)


def draw_logo(pen: Pen, x: float, y: float, size: float) -> None:
    """The program's sign: a smile on a white tile."""
    pen.panel(Box(x, y, size, size), WHITE, None, size / 5)
    art = Art(pen, x, y, size, 40)
    pen.colour(BRAND)
    art.disc(13.5, 15.5, 2.6)
    art.disc(26.5, 15.5, 2.6)
    pen.colour(AMBER)
    art.curve(10, 24.5, 14, 31.5, 26, 31.5, 30, 24.5, width=3.6)


def draw_icon(pen: Pen, name: str, cx: float, cy: float, size: float, *, weight: float = 2.2) -> None:
    """An icon around (cx, cy) in the present colour: back, forward, globe, lock, chevron, tick."""
    art = Art(pen, cx - size / 2, cy - size / 2, size, 24)
    w = weight * 24 / size
    if name == "back":
        art.line(21, 12, 3.5, 12, width=w)
        art.line(10.5, 5, 3.5, 12, 10.5, 19, width=w)
    elif name == "forward":
        art.line(3, 12, 20.5, 12, width=w)
        art.line(13.5, 5, 20.5, 12, 13.5, 19, width=w)
    elif name == "globe":
        art.ring(12, 12, 9.6, w)
        art.line(2.6, 12, 21.4, 12, width=w * 0.8)
        art.curve(12, 2.6, 6.6, 7.5, 6.6, 16.5, 12, 21.4, width=w * 0.8)
        art.curve(12, 2.6, 17.4, 7.5, 17.4, 16.5, 12, 21.4, width=w * 0.8)
    elif name == "lock":
        art.line(4.5, 10.5, 19.5, 10.5, 19.5, 21, 4.5, 21, 4.5, 10.5, width=w)
        art.curve(8, 10.5, 7, 0.8, 17, 0.8, 16, 10.5, width=w)
    elif name == "chevron":
        art.line(8.5, 4, 16.5, 12, 8.5, 20, width=w)
    elif name == "tick":
        art.line(4, 13, 9.5, 18.5, 20, 6.5, width=w)
