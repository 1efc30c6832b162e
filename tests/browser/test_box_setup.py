"""The box's own page on a telephone, served by the real MicroPython and looked at as pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware import durable_json
from tests.support.box_portal import OLD, PASSWORD, WIFI, portal
from tests.support.browser import Watch, assert_nothing_sticks_out, click_and_wait, small_targets
from tests.support.enrolling import GOOD, Enrolling, enrolling
from tests.support.pictures import ARTEFACTS, keep_picture
from tests.support.whole_box import compile_firmware

SIZES = {"360x640": (360, 640), "390x844": (390, 844), "844x390": (844, 390)}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_firmware(tmp_path_factory.mktemp("firmware"))


@pytest.fixture(scope="module")
def server() -> Iterator[Enrolling]:
    with enrolling() as running:
        yield running


def picture(page: Page, name: str, *sizes: str) -> None:
    """At each size: nothing sticks out, everything can be touched; then the whole page as a picture."""
    for size in sizes:
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        assert_nothing_sticks_out(page)
        assert small_targets(page) == []
        keep_picture(page, ARTEFACTS / f"box-{name}-{size}.jpg")


def choose(page: Page, server: str, code: str, password: str = PASSWORD) -> None:
    page.click(f"label.r:has-text('{WIFI}')")
    page.fill("#p", password)
    page.fill("#s", server)
    page.fill("#c", code)
    click_and_wait(page.locator("button"))


def test_a_person_sets_a_box_up(browser: Browser, tmp_path: Path, compiled: Path, server: Enrolling) -> None:
    with portal(tmp_path, compiled) as box, browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        watch = Watch().on(page)
        page.goto(f"http://{box.host}/")
        assert page.evaluate("document.title") == "Cài đặt hộp nút bấm"  # no network's name has run
        picture(page, "1-first", *SIZES)

        page.click("text=Mạng khác")
        click_and_wait(page.locator("button"))
        expect(page.locator("p.e[id]")).to_have_count(2)  # the box sends its page piece by piece
        picture(page, "2-errors", "360x640")

        # A code falls into its groups, a password can be seen while it is typed.
        page.fill("#c", "")
        page.locator("#c").press_sequentially("r4zn8wbctm")
        assert page.input_value("#c") == "R4ZN8-WBCTM"
        page.fill("#p", PASSWORD)
        page.check(".v input")
        assert page.get_attribute("#p", "type") == "text"

        choose(page, server.url, "bbbbb-bbbbu")
        page.wait_for_selector("p.e#ec")
        assert page.input_value("#p") == page.input_value("#c") == ""
        assert page.is_visible("text=Mật khẩu cũ vẫn được giữ")
        picture(page, "3-code-used", "390x844")

        server.go.clear()
        choose(page, server.url, GOOD, "")
        page.wait_for_selector("li.w:has-text('Hỏi máy chủ')")
        picture(page, "4-trying", "390x844")
        server.go.set()
        page.wait_for_selector("h1:has-text('xong')")  # by itself
        picture(page, "5-done", "390x844", "844x390")
        assert watch.complaints == []


def test_without_scripts_and_with_something_to_keep(
    browser: Browser, tmp_path: Path, compiled: Path, server: Enrolling
) -> None:
    durable_json.write(str(tmp_path / "identity.json"), OLD)
    durable_json.write(str(tmp_path / "wifi.json"), {"ssid": WIFI, "password": PASSWORD})
    with (
        portal(tmp_path, compiled, waiting=3) as box,
        browser.new_context(java_script_enabled=False) as context,
    ):
        page = context.new_page()
        page.goto(f"http://{box.host}/")
        assert page.is_checked("#k")
        page.fill("#s", server.url)
        page.fill("#c", "R4ZN8 WBCTM")
        page.click("button")
        page.wait_for_selector("p.e#ec")
        page.set_viewport_size({"width": 390, "height": 844})
        keep_picture(page, ARTEFACTS / "box-6-undelivered-390x844.jpg")
        page.check("input[name=y]")
        page.click("button")
        page.wait_for_selector("h1:has-text('xong')")
