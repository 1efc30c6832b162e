"""What stands on a page besides words: panels, faces, icons, rings. Places are in units, y down."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from kivy.graphics import BorderImage, Color, Rectangle

from kiosk.ui.metrics import Box, Frame, Pixels
from kiosk.ui.sprites import Ink, Sprites
from kiosk.ui.theme import AMBER, BRAND, INK, RATES, WHITE, Colour

Key: TypeAlias = tuple[Any, ...]
Draw: TypeAlias = Callable[[Ink], None]


class Spot(NamedTuple):
    """A square place by its middle and its side, in units."""

    x: float
    y: float
    size: float


class Pen:
    """Draws into one canvas of one frame."""

    def __init__(self, canvas: Any, sprites: Sprites) -> None:
        self._canvas = canvas
        self._sprites = sprites
        self.frame: Frame = sprites.frame

    def fill(self, box: Box, colour: Colour) -> None:
        """A plain rectangle."""
        place = self.frame.pixels(box)
        self._canvas.add(Color(*colour))
        self._canvas.add(Rectangle(pos=place[:2], size=place[2:]))

    def panel(self, box: Box, ground: Colour, edge: Colour | None, radius: float, width: float = 2.5) -> None:
        """A rounded panel with an edge inside its box."""
        place = self.frame.pixels(box)
        corner = self.frame.px(radius)
        stroke = self.frame.px(width - 0.3) if edge is not None else 0
        side = 2 * corner + 2
        outer = edge or ground

        def draw(ink: Ink) -> None:
            ink.colour(outer)
            ink.rounded(0, 0, side, side, corner)
            if stroke:
                ink.colour(ground)
                ink.rounded(stroke, stroke, side - 2 * stroke, side - 2 * stroke, max(1, corner - stroke))

        key = ("panel", ground, outer, corner, stroke)
        texture = self._sprites.get(key, (side, side), outer, draw, side)
        self._canvas.add(Color(1, 1, 1, 1))
        self._canvas.add(
            BorderImage(texture=texture, pos=place[:2], size=place[2:], border=[corner] * 4, auto_scale="off")
        )

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A filled circle around (x, y)."""
        self._stamp(("disc",), Spot(x, y, 2 * radius), colour, 100, lambda ink: ink.disc(50, 50, 50))

    def ring(self, spot: Spot, width: float, colour: Colour, part: float = 1.0) -> None:
        """A circle's line inside `spot`; `part` of it, clockwise from the top."""
        middle = spot.size / 2
        self._stamp(
            ("ring", width, part), spot, colour, spot.size,
            lambda ink: ink.ring(middle, middle, middle - width / 2 - 0.5, width, part),
        )  # fmt: skip

    def icon(
        self, name: str, spot: Spot, colour: Colour, *, weight: float = 2.2, reveal: float = 1.0
    ) -> None:
        """One of `ICONS`. `weight` is the line's width in units; `reveal` shows the left part only."""
        width = weight * 24 / spot.size
        self._stamp(
            ("icon", name, weight), spot, colour, 24, lambda ink: ICONS[name](ink, width), reveal=reveal
        )

    def face(self, level: int, spot: Spot) -> None:
        """The face of a level; told apart by shape, not colour alone."""
        self._picture(("face", level), spot, INK, 100, lambda ink: _face(ink, level))

    def logo(self, spot: Spot) -> None:
        """The program's sign: a smile on a white tile."""
        self._picture(("logo",), spot, WHITE, 40, _logo)

    def _stamp(
        self, key: Key, spot: Spot, colour: Colour, grid: float, draw: Draw, *, reveal: float = 1.0
    ) -> None:
        """A one-coloured sprite, drawn in white and dyed when it is placed."""

        def white(ink: Ink) -> None:
            ink.colour(WHITE)
            draw(ink)

        place = self._around(spot)
        texture = self._sprites.get(key, place[2:], WHITE, white, grid)
        self._place(texture, place, colour, reveal)

    def _picture(self, key: Key, spot: Spot, edge: Colour, grid: float, draw: Draw) -> None:
        """A sprite in its own colours."""
        place = self._around(spot)
        self._place(self._sprites.get(key, place[2:], edge, draw, grid), place, WHITE, 1.0)

    def _around(self, spot: Spot) -> Pixels:
        side = self.frame.px(spot.size)
        left = round(spot.x * self.frame.unit - side / 2)
        bottom = round(self.frame.height - spot.y * self.frame.unit - side / 2)
        return Pixels(left, bottom, side, side)

    def _place(self, texture: Any, place: Pixels, colour: Colour, reveal: float) -> None:
        if reveal < 1.0:
            wide = max(1, round(place.w * reveal))
            texture = texture.get_region(0, 0, wide, place.h)
            place = Pixels(place.x, place.y, wide, place.h)
        self._canvas.add(Color(*colour))
        self._canvas.add(Rectangle(texture=texture, pos=place[:2], size=place[2:]))


