"""README of the firmware against what it speaks of: drawing, battery, currents, policies."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from firmware import boots, journal, portal, power
from firmware.host import battery, wiring
from firmware.host.build import BOARDS, FIRMWARE

TEXT = (FIRMWARE / "README.md").read_text(encoding="utf-8")


def test_the_drawing_is_of_the_boards_pins() -> None:
    drawn = wiring.DRAWING.read_text(encoding="utf-8")
    assert drawn == wiring.svg(), "run: python -m firmware.host.wiring"
    ET.fromstring(drawn)
    words = set(re.findall(r">([^<]+)</text>", drawn))
    for board in BOARDS:
        found = wiring.pins(board)
        assert len(found["LEVELS"]) == len(found["LAMPS"]) == 5
        used = [pin for name, values in found.items() if name != "CLOSED" for pin in values]
        assert len(used) == len(set(used)) == 21
        assert {wiring.pin_name(board, pin) for pin in used} <= words
    assert "(wiring.svg)" in TEXT and "(front.svg)" in TEXT
    ET.fromstring((FIRMWARE / "front.svg").read_text(encoding="utf-8"))


def test_battery_life_is_what_the_formula_gives() -> None:
    for row in battery.table():
        assert row in TEXT, "run: python -m firmware.host.battery"
    formula = [line.strip() for line in battery.__doc__.splitlines() if "mAh a day =" in line]
    assert formula and all(line in TEXT for line in formula)
    # By hand: one board, one number of presses.
    board = battery.BOARDS[0]
    line = (1 + 16) * 8 * 120
    assert abs(battery.mah_a_day(board, 50) - (24 * 0.05 + (50 * (9.5 * 50 + 6) + line) / 3600)) < 1e-9
    assert battery.days(board, 50) > 10 * battery.days(battery.BOARDS[1], 50)


def test_its_figures_are_the_programs() -> None:
    assert f"awake for {power.AWAKE_MS // 1000} s" in TEXT
    assert f"after {power.MIN_PRESSES} presses or half an hour" in TEXT and power.MAX_WAIT_S == 1800
    assert f"after {portal.IDLE_MS // 60_000} minutes without a visitor" in TEXT
    assert portal.ADDRESS in TEXT
    assert f"{journal.MAX_BYTES // 1024} KB hold" in TEXT
    assert boots.MAX_FAILED == 5 and "After five starts" in TEXT
    assert boots.SAFE_MS == 600_000 and "after ten minutes" in TEXT


def test_it_names_what_there_is() -> None:
    for name in re.findall(r"`((?:host/|boards/|portal)?[a-z_]+\.(?:py|css|svg))`", TEXT):
        assert (FIRMWARE / name).exists(), name
    from firmware.host.flash import flash

    options = {option for parameter in flash.params for option in parameter.opts}
    assert set(re.findall(r"(?<= )--[a-z-]+", TEXT)) <= options | {"--help"}
