"""The staff's pages in a real Chromium: pictures in every size, live figures, keyboard, policy, paper."""

import re
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.services import admin
from server.services.context import Context
from server.transport.http.app import create_app
from tests.support.browser import Watch, assert_nothing_sticks_out, chromium, served, sign_in
from tests.support.seed import (
    LOGIN,
    PASSWORD,
    SCHOOL,
    Clock,
    Feeder,
    add_school,
    add_trouble,
    make_context,
    sample_school,
)

PICTURES = Path(__file__).parents[1] / "artefacts" / "dashboard"
PAGES = {"tong-quan": "/", "thiet-bi": "/thiet-bi", "so-lieu": "/so-lieu", "bao-cao": "/bao-cao"}
SIZES = {"1440": (1440, 900), "390": (390, 844)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Three schools that stand still: one with all that can be, one with too few answers, one with none."""
    full = sample_school(tmp_path_factory.mktemp("full"))
    add_trouble(full)
    few = make_context(tmp_path_factory.mktemp("few"))
    add_school(few)
    admin.add_device(few, "kiosk-1", SCHOOL, "kiosk", "Kiosk quầy")
    Feeder(few, "kiosk-1").rate(5, 4, 1)
    empty = make_context(tmp_path_factory.mktemp("empty"))
    add_school(empty)
    with served(create_app(full)) as a, served(create_app(few)) as b, served(create_app(empty)) as c:
        yield {"day-du": a, "it-luot": b, "trong": c}


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Context]:
    ctx = make_context(tmp_path)
    add_school(ctx)
    admin.add_device(ctx, "kiosk-1", SCHOOL, "kiosk", "Kiosk quầy")
    Feeder(ctx, "kiosk-1").rate(*[5] * 30, *[2] * 3, procedure="hoc-ba")
    yield ctx
    ctx.store.close()


def picture(page: Page, name: str, *schemes: str) -> None:
    """The page by day and by night, or by one of them; nothing of it sticks out."""
    assert_nothing_sticks_out(page)
    for scheme in schemes or ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.screenshot(path=PICTURES / f"{name}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("size", SIZES)
def test_pictures(browser: Browser, addresses: dict[str, str], size: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    width, height = SIZES[size]
    for state, address in addresses.items():
        context = browser.new_context(viewport={"width": width, "height": height})
        page = context.new_page()
        watch = Watch().on(page)
        full = state == "day-du"
        page.goto(f"{address}/dang-nhap")
        if full:
            picture(page, f"dang-nhap-{size}")
        sign_in(page, address, LOGIN, PASSWORD)
        shown = {name: path for name, path in PAGES.items() if full or name in ("tong-quan", "thiet-bi")}
        for lang in ("en", "vi") if full else ("vi",):
            for name, path in shown.items():
                page.goto(f"{address}{path}?lang={lang}")
                assert page.evaluate("document.documentElement.lang") == lang
                picture(page, f"{name}-{state}-{size}-{lang}", *(("light",) if lang == "en" else ()))
        page.goto(address)
        for summary in page.locator("details.table > summary").all():
            summary.click()
        assert_nothing_sticks_out(page)
        if full:
            picture(page, f"bang-so-{size}")
        page.goto(f"{address}/khong-co")
        assert [text for text in watch.complaints if "404" not in text] == []
        context.close()


def test_a_touch_moves_the_page_without_a_reload(browser: Browser, school: Context) -> None:
    with served(create_app(school)) as address:
        page = browser.new_context().new_page()
        watch = Watch().on(page)
        sign_in(page, address, LOGIN, PASSWORD)
        expect(page.locator("#figure")).to_contain_text("90,9")
        page.evaluate("window.stayed = true")
        page.locator("#table-procedures > summary").click()
        page.locator("#table-procedures > summary").focus()
        touched = time.monotonic()
        Feeder(school, "kiosk-1").rate(*[5] * 7, procedure="hoc-ba")
        expect(page.locator("#figure")).to_contain_text("92,5", timeout=10_000)
        assert time.monotonic() - touched < 2.0
        expect(page.locator("#said")).to_have_text(re.compile("Tỷ lệ hài lòng 92,5.%, 40 lượt"))
        # What the reader had opened stays open, and they stand where they stood.
        assert page.locator("#table-procedures").get_attribute("open") is not None
        assert page.evaluate("document.activeElement.parentElement.id") == "table-procedures"
        assert page.evaluate("window.stayed") is True
        Feeder(school, "kiosk-1").raw(b"rubbish")
        expect(page.locator(".tasks")).to_contain_text("1 tin bị từ chối", timeout=10_000)
        assert watch.complaints == []
        page.context.close()


def test_the_first_touch_fills_an_empty_page(browser: Browser, tmp_path: Path) -> None:
    ctx = make_context(tmp_path)
    add_school(ctx)
    admin.add_device(ctx, "kiosk-1", SCHOOL, "kiosk", "Kiosk quầy")
    with served(create_app(ctx)) as address:
        page = browser.new_context().new_page()
        sign_in(page, address, LOGIN, PASSWORD)
        expect(page.locator(".empty-title")).to_have_text("Chưa có lượt đánh giá nào trong kỳ này")
        Feeder(ctx, "kiosk-1").rate(5)
        expect(page.locator(".empty-title")).to_have_text("Chưa đủ lượt để nêu tỷ lệ")
        Feeder(ctx, "kiosk-1").rate(5, 5, 5, 4, 5)
        expect(page.locator("#figure")).to_contain_text("100,0")
        page.context.close()


def test_a_page_out_of_sight_asks_nothing(browser: Browser, school: Context) -> None:
    with served(create_app(school)) as address:
        page = browser.new_context().new_page()
        sign_in(page, address, LOGIN, PASSWORD)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
        page.wait_for_timeout(1500)
        asked.clear()
        page.wait_for_timeout(2500)
        assert asked == []
        page.context.close()


def test_a_session_that_ended_leads_to_the_login(browser: Browser, tmp_path: Path) -> None:
    clock = Clock()
    ctx = make_context(tmp_path, clock)
    add_school(ctx)
    with served(create_app(ctx)) as address:
        page = browser.new_context().new_page()
        sign_in(page, address, LOGIN, PASSWORD)
        clock.ms += 13 * 3_600_000
        expect(page.locator("#password")).to_be_visible(timeout=10_000)
        page.context.close()


def test_everything_works_without_scripts(browser: Browser, addresses: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    address = addresses["day-du"]
    sign_in(page, address, LOGIN, PASSWORD)
    page.locator("#table-trend > summary").click()
    expect(page.locator("#table-trend table")).to_be_visible()
    page.locator("#period > summary").click()
    page.locator("#period select").select_option("2025-Q3")
    page.locator("#period button").click()
    expect(page.locator(".panel-side").first).to_contain_text("Quý III năm 2025")
    page.locator("#menu > summary").click()
    page.locator("#menu").get_by_role("link", name="Số liệu").click()
    expect(page.locator("h1")).to_have_text("Số liệu")
    page.locator("#menu > summary").click()
    page.locator("#menu").get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Data")
    page.locator("#menu > summary").click()
    page.locator("#menu").get_by_role("button", name="Sign out").click()
    expect(page.locator("#password")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_keyboard_reaches_everything_and_is_seen(
    browser: Browser, addresses: dict[str, str], scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    sign_in(page, addresses["day-du"], LOGIN, PASSWORD)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => { const it = document.activeElement, style = getComputedStyle(it);
                return [it.tagName, it.innerText.trim(), style.outlineStyle, parseFloat(style.outlineWidth),
                        it === document.body]; }"""
        )
        if told[4]:
            break
        assert told[2] == "solid", told
        assert told[3] >= 3, told
        reached.add(told[1])
    assert {
        "Đổi kỳ",
        "Xem bảng số",
        "Báo cáo",
        "English",
        "Đăng xuất",
        "Chi tiết",
        "Xem cách xử lý",
    } <= reached
    page.locator("#period > summary").focus()
    page.keyboard.press("Enter")
    page.screenshot(path=PICTURES / f"doi-ky-1440-{scheme}.png")
    page.keyboard.press("Escape")
    assert page.locator("#period").get_attribute("open") is None
    assert page.evaluate("document.activeElement.parentElement.id") == "period"
    context.close()


