"""Shows states of a complaint that take long to reach by touch; tests/kiosk/gallery.py opens the window."""

from datetime import date

from msgspec.structs import replace

from kiosk.complaint.form import ASK_MS
from kiosk.visit.visits import Visits
from survey_defs.letter import MAX_TEXT
from tests.kiosk.show import Show, Window
from tests.support.kiosk_samples import TERMS, consent, tthc

LONG = "https://phan-anh.thcs-nguyen-thi-minh-khai.longlong.edu.vn/tra-cuu"
PHONE = LONG.replace("/tra-cuu", "/q/ban-so-1")


class RareShow(Show):
    """A visitor who writes, at a school whose addresses are long."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, "rare")
        self._name = f"{window.size[0]}x{window.size[1]}-gop-y"
        self._program = replace(
            tthc(),
            school="Trường THCS Mẫu",
            sample=True,
            complaints=replace(TERMS, lookup=LONG),
            phone=PHONE,
        )

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


def show_all(window: Window) -> None:
    """Every one of them, in both languages."""
    show = RareShow(window)
    for lang in ("vi", "en"):
        _show_in(show, lang)


def _show_in(show: RareShow, lang: str) -> None:
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
