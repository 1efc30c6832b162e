"""Pictures of what the tests show, for people to look at: drawn where `make pictures` runs them.

To draw a whole page costs more processor time than to load it, and no test looks at these pictures: what can
be said of a page without eyes, its test says.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ARTEFACTS = Path(__file__).parents[1] / "artefacts"
WANTED = bool(os.environ.get("HAILONG_PICTURES"))
"""`make pictures` says so."""


def keep_picture(page: Page, file: Path, *, scheme: str | None = None, whole: bool = True) -> None:
    """The page, or what a window shows of it, by day or by night, under this name."""
    if not WANTED:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    if scheme is not None:
        # Without motion, that no button is caught half-way between the schemes.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.screenshot(path=file, full_page=whole)


def keep_paper(pdf: Path, file: Path) -> None:
    """The pages of a document, under this name and their numbers."""
    if WANTED:
        file.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["pdftoppm", "-r", "70", "-png", pdf, file], check=True, timeout=100)
