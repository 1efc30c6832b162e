"""A QR on the screen. Its content is kept nowhere but in the picture."""

from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture

from kiosk.ui.metrics import Box, Frame
from kiosk.ui.theme import WHITE

QUIET_ZONE = 4
"""Modules of white around it, as the standard asks."""


def draw_qr(canvas: Any, frame: Frame, box: Box, content: str) -> None:
    """Draw the QR of `content` as large as whole pixels allow, in the middle of the box."""
    import segno  # noqa: PLC0415 - only who has sent a complaint needs it

    rows = list(segno.make_qr(content, error="l").matrix)
    side = len(rows) + 2 * QUIET_ZONE
    place = frame.pixels(box)
    scale = max(1, min(place.w, place.h) // side)
    texture = Texture.create(size=(len(rows), len(rows)), colorfmt="luminance")
    texture.mag_filter = texture.min_filter = "nearest"
    # The texture's rows go upwards.
    texture.blit_buffer(
        bytes(28 if dark else 255 for row in reversed(rows) for dark in row), colorfmt="luminance"
    )
    size = len(rows) * scale
    left, bottom = place.x + (place.w - size) // 2, place.y + (place.h - size) // 2
    canvas.add(Color(*WHITE))
    canvas.add(Rectangle(texture=texture, pos=(left, bottom), size=(size, size)))
