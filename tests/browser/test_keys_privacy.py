"""The pages of the keys and of the privacy desk in a real Chromium: every state, desk and telephone."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.services.devices import registry
from server.services.keys import custody, keys, paper_backup
from server.services.keys.open_keys import unlock
from server.services.privacy import requests
from server.wiring.pages import create_app
from survey_defs.letter import Letter
from tests.support.browser import (
    Watch,
    assert_nothing_sticks_out,
    assert_well_made,
    click_and_wait,
    let_in,
    served,
    small_targets,
)
from tests.support.desk import (
    OFFICER,
    OTHER_OFFICER,
    PASSPHRASE,
    PRINCIPAL,
    RECEPTION,
    DeskSchool,
    empty_desk,
)
from tests.support.keys import take_away
from tests.support.pictures import ARTEFACTS, keep_picture
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Feeder, day_ms

PICTURES = ARTEFACTS / "keys-privacy"
SIZES = {"1440": (1440, 900), "390": (390, 844)}
NEW = "cây phượng trước cổng trường"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSchool]:
    """Keys that have a history, requests in every state, cases whose time is nearly over."""
    school = empty_desk(tmp_path_factory.mktemp("keys"))
    ctx = school.ctx
    for month, day in ((5, 29), (6, 10)):
        school.clock.ms = day_ms(2025, month, day)
        ref = school.comes(about=("khen-ngoi",), text="Cảm ơn cô ở quầy.")
        school.does(LOGIN, ref, "classify", kind="thong_tin", summary="Lời cảm ơn")
        school.does(LOGIN, ref, "close", reason="resolved")
    school.at(5, 4)
    held = unlock(ctx, LOGIN, PASSPHRASE)
    paper_backup.export_key(ctx, SCHOOL, "complaints", held)
    school.at(5, 6)
    custody.grant(ctx, SCHOOL, "complaints", held, holder=OTHER_OFFICER, passphrase=PASSPHRASE)
    take_away(ctx, "complaints", OTHER_OFFICER, LOGIN, PASSPHRASE)
    custody.renew(ctx, SCHOOL, "denunciations", LOGIN, PASSPHRASE)
    refs = [school.at(5, day).comes() for day in (18, 19, 20, 21, 22)]
    school.does(LOGIN, refs[4], "classify", kind="pakn", summary="Hồ sơ chuyển trường chậm trả")

    def asks(ref: str | None, kind: str, words: str = "", actor: str = "sender") -> int:
        row = None
        if ref:
            year, number = map(int, ref.split("-"))
            row = reading(ctx).sql.case_find(school=SCHOOL, year=year, number=number)
        box = keys.seal_for_desk(reading(ctx), SCHOOL, "complaints", Letter(words)) if words else None
        with ctx.write() as work:
            return requests.add_request(
                work,
                school=SCHOOL,
                case_n=row["n"] if row else None,
                kind=kind,
                actor=actor,
                details_box=box,
            )

    def answers(n: int, outcome: str, reason: str = "") -> None:
        from server.services.access.accounts import find_account
        from server.services.cases import actions

        account = find_account(reading(ctx), LOGIN)
        assert account
        requests.answer(ctx, actions.actor_of(reading(ctx), account), n, outcome, reason)

    school.at(5, 21)
    answers(asks(refs[0], "see"), "done")
    answers(asks(refs[1], "delete", "Tôi gửi nhầm trường."), "refused", "law_keeps")
    answers(asks(refs[2], "delete", "Xin xóa giúp."), "done")
    school.at(5, 22)
    asks(refs[1], "correct", "Tên con tôi viết sai, xin sửa trong ghi chú.")
    school.at(5, 26)
    asks(refs[3], "delete", "Việc đã được giải quyết, xin xóa hết những gì tôi viết và số điện thoại.")
    school.at(5, 28)
    asks(None, "see", "Bà Trần Thị Bảy, tổ 5, muốn biết trường giữ gì về mình.", RECEPTION)
    asks(refs[4], "delete", "Xin xóa.")
    school.at(5, 28, 10, 5)
    yield school
    ctx.store.close()


@pytest.fixture(scope="module")
def address(school: DeskSchool) -> Iterator[str]:
    with served(create_app(school.ctx)) as at:
        yield at


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeskSchool, str]]:
    """A school without a key and without a request."""
    school = empty_desk(tmp_path_factory.mktemp("bare"), with_keys=False)
    with served(create_app(school.ctx)) as at:
        yield school, at
    school.ctx.store.close()


def looked_at(page: Page, name: str, *, schemes: tuple[str, ...] = ("light",)) -> None:
    """Nothing sticks out, everything has a name and a size to touch; then a picture for each scheme."""
    assert_nothing_sticks_out(page)
    assert_well_made(page)
    assert small_targets(page) == [], name
    for scheme in schemes:
        keep_picture(page, PICTURES / f"{name}-{scheme}.jpg", scheme=scheme)


def looked_at_in_every_size(page: Page, name: str, *, dark: bool = False, picture: bool = True) -> None:
    """The same on a desk and on a telephone; by night too where the page stands for its kind."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        schemes = ("dark", "light") if dark else ("light",) if picture else ()
        looked_at(page, f"{name}-{size}", schemes=schemes)