def test_the_page_has_its_landmarks(browser: Browser, addresses: dict[str, str]) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    address = addresses["day-du"]
    sign_in(page, address, LOGIN, PASSWORD)
    for path in PAGES.values():
        page.goto(address + path)
        assert page.locator("h1").count() == 1
        assert page.locator("main").count() == 1
        assert page.get_by_role("banner").count() == 1
        assert page.get_by_role("navigation").count() == 1
        levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((h) => +h.tagName[1])")
        assert all(after - before <= 1 for before, after in pairwise(levels))
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
        assert len(ids) == len(set(ids))
        broken = page.evaluate(
            """[...document.querySelectorAll("use")].map((use) => use.getAttribute("href").slice(1))
                .filter((id) => !document.getElementById(id))"""
        )
        assert broken == []
        unnamed = page.evaluate(
            """[...document.querySelectorAll("a, button, summary, select, input:not([type=hidden])")].filter(
                (each) => !(each.innerText || each.getAttribute("aria-label") || each.labels?.length
                            || each.textContent.trim())).length"""
        )
        assert unnamed == 0
        for table in page.locator("table").all():
            assert table.locator("th:not([scope])").count() == 0
    page.context.close()


def test_small_targets_are_large_enough_on_a_phone(browser: Browser, addresses: dict[str, str]) -> None:
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    sign_in(page, addresses["day-du"], LOGIN, PASSWORD)
    page.locator("#menu > summary").click()
    page.screenshot(path=PICTURES / "danh-muc-390.png")
    small = page.evaluate(
        """[...document.querySelectorAll("header a, header button, header summary, .button")].filter((e) => {
            const box = e.getBoundingClientRect(); return e.checkVisibility() && box.height < 44;
        }).map((e) => e.outerHTML)"""
    )
    assert small == []
    page.context.close()


def test_on_paper(browser: Browser, addresses: dict[str, str]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = browser.new_context(color_scheme="dark").new_page()
    sign_in(page, addresses["day-du"], LOGIN, PASSWORD)
    page.emulate_media(media="print")
    expect(page.locator("#period")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.pdf(path=PICTURES / "tong-quan.pdf", format="A4", print_background=True)
    page.context.close()
