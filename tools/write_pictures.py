"""The README's pictures, put together from those that `make pictures` leaves in `tests/artefacts/`.

To be run after `make pictures`, where a screen that the README shows has changed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a file, it finds the tests beside it

from tests.support.browser import chromium  # noqa: E402
from tests.support.pictures import ARTEFACTS  # noqa: E402

PICTURES = ROOT / "docs/pictures"


class Shown(NamedTuple):
    """A picture of the tests: so wide, and no more than so much of its height, in pixels."""

    file: str
    width: int
    height: int


WANTED: dict[str, list[list[Shown]]] = {
    "overview": [
        [
            Shown("kiosk/1024x600-luot-vi-03-nam-mat.png", 580, 340),
            Shown("kiosk/1024x600-luot-vi-04-tra-ket-qua.png", 580, 340),
        ],
        [Shown("dashboard/tong-quan-day-du-vi-1440-light.jpg", 900, 850)],
    ],
    "complaint": [
        [Shown("kiosk/1024x600-gop-y-vi-06-viet.png", 520, 305)],
        [Shown("desk/ho-so-working-1440-light.jpg", 800, 760)],
        [Shown("follow/trao-doi-390-light-vi.jpg", 270, 600)],
    ],
    "devices": [
        [
            Shown("devices/ma-hop-1440-light.jpg", 900, 390),
            Shown("kiosk/800x480-lap-may-vi-4-ma-dang-go.png", 560, 340),
        ],
        [Shown("box-4-trying-390x844.jpg", 280, 760)],
    ],
    "phone": [
        [Shown("phone/moi-360-vi.jpg", 320, 690)],
        [Shown("phone/mat-mang-360-vi.jpg", 320, 690)],
        [Shown("phone/ma-360-vi.jpg", 320, 690)],
        [Shown("posters/thuong-a5-pdf.jpg", 470, 690)],
    ],
}
"""Of each picture of the README its columns, from the left."""

_STYLE = """
body { margin: 0; padding: 24px; display: inline-flex; gap: 24px; align-items: center; background: #e8e2d5 }
.column { display: grid; gap: 24px; justify-items: center }
.shown { overflow: hidden }
img { display: block; width: 100% }
"""


def main() -> None:
    """Write each of them anew."""
    with chromium() as browser, tempfile.TemporaryDirectory() as made:
        page = browser.new_page(viewport={"width": 1800, "height": 1000})
        for name, columns in WANTED.items():
            html = Path(made) / f"{name}.html"
            html.write_text(f"<style>{_STYLE}</style>{''.join(map(_column, columns))}", encoding="utf-8")
            page.goto(html.as_uri())
            missing = page.evaluate("[...document.images].filter((i) => !i.naturalWidth).map((i) => i.src)")
            if missing:
                raise SystemExit(f"no such picture; run make pictures first: {missing}")
            page.locator("body").screenshot(path=PICTURES / f"{name}.png")


def _column(shown: list[Shown]) -> str:
    inside = "".join(
        f'<div class="shown" style="width: {one.width}px; max-height: {one.height}px">'
        f'<img src="{(ARTEFACTS / one.file).as_uri()}"></div>'
        for one in shown
    )
    return f'<div class="column">{inside}</div>'


if __name__ == "__main__":
    main()
