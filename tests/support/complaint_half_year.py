"""A school with half a year of answers and complaints, for tests of what is reported of them."""

from pathlib import Path

from server.services.devices import registry
from tests.support.complaint_school import SCHOOL, ComplaintSchool
from tests.support.report_school import a_half_year


def complaint_half_year(data: Path) -> ComplaintSchool:
    """It is 29 May 2026 there."""
    school = ComplaintSchool(data)
    for device, kind in (("kiosk-2", "kiosk"), ("nut-1", "button"), ("qr-1", "qr")):
        registry.add_device(school.ctx, device, SCHOOL, kind, device)
    a_half_year(school.ctx)
    fill(school)
    school.go("2026-05-29")
    return school


def fill(school: ComplaintSchool) -> None:
    """Half a year: six answered (one late, one to no satisfaction), others ended, open and overdue."""
    for number, (sent, answered) in enumerate(
        (
            ("2026-01-06", "2026-01-09"), ("2026-01-07", "2026-01-20"), ("2026-02-02", "2026-02-06"),
            ("2026-02-03", "2026-03-20"), ("2026-03-02", "2026-03-06"), ("2026-03-03", "2026-03-09"),
        ),
        start=1,
    ):  # fmt: skip
        case = school.send(sent, f"Chờ lâu lần {number}", name="Lê Văn Sáu")
        school.act(sent, case, "classify", kind="pakn", summary=f"Thời gian chờ, việc {number}")
        school.act(sent, case, "assign", assignee="can.bo")
        school.act(answered, case, "answer", by="can.bo", text="Nhà trường xin lỗi")
    dissatisfied = "UPDATE cases SET satisfied = 0 WHERE number = 5"
    school.ctx.store.connection.execute(dissatisfied)
    guided = school.visit("2026-02-10", "Việc hộ khẩu", name="Trần Thị Bảy", people=6)
    school.act("2026-02-11", guided, "return", text="Xin gửi đến phường")
    complained = school.visit("2026-04-01", "Không đồng ý xếp lớp", name="Vũ Tám", by_principal=True)
    school.act("2026-04-02", complained, "petition", kind="khieu_nai", number="01", date="2026-04-02")
    school.act("2026-05-20", complained, "accept")
    school.send("2026-04-06", "Phòng học nóng", about=("viec-khac",))
    school.send("2026-05-25", "Phòng học nóng lắm", about=("viec-khac",))
    school.send("2026-05-26", "Cảm ơn cô", about=("khen-ngoi",))
