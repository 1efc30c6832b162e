"""Who may call the registers' pages and files, and what phiếu trả lời opens: without a browser."""

import io
import re
from collections.abc import Iterator
from datetime import date

import docx
import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.reports.cases.reply_slip import body_lines, reply_slip_docx
from server.services import schools
from server.services.cases import templates
from server.services.cases.reply_slips import ReplySlip
from server.wiring.pages import create_app
from tests.support.complaint_school import PASSPHRASE, PASSWORD, PEOPLE, ComplaintSchool
from tests.support.pages import csrf
from tests.support.reading import reading

PATHS = (
    "/so-tiep-cong-dan",
    "/so-tiep-cong-dan/moi",
    "/so-tiep-cong-dan/2026-H1.xlsx",
    "/xu-ly-don/2026-H1.xlsx",
    "/tiep-cong-dan/2026-H1.xlsx?ngay=statutory",
)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComplaintSchool]:
    school = ComplaintSchool(tmp_path_factory.mktemp("data"))
    answered = school.send("2026-01-06", "Chờ ba tiếng", name="Lê Văn Sáu")
    school.act("2026-01-07", answered, "classify", kind="pakn", summary="Thời gian chờ")
    school.act("2026-01-07", answered, "assign", assignee="can.bo")
    school.act("2026-01-09", answered, "answer", by="can.bo", text="Nhà trường xin lỗi.\nĐã thêm người trực.")
    school.send("2026-01-12", "Phòng nóng")
    guided = school.visit("2026-02-03", "Việc hộ khẩu")
    school.act("2026-02-04", guided, "return", text="Xin gửi đến phường.")
    school.go("2026-06-24")
    yield school
    school.ctx.store.close()


@pytest.fixture(scope="module")
def app(school: ComplaintSchool) -> Flask:
    return create_app(school.ctx)


def signed_in(app: Flask, login: str, unlocked: bool = False) -> FlaskClient:
    client = app.test_client()
    token = csrf(client.get("/dang-nhap").text)
    data = {"login": login, "password": PASSWORD, "csrf_token": token}
    assert client.post("/dang-nhap", data=data).status_code == 303
    if unlocked:
        token = csrf(client.get("/mo-khoa").text)
        opened = client.post("/mo-khoa", data={"passphrase": PASSPHRASE, "csrf_token": token})
        assert opened.status_code == 303, opened.text
    return client


@pytest.mark.parametrize("login", PEOPLE)
def test_reception_and_leaders_alone_have_the_book(app: Flask, login: str) -> None:
    client = signed_in(app, login)
    may = PEOPLE[login] in ("principal", "deputy", "reception")
    for path in PATHS:
        answer = client.get(path)
        assert answer.status_code == (200 if may else 403), path
        if not may:
            assert "không được xem trang này" in answer.text


def test_strangers_are_led_to_the_login(app: Flask) -> None:
    for path in (*PATHS, "/phan-anh/2026-1/phieu-tra-loi.docx"):
        answer = app.test_client().get(path)
        assert answer.status_code == 303 and "/dang-nhap" in answer.headers["Location"]


def test_files_are_what_they_say(app: Flask) -> None:
    client = signed_in(app, "le.tan")
    answer = client.get("/xu-ly-don/2026-H1.xlsx?ngay=statutory&phong=1")
    assert 'filename="xu-ly-don-2026-H1-thong-ke.xlsx"' in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    [sheet] = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets
    said = str([[cell.value for cell in row] for row in sheet])
    assert "15/12/2025" in said and "Không gồm đơn" in said
    assert client.get("/xu-ly-don/2026-H1.xlsx?ngay=khac").status_code == 422
    assert "2026-01-01..2026-05-28" in client.get("/so-tiep-cong-dan?ky=2026-H7").text


def test_a_copy_with_the_room_says_so_in_its_name(app: Flask) -> None:
    answer = signed_in(app, "hieu.pho").get("/xu-ly-don/2026-H1.xlsx?phong=1")
    assert 'filename="xu-ly-don-2026-H1-co-to-cao.xlsx"' in answer.headers["Content-Disposition"]


