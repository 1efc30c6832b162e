"""The registers of a school with real cases: who sees what in them, and what was read is on record."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from server.domain.cases.casework import spelled
from server.domain.figures.periods import parse_period
from server.domain.problems import Problem
from server.domain.registers.petition_counts import check, count_petitions
from server.reports.registers.register_words import book_cells
from server.reports.registers.registers_xlsx import book_xlsx, petitions_xlsx, receptions_xlsx
from server.services.cases import actions
from server.services.privacy.erasure import Word, erase_case
from server.services.registers import books
from server.services.registers.books import Asked
from server.services.registers.case_histories import for_everybody, known_cases
from server.services.registers.facts import Book
from tests.support.complaint_school import ComplaintSchool
from tests.support.reading import reading

H1, H2 = Asked(parse_period("2026-H1")), Asked(parse_period("2026-H2"))


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComplaintSchool]:
    """A year of complaints, with every way that a case can go."""
    school = ComplaintSchool(tmp_path_factory.mktemp("data"))
    answered = school.send("2026-01-06", "Chờ ba tiếng mới được gọi", name="Lê Văn Sáu")
    school.act("2026-01-07", answered, "classify", kind="pakn", summary="Thời gian chờ tại quầy")
    school.act("2026-01-07", answered, "assign", assignee="can.bo")
    school.act("2026-01-09", answered, "answer", by="can.bo", text="Nhà trường xin lỗi")
    dropped = school.send("2026-01-12", "abc abc")
    school.act("2026-01-13", dropped, "close", reason="not_eligible")
    guided = school.visit(
        "2026-02-03", "Khiếu nại hộ khẩu", name="Trần Thị Bảy", address="Tổ 5", id_number="001099000001",
        people=6, guidance="Đến UBND phường", within=False, note="=HYPERLINK(\"http://x\")",
    )  # fmt: skip
    school.act("2026-02-04", guided, "return", text="Xin gửi UBND phường")
    complained = school.visit("2026-03-02", "Không đồng ý xếp lớp", name="Vũ Tám", by_principal=True)
    school.act("2026-03-03", complained, "classify", kind="pakn", summary="=2+3 Xếp lớp 6A")
    school.act("2026-03-04", complained, "petition", kind="khieu_nai", number="01", date="2026-03-04")
    school.act("2026-03-05", complained, "accept")
    accused = school.send("2026-03-10", "Hiệu trưởng thu tiền sai", name="Đỗ Chín")
    school.act(
        "2026-03-11",
        accused,
        "petition",
        kind="to_cao",
        number="02",
        date="2026-03-11",
        against_principal="1",
    )
    school.send("2026-06-20", "Cảm ơn cô", about=("khen-ngoi",))
    school.send("2026-06-22", "Phòng học nóng")
    school.visit("2026-06-23", "Hỏi đường", name="", opens=False)
    school.go("2026-07-01")
    yield school
    school.ctx.store.close()


def counted(school: ComplaintSchool, login: str, asked: Asked) -> dict[str, int]:
    row = books.petitions(reading(school.ctx), school.actor(login), asked).row
    return {name: n for name, n in row._asdict().items() if n}


OPEN_ROOM = {
    "total": 5, "received": 5, "processed": 4, "unprocessed": 1, "eligible": 3, "matters": 3,
    "complaints": 1, "reflections": 2, "settled_once": 1, "unsettled": 2, "within": 2,
    "within_complaints": 1, "within_reflections": 1, "outside": 1, "guided": 1,
}  # fmt: skip


def test_the_sheet_counts_what_its_reader_may_know_of(school: ComplaintSchool) -> None:
    for login in ("hieu.pho", "hieu.truong", "le.tan"):
        assert counted(school, login, H1) == OPEN_ROOM
    with_room = counted(school, "hieu.pho", H1._replace(sealed_room=True))
    assert with_room == OPEN_ROOM | {"total": 6, "received": 6, "unprocessed": 2}
    # Without the room's key the wish changes nothing, not even what the sheet says of itself.
    for login in ("hieu.truong", "le.tan"):
        sheet = books.petitions(reading(school.ctx), school.actor(login), H1._replace(sealed_room=True))
        assert not sheet.head.sealed_room
        assert counted(school, login, H1._replace(sealed_room=True)) == OPEN_ROOM


def test_the_next_period_begins_with_what_was_left(school: ComplaintSchool) -> None:
    assert counted(school, "hieu.pho", H2) == {"total": 1, "carried_over": 1, "unprocessed": 1}
    assert books.petitions(reading(school.ctx), school.actor("hieu.pho"), H1).thanks == 1


def test_the_statutory_cut_counts_other_days(school: ComplaintSchool) -> None:
    sheet = books.petitions(reading(school.ctx), school.actor("hieu.pho"), H1._replace(cut="statutory"))
    assert (sheet.head.shown.start, sheet.head.shown.end) == (date(2025, 12, 15), date(2026, 6, 14))
    assert (sheet.row.received, sheet.thanks) == (4, 0)


def test_receptions_are_those_in_person(school: ComplaintSchool) -> None:
    row = books.received(reading(school.ctx), school.actor("le.tan"), H1).row
    assert (row.visits, row.people, row.matters) == (3, 8, 3)
    assert (row.ordinary_groups, row.ordinary_group_people) == (1, 6)
    assert (row.principal_days, row.principal_visits, row.principal_first) == (1, 1, 1)


def cells(book: Book) -> list[tuple[str, ...]]:
    return [book_cells(number, row) for number, row in enumerate(book.rows, start=1)]


def test_the_book_shows_nothing_sealed_without_keys(school: ComplaintSchool) -> None:
    before = school.readings()
    book = books.book(school.ctx, school.actor("hieu.pho"), H1)
    rows = cells(book)
    assert [row[1] for row in rows] == [
        "06/01/2026", "12/01/2026", "03/02/2026", "02/3/2026", "20/6/2026", "22/6/2026", "23/6/2026",
    ]  # fmt: skip
    assert rows[0][2:6] == ("(đã niêm phong)", "", "Thời gian chờ tại quầy", "Kiến nghị, phản ánh")
    assert rows[0][11] == "Đã trả lời ngày 09/01/2026"
    assert rows[1][4] == "(đã niêm phong)"
    assert rows[1][11] == "Kết thúc ngày 13/01/2026: không đủ điều kiện xử lý"
    assert rows[2][2:4] == ("(đã niêm phong)", "(đã niêm phong)")
    assert rows[2][6:10] == ("6", "", "Không", "Đến UBND phường")
    assert rows[2][11] == "Đã hướng dẫn, trả lại ngày 04/02/2026"
    assert rows[2][12] == 'Hồ sơ 3/2026; =HYPERLINK("http://x")'
    assert rows[3][5] == "Khiếu nại"
    assert rows[3][11].startswith("Đã thụ lý ngày 05/3/2026; hạn ")
    assert rows[3][12] == "Hồ sơ 4/2026; Hiệu trưởng tiếp"
    assert rows[6][11] == "Đã tiếp, không lập hồ sơ"
    said = " ".join(" ".join(row) for row in rows)
    for secret in ("Lê Văn Sáu", "Trần Thị Bảy", "Vũ Tám", "Đỗ Chín", "001099000001", "ba tiếng", "thu tiền"):
        assert secret not in said
    assert school.readings() == before


def test_with_keys_the_book_is_open_and_each_reading_on_record(school: ComplaintSchool) -> None:
    before = school.readings()
    deputy = school.actor("hieu.pho")
    rows = cells(books.book(school.ctx, deputy, H1, school.open_keys("hieu.pho")))
    assert rows[0][2] == "Lê Văn Sáu, 0900 000 000"
    assert rows[1][2:5] == ("Không ghi tên", "", "abc abc")
    assert rows[2][2:5] == ("Trần Thị Bảy, Tổ 5", "001099000001", "Khiếu nại hộ khẩu")
    assert rows[6][2:5] == ("Không ghi tên", "", "Hỏi đường")
    assert "Đỗ Chín" not in str(rows)
    assert school.readings()[len(before) :] == [("hieu.pho", "register")] * 7
    # The other's keys open nothing, and neither does a role that reads no texts.
    for login, keys in (("hieu.truong", "hieu.pho"), ("le.tan", "hieu.pho")):
        closed = cells(books.book(school.ctx, school.actor(login), H1, school.open_keys(keys)))
        assert "Lê Văn Sáu" not in str(closed)
    whole = cells(books.book(school.ctx, deputy, H1._replace(sealed_room=True), school.open_keys("hieu.pho")))
    assert "Đỗ Chín, 0900 000 000" in str(whole)


def test_a_custom_period_has_no_statutory_cut(school: ComplaintSchool) -> None:
    with pytest.raises(Problem, match="no statutory cut"):
        books.petitions(
            reading(school.ctx),
            school.actor("le.tan"),
            Asked(parse_period("2026-01-01..2026-02-01"), "statutory"),
        )


# ---- read back from the files


def read(content: bytes) -> Worksheet:
    [sheet] = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return sheet


def row_of(sheet: Worksheet, beginning: str) -> int:
    [found] = [row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == beginning]
    return found


def test_the_book_as_a_file(school: ComplaintSchool) -> None:
    content = book_xlsx(books.book(school.ctx, school.actor("hieu.pho"), H1))
    sheet = read(content)
    top = row_of(sheet, "STT")
    assert [sheet.cell(top, column).value for column in range(1, 14)] == [
        "STT", "Ngày tiếp", "Họ tên, địa chỉ", "Số CCCD", "Nội dung vụ việc", "Loại đơn", "Số người",
        "Cơ quan đã giải quyết", "Thuộc thẩm quyền", "Hướng dẫn", "Cơ quan thụ lý", "Theo dõi kết quả",
        "Ghi chú",
    ]  # fmt: skip
    assert sheet.page_setup.orientation == "landscape" and int(sheet.page_setup.paperSize) == 9
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == f"${top}:${top + 1}"
    said = {str(cell.value) for row in sheet for cell in row if cell.value is not None}
    assert {"TRƯỜNG THCS MẪU", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SỔ TIẾP CÔNG DÂN"} <= said
    assert any("tố cáo (nếu có)" in text for text in said)
    assert {cell.font.name for row in sheet for cell in row if cell.value} == {"Times New Roman"}
    # What begins like a formula is a text, and stays one when somebody edits it in Excel.
    dangerous = sheet.cell(top + 5, 5)
    assert (dangerous.value, dangerous.data_type, dangerous.quotePrefix) == ("=2+3 Xếp lớp 6A", "s", True)
    with ZipFile(io.BytesIO(content)) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")
        assert b"hyperlink" not in package.read("xl/worksheets/sheet1.xml").lower()


def test_the_sheets_as_files(school: ComplaintSchool) -> None:
    deputy = school.actor("hieu.pho")
    petitions = books.petitions(reading(school.ctx), deputy, H1)
    sheet = read(petitions_xlsx(petitions))
    at = row_of(sheet, "Trường THCS Mẫu")
    assert [sheet.cell(at, column).value for column in range(2, 23)] == list(petitions.row)
    assert [str(sheet.cell(at - 1, column).value).split("\n")[0] for column in range(2, 23)] == [
        str(number) for number in range(1, 22)
    ]
    checks = [str(cell.value) for cell in sheet[row_of(sheet, "Kiểm tra phép cộng")] if cell.value][1:]
    assert (
        len(checks) == 7 and checks[0] == f'=IF(B{at}=C{at}+D{at},"1 = 2 + 3: khớp","1 = 2 + 3: KHÔNG KHỚP")'
    )
    received = books.received(reading(school.ctx), deputy, H1)
    other = read(receptions_xlsx(received))
    at = row_of(other, "Trường THCS Mẫu")
    assert [other.cell(at, column).value for column in range(2, 22)] == list(received.row)


def test_a_copy_with_the_sealed_room_says_whom_it_is_for(school: ComplaintSchool) -> None:
    whole = books.petitions(reading(school.ctx), school.actor("hieu.pho"), H1._replace(sealed_room=True))
    text = str([[cell.value for cell in row] for row in read(petitions_xlsx(whole))])
    assert text.count("BẢN CÓ SỐ LIỆU TỐ CÁO") == 2 and "Không gồm đơn" not in text


def test_the_same_facts_give_the_same_bytes(school: ComplaintSchool) -> None:
    deputy = school.actor("hieu.pho")
    made = [petitions_xlsx(books.petitions(reading(school.ctx), deputy, H1)) for _ in range(2)]
    assert made[0] == made[1]


def test_a_school_without_any_case_has_empty_registers(tmp_path: Path) -> None:
    empty = ComplaintSchool(tmp_path)
    empty.go("2026-03-03")
    deputy = empty.actor("hieu.pho")
    sheet = read(book_xlsx(books.book(empty.ctx, deputy, H1)))
    assert "Trong kỳ không có lượt tiếp và không có hồ sơ nào." in str([[c.value for c in r] for r in sheet])
    assert sum(books.petitions(reading(empty.ctx), deputy, H1).row) == 0
    empty.ctx.store.close()


def test_what_was_erased_leaves_its_line_and_its_place_in_the_counts(tmp_path: Path) -> None:
    school = ComplaintSchool(tmp_path)
    sent = school.send("2026-01-06", "Chờ lâu", name="Lê Văn Sáu")
    came = school.visit("2026-01-07", "Khiếu nại hộ khẩu", name="Trần Thị Bảy", id_number="001099000001")
    school.act("2026-01-08", came, "return", text="Xin gửi đến phường")
    kept = school.send("2026-01-09", "Phòng nóng")
    school.go("2026-02-02")
    deputy = school.actor("hieu.pho")
    before = books.petitions(reading(school.ctx), deputy, H1).row
    for ref, why in ((sent, "asked"), (came, "retention")):
        n = actions.find(reading(school.ctx), deputy, ref, date(2026, 2, 2)).n
        erase_case(school.ctx, "hieu.pho", n, Word(why))
    after = books.petitions(reading(school.ctx), deputy, H1).row
    # Asked for while it was new, the one ends as withdrawn; the other counts as it did.
    assert after == before._replace(processed=before.processed + 1, unprocessed=before.unprocessed - 1)
    assert after.guided == 1
    rows = cells(books.book(school.ctx, deputy, H1, school.open_keys("hieu.pho")))
    assert rows[0][2:5] == ("(đã xóa theo yêu cầu)",) * 3
    assert rows[1][2:5] == ("(đã xóa, hết thời hạn lưu)",) * 3
    assert rows[2][4] == "Phòng nóng" and rows[2][12].startswith(f"Hồ sơ {spelled(kept)}")
    school.ctx.store.close()


def test_cases_that_go_any_way_balance_from_quarter_to_quarter(tmp_path: Path) -> None:
    """Through the real services: whatever the leaders do next, by the table, in any order."""
    school, chance = ComplaintSchool(tmp_path), Random(20_261_121)
    fields = {
        "classify": {"kind": "pakn", "summary": "Việc"}, "assign": {"assignee": "can.bo"},
        "answer": {"text": "Trả lời"}, "return": {"text": "Hướng dẫn"}, "reopen": {"reason": "sender"},
        "forward": {"body": "UBND phường", "mode": "urge", "reason": "not_competent"},
        "close": {"reason": "withdrawn"}, "accept": {}, "start": {}, "receive": {},
    }  # fmt: skip
    day = date(2026, 1, 5)
    refs: list[str] = []
    for _ in range(60):
        day += timedelta(days=chance.randrange(1, 9))
        if len(refs) < 12:
            refs.append(school.send(day.isoformat(), "Chờ lâu"))
        ref = chance.choice(refs)
        offered = actions.find(reading(school.ctx), school.actor("hieu.pho"), ref, day).moves
        action = chance.choice([each for each in offered if each in fields])
        extra = {"number": "1", "date": day.isoformat(), "kind": "khieu_nai"}
        if action == "start" and "petition" in offered and chance.random() < 0.3:
            school.act(day.isoformat(), ref, "petition", **extra)
        else:
            school.act(day.isoformat(), ref, action, **fields[action])
    deputy = school.actor("hieu.pho")
    carried = total = 0
    whole = known_cases(reading(school.ctx), school.actor("hieu.pho").school, for_everybody, date(2026, 1, 1))
    for period in ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"):
        asked = parse_period(period)
        row = books.petitions(reading(school.ctx), deputy, Asked(asked)).row
        assert check(row) == []
        # What ended before a period is not even read for it, and would count nowhere in it.
        assert row == count_petitions([case.history for case in whole], asked.start, asked.end)
        assert row.carried_over == carried
        carried, total = row.unprocessed, total + row.received
    year = books.petitions(reading(school.ctx), deputy, Asked(parse_period("2026"))).row
    assert (total, carried) == (len(refs), year.unprocessed)
    assert year.processed > 3 and year.outside
    school.ctx.store.close()
