"""Machines in a real Chromium: pictures in every size, one added, set, handed over and taken out of use."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from server.services.answers.ingest import Delivery, Ingest
from server.services.context import Context
from server.services.devices import claims, device_settings, registry
from server.services.devices.config_payloads import DeviceMessages
from server.wiring.pages import create_app
from tests.support.axe import violations
from tests.support.browser import (
    Watch,
    assert_nothing_sticks_out,
    assert_well_made,
    click_and_wait,
    let_in,
    served,
    small_targets,
)
from tests.support.device import batch
from tests.support.pictures import ARTEFACTS, keep_picture
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Feeder, add_school, add_trouble, make_context

PICTURES = ARTEFACTS / "devices"
SIZES = {"1440": (1440, 900), "390": (390, 844)}
OFFICE, NEIGHBOUR = "phong-gddt", "thcs-ben-canh"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """A fleet with every kind of trouble, in a school under an office with another one."""
    ctx = make_context(tmp_path_factory.mktemp("devices"), public_url="https://hailong.thcsmau.edu.vn")
    add_school(ctx, OFFICE, "Phòng Giáo dục và Đào tạo")
    add_school(ctx, parent=OFFICE)
    add_school(ctx, NEIGHBOUR, "Trường THCS Bên Cạnh", parent=OFFICE)
    registry.add_device(ctx, "kiosk-quay-1", SCHOOL, "kiosk", "Kiosk quầy tiếp nhận")
    registry.add_device(ctx, "kiosk-sanh-b", SCHOOL, "kiosk", "Kiosk Sảnh B")
    add_trouble(ctx)
    now = ctx.now()
    wanted = DeviceMessages(ctx).revisions(registry.devices(reading(ctx), SCHOOL))
    full = {"outbox": 118, "version": "box 0.1.0", "full": True, "stuck": [2], "battery": 61}
    Feeder(ctx, "nut-thu-vien").says(
        "ready", now - 60_000, **full, revision=wanted["nut-thu-vien"], refused=None
    )
    kiosk = {"outbox": 0, "version": "1.4.2", "temperature_c": 51, "disk_free_mb": 24512}
    Feeder(ctx, "kiosk-quay-1").says(
        "ready", now - 20_000, **kiosk, revision=wanted["kiosk-quay-1"], refused=None
    )
    asleep = {"outbox": 0, "version": "box 0.1.0", "battery": 78, "revision": "3f2a"}
    refused = {"revision": wanted["nut-van-thu"], "code": "bad-config"}
    Feeder(ctx, "nut-van-thu").says("sleeping", now - 60_000, **asleep, refused=refused)
    for up_ms in range(1, 4):
        for boot in ("goc", "ban-chep"):
            greeting = batch(boot=boot, up_ms=up_ms * 1000)
            Ingest(ctx).take([Delivery(SCHOOL, "kiosk-quay-1", greeting, now - 20_000)])
    registry.add_device(ctx, "nut-hoi-truong", SCHOOL, "button", "Hộp nút hội trường")
    Feeder(ctx, "nut-hoi-truong").says("ready", now - 5_000, **{**asleep, "refused": None})
    device_settings.change(
        ctx, "kiosk-quay-1", texts={"welcome": {"vi": "Trường THCS Mẫu kính mời đánh giá"}}
    )
    claims.make(ctx, "kiosk-moi", actor=LOGIN)
    claims.make(ctx, "kiosk-moi", actor=LOGIN)
    yield ctx
    ctx.store.close()


def picture(page: Page, name: str, *, dark: bool = False, phone: bool = True) -> None:
    for size, (width, height) in SIZES.items():
        if size == "390" and not phone:
            continue
        page.set_viewport_size({"width": width, "height": height})
        assert_nothing_sticks_out(page)
        assert_well_made(page)
        assert small_targets(page) == []
        for scheme in ("dark", "light") if dark else ("light",):
            keep_picture(page, PICTURES / f"{name}-{size}-{scheme}.jpg", scheme=scheme)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_pictures_and_the_way_of_a_machine(browser: Browser, school: Context) -> None:
    with served(create_app(school)) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(10_000)
        watch = Watch().on(page)
        let_in(page, address, LOGIN, PASSWORD)
        for name, path in (("danh-sach", ""), ("kiosk", "/kiosk-quay-1"), ("hop", "/nut-van-thu")):
            page.goto(f"{address}/thiet-bi{path}")
            picture(page, name, dark=name == "danh-sach")
        for name, path in (
            ("danh-sach-en", ""),
            ("hop-en", "/nut-thu-vien"),
        ):
            page.goto(f"{address}/thiet-bi{path}?lang=en")
            picture(page, name)

        page.goto(f"{address}/thiet-bi?lang=vi")
        expect(page.locator("main")).to_contain_text("Hai máy đang gửi dưới cùng một tên")
        click_and_wait(page.get_by_role("link", name="Thêm thiết bị"))
        picture(page, "moi")
        page.get_by_label("Hộp nút").check()
        page.fill("#label", "Kiosk Sảnh B")
        page.get_by_role("button", name="Tạo máy và lấy mã ghép").click()
        expect(page.locator("#wrong")).to_contain_text("đã có một máy tên “Kiosk Sảnh B”")
        page.fill("#label", "Hộp nút phòng chờ")
        page.get_by_role("button", name="Tạo máy và lấy mã ghép").click()
        expect(page.locator(".claim-code")).to_have_text(re.compile(r"^\w{5}-\w{5}$"))
        picture(page, "ma-hop", dark=True)
        assert violations(page) == []
        code = page.inner_text(".claim-code")
        assert code not in page.url
        click_and_wait(page.get_by_role("link", name="Xong, xem máy này"))
        expect(page.locator("h1")).to_have_text("Hộp nút phòng chờ")
        assert code not in page.content()

        page.goto(f"{address}/thiet-bi/kiosk-moi")
        click_and_wait(page.get_by_role("button", name="Tạo mã khác"))
        picture(page, "ma-kiosk", phone=False)
        with page.expect_download() as download:
            page.get_by_role("button", name="Tải tệp hailong-enrol.toml").click()
        assert download.value.suggested_filename == "hailong-enrol.toml"
        click_and_wait(page.get_by_role("link", name="Xong, xem máy này"))
        click_and_wait(page.get_by_role("link", name="Chuyển trường"))
        picture(page, "chuyen", phone=False)
        page.select_option("#school", NEIGHBOUR)
        click_and_wait(page.get_by_role("button", name="Tạo mã chuyển trường"))
        click_and_wait(page.get_by_role("link", name="Xong, xem máy này"))
        expect(page.locator("main")).to_contain_text("để chuyển sang Trường THCS Bên Cạnh")
        picture(page, "dang-chuyen", phone=False)
        click_and_wait(page.get_by_role("button", name="Thu hồi mã"))
        expect(page.get_by_role("status")).to_have_text("Đã thu hồi mã ghép máy.")

        page.fill("#welcome-vi", "Kính chào quý phụ huynh")
        expect(page.locator("#welcome-vi-count")).to_have_text("23/80")
        page.fill("#brightness", "55")
        click_and_wait(page.get_by_role("button", name="Lưu cài đặt"))
        expect(page.get_by_role("status")).to_have_text("Đã lưu cài đặt.")
        assert page.input_value("#brightness") == "55"
        click_and_wait(page.get_by_role("link", name="Ngừng dùng"))
        picture(page, "ngung", phone=False)
        page.get_by_role("button", name="Ngừng dùng máy này").click()
        expect(page.locator("main")).to_contain_text("Ngừng dùng từ 28/05/2026.")
        # The browser itself notes an answer of 409, and a download as a page that was left.
        assert [line for line in watch.complaints if "409" not in line] == []
        page.context.close()
