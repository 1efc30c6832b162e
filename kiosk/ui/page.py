"""One screen as a widget: what stands on it, and what on it can be touched."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from kivy.graphics import Canvas
from kivy.uix.widget import Widget

from kiosk.screen.view import View
from kiosk.ui.drawing import Pen, Spot
from kiosk.ui.layout import Layout
from kiosk.ui.metrics import Box
from kiosk.ui.sprites import Sprites
from kiosk.ui.text import Style, Writer
from kiosk.ui.theme import (
    BAR,
    BRAND,
    BUTTON_RADIUS,
    CHOSEN_WIDTH,
    EDGE,
    EDGE_WIDTH,
    HAIRLINE,
    INK,
    QUIET,
    TILE,
    TILE_RADIUS,
    TINT,
    WHITE,
    Colour,
)

Draw = Callable[[Pen, Any, bool], None]
"""Draws a target's looks: pen, canvas, whether it is under the finger."""


class Layer(NamedTuple):
    """A part of a page that is drawn again by itself."""

    canvas: Any
    pen: Pen


class UpdatableSheet(Protocol):
    """What stands on a writing screen and changes with every key."""

    def show(self, view: View) -> None:
        """Draw what has changed."""


class Target:
    """Something to touch. It draws itself anew when a finger comes down on it.

    No widget: a keyboard has forty of these, and a widget takes longer than what is drawn on it.
    """

    def __init__(self, sprites: Sprites, name: str, words: str, touch: Box, draw: Draw) -> None:
        self.canvas = Canvas()
        self.name = name
        self.accessible_name = words
        self.touch = touch
        self._sprites = sprites
        self._draw = draw
        self.show(pressed=False)

    def show(self, *, pressed: bool) -> None:
        """Draw it as it is, or as it looks under the finger."""
        self.canvas.clear()
        self._draw(Pen(self.canvas, self._sprites), self.canvas, pressed)

    def holds(self, x: float, y: float) -> bool:
        """Returns whether this place (units, y down) belongs to it."""
        box = self.touch
        return box.x <= x < box.x + box.w and box.y <= y < box.y + box.h


