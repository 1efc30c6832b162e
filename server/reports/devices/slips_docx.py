"""Single-use slips as docx, 24 on a sheet of A4, to be cut along the lines."""

from collections.abc import Sequence
from typing import Any

from server.reports.devices.poster import (
    PAGES_MM,
    SLIPS_ACROSS,
    Poster,
    SlipWords,
    address_pieces,
    code_spoken,
    slip_words,
    spelled,
)
from server.reports.devices.poster_pictures import qr_png
from server.reports.documents.docx_sheet import (
    Line,
    Run,
    borders,
    empty_sheet,
    english,
    fill,
    fitted_address,
    fitting,
    gap,
    grid,
    picture,
    plain,
    saved,
)

_SIDE, _ABOVE, _BELOW = 6.0, 7.2, 5.0
_HEIGHT, _STRIP = 35.4, 8.4
"""Of a slip, and of the address at its foot."""
_QR, _CODE, _EDGE = 26.0, 27.2, 2.4
"""The code, its cell, and what stays free at the other edges."""
_QR_PIXELS = 480
_NAME_HIGH = 9.6
_NAME = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5)
_ADDRESS = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5)
_CUT = "7A746A"
_CUT_EIGHTHS = 4


def slips_docx(poster: Poster, addresses: Sequence[str]) -> bytes:
    """A slip for each address, 24 on each sheet. ValueError where there is none."""
    if not addresses:
        raise ValueError("a sheet of slips needs at least one address")
    words = slip_words(poster)
    page_width, page_height = PAGES_MM["a4"]
    margins = (_SIDE, _ABOVE, _BELOW)
    document = empty_sheet(page_width, page_height, margins, " ".join(words.invitation.vi), words.school_name)
    width = (page_width - 2 * _SIDE) / SLIPS_ACROSS
    rows = -(-len(addresses) // SLIPS_ACROSS)
    heights = (_HEIGHT - _STRIP, _STRIP) * rows
    # Asked for once: python-docx counts a table's cells anew for every row it is asked for.
    table_rows = [row.cells for row in grid(document, (_CODE, width - _CODE) * SLIPS_ACROSS, heights).rows]
    for index, address in enumerate(addresses):
        row, at = index // SLIPS_ACROSS * 2, index % SLIPS_ACROSS * 2
        above, below = table_rows[row], table_rows[row + 1]
        cells = (above[at], above[at + 1], below[at].merge(below[at + 1]))
        _slip(cells, address, words, width)
    gap(document, 0.4)
    return saved(document)


def _slip(cells: Sequence[Any], address: str, words: SlipWords, width: float) -> None:
    """Fill the three cells of a slip: its code, what it says, its address below both."""
    code, said, strip = cells
    picture(code, qr_png(address, _QR_PIXELS), _QR, code_spoken(address), align="centre")
    room = width - _CODE - _EDGE
    name = fitting(words.school_name, _NAME, room, _NAME_HIGH)
    lines = [
        plain(words.school_name, name, bold=True),
        *(plain(line, 8, before=0 if index else 4) for index, line in enumerate(words.invitation.vi)),
        english(words.invitation.en, 7, before=1),
        Line((Run(words.once.vi[0], True), Run(f" · {words.once.en}")), 7, before=4),
    ]
    if words.remarks:
        lines.append(english(words.remarks, 6, before=1))
    fill(said, lines, free_mm=_EDGE)
    spelled_out, size = fitted_address(
        address_pieces(spelled(address)), _ADDRESS, width - 2 * _EDGE, _STRIP - 0.6
    )
    for spare in strip.paragraphs[1:]:
        spare._p.getparent().remove(spare._p)
    fill(strip, [plain(line, size, bold=True) for line in spelled_out], align="centre")
    borders(code, _CUT, _CUT_EIGHTHS, "dashed", ("top", "left"))
    borders(said, _CUT, _CUT_EIGHTHS, "dashed", ("top", "right"))
    borders(strip, _CUT, _CUT_EIGHTHS, "dashed", ("left", "bottom", "right"))
