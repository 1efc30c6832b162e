"""Shows every screen of the kiosk in one window of a size; keeps their pictures.

Run as `python -m tests.kiosk.gallery WIDTH HEIGHT DIRECTORY`: the display must be of that size. The pages
are those of the kiosk, and the visits that lead to them too; only who has touched, and when, is made up,
and no screen takes its time to fade in.
DIRECTORY/visits/trace.jsonl tells of each screen what the window itself tells; where a size is tight, so
do DIRECTORY/rare/ of the rare states of a complaint and DIRECTORY/setup/ of setting up.
"""

import sys
from datetime import date
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from kiosk.device.program import Program, read_program
from kiosk.visit.effects import Close, Keep
from kiosk.visit.questionnaire import COUNT_DOWN_MS, FINISH_AFTER_MS, FOLLOW_UP_MS
from kiosk.visit.visits import Visits
from survey_defs.device_config import MAX_TEXT
from survey_defs.loader import builtin_surveys
from tests.kiosk import rare_states, setup_gallery
from tests.kiosk.looks import CODE, TIGHT
from tests.kiosk.show import Show, Window
from tests.support.kiosk_samples import APART, config_bytes, consent

OWN_WORDS = "The school thanks you for coming and asks how you were received at our reception"
LONG_NAME = "Trường Trung học cơ sở Nguyễn Thị Minh Khai"


def program(**values: Any) -> Program:
    """What a configuration asks."""
    return read_program(config_bytes(**values), "k1")


class Gallery(Show):
    """Visitors who touch in no time, and a disk that takes everything at once."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, "visits")
        self.due: date | None = None

    def begin(self, asked: Program, lang: str, name: str) -> None:
        """Somebody new stands before this program; `name` leads the names of the pictures."""
        languages = tuple(sorted(("vi", "en"), key=lang.__ne__))
        asked = replace(asked, languages=languages)
        self._program, self.lang = asked, lang
        self._name, self._number = f"{self.size[0]}x{self.size[1]}-{name}-{lang}", 0
        self.visits = Visits(asked, languages, self.now, consent=consent)

    def touch(self, *targets: str) -> None:
        for target in targets:
            self.now += 1_000
            for effect in self.visits.touch(target, self.now):
                if isinstance(effect, Keep):
                    self.visits.kept(self.visits._visits)
                elif isinstance(effect, Close):
                    self.visits.closed(self.visits._visits, self.now)
                elif self.visits.view(self.now).busy:
                    self.visits.lodged(self.visits._visits, CODE, self.due, self.now)

    @property
    def screen(self) -> str:
        """The name of the screen on show."""
        return self.visits.view(self.now).name

    def picture_name(self, what: str) -> str:
        self._number += 1
        return f"{self._name}-{self._number:02d}-{what}"

    def go(self, *steps: tuple[str, str]) -> None:
        """Touch, and look: each step is a target ('' for none) and the name of the picture."""
        for target, what in steps:
            if target:
                self.touch(target)
            self.picture(what)


def show_a_visit(show: Gallery, lang: str) -> None:
    """From rest to thanks, and the screen of a kiosk that can keep nothing."""
    show.begin(program(sample=True), lang, "luot")
    show.go(("", "cho"), ("more", "thu-tuc"))
    show.touch("back")
    show.go(
        ("procedure:chuyen-truong", "nam-mat"), ("level:2", "tra-ket-qua"), ("change", "sua"),
        ("level:1", "da-sua"), ("choice:tre-hen", "ly-do"),
    )  # fmt: skip
    show.now += FINISH_AFTER_MS
    show.picture("ket-thuc-duoc")
    show.go(("choice:thoi-gian", "ly-do-da-chon"))
    show.now += FOLLOW_UP_MS - COUNT_DOWN_MS + 500
    show.picture("sap-ve-dau")
    show.go(("next", "cam-on"))
    show.visits.failed(show.now)
    show.picture("tam-nghi")


def show_a_complaint(show: Gallery, lang: str) -> None:
    """From rest to thanks, once with a day of the answer and once without."""
    show.begin(program(sample=True, complaints=APART), lang, "gop-y")
    show.touch("procedure:chuyen-truong", "level:3", "next")
    show.go(("write", "sau-danh-gia"))
    show.touch("back")
    show.due = date(2026, 12, 9) if lang == "vi" else None
    show.go(("", "cho"), ("write", "viec"), ("subject:cho-lau", "viec-da-chon"), ("next", "viet-trong"))
    show.write(
        "tooi ddeens ba laanf cos nguwowif vofi tieefn mong"
        if lang == "vi"
        else "i came again somebody asked for a bribe please"
    )
    show.go(("", "viet"), ("key:signs", "so-va-dau"), ("key:method", "vni"), ("key:signs", "chu"))
    show.go(("key:shift", "chu-hoa"))
    show.touch("back")
    show.go(("back", "con-viet-khong"))
    show.touch("go-on", "next")
    show.go(("next", "truoc-khi-gui"), ("next", "lien-lac"), ("principal", "ve-hieu-truong"))
    show.touch("principal", "consent")
    show.go(("next", "lien-lac-trong"))
    show.write("lan")
    show.go(("", "lien-lac-ghi"), ("next", "ma-tra-cuu"), ("next", "da-luu-chua"), ("finish", "cam-on"))


def show_nobody_apart(show: Gallery, lang: str) -> None:
    """Where the principal could read what is about the principal."""
    show.begin(program(complaints=replace(APART, principal_key=None)), lang, "gop-y-khong-rieng")
    show.touch("write", "next")
    show.write("chowf laau")
    show.go(("next", "lien-lac"))


def show_own_words(show: Gallery, lang: str) -> None:
    """The longest words that a school may put in the place of ours."""
    long = {"vi": f"{LONG_NAME} kính chào và mời quý phụ huynh góp ý hôm nay"[:MAX_TEXT], "en": OWN_WORDS}
    show.begin(program(texts={"welcome": long, "thanks": long}), lang, "loi-rieng")
    show.go(
        ("", "cho"), ("procedure:chuyen-truong", "nam-mat"), ("level:4", "tra-ket-qua"), ("next", "cam-on")
    )


def show_a_survey(show: Gallery, survey: str) -> None:
    """The lowest level, the first choice, then onward, until it is thanked for."""
    show.begin(program(school=LONG_NAME, survey=survey), "vi", survey)
    for _ in range(40):
        before = show.screen
        show.picture(before.replace(":", "-"))
        if before == "thanks":
            return
        targets = show.visits.view(show.now).targets()
        levels = [name for name in targets if name.startswith("level:")]
        choices = [name for name in targets if name.startswith(("choice:", "procedure:"))]
        show.touch(min(levels or choices or ["next"]))
        if show.screen == before:
            show.touch("next")
    raise AssertionError(f"the survey '{survey}' has no end")


def show_all(window: Window) -> None:
    """Every visit, every complaint and every survey; the complaint in both languages where it is tight."""
    show, tight = Gallery(window), window.size in TIGHT
    for lang in ("vi", "en"):
        show_a_visit(show, lang)
    for lang in ("vi", "en") if tight else ("vi",):
        show_a_complaint(show, lang)
        show_nobody_apart(show, lang)
        show_own_words(show, lang)
    for known in sorted({each.id for each in builtin_surveys()} - {"tthc"}) if tight else ():
        show_a_survey(show, known)


if __name__ == "__main__":
    opened = Window(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
    show_all(opened)
    if opened.size in TIGHT:
        rare_states.show_all(opened)
        setup_gallery.show_all(opened)