def opened(browser: Browser, address: str, login: str, size: str) -> Page:
    width, height = SIZES[size]
    page = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True).new_page()
    let_in(page, address, login, PASSWORD)
    return page


def test_pictures(browser: Browser, address: str) -> None:
    page = opened(browser, address, LOGIN, "1440")
    watch = Watch().on(page)
    for lang in ("en", "vi"):
        told = lang == "vi"
        page.goto(f"{address}/khoa?lang={lang}")
        if told:
            looked_at_in_every_size(page, "khoa")
        for each in page.locator("main details").all():
            each.evaluate("each => { each.open = true; }")
        looked_at_in_every_size(page, f"khoa-nhat-ky-{lang}", dark=told)
        page.goto(f"{address}/rieng-tu")
        page.locator("#answered").evaluate("each => { each.open = true; }")
        looked_at_in_every_size(page, f"rieng-tu-{lang}", dark=told, picture=told)
        page.goto(f"{address}/rieng-tu/5")
        looked_at_in_every_size(page, f"yeu-cau-niem-phong-{lang}", picture=told)
    # All forms are made of the same parts: in the dark one stands for the others.
    for path in ("phan-anh/cap", "phan-anh/ban-luu", "phan-anh/thay", "khoi-phuc", "mat-khau"):
        page.goto(f"{address}/khoa/{path}")
        looked_at_in_every_size(page, f"khoa-{path.rpartition('/')[2]}", dark=path == "phan-anh/cap")
    for path in ("rieng-tu/moi", "mo-khoa"):
        page.goto(f"{address}/{path}")
        looked_at_in_every_size(page, path.replace("/", "-"))
    page.goto(f"{address}/rieng-tu/2")
    looked_at_in_every_size(page, "yeu-cau-tu-choi")
    assert watch.complaints == []
    page.context.close()


def test_a_kiosk_that_does_not_believe_the_key_is_shown(
    browser: Browser, address: str, school: DeskSchool
) -> None:
    ctx = school.ctx
    registry.add_device(ctx, "kiosk-la", SCHOOL, "kiosk", "Kiosk sảnh chính")
    seal = {
        "key": "9f2c01ab77de4c10",
        "how": "first",
        "refused": keys.keys_of(reading(ctx), SCHOOL, "complaints")[0].id,
    }
    Feeder(ctx, "kiosk-la", SCHOOL).says("ready", ctx.now(), outbox=0, seal=seal)
    page = opened(browser, address, LOGIN, "1440")
    page.goto(f"{address}/khoa?lang=vi")
    expect(page.get_by_text("Kiosk sảnh chính vẫn niêm phong")).to_be_visible()
    looked_at_in_every_size(page, "khoa-kiosk-khong-tin")
    page.goto(f"{address}/thiet-bi?lang=vi")
    expect(page.get_by_text("không tin khóa mới của trường").first).to_be_visible()
    looked_at_in_every_size(page, "thiet-bi-kiosk-khong-tin")
    page.context.close()
    registry.retire_device(ctx, "kiosk-la")


