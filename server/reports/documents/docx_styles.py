"""Page, styles and properties of a docx, from the layout that the law lays down."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from server.reports.documents.docx_blank import blank_package
from server.rules.layout import Element, Layout

BODY, NOTE, CELL, CAPTION, LETTER = "Body Text", "Note", "Table Text", "Caption", "Letter"
HEADINGS = ("Heading 1", "Heading 2")
TITLE, SUBJECT = "Title", "Subtitle"
CELL_PT, _NOTE_PT = 12, 12
_EDGE_MM = 10
_BLACK = RGBColor(0, 0, 0)


def empty_document(layout: Layout, title: str, author: str, day: date) -> Any:
    """A document without a word in it, with page, styles and properties."""
    document = docx.Document(blank_package(layout.font, layout.elements.body.size.use))
    _page(document, layout)
    _styles(document, layout)
    # No style is added from here on, and python-docx looks for a paragraph's in all of them, each time.
    document.part.get_style_id = cache(document.part.get_style_id)  # type: ignore[method-assign]
    _properties(document, title, author, day)
    return document


def style_run(run: Any, element: Element, font: str) -> None:
    """Give one run the letters of an element of the document."""
    run.bold = element.bold
    run.italic = element.italic
    _letters(run._element.get_or_add_rPr(), element.size.use, font)


def _page(document: Any, layout: Layout) -> None:
    section, page = document.sections[0], layout.page
    section.page_width, section.page_height = Mm(page.width_mm), Mm(page.height_mm)
    section.top_margin, section.bottom_margin = Mm(page.top_mm.use), Mm(page.bottom_mm.use)
    section.left_margin, section.right_margin = Mm(page.left_mm.use), Mm(page.right_mm.use)
    section.header_distance = section.footer_distance = Mm(_EDGE_MM)
    section.gutter = Mm(0)
    # The first page carries no number.
    section.different_first_page_header_footer = True


def _styles(document: Any, layout: Layout) -> None:
    elements, body, font = layout.elements, layout.body, layout.font
    space = Pt(body.space_pt.use)

    _new(document, LETTER, elements.body.size.use, font)

    text = _new(document, BODY, elements.body.size.use, font).paragraph_format
    text.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    text.first_line_indent = Mm(body.indent_mm)
    text.space_after = space
    text.line_spacing = body.line_spacing.use
    text.widow_control = True

    for level, name in enumerate(HEADINGS):
        style = _new(document, name, elements.heading.size.use, font, bold=True)
        heading = style.paragraph_format
        heading.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        heading.widow_control = True
        heading.first_line_indent = Mm(body.indent_mm)
        heading.space_before = heading.space_after = space
        heading.line_spacing = body.line_spacing.use
        heading.keep_with_next = heading.keep_together = True
        _outline_level(style, level)

    for name, element in ((TITLE, elements.kind), (SUBJECT, elements.subject)):
        title = _new(document, name, element.size.use, font, bold=element.bold).paragraph_format
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        title.keep_with_next = True

    caption = _new(document, CAPTION, elements.body.size.use, font, bold=True).paragraph_format
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    caption.space_before = caption.space_after = space
    caption.keep_together = True

    cell = _new(document, CELL, CELL_PT, font).paragraph_format
    cell.space_before = cell.space_after = Pt(1.5)

    remark = _new(document, NOTE, _NOTE_PT, font)
    remark.font.italic = True
    note = remark.paragraph_format
    note.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    note.first_line_indent = Mm(body.indent_mm)
    note.space_before = note.space_after = space
    note.keep_together = note.widow_control = True


def _new(document: Any, name: str, points: float, font: str, bold: bool = False) -> Any:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name not in (NOTE, CELL, LETTER))
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    style.font.bold = bold
    style.font.color.rgb = _BLACK
    _letters(style.element.get_or_add_rPr(), points, font)
    return style


def _letters(properties: Any, points: float, font: str) -> None:
    """One typeface and one size for every script, so that no letter falls back on another."""
    for tag in ("w:rFonts", "w:sz", "w:szCs"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    fonts = OxmlElement("w:rFonts")
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), font)
    properties.insert(0, fonts)
    for tag in ("w:sz", "w:szCs"):
        size = OxmlElement(tag)
        size.set(qn("w:val"), str(round(points * 2)))
        properties.append(size)


def _outline_level(style: Any, level: int) -> None:
    outline = OxmlElement("w:outlineLvl")
    outline.set(qn("w:val"), str(level))
    style.element.get_or_add_pPr().append(outline)


def _properties(document: Any, title: str, author: str, day: date) -> None:
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = title, author, author
    properties.language = "vi-VN"
    properties.comments = ""
    # Not the moment of making: the same facts must give the same bytes.
    properties.created = properties.modified = datetime(day.year, day.month, day.day, tzinfo=UTC)
    properties.revision = 1
