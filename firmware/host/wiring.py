"""Draws firmware/wiring.svg from the boards' own pin numbers, so that drawing and firmware cannot disagree.

`python -m firmware.host.wiring` writes it.
"""

import ast
from dataclasses import dataclass, field
from pathlib import Path

from firmware.host.build import BOARDS, FIRMWARE

DRAWING = FIRMWARE / "wiring.svg"
LEVELS = ("Rất không hài lòng", "Không hài lòng", "Bình thường", "Hài lòng", "Rất hài lòng")
PICO_PLACES = {
    **{2: 4, 3: 5, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12, 10: 14, 11: 15, 12: 16, 13: 17, 14: 19, 15: 20},
    **{16: 21, 17: 22, 18: 24, 19: 25, 20: 26, 22: 29, 26: 31},
}
"""Where a pin lies on the Pico W's edge (its datasheet, pinout)."""
INK, QUIET, LIVE, FILL, PAPER, BRAND = "#1C1B18", "#55514A", "#8A2432", "#FFFFFF", "#FBF8F1", "#1D4A3E"
WIDTH, PANEL = 1120, 800
_BOARD_LEFT, _BOARD_RIGHT, _RAIL, _GROUND = 450, 670, 236, 900
_FIRST, _STEP = 112, 54


@dataclass
class Sheet:
    """What has been drawn so far."""

    parts: list[str] = field(default_factory=list)

    def line(
        self, *points: tuple[float, float], colour: str = INK, width: float = 2, dash: bool = False
    ) -> None:
        """A wire."""
        dashed = ' stroke-dasharray="6 5"' if dash else ""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed}/>'
        )

    def box(self, x: float, y: float, width: float, height: float, *, radius: float = 2) -> None:
        """A rectangle."""
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" '
            f'fill="{FILL}" stroke="{INK}" stroke-width="2"/>'
        )

    def dot(self, x: float, y: float, radius: float = 4, fill: str = INK) -> None:
        """A joint, or a contact."""
        self.parts.append(
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" stroke="{INK}" stroke-width="2"/>'
        )

    def text(
        self, x: float, y: float, words: str, *, size: int = 15, anchor: str = "start", bold: bool = False,
        colour: str = INK,
    ) -> None:  # fmt: skip
        """Words."""
        weight = ' font-weight="700"' if bold else ""
        words = words.replace("&", "&amp;").replace("<", "&lt;")
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{weight}>'
            f"{words}</text>"
        )

    def ground(self, x: float, y: float) -> None:
        """The sign for ground."""
        for half, down in ((9, 0), (6, 4), (2.5, 8)):
            self.line((x - half, y + down), (x + half, y + down))


