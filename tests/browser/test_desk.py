"""The officer's desk in a real Chromium: a day by mouse and by keyboard, and every page as a picture."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from server.services.keys import custody
from server.wiring.pages import create_app
from tests.support.browser import (
    Watch,
    assert_nothing_sticks_out,
    assert_well_made,
    click_and_wait,
    let_in,
    send_form,
    served,
    small_targets,
    walk,
)
from tests.support.desk import OFFICER, PASSPHRASE, Cases, DeskSchool, empty_desk, full_desk
from tests.support.pictures import ARTEFACTS, keep_paper, keep_picture
from tests.support.seed import LOGIN, PASSWORD, SCHOOL

PICTURES = ARTEFACTS / "desk"
SIZES = {"1440": (1440, 900), "390": (390, 844)}
FORMS = ("classify", "assign", "answer", "ask", "forward", "return", "petition", "close", "note", "summary")
PICTURED = ("classify", "answer", "forward", "petition", "close")
"""The forms that look unlike each other: the others are made of the same parts, and are only checked."""
SEEN = ("late", "working", "broken", "paper", "nasty", "praise", "to_cao", "answered", "forwarded")
"""The cases whose pages are unlike each other."""
FILTERS = ("Đang mở", "Mới", "Quá hạn", "Của tôi", "Chưa giao", "Đã trả lời", "Đã kết thúc")
ANSWER = "Kính gửi quý vị. Kết quả có ngày 12/02."


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Cases]]:
    """A school with a case in every state, to look at."""
    school, cases = full_desk(tmp_path_factory.mktemp("shown"))
    with served(create_app(school.ctx)) as address:
        yield address, cases
    school.ctx.store.close()


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeskSchool, str]]:
    """A school at work, in the week before Tết 2026."""
    school = empty_desk(tmp_path_factory.mktemp("work"))
    with served(create_app(school.ctx)) as address:
        yield school.at(2, 5), address
    school.ctx.store.close()


@pytest.fixture
def given(work: tuple[DeskSchool, str]) -> tuple[DeskSchool, str, str]:
    """The school, its address, and a case that was given to the officer; it is Thursday, 12 February 2026."""
    school, address = work
    ref = school.at(2, 5).comes()
    school.does(LOGIN, ref, "classify", kind="pakn", summary=f"Hồ sơ chuyển trường chậm trả ({ref})")
    school.does(LOGIN, ref, "assign", assignee=OFFICER)
    school.at(2, 12)
    return school, address, ref


def opened(
    browser: Browser,
    address: str,
    login: str = LOGIN,
    *,
    size: str = "1440",
    unlock: bool = True,
    **more: object,
) -> Page:
    """Somebody's browser, signed in, with the key open."""
    width, height = SIZES[size]
    page = browser.new_context(viewport={"width": width, "height": height}, **more).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(10_000)
    let_in(page, address, login, PASSWORD)
    if unlock:
        send_form(page, f"{address}/mo-khoa", passphrase=PASSPHRASE)
    return page


def enter_passphrase(page: Page, address: str | None = None) -> None:
    if address:
        page.goto(address)
    page.get_by_label("Mật khẩu mở khóa").fill(PASSPHRASE)
    page.get_by_role("button", name="Mở khóa", exact=True).click()


# ---- a day's work


