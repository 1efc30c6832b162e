"""Typst as this program uses it: templates of its own, data beside them, one typeface that it brings along.

What goes onto the page is handed in as JSON and never becomes part of a template: whatever letters a label
has, they are letters. System fonts are left aside, so that every machine sets the same page.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

import fontpkg_roboto
import typst

from survey_defs.plain_text import clean_within

_TEMPLATES = Path(__file__).parents[1] / "typst"
_FONT_FILES = "files"
_PIXEL = 72
"""At so many dots per inch a point is a pixel."""


def set_pdf(template: str, data: dict[str, Any]) -> bytes:
    """The template's pages with that data as PDF; the same bytes for the same data."""
    return _compile(template, data, "pdf")


def set_png(template: str, data: dict[str, Any]) -> bytes:
    """The template's one page as a picture, a point to a pixel."""
    return _compile(template, data, "png")


def _compile(template: str, data: dict[str, Any], format: Literal["pdf", "png"]) -> bytes:
    return typst.compile(
        str(_TEMPLATES / f"{template}.typ"),
        root=str(_TEMPLATES),
        format=format,
        ppi=_PIXEL,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(clean_within(data), ensure_ascii=False)},
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(Path(fontpkg_roboto.ROOT) / _FONT_FILES)])
