"""Every screen in every size, in a real window: nothing cut, nothing too close; and a picture of each."""

import json
import math
import sqlite3
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from survey_defs.loader import builtin_surveys
from tests.kiosk.samples import TERMS, config_bytes, keep_config
from tests.support.kiosk import KioskProcess
from tests.support.pictures import ARTEFACTS, WANTED
from tests.support.xvfb import Xvfb

PICTURES = ARTEFACTS / "kiosk"
PANELS_MM = {
    (800, 480): (154.1, 85.9),
    (1024, 600): (154.1, 85.9),
    (1280, 800): (150.8, 94.2),
    (720, 1280): (87.8, 156.1),
}
"""Sizes in pixels, and of a 7-inch panel of that size in millimetres."""
TIGHT = ((800, 480), (720, 1280))
"""The other sizes are the first one made larger: what fits there fits here."""
NAMES = {
    "rest", "procedures", "question:rating", "question:timeliness", "question:reasons", "thanks", "paused",
    "complaint:subjects", "complaint:text", "complaint:still", "complaint:advice", "complaint:contact",
    "complaint:reach", "complaint:code", "complaint:saved",
}  # fmt: skip
CODE = "2903440584120557"
INK, BRAND, PAPER = (28, 27, 24), (29, 74, 62), (251, 248, 241)


def check_words(screen: dict[str, Any]) -> None:
    """Every word whole and large enough to be read, and every target has its words."""
    assert screen["overflows"] == [], f"{screen['name']}: these words do not fit: {screen['overflows']}"
    assert screen["smallest"] >= 20, f"{screen['name']}: letters of {screen['smallest']} units"
    assert all(screen["names"].values()), "every target has its words"


def check_places(screen: dict[str, Any]) -> None:
    """Every target on the screen; tiles 20 mm apart, keys not on one another."""
    wide, high = screen["size"]
    for name, (x, y, w, h) in screen["targets"].items():
        assert x >= -1, name
        assert y >= 0, name
        assert x + w <= wide + 8, name
        assert y + h <= high + 8, name
    if any(name.startswith("key:") for name in screen["targets"]):
        check_keys(screen)
    else:
        check_distances(screen)


def check_distances(screen: dict[str, Any]) -> None:
    size = tuple(screen["size"])
    wide, high = PANELS_MM[size]
    places = {
        name: ((x + w / 2) * wide / size[0], (y + h / 2) * high / size[1])
        for name, (x, y, w, h) in screen["targets"].items()
    }
    for (one, a), (other, b) in combinations(places.items(), 2):
        apart = math.dist(a, b)
        assert apart >= 20, f"{screen['name']}: {one} and {other} are {apart:.1f} mm apart"


def check_keys(screen: dict[str, Any]) -> None:
    for (one, a), (other, b) in combinations(screen["targets"].items(), 2):
        across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
        down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
        assert across <= 3 or down <= 3, f"{one} lies on {other}"


@pytest.mark.parametrize("size", PANELS_MM, ids=str)
def test_every_screen_and_survey_in_every_size(size: tuple[int, int], tmp_path: Path) -> None:
    """By tests/kiosk/gallery.py, which draws the pictures; the code on them is read as a phone reads it."""
    for old in PICTURES.glob(f"{size[0]}x{size[1]}-*-[0-9][0-9]-*.png") if WANTED else ():
        old.unlink()
    with Xvfb(*size) as display:
        subprocess.run(
            [sys.executable, "-m", "tests.kiosk.gallery", *map(str, size), str(tmp_path)],
            env=display.environ, check=True, timeout=100, capture_output=True,
        )  # fmt: skip
    shown = [json.loads(line) for line in (tmp_path / "trace.jsonl").read_text("utf-8").splitlines()]
    screens = [line for line in shown if line["kind"] == "screen"]
    for screen in screens:
        assert tuple(screen["size"]) == size
        check_words(screen)
        check_places(screen)
    seen = {(screen["lang"], screen["name"]) for screen in screens}
    for lang in ("vi", "en") if size in TIGHT else ("vi",):
        assert {(lang, name) for name in NAMES} <= seen
    if size in TIGHT:
        # The first question of a survey that asks no procedure stands on the rest screen.
        later = {f"question:{each.id}" for survey in builtin_surveys() for each in survey.questions[1:]}
        assert later <= {name for _, name in seen}
    for lang in ("vi", "en") if size in TIGHT else ("vi",):
        [picture] = tmp_path.glob(f"{size[0]}x{size[1]}-gop-y-{lang}-*-ma-tra-cuu.png")
        assert scan(picture) == f"{TERMS.lookup}#{CODE}"


