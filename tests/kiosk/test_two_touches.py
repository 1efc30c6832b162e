"""A visit of two touches, in every size and both languages: what counts, how long, and who comes next."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from kiosk.visit.questionnaire import FINISH_AFTER_MS, FOLLOW_UP_MS
from tests.kiosk.looks import PANELS_MM, PICTURES, check_places, check_words
from tests.support.kiosk import KioskProcess
from tests.support.kiosk_samples import config_bytes, keep_config
from tests.support.pictures import WANTED
from tests.support.xvfb import Xvfb


def answers(data: Path) -> list[tuple[int, dict[str, Any]]]:
    """Whether it is closed, and the answers, of each event in the outbox."""
    with sqlite3.connect(f"file:{data / 'outbox.db'}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT closed, body FROM events ORDER BY seq").fetchall()
    return [(closed, json.loads(body)["answers"]) for closed, body in rows]


def rate(kiosk: KioskProcess, level: int, picture: str) -> float:
    """Procedure and face, and no more; when the first was touched, in ms."""
    kiosk.wait_for_screen("rest")
    before = len(kiosk.lines("release"))
    kiosk.touch("procedure:chuyen-truong")
    kiosk.wait_for_screen("question:rating")
    kiosk.touch(f"level:{level}")
    kiosk.wait_for_screen("question:timeliness")
    assert answers(kiosk.data)[-1] == (0, {"rating": level}), "committed before the screen says so"
    if WANTED:
        kiosk.screenshot(PICTURES / picture)
    touches = kiosk.lines("release")[before:]
    assert len(touches) == 2
    return float(touches[0]["t"])


def visit(kiosk: KioskProcess, size: str) -> dict[str, float]:
    """One who wants no more, one who comes after somebody dissatisfied, one in English; seconds of each."""
    began = rate(kiosk, 4, f"{size}-hai-lan-cham-4-vi.png")
    kiosk.wait_for_screen("rest")
    alone = kiosk.screen()["t"] - began
    assert answers(kiosk.data)[-1] == (1, {"rating": 4})
    rate(kiosk, 1, f"{size}-hai-lan-cham-1-vi.png")
    face = kiosk.lines("release")[-1]["t"]
    since = [line["targets"] for line in kiosk.lines("screen") if line["t"] > face]
    assert "change" in since[0]
    kiosk.wait_until(lambda: "change" not in kiosk.screen()["targets"], "the end of changing")
    kiosk.touch("language")  # whoever has come stays: eight seconds more
    kiosk.wait_until(lambda: "finish" in kiosk.screen()["targets"], "an end by touch")
    ends = (line["t"] for line in kiosk.lines("screen") if line["t"] > face and "finish" in line["targets"])
    until_finish = next(ends) - face
    kiosk.touch("finish")
    kiosk.wait_for_screen("rest")
    assert answers(kiosk.data)[-1] == (1, {"rating": 1}), "the next visitor has not replaced it"
    kiosk.touch("language")
    kiosk.wait_until(lambda: kiosk.screen()["lang"] == "en", "English")
    began = rate(kiosk, 5, f"{size}-hai-lan-cham-en.png")
    kiosk.wait_for_screen("rest")
    assert kiosk.screen()["lang"] == "vi"
    english = kiosk.screen()["t"] - began
    assert answers(kiosk.data) == [(1, {"rating": level}) for level in (4, 1, 5)]
    for screen in kiosk.lines("screen"):
        check_words(screen)
        check_places(screen)
    return {"vi": alone, "en": english, "finish": until_finish}


def test_two_touches_in_every_size_and_both_languages(tmp_path: Path) -> None:
    """All four windows at once: most of a visit is waiting until it has left by itself."""
    sizes = {f"{width}x{height}": (width, height) for width, height in PANELS_MM}
    with ExitStack() as stack:
        kiosks = {}
        for size, pixels in sizes.items():
            display = stack.enter_context(Xvfb(*pixels))
            keep_config(tmp_path / size, config_bytes())
            kiosks[size] = stack.enter_context(KioskProcess(display, tmp_path / size))
        with ThreadPoolExecutor(len(kiosks)) as pool:
            took = dict(zip(kiosks, pool.map(visit, kiosks.values(), kiosks), strict=True))
    for size, ms in took.items():
        print(
            f"{size}: 2 touches; {ms['vi'] / 1000:.1f} s after the first, in English {ms['en'] / 1000:.1f} s"
        )
        for lang in ("vi", "en"):
            assert ms[lang] >= FOLLOW_UP_MS, "nobody is hurried"
        assert ms["finish"] >= FINISH_AFTER_MS - 100