def test_pictures_of_who_holds_nothing(browser: Browser, address: str, bare: tuple[DeskSchool, str]) -> None:
    for login, name in ((OFFICER, "can-bo"), (OTHER_OFFICER, "chua-giu")):
        page = opened(browser, address, login, "1440")
        page.goto(f"{address}/khoa?lang=vi")
        looked_at_in_every_size(page, f"khoa-{name}")
        page.context.close()
    page = opened(browser, bare[1], PRINCIPAL, "1440")
    for path in ("khoa", "khoa/phan-anh/tao", "rieng-tu"):
        page.goto(f"{bare[1]}/{path}?lang=vi")
        looked_at_in_every_size(page, f"{path.replace('/', '-')}-trong")
    page.context.close()


def test_a_key_from_its_making_to_another_hand(
    browser: Browser, bare: tuple[DeskSchool, str], tmp_path: Path
) -> None:
    school, address = bare
    page = opened(browser, address, PRINCIPAL, "1440")
    watch = Watch().on(page)
    page.goto(f"{address}/phan-anh")
    click_and_wait(page.get_by_role("link", name="Tạo khóa của nhà trường"))
    click_and_wait(page.get_by_role("link", name="Tạo khóa của nhà trường"))
    page.get_by_label("Mật khẩu mở khóa mới").fill("ngắn")
    page.get_by_label("Gõ lại lần nữa").fill("ngắn")
    click_and_wait(page.get_by_role("button", name="Tạo khóa"))
    expect(page.get_by_role("alert")).to_contain_text("ít nhất 12 ký tự")
    looked_at(page, "khoa-tao-ngan-1440")
    page.get_by_label("Mật khẩu mở khóa mới").fill(PASSPHRASE)
    page.get_by_label("Gõ lại lần nữa").fill(PASSPHRASE)
    click_and_wait(page.get_by_role("button", name="Tạo khóa"))
    expect(page.get_by_role("status")).to_contain_text("Đã tạo khóa")
    looked_at(page, "khoa-vua-tao-1440")

    page.get_by_role("link", name="Lập bản lưu").click()
    page.get_by_label("Mật khẩu mở khóa của quý thầy cô").fill(PASSPHRASE)
    page.get_by_role("button", name="Lập bản lưu").click()
    code = page.locator(".recovery-code").inner_text()
    assert re.fullmatch(r"([A-Z2-9]{5}-){5}[A-Z2-9]{5}", code)
    looked_at(page, "khoa-to-luu-1440")
    page.set_viewport_size({"width": 390, "height": 844})
    looked_at(page, "khoa-to-luu-390")
    page.set_viewport_size({"width": 1440, "height": 900})
    with page.expect_download() as found:
        page.get_by_role("link", name="Tải tệp bản lưu").click()
    assert found.value.suggested_filename == "hailong-ban-luu-khoa-phan-anh.txt"
    found.value.save_as(tmp_path / "sheet.txt")
    sheet = (tmp_path / "sheet.txt").read_text(encoding="utf-8")
    assert "BEGIN HAILONG KEY" in sheet and "THCS Mẫu" in sheet
    # On paper the sheet stands without the code.
    page.emulate_media(media="print")
    expect(page.locator(".recovery-code")).to_be_hidden()
    expect(page.locator(".sheet")).to_be_visible()
    keep_picture(page, PICTURES / "khoa-to-luu-in.jpg")
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Đã chép mã").click()

    page.get_by_role("link", name="Cấp cho người khác").click()
    page.get_by_label("Mật khẩu mở khóa của quý thầy cô").fill("không phải câu này")
    page.get_by_label("Cấp cho").select_option(LOGIN)
    page.get_by_label("Mật khẩu mở khóa của người nhận").fill(NEW)
    page.get_by_label("Gõ lại lần nữa").fill(NEW)
    click_and_wait(page.get_by_role("button", name="Cấp khóa"))
    expect(page.get_by_role("alert")).to_contain_text("không đúng")
    assert page.get_by_label("Cấp cho").input_value() == LOGIN
    assert NEW not in page.content() and "không phải câu này" not in page.content()
    looked_at(page, "khoa-cap-sai-1440")
    page.get_by_label("Mật khẩu mở khóa của quý thầy cô").fill(PASSPHRASE)
    page.get_by_label("Mật khẩu mở khóa của người nhận").fill(NEW)
    page.get_by_label("Gõ lại lần nữa").fill(NEW)
    click_and_wait(page.get_by_role("button", name="Cấp khóa"))
    expect(page.get_by_role("status")).to_contain_text("Đã cấp khóa")
    click_and_wait(page.get_by_role("button", name=f"Thu hồi khóa của {LOGIN}"))
    looked_at(page, "khoa-thu-hoi-1440")
    click_and_wait(page.get_by_role("link", name="Hủy"))
    assert set(keys.holders(reading(school.ctx), SCHOOL, "complaints")) == {PRINCIPAL, LOGIN}

    # The principal leaves: the deputy withdraws their key, and the sheet opens it once more.
    deputy = opened(browser, address, LOGIN, "1440")
    deputy.goto(f"{address}/khoa")
    click_and_wait(deputy.get_by_role("button", name=f"Thu hồi khóa của {PRINCIPAL}"))
    looked_at(deputy, "khoa-thu-hoi-hai-nguoi-1440")
    deputy.get_by_label("Mật khẩu mở khóa của quý thầy cô").fill(NEW)
    deputy.get_by_label("Người thứ hai xác nhận").select_option(PRINCIPAL)
    deputy.get_by_label("Mật khẩu đăng nhập của người thứ hai").fill("không phải mật khẩu")
    click_and_wait(deputy.get_by_role("button", name="Thu hồi"))
    expect(deputy.get_by_role("alert")).to_contain_text("không đúng")
    assert deputy.get_by_label("Người thứ hai xác nhận").input_value() == PRINCIPAL
    looked_at(deputy, "khoa-thu-hoi-hai-nguoi-sai-1440")
    deputy.get_by_label("Mật khẩu mở khóa của quý thầy cô").fill(NEW)
    deputy.get_by_label("Mật khẩu đăng nhập của người thứ hai").fill(PASSWORD)
    click_and_wait(deputy.get_by_role("button", name="Thu hồi"))
    expect(deputy.get_by_role("status")).to_contain_text("Đã thu hồi")
    assert deputy.get_by_role("button", name="Thu hồi").count() == 0
    deputy.context.close()
    page.goto(f"{address}/khoa")
    expect(page.locator(".key-room").first).to_contain_text("chưa giữ khóa này")
    looked_at(page, "khoa-lanh-dao-chua-giu-1440")
    page.get_by_role("link", name="Khôi phục từ bản lưu").click()
    page.set_input_files("#file", {"name": "anh.txt", "mimeType": "text/plain", "buffer": b"x" * 2_000_000})
    page.get_by_role("button", name="Khôi phục").click()
    assert page.locator("#file").evaluate("e => e.validationMessage").startswith("Tệp này lớn hơn")
    page.set_input_files("#file", tmp_path / "sheet.txt")
    page.get_by_label("Mã khôi phục").fill("AAAAA " * 6)
    page.get_by_label("Mật khẩu mở khóa mới").fill(NEW)
    page.get_by_label("Gõ lại lần nữa").fill(NEW)
    click_and_wait(page.get_by_role("button", name="Khôi phục"))
    expect(page.get_by_role("alert")).to_contain_text("Mã khôi phục không đúng")
    assert "BEGIN HAILONG KEY" in page.get_by_label("Hoặc chép nội dung").input_value()
    looked_at(page, "khoa-khoi-phuc-sai-1440")
    page.get_by_label("Mã khôi phục").fill(code.lower().replace("-", " "))
    page.get_by_label("Mật khẩu mở khóa mới").fill(NEW)
    page.get_by_label("Gõ lại lần nữa").fill(NEW)
    click_and_wait(page.get_by_role("button", name="Khôi phục"))
    expect(page.get_by_role("status")).to_contain_text("Đã khôi phục")
    assert unlock(school.ctx, PRINCIPAL, NEW).rooms == {"complaints"}
    # The browser itself notes every answer that is no 200.
    assert [line for line in watch.complaints if "status of 4" not in line] == []
    page.context.close()


