"""A report as a docx: the blocks of the body between the head and the signature."""

import io
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from server.reports.documents.blocks import (
    Addressee,
    Align,
    Block,
    Document,
    Heading,
    Note,
    Paragraph,
    Picture,
    Table,
)
from server.reports.documents.chart import to_png
from server.reports.documents.docx_blank import with_fixed_times
from server.reports.documents.docx_letter import add_head, add_page_marks, add_signature, add_title
from server.reports.documents.docx_parts import (
    cell_margins,
    describe_picture,
    describe_table,
    head_row,
    leave_open,
    plain_table,
    whole_row,
)
from server.reports.documents.docx_styles import BODY, CAPTION, CELL, HEADINGS, LETTER, NOTE, empty_document
from server.reports.words.wording import FILL
from server.rules.layout import Layout
from survey_defs.plain_text import clean_within

_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "centre": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
CELL_SIDE_MM = 1.3
_KEPT_TOGETHER_ROWS = 16
"""A table of no more rows than this stays on one page."""


def render_docx(report: Document, layout: Layout) -> bytes:
    """The file's bytes; the same ones for the same report and the same fonts of the chart."""
    report = clean_within(report)
    document = empty_document(layout, report.title, report.author, report.day)
    add_page_marks(document, report.letter, layout)
    add_head(document, report.letter, layout)
    add_title(document, report.letter, layout)
    for index, block in enumerate(report.blocks):
        following = report.blocks[index + 1] if index + 1 < len(report.blocks) else None
        _add_block(document, block, following, layout)
    # The signature takes the last words along: it never stands on a page of its own.
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    document.paragraphs[-1].paragraph_format.keep_together = True
    add_signature(document, report.letter, layout)
    _end(document)
    raw = io.BytesIO()
    document.save(raw)
    return with_fixed_times(raw.getvalue())


def _add_block(document: Any, block: Block, following: Block | None, layout: Layout) -> None:
    match block:
        case Heading(level=level, text=text):
            document.add_paragraph(text, style=HEADINGS[level - 1])
        case Paragraph(text=text):
            paragraph = document.add_paragraph(text, style=BODY)
            if text.endswith(FILL):
                leave_open(paragraph, layout.page.text_mm)
        case Addressee(text=text):
            addressee = document.add_paragraph(text, style=LETTER)
            addressee.alignment = WD_ALIGN_PARAGRAPH.CENTER
            addressee.paragraph_format.space_after = Pt(12)
        case Note(text=text):
            document.add_paragraph(text, style=NOTE)
        case Table():
            _add_table(document, block, isinstance(following, Note), layout)
        case Picture():
            _add_picture(document, block)


def _add_table(document: Any, block: Table, has_note: bool, layout: Layout) -> None:
    caption = document.add_paragraph(block.caption, style=CAPTION)
    caption.paragraph_format.keep_with_next = True
    widths = tuple(column.share * layout.page.text_mm for column in block.columns)
    table = plain_table(document, len(block.rows) + 1, widths, "Table Grid")
    cell_margins(table, CELL_SIDE_MM)
    describe_table(table, block.caption)
    for row in table.rows:
        whole_row(row)
    head_row(table.rows[0])
    for cell, column in zip(table.rows[0].cells, block.columns, strict=True):
        _fill(cell, column.title, "centre", bold=True)
    for number, (row, values) in enumerate(zip(list(table.rows)[1:], block.rows, strict=True), start=1):
        last = number == len(block.rows)
        for cell, value, column in zip(row.cells, values, block.columns, strict=True):
            _fill(cell, value, column.align, bold=block.total and last)
    together = len(block.rows) <= _KEPT_TOGETHER_ROWS
    for number, row in enumerate(table.rows):
        # Without this a page could begin with the last row, or with the note alone.
        inside = number < len(block.rows) and (together or number == 0)
        if inside or (has_note and number == len(block.rows)):
            for cell in row.cells:
                for paragraph in cell.paragraphs:
                    paragraph.paragraph_format.keep_with_next = True
    if not has_note:
        _gap(document)


def _fill(cell: Any, text: str, align: Align, bold: bool) -> None:
    for index, line in enumerate(text.split("\n")):
        paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
        paragraph.style = CELL
        paragraph.alignment = _ALIGN[align]
        if index:
            paragraph.paragraph_format.space_before = Pt(0)
        run = paragraph.add_run(line)
        run.bold = bold or None


def _add_picture(document: Any, block: Picture) -> None:
    frame = document.add_paragraph()
    frame.alignment = WD_ALIGN_PARAGRAPH.CENTER
    frame.paragraph_format.keep_with_next = True
    frame.paragraph_format.space_before = Pt(6)
    picture = frame.add_run().add_picture(io.BytesIO(to_png(block.svg)), width=Mm(block.width_mm))
    describe_picture(picture, block.caption, block.alt)
    caption = document.add_paragraph(block.caption, style=CAPTION)
    caption.paragraph_format.keep_with_next = True
    document.add_paragraph(block.key, style=NOTE)


def _gap(document: Any) -> None:
    """A table has no space after it: a small paragraph stands for it."""
    gap = document.add_paragraph()
    gap.paragraph_format.line_spacing = Pt(8)


def _end(document: Any) -> None:
    """Word wants a paragraph after the last table: one that takes no room."""
    end = document.add_paragraph()
    end.paragraph_format.line_spacing = Pt(1)
