"""The kiosk's colours and letters, from the design tokens."""

from typing import TypeAlias

Colour: TypeAlias = tuple[float, float, float, float]


def _hex(text: str) -> Colour:
    return (int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255, 1.0)


PAPER = _hex("#FBF8F1")
BAR = _hex("#F2EDE1")
TILE = _hex("#FFFFFF")
INK = _hex("#1C1B18")
QUIET = _hex("#3D3A34")
EDGE = _hex("#55514A")
BRAND = _hex("#1D4A3E")
TINT = _hex("#E3EDE7")
WHITE = _hex("#FFFFFF")
ON_BRAND_QUIET = _hex("#DCE6E1")
HAIRLINE = _hex("#D8D2C3")
AMBER = _hex("#B8720F")
RING = _hex("#CFC8B6")
KEY_EDGE = _hex("#7A746A")
FUNCTION_KEY = _hex("#E8E1D1")

RATES = {
    1: _hex("#D4602F"),
    2: _hex("#EDA066"),
    3: _hex("#EEE4CF"),
    4: _hex("#A8CCEA"),
    5: _hex("#5E9DD3"),
}

EDGE_WIDTH = 2.5
CHOSEN_WIDTH = 4
TILE_RADIUS = 12
BUTTON_RADIUS = 10
KEY_RADIUS = 7
KEY_EDGE_WIDTH = 1.5
FADE_S = 0.12
TICK_S = 0.24
