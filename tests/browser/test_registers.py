"""The book of receptions and the form for who came, in a real Chromium, for a desk and a telephone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from server.wiring.pages import create_app
from tests.support.browser import Watch, assert_nothing_sticks_out, click_and_wait, let_in, served
from tests.support.complaint_school import PASSPHRASE, PASSWORD, ComplaintSchool
from tests.support.pictures import ARTEFACTS, keep_picture

PICTURES = ARTEFACTS / "registers"
SIZES = {"1440": (1440, 900), "1280": (1280, 900), "390": (390, 844)}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComplaintSchool]:
    school = ComplaintSchool(tmp_path_factory.mktemp("data"))
    answered = school.send("2026-01-06", "Chờ ba tiếng mới được gọi", name="Lê Văn Sáu")
    school.act("2026-01-07", answered, "classify", kind="pakn", summary="Thời gian chờ tại quầy tiếp nhận")
    school.act("2026-01-07", answered, "assign", assignee="can.bo")
    school.act("2026-01-09", answered, "answer", by="can.bo", text="Nhà trường xin lỗi vì để chờ lâu.")
    dropped = school.send("2026-01-12", "abc abc")
    school.act("2026-01-13", dropped, "close", reason="not_eligible")
    guided = school.visit(
        "2026-02-03", "Khiếu nại hộ khẩu", name="Trần Thị Bảy", address="Tổ 5, khu phố Mẫu", people=6,
        guidance="Gửi đơn đến Ủy ban nhân dân phường", within=False, settled_by="Công an phường",
        taken_by="vanthuubndphuongmau@thanhphomau.gov.vn", id_number="031190123456",
        note="Hẹn gọi lại buổi chiều", again=True,
    )  # fmt: skip
    school.act("2026-02-04", guided, "return", text="Xin gửi UBND phường")
    complained = school.visit("2026-03-02", "Không đồng ý xếp lớp", name="Vũ Tám", by_principal=True)
    school.act("2026-03-03", complained, "classify", kind="pakn", summary="Xếp lớp 6A")
    school.act("2026-03-04", complained, "petition", kind="khieu_nai", number="01", date="2026-03-04")
    school.act("2026-03-05", complained, "accept")
    school.send("2026-06-20", "Cảm ơn cô", about=("khen-ngoi",))
    school.send("2026-06-22", "Phòng học nóng")
    school.go("2026-06-24")
    yield school
    school.ctx.store.close()


@pytest.fixture(scope="module")
def address(school: ComplaintSchool) -> Iterator[str]:
    with served(create_app(school.ctx)) as at:
        yield at


def opened(browser: Browser, address: str, login: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True).new_page()
    let_in(page, address, login, PASSWORD)
    return page


def assert_tables_fit(page: Page) -> None:
    over = page.locator(".scroll").evaluate_all("all => all.map(e => e.scrollWidth - e.clientWidth)")
    assert set(over) <= {0}, (page.url, page.viewport_size, over)


def test_pictures(browser: Browser, address: str) -> None:
    page = opened(browser, address, "hieu.pho")
    watch = Watch().on(page)
    for lang in ("vi", "en"):
        for name, path in (("so", "/so-tiep-cong-dan"), ("nguoi-den", "/so-tiep-cong-dan/moi")):
            page.goto(f"{address}{path}?lang={lang}")
            for size, (width, height) in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                assert_nothing_sticks_out(page)
                assert_tables_fit(page)
                for scheme in ("dark", "light") if lang == "vi" else ("light",):
                    keep_picture(page, PICTURES / f"{name}-{size}-{scheme}-{lang}.jpg", scheme=scheme)
    assert watch.complaints == []
    page.context.close()


def test_somebody_is_taken_down_and_gets_a_code(browser: Browser, address: str) -> None:
    page = opened(browser, address, "le.tan")
    watch = Watch().on(page)
    page.goto(f"{address}/so-tiep-cong-dan")
    expect(page.get_by_text("Mở để đọc")).to_have_count(0)
    page.get_by_role("link", name="Ghi nhận người đến").click()
    page.get_by_label("Họ tên").fill("Phạm Văn Mười")
    page.get_by_label("Người đến trình bày").fill("   ")
    page.get_by_label("Thái độ phục vụ").check()
    page.get_by_label("Số người cùng đến").fill("2")
    click_and_wait(page.get_by_role("button", name="Lưu và niêm phong"))
    expect(page.get_by_role("alert")).to_contain_text("Chưa có nội dung")
    assert page.get_by_label("Họ tên").input_value() == "Phạm Văn Mười"
    assert page.get_by_label("Thái độ phục vụ").is_checked()
    keep_picture(page, PICTURES / "nguoi-den-sai-1440.jpg")
    page.get_by_label("Người đến trình bày").fill("Cô giáo nói to tiếng với phụ huynh")
    click_and_wait(page.get_by_role("button", name="Lưu và niêm phong"))
    code = "".join(page.locator(".code span").all_text_contents())
    assert len(code) == 16 and code.isdecimal()
    keep_picture(page, PICTURES / "phieu-nhan-1440.jpg")
    # Sent again by a reload, it is not written a second time, and the code is gone.
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("không ghi lần thứ hai")
    rows = page.locator("table.book tbody tr").filter(has_text="24/06/2026")
    expect(rows).to_have_count(1)
    assert "Phạm Văn Mười" not in page.content() and code not in page.content()
    # What the browser complains of is the sentence's own status.
    assert [text for text in watch.complaints if "422" not in text] == []
    page.context.close()


def test_a_holder_opens_the_book_and_takes_the_files(
    browser: Browser, address: str, school: ComplaintSchool
) -> None:
    page = opened(browser, address, "hieu.pho")
    page.goto(f"{address}/so-tiep-cong-dan")
    assert "Lê Văn Sáu" not in page.content()
    page.get_by_role("link", name="Mở để đọc").click()
    page.fill("[name=passphrase]", PASSPHRASE)
    click_and_wait(page.locator("main form[action$='mo-khoa'] button"))
    expect(page.locator("table.book")).to_contain_text("Lê Văn Sáu, 0900 000 000")
    keep_picture(page, PICTURES / "so-mo-1440.jpg")
    assert ("hieu.pho", "register") in school.readings()
    for lang in ("en", "vi"):
        page.goto(f"{address}/so-tiep-cong-dan?mo=1&lang={lang}")
        for size in ("1440", "1280"):
            page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
            assert_tables_fit(page)
            keep_picture(page, PICTURES / f"so-mo-{size}-{lang}.jpg")
    for name, file in (
        ("Tải sổ (.xlsx)", "so-tiep-cong-dan-2026-H1.xlsx"),
        ("Tải biểu 01/XLD (.xlsx)", "xu-ly-don-2026-H1.xlsx"),
        ("Tải biểu 01/TCD (.xlsx)", "tiep-cong-dan-2026-H1.xlsx"),
    ):
        with page.expect_download() as found:
            page.get_by_role("link", name=name).click()
        assert found.value.suggested_filename == file
        found.value.save_as(PICTURES / file)
    page.get_by_role("link", name="Niêm phong lại").click()
    expect(page.locator("table.book")).not_to_contain_text("Lê Văn Sáu")
    page.get_by_role("link", name="Xem cả phòng tố cáo").click()
    expect(page.locator(".notice.crit")).to_contain_text("không niêm yết")
    page.context.close()
