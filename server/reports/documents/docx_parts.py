"""Pieces of a docx that python-docx has no words for: rules, borders, repeated heads, page numbers."""

from typing import Any

from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_LINE_SPACING, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

_TWIPS_PER_MM = 1440 / 25.4
_RULE_EIGHTHS_PT = "6"


def plain_table(container: Any, rows: int, widths_mm: tuple[float, ...], style: str | None = None) -> Any:
    """A table of fixed widths; without borders unless its style brings them."""
    total = Mm(sum(widths_mm))
    table = container.add_table(rows=rows, cols=len(widths_mm))
    table.style = style or "Normal Table"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    width = table._tbl.tblPr.find(qn("w:tblW"))
    width.set(qn("w:type"), "dxa")
    width.set(qn("w:w"), str(round(total.mm * _TWIPS_PER_MM)))
    for column, width_mm in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width_mm)
        for cell in column.cells:
            cell.width = Mm(width_mm)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    return table


def cell_margins(table: Any, side_mm: float) -> None:
    """How far text stays from the left and right edges of its cell; 0 centres it on the column itself."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(side_mm * _TWIPS_PER_MM)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    _before(table._tbl.tblPr, margins, ("w:tblLook", "w:tblCaption", "w:tblDescription"))


def describe_table(table: Any, title: str) -> None:
    """The name of a table for who hears it instead of seeing it."""
    caption = OxmlElement("w:tblCaption")
    caption.set(qn("w:val"), title)
    _before(table._tbl.tblPr, caption, ("w:tblDescription",))


def whole_row(row: Any) -> None:
    """A row that no page break cuts."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def head_row(row: Any) -> None:
    """A row that heads the table again on every page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def rule(paragraph: Any, room_mm: float, length_mm: float) -> None:
    """Turn an empty paragraph into a thin centred line of that length, in `room_mm` of width."""
    side = max(0.0, (room_mm - length_mm) / 2)
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = Mm(side)
    form.first_line_indent = Mm(0)
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    form.line_spacing = Pt(3)
    form.space_before = Pt(1)
    form.space_after = Pt(0)
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", _RULE_EIGHTHS_PT), ("space", "0"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    properties = paragraph._p.get_or_add_pPr()
    _before(properties, borders, ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"))
    mark = OxmlElement("w:rPr")
    size = OxmlElement("w:sz")
    size.set(qn("w:val"), "2")
    mark.append(size)
    properties.append(mark)


def leave_open(paragraph: Any, room_mm: float) -> None:
    """Dots from the paragraph's last word to the margin, where a clerk goes on writing."""
    paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(room_mm), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)


def page_number(paragraph: Any) -> Any:
    """Add the field that shows the number of its page. Returns its run."""
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("separate", None), (None, None), ("end", None)):
        if kind is not None:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif text is not None:
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = f" {text} "
            run._r.append(code)
        else:
            shown = OxmlElement("w:t")
            shown.text = "2"
            run._r.append(shown)
    return run


def boxed(paragraph: Any) -> None:
    """A frame around a paragraph."""
    borders = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        edge = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "8"), ("space", "2"), ("color", "000000")):
            edge.set(qn(f"w:{name}"), value)
        borders.append(edge)
    _before(
        paragraph._p.get_or_add_pPr(), borders, ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
    )


def describe_picture(picture: Any, name: str, alt: str) -> None:
    """Words in the place of a picture, and no room around it, which LibreOffice would invent."""
    for side in ("distT", "distB", "distL", "distR"):
        picture._inline.set(side, "0")
    properties = picture._inline.docPr
    properties.set("name", name)
    properties.set("descr", alt)


def _before(parent: Any, child: Any, successors: tuple[str, ...]) -> None:
    """Insert where the schema wants it: Word refuses a document whose elements stand in another order."""
    tags = {qn(successor) for successor in successors}
    for index, other in enumerate(parent):
        if other.tag in tags:
            parent.insert(index, child)
            return
    parent.append(child)
