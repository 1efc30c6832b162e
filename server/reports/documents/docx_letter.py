"""The frame of an administrative document in docx: head, title, page numbers, signature, recipients."""

from typing import Any

from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from server.reports.documents.blocks import Letter
from server.reports.documents.docx_parts import boxed, cell_margins, page_number, plain_table, rule, whole_row
from server.reports.documents.docx_styles import LETTER, SUBJECT, TITLE, style_run
from server.reports.words.textwidth import bold_width_mm
from server.rules.layout import Element, Layout

_LEFT_SHARE = 0.4
_SIGNATURE_ROOM_PT = 72
_SIGNATURE_SHARE = 0.5


def add_head(document: Any, letter: Letter, layout: Layout) -> None:
    """Who writes, in which state, under which number, where and when."""
    elements, width = layout.elements, layout.page.text_mm
    left_mm, right_mm = width * _LEFT_SHARE, width * (1 - _LEFT_SHARE)
    table = plain_table(document, 2, (left_mm, right_mm))
    cell_margins(table, 0)
    for row in table.rows:
        whole_row(row)
        for cell in row.cells:
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.TOP
    (left, right), (number, place) = (row.cells for row in table.rows)
    _line(left, letter.superior, elements.superior, layout, first=True)
    _line(left, letter.issuer, elements.issuer, layout)
    _rule(left, letter.issuer, elements.issuer, left_mm)
    _line(right, letter.national_name, elements.national_name, layout, first=True)
    _line(right, letter.motto, elements.motto, layout)
    _rule(right, letter.motto, elements.motto, right_mm)
    for cell, text, element in (
        (number, letter.number, elements.number),
        (place, letter.place_date, elements.place_date),
    ):
        _line(cell, text, element, layout, first=True).paragraph_format.space_before = Pt(6)


def add_title(document: Any, letter: Letter, layout: Layout) -> None:
    """The kind of document, what it is about, and the rule below."""
    elements, width = layout.elements, layout.page.text_mm
    kind = document.add_paragraph(style=TITLE)
    kind.paragraph_format.space_before = Pt(18)
    style_run(kind.add_run(letter.kind), elements.kind, layout.font)
    for line in letter.subject:
        subject = document.add_paragraph(style=SUBJECT)
        style_run(subject.add_run(line), elements.subject, layout.font)
    below = document.add_paragraph(style=SUBJECT)
    _draw_rule(below, letter.subject[-1], elements.subject, width)
    if letter.sample:
        mark = document.add_paragraph(style=LETTER)
        _mark_sample(mark, letter.sample, layout)
        mark.paragraph_format.space_before = Pt(8)
        mark.paragraph_format.left_indent = mark.paragraph_format.right_indent = Mm(15)
        boxed(mark)
    # The space between the rule and the first words belongs to neither.
    spacer = document.add_paragraph(style=LETTER)
    spacer.paragraph_format.line_spacing = Pt(12)


def add_page_marks(document: Any, letter: Letter, layout: Layout) -> None:
    """Page numbers from the second page on; on sample documents their mark on every page."""
    section = document.sections[0]
    header = section.header.paragraphs[0]
    header.alignment = WD_ALIGN_PARAGRAPH.CENTER
    style_run(page_number(header), layout.elements.page_number, layout.font)
    first = section.first_page_header.paragraphs[0]
    first.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for footer in (section.footer, section.first_page_footer):
        paragraph = footer.paragraphs[0]
        if letter.sample:
            _mark_sample(paragraph, letter.sample, layout)


def add_signature(document: Any, letter: Letter, layout: Layout) -> None:
    """Recipients on the left, the signature on the right, never torn apart."""
    elements, width = layout.elements, layout.page.text_mm
    left_mm = width * _SIGNATURE_SHARE
    table = plain_table(document, 1, (left_mm, width - left_mm))
    cell_margins(table, 0)
    [row] = table.rows
    whole_row(row)
    left, right = row.cells
    for cell in (left, right):
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.TOP
    title = _line(left, letter.recipients_title, elements.recipients_title, layout, first=True)
    recipients = [_line(left, text, elements.recipients, layout) for text in letter.recipients]
    for paragraph in (title, *recipients):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
    for index, post in enumerate(letter.signer_post):
        _line(right, post, elements.signer_post, layout, first=index == 0)
    name = _line(right, letter.signer, elements.signer_name, layout, first=not letter.signer_post)
    name.paragraph_format.space_before = Pt(_SIGNATURE_ROOM_PT)
    for cell in (left, right):
        cell.paragraphs[0].paragraph_format.space_before = Pt(6)
        for paragraph in cell.paragraphs[:-1]:
            paragraph.paragraph_format.keep_with_next = True


def _line(cell: Any, text: str, element: Element, layout: Layout, first: bool = False) -> Any:
    paragraph = cell.paragraphs[0] if first else cell.add_paragraph()
    paragraph.style = LETTER
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    style_run(paragraph.add_run(text), element, layout.font)
    return paragraph


def _rule(cell: Any, text: str, element: Element, room_mm: float) -> None:
    paragraph = cell.add_paragraph()
    paragraph.style = LETTER
    _draw_rule(paragraph, text, element, room_mm)


def _draw_rule(paragraph: Any, text: str, element: Element, room_mm: float) -> None:
    if element.rule is not None:
        line_mm = min(room_mm, bold_width_mm(text, element.size.use))
        rule(paragraph, room_mm, line_mm * element.rule.use)


def _mark_sample(paragraph: Any, text: str, layout: Layout) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    style_run(paragraph.add_run(text), layout.elements.issuer, layout.font)