def test_an_officers_day_by_mouse(
    browser: Browser, given: tuple[DeskSchool, str, str], tmp_path: Path
) -> None:
    school, address, ref = given
    number = ref.partition("-")[2]
    other = school.at(2, 9).comes(about=("khoan-thu",), procedure=None)
    late = school.at(1, 5).comes(about=("cho-lau",), procedure=None)
    school.at(2, 12)
    page = opened(browser, address, OFFICER, unlock=False)
    watch = Watch().on(page)
    page.goto(address)
    click_and_wait(page.get_by_role("banner").get_by_role("link", name="Phản ánh"))
    listed = page.locator(".queue tbody th a")
    assert [each.get_attribute("href") for each in listed.all()] == [
        f"/phan-anh/{each}" for each in (late, ref, other)
    ]
    page.get_by_role("link", name="Của tôi").click()
    expect(listed).to_have_count(1)
    click_and_wait(page.get_by_role("link", name="Đang mở"))
    page.get_by_label("Tìm").fill(f"ho so chuyen truong cham tra ({ref}")
    click_and_wait(page.get_by_role("button", name="Lọc"))
    expect(listed).to_have_count(1)
    assert page.url == f"{address}/phan-anh?tim=1"
    click_and_wait(listed)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Phản ánh số {number}/2026")
    assert "đến trường ba lần" not in page.content()
    page.get_by_role("link", name="Mở khóa để đọc").click()
    enter_passphrase(page)
    expect(page.locator(".said").first).to_contain_text("đã đến trường ba lần")
    page.get_by_role("link", name="Thêm ghi chú nội bộ").click()
    page.get_by_label("Ghi chú").fill("Đã gọi điện cho bộ phận văn thư.")
    page.get_by_role("button", name="Thêm ghi chú").click()
    expect(page.locator(".internal")).to_contain_text("Đã gọi điện")

    page.get_by_role("link", name="Soạn câu trả lời").click()
    text = page.get_by_label("Câu trả lời", exact=True)
    text.fill("Kính gửi quý vị.\n\n")
    page.get_by_label("Chèn mẫu").select_option("xin-loi-khac-phuc")
    page.get_by_role("button", name="Chèn", exact=True).click()
    assert text.input_value().startswith("Kính gửi quý vị.\n\nSự việc quý vị nêu xảy ra")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.locator(".said-plain")).to_contain_text("Sự việc quý vị nêu xảy ra")
    expect(page.locator("#wrong")).to_contain_text("Còn chỗ chưa điền: [nêu rõ nguyên nhân]")
    expect(page.locator(".said-plain mark")).to_have_count(6)
    expect(page.get_by_role("button", name="Gửi câu trả lời")).to_have_count(0)
    [refused] = watch.complaints  # the answer to a form that cannot be sent as it is
    assert "422" in refused
    watch.complaints.clear()
    keep_picture(page, PICTURES / "xem-truoc-1440.jpg", whole=False)
    page.get_by_role("button", name="Sửa lại").click()
    text.fill(ANSWER)
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("button", name="Gửi câu trả lời").click()
    expect(page.locator(".case-head")).to_contain_text("Đã trả lời")
    expect(page.locator(".history")).to_contain_text(ANSWER)
    assert watch.complaints == []

    with page.expect_download() as found:
        page.get_by_role("link", name="Phiếu trả lời (docx)").click()
    assert found.value.suggested_filename == f"phieu-tra-loi-{ref}.docx"
    file = tmp_path / "phieu.docx"
    found.value.save_as(file)
    office = f"-env:UserInstallation=file://{tmp_path}/office"
    convert = ("soffice", office, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(file))
    subprocess.run(convert, check=True, capture_output=True, timeout=100)
    said = subprocess.run(
        ["pdftotext", file.with_suffix(".pdf"), "-"], check=True, capture_output=True, text=True
    )
    assert ANSWER.removeprefix("Kính gửi quý vị. ") in " ".join(said.stdout.split())
    assert said.stdout.count("\f") == 1, "it is one page"
    keep_paper(file.with_suffix(".pdf"), PICTURES / "phieu-tra-loi")
    page.context.close()


def test_an_officers_day_by_keyboard(browser: Browser, given: tuple[DeskSchool, str, str]) -> None:
    _, address, ref = given
    number = ref.partition("-")[2]
    page = opened(browser, address, OFFICER)
    page.goto(f"{address}/phan-anh")
    assert walk(page, "Tới nội dung chính") == ["Tới nội dung chính"]
    page.keyboard.press("Enter")
    # Past the head: the filters come next, then the search.
    assert [each.split("\n")[0] for each in walk(page, "Tìm")] == [*FILTERS, "Tìm"]
    page.keyboard.type(f"({ref})")
    page.keyboard.press("Enter")
    page.wait_for_url("**/phan-anh?tim=1")
    walk(page, f"Phản ánh số {number}/2026: Hồ sơ chuyển trường chậm trả ({ref})")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/phan-anh/{ref}")
    passed = walk(page, "Hỏi thêm người gửi")
    steps = ["Bắt đầu giải quyết", "Soạn câu trả lời", "Hỏi thêm người gửi"]
    assert [each for each in passed if each in steps] == steps
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/phan-anh/{ref}/ask")
    walk(page, "Câu hỏi")
    page.keyboard.type("Quý vị nộp bản chính hay bản sao?")
    walk(page, "Gửi câu hỏi")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/phan-anh/{ref}")
    expect(page.locator(".history")).to_contain_text("bản chính hay bản sao")
    # A form that comes back says at once what is wrong.
    page.goto(f"{address}/phan-anh/{ref}/ask")
    page.get_by_label("Câu hỏi").fill("   ")
    page.get_by_role("button", name="Gửi câu hỏi").press("Enter")
    expect(page.locator("#wrong")).to_be_focused()
    page.context.close()


