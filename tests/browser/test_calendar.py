"""The working calendar in a real Chromium: pictures in every size, a day added and taken away again."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.services.context import Context
from server.services.deadlines import calendars
from server.wiring.pages import create_app
from tests.support.browser import Watch, click_and_wait, let_in, served
from tests.support.pictures import ARTEFACTS, keep_picture
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, add_school, make_context

PICTURES = ARTEFACTS / "calendar"
SIZES = {"1440": (1440, 900), "390": (390, 844)}


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Context]:
    ctx = make_context(tmp_path)
    add_school(ctx)
    calendars.set_day(ctx, SCHOOL, date(2026, 11, 20), worked=False, name="Ngày hội của trường", by=LOGIN)
    calendars.set_day(ctx, SCHOOL, date(2026, 9, 1), worked=True, name="Trực khai giảng", by=LOGIN)
    calendars.set_day(ctx, "", date(2026, 10, 5), worked=False, name="Nghỉ bão số 9", by="")
    yield ctx
    ctx.store.close()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_pictures(browser: Browser, school: Context) -> None:
    with served(create_app(school)) as address:
        page = browser.new_context().new_page()
        watch = Watch().on(page)
        let_in(page, address, LOGIN, PASSWORD)
        for name, asked in (("2026", "nam=2026"), ("2027", "nam=2027"), ("en", "nam=2026&lang=en")):
            page.goto(f"{address}/lich?{asked}")
            for size, (width, height) in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                assert fits(page)
                for scheme in ("dark", "light") if name == "2026" else ("light",):
                    keep_picture(page, PICTURES / f"lich-{name}-{size}-{scheme}.jpg", scheme=scheme)
        assert watch.complaints == []
        page.context.close()


def test_a_day_is_added_refused_and_taken_away(browser: Browser, school: Context) -> None:
    with served(create_app(school)) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        watch = Watch().on(page)
        let_in(page, address, LOGIN, PASSWORD)
        page.goto(f"{address}/lich?nam=2026")
        before = page.locator(".page-head .quiet").inner_text()
        page.fill("#day", "24/12/2026")
        page.fill("#name", "Hội nghị viên chức")
        click_and_wait(page.locator(".add-day .button"))
        row = page.locator("#ngay-2026-12-24")
        expect(row).to_contain_text("Hội nghị viên chức")
        expect(row).to_contain_text("trường tự đặt")
        assert page.url.endswith("/lich?nam=2026#ngay-2026-12-24")
        after = page.locator(".page-head .quiet").inner_text()
        assert int(after.split()[0]) == int(before.split()[0]) - 1
        keep_picture(page, PICTURES / "lich-them-1440.jpg", whole=False)

        page.fill("#day", "26/12/2026")
        page.fill("#name", "Thứ Bảy")
        click_and_wait(page.locator(".add-day .button"))
        expect(page.locator("#wrong")).to_have_text("Ngày 26/12/2026 vốn đã là ngày nghỉ, không cần thêm.")
        assert page.input_value("#name") == "Thứ Bảy"
        keep_picture(page, PICTURES / "lich-tu-choi-1440.jpg", whole=False)
        # The browser itself notes every answer of 409.
        assert [line for line in watch.complaints if "409" not in line] == []

        page.goto(f"{address}/lich?nam=2026")
        page.click("#ngay-2026-12-24 .button")
        expect(page.locator("#ngay-2026-12-24")).to_have_count(0)
        assert page.locator(".page-head .quiet").inner_text() == before