def test_the_open_book_needs_open_keys(app: Flask, school: ComplaintSchool) -> None:
    locked = signed_in(app, "hieu.pho")
    for path in ("/so-tiep-cong-dan?mo=1", "/so-tiep-cong-dan/2026-H1.xlsx?mo=1"):
        answer = locked.get(path)
        assert answer.status_code == 303 and "/mo-khoa" in answer.headers["Location"]
    before = len(school.readings())
    # The reception holds no key: asking changes nothing.
    assert "Lê Văn Sáu" not in signed_in(app, "le.tan").get("/so-tiep-cong-dan?mo=1").text
    assert len(school.readings()) == before
    opened = signed_in(app, "hieu.pho", unlocked=True)
    assert "Lê Văn Sáu" not in opened.get("/so-tiep-cong-dan").text
    assert "Lê Văn Sáu" in opened.get("/so-tiep-cong-dan?mo=1").text
    assert len(school.readings()) > before


def test_procedures_stand_in_the_order_of_the_alphabet(app: Flask) -> None:
    page = signed_in(app, "le.tan").get("/so-tiep-cong-dan/moi").text
    listed = re.search(r'<select id="procedure".*?</select>', page, re.DOTALL)
    assert listed
    names = re.findall(r'<option value="[a-z-]+">([^<]+)</option>', listed[0])
    assert [each for each in names if each.startswith("Ch")] == ["Chỉnh sửa văn bằng", "Chuyển trường"]


def test_the_same_form_sent_twice_is_one_visit(app: Flask, school: ComplaintSchool) -> None:
    client = signed_in(app, "le.tan")
    page = client.get("/so-tiep-cong-dan/moi").text
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once
    data = {
        "csrf_token": csrf(page), "once": once[1], "day": "2026-06-24", "people": "1", "text": "Việc lặp",
        "opens": "1", "within": "1",
    }  # fmt: skip
    counted = "SELECT COUNT(*) FROM receptions"
    before = school.ctx.store.connection.execute(counted).fetchone()[0]
    first, second = (client.post("/so-tiep-cong-dan/moi", data=data) for _ in range(2))
    assert first.status_code == 200 and first.headers["Cache-Control"] == "no-store"
    assert "Nhà trường trả lời chậm nhất: <strong>thứ Tư 08/07/2026</strong>" in first.text
    assert second.status_code == 303
    assert school.ctx.store.connection.execute(counted).fetchone()[0] == before + 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("text", "", "Chưa có nội dung"),
        ("text", "x" * 20_000, "4000"),
        ("people", "không", "không dùng được"),
        ("people", "0", "không dùng được"),
        ("day", "2027-01-01", "không muộn hơn hôm nay"),
        ("day", "hôm qua", "không muộn hơn hôm nay"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    app: Flask, field: str, value: str, said: str
) -> None:
    client = signed_in(app, "le.tan")
    page = client.get("/so-tiep-cong-dan/moi").text
    data = {"csrf_token": csrf(page), "day": "2026-06-24", "people": "2", "text": "Chuyện", "name": "Bà Út"}
    answer = client.post("/so-tiep-cong-dan/moi", data=data | {field: value})
    assert answer.status_code == 422
    assert said in answer.text and "Bà Út" in answer.text


def slip_of(client: FlaskClient, ref: str) -> str:
    answer = client.get(f"/phan-anh/{ref}/phieu-tra-loi.docx")
    assert answer.status_code == 200, answer.text
    read = docx.Document(io.BytesIO(answer.data))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*cells, *(each.text for each in read.paragraphs)])
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_slip_carries_the_answer(app: Flask, school: ComplaintSchool) -> None:
    before = len(school.readings())
    text = slip_of(signed_in(app, "can.bo", unlocked=True), "2026-1")
    for words in (
        "PHIẾU TRẢ LỜI", "Phản ánh, kiến nghị số 1/2026", "Số: ……/PTL-THCSM",
        "Phường Mẫu, ngày 24 tháng 6 năm 2026", "Kính gửi: Lê Văn Sáu, người gửi hồ sơ số 1/2026",
        "vào ngày 06/01/2026 (hồ sơ số 1/2026), nội dung: Thời gian chờ.",
        "Nhà trường xin lỗi.\nĐã thêm người trực.", "Nơi nhận:", "- Lưu: VT, hồ sơ số 1/2026.",
        "KT. HIỆU TRƯỞNG", "Nguyễn Thị Mẫu",
    ):  # fmt: skip
        assert words in text
    assert "Chờ ba tiếng" not in text
    assert school.readings()[before:] == [("can.bo", "reply")]