def test_a_request_from_the_desk_to_its_erasure(browser: Browser, address: str, school: DeskSchool) -> None:
    page = opened(browser, address, RECEPTION, "390")
    page.goto(f"{address}/rieng-tu")
    page.get_by_role("link", name="Ghi yêu cầu tại quầy").click()
    page.get_by_label("Xóa dữ liệu").check()
    page.get_by_label("Số hồ sơ, nếu có").fill("999/2026")
    page.get_by_label("Yêu cầu cụ thể").fill("Anh Lê Văn Sáu xin xóa.")
    click_and_wait(page.get_by_role("button", name="Niêm phong và ghi"))
    expect(page.get_by_role("alert")).to_contain_text("Không có hồ sơ mang số này")
    assert page.get_by_label("Yêu cầu cụ thể").input_value() == "Anh Lê Văn Sáu xin xóa."
    looked_at(page, "rieng-tu-moi-sai-390")
    page.get_by_label("Số hồ sơ, nếu có").fill("5/2026")
    click_and_wait(page.get_by_role("button", name="Niêm phong và ghi"))
    expect(page.get_by_role("status")).to_contain_text("Đã ghi yêu cầu")
    assert "Lê Văn Sáu" not in page.content()
    n = page.url.rpartition("-")[2]
    page.goto(f"{address}/rieng-tu/{n}")
    expect(page.locator("main")).to_contain_text("Hiệu trưởng hoặc phó hiệu trưởng trả lời")
    looked_at(page, "yeu-cau-tiep-nhan-390")
    page.context.close()

    page = opened(browser, address, LOGIN, "1440")
    watch = Watch().on(page)
    page.goto(f"{address}/rieng-tu/{n}")
    page.get_by_role("link", name="Mở khóa").click()
    page.fill("[name=passphrase]", PASSPHRASE)
    page.click("main form[action$='mo-khoa'] button")
    expect(page.locator(".said")).to_have_text("Anh Lê Văn Sáu xin xóa.")
    looked_at(page, "yeu-cau-mo-1440")
    page.get_by_label("Từ chối, vì").check()
    click_and_wait(page.get_by_role("button", name="Ghi câu trả lời"))
    expect(page.get_by_role("alert")).to_contain_text("Từ chối thì cần một lý do")
    looked_at(page, "yeu-cau-thieu-ly-do-1440")
    page.get_by_label("Xóa theo yêu cầu").check()
    page.get_by_role("button", name="Ghi câu trả lời").click()
    expect(page.locator("h1")).to_have_text("Xóa hẳn nội dung hồ sơ số 5/2026?")
    looked_at(page, "xoa-hoi-lai-1440")
    page.set_viewport_size({"width": 390, "height": 844})
    looked_at(page, "xoa-hoi-lai-390")
    page.get_by_label("Người thứ hai xác nhận").select_option(PRINCIPAL)
    page.get_by_label("Mật khẩu đăng nhập của người thứ hai").fill("không phải mật khẩu")
    click_and_wait(page.get_by_role("button", name="Xóa hẳn"))
    expect(page.get_by_role("alert")).to_contain_text("không đúng")
    looked_at(page, "xoa-hai-nguoi-sai-390")
    page.get_by_label("Mật khẩu đăng nhập của người thứ hai").fill(PASSWORD)
    click_and_wait(page.get_by_role("button", name="Xóa hẳn"))
    expect(page.get_by_role("status")).to_contain_text("Không còn ở tệp nào")
    looked_at(page, "da-xoa-390")
    page.set_viewport_size({"width": 1440, "height": 900})
    looked_at(page, "da-xoa-1440")
    row = reading(school.ctx).sql.case_find(school=SCHOOL, year=2026, number=5)
    assert row["erased_at"] is not None
    click_and_wait(page.get_by_role("link", name="Về danh sách"))
    assert date(2026, 5, 28).strftime("%d/%m/%Y") in page.content()
    assert [line for line in watch.complaints if "status of 4" not in line] == []
    page.context.close()
