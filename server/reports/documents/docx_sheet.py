"""A docx as a sheet with places of fixed size: what posters and slips are set in with Word.

Every row has an exact height and every text a size at which it fits, so that the page never runs over.
Arial stands on every office machine, and LibreOffice has letters of the same widths for it.
"""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import docx
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from server.reports.documents.docx_blank import blank_package, with_fixed_times
from server.reports.documents.docx_parts import describe_picture, plain_table, whole_row
from server.reports.words.textwidth import POINT_MM, sans_width_mm, wrapped

FONT = "Arial"
LINE = 1.2
"""Distance of lines as a share of the size: Vietnamese capitals with two marks need it."""
_BODY_PT = 10
_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "centre": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
_VERTICAL = {
    "top": WD_CELL_VERTICAL_ALIGNMENT.TOP,
    "middle": WD_CELL_VERTICAL_ALIGNMENT.CENTER,
}
INK = "1C1B18"
QUIET = "3D3A34"


class Run(NamedTuple):
    """Letters of one kind within a line."""

    text: str
    bold: bool = False


class Line(NamedTuple):
    """One line, or what Word may wrap into several: its runs and how they look."""

    runs: tuple[Run, ...]
    size: float
    colour: str = INK
    english: bool = False
    before: float = 0.0
    """Points of room above."""
    pitch: float = 0.0
    """Points from line to line; 0 for what the size needs."""

    @property
    def high(self) -> float:
        """How high it is in points, without the room above."""
        return self.pitch or self.size * LINE


def plain(text: str, size: float, *, bold: bool = False, before: float = 0.0) -> Line:
    """A line of one kind of letters."""
    return Line((Run(text, bold),), size, before=before)


def english(text: str, size: float, *, before: float = 0.0) -> Line:
    """The English below: smaller and quieter."""
    return Line((Run(text),), size, QUIET, True, before)


def empty_sheet(
    width_mm: float, height_mm: float, margins_mm: tuple[float, float, float], title: str, author: str
) -> Any:
    """A document of one section with margins at its sides, above and below; no words in it."""
    document = docx.Document(blank_package(FONT, _BODY_PT))
    section = document.sections[0]
    section.page_width, section.page_height = Mm(width_mm), Mm(height_mm)
    side, above, below = margins_mm
    section.left_margin = section.right_margin = Mm(side)
    section.top_margin, section.bottom_margin = Mm(above), Mm(below)
    section.header_distance = section.footer_distance = Mm(min(above, below) / 2)
    section.gutter = Mm(0)
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = title, author, author
    properties.language, properties.comments, properties.revision = "vi-VN", "", 1
    # The same poster gives the same bytes on every day.
    properties.created = properties.modified = datetime(2000, 1, 1, tzinfo=UTC)
    return document


def saved(document: Any) -> bytes:
    """The bytes of the document."""
    raw = io.BytesIO()
    document.save(raw)
    return with_fixed_times(raw.getvalue())


def gap(document: Any, height_mm: float) -> None:
    """An empty strip of that height: two tables need a paragraph between them."""
    _exactly(document.add_paragraph(), height_mm * 72 / 25.4)


def grid(document: Any, widths_mm: Sequence[float], heights_mm: Sequence[float]) -> Any:
    """A table without borders and without room around its cells, each row of exactly that height."""
    table = plain_table(document, len(heights_mm), tuple(widths_mm))
    margins = OxmlElement("w:tblCellMar")
    for side in ("top", "left", "bottom", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "0")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    look.addprevious(margins) if look is not None else table._tbl.tblPr.append(margins)
    for row, height in zip(table.rows, heights_mm, strict=True):
        whole_row(row)
        row.height_rule = WD_ROW_HEIGHT_RULE.EXACTLY
        row.height = Mm(height)
    return table


def fill(
    cell: Any, lines: Sequence[Line], *, align: str = "left", vertical: str = "middle", free_mm: float = 0
) -> None:
    """Put lines into an empty cell, one paragraph each; `free_mm` stay free at its right."""
    cell.vertical_alignment = _VERTICAL[vertical]
    for index, line in enumerate(lines):
        paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
        _write(paragraph, line, align)
        paragraph.paragraph_format.right_indent = Mm(free_mm) if free_mm else None


