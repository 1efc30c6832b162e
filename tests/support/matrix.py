"""Every route by every identity: the requests, and the one table that says who may make them.

Each row is a request that succeeds for who may make it: real fields, the version that the case has now. A
letter stands for one of the school's people (`PEOPLE`); the other school has the same people, without keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import msgspec

from server.services import schools as known_schools
from server.services.access import people
from server.services.cases import templates
from server.services.deadlines import calendars
from server.services.devices import claims, points, registry, slips
from server.services.misuse.review import review
from server.services.privacy import requests
from tests.support.desk import (
    LOGIN,
    OFFICE,
    OFFICER,
    OTHER_OFFICER,
    PASSPHRASE,
    PRINCIPAL,
    RECEPTION,
    STAFF,
    TECHNICIAN,
    Cases,
    DeskSchool,
    full_desk,
)
from tests.support.reading import reading
from tests.support.seed import PASSWORD, SCHOOL, Feeder, add_school

OTHER = "khac"
PEOPLE = {
    "D": LOGIN,
    "d": "pho-2",
    "P": PRINCIPAL,
    "O": OFFICER,
    "o": OTHER_OFFICER,
    "R": RECEPTION,
    "S": STAFF,
    "F": OFFICE,
    "T": TECHNICIAN,
}
"""D, P: leaders who hold the keys of both rooms; d: one without. O: an officer with the key of the
complaints, to whom the cases are given; o: one without. R, S, F, T: reception, staff, the office above, the
technician, all without."""
ROLE_OF = {"d": "deputy", "p": "principal", "o": "officer", "r": "reception", "s": "staff", "f": "office",
           "t": "technician"}  # fmt: skip
ALL, ALL_THERE = "DdPOoRSFT", "dporsft"
LEAD, LEAD_THERE = "DdP", "dp"
KEYED = "DP"
"""Leaders who hold the key: who cannot read a case decides nothing about it."""
NEW = "cây phượng trước cổng trường"


@dataclass(frozen=True)
class Row:
    """One request. `may`: letters of the school's people; `there`: of those of the other school.

    `public`: everybody gets the same. `done`: how it is answered where it is let through, if not by a page,
    a file or the way on.
    """

    endpoint: str
    method: str
    path: str
    may: str = ""
    there: str = ""
    fields: dict[str, object] = field(default_factory=dict)
    public: bool = False
    done: tuple[int, ...] = (200, 204, 303)


@dataclass(frozen=True)
class School:
    """Two schools; in the first everything that a route may act on is there and can be acted on."""

    desk: DeskSchool
    cases: Cases
    request: int
    deletion: int
    template: str
    slip: str
    code: str
    label: dict[str, object]


def schools(data: Path) -> School:
    """Cases in every state, points of every kind, machines with a code and without, a request, a template."""
    desk, cases = full_desk(data)
    public = msgspec.structs.replace(desk.ctx.settings, public_url="https://hailong.example.vn")
    ctx = desk.ctx = replace(desk.ctx, settings=public)
    people.add_user(ctx, PEOPLE["d"], "deputy", SCHOOL, PASSWORD)
    known_schools.add_school(ctx, "phong", "Phòng GD&ĐT")
    add_school(ctx, OTHER, "Trường THCS Khác", parent="phong")
    known_schools.set_school(ctx, SCHOOL, parent="phong")  # machines go from one school to the other
    for role in ROLE_OF.values():
        if role != "deputy":
            people.add_user(ctx, f"{role}-{OTHER}", role, OTHER, PASSWORD)
    for name, more in (("ban-1", {}), ("cu", {}), ("phieu", {"single_use": True})):
        points.add(ctx, name, SCHOOL, label=name, **more)  # type: ignore[arg-type]
    points.retire(ctx, "cu")
    slip = slips.make_slips(ctx, points.find(reading(ctx), "phieu"))[0]
    registry.add_device(ctx, "kiosk-2", SCHOOL, "kiosk", "Kiosk sảnh")
    code = claims.make(ctx, "kiosk-2").code
    now = ctx.now()
    Feeder(ctx, "kiosk-1").rate(5, 4, 2, at=now - 3_600_000)
    review(ctx)
    (event,) = ctx.store.connection.execute("SELECT MAX(event) FROM answers").fetchone()
    request = requests.take_down(ctx, desk.actor(LOGIN), "correct", cases.working, "Sửa tên")
    deletion = requests.take_down(ctx, desk.actor(LOGIN), "delete", cases.fresh, "Xin xóa")
    for school, by in ((SCHOOL, LOGIN), (OTHER, f"{LOGIN}-{OTHER}")):
        calendars.set_day(ctx, school, date(2026, 6, 1), worked=False, name="Nghỉ", by=by)
    template = templates.save(ctx, SCHOOL, None, name="Mẫu riêng", body="Kính gửi quý vị.", by=LOGIN)
    desk.do(LOGIN, cases.fresh, "summary", summary="Việc ở lớp")
    label = {"may": "kiosk-1", "ngay": "28/05/2026", "luot": str(event), "nhan": "test", "ly-do": ""}
    return School(desk, cases, request, deletion, template, slip, code, label)


def _act(s: School, ref: str, action: str, may: str, acts: str = "", /, **fields: object) -> list[Row]:
    """An action as a page and as a form; `acts`: who may send it, where that takes the key besides."""
    (version,) = s.desk.ctx.store.connection.execute(
        "SELECT version FROM cases WHERE school = ? AND year || '-' || number = ?", (SCHOOL, ref)
    ).fetchone()
    path = f"/phan-anh/{ref}/{action}"
    sent = {"version": str(version), "sure": "1"} | fields
    return [
        Row("cases.action_page", "GET", path, may),
        Row("cases.act", "POST", path, acts or may, fields=sent),
    ]


def table(s: School) -> list[Row]:
    """Who may ask for what."""
    c = s.cases
    calendar_makers, readers = "DdPR", "DdPOo"
    return [
        # What everybody may open
        *(Row(each[0], each[1], each[2], public=True, fields=each[3], done=each[4]) for each in (
            ("login.form", "GET", "/dang-nhap", {}, (200, 303)),
            ("login.enter", "POST", "/dang-nhap", {"login": "khong-co", "password": "x"}, (422,)),
            ("follow.form", "GET", "/tra-cuu", {}, (200,)),
            ("follow.clear", "GET", "/tra-cuu/xoa", {}, (200,)),
            ("follow.look", "POST", "/tra-cuu", {"switch": "code-form"}, (200,)),
            ("phone.survey", "GET", "/q/ban-1", {}, (200,)),
            ("phone.survey", "GET", f"/q/phieu/{s.slip}", {}, (200,)),
            ("phone.answer", "POST", "/q/ban-1", {"switch": "1"}, (200,)),
            ("phone.answer", "POST", f"/q/phieu/{s.slip}", {"switch": "1"}, (200,)),
            ("phone.letter", "GET", "/q/ban-1/gop-y", {}, (200,)),
            ("phone.write", "POST", "/q/ban-1/gop-y", {"switch": "1"}, (200,)),
            ("health.healthz", "GET", "/healthz", {}, (200,)),
            ("health.metrics", "GET", "/metrics", {}, (200,)),
            ("static", "GET", "/static/app.css", {}, (200,)),
            ("api.openapi", "GET", "/api/1/openapi.json", {}, (200,)),
            ("enrolment.enrol", "POST", "/api/1/enrol", {"x": "y"}, (400,)),
        )),
        Row("api.school_rates", "GET", f"/api/1/schools/{SCHOOL}/rates?from=2026-05-01&to=2026-05-28"),
        # One's own session and account
        Row("pages.overview_page", "GET", "/", ALL, ALL_THERE),
        Row("pages.overview_news", "GET", "/tong-quan/moi", ALL, ALL_THERE),
        Row("pages.data_page", "GET", "/so-lieu", ALL, ALL_THERE),
        Row("settings.settings_page", "GET", "/cai-dat", ALL, ALL_THERE),
        Row("account.account_page", "GET", "/tai-khoan", ALL, ALL_THERE),
        Row("account.change", "POST", "/tai-khoan", ALL, ALL_THERE,
            {"old": PASSWORD, "new": NEW, "again": NEW}),
        Row("account.end", "POST", "/tai-khoan/phien", ALL, ALL_THERE),
        Row("login.leave", "POST", "/dang-xuat", ALL, ALL_THERE),
        Row("unlocking.form", "GET", "/mo-khoa", readers, "dpo"),
        Row("unlocking.enter", "POST", "/mo-khoa", "DPO", fields={"passphrase": PASSPHRASE}),
        Row("unlocking.shut", "POST", "/dong-khoa", ALL, ALL_THERE),
        Row("server_clock.confirm", "POST", "/dong-ho", "DdPT", "dpt", {"dang-chi": "0 0"}),
        # Reports, calendar, misuse
        Row("reports.reports_page", "GET", "/bao-cao", ALL, ALL_THERE),
        Row("reports.document", "GET", "/bao-cao/2026-H1.docx", ALL, ALL_THERE),
        Row("calendar.calendar_page", "GET", "/lich", ALL, ALL_THERE),
        Row("calendar.add", "POST", "/lich/them", calendar_makers, "dpr",
            {"ngay": "01/06/2026", "ten": "Nghỉ", "loai": "nghi"}),
        Row("calendar.clear", "POST", "/lich/bo", calendar_makers, "dpr", {"ngay": "01/06/2026"}),
        Row("misuse.misuse_page", "GET", "/khong-tinh", ALL, ALL_THERE),
        Row("misuse.set_hours", "POST", "/khong-tinh/gio", "DdPT", "dpt", {"mo": "06:45", "dong": "17:15"}),
        Row("misuse.single_answers", "GET", "/khong-tinh/luot?may=kiosk-1&ngay=28/05/2026", ALL),
        Row("misuse.label", "POST", "/khong-tinh/luot?may=kiosk-1&ngay=28/05/2026", LEAD, fields=s.label),
        # Machines
        Row("devices.devices_page", "GET", "/thiet-bi", ALL, ALL_THERE),
        Row("devices.device_page", "GET", "/thiet-bi/kiosk-1", ALL),
        Row("devices.new_page", "GET", "/thiet-bi/moi", "DdPT", "dpt"),
        Row("devices.add", "POST", "/thiet-bi/moi", "DdPT", "dpt",
            {"id": "kiosk-3", "kind": "kiosk", "label": "x"}),
        Row("devices.change", "POST", "/thiet-bi/kiosk-1/cai-dat", "DdPT",
            fields={"languages": "vi", "first": "vi", "brightness": "50", "volume": "10"}),
        Row("devices.move_page", "GET", "/thiet-bi/kiosk-1/chuyen", LEAD),
        Row("devices.hand_over", "POST", "/thiet-bi/kiosk-1/chuyen", LEAD, fields={"school": OTHER}),
        Row("devices.make_code", "POST", "/thiet-bi/kiosk-1/ma", "DdPT"),
        Row("devices.enrol_file", "POST", "/thiet-bi/kiosk-2/ma/tep", "DdPT", fields={"code": s.code}),
        Row("devices.withdraw", "POST", "/thiet-bi/kiosk-2/ma/thu-hoi", "DdPT"),
        Row("devices.rename_page", "GET", "/thiet-bi/kiosk-1/ten", "DdPT"),
        Row("devices.rename", "POST", "/thiet-bi/kiosk-1/ten", "DdPT", fields={"label": "Quầy 2"}),
        Row("devices.retire_page", "GET", "/thiet-bi/kiosk-1/ngung", "DdPT"),
        Row("devices.retire", "POST", "/thiet-bi/kiosk-1/ngung", "DdPT"),
        # Points of the phone survey
        Row("points.points_page", "GET", "/diem-khao-sat", ALL, ALL_THERE),
        Row("points.add", "POST", "/diem-khao-sat", "DdPRT", "dprt",
            {"label": "Bàn 9", "place": "desk", "audience": "phu-huynh"}),
        Row("points.point_page", "GET", "/diem-khao-sat/ban-1", ALL),
        Row("points.change_page", "GET", "/diem-khao-sat/ban-1/sua", "DdPT"),
        Row("points.change", "POST", "/diem-khao-sat/ban-1/sua", "DdPT",
            fields={"label": "Bàn 8", "place": "desk", "audience": "phu-huynh"}),
        Row("points.retire_page", "GET", "/diem-khao-sat/ban-1/ngung", "DdPT"),
        Row("points.retire", "POST", "/diem-khao-sat/ban-1/ngung", "DdPT"),
        Row("points.bring_back", "POST", "/diem-khao-sat/cu/dung-lai", "DdPT"),
        Row("points.poster", "GET", "/diem-khao-sat/ban-1/to-dan/a5.docx", "DdPRT"),
        Row("points.print_slips", "POST", "/diem-khao-sat/phieu/phieu", "DdPRT",
            fields={"sheets": "1", "ending": "docx"}),
        # Complaints: the queue, a case, each action
        Row("cases.queue_page", "GET", "/phan-anh", "DdPOoRS", "dpors"),
        Row("cases.search", "POST", "/phan-anh", "DdPOoRS", "dpors", {"q": "x"}),
        Row("cases.case_page", "GET", f"/phan-anh/{c.working}", "DdPOoRS"),
        Row("cases.case_page", "GET", f"/phan-anh/{c.to_cao}", "DP"),
        Row("cases.case_page", "GET", f"/phan-anh/{c.against}", "D"),
        *_act(s, c.fresh, "receive", "DdPR"),
        *_act(s, c.fresh, "classify", KEYED, kind="pakn", summary="Việc ở lớp"),
        *_act(s, c.nasty, "accept", KEYED),
        *_act(s, c.working, "assign", LEAD, assignee=OTHER_OFFICER),
        *_act(s, c.late, "start", "DPO"),
        *_act(s, c.working, "answer", "DPO", text="Đã xong."),
        *_act(s, c.answered, "correct", "DPO", text="Xin đính chính."),
        *_act(s, c.working, "ask", "DPO", text="Quý vị cho biết thêm?"),
        *_act(s, c.khieu_nai, "extend", KEYED, variant="complex", reason="complex"),
        *_act(s, c.working, "forward", KEYED, body="UBND phường", mode="transfer", reason="superior"),
        *_act(s, c.working, "return", KEYED, text="Xin gọi bưu điện."),
        *_act(s, c.working, "petition", KEYED, kind="khieu_nai", number="9/ĐKN", date="20/05/2026"),
        *_act(s, c.answered, "close", "DPO", reason="resolved"),
        *_act(s, c.closed, "reopen", LEAD, reason="mistake"),
        *_act(s, c.working, "note", "DPO", text="Đã gọi điện."),
        *_act(s, c.working, "summary", "DPO", summary="Hồ sơ chậm"),
        *_act(s, c.to_cao, "note", "DP", text="Đã xác minh."),
        *_act(s, c.fresh, "against", "DO"),
        *_act(s, c.against, "not_against", "D", text="Ghi nhầm."),
        Row("registers.reply_slip", "GET", f"/phan-anh/{c.answered}/phieu-tra-loi.docx", "DPO"),
        # Templates, the book, requests about data
        Row("templates.templates_page", "GET", "/mau-tra-loi", readers, "dpo"),
        Row("templates.new_page", "GET", "/mau-tra-loi/them", readers, "dpo"),
        Row("templates.add", "POST", "/mau-tra-loi/them", readers, "dpo",
            {"name": "Khác", "body": "Kính gửi."}),
        Row("templates.edit_page", "GET", f"/mau-tra-loi/{s.template}", readers),
        Row("templates.edit", "POST", f"/mau-tra-loi/{s.template}", readers,
            fields={"name": "Khác", "body": "X."}),
        Row("templates.delete_page", "GET", f"/mau-tra-loi/{s.template}/xoa", readers),
        Row("templates.delete", "POST", f"/mau-tra-loi/{s.template}/xoa", readers),
        Row("registers.book_page", "GET", "/so-tiep-cong-dan", "DdPR", "dpr"),
        Row("registers.walk_in_page", "GET", "/so-tiep-cong-dan/moi", "DdPR", "dpr"),
        Row("registers.walk_in", "POST", "/so-tiep-cong-dan/moi", "DdPR",
            fields={"day": "2026-05-28", "text": "Đến hỏi hồ sơ.", "people": "1", "within": "1", "opens": "1",
                    "about": "tre-hen"}),
        Row("registers.book_file", "GET", "/so-tiep-cong-dan/2026.xlsx", "DdPR", "dpr"),
        Row("registers.receptions_file", "GET", "/tiep-cong-dan/2026.xlsx", "DdPR", "dpr"),
        Row("registers.petitions_file", "GET", "/xu-ly-don/2026.xlsx", "DdPR", "dpr"),
        Row("privacy.privacy_page", "GET", "/rieng-tu", "DdPR", "dpr"),
        Row("privacy.take_down_page", "GET", "/rieng-tu/moi", "DdPR", "dpr"),
        Row("privacy.take_down", "POST", "/rieng-tu/moi", "DdPR",
            fields={"kind": "see", "ref": c.working, "details": "Cho xem."}),
        Row("privacy.request_page", "GET", f"/rieng-tu/{s.request}", "DdPR"),
        Row("privacy.answer", "POST", f"/rieng-tu/{s.request}", LEAD, fields={"outcome": "done"}),
        Row("privacy.erase", "POST", f"/rieng-tu/{s.deletion}/xoa", KEYED,
            fields={"second": OFFICER, "second-password": PASSWORD}),
        # Keys
        Row("keys.keys_page", "GET", "/khoa", readers, "dpo"),
        Row("keys.room_page", "GET", "/khoa/phan-anh/ban-luu", "DP"),
        Row("keys.room_step", "POST", "/khoa/phan-anh/ban-luu", "DP", fields={"own": PASSPHRASE}),
        Row("keys.restore_page", "GET", "/khoa/khoi-phuc", LEAD, LEAD_THERE),
        Row("keys.restore", "POST", "/khoa/khoi-phuc", LEAD, LEAD_THERE,
            {"sheet": "x", "code": "x", "passphrase": NEW, "again": NEW}, done=(400, 422)),
        Row("keys.passphrase_page", "GET", "/khoa/mat-khau", readers, "dpo"),
        Row("keys.passphrase", "POST", "/khoa/mat-khau", "DPO",
            fields={"own": PASSPHRASE, "passphrase": NEW, "again": NEW}),
    ]  # fmt: skip