def pins(board: str) -> dict[str, tuple[int, ...]]:
    """The pin numbers that `firmware/boards/<board>.py` sets, by their names there, each as a tuple."""
    found = {}
    for node in ast.parse((FIRMWARE / "boards" / f"{board}.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in (
                "LEVELS",
                "PROCEDURES",
                "LAMPS",
                "PROCEDURE_LAMPS",
                "BATTERY",
                "SENSE",
                "BUZZER",
                "CLOSED",
            ):
                value = ast.literal_eval(node.value)
                found[name] = value if isinstance(value, tuple) else (value,)
    return found


def pin_name(board: str, pin: int) -> str:
    """As it is printed on the board."""
    return f"GP{pin} (chân {PICO_PLACES[pin]})" if board == "pico_w" else f"GPIO{pin}"


def _button(sheet: Sheet, y: float, words: str, *, pull_down: bool, dash: bool) -> None:
    sheet.text(_RAIL - 18, y + 5, words, anchor="end")
    sheet.line((_RAIL, y), (_RAIL + 44, y), dash=dash)
    sheet.line((_RAIL + 48, y - 2), (_RAIL + 84, y - 15), width=3)
    for x in (_RAIL + 46, _RAIL + 90):
        sheet.dot(x, y, 4, FILL)
    sheet.line((_RAIL + 94, y), (_BOARD_LEFT, y), dash=dash)
    if pull_down:
        x = _RAIL + 150
        sheet.dot(x, y, 3)
        sheet.line((x, y), (x, y + 8))
        sheet.box(x - 5, y + 8, 10, 20)
        sheet.line((x, y + 28), (x, y + 33))
        sheet.ground(x, y + 33)


def _lamp(sheet: Sheet, y: float, words: str, *, dash: bool) -> None:
    sheet.line((_BOARD_RIGHT, y), (730, y), dash=dash)
    sheet.box(730, y - 6, 46, 12)
    sheet.line((776, y), (812, y), dash=dash)
    sheet.parts.append(
        f'<path d="M812 {y - 11:g}V{y + 11:g}L834 {y:g}Z" fill="{FILL}" stroke="{INK}" stroke-width="2"/>'
    )
    sheet.line((835, y - 11), (835, y + 11), width=2.5)
    for shift in (0, 8):
        sheet.line((820 + shift, y - 14), (827 + shift, y - 22), width=1.5)
    sheet.line((835, y), (_GROUND, y), dash=dash)
    sheet.text(_GROUND + 16, y + 5, words)


def _divider(sheet: Sheet, x: float, y: float, *, top: str, values: tuple[str, str], pin: str) -> None:
    sheet.text(x, y - 8, top, anchor="middle", bold=True, colour=LIVE)
    sheet.line((x, y), (x, y + 10), colour=LIVE)
    sheet.box(x - 6, y + 10, 12, 28)
    sheet.line((x, y + 38), (x, y + 62))
    sheet.dot(x, y + 50, 3)
    sheet.box(x - 6, y + 62, 12, 28)
    sheet.line((x, y + 90), (x, y + 96))
    sheet.ground(x, y + 96)
    sheet.text(x + 14, y + 29, values[0], size=14, colour=QUIET)
    sheet.text(x + 14, y + 81, values[1], size=14, colour=QUIET)
    sheet.line((x, y + 50), (x + 74, y + 50))
    sheet.text(x + 82, y + 55, pin, bold=True)


def _buzzer(sheet: Sheet, x: float, y: float, *, pin: str) -> None:
    sheet.text(x, y - 8, "Còi / buzzer", anchor="middle", bold=True)
    sheet.text(x + 10, y + 14, pin, size=14, bold=True)
    sheet.line((x, y), (x, y + 30), dash=True)
    sheet.dot(x, y + 46, 16, FILL)
    sheet.dot(x, y + 46, 3)
    sheet.line((x, y + 62), (x, y + 96), dash=True)
    sheet.ground(x, y + 96)


def _panel(sheet: Sheet, board: str, top: float) -> None:
    found = pins(board)
    to_live = found["CLOSED"] == (1,)
    levels, procedures = found["LEVELS"], found["PROCEDURES"]
    sheet.text(24, top + 38, BOARDS[board], size=26, bold=True)
    rail = "3V3" if to_live else "GND (chân 38)" if board == "pico_w" else "GND"
    height = _FIRST + (len(levels) + len(procedures)) * _STEP
    sheet.box(_BOARD_LEFT, top + 62, _BOARD_RIGHT - _BOARD_LEFT, height - 62, radius=10)
    sheet.text(
        560,
        top + 88,
        BOARDS[board].split()[-2] + " W" if board == "pico_w" else "ESP32",
        anchor="middle",
        bold=True,
    )
    rows = [top + _FIRST + 24 + place * _STEP for place in range(len(levels) + len(procedures))]
    colour = LIVE if to_live else INK
    sheet.line((_RAIL, rows[0] - 30), (_RAIL, rows[-1]), colour=colour, width=4)
    sheet.text(_RAIL, rows[0] - 40, rail, anchor="middle", bold=True, colour=colour)
    sheet.line((_GROUND, rows[0] - 30), (_GROUND, rows[-1]), width=4)
    sheet.text(_GROUND, rows[0] - 40, "GND", anchor="middle", bold=True)
    for place, y in enumerate(rows):
        is_level = place < len(levels)
        number = place if is_level else place - len(levels)
        pin = (levels if is_level else procedures)[number]
        lamp = found["LAMPS" if is_level else "PROCEDURE_LAMPS"][number]
        words = f"{number + 1}  {LEVELS[number]}" if is_level else f"Thủ tục {number + 1}"
        _button(sheet, y, words, pull_down=to_live, dash=not is_level)
        _lamp(sheet, y, f"Đèn {number + 1}" if is_level else f"Đèn thủ tục {number + 1}", dash=not is_level)
        sheet.text(_BOARD_LEFT + 8, y + 5, pin_name(board, pin), size=14)
        sheet.text(_BOARD_RIGHT - 8, y + 5, pin_name(board, lamp), size=14, anchor="end")
    below = top + height + 52
    _divider(sheet, 90, below, top="Pin +", values=("1 MΩ", "1 MΩ"), pin=pin_name(board, found["BATTERY"][0]))
    values = ("100 kΩ", "100 kΩ") if board == "esp32" else ("10 kΩ", "20 kΩ")
    _divider(sheet, 310, below, top="USB 5 V", values=values, pin=pin_name(board, found["SENSE"][0]))
    _buzzer(sheet, 535, below, pin=pin_name(board, found["BUZZER"][0]))
    notes = [
        "Điện trở đèn / lamp resistor: 330 Ω mỗi đèn",
        "Nút / button: loại nhấn nhả, thường hở (NO)",
        "Nét đứt / dashed: hàng thủ tục, không bắt buộc (optional)",
        "Mạch “USB 5 V”: luôn cần, cho hộp biết có điện USB (always)",
        "Mạch “Pin +”: chỉ khi chạy pin; pin nối vào "
        + ("VSYS (chân 39)" if board == "pico_w" else "giắc pin của bo mạch"),
        "Còi: loại thụ động, không bắt buộc (passive buzzer, optional)",
    ]
    if to_live:
        notes.insert(1, "Điện trở kéo xuống / pull-down: 100 kΩ mỗi nút")
    for number, note in enumerate(notes):
        sheet.text(660, below - 12 + number * 23, note)


def svg() -> str:
    """The drawing."""
    sheet = Sheet()
    for number, board in enumerate(BOARDS):
        _panel(sheet, board, number * PANEL)
        if number:
            sheet.line((24, number * PANEL), (WIDTH - 24, number * PANEL), colour="#DDD6C8")
    height = PANEL * len(BOARDS)
    body = "\n".join(sheet.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="Roboto, Arial, sans-serif">\n'
        f"<title>Sơ đồ đấu dây hộp nút bấm: ESP32 và Pico W</title>\n"
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>\n{body}\n</svg>\n'
    )


if __name__ == "__main__":
    Path(DRAWING).write_text(svg(), encoding="utf-8")