def test_without_scripts(browser: Browser, given: tuple[DeskSchool, str, str]) -> None:
    _, address, ref = given
    page = opened(browser, address, OFFICER, size="390", java_script_enabled=False)
    page.goto(f"{address}/phan-anh/{ref}/answer")
    text = page.get_by_label("Câu trả lời", exact=True)
    text.fill("Kính gửi quý vị.")
    page.get_by_label("Chèn mẫu").select_option("dang-xem-xet")
    page.get_by_role("button", name="Chèn", exact=True).click()
    assert text.input_value().startswith("Kính gửi quý vị.\n\nNhà trường đang kiểm tra")
    text.fill(ANSWER)
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("button", name="Gửi câu trả lời").click()
    expect(page.locator(".history")).to_contain_text(ANSWER)
    page.context.close()


def test_leaving_a_half_written_answer_is_asked_about(
    browser: Browser, given: tuple[DeskSchool, str, str]
) -> None:
    _, address, ref = given
    page = opened(browser, address, OFFICER)
    asked: list[str] = []
    stay = True

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss() if stay else dialog.accept()

    page.on("dialog", answer)
    page.goto(f"{address}/phan-anh/{ref}/answer")
    page.get_by_role("link", name="Quay lại hồ sơ").click()
    page.wait_for_url(f"**/phan-anh/{ref}")
    assert asked == []  # nothing was written yet
    page.goto(f"{address}/phan-anh/{ref}/answer")
    text = page.get_by_label("Câu trả lời", exact=True)
    text.press_sequentially("Nửa câu")
    page.get_by_role("link", name="Quay lại hồ sơ").click()
    expect(text).to_have_value("Nửa câu")
    assert asked == ["beforeunload"]
    # Nor are they lost on the second look, or where the form came back with what is wrong.
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("link", name="Quay lại hồ sơ").click()
    expect(page.locator(".said-plain")).to_have_text("Nửa câu")
    assert asked == ["beforeunload"] * 2
    stay = False
    page.get_by_role("link", name="Quay lại hồ sơ").click()
    page.wait_for_url(f"**/phan-anh/{ref}")
    assert asked == ["beforeunload"] * 3
    page.context.close()


def test_two_at_once_and_a_key_that_locked_itself(
    browser: Browser, given: tuple[DeskSchool, str, str]
) -> None:
    school, address, ref = given
    page = opened(browser, address, OFFICER)
    page.goto(f"{address}/phan-anh/{ref}/answer")
    page.get_by_label("Câu trả lời", exact=True).fill(ANSWER)
    school.does(LOGIN, ref, "note", text="Tôi đã gọi cho phụ huynh.")
    click_and_wait(page.get_by_role("button", name="Xem trước"))
    expect(page.get_by_role("alert")).to_contain_text("Vừa có người khác cập nhật hồ sơ này")
    expect(page.locator(".moved")).to_contain_text("Tôi đã gọi cho phụ huynh.")
    expect(page.get_by_label("Câu trả lời", exact=True)).to_have_value(ANSWER)
    assert_nothing_sticks_out(page)
    keep_picture(page, PICTURES / "hai-nguoi-1440.jpg")
    click_and_wait(page.get_by_role("button", name="Xem trước"))

    school.clock.ms += 20 * 60_000
    click_and_wait(page.get_by_role("button", name="Gửi câu trả lời"))
    expect(page.get_by_role("alert")).to_contain_text("Xin mở khóa trước")
    expect(page.get_by_label("Câu trả lời", exact=True)).to_have_value(ANSWER)
    expect(page.locator(".text")).to_contain_text("đang niêm phong")
    keep_picture(page, PICTURES / "da-khoa-1440.jpg")
    page.get_by_role("alert").get_by_role("button", name="Mở khóa rồi quay lại").click()
    enter_passphrase(page)
    expect(page.get_by_label("Câu trả lời", exact=True)).to_have_value(ANSWER)
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("button", name="Gửi câu trả lời").click()
    expect(page.locator(".history")).to_contain_text(ANSWER)
    expect(page.locator(".history .said", has_text=ANSWER)).to_have_count(1)
    page.context.close()


