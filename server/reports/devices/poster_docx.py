"""A poster as docx: for a school that wants to change a word before it prints."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from server.reports.devices.poster import (
    PAGES_MM,
    WIFI_MARK,
    Pair,
    Poster,
    Size,
    Words,
    address_pieces,
    code_spoken,
    poster_words,
)
from server.reports.devices.poster_pictures import DISC, INK, LOGO, face_svg, frame_svg
from server.reports.documents.docx_sheet import (
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
    height_mm,
    picture,
    plain,
    saved,
    strips,
)
from server.reports.documents.typesetting import set_png
from server.reports.words.textwidth import POINT_MM, sans_width_mm, wrapped

_QR_PIXELS = 1500
_SMALL_PIXELS = 320
_LOGO_SPOKEN = "Hài Lòng"
_SLACK_MM = 3.0
"""Left over at the foot of the page: Word and LibreOffice round differently."""
_GAPS = (0.26, 0.27, 0.27, 0.2)
"""How the room that is left is shared out: below the head, the invitation, the code, the faces."""
_LINES_EDGE = 14
"""Thickness of the line above the foot, in eighths of a point."""
_QR_FREE, _MIN_QR = 1.0, 0.72
"""Room below the code in its row; the least share of its size that leaves the steps beside it their room."""
_EMPTY = Line((), 1)
_ON_ONE_LINE = 0.85
"""The address beside the promise is not set smaller than this share of its largest size."""


class _Measures(NamedTuple):
    """Everything that differs between the sizes: millimetres, points for letters."""

    side: float
    above: float
    below: float
    logo: float
    head: float
    air: float
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
        side=18, above=14, below=8, logo=10.2, head=14, air=16, title=54,
        name=(16, 15, 14, 13, 12, 11, 10, 9, 8, 7),
        pitch=22.5, invite=18, qr=90, disc=9.8, step=19, step_en=12.5, face=19.5, words=13, foot=13.5,
        foot_en=10, address=(13.5, 13, 12.5, 12, 11.5, 11, 10.5, 10, 9.5, 9), sample=10,
    ),
    "a5": _Measures(
        side=12, above=9.5, below=5, logo=8, head=11, air=11, title=37,
        name=(12, 11.5, 11, 10.5, 10, 9, 8, 7, 6, 5.5),
        pitch=15, invite=13, qr=62, disc=7.2, step=13.5, step_en=10, face=14, words=9.5, foot=10,
        foot_en=8.5, address=(10, 9.5, 9, 8.5, 8, 7.5, 7, 6.5), sample=8,
    ),
}  # fmt: skip


def poster_docx(poster: Poster, size: Size) -> bytes:
    """The poster on one page of that size."""
    words, m = poster_words(poster), _MEASURES[size]
    page_width, page_height = PAGES_MM[size]
    width = page_width - 2 * m.side
    title = f"{' '.join(words.title.vi)} · {words.label}"
    document = empty_sheet(page_width, page_height, (m.side, m.above, m.below), title, words.school_name)
    pitch = m.pitch / POINT_MM
    invitation = [plain(line, m.title, bold=True)._replace(pitch=pitch) for line in words.title.vi]
    invitation.append(english(words.title.en, m.invite, before=m.invite * 0.35))
    sample = [Line((Run(words.remarks),), m.sample, before=m.sample * 0.6)]
    foot = _foot_lines(words, m, width)
    heights = (
        m.head, height_mm(invitation), _faces_mm(m), _foot_mm(foot), height_mm(sample)
    )  # fmt: skip
    room = page_height - m.above - m.below - sum(heights) - _SLACK_MM
    # A long foot takes its room from the code, never from the air between the parts: the page stays one.
    qr = max(min(m.qr, room - m.air - _QR_FREE), _MIN_QR * m.qr)
    room -= qr + _QR_FREE
    below_head, below_title, below_code, below_faces = (room * share for share in _GAPS)
    _head(document, words, m, width)
    gap(document, below_head)
    strips(document, invitation)
    gap(document, below_title)
    _code(document, poster.address, words, m._replace(qr=qr), width)
    gap(document, below_code)
    _faces(document, words.faces, m, width)
    gap(document, below_faces)
    _foot(document, foot, _promise_mm(words, m), width)
    strips(document, sample, "centre")
    return saved(document)


def _head(document: Any, words: Words, m: _Measures, width: float) -> None:
    logo_width, label_width = m.logo * 1.3, 0.34 * width
    name_width = width - logo_width - label_width
    [row] = grid(document, (logo_width, name_width, label_width), (m.head,)).rows
    mark, name, label = row.cells
    picture(mark, _small(LOGO), m.logo, _LOGO_SPOKEN)
    name_pt = fitting(words.school_name, m.name, name_width - m.side / 3, m.head)
    fill(name, [plain(words.school_name, name_pt, bold=True)], free_mm=m.side / 3)
    label_pt = fitting(words.label, m.name, label_width, m.head)
    fill(label, [plain(words.label, label_pt)], align="right")


def _code(document: Any, address: str, words: Words, m: _Measures, width: float) -> None:
    beside, after = m.qr * 0.1, m.disc * 1.3
    rows = len(words.steps)
    table = grid(
        document, (m.qr, beside, after, width - m.qr - beside - after), ((m.qr + _QR_FREE) / rows,) * rows
    )
    framed = table.cell(0, 0).merge(table.cell(rows - 1, 0))
    for spare in framed.paragraphs[1:]:
        spare._p.getparent().remove(spare._p)
    picture(framed, _framed(address), m.qr, code_spoken(address))
    for number, (row, step) in enumerate(zip(table.rows, words.steps, strict=True), start=1):
        picture(row.cells[2], _small(DISC, str(number)), m.disc, str(number), vertical="top")
        lines = [*(plain(line, m.step) for line in step.vi), english(step.en, m.step_en, before=2)]
        fill(row.cells[3], lines, vertical="top")


def _faces(document: Any, faces: Sequence[Pair], m: _Measures, width: float) -> None:
    above = m.face + 2
    table = grid(document, (width / len(faces),) * len(faces), (above, _faces_mm(m) - above))
    for level, face in enumerate(faces, start=1):
        drawn, said = (row.cells[level - 1] for row in table.rows)
        picture(drawn, _small(face_svg(level)), m.face, face.spoken, align="centre", vertical="top")
        fill(said, [plain(line, m.words, bold=True) for line in face.vi], align="centre", vertical="top")


def _faces_mm(m: _Measures) -> float:
    return m.face + 2 + 2 * m.words * LINE * POINT_MM + 0.5


def _foot_lines(words: Words, m: _Measures, width: float) -> tuple[list[Line], ...]:
    """What stands at the foot: side by side as long as the address needs one line, else below each other."""
    parts, above = address_pieces(words.address), m.foot * 0.6
    no_name, no_app = words.no_name.vi[0], words.no_app.vi[0]
    promised = _promised(words)
    sentence = _sentence(words.cannot_scan.vi[0], words.wifi)
    told = words.cannot_scan.vi[0].replace(WIFI_MARK, words.wifi)
    told_en = words.cannot_scan.en.replace(WIFI_MARK, words.wifi)
    beside = width - _promise_mm(words, m)
    one = [size for size in m.address if size >= _ON_ONE_LINE * m.foot]
    lines, size = fitted_address(parts, one, beside, m.foot * LINE * POINT_MM)
    if len(lines) == 1 and sans_width_mm(told, m.foot, bold=False) <= beside:
        left = [plain(no_name, m.foot, bold=True, before=above), plain(no_app, m.foot, before=2)]
        address = plain(lines[0], size, bold=True, before=2)._replace(pitch=m.foot * LINE)
        right = [Line(sentence, m.foot, before=above), address]
        return [*left, english(promised, m.foot_en, before=2)], [
            *right,
            english(told_en, m.foot_en, before=2),
        ]
    lines, size = fitted_address(parts, m.address, width, 2 * m.foot * LINE * POINT_MM)
    spoken = f"{promised} · {told_en}"
    return (
        [
            Line((Run(no_name, True), Run(f" · {no_app}")), m.foot, before=above),
            Line(sentence, m.foot, before=above),
            *[_EMPTY._replace(size=m.foot)] * _rows_more(told, m.foot, width),
            *(plain(line, size, bold=True, before=0 if index else 2) for index, line in enumerate(lines)),
            english(spoken, m.foot_en, before=2),
            *[_EMPTY._replace(size=m.foot_en)] * _rows_more(spoken, m.foot_en, width),
        ],
    )


def _rows_more(text: str, size: float, width: float) -> int:
    """How many lines beyond the first the regular text may need."""
    return len(wrapped([f"{word} " for word in text.split(" ")], size, width)) - 1


def _promised(words: Words) -> str:
    return f"{words.no_name.en} · {words.no_app.en}"


def _promise_mm(words: Words, m: _Measures) -> float:
    vietnamese = (
        sans_width_mm(words.no_name.vi[0], m.foot),
        sans_width_mm(words.no_app.vi[0], m.foot, bold=False),
    )
    return max(*vietnamese, sans_width_mm(_promised(words), m.foot_en, bold=False)) + 2


def _foot(document: Any, columns: Sequence[list[Line]], promise_mm: float, width: float) -> None:
    """Set the foot. A line without words is not written: the one before it may wrap into its room."""
    widths = (width,) if len(columns) == 1 else (promise_mm, width - promise_mm)
    [row] = grid(document, widths, (_foot_mm(columns),)).rows
    for cell, lines, align in zip(row.cells, columns, ("left", "right"), strict=False):
        borders(cell, INK.removeprefix("#"), _LINES_EDGE, "single", ("top",))
        fill(cell, [line for line in lines if line.runs], align=align, vertical="top")


def _foot_mm(columns: Sequence[list[Line]]) -> float:
    return max(map(height_mm, columns)) + 0.8


def _sentence(text: str, wifi: str) -> tuple[Run, ...]:
    before, mark, after = text.partition(WIFI_MARK)
    return (Run(before), Run(wifi, True), Run(after)) if mark else (Run(before),)


def _framed(address: str) -> bytes:
    svg, modules = frame_svg(address)
    return set_png("picture", {"svg": svg, "side": modules * (_QR_PIXELS // modules), "figure": ""})


@cache
def _small(svg: str, figure: str = "") -> bytes:
    return set_png("picture", {"svg": svg, "side": _SMALL_PIXELS, "figure": figure})