def scan(picture: Path) -> str:
    """What a phone reads off the screen."""
    done = subprocess.run(
        ["zbarimg", "--quiet", "--raw", str(picture)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def visit_by_touch(kiosk: KioskProcess, pictures: Path) -> None:
    """From rest to thanks, as a visitor goes; what is touched looks so."""
    kiosk.wait_for_screen("rest")
    kiosk.touch("more")
    kiosk.wait_for_screen("procedures")
    kiosk.touch("back")
    kiosk.wait_for_screen("rest")
    kiosk.touch("procedure:chuyen-truong")
    kiosk.wait_for_screen("question:rating")
    before = len(kiosk.lines("frame"))
    kiosk.press("level:2")
    kiosk.wait_until(lambda: len(kiosk.lines("frame")) > before, "the pressed look")
    x, y, w, h = kiosk.screen()["targets"]["level:2"]
    pressed = Image.open(kiosk.screenshot(pictures / "pressed.png")).convert("RGB")
    assert pressed.getpixel((pressed.width // 2, 2)) == PAPER
    inked = {colour: count for count, colour in pressed.crop((x, y, x + w, y + h)).getcolors(1 << 20) or []}
    assert inked[INK] > 0.3 * w * h
    kiosk.release()
    kiosk.wait_for_screen("question:timeliness")
    kiosk.touch("choice:tre-hen")
    kiosk.wait_for_screen("question:reasons")
    kiosk.touch("choice:thoi-gian")
    kiosk.touch("choice:huong-dan")
    kiosk.touch("next")
    kiosk.wait_for_screen("thanks")
    thanks = Image.open(kiosk.screenshot(pictures / "thanks.png")).convert("RGB")
    assert thanks.getpixel((4, 4)) == BRAND


def test_a_visit_by_touch_upright(tmp_path: Path) -> None:
    keep_config(tmp_path / "kiosk", config_bytes(sample=True))
    with Xvfb(720, 1280) as display, KioskProcess(display, tmp_path / "kiosk") as kiosk:
        visit_by_touch(kiosk, tmp_path)
        for screen in kiosk.lines("screen"):
            assert screen["size"] == [720, 1280]
            check_words(screen)
            check_places(screen)


def test_a_visit_in_english_and_one_while_the_disk_takes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "kiosk"
    keep_config(data, config_bytes(sample=True))
    with Xvfb(800, 480) as display, KioskProcess(display, data) as kiosk:
        kiosk.touch("language")
        kiosk.wait_until(lambda: kiosk.screen()["lang"] == "en", "English")
        visit_by_touch(kiosk, tmp_path)
        assert kiosk.screen()["lang"] == "en"
        with sqlite3.connect(data / "outbox.db", timeout=10) as connection:
            connection.execute("BEGIN IMMEDIATE")  # the disk takes nothing from anybody else
            kiosk.wait_for_screen("rest")
            kiosk.touch("procedure:hoc-ba")
            kiosk.wait_for_screen("question:rating")
            kiosk.touch("level:5")
            kiosk.wait_for_screen("paused")
            assert kiosk.screen()["targets"] == {}
            connection.rollback()
        kiosk.wait_for_screen("rest")
        with sqlite3.connect(data / "outbox.db") as connection:
            assert connection.execute("SELECT closed, seq FROM events").fetchall() == [(1, 1)]
        assert [line["state"] for line in kiosk.lines("commit")] == ["open"] * 4 + ["closed"]