def test_an_extension_and_the_schools_own_template(browser: Browser, work: tuple[DeskSchool, str]) -> None:
    school, address = work
    ref = school.at(2, 5).comes()
    school.does(LOGIN, ref, "petition", kind="khieu_nai", number="1/ĐKN", date="2026-02-05")
    school.does(LOGIN, ref, "accept")
    page = opened(browser, address)
    page.goto(f"{address}/phan-anh/{ref}")
    before = page.locator("#due-heading").inner_text()
    page.get_by_role("link", name="Gia hạn").click()
    page.get_by_label("Vụ việc phức tạp: hạn mới").check()
    page.get_by_label("Cần xác minh thêm").check()
    click_and_wait(page.get_by_role("button", name="Lưu"))
    expect(page.locator(".history-title").first).to_contain_text("Gia hạn: vụ việc phức tạp")
    assert page.locator("#due-heading").inner_text() != before
    page.goto(f"{address}/mau-tra-loi")
    page.get_by_role("link", name="Dùng mẫu").first.click()
    page.get_by_label("Tên mẫu").fill("Hẹn ngày trả")
    page.get_by_role("button", name="Lưu mẫu").click()
    expect(page.get_by_role("heading", name="Hẹn ngày trả")).to_be_visible()
    page.get_by_role("link", name="Xóa mẫu Hẹn ngày trả").click()
    page.get_by_role("button", name="Xóa").click()
    expect(page.get_by_role("heading", name="Hẹn ngày trả")).to_have_count(0)
    page.context.close()


# ---- pictures


def looks(page: Page, name: str, *, dark: bool = False, picture: bool = True) -> None:
    """One page in every size, by night too where it stands for its kind; unpictured: where it is tight."""
    for size, (width, height) in SIZES.items() if picture else (("390", SIZES["390"]),):
        page.set_viewport_size({"width": width, "height": height})
        assert_nothing_sticks_out(page)
        assert_well_made(page)
        assert small_targets(page) == []
        for scheme in ("light", "dark") if dark else ("light",) if picture else ():
            keep_picture(page, PICTURES / f"{name}-{size}-{scheme}.jpg", scheme=scheme)


def test_pictures(browser: Browser, shown: tuple[str, Cases]) -> None:
    address, cases = shown
    page = opened(browser, address, unlock=False)
    watch = Watch().on(page)
    page.goto(f"{address}/phan-anh/{cases.working}")
    looks(page, "ho-so-niem-phong")
    page.goto(f"{address}/mo-khoa")
    looks(page, "mo-khoa")
    enter_passphrase(page)
    page.wait_for_selector("main[data-news]")
    page.goto(f"{address}/phan-anh")
    looks(page, "danh-sach", dark=True)
    for lang in ("en", "vi"):
        page.goto(f"{address}/phan-anh?xem=ended&lang={lang}")
        looks(page, f"da-ket-thuc-{lang}", picture=lang == "vi")
    for name, ref in vars(cases).items():
        page.goto(f"{address}/phan-anh/{ref}")
        looks(page, f"ho-so-{name}", dark=name == "working", picture=name in SEEN)
    for action in FORMS:
        page.goto(f"{address}/phan-anh/{cases.working}/{action}")
        looks(page, f"viec-{action}", dark=action == "answer", picture=action in PICTURED)
    for action, ref in (("extend", cases.khieu_nai), ("reopen", cases.closed)):
        page.goto(f"{address}/phan-anh/{ref}/{action}")
        looks(page, f"viec-{action}")
    for name, path in (
        ("mau-tra-loi", "/mau-tra-loi"),
        ("them-mau", "/mau-tra-loi/them"),
        ("cai-dat", "/cai-dat"),
    ):
        page.goto(address + path)
        looks(page, name)
    # A browser at 200 % has half the window.
    page.set_viewport_size({"width": 720, "height": 450})
    for name, path in (("danh-sach", "/phan-anh"), ("ho-so", f"/phan-anh/{cases.working}")):
        page.goto(address + path)
        assert_nothing_sticks_out(page)
        keep_picture(page, PICTURES / f"{name}-200.jpg")
    page.goto(f"{address}/phan-anh/{cases.working}?lang=en")
    looks(page, "ho-so-en")
    assert watch.complaints == []
    page.context.close()


def test_the_days_across_tet(browser: Browser, given: tuple[DeskSchool, str, str]) -> None:
    _, address, ref = given
    page = opened(browser, address, unlock=False)
    page.goto(f"{address}/phan-anh/{ref}")
    expect(page.locator(".strip .off:not(.weekend)")).to_have_text("nghỉ14–22/02")
    looks(page, "qua-tet")
    page.context.close()


def test_a_school_without_a_key_says_so_to_its_leader(browser: Browser, tmp_path: Path) -> None:
    school = empty_desk(tmp_path, with_keys=False)
    with served(create_app(school.ctx)) as address:
        page = opened(browser, address, unlock=False)
        page.goto(address)
        expect(page.locator(".tasks .hint")).to_contain_text("Nhà trường chưa có khóa")
        looks(page, "tong-quan-chua-co-khoa")
        page.goto(f"{address}/phan-anh")
        looks(page, "danh-sach-chua-co-khoa")
        custody.make_key(school.ctx, SCHOOL, "complaints", LOGIN, PASSPHRASE)
        page.reload()
        expect(page.locator(".no-key")).to_have_count(0)
        page.context.close()
