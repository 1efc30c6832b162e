"""Shows states of a complaint that take long to reach by touch, in a window; keeps their pictures.

Run as `python -m tests.kiosk.rare_states WIDTH HEIGHT DIRECTORY`: the display must be of that size. The
pages are those of the kiosk; only who has touched, and when, is made up.
"""

import os
import sys
from datetime import date
from pathlib import Path

from msgspec.structs import replace
from PIL import ImageGrab

from kiosk.link import Delivery
from kiosk.settings import KioskSettings, read_broker
from kiosk.ui.run import prepare_window
from kiosk.visit import Visits
from kiosk.wiring import kiosk_texts
from kiosk.writing import ASK_MS
from survey_defs.letter import MAX_TEXT
from tests.kiosk.samples import TERMS, consent, tthc
from tests.kiosk.test_screens import PICTURES
from tests.support.pictures import WANTED

LONG = "https://phan-anh.thcs-nguyen-thi-minh-khai.longlong.edu.vn/tra-cuu"

PHONE = LONG.replace("/tra-cuu", "/q/ban-so-1")
READ = ("ma-tra-cuu", "tam-nghi", "sap-xoa")
"""The pictures that a test reads something off: they are drawn into its directory, whoever looks."""


class Show:
    """One window, and a visitor whose clock runs ahead."""

    def __init__(self, width: int, height: int, directory: Path) -> None:
        broker = read_broker("mqtt://127.0.0.1:1", "kiosk-1", None)
        size = (width, height)
        prepare_window(KioskSettings(broker=broker, school="mau", device="k", data=directory, size=size))
        from kivy.base import EventLoop, runTouchApp
        from kivy.core.window import Window

        from kiosk.ui import stage
        from kiosk.ui.trace import Trace

        self._loop, self._window = EventLoop, Window
        stage.FADE_S = stage.TICK_S = 1e-6
        self._stage = stage.Stage(kiosk_texts(), Trace(directory / "trace.jsonl"))
        runTouchApp(self._stage, embedded=True)
        self._stage.fit(width, height)
        self.size, self._directory = (width, height), directory
        self._name = f"{width}x{height}-gop-y"
        self._program = replace(
            tthc(),
            school="Trường THCS Mẫu",
            sample=True,
            complaints=replace(TERMS, lookup=LONG),
            phone=PHONE,
        )
        self.now = 1_000_000

    def visitor(self, lang: str, *touches: str) -> None:
        """Somebody new, who has touched these."""
        self.lang = lang
        languages = tuple(sorted(("vi", "en"), key=lang.__ne__))
        self._program = replace(self._program, languages=languages)
        self.visits = Visits(self._program, languages, self.now, consent=consent)
        self.touch("write", *touches)

    def answer_at(self, lang: str, reach: str) -> None:
        """The code of somebody whose lookup page only these can open."""
        kept, terms = self._program, self._program.complaints
        assert terms is not None
        self._program = replace(kept, complaints=replace(terms, reach=reach))
        self.visitor(lang, "next")
        self.write("loi khen")
        self.touch("next", "next")
        self.visits.lodged(self.visits._visits, "2903440584120557", date(2026, 12, 9), self.now)
        self._program = replace(self._program, complaints=terms)

    def touch(self, *targets: str) -> None:
        for target in targets:
            self.now += 1_000
            self.visits.touch(target, self.now)

    def write(self, text: str) -> None:
        for letter in text:
            self.touch("key:space" if letter == " " else f"key:{letter}")

    def picture(self, what: str) -> None:
        """Put it on show, which tells the trace of it; keep what is seen where somebody looks at it."""
        self.put()
        while self._stage.animate():
            pass
        places = [self._directory] * (what in READ) + [PICTURES] * WANTED
        if not places:
            return
        self._window.mainloop()
        for _ in range(2):  # whichever of the two buffers is seen
            self._window.canvas.ask_update()
            self._loop.idle()
        seen = ImageGrab.grab(xdisplay=os.environ["DISPLAY"])
        for place in places:
            place.mkdir(parents=True, exist_ok=True)
            seen.save(place / f"{self.picture_name(what)}.png", compress_level=1)

    def put(self) -> None:
        """The visitor's screen, as the kiosk would show it now."""
        self._stage.show(self.visits.view(self.now), self._program, Delivery(True, 0), (0, 0))

    def picture_name(self, what: str) -> str:
        return f"{self._name}-{self.lang}-{what}"


def show_all(show: Show, lang: str) -> None:
    """Every one of them in this language."""
    show.visitor(lang, "next")
    show.write("a nghieng " * (MAX_TEXT // 10 - 5))
    show.picture("gan-day")
    show.write("b" * 60)
    show.picture("day")
    show.visitor(lang, "next")
    show.write("nghieng" * 16)
    show.picture("tu-rat-dai")
    show.now += ASK_MS + 5_000
    show.picture("sap-xoa")
    show.visitor(lang, "next")
    show.write("loi khen")
    show.touch("next", "consent")
    show.picture("dong-y")
    show.touch("next", "field:name", *(() if lang == "en" else ("key:signs",)))
    show.picture("lien-lac-trong")
    show.touch("next")
    show.visits.lodged(show.visits._visits, "2903440584120557", date(2026, 12, 9), show.now)
    show.picture("dia-chi-dai")
    show.visits.failed(show.now)
    show.picture("tam-nghi")
    for reach in ("network", "machine", "nobody"):
        show.answer_at(lang, reach)
        show.picture(f"mo-duoc-{reach}")
    show.visitor(lang, "next")
    show.write("loi khen")
    show.touch("next", "next")
    show.visits.failed(show.now)
    show.picture("chua-gui-duoc")


if __name__ == "__main__":
    window = Show(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
    for language in ("vi", "en"):
        show_all(window, language)
