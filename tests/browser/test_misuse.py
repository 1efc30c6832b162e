"""The pages about left-out answers in a real Chromium: pictures in every size, and an officer at work."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.services.context import Context
from server.services.misuse import labels
from server.services.misuse.review import review
from server.wiring.pages import create_app
from tests.support.browser import Watch, click_and_wait, let_in, served
from tests.support.misuse_school import DEPUTY, MORNING, fresh, reviewed, stream
from tests.support.pictures import ARTEFACTS, keep_picture
from tests.support.seed import LOGIN, PASSWORD

PICTURES = ARTEFACTS / "misuse"
SIZES = {"1440": (1440, 900), "390": (390, 844)}
BURST = "/khong-tinh/luot?may=kiosk&ngay=2026-05-27&vi=burst"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Context]:
    ctx = reviewed(tmp_path / "data")
    stream(
        ctx, "quay", MORNING, [50_000], [5] * 30 + [3] * 4, channel="qr", took_ms=15_000, procedure="hoc-ba"
    )
    review(ctx)
    labels.label(ctx, DEPUTY, [1, 2], "test", "Lắp máy mới sáng 27/05")
    labels.label(ctx, DEPUTY, [1], "counted")
    yield ctx
    ctx.store.close()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def pictures(page: Page, name: str, *looks: str) -> None:
    """One picture for each look, such as `1440-light`."""
    for look in looks:
        size, _, scheme = look.partition("-")
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        assert fits(page), f"{name} at {size}"
        keep_picture(page, PICTURES / f"{name}-{look}.jpg", scheme=scheme)


def test_pictures(browser: Browser, school: Context, tmp_path: Path) -> None:
    with served(create_app(school)) as address:
        page = browser.new_context().new_page()
        watch = Watch().on(page)
        let_in(page, address, LOGIN, PASSWORD)
        for name, path, looks in (
            ("khong-tinh", "/khong-tinh", ("1440-dark", "1440-light", "390-light")),
            ("luot", BURST, ("390-dark", "390-light", "1440-light")),
            ("so-lieu", "/so-lieu", ("1440-light", "390-light")),
            ("khong-tinh-en", "/khong-tinh?lang=en", ("390-light", "1440-light")),
            ("luot-en", f"{BURST}&lang=en", ("1440-dark",)),
        ):
            page.goto(f"{address}{path}")
            if name == "so-lieu":
                page.locator("#table-channel > summary").click()
            pictures(page, name, *looks)
        assert watch.complaints == []
        page.context.close()
    empty = fresh(tmp_path / "empty")
    with served(create_app(empty)) as address:
        page = browser.new_context().new_page()
        let_in(page, address, LOGIN, PASSWORD)
        page.goto(f"{address}/khong-tinh")
        pictures(page, "trong", "390-light", "1440-light")
        page.context.close()
    empty.store.close()


def test_an_officer_looks_at_an_episode_and_returns_it(browser: Browser, school: Context) -> None:
    with served(create_app(school)) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        let_in(page, address, LOGIN, PASSWORD)
        page.goto(address)
        page.click("text=không tính 31 lượt")
        row = page.locator(".episodes tr", has_text="11 lượt trong 36 giây")
        expect(row).to_contain_text("Kiosk sảnh B")
        row.locator("a").click()
        expect(page.locator("h1")).to_have_text("Kiosk sảnh B, ngày 27/05/2026")
        page.check("text=Không tính: lý do khác")
        page.locator(".tick input").nth(0).check()
        page.locator(".tick input").nth(3).check()
        click_and_wait(page.locator("text=Đổi nhãn >> nth=-1"))
        expect(page.locator("#wrong")).to_have_text("Xin ghi lý do không tính các lượt này.")
        expect(page.locator(".tick input:checked")).to_have_count(2)
        keep_picture(page, PICTURES / "luot-tu-choi-1440.jpg")
        page.check("text=Cả 11 lượt đang hiện")
        page.check("text=Tính lại: khách thật")
        page.fill("#ly-do", "Lớp 6A đi tham quan")
        page.click(".act .button")
        expect(page.locator(".saved")).to_have_text("Đã đổi nhãn 11 lượt.")
        page.click("text=Xem cả ngày")
        expect(page.locator(".tag.in")).to_have_count(20 + 12 + 30 - 1)
        page.click(".back a")
        expect(page.locator(".said")).to_contain_text("tính lại 11 lượt")
        page.fill("#mo", "22:00")
        page.fill("#dong", "06:00")
        click_and_wait(page.locator(".hours .button"))
        expect(page.locator("#wrong")).to_contain_text("Xin ghi giờ mở cửa trước giờ đóng cửa")
        page.fill("#mo", "06:00")
        page.fill("#dong", "22:30")
        click_and_wait(page.locator(".hours .button"))
        expect(page.locator("#gio .saved")).to_be_visible()
        keep_picture(page, PICTURES / "gio-1440.jpg")
        page.close()