def test_guidance_goes_out_as_such_and_without_a_name(app: Flask) -> None:
    text = slip_of(signed_in(app, "hieu.truong", unlocked=True), "2026-3")
    assert "PHIẾU HƯỚNG DẪN" in text and "Xin gửi đến phường." in text
    assert "Kính gửi: Người gửi hồ sơ số 3/2026" in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Kính gửi quý phụ huynh,\n\nĐã xong.\n\nTrân trọng cảm ơn quý vị.", ["Đã xong."]),
        ("Kính gửi: Ông (bà) Đặng Thị Ánh,\nĐã xong./.\nXin trân trọng cảm ơn!", ["Đã xong."]),
        ("Thưa quý vị, kết quả có ngày 12/02.", ["Kết quả có ngày 12/02."]),
        ("Kính gửi quý vị kết quả kiểm tra.\nCảm ơn quý vị đã góp ý.",
         ["Kính gửi quý vị kết quả kiểm tra.", "Cảm ơn quý vị đã góp ý."]),
        ("Kính gửi kèm theo bản sao.", ["Kính gửi kèm theo bản sao."]),
        ("Trân trọng.", []),
        ("Nhà trường xin cảm ơn.", []),
    ],
)  # fmt: skip
def test_a_slip_greets_and_closes_once(typed: str, said: list[str]) -> None:
    assert body_lines(typed) == said


def test_a_slip_of_any_template_speaks_one_way(school: ComplaintSchool) -> None:
    own, day = schools.school(reading(school.ctx), school.actor("can.bo").school), date(2026, 6, 24)
    for template in templates.templates(reading(school.ctx), own.slug, "vi"):
        text = templates.fill(template.body, {"so": "1/2026", "ngay_nhan": "06/01/2026", "truong": own.name})
        slip = ReplySlip(
            own, "2026-1", "1/2026", "pakn", date(2026, 1, 6), "Chờ lâu", "Lê Văn Sáu", "answer", text, None,
            day,
        )  # fmt: skip
        read = docx.Document(io.BytesIO(reply_slip_docx(slip)))
        words = "\n".join(each.text for each in read.paragraphs).replace("\N{NO-BREAK SPACE}", " ")
        assert words.count("Kính gửi") == 1
        assert words.lower().count("trân trọng") == 1
        assert (words.count("như sau:"), words.count("đã nhận"), words.count("06/01/2026")) == (1, 1, 1)
        assert "ông (bà)" not in words.lower() and "quý phụ huynh" not in words.lower()
        assert "quý vị" in words
        assert "2026-1" not in words


def test_a_correction_takes_the_answers_place_on_the_slip(app: Flask, school: ComplaintSchool) -> None:
    school.do("can.bo", "2026-1", "correct", text="Đã thêm hai người trực.")
    text = slip_of(signed_in(app, "can.bo", unlocked=True), "2026-1")
    assert "PHIẾU TRẢ LỜI" in text
    assert "thay cho nội dung nhà trường đã trả lời quý vị ngày 09/01/2026." in text
    assert "Đã thêm hai người trực." in text and "Đã thêm người trực." not in text


def test_no_slip_for_who_may_not_read_nor_before_there_is_an_answer(app: Flask) -> None:
    path = "/phan-anh/2026-1/phieu-tra-loi.docx"
    locked = signed_in(app, "can.bo").get(path)
    assert locked.status_code == 303 and "/mo-khoa" in locked.headers["Location"]
    assert signed_in(app, "le.tan").get(path).status_code == 403
    # The officer has not been given this one.
    officer = signed_in(app, "can.bo", unlocked=True)
    assert officer.get("/phan-anh/2026-2/phieu-tra-loi.docx").status_code == 403
    deputy = signed_in(app, "hieu.pho", unlocked=True)
    unanswered = deputy.get("/phan-anh/2026-2/phieu-tra-loi.docx")
    assert unanswered.status_code == 409 and "chưa có câu trả lời để in" in unanswered.text
    assert deputy.get("/phan-anh/2026-99/phieu-tra-loi.docx").status_code == 404


def test_too_long_a_text_comes_back_with_every_letter(app: Flask) -> None:
    client = signed_in(app, "le.tan")
    token, text = csrf(client.get("/so-tiep-cong-dan/moi").text), "ế" * 20_000
    data = {"csrf_token": token, "text": text, "day": "2026-06-24", "people": "1", "opens": "1"}
    answer = client.post("/so-tiep-cong-dan/moi", data=data)
    assert answer.status_code == 422
    assert "dài quá" in answer.text and text in answer.text