class Page(Widget):
    """A screen under construction, then on show."""

    def __init__(
        self, layout: Layout, writer: Writer, sprites: Sprites, *, name: str, ground: Colour
    ) -> None:
        super().__init__(size_hint=(None, None))
        self.name = name
        self.layout = layout
        self.writer = writer
        self.targets: list[Target] = []
        self.tick_place = (0.0, 0.0, 0.0)
        self.tick: Layer | None = None
        self.countdown: Layer | None = None
        self.sheet: UpdatableSheet | None = None
        """The part of a writing screen that changes from key to key."""
        self.ground = ground
        self._sprites = sprites
        self.pen = Pen(self.canvas, sprites)

    def cover(self) -> None:
        """Hide what lies below while this page fades in; later the window's ground does it for nothing."""
        frame = self.layout.frame
        Pen(self.canvas.before, self._sprites).fill(Box(0, 0, frame.w, frame.h), self.ground)

    def uncover(self) -> None:
        """The page stands alone."""
        self.canvas.before.clear()

    def write(self, text: str, box: Box, colour: Colour, style: Style) -> Box:
        """Plain text on the page."""
        return self.writer.write(self.canvas, text, box, colour, style)

    def layer(self) -> "Layer":
        """Returns a part of the page that will be drawn again by itself."""
        canvas = Canvas()
        self.canvas.add(canvas)
        return Layer(canvas, Pen(canvas, self._sprites))

    def target_at(self, x: float, y: float) -> Target | None:
        """Returns what would be touched at this place (units, y down)."""
        return next((target for target in self.targets if target.holds(x, y)), None)

    def add_target(self, name: str, words: str, touch: Box, draw: Draw) -> None:
        """Something to touch, with the name that a screen reader would say."""
        target = Target(self._sprites, name, words, touch, draw)
        self.targets.append(target)
        self.canvas.add(target.canvas)

    # The bar

    def bar(self) -> None:
        """The bar's ground."""
        bar = self.layout.bar
        self.pen.fill(bar, BAR)
        self.pen.fill(Box(bar.x, bar.y, bar.w, 1), HAIRLINE)

    def bar_button(self, name: str, words: str, place: Box, icon: str) -> None:
        """A white button with an icon before its words."""
        style = Style(self.layout.sizes.bar, align="left", lines=1)
        icon_size = 22.0
        gap = 10.0
        wide = self.writer.width(words, style)

        def draw(pen: Pen, canvas: Any, pressed: bool) -> None:
            ground, ink = (INK, WHITE) if pressed else (TILE, INK)
            pen.panel(place, ground, INK if pressed else EDGE, BUTTON_RADIUS, EDGE_WIDTH)
            room = place.w - 16 - icon_size - gap
            taken = min(wide, room)
            left = place.cx - (icon_size + gap + taken) / 2
            pen.icon(icon, Spot(left + icon_size / 2, place.cy, icon_size), ink)
            at = Box(left + icon_size + gap, place.y, taken + 2, place.h)
            self.writer.write(canvas, words, at, ink, style)

        self.add_target(name, words, self.layout.bar_touch(place), draw)

    def action_button(
        self, words: str, icon: str | None, *, primary: bool, name: str = "next", leads: bool = False
    ) -> None:
        """The next action, on the right. Its icon stands behind the words, or before them if it `leads`."""
        place = self.layout.action
        room = 36.0 if icon else 0.0
        style = Style(self.layout.sizes.action, bold=True)
        wide = self.writer.width(words, style)
        if wide + room > place.w - 20:
            style = style._replace(size=self.layout.sizes.bar, lines=2)
            wide = min(self.writer.width(words, style), place.w - 16 - room)

        def draw(pen: Pen, canvas: Any, pressed: bool) -> None:
            if primary or pressed:
                pen.panel(place, INK if pressed else BRAND, None, BUTTON_RADIUS)
            else:
                pen.panel(place, TILE, EDGE, BUTTON_RADIUS, EDGE_WIDTH)
            ink = WHITE if primary or pressed else INK
            left = place.cx - (wide + room) / 2
            text = Box(left + (room if leads else 0), place.y, wide + 2, place.h)
            self.writer.write(canvas, words, text, ink, style)
            if icon:
                x = left + 12 if leads else left + wide + 24
                pen.icon(icon, Spot(x, place.cy, 24), ink, weight=3)

        self.add_target(name, words, self.layout.bar_touch(place), draw)

    def progress(self, words: str, step: tuple[int, int] | None, *, lift: float = 0.0) -> None:
        """Which step of how many, as dots and in words; `lift` units higher where something stands below."""
        middle = self.layout.progress
        place, style = (
            middle._replace(y=middle.y - lift),
            Style(self.layout.sizes.bar, align="center", lines=2),
        )
        if step is None or step[1] < 2 or step[1] > 6:
            self.write(words, place, QUIET, style)
            return
        of = step[1]
        dots_wide = 20.0 * (of - 1)
        if self.layout.portrait:
            left, y = place.cx - dots_wide * 0.6, place.y + 27
            self.write(words, Box(place.x, place.y + 40, place.w, 40), QUIET, style)
            self._dots(left, y, 24, step)
            return
        wide = self.writer.width(words, style)
        left = place.cx - (dots_wide + 20 + wide) / 2
        self._dots(left, place.cy, 20, step)
        at = Box(left + dots_wide + 18, place.y, wide + 4, place.h)
        self.write(words, at, QUIET, style._replace(align="left", lines=1))

    def _dots(self, x: float, y: float, apart: float, step: tuple[int, int]) -> None:
        done, of = step
        radius = apart * 0.31
        for dot in range(of):
            if dot < done:
                self.pen.disc(x + dot * apart, y, radius + 0.4, QUIET)
            else:
                self.pen.ring(Spot(x + dot * apart, y, 2 * radius + 1.8), 2.4, QUIET)

    # Tiles

    def tile(
        self, name: str, words: str, place: Box, *, quiet: bool = False, chevron: bool = False,
        ticked: bool | None = None,
    ) -> None:  # fmt: skip
        """A tile of an answer; `quiet` on the bar's ground, `ticked` with a box to tick."""
        gap = 6 + 2 * self.layout.portrait
        touch = Box(place.x - gap, place.y - gap, place.w + 2 * gap, place.h + 2 * gap)
        portrait = self.layout.portrait
        pad = 24.0 if portrait else 18.0
        box_size = 44.0 if portrait else 34.0
        stacked = ticked is not None and place.w < 200
        size = self.layout.sizes.tile - (1 if ticked is not None and not portrait else 0) - 2 * stacked
        style = Style(size, bold=True, lines=3)
        text = Box(place.x + pad, place.y + 4, place.w - 2 * pad, place.h - 8)
        tick = Box(place.x + pad, place.cy - box_size / 2, box_size, box_size)
        if stacked:
            tick = Box(place.x + 14, place.y + 10, 30, 30)
            lines = 1 if self.writer.fits(words, place.w - 28, style._replace(lines=1)) else 2
            text = Box(place.x + 14, tick.y + 32, place.w - 28, lines * size * 1.22 + 12)
        elif ticked is not None:
            text = Box(tick.x + tick.w + 14, text.y, place.x + place.w - tick.x - tick.w - 30, text.h)
        elif chevron:
            text = text._replace(w=text.w - 34)

        def draw(pen: Pen, canvas: Any, pressed: bool) -> None:
            ink = WHITE if pressed else INK
            ground = INK if pressed else TINT if ticked else BAR if quiet else TILE
            edge = INK if pressed else BRAND if ticked else EDGE
            pen.panel(place, ground, edge, TILE_RADIUS, CHOSEN_WIDTH if ticked else EDGE_WIDTH)
            if ticked is not None:
                if ticked and not pressed:
                    pen.panel(tick, BRAND, None, 7)
                    pen.icon("tick", Spot(tick.cx, tick.cy, tick.w * 0.78), WHITE, weight=4)
                else:
                    pen.panel(tick, ground, WHITE if pressed else EDGE, 7, EDGE_WIDTH)
            self.writer.write(canvas, words, text, ink, style)
            if chevron:
                pen.icon("chevron", Spot(place.x + place.w - 30, place.cy, 20), ink, weight=3)

        self.add_target(name, words, touch, draw)
