"""How long a battery lasts, worked out from currents; `python -m firmware.host.battery` prints the table.

    mAh a day = 24·I_rest + (presses·(t_awake·I_awake + t_lamp·I_lamp) + lines·t_line·I_line) / 3600
    days      = capacity·usable / mAh a day

The currents are those that data sheets and makers state, and what builders commonly measure; ours are none of
them measured, and boards of one name differ: put a USB meter between before you promise anything.
"""

from dataclasses import dataclass

from firmware.power import AWAKE_MS, MAX_WAIT_S, MIN_PRESSES

CAPACITY_MAH = 3000
"""One 18650 cell."""
USABLE = 0.8
"""What is left of it after the regulator's limit, the cold and self-discharge."""
OPEN_HOURS = 8
PRESSES = (20, 50, 200)
"""A day."""
LAMP_MA, LAMP_S = 4.0, 1.5
"""Through 330 Ω at 3.3 V; as long as thanks are said."""
LINE_MA, LINE_S = 120.0, 8.0
"""Wi-Fi on the whole: joining, TLS, sending, the receipt."""


@dataclass(frozen=True)
class Board:
    """What a board takes, in mA."""

    name: str
    rest_ma: float
    awake_ma: float
    start_s: float
    """Seconds from waking to looking at the buttons."""
    why: str


BOARDS = (
    Board(
        "ESP32, board made for batteries",
        0.05,
        50,
        1.5,
        "deep sleep: chip 0.01 mA, the board's own parts 0.04",
    ),
    Board(
        "ESP32 DevKitC and the like", 5.0, 50, 1.5, "deep sleep, but USB chip, regulator and red lamp stay on"
    ),
    Board("Raspberry Pi Pico W", 3.7, 25, 0, "naps of 20 ms at 1.3 mA, a look of 3 ms at 20 mA between them"),
)


def lines(presses: int) -> float:
    """Connections a day: after `MIN_PRESSES` presses or `MAX_WAIT_S`, in opening hours, and the daily one."""
    return 1 + min(presses, max(presses / MIN_PRESSES, OPEN_HOURS * 3600 / MAX_WAIT_S))


def mah_a_day(board: Board, presses: int) -> float:
    """What goes out of the battery in a day; presses far enough apart that each wakes the box anew."""
    press = (board.start_s + AWAKE_MS / 1000) * board.awake_ma + LAMP_S * LAMP_MA
    return 24 * board.rest_ma + (presses * press + lines(presses) * LINE_S * LINE_MA) / 3600


def days(board: Board, presses: int) -> float:
    """How long one cell lasts."""
    return CAPACITY_MAH * USABLE / mah_a_day(board, presses)


def table() -> list[str]:
    """README's table, line by line."""
    head = "| board | at rest | " + " | ".join(f"{presses} presses a day" for presses in PRESSES) + " |"
    rows = [head, "|---|---|" + "---|" * len(PRESSES)]
    for board in BOARDS:
        cells = [f"{mah_a_day(board, each):.0f} mAh, {days(board, each):.0f} days" for each in PRESSES]
        rows.append(f"| {board.name} | {board.rest_ma:g} mA ({board.why}) | " + " | ".join(cells) + " |")
    return rows


if __name__ == "__main__":
    print("\n".join(table()))