def _face(ink: Ink, level: int) -> None:
    ink.colour(INK)
    ink.disc(50, 50, 47)
    ink.colour(RATES[level])
    ink.disc(50, 50, 43)
    ink.colour(INK)
    if level == 5:
        for x in (33, 67):
            ink.curve(x - 9, 45, x - 7, 34, x + 7, 34, x + 9, 45, width=6.5)
        ink.lower_half(50, 58, 24, 22)
        ink.line(28, 58, 72, 58, width=4)
        return
    eye = 46 if level == 1 else 42
    ink.disc(33, eye, 5.5)
    ink.disc(67, eye, 5.5)
    if level == 1:
        ink.line(22, 36, 40, 27, width=6.5)
        ink.line(78, 36, 60, 27, width=6.5)
        ink.curve(29, 78, 35, 54, 65, 54, 71, 78, width=6.5)
    elif level == 2:
        ink.curve(30, 75, 37, 58, 63, 58, 70, 75, width=6.5)
    elif level == 3:
        ink.line(33, 67, 67, 67, width=6.5)
    else:
        ink.curve(30, 60, 37, 77, 63, 77, 70, 60, width=6.5)


def _logo(ink: Ink) -> None:
    ink.colour(WHITE)
    ink.rounded(0, 0, 40, 40, 8)
    ink.colour(BRAND)
    ink.disc(13.5, 15.5, 2.6)
    ink.disc(26.5, 15.5, 2.6)
    ink.colour(AMBER)
    ink.curve(10, 24.5, 14, 31.5, 26, 31.5, 30, 24.5, width=3.6)


def _back(ink: Ink, w: float) -> None:
    ink.line(21, 12, 3.5, 12, width=w)
    ink.line(10.5, 5, 3.5, 12, 10.5, 19, width=w)


def _forward(ink: Ink, w: float) -> None:
    ink.line(3, 12, 20.5, 12, width=w)
    ink.line(13.5, 5, 20.5, 12, 13.5, 19, width=w)


def _globe(ink: Ink, w: float) -> None:
    ink.ring(12, 12, 9.6, w)
    ink.line(2.6, 12, 21.4, 12, width=w * 0.8)
    ink.curve(12, 2.6, 6.6, 7.5, 6.6, 16.5, 12, 21.4, width=w * 0.8)
    ink.curve(12, 2.6, 17.4, 7.5, 17.4, 16.5, 12, 21.4, width=w * 0.8)


def _lock(ink: Ink, w: float) -> None:
    ink.line(4.5, 10.5, 19.5, 10.5, 19.5, 21, 4.5, 21, 4.5, 10.5, width=w)
    ink.curve(8, 10.5, 7, 0.8, 17, 0.8, 16, 10.5, width=w)


def _chevron(ink: Ink, w: float) -> None:
    ink.line(8.5, 4, 16.5, 12, 8.5, 20, width=w)


def _tick(ink: Ink, w: float) -> None:
    ink.line(4, 13, 9.5, 18.5, 20, 6.5, width=w)


def _up(ink: Ink, w: float) -> None:
    ink.line(12, 21, 12, 3, width=w)
    ink.line(5.5, 9.5, 12, 3, 18.5, 9.5, width=w)


def _pencil(ink: Ink, w: float) -> None:
    ink.line(4, 20, 5, 15.5, 16, 4.5, 19.5, 8, 8.5, 19, 4, 20, width=w)
    ink.line(13.5, 7, 17, 10.5, width=w)


def _shift(ink: Ink, w: float) -> None:
    ink.line(12, 3.5, 3.5, 12.5, 8.5, 12.5, 8.5, 20, 15.5, 20, 15.5, 12.5, 20.5, 12.5, 12, 3.5, width=w)


def _shift_lock(ink: Ink, w: float) -> None:
    ink.line(12, 2, 4, 10.5, 8.5, 10.5, 8.5, 16, 15.5, 16, 15.5, 10.5, 20, 10.5, 12, 2, width=w)
    ink.line(7, 21, 17, 21, width=w)


def _backspace(ink: Ink, w: float) -> None:
    ink.line(8, 5, 22, 5, 22, 19, 8, 19, 2, 12, 8, 5, width=w)
    ink.line(11.5, 9, 17.5, 15, width=w)
    ink.line(17.5, 9, 11.5, 15, width=w)


def _enter(ink: Ink, w: float) -> None:
    ink.line(20.5, 5, 20.5, 13.5, 4, 13.5, width=w)
    ink.line(9.5, 8, 4, 13.5, 9.5, 19, width=w)


ICONS: dict[str, Callable[[Ink, float], None]] = {
    "back": _back,
    "forward": _forward,
    "globe": _globe,
    "lock": _lock,
    "chevron": _chevron,
    "tick": _tick,
    "up": _up,
    "pencil": _pencil,
    "shift": _shift,
    "shift_lock": _shift_lock,
    "backspace": _backspace,
    "enter": _enter,
}
