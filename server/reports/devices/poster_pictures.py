"""The drawings of posters and slips as SVG: the QR, the five faces, the school's mark, the lock.

The faces' geometry and colours are those of the design (tokens.md, section 2): the kiosk draws the same.
"""

import io

import segno

QUIET_ZONE = 4
"""Modules of white around a QR, as its standard asks."""
INK = "#1C1B18"
BRAND = "#1D4A3E"

_HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}">'
_EYES = '<circle cx="33" cy="{y}" r="5.5" fill="{ink}"/><circle cx="67" cy="{y}" r="5.5" fill="{ink}"/>'
_LINE = (
    '<path d="{d}" fill="none" stroke="{ink}" stroke-width="6.5" '
    'stroke-linecap="round" stroke-linejoin="round"/>'
)
_FILLS = ("#D4602F", "#EDA066", "#EEE4CF", "#A8CCEA", "#5E9DD3")
_EYES_AT: tuple[int | None, ...] = (46, 42, 42, 42, None)
_LINES = (
    ("M22 36 L40 27", "M78 36 L60 27", "M29 78 C35 54 65 54 71 78"),
    ("M30 75 C37 58 63 58 70 75",),
    ("M33 67 L67 67",),
    ("M30 60 C37 77 63 77 70 60",),
    ("M24 45 C26 34 40 34 42 45", "M58 45 C60 34 74 34 76 45"),
)
_LAUGH = (
    f'<path d="M28 58 A22 20 0 0 0 72 58 Z" fill="{INK}" stroke="{INK}" stroke-width="4" '
    'stroke-linejoin="round"/>'
)

LOGO = (
    _HEAD.format(side=32) + f'<rect width="32" height="32" rx="7" fill="{BRAND}"/>'
    '<circle cx="11" cy="12.5" r="2.2" fill="#FFFFFF"/><circle cx="21" cy="12.5" r="2.2" fill="#FFFFFF"/>'
    '<path d="M8 18.5c1.6 4.2 4.4 6 8 6s6.4-1.8 8-6" fill="none" stroke="#F0B429" stroke-width="2.8" '
    'stroke-linecap="round"/></svg>'
)
LOCK = (
    _HEAD.format(side=24) + f'<g fill="none" stroke="{INK}" stroke-width="2.2" stroke-linejoin="round">'
    '<rect x="4" y="10.5" width="16" height="11" rx="2"/><path d="M8 10.5V7a4 4 0 0 1 8 0v3.5"/></g></svg>'
)


def make_qr(address: str) -> segno.QRCode:
    """The QR of an address: a quarter of it may be lost (level Q), or more where that costs no module."""
    return segno.make(address, error="q", boost_error=True, micro=False)


def qr_svg(address: str) -> str:
    """The QR with its quiet zone, black on nothing, one module one unit.

    All modules are one outline: filled at once, no viewer draws hairlines between them.
    """
    code = make_qr(address)
    side = code.symbol_size(border=QUIET_ZONE)[0]
    path = "".join(
        f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{length}v1h-{length}z"
        for y, row in enumerate(code.matrix)
        for x, length in _runs(row)
    )
    return _HEAD.format(side=side) + f'<path d="{path}" fill="#000000"/></svg>'


def qr_png(address: str, pixels: int) -> bytes:
    """The QR with its quiet zone as a picture: `pixels` at most, each module as many whole dots."""
    code, png = make_qr(address), io.BytesIO()
    code.save(png, kind="png", scale=pixels // code.symbol_size(border=QUIET_ZONE)[0], border=QUIET_ZONE)
    return png.getvalue()


def face_svg(level: int) -> str:
    """The face of a level, 1 (very dissatisfied) to 5."""
    index = level - 1
    eyes = _EYES_AT[index]
    return "".join(
        (
            _HEAD.format(side=100),
            f'<circle cx="50" cy="50" r="45" fill="{_FILLS[index]}" stroke="{INK}" stroke-width="4"/>',
            _EYES.format(y=eyes, ink=INK) if eyes else "",
            *(_LINE.format(d=line, ink=INK) for line in _LINES[index]),
            _LAUGH if eyes is None else "",
            "</svg>",
        )
    )


def frame_svg(address: str) -> tuple[str, int]:
    """The QR in its rounded frame, and its side in modules: one more on each side for the line."""
    side = int(make_qr(address).symbol_size(border=QUIET_ZONE)[0]) + 2
    inner = qr_svg(address).partition(">")[2].removesuffix("</svg>")
    frame = (
        f'<rect x="0.35" y="0.35" width="{side - 0.7}" height="{side - 0.7}" rx="{side / 20:.2f}" '
        f'fill="#FFFFFF" stroke="{INK}" stroke-width="{side / 110:.2f}"/>'
    )
    return _HEAD.format(side=side) + frame + f'<g transform="translate(1 1)">{inner}</g></svg>', side


DISC = _HEAD.format(side=100) + f'<circle cx="50" cy="50" r="48" fill="{BRAND}"/></svg>'


def _runs(row: bytearray) -> list[tuple[int, int]]:
    """Where dark modules stand side by side: start and length of each run."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((x, 1))
    return runs
