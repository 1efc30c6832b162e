"""A school with its people, its key and its complaints: everything goes through the real services."""

from datetime import date, datetime
from pathlib import Path

from server.domain.localtime import SCHOOL_ZONE
from server.services import schools
from server.services.access import people
from server.services.cases import actions
from server.services.cases.opening import NewCase
from server.services.cases.walk_ins import WalkIn
from server.services.context import Context
from server.services.devices import registry
from server.services.keys import custody, keys
from server.services.keys.keys import public_key
from server.settings import Settings
from server.wiring.contexts import build
from survey_defs import complaint
from survey_defs.letter import Contact, Letter
from tests.support.at_desk import AtDesk
from tests.support.reading import reading
from tests.support.seed import copy_empty_store

SCHOOL = "mau"
PASSWORD = "mat-khau-dang-nhap"
PASSPHRASE = "cụm từ khóa đủ dài"
PEOPLE = {"hieu.truong": "principal", "hieu.pho": "deputy", "can.bo": "officer", "le.tan": "reception",
          "van.phong": "staff", "ky.thuat": "technician"}  # fmt: skip


def at(day: str, hour: int = 9) -> int:
    """That hour of a day at the school, in milliseconds UTC."""
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), SCHOOL_ZONE)
    return round(start.timestamp() * 1000) + hour * 3_600_000


class ComplaintSchool(AtDesk):
    """The school, with a clock that stands where it is put."""

    def __init__(self, data: Path, **school: object) -> None:
        """Leaders and officer hold the key of complaints, the deputy alone that of the sealed room."""
        self.now = at("2026-01-05", 7)
        self.passphrase = PASSPHRASE
        self._ids = iter(range(1, 1_000_000))
        copy_empty_store(data, lambda: self.now)
        self.ctx: Context = build(
            Settings(data=str(data)),
            now=lambda: self.now,
            new_id=lambda: f"00000000-0000-4000-8000-{next(self._ids):012d}",
        )
        values: dict[str, object] = {
            "superior": "UBND phường Mẫu", "place": "Phường Mẫu", "abbreviation": "THCSM",
            "signer": "Phó Hiệu trưởng Nguyễn Thị Mẫu",
        }  # fmt: skip
        schools.add_school(self.ctx, SCHOOL, "Trường THCS Mẫu", **(values | school))  # type: ignore[arg-type]
        registry.add_device(self.ctx, "kiosk-1", SCHOOL, "kiosk", "Kiosk quầy tiếp nhận")
        for login, role in PEOPLE.items():
            people.add_user(self.ctx, login, role, SCHOOL, PASSWORD)
        custody.make_key(self.ctx, SCHOOL, "complaints", "hieu.pho", PASSPHRASE)
        custody.make_key(self.ctx, SCHOOL, "denunciations", "hieu.pho", PASSPHRASE)
        own = keys.unlock(self.ctx, "hieu.pho", PASSPHRASE)
        for login in ("hieu.truong", "can.bo"):
            custody.grant(self.ctx, SCHOOL, "complaints", own, holder=login, passphrase=PASSPHRASE)

    def go(self, day: str, hour: int = 9) -> None:
        """Put the clock there."""
        self.now = at(day, hour)

    def send(
        self, day: str, text: str = "Chờ lâu quá", about: tuple[str, ...] = ("cho-lau",), name: str = ""
    ) -> str:
        """A complaint from the kiosk on that day; answers its ref."""
        self.go(day)
        public = public_key(reading(self.ctx), SCHOOL)
        assert public is not None
        contact = Contact(name, "0900 000 000", "Tôi đồng ý") if name else None
        new = NewCase(
            id=self.ctx.new_id(), school=SCHOOL, channel="kiosk", device="kiosk-1", lang="vi",
            procedure=None, about=about, occurred_at=self.now, received_at=self.now,
            received_on=date.fromisoformat(day), code_hash=None,
            box=complaint.seal(Letter(text, contact), public),
        )  # fmt: skip
        return self.take_in(new)

    def visit(self, day: str, text: str = "Hỏi về học bạ", **more: object) -> str:
        """Somebody at the desk on that day; answers the ref of the case that came of it, or ''."""
        self.go(day)
        found, _ = actions.walk_in(self.ctx, self.actor("le.tan"), WalkIn(text=text, **more))  # type: ignore[arg-type]
        return found

    def act(self, day: str, case: str, action: str, by: str = "hieu.pho", **fields: str) -> str:
        """Somebody does something about a case on that day; answers the case's new status."""
        self.go(day)
        return self.do(by, case, action, **fields).status

    def readings(self) -> list[tuple[str, str]]:
        """Who opened what, in order."""
        rows = self.ctx.store.connection.execute("SELECT actor, what FROM readings ORDER BY n")
        return [(row["actor"], row["what"]) for row in rows]
