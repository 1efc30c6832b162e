"""Single-use slips as docx, 24 on a sheet of A4, to be cut along the lines."""

from collections.abc import Sequence
from typing import Any

from server.reports.docx_sheet import (
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
from server.reports.poster import (
    PAGES_MM,
    SLIPS_ACROSS,
    Poster,
    SlipWords,
    address_pieces,
    slip_words,
    spelled,
)
from server.reports.poster_pictures import QUIET_ZONE, make_qr, qr_svg
from server.reports.typesetting import set_png

_SIDE, _ABOVE, _BELOW = 6.0, 7.2, 5.0
_HEIGHT = 35.4
_QR = 29.0
_EDGE = 2.5
_QR_PIXELS = 480
_NAME = (8.5, 8.0, 7.5, 7.0, 6.5)
_ADDRESS = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5)
_CUT = "7A746A"


def slips_docx(poster: Poster, addresses: Sequence[str]) -> bytes:
    """A slip for each address, 24 on each sheet. ValueError where there is none."""
    if not addresses:
        raise ValueError("a sheet of slips needs at least one address")
    words = slip_words(poster)
    page_width, page_height = PAGES_MM["a4"]
    document = empty_sheet(
        page_width, page_height, (_SIDE, _ABOVE, _BELOW), " ".join(words.invitation.vi), words.school_name
    )
    width = (page_width - 2 * _SIDE) / SLIPS_ACROSS
    beside = width - _QR - 2 * _EDGE
    rows = -(-len(addresses) // SLIPS_ACROSS)
    table = grid(document, (_QR + _EDGE, beside + _EDGE) * SLIPS_ACROSS, (_HEIGHT,) * rows)
    borders(table, _CUT, 4, "dashed", ("top", "left", "bottom", "right", "insideH", "insideV"))
    for index, address in enumerate(addresses):
        row = table.rows[index // SLIPS_ACROSS].cells
        at = index % SLIPS_ACROSS * 2
        _slip(row[at], row[at + 1], address, words, beside)
    gap(document, 0.4)
    return saved(document)


def _slip(left: Any, right: Any, address: str, words: SlipWords, width: float) -> None:
    side = make_qr(address).symbol_size(border=QUIET_ZONE)[0]
    pixels = side * (_QR_PIXELS // side)
    shown = spelled(address)
    picture(
        left, set_png("picture", {"svg": qr_svg(address), "side": pixels, "figure": ""}), _QR, shown, "right"
    )
    lines, size = fitted_address(address_pieces(shown), _ADDRESS, width, 3)
    name = fitting(words.school_name, _NAME, width, 3)
    fill(
        right,
        [
            plain(words.school_name, name, bold=True),
            plain(" ".join(words.invitation.vi), 7.5, before=3),
            english(words.invitation.en, 6.5, before=1),
            *(
                plain(line, size, bold=True, before=4 if number == 0 else 0)
                for number, line in enumerate(lines)
            ),
            Line((Run(words.once.vi[0], True), Run(f" · {words.once.en}")), 6.5, before=4),
        ],
    )
