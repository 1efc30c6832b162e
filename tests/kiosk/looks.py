"""How a screen of the kiosk must look in every size, nothing cut or too close; and what is read off it."""

import math
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.support.pictures import ARTEFACTS

PICTURES = ARTEFACTS / "kiosk"
PANELS_MM = {
    (800, 480): (154.1, 85.9),
    (1024, 600): (154.1, 85.9),
    (1280, 800): (150.8, 94.2),
    (720, 1280): (87.8, 156.1),
}
"""Sizes in pixels, and of a 7-inch panel of that size in millimetres."""
TIGHT = ((800, 480), (720, 1280))
"""The other sizes are the first one made larger: what fits there fits here."""
CODE = "2903440584120557"
INK, BRAND, PAPER = (28, 27, 24), (29, 74, 62), (251, 248, 241)


def check_words(screen: dict[str, Any]) -> None:
    """Every word whole and large enough to be read, and every target has its words."""
    assert screen["overflows"] == [], f"{screen['name']}: these words do not fit: {screen['overflows']}"
    assert screen["smallest"] >= 20, f"{screen['name']}: letters of {screen['smallest']} units"
    assert all(screen["names"].values()), "every target has its words"


def check_places(screen: dict[str, Any]) -> None:
    """Every target on the screen; tiles 20 mm apart, keys not on one another."""
    wide, high = screen["size"]
    for name, (x, y, w, h) in screen["targets"].items():
        assert x >= -1, name
        assert y >= 0, name
        assert x + w <= wide + 8, name
        assert y + h <= high + 8, name
    if any(name.startswith("key:") for name in screen["targets"]):
        check_keys(screen)
    else:
        check_distances(screen)


def check_distances(screen: dict[str, Any]) -> None:
    size = tuple(screen["size"])
    wide, high = PANELS_MM[size]
    places = {
        name: ((x + w / 2) * wide / size[0], (y + h / 2) * high / size[1])
        for name, (x, y, w, h) in screen["targets"].items()
    }
    for (one, a), (other, b) in combinations(places.items(), 2):
        apart = math.dist(a, b)
        assert apart >= 20, f"{screen['name']}: {one} and {other} are {apart:.1f} mm apart"


def check_keys(screen: dict[str, Any]) -> None:
    for (one, a), (other, b) in combinations(screen["targets"].items(), 2):
        across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
        down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
        assert across <= 3 or down <= 3, f"{one} lies on {other}"


def scan(picture: Path) -> str:
    """What a phone reads off the screen."""
    done = subprocess.run(
        ["zbarimg", "--quiet", "--raw", str(picture)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()
