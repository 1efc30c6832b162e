"""Every screen in every size, in a real window: nothing cut, nothing too close; and a picture of each."""

import math
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from survey_defs.loader import builtin_surveys
from tests.kiosk.samples import config_bytes, keep_config
from tests.support.kiosk import KioskProcess
from tests.support.xvfb import Xvfb

ARTEFACTS = Path(__file__).parents[1] / "artefacts" / "kiosk"
PANELS_MM = {
    (800, 480): (154.1, 85.9),
    (1024, 600): (154.1, 85.9),
    (1280, 800): (150.8, 94.2),
    (720, 1280): (87.8, 156.1),
}
"""Sizes in pixels, and of a 7-inch panel of that size in millimetres."""
INK, BRAND, PAPER = (28, 27, 24), (29, 74, 62), (251, 248, 241)


class Tour:
    """Goes through a kiosk's screens, checks each and keeps its picture."""

    def __init__(self, kiosk: KioskProcess, name: str) -> None:
        self.kiosk = kiosk
        self.name = name
        self.number = 0

    def picture(self, what: str) -> Image.Image:
        screen = self.kiosk.screen()
        assert screen["overflows"] == [], f"{screen['name']}: these words do not fit: {screen['overflows']}"
        assert screen["smallest"] >= 20, f"{screen['name']}: letters of {screen['smallest']} units"
        assert all(screen["names"].values()), "every target has its words"
        self.number += 1
        path = ARTEFACTS / f"{self.name}-{self.number:02d}-{what}.png"
        return Image.open(self.kiosk.screenshot(path)).convert("RGB")

    def check_distances(self) -> None:
        screen = self.kiosk.screen()
        size = tuple(screen["size"])
        wide, high = PANELS_MM[size]
        places = {
            name: ((x + w / 2) * wide / size[0], (y + h / 2) * high / size[1])
            for name, (x, y, w, h) in screen["targets"].items()
        }
        for one, a in places.items():
            for other, b in places.items():
                if one < other:
                    apart = math.dist(a, b)
                    assert apart >= 20, f"{screen['name']}: {one} and {other} are {apart:.1f} mm apart"
        for name, (x, y, w, h) in screen["targets"].items():
            assert x >= -1, name
            assert y >= 0, name
            assert x + w <= size[0] + 8, name
            assert y + h <= size[1] + 8, name


@contextmanager
def toured(size: tuple[int, int], data: Path, name: str, config: bytes) -> Iterator[Tour]:
    """A kiosk with this configuration on a display of this size."""
    keep_config(data, config)
    with Xvfb(*size) as display, KioskProcess(display, data) as kiosk:
        yield Tour(kiosk, f"{size[0]}x{size[1]}{name}")


def all_at_once(visits: list[Callable[[], None]]) -> None:
    """Most of a visit is waiting for pauses to pass: go on several at a time."""
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(visit) for visit in visits]:
            done.result()


