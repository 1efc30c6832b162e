"""Pieces of a printed xlsx: A4 landscape, Times New Roman, the official heading, cells that stay text."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from xlsxwriter import Workbook

from server.domain.records import School
from server.reports.documents.letter import signer_lines
from server.reports.words.numbers import long_date
from server.reports.words.textwidth import bold_width_mm
from server.reports.words.wording import say
from server.rules import layout_on
from survey_defs.plain_text import clean

FONT = "Times New Roman"
_A4 = 9
_MARGIN_CM = {"left": 1.5, "right": 1.0, "top": 1.5, "bottom": 1.3}
_CM_PER_INCH = 2.54
_LAYOUT = "nghi-dinh-30"
_MM_PER_PIXEL = 25.4 / 96
_PIXELS_PER_CHARACTER, _CELL_PIXELS, _CELL_PADDING = 7, 5, 6
_LINE_PER_POINT = 1.28
_HIGHEST_ROW_PT = 409.0
_REGULAR = 0.95
"""Letters that are not bold, as a share of bold ones: rather a little too wide."""
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class SheetFile:
    """One workbook with one sheet, written from the top down; `row` is the next free one."""

    def __init__(self, name: str, title: str, school: School, day: date, widths: Sequence[float]) -> None:
        """`widths` are the columns' in characters; all of them fit the width of the paper."""
        self._raw = io.BytesIO()
        # No text is ever taken for a formula, a number or an address: what people wrote stays what it is.
        options = {
            "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False,
        }  # fmt: skip
        self.book = Workbook(self._raw, options)
        self.sheet = self.book.add_worksheet(name)
        self.columns = len(widths)
        self._widths_mm = [(each * _PIXELS_PER_CHARACTER + _CELL_PIXELS) * _MM_PER_PIXEL for each in widths]
        self.row = 0
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self._school, self._day = school, day
        # Not the moment of making: the same facts must give the same bytes.
        made = datetime(day.year, day.month, day.day, tzinfo=UTC)
        self.book.set_properties({"title": clean(title), "author": clean(school.name), "created": made})
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self._page()

    def format(self, **more: Any) -> Any:
        """A cell format in the sheet's letters; the same one for the same wishes."""
        wishes = {"font_name": FONT, "font_size": 11, "text_wrap": True, "valign": "vcenter"} | more
        key = tuple(sorted(wishes.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(wishes)
        return self._formats[key]

    def text(self, row: int, column: int, value: str, **wishes: Any) -> None:
        """A text, whatever it begins with: it stays one even after somebody edits the cell in Excel."""
        value = clean(value)
        if value.startswith(_FORMULA_SIGNS):
            wishes["quote_prefix"] = True
        self.sheet.write_string(row, column, value, self.format(**wishes))

    def span(self, first: int, last: int, value: str, row: int | None = None, **wishes: Any) -> None:
        """A text across columns, in that row or the present one."""
        at = self.row if row is None else row
        if first == last:
            self.text(at, first, value, **wishes)
            return
        self.sheet.merge_range(at, first, at, last, "", self.format(**wishes))
        self.text(at, first, value, **wishes)

    def heading(self, form_line: str, title: str, lines: Sequence[str]) -> None:
        """Who writes, in which state, what it is, on which days."""
        left = max(2, round(self.columns * 0.36))
        right = self.columns - 1
        middle: dict[str, Any] = {"align": "center", "font_size": 12}
        rows: tuple[tuple[str, dict[str, Any], str, dict[str, Any]], ...] = (
            (self._school.superior.upper(), {}, say("letter.national_name"), {"bold": True}),
            (
                self._school.name.upper(), {"bold": True}, say("letter.motto"),
                {"bold": True, "underline": 1, "font_size": 13},
            ),
        )  # fmt: skip
        for office, office_wishes, state, state_wishes in rows:
            self.span(0, left - 1, office, **(middle | office_wishes))
            self.span(left, right, state, **(middle | state_wishes))
            self.row += 1
        self.span(0, left - 1, form_line, align="center", italic=True)
        self.row += 2
        self.sheet.set_row(self.row, 24)
        self.span(0, right, title, bold=True, font_size=15, align="center")
        self.row += 1
        for line in (*lines, *([say("register.sample")] if self._school.sample else [])):
            self.span(0, right, line, italic=True, font_size=12, align="center")
            self.row += 1
        self.row += 1

    def fit(self, cells: Sequence[tuple[str, int, int]], points: float = 11, least: float = 0) -> None:
        """Make the present row as high as its highest text: (text, first column, last column) each.

        Spreadsheets do not do it by themselves where cells are merged or nobody edits them.
        """
        lines = max(
            sum(_lines(part, sum(self._widths_mm[first : last + 1]), points) for part in text.split("\n"))
            for text, first, last in cells
        )
        height = lines * points * _LINE_PER_POINT + 3
        self.sheet.set_row(self.row, min(_HIGHEST_ROW_PT, max(least, height)))

    def remarks(self, lines: Sequence[str]) -> None:
        """Lines below the table."""
        self.row += 1
        for line in lines:
            self.fit([(line, 0, self.columns - 1)])
            self.span(0, self.columns - 1, line, italic=True, valign="top")
            self.row += 1

    def signatures(self, maker: str) -> None:
        """Who made the sheet on the left, who answers for it on the right, with room to sign."""
        half, right = self.columns // 2, self.columns - 1
        school = self._school
        posts, name = signer_lines(school.signer, layout_on(_LAYOUT, self._day))
        place = school.place or say("letter.place_unknown")
        self.row += 1
        self.span(
            half, right, say("register.place_date", place=place, date=long_date(self._day)),
            italic=True, align="center", font_size=12,
        )  # fmt: skip
        self.row += 1
        for index, post in enumerate(posts):
            if index == 0:
                self.span(0, half - 1, maker, bold=True, align="center", font_size=12)
            self.span(half, right, post, bold=True, align="center", font_size=12)
            self.row += 1
        self.span(0, half - 1, say("register.sign"), italic=True, align="center")
        self.span(half, right, say("register.principal"), italic=True, align="center")
        self.row += 5
        self.span(half, right, name, bold=True, align="center", font_size=12)

    def repeat(self, first: int, last: int) -> None:
        """These rows head every printed page, and stay in view on the screen."""
        self.sheet.repeat_rows(first, last)
        self.sheet.freeze_panes(last + 1, 0)

    def bytes(self) -> bytes:
        """The file."""
        self.sheet.print_area(0, 0, self.row, self.columns - 1)
        self.book.close()
        return self._raw.getvalue()

    def _page(self) -> None:
        sheet = self.sheet
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.set_margins(**{side: cm / _CM_PER_INCH for side, cm in _MARGIN_CM.items()})
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.set_footer(f'&C&"{FONT}"&11&P/&N', {"margin": 0.6 / _CM_PER_INCH})
        sheet.hide_gridlines(2)


def _lines(text: str, width_mm: float, points: float) -> int:
    """How many lines the text takes in a cell of that width, rather one too many."""
    room = width_mm - _CELL_PADDING * _MM_PER_PIXEL
    lines, used = 1, 0.0
    for word in text.split(" "):
        length = bold_width_mm(word + " ", points) * _REGULAR
        if used and used + length > room:
            lines, used = lines + 1, 0.0
        used += length
        if used > room:  # a word longer than the cell is broken
            lines += int(used // room)
            used %= room
    return lines
