"""The points in a real Chromium: pictures in every size, a point made, printed, retired and brought back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.domain.devices.slips import slip_hash
from server.services.context import Context
from server.services.devices import points, slips
from server.wiring.pages import create_app
from tests.support.browser import (
    Watch,
    assert_nothing_sticks_out,
    assert_well_made,
    click_and_wait,
    let_in,
    served,
    small_targets,
    walk,
)
from tests.support.pictures import ARTEFACTS, keep_picture
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Feeder, add_school, day_ms, make_context

PICTURES = ARTEFACTS / "points"
SIZES = {"1440": (1440, 900), "390": (390, 844)}


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Context]:
    ctx = make_context(tmp_path, public_url="https://hailong.thcsmau.edu.vn")
    add_school(ctx)
    yield ctx
    ctx.store.close()


def fill(ctx: Context) -> None:
    """Points of every kind and state, with answers."""
    desk = points.add(ctx, None, SCHOOL, label="Bàn số 1", wifi="THCS-Mau")
    waiting = points.add(ctx, None, SCHOOL, label="Phòng chờ khu hành chính tầng 2", place="waiting")
    with_slips = points.add(ctx, None, SCHOOL, label="Bàn số 2", single_use=True)
    points.add(ctx, None, SCHOOL, label="Phụ huynh, quý II năm 2026", place="audience")
    points.add(ctx, None, SCHOOL, label="Lớp 9A", place="classroom", audience="hoc-sinh")
    old = points.add(ctx, None, SCHOOL, label="Bàn cũ")
    Feeder(ctx, desk.id).rate(*[5] * 87, *[4] * 3, channel="qr")
    Feeder(ctx, waiting.id).rate(*[4] * 38, channel="qr", at=day_ms(2026, 5, 22))
    Feeder(ctx, old.id).rate(*[4] * 7, channel="qr", at=day_ms(2026, 3, 4))
    with ctx.write() as work:
        work.connection.execute(
            "UPDATE answers SET misuse = 'burst' WHERE device = ? AND level = 4", (desk.id,)
        )
    made = slips.make_slips(ctx, with_slips, 2)
    with ctx.write() as work:
        for slip in made[:11]:
            work.connection.execute(
                "UPDATE slips SET used = 1 WHERE hash = ?", (slip_hash(with_slips.id, slip),)
            )
    points.retire(ctx, old.id)


def picture(page: Page, name: str, *, dark: bool = False) -> None:
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert_nothing_sticks_out(page)
        assert_well_made(page)
        assert small_targets(page) == []
        for scheme in ("dark", "light") if dark else ("light",):
            keep_picture(page, PICTURES / f"{name}-{size}-{scheme}.jpg", scheme=scheme)


def test_pictures(browser: Browser, school: Context) -> None:
    with served(create_app(school)) as address:
        page = browser.new_context().new_page()
        watch = Watch().on(page)
        let_in(page, address, LOGIN, PASSWORD)
        page.goto(f"{address}/diem-khao-sat")
        picture(page, "trong")
        fill(school)
        for lang in ("en", "vi"):
            for name, path in (
                ("danh-sach", ""),
                ("diem", "/ban-so-1"),
                ("phieu", "/ban-so-2"),
                ("da-ngung", "/ban-cu"),
                ("ngung", "/ban-so-2/ngung"),
            ):
                if lang == "en" and name not in ("danh-sach", "phieu", "ngung"):
                    continue
                page.goto(f"{address}/diem-khao-sat{path}?lang={lang}")
                picture(page, f"{name}-{lang}", dark=lang == "vi" and name in ("danh-sach", "diem"))
        page.goto(f"{address}/thiet-bi")
        picture(page, "thiet-bi")
        assert watch.complaints == []
        page.context.close()


def test_a_point_is_made_printed_retired_and_brought_back(browser: Browser, school: Context) -> None:
    with served(create_app(school)) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        watch = Watch().on(page)
        let_in(page, address, LOGIN, PASSWORD)
        page.goto(f"{address}/diem-khao-sat")
        page.fill("#label", "Lớp 9A")
        page.select_option("#place", "classroom")
        page.select_option("#audience", "hoc-sinh")
        page.locator(".other-survey > summary").click()
        page.select_option("#survey", "sipas")
        click_and_wait(page.get_by_role("button", name="Tạo điểm"))
        expect(page.locator("#wrong")).to_contain_text("không dành cho nhóm người đã chọn")
        assert page.input_value("#label") == "Lớp 9A"
        keep_picture(page, PICTURES / "tu-choi-1440.jpg")
        page.select_option("#survey", "")
        click_and_wait(page.get_by_role("button", name="Tạo điểm"))
        expect(page.locator("h1")).to_have_text("Lớp 9A")
        with page.expect_download() as download:
            page.get_by_role("link", name="A5 (PDF)").click()
        assert download.value.suggested_filename == "to-dan-lop-9a-a5.pdf"

        click_and_wait(page.get_by_role("link", name="Sửa", exact=False))
        keep_picture(page, PICTURES / "sua-1440.jpg")
        page.check("#single_use")
        click_and_wait(page.get_by_role("button", name="Lưu"))
        expect(page.get_by_role("status")).to_have_text("Đã lưu thay đổi.")
        with page.expect_download() as download:
            page.get_by_role("button", name="In phiếu (PDF)").click()
        assert download.value.suggested_filename == "phieu-cat-lop-9a.pdf"
        page.reload()
        expect(page.locator("main")).to_contain_text("Còn 24 phiếu chưa dùng trong 24 phiếu đã in.")

        page.get_by_role("link", name="Ngừng dùng").click()
        page.get_by_role("button", name="Ngừng dùng điểm này").click()
        expect(page.locator("main")).to_contain_text("Ngừng dùng từ 28/05/2026.")
        click_and_wait(page.get_by_role("button", name="Cho hoạt động trở lại"))
        expect(page.get_by_role("status")).to_have_text("Điểm đã hoạt động trở lại.")
        # The browser itself notes every answer of 422, and every download as a page that was left.
        assert [line for line in watch.complaints if "422" not in line] == []
        page.context.close()


def test_a_school_in_its_own_network_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    ctx = make_context(tmp_path, host="192.168.1.20")
    add_school(ctx)
    points.add(ctx, None, SCHOOL, label="Bàn số 1")
    with served(create_app(ctx)) as address:
        page = browser.new_context().new_page()
        let_in(page, address, LOGIN, PASSWORD)
        page.goto(f"{address}/diem-khao-sat")
        picture(page, "trong-mang")
        passed = walk(page, "Tạo điểm")
        assert {"Bàn số 1", "Tên điểm", "Nơi đặt", "Hỏi ai", "Chọn bộ câu hỏi khác"} <= set(passed)
        page.context.close()
    ctx.store.close()
