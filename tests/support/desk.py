"""A school whose desk has complaints of every kind in every state, made as real ones are."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from server.domain.localtime import local_day
from server.services.access import people
from server.services.cases import casefile
from server.services.cases.opening import NewCase
from server.services.context import Context
from server.services.devices import registry
from server.services.keys import custody, keys
from server.services.keys.open_keys import unlock
from survey_defs import complaint
from survey_defs.complaint import Contact, Letter
from tests.support.at_desk import AtDesk
from tests.support.codes import known_code
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Clock, add_school, day_ms, make_context

PASSPHRASE = "con mèo nằm trên mái ngói"
PRINCIPAL, OFFICER, OTHER_OFFICER = "hieu-truong", "giao-vu", "tong-phu-trach"
RECEPTION, STAFF, OFFICE, TECHNICIAN = "tiep-nhan", "giao-vien", "phong-gd", "ky-thuat"
ROLES = {
    LOGIN: "deputy",
    PRINCIPAL: "principal",
    OFFICER: "officer",
    OTHER_OFFICER: "officer",
    RECEPTION: "reception",
    STAFF: "staff",
    OFFICE: "office",
    TECHNICIAN: "technician",
}
TEXT = (
    "Tôi nộp hồ sơ chuyển trường từ ngày 12/5, đã đến trường ba lần nhưng chưa được trả lời. "
    "Mong nhà trường cho biết khi nào có kết quả."
)
CONTACT = Contact("Nguyễn Thị Hoà", "0912 345 678", "Đồng ý để người giải quyết liên hệ.")
NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}=HYPERLINK(1)"


@dataclass
class DeskSchool(AtDesk):
    """The school, its clock, and who may do what."""

    ctx: Context
    clock: Clock
    passphrase: str = PASSPHRASE
    codes: dict[str, str] = field(default_factory=dict)

    def comes(
        self,
        *,
        text: str = TEXT,
        contact: Contact | None = None,
        about: tuple[str, ...] = ("tre-hen",),
        procedure: str | None = "chuyen-truong",
        device: str | None = "kiosk-1",
        channel: str = "kiosk",
        coded: bool = True,
        box: bytes | None = None,
    ) -> str:
        """Somebody sends a complaint now; its ref."""
        ctx, now = self.ctx, self.ctx.now()
        code = known_code(len(self.codes))
        sender = complaint.code_keys(code, keys.code_salt(reading(ctx)))
        letter = Letter(text, contact, sender.public if coded else b"")
        sealed = keys.seal_for_desk(reading(ctx), SCHOOL, "complaints", letter) if box is None else box
        new = NewCase(
            ctx.new_id(), SCHOOL, channel, device, "vi", procedure, about, now, now, local_day(now),
            sender.code_hash if coded else None, sealed,
        )  # fmt: skip
        ref = self.take_in(new)
        self.codes[ref] = code
        return ref

    def does(self, login: str, ref: str, action: str, **fields: str) -> None:
        """Somebody at the desk acts now."""
        self.do(login, ref, action, **fields)

    def says(self, ref: str, text: str) -> None:
        """The sender writes more."""
        year, number = map(int, ref.split("-"))
        with self.ctx.write() as work:
            row = work.sql.case_find(school=SCHOOL, year=year, number=number)
            box = keys.seal_for_desk(work, SCHOOL, row["room"], Letter(text))
            casefile.append(work, row, actor="sender", action="word", boxes={"desk": box})

    def at(self, month: int, day: int, hour: int = 9, minute: int = 0) -> "DeskSchool":
        """Set the clock to that moment of 2026."""
        self.clock.ms = day_ms(2026, month, day, hour) + minute * 60_000
        return self


def empty_desk(data: Path, *, with_keys: bool = True, **settings: object) -> DeskSchool:
    """A school with an account of each role, and no complaint yet; it is 18 May 2026."""
    clock = Clock()
    school = DeskSchool(make_context(data, clock, **settings), clock)
    school.at(5, 4)
    add_school(school.ctx)
    for login, role in ROLES.items():
        if login != LOGIN:
            people.add_user(school.ctx, login, role, SCHOOL, PASSWORD)
    registry.add_device(school.ctx, "kiosk-1", SCHOOL, "kiosk", "Kiosk quầy tiếp nhận")
    if with_keys:
        for room in ("complaints", "denunciations"):
            custody.make_key(school.ctx, SCHOOL, room, LOGIN, PASSPHRASE)
        held = unlock(school.ctx, LOGIN, PASSPHRASE)
        for holder in (PRINCIPAL, OFFICER):
            custody.grant(school.ctx, SCHOOL, "complaints", held, holder=holder, passphrase=PASSPHRASE)
        custody.grant(school.ctx, SCHOOL, "denunciations", held, holder=PRINCIPAL, passphrase=PASSPHRASE)
    return school


@dataclass(frozen=True)
class Cases:
    """Their refs."""

    late: str
    working: str
    neglected: str
    broken: str
    paper: str
    nasty: str
    praise: str
    khieu_nai: str
    to_cao: str
    against: str
    answered: str
    closed: str
    forwarded: str
    returned: str
    fresh: str


def full_desk(data: Path) -> tuple[DeskSchool, Cases]:
    """A case in every state; it is 10:05 on 28 May 2026, as in the pictures of the design."""
    s = empty_desk(data)
    s.at(4, 21)
    neglected = s.comes(about=("khoan-thu",), procedure=None, text="Khoản thu quỹ lớp chưa được công khai.")
    s.at(5, 6)
    late = s.comes(about=("thai-do",), procedure="hoc-ba", contact=CONTACT)
    s.does(LOGIN, late, "classify", kind="pakn", summary="Chưa hài lòng về cách tiếp khi xin rút học bạ")
    s.does(LOGIN, late, "assign", assignee=OFFICER)
    s.at(5, 11)
    closed = s.comes(about=("cho-lau",))
    s.does(LOGIN, closed, "classify", kind="pakn", summary="Chờ lâu tại quầy")
    s.does(LOGIN, closed, "start")
    s.does(LOGIN, closed, "answer", text="Nhà trường đã bố trí thêm một bàn tiếp nhận vào buổi sáng.")
    forwarded = s.comes(about=("viec-khac",), procedure=None)
    s.does(
        LOGIN, forwarded, "forward", body="Ủy ban nhân dân phường Hồng Gai", mode="transfer",
        reason="not_competent", note="Đã gọi điện trước cho bộ phận một cửa.",
    )  # fmt: skip
    returned = s.comes(about=("viec-khac",), procedure=None)
    s.does(LOGIN, returned, "return", text="Việc này do bưu điện giải quyết; xin gọi 1900 54 54 81.")
    s.at(5, 13).does(LOGIN, closed, "close", reason="resolved")
    s.at(5, 18, 9, 42)
    working = s.comes()
    s.at(5, 19, 8, 30).does(LOGIN, working, "classify", kind="pakn", summary="Hồ sơ chuyển trường chậm trả")
    s.at(5, 19, 8, 32).does(LOGIN, working, "assign", assignee=OFFICER)
    s.at(5, 19, 10).does(OFFICER, working, "start")
    s.at(5, 20)
    khieu_nai = s.comes(about=("khoan-thu",), procedure="ho-tro-chi-phi")
    s.does(LOGIN, khieu_nai, "petition", kind="khieu_nai", number="12/ĐKN", date="2026-05-20")
    s.does(LOGIN, khieu_nai, "accept")
    to_cao = s.comes(about=("khoan-thu",), text="Có người thu tiền không biên lai.", procedure=None)
    s.does(LOGIN, to_cao, "petition", kind="to_cao", number="03/ĐTC", date="2026-05-20")
    against = s.comes(about=("thai-do",), text="Hiệu trưởng nhận quà.", procedure=None)
    s.does(
        LOGIN, against, "petition", kind="to_cao", number="04/ĐTC", date="2026-05-20", against_principal="1"
    )
    s.at(5, 21)
    answered = s.comes(about=("huong-dan",), procedure="tuyen-sinh")
    s.does(LOGIN, answered, "classify", kind="pakn", summary="Hướng dẫn tuyển sinh lớp 6 chưa rõ")
    s.does(LOGIN, answered, "assign", assignee=OFFICER)
    s.at(5, 22).does(
        OFFICER, answered, "answer", text="Nhà trường đã niêm yết hướng dẫn từng bước.\nXin cảm ơn quý vị."
    )
    s.at(5, 25, 14, 10).does(OFFICER, working, "note", text="Đã đối chiếu sổ tiếp nhận hồ sơ ngày 12/05.")
    broken = s.comes(box=complaint.seal(Letter("không ai đọc được"), complaint.new_key()[0]))
    paper = s.comes(coded=False, contact=CONTACT, channel="reception", device=None)
    s.at(5, 26)
    nasty = s.comes(text=NASTY, contact=Contact(NASTY, NASTY, NASTY), about=("viec-khac",), procedure=None)
    s.does(LOGIN, nasty, "classify", kind="pakn", summary=NASTY)
    s.does(LOGIN, nasty, "note", text=NASTY)
    s.at(5, 27, 16, 5).does(OFFICER, working, "ask", text="Quý vị nộp học bạ bản chính hay bản sao?")
    praise = s.comes(
        about=("khen-ngoi",), text="Cảm ơn cô ở quầy tiếp nhận.", procedure=None, channel="qr", device=None
    )
    s.at(5, 28, 9, 20).says(working, "Tôi nộp bản chính ạ.")
    fresh = s.comes(about=("hoc-sinh", "thai-do"), procedure=None)
    s.at(5, 28, 10, 5)
    return s, Cases(
        late, working, neglected, broken, paper, nasty, praise, khieu_nai, to_cao, against, answered, closed,
        forwarded, returned, fresh,
    )  # fmt: skip


def today(school: DeskSchool) -> date:
    """The school's day."""
    return local_day(school.ctx.now())
