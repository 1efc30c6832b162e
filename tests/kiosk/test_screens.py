"""Every screen in every size, in a real window: nothing cut, nothing too close; and a picture of each."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from PIL import Image

from survey_defs.loader import builtin_surveys
from tests.kiosk.looks import (
    BRAND,
    CODE,
    INK,
    PANELS_MM,
    PAPER,
    PICTURES,
    TIGHT,
    check_places,
    check_words,
    scan,
)
from tests.kiosk.rare_states import PHONE
from tests.kiosk.setup_gallery import PROBLEMS
from tests.support.kiosk import KioskProcess
from tests.support.kiosk_samples import TERMS, config_bytes, keep_config
from tests.support.pictures import WANTED
from tests.support.xvfb import Xvfb

NAMES = {
    "rest", "procedures", "question:rating", "question:timeliness", "question:reasons", "thanks", "paused",
    "complaint:subjects", "complaint:text", "complaint:still", "complaint:advice", "complaint:contact",
    "complaint:reach", "complaint:code", "complaint:saved",
}  # fmt: skip


Shown: TypeAlias = Callable[[tuple[int, int]], Path]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Where it lies what tests/kiosk/gallery.py has shown in a window of a size, started once for each."""

    @cache
    def show(size: tuple[int, int]) -> Path:
        for old in PICTURES.glob(f"{size[0]}x{size[1]}-*-[0-9][0-9]-*.png") if WANTED else ():
            old.unlink()
        directory = tmp_path_factory.mktemp("shown")
        with Xvfb(*size) as display:
            subprocess.run(
                [sys.executable, "-m", "tests.kiosk.gallery", *map(str, size), str(directory)],
                env=display.environ, check=True, timeout=100, capture_output=True,
            )  # fmt: skip
        return directory

    return show


def screens_of(directory: Path) -> list[dict[str, Any]]:
    """What the window has told of each screen."""
    lines = map(json.loads, (directory / "trace.jsonl").read_text("utf-8").splitlines())
    return [line for line in lines if line["kind"] == "screen"]


@pytest.mark.parametrize("size", PANELS_MM, ids=str)
def test_every_screen_and_survey_in_every_size(size: tuple[int, int], shown: Shown) -> None:
    """The code on them is read as a phone reads it."""
    directory = shown(size) / "visits"
    screens = screens_of(directory)
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
        [picture] = directory.glob(f"{size[0]}x{size[1]}-gop-y-{lang}-*-ma-tra-cuu.png")
        assert scan(picture) == f"{TERMS.lookup}#{CODE}"


@pytest.mark.parametrize("size", TIGHT, ids=str)
def test_every_rare_word_stands_whole_and_the_erasing_is_announced(
    size: tuple[int, int], shown: Shown
) -> None:
    directory = shown(size) / "rare"
    screens = screens_of(directory)
    assert {screen["name"] for screen in screens} >= {"complaint:text", "complaint:still", "complaint:code"}
    assert [(screen["name"], screen["overflows"]) for screen in screens if screen["overflows"]] == []
    for lang in ("vi", "en"):
        assert scan(directory / f"{size[0]}x{size[1]}-gop-y-{lang}-tam-nghi.png") == PHONE
        picture = Image.open(directory / f"{size[0]}x{size[1]}-gop-y-{lang}-sap-xoa.png").convert("RGB")
        bar = picture.crop((0, size[1] * 9 // 10, size[0], size[1]))
        ring = {colour: count for count, colour in bar.getcolors(1 << 20) or []}.get(BRAND, 0)
        assert ring > 40, "the ring that runs out"


@pytest.mark.parametrize("size", TIGHT, ids=str)
def test_every_screen_and_every_sentence_of_setting_up_stands_whole(
    size: tuple[int, int], shown: Shown
) -> None:
    screens = screens_of(shown(size) / "setup")
    assert len(screens) == (2 if size == (800, 480) else 1) * (9 + len(PROBLEMS) + 6 * 2)
    for screen in screens:
        check_words(screen)
        check_places(screen)


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
