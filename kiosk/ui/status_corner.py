"""The upper right corner: whether answers have been delivered, told by shape, and the sample mark."""

from kivy.uix.widget import Widget

from kiosk.delivery.link import Delivery
from kiosk.ui.drawing import Pen, Spot
from kiosk.ui.layout import Layout
from kiosk.ui.metrics import Box
from kiosk.ui.sprites import Sprites
from kiosk.ui.text import Style, Writer
from kiosk.ui.theme import EDGE, ON_BRAND_QUIET, Colour
from survey_defs.texts import Texts


class StatusCorner(Widget):
    """Stands above every page. It is for the staff, so it never raises its voice."""

    def __init__(self, layout: Layout, sprites: Sprites, texts: Texts) -> None:
        super().__init__(size_hint=(None, None))
        self._layout = layout
        self._sprites = sprites
        self._texts = texts
        self._writer = Writer(layout.frame)
        self.accessible_name = ""

    def show(self, delivery: Delivery, lang: str, *, sample: bool, on_dark: bool, low: bool) -> None:
        """Draw it anew; `low` where the upper right corner is needed for writing."""
        self.canvas.clear()
        pen = Pen(self.canvas, self._sprites)
        colour = ON_BRAND_QUIET if on_dark else EDGE
        place = self._layout.low_mark() if low else self._layout.mark()
        right = place.x + place.w
        radius = place.h * 0.3
        centre = right - radius - 2
        box = Box(centre - radius, place.cy - radius, 2 * radius, 2 * radius)
        self._state(pen, delivery, box, lang, colour)
        right = box.x - 4
        if delivery.waiting:
            right = self._text(str(delivery.waiting), place, right, colour)
        if sample:
            self._text(self._texts(lang, "sample.mark"), place, right - 6, colour)

    def hide(self) -> None:
        """Nothing has been delivered before there is somebody to deliver to."""
        self.canvas.clear()

    def _state(self, pen: Pen, delivery: Delivery, box: Box, lang: str, colour: Colour) -> None:
        if delivery.waiting:
            self.accessible_name = self._texts(lang, "delivery.waiting", count=delivery.waiting)
            pen.icon("up", Spot(box.cx, box.cy, box.w + 2), colour, weight=2)
        elif delivery.connected_once:
            self.accessible_name = self._texts(lang, "delivery.delivered")
            pen.icon("tick", Spot(box.cx, box.cy, box.w + 2), colour, weight=2)
        else:
            self.accessible_name = self._texts(lang, "delivery.never")
            pen.ring(Spot(box.cx, box.cy, box.w), 1.8, colour)

    def _text(self, words: str, place: Box, right: float, colour: Colour) -> float:
        style = Style(self._layout.sizes.mark)
        wide = self._writer.width(words, style)
        self._writer.write(self.canvas, words, Box(right - wide, place.y, wide + 2, place.h), colour, style)
        return right - wide - 4
