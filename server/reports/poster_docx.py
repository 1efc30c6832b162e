"""A poster as docx: for a school that wants to change a word before it prints."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from docx.shared import Mm

from server.reports.docx_sheet import (
    LINE,
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
    write,
)
from server.reports.poster import (
    PAGES_MM,
    WIFI_MARK,
    Pair,
    Poster,
    Size,
    Words,
    address_pieces,
    poster_words,
)
from server.reports.poster_pictures import DISC, INK, LOGO, face_svg, frame_svg
from server.reports.typesetting import set_png

_QR_PIXELS = 1500
_SMALL_PIXELS = 320
_POINTS_MM = 25.4 / 72


class _Measures(NamedTuple):
    """Everything that differs between the sizes: millimetres, points for letters."""

    side: float
    above: float
    below: float
    logo: float
    head: float
    name: tuple[float, ...]
    title: float
    pitch: float
    invite: float
    qr: float
    disc: float
    step: float
    step_en: float
    face: float
    words: float
    foot: float
    foot_en: float
    address: tuple[float, ...]
    sample: float


_MEASURES: dict[Size, _Measures] = {
    "a4": _Measures(
        side=18, above=14, below=8, logo=10.2, head=16, name=(16, 15, 14, 13, 12, 11, 10), title=54,
        pitch=22.5, invite=18, qr=90, disc=9.8, step=19, step_en=12.5, face=19.5, words=13, foot=13.5,
        foot_en=10, address=(13.5, 13, 12.5, 12, 11.5, 11, 10.5, 10, 9.5, 9), sample=10,
    ),
    "a5": _Measures(
        side=12, above=9.5, below=5, logo=8, head=11.5, name=(12, 11.5, 11, 10.5, 10, 9, 8), title=38,
        pitch=16, invite=13, qr=64, disc=7.2, step=13.5, step_en=10, face=14, words=9.5, foot=10,
        foot_en=8.5, address=(10, 9.5, 9, 8.5, 8, 7.5, 7), sample=8,
    ),
}  # fmt: skip


def poster_docx(poster: Poster, size: Size) -> bytes:
    """The poster on one page of that size."""
    words, m = poster_words(poster), _MEASURES[size]
    page_width, page_height = PAGES_MM[size]
    width = page_width - 2 * m.side
    title = f"{' '.join(words.title.vi)} · {words.label}"
    document = empty_sheet(page_width, page_height, (m.side, m.above, m.below), title, words.school_name)
    _head(document, words, m, width)
    gap(document, m.pitch * 0.4)
    for line in words.title.vi:
        _strip(document, plain(line, m.title, bold=True), m.pitch)
    _strip(document, english(words.title.en, m.invite), m.invite * LINE * _POINTS_MM)
    gap(document, m.pitch * 0.42)
    _code(document, poster.address, words, m, width)
    gap(document, m.pitch * 0.42)
    _faces(document, words.faces, m, width)
    gap(document, m.pitch * 0.2)
    _foot(document, words, m, width)
    _strip(document, Line((Run(words.sample),), m.sample), m.sample * LINE * _POINTS_MM, "centre")
    return saved(document)


def _strip(document: Any, line: Line, height_mm: float, align: str = "left") -> None:
    paragraph = document.add_paragraph()
    write(paragraph, line, align)
    paragraph.paragraph_format.line_spacing = Mm(height_mm)


def _head(document: Any, words: Words, m: _Measures, width: float) -> None:
    label_width = 0.34 * width
    logo_width = m.logo * 1.3
    name_width = width - logo_width - label_width
    [[mark, name, label]] = [
        row.cells for row in grid(document, (logo_width, name_width, label_width), (m.head,)).rows
    ]
    picture(mark, _small(LOGO), m.logo, "")
    fill(name, [plain(words.school_name, fitting(words.school_name, m.name, name_width - 6, 2), bold=True)])
    fill(label, [plain(words.label, fitting(words.label, m.name, label_width, 2))], "right")


def _code(document: Any, address: str, words: Words, m: _Measures, width: float) -> None:
    beside, after = m.qr * 0.1, m.disc * 1.3
    rows = len(words.steps)
    widths = (m.qr, beside, after, width - m.qr - beside - after)
    table = grid(document, widths, (m.qr / rows,) * rows)
    svg, modules = frame_svg(address)
    framed = table.cell(0, 0).merge(table.cell(rows - 1, 0))
    for spare in framed.paragraphs[1:]:
        spare._p.getparent().remove(spare._p)
    scale = _QR_PIXELS // modules
    picture(framed, set_png("picture", {"svg": svg, "side": scale * modules, "figure": ""}), m.qr, words.code)
    for number, step in enumerate(words.steps, start=1):
        cells = table.rows[number - 1].cells
        figure = {"svg": DISC, "side": _SMALL_PIXELS, "figure": str(number)}
        picture(cells[2], set_png("picture", figure), m.disc, str(number), vertical="top")
        fill(
            cells[3],
            [*(plain(line, m.step) for line in step.vi), english(step.en, m.step_en, before=2)],
            vertical="top",
        )


def _faces(document: Any, faces: Sequence[Pair], m: _Measures, width: float) -> None:
    table = grid(
        document, (width / len(faces),) * len(faces), (m.face + 2, 2 * m.words * LINE * _POINTS_MM + 1)
    )
    for level, face in enumerate(faces, start=1):
        above, below = (row.cells[level - 1] for row in table.rows)
        picture(above, _small(face_svg(level)), m.face, " ".join(face.vi), "centre")
        fill(below, [plain(line, m.words, bold=True) for line in face.vi], "centre")


def _foot(document: Any, words: Words, m: _Measures, width: float) -> None:
    left_width = 0.37 * width
    right_width = width - left_width
    lines, size = fitted_address(address_pieces(words.address), m.address, right_width, 2)
    right_height = 2 * m.foot + 2 * m.address[0] + 2 * m.foot_en
    table = grid(document, (left_width, right_width), (right_height * LINE * _POINTS_MM + 3,))
    borders(table, INK.removeprefix("#"), 14, "single", ("top",))
    left, right = table.rows[0].cells
    fill(
        left,
        [
            plain(words.no_name.vi[0], m.foot, bold=True, before=8),
            plain(words.no_app.vi[0], m.foot, before=2),
            english(f"{words.no_name.en} · {words.no_app.en}", m.foot_en, before=2),
        ],
        vertical="top",
    )
    fill(
        right,
        [
            Line(_sentence(words.cannot_scan.vi[0], words.wifi), m.foot, before=8),
            *(
                plain(line, size, bold=True, before=2 if index == 0 else 0)
                for index, line in enumerate(lines)
            ),
            english("", m.foot_en, before=2)._replace(
                runs=_sentence(words.cannot_scan.en, words.wifi, False)
            ),
        ],
        "right",
        vertical="top",
    )


def _sentence(text: str, wifi: str, bold: bool = True) -> tuple[Run, ...]:
    before, mark, after = text.partition(WIFI_MARK)
    return (Run(before), Run(wifi, bold), Run(after)) if mark else (Run(before),)


def _small(svg: str) -> bytes:
    return set_png("picture", {"svg": svg, "side": _SMALL_PIXELS, "figure": ""})