def visit_every_screen(tour: Tour) -> None:
    kiosk = tour.kiosk
    kiosk.wait_for_screen("rest")
    tour.picture("cho")
    tour.check_distances()
    kiosk.touch("more")
    kiosk.wait_for_screen("procedures")
    tour.picture("thu-tuc")
    tour.check_distances()
    kiosk.touch("back")
    kiosk.wait_for_screen("rest")
    kiosk.touch("procedure:chuyen-truong")
    kiosk.wait_for_screen("question:rating")
    picture = tour.picture("nam-mat")
    tour.check_distances()
    assert picture.getpixel((picture.width // 2, 2)) == PAPER
    before = len(kiosk.lines("frame"))
    kiosk.press("level:2")
    kiosk.wait_until(lambda: len(kiosk.lines("frame")) > before, "the pressed look")
    x, y, w, h = kiosk.screen()["targets"]["level:2"]
    pressed = tour.picture("nam-mat-cham")
    inked = {colour: count for count, colour in pressed.crop((x, y, x + w, y + h)).getcolors(1 << 20) or []}
    assert inked[INK] > 0.3 * w * h
    kiosk.release()
    kiosk.wait_for_screen("question:timeliness")
    tour.picture("tra-ket-qua")
    tour.check_distances()
    kiosk.touch("choice:tre-hen")
    kiosk.wait_for_screen("question:reasons")
    tour.picture("ly-do")
    tour.check_distances()
    kiosk.touch("choice:thoi-gian")
    kiosk.touch("choice:huong-dan")
    kiosk.wait_until(kiosk.is_still, "the ticks")
    tour.picture("ly-do-da-chon")
    kiosk.touch("next")
    kiosk.wait_for_screen("thanks")
    thanks = tour.picture("cam-on")
    assert thanks.getpixel((4, 4)) == BRAND


def visit_them_all_and_the_one_out_of_order(size: tuple[int, int], data: Path) -> None:
    with toured(size, data, "", config_bytes(sample=True)) as tour:
        visit_every_screen(tour)
        kiosk = tour.kiosk
        with sqlite3.connect(data / "outbox.db", timeout=10) as connection:
            connection.execute("BEGIN IMMEDIATE")  # the disk takes nothing from anybody else
            kiosk.wait_for_screen("rest")
            kiosk.touch("procedure:hoc-ba")
            kiosk.wait_for_screen("question:rating")
            kiosk.touch("level:5")
            kiosk.wait_for_screen("paused")
            tour.picture("tam-nghi")
            assert kiosk.screen()["targets"] == {}
            connection.rollback()
        kiosk.wait_for_screen("rest")
        with sqlite3.connect(data / "outbox.db") as connection:
            assert connection.execute("SELECT closed, seq FROM events").fetchall() == [(1, 1)]
        assert [line["state"] for line in kiosk.lines("commit")] == ["open", "open", "closed"]


def visit_in_english(data: Path) -> None:
    with toured((800, 480), data, "-en", config_bytes(sample=True)) as tour:
        tour.kiosk.touch("language")
        tour.kiosk.wait_until(lambda: tour.kiosk.screen()["lang"] == "en", "English")
        visit_every_screen(tour)
        assert tour.kiosk.screen()["lang"] == "en"


def test_every_screen_in_every_size_and_in_english(tmp_path: Path) -> None:
    visits = [
        partial(visit_them_all_and_the_one_out_of_order, size, tmp_path / f"{size[0]}x{size[1]}")
        for size in PANELS_MM
    ]
    all_at_once([*visits, partial(visit_in_english, tmp_path / "en")])


def visit_a_survey(size: tuple[int, int], data: Path, survey: str) -> None:
    long_name = "Trường Trung học cơ sở Nguyễn Thị Minh Khai"
    with toured(size, data, f"-{survey}", config_bytes(school=long_name, survey=survey)) as tour:
        for _ in range(40):
            screen = tour.kiosk.screen()
            if screen["name"] == "thanks":
                break
            tour.picture(screen["name"].replace(":", "-"))
            tour.check_distances()
            answer_somehow(tour.kiosk, screen)
        assert tour.kiosk.screen()["name"] == "thanks"


def test_every_survey_fits_its_screens(tmp_path: Path) -> None:
    surveys = sorted({survey.id for survey in builtin_surveys()} - {"tthc"})
    sizes = {"ngang": (800, 480), "doc": (720, 1280)}
    all_at_once(
        [
            partial(visit_a_survey, size, tmp_path / f"{name}-{survey}", survey)
            for name, size in sizes.items()
            for survey in surveys
        ]
    )


def answer_somehow(kiosk: KioskProcess, screen: dict[str, Any]) -> None:
    """The lowest level, the first choice, then onward; waits for the next screen."""
    targets = list(screen["targets"])
    level = [name for name in targets if name.startswith("level:")]
    choice = [name for name in targets if name.startswith(("choice:", "procedure:"))]
    before = len(kiosk.lines("screen"))
    kiosk.touch((level or choice or ["next"])[0])
    kiosk.wait_until(lambda: len(kiosk.lines("screen")) > before, "an answer to the touch")
    if kiosk.screen()["name"] == screen["name"]:
        kiosk.touch("next")
        kiosk.wait_until(lambda: kiosk.screen()["name"] != screen["name"], "the next screen")
    kiosk.wait_until(kiosk.is_still, "the whole screen")
