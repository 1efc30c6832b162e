"""Round shapes, drawn once at four times their size and shrunk: smooth edges that cost a quad a frame.

Multisampling would cost a panel without a graphics chip more than a frame at every touch; here each
face, icon and rounded corner is worked out once for a window and then only copied.
"""

from collections.abc import Callable
from typing import Any

from kivy.graphics import (
    Callback,
    ClearBuffers,
    ClearColor,
    Color,
    Ellipse,
    Fbo,
    Line,
    Rectangle,
    RoundedRectangle,
)
from kivy.graphics.opengl import GL_BLEND, glDisable, glEnable

from kiosk.ui.metrics import Frame
from kiosk.ui.theme import Colour

OVERSIZE = 4


class Ink:
    """Draws into one sprite. Places are in its own units, y down; lines have round ends."""

    def __init__(self, canvas: Any, unit: float, height: int) -> None:
        self._canvas = canvas
        self._unit = unit
        self._height = height

    def colour(self, colour: Colour) -> None:
        """The colour of what follows."""
        self._canvas.add(Color(*colour))

    def rounded(self, x: float, y: float, w: float, h: float, radius: float) -> None:
        """A filled rounded rectangle."""
        left, bottom = self._point(x, y + h)
        size = (w * self._unit, h * self._unit)
        self._canvas.add(
            RoundedRectangle(pos=(left, bottom), size=size, radius=[radius * self._unit], segments=48)
        )

    def disc(self, x: float, y: float, radius: float) -> None:
        """A filled circle around (x, y)."""
        left, bottom = self._point(x - radius, y + radius)
        size = 2 * radius * self._unit
        self._canvas.add(Ellipse(pos=(left, bottom), size=(size, size), segments=120))

    def lower_half(self, x: float, y: float, rx: float, ry: float) -> None:
        """The lower half of an ellipse around (x, y), filled."""
        left, bottom = self._point(x - rx, y + ry)
        size = (2 * rx * self._unit, 2 * ry * self._unit)
        self._canvas.add(Ellipse(pos=(left, bottom), size=size, angle_start=90, angle_end=270, segments=90))

    def ring(self, x: float, y: float, radius: float, width: float, part: float = 1.0) -> None:
        """A circle's line; `part` of it, clockwise from the top."""
        cx, cy = self._point(x, y)
        circle = (cx, cy, radius * self._unit, 0, 360 * part, 120)
        self._canvas.add(Line(circle=circle, width=width * self._unit / 2, cap="none"))

    def line(self, *points: float, width: float) -> None:
        """A line through points (x, y, x, y, …)."""
        self._stroke(self._points(points), width)

    def curve(self, *points: float, width: float) -> None:
        """A cubic curve."""
        self._stroke(_bezier(self._points(points), 48), width)

    def _stroke(self, points: list[float], width: float) -> None:
        # The library counts half the stroke.
        half = width * self._unit / 2
        self._canvas.add(
            Line(points=points, width=half, cap="round", joint="round", cap_precision=32, joint_precision=32)
        )

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return x * self._unit, self._height - y * self._unit

    def _points(self, points: tuple[float, ...]) -> list[float]:
        flat: list[float] = []
        for x, y in zip(points[::2], points[1::2], strict=True):
            flat.extend(self._point(x, y))
        return flat


class Sprites:
    """The sprites of one frame, each made when it is first asked for."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._made: dict[tuple[Any, ...], Any] = {}
        self._sheets: dict[tuple[int, int], Any] = {}

    def get(
        self,
        key: tuple[Any, ...],
        size: tuple[int, int],
        edge: Colour,
        draw: Callable[[Ink], None],
        grid: float,
    ) -> Any:
        """The texture under `key`, `size` pixels large, drawn in units of which `grid` make its width.

        `edge` is the colour at the shape's rim, so that the rim fades into nothing else.
        """
        made = self._made.get((key, size))
        if made is None:
            made = self._made[(key, size)] = self._render(size, edge, draw, grid)
        return made

    def tidy(self) -> None:
        """Let go of the large sheets on which the sprites were drawn."""
        self._sheets.clear()

    def _render(self, size: tuple[int, int], edge: Colour, draw: Callable[[Ink], None], grid: float) -> Any:
        large = (size[0] * OVERSIZE, size[1] * OVERSIZE)
        sheet = self._sheet(large, edge)
        draw(Ink(sheet, large[0] / grid, large[1]))
        sheet.draw()
        while large[0] > size[0]:
            large = (large[0] // 2, large[1] // 2)
            half = self._sheet(large, edge, keep=large[0] > size[0])
            half.add(Callback(lambda *_: glDisable(GL_BLEND)))
            half.add(Color(1, 1, 1, 1))
            half.add(Rectangle(texture=sheet.texture, size=large))
            half.add(Callback(lambda *_: glEnable(GL_BLEND)))
            half.draw()
            sheet.clear()
            sheet = half
        sheet.clear()  # the picture stays in the texture; what drew it may go
        return sheet.texture

    def _sheet(self, size: tuple[int, int], edge: Colour, *, keep: bool = True) -> Any:
        """Returns an empty sheet to draw on; one of each size is used again and again."""
        fbo = (self._sheets.get(size) if keep else None) or Fbo(size=size)
        if keep:
            self._sheets[size] = fbo
        fbo.clear()
        fbo.add(ClearColor(*edge[:3], 0))
        fbo.add(ClearBuffers())
        return fbo


def _bezier(flat: list[float], steps: int) -> list[float]:
    """Points on the cubic curve of four points."""
    x0, y0, x1, y1, x2, y2, x3, y3 = flat
    points: list[float] = []
    for step in range(steps + 1):
        t = step / steps
        u = 1 - t
        a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
        points += [a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3]
    return points