def strips(document: Any, lines: Sequence[Line], align: str = "left") -> None:
    """Put lines onto the page itself, one paragraph each."""
    for line in lines:
        _write(document.add_paragraph(), line, align)


def _write(paragraph: Any, line: Line, align: str) -> None:
    paragraph.alignment = _ALIGN[align]
    _exactly(paragraph, line.high)
    paragraph.paragraph_format.space_before = Pt(line.before)
    for part in line.runs:
        run = paragraph.add_run(part.text)
        run.bold = part.bold or None
        run.font.size = Pt(line.size)
        run.font.color.rgb = RGBColor.from_string(line.colour)
        if line.english:
            language = OxmlElement("w:lang")
            language.set(qn("w:val"), "en-GB")
            run._element.get_or_add_rPr().append(language)


def picture(
    cell: Any, png: bytes, width_mm: float, alt: str, *, align: str = "left", vertical: str = "middle"
) -> None:
    """A square picture in an empty cell; `alt` says what it shows."""
    cell.vertical_alignment = _VERTICAL[vertical]
    paragraph = cell.paragraphs[0]
    paragraph.alignment = _ALIGN[align]
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    run = paragraph.add_run()
    # The room that the letters of a line need below it would be clipped by the row's exact height.
    run.font.size = Pt(1)
    shown = run.add_picture(io.BytesIO(png), width=Mm(width_mm))
    describe_picture(shown, alt, alt)


def borders(cell: Any, colour: str, eighths_pt: int, style: str, sides: Sequence[str]) -> None:
    """Lines on the given sides of a cell."""
    frame = OxmlElement("w:tcBorders")
    for side in sides:
        edge = OxmlElement(f"w:{side}")
        for name, value in (("val", style), ("sz", str(eighths_pt)), ("space", "0"), ("color", colour)):
            edge.set(qn(f"w:{name}"), value)
        frame.append(edge)
    properties = cell._tc.get_or_add_tcPr()
    later = properties.find(qn("w:vAlign"))
    if later is not None:
        later.addprevious(frame)
    else:
        properties.append(frame)


def height_mm(lines: Sequence[Line]) -> float:
    """How high the lines stand together, where none of them wraps."""
    return sum(line.high + line.before for line in lines) * POINT_MM


def fitting(text: str, sizes: Sequence[float], width_mm: float, high_mm: float) -> float:
    """The first of the sizes at which the bold text wraps within that width and height, else the last."""
    words = [f"{word} " for word in text.split(" ")]
    for size in sizes:
        lines = wrapped(words, size, width_mm)
        wide = max(sans_width_mm(line.rstrip(), size) for line in lines)
        if len(lines) * size * LINE * POINT_MM <= high_mm and wide <= width_mm:
            return size
    return sizes[-1]


def fitted_address(
    parts: Sequence[Sequence[str]], sizes: Sequence[float], width_mm: float, high_mm: float
) -> tuple[list[str], float]:
    """An address (`address_pieces`) on lines, and the size at which they are no higher than that.

    Lines end after slashes, and only where a part is too long for one, after a dot or hyphen.
    """
    for size in sizes:
        pieces = _units(parts, size, width_mm)
        lines = wrapped(pieces, size, width_mm)
        if len(lines) * size * LINE * POINT_MM <= high_mm and all(
            sans_width_mm(line, size) <= width_mm for line in lines
        ):
            return lines, size
    size = sizes[-1]
    letters = [
        each
        for piece in _units(parts, size, width_mm)
        for each in ([piece] if sans_width_mm(piece, size) <= width_mm else piece)
    ]
    return wrapped(letters, size, width_mm), size


def _units(parts: Sequence[Sequence[str]], size: float, width_mm: float) -> list[str]:
    units: list[str] = []
    for pieces in parts:
        whole = "".join(pieces)
        units += [whole] if sans_width_mm(whole, size) <= width_mm else list(pieces)
    return units


def _exactly(paragraph: Any, points: float) -> None:
    form = paragraph.paragraph_format
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    form.line_spacing = Pt(points)
    form.space_before = form.space_after = Pt(0)
