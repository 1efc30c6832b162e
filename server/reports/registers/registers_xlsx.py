"""The registers as xlsx: Sổ tiếp công dân (03/TCD), and the sheets 01/XLD and 01/TCD."""

from itertools import groupby

from xlsxwriter.utility import xl_rowcol_to_cell

from server.domain.registers import petition_counts, reception_counts
from server.domain.registers.petition_counts import Equation, require
from server.reports.documents.sheets import SheetFile
from server.reports.registers.register_words import book_cells, period_line, room_line
from server.reports.words.wording import say
from server.rules.petitions import Form, large_group
from server.services.registers.facts import Book, PetitionSheet, ReceptionSheet, SheetHead

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOOK_WIDTHS = (4.3, 10.5, 16, 13, 24, 10, 6.5, 10.5, 7.5, 13, 10.5, 16, 13.5)
_BOOK_CENTRED = frozenset((0, 1, 3, 5, 6, 8))
_UNIT_WIDTH, _COUNT_WIDTHS = 15.0, 129.0
_BORDER = {"border": 1}


def book_xlsx(book: Book) -> bytes:
    """Sổ tiếp công dân: one line for everybody who came and for every case from a device."""
    head = book.head
    file = SheetFile(say("register.file.book"), _title(head), head.school, head.today, _BOOK_WIDTHS)
    file.heading(say("register.form", form=head.form.id), head.form.title, _lines(head))
    top = file.row
    file.fit([(each.title, column, column) for column, each in enumerate(head.form.columns)])
    for column, each in enumerate(head.form.columns):
        file.text(top, column, each.title, bold=True, align="center", **_BORDER)
        file.text(top + 1, column, f"({column + 1})", italic=True, align="center", **_BORDER)
    file.repeat(top, top + 1)
    file.row = top + 2
    for number, row in enumerate(book.rows, start=1):
        cells = book_cells(number, row)
        file.fit([(value, column, column) for column, value in enumerate(cells)])
        for column, value in enumerate(cells):
            side = "center" if column in _BOOK_CENTRED else "left"
            file.text(file.row, column, value, align=side, valign="top", **_BORDER)
        file.row += 1
    if not book.rows:
        file.span(0, file.columns - 1, say("book.empty"), italic=True, align="center", **_BORDER)
        file.row += 1
    file.remarks([say("book.reader"), room_line(head)])
    file.signatures(say("register.keeper"))
    return file.bytes()


def petitions_xlsx(sheet: PetitionSheet) -> bytes:
    """01/XLD with its 21 columns and a row that checks its sums. Raises `Problem("sums-broken")`."""
    notes = [say("xld.thanks", thanks=sheet.thanks), say("xld.meaning"), room_line(sheet.head)]
    equations = petition_counts.EQUATIONS
    return _counts(sheet.head, tuple(sheet.row), equations, say("register.file.xld"), notes)


def receptions_xlsx(sheet: ReceptionSheet) -> bytes:
    """01/TCD, with the receptions of the principal apart. Raises `Problem("sums-broken")`."""
    people = large_group(sheet.head.shown.end)
    notes = [say("tcd.meaning", people=people), room_line(sheet.head)]
    equations = reception_counts.EQUATIONS
    return _counts(sheet.head, tuple(sheet.row), equations, say("register.file.tcd"), notes)


def _counts(
    head: SheetHead, values: tuple[int, ...], equations: tuple[Equation, ...], name: str, notes: list[str]
) -> bytes:
    require(values, equations, head.form.id)
    widths = (_UNIT_WIDTH, *(_COUNT_WIDTHS / len(values) for _ in values))
    file = SheetFile(name, _title(head), head.school, head.today, widths)
    file.heading(say("register.sheet", form=head.form.id), head.form.title, _lines(head))
    top = file.row
    _count_heads(file, head.form, equations)
    file.repeat(top, top + 2)
    at = file.row
    file.sheet.set_row(at, 36)
    file.text(at, 0, head.school.name, bold=True, **_BORDER)
    for column, value in enumerate(values, start=1):
        file.sheet.write_number(at, column, value, file.format(align="center", font_size=12, **_BORDER))
    file.row += 2
    _check_rows(file, at, values, equations)
    file.remarks(notes)
    file.signatures(say("register.maker"))
    return file.bytes()


def _count_heads(file: SheetFile, form: Form, equations: tuple[Equation, ...]) -> None:
    """Groups, headings, and the columns' numbers with what they are the sum of."""
    top = file.row
    bold = {"bold": True, "align": "center", "font_size": 10, **_BORDER}
    small = {"italic": True, "align": "center", "font_size": 8, **_BORDER}
    for row, height in enumerate((46, 60, 46)):
        file.sheet.set_row(top + row, height)
    file.sheet.merge_range(top, 0, top + 1, 0, "", file.format(**bold))
    file.sheet.write_string(top, 0, say("register.unit"), file.format(**bold))
    file.text(top + 2, 0, say("register.number_column"), **small)
    column = 1
    for group, members in groupby(form.columns, key=lambda each: each.group):
        titles = [each.title for each in members]
        file.span(column, column + len(titles) - 1, group, row=top, **bold)
        for title in titles:
            file.text(top + 1, column, title, **(bold | {"bold": False}))
            sums = [each for each in equations if each.column == column]
            words = "\n".join("=" + "+".join(map(str, each.parts)) for each in sums)
            file.text(top + 2, column, f"{column}\n{words}" if sums else str(column), **small)
            column += 1
    file.row = top + 3


def _check_rows(file: SheetFile, at: int, values: tuple[int, ...], equations: tuple[Equation, ...]) -> None:
    """The form's sums as formulas: whoever corrects a figure by hand sees at once whether it still fits."""
    file.text(file.row, 0, say("xld.check"), italic=True, font_size=10, border=4)
    yes, no = say("xld.fits"), say("xld.fits_not")
    edges = [1 + round(len(values) * part / len(equations)) for part in range(len(equations) + 1)]
    for each, column, after in zip(equations, edges, edges[1:], strict=False):
        parts = "+".join(xl_rowcol_to_cell(at, part) for part in each.parts)
        formula = f'=IF({xl_rowcol_to_cell(at, each.column)}={parts},"{each}: {yes}","{each}: {no}")'
        form = file.format(italic=True, font_size=9, align="center", border=4)
        file.sheet.merge_range(file.row, column, file.row, after - 1, "", form)
        file.sheet.write_formula(file.row, column, formula, form, f"{each}: {yes}")
    file.sheet.set_row(file.row, 26)
    file.row += 1


def _lines(head: SheetHead) -> list[str]:
    lines = [period_line(head)]
    return [*lines, room_line(head)] if head.sealed_room else lines


def _title(head: SheetHead) -> str:
    return f"{head.form.title} ({head.form.id})"
