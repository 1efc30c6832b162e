"""Shows every screen of setting up, and the technician's; tests/kiosk/gallery.py opens the window."""

from typing import Any

from msgspec.structs import replace

from kiosk.delivery.link import Delivery
from kiosk.device.settings import Offer
from kiosk.setup.claim_entry import Setup
from kiosk.setup.problem import EnrolProblem
from kiosk.setup.technician import Facts, KeyFacts, Technician
from tests.kiosk.show import Show, Window

ADDRESS = "may-chu.thcs-nguyen-thi-minh-khai.edu.vn:8443"
PROBLEMS = (
    "claim-unknown", "claim-expired", "claim-used", "claim-withdrawn", "certificate-mismatch",
    "certificate-unknown", "enrol-insecure", "too-many-tries", "bad-enrolment", "bad-answer", "bad-address",
    "bad-code", "unknown-host", "unreachable", "not-tls", "bad-ca", "claim-wrong-kind", "disk",
    "claim-wrong", "claim-guessed", "no-proof", "enrol-again", "undelivered",
)  # fmt: skip
KEPT_IN_ENGLISH = ("4-ma-dang-go", "9-loi")
FACTS = {
    "address": ADDRESS,
    "file": "/boot/firmware/ca.pem",
    "device": "nut-bam-1",
    "path": "/var/lib/kiosk",
    "count": 12,
}


class SetupShow(Show):
    """Somebody who sets a kiosk up in no time."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, "setup")
        self.setup: Any = None

    def begin(self, lang: str, offer: Offer) -> None:
        self.lang = lang
        self.setup = Setup(sorted(("vi", "en"), key=lang.__ne__), offer, self.now)

    def type(self, keys: str) -> None:
        for key in keys:
            self.now += 1_000
            self.setup.touch(f"key:{key}", self.now)

    def next(self) -> None:
        self.now += 1_000
        self.setup.touch("next", self.now)

    def put(self) -> None:
        """As if for the first time."""
        self._stage._view = None
        self._stage.show(self.setup.view(self.now), self._program, Delivery(), (0, 0))

    def picture(self, what: str) -> None:
        """English differs in nothing but its words: most of its screens are only told of."""
        if self.lang == "vi" or what in KEPT_IN_ENGLISH:
            super().picture(what)
        else:
            self.put()

    def picture_name(self, what: str) -> str:
        return f"{self.size[0]}x{self.size[1]}-lap-may-{self.lang}-{what}"


def show_all(window: Window) -> None:
    """In both languages where it is tightest."""
    show = SetupShow(window)
    for lang in ("vi", "en") if window.size != (720, 1280) else ("vi",):
        show_setting_up(show, lang)
        show_technician(show, lang)


def show_setting_up(show: SetupShow, lang: str) -> None:
    """From an empty address to the wait for the answer, and everything that may be wrong."""
    show.begin(lang, Offer())
    show.picture("1-dia-chi-trong")
    show.type("192.168.1.10:8443")
    show.picture("2-dia-chi")
    show.next()
    show.picture("3-ma-trong")
    show.type("k7pm9x")
    show.picture("4-ma-dang-go")
    show.type("q2re")
    show.picture("5-ma-du")
    show.next()
    show.picture("6-dang-hoi")
    show.setup.refused(EnrolProblem("claim-unknown"), show.now)
    show.picture("7-khong-co-ma")
    show.begin(lang, Offer(ADDRESS, "k7pm9xq2re"))
    show.setup.tick(show.now)
    show.setup.refused(EnrolProblem("unreachable", address=ADDRESS), show.now)
    show.picture("8-tu-thu-lai")
    for code in PROBLEMS:
        show.begin(lang, Offer(ADDRESS))
        show.type("k7pm9xq2re")
        show.next()
        show.setup.refused(EnrolProblem(code, **FACTS), show.now)
        show.put()
    show.picture("9-loi")


def show_technician(show: SetupShow, lang: str) -> None:
    """The screen of whoever looks after a kiosk at work, in each of its states."""
    key = KeyFacts("9f2c 01ab 77de 4c10", "first", "2026-11-30T08")
    about = KeyFacts("41d0 88e2 5b7c 90fa", "signed", "2026-11-30T08")
    known = Facts("kiosk-quay-1", "thcs-nguyen-thi-minh-khai", key, about)
    strange, second = replace(key, how="signed", refused=True), replace(about, refused=True)
    for what, facts in (
        ("chua-co-khoa", Facts("kiosk-quay-1", "mau")),
        ("mot-khoa", Facts("kiosk-quay-1", "thcs-nguyen-thi-minh-khai", key)),
        ("khoa", known),
        ("khoa-la", replace(known, complaints=strange, typed="0123456789a")),
        ("khoa-thu-hai-la", replace(known, principal=second, typed="0123456789a")),
        ("khoa-sai", replace(known, complaints=strange, typed="0123456789abcdef", wrong=True)),
    ):
        show.lang = lang
        show.setup = Technician(sorted(("vi", "en"), key=lang.__ne__), facts, show.now)
        show.put()
        Show.picture(show, f"ky-thuat-{what}")
