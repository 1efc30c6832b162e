"""The lookup page in a real Chromium: from the QR to the verdict, with and without scripts, in every size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from server.services.context import Context
from server.services.sender import follow_acts
from server.wiring.pages import create_app
from survey_defs.complaint import new_code, spell_code
from tests.support.browser import Watch, served
from tests.support.follow import Reported, lookup_school
from tests.support.pictures import ARTEFACTS, keep_picture
from tests.support.seed import HOUR, LOGIN, NOW, Clock

PICTURES = ARTEFACTS / "follow"
SOUND = (Path(__file__).parents[1] / "support" / "sound.js").read_text(encoding="utf-8")
SIZES = {"360": (360, 740), "390": (390, 844), "768": (768, 1024)}
DAY = 24 * HOUR
CODE = "4821093755672104"
ANSWER = (
    "Kính gửi quý phụ huynh,\n\nNhà trường đã tìm thấy học bạ và sẽ trả vào sáng thứ Hai 01/06/2026 tại "
    "phòng văn thư. Nhà trường xin lỗi vì để quý vị chờ lâu."
)


@dataclass
class Desk:
    """A served school with one case, and its clock."""

    ctx: Context
    clock: Clock
    url: str
    case: Reported


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A served school that stands for the whole module; every test brings a case of its own."""
    clock = Clock(NOW - 40 * DAY)
    ctx = lookup_school(tmp_path_factory.mktemp("shown"), clock)
    case = Reported(ctx)
    with served(create_app(ctx)) as url:
        yield Desk(ctx, clock, url, case)
    ctx.store.close()


@pytest.fixture
def desk(shown: Desk) -> Desk:
    """The same school, and a case of the test's own that came ten days ago."""
    shown.clock.ms = NOW - 10 * DAY
    case = begin(Reported(shown.ctx))
    shown.clock.ms = NOW
    return replace(shown, case=case)


def begin(case: Reported) -> Reported:
    case.desk("receive")
    case.desk("classify", kind="pakn", summary="Chờ học bạ")
    return case.desk("assign", assignee=LOGIN)


def write(case: Reported, act: str, text: str = "") -> None:
    follow_acts.act(case.ctx, case.keys, act=act, after=str(case.row["version"]), text=text, wish="")


@dataclass
class Sent:
    """Everything that the browser asked for."""

    requests: list[Request] = field(default_factory=list)

    def on(self, context: BrowserContext) -> Sent:
        context.on("request", self.keep)
        return self

    def keep(self, request: Request) -> None:
        """Another one."""
        self.requests.append(request)

    def assert_the_code_went_in_bodies_alone(self, code: str, url: str) -> None:
        told = False
        for request in self.requests:
            assert request.url.startswith(f"{url}/"), "nothing is asked of anybody else"
            without = request.url.partition("#")[0]
            assert not re.search(r"\d{4}", without.removeprefix(url)), without
            assert "referer" not in request.headers or code not in request.headers["referer"]
            assert "cookie" not in request.headers
            told = told or code in re.sub(r"[+ ]|%20", "", request.post_data or "")
        assert told


def enter(page: Page, code: str) -> None:
    page.fill("#code", code)
    page.click(".ask .button")


def kept_by(page: Page) -> str:
    """What the browser holds of the visit."""
    return str(
        page.evaluate(
            "JSON.stringify([location.href, document.cookie, {...localStorage}, {...sessionStorage}])"
        )
    )


def test_from_the_qr_to_the_verdict(desk: Desk, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page, sent = context.new_page(), Sent().on(context)
    watch = Watch().on(page)
    code = desk.case.code
    page.goto(f"{desk.url}/tra-cuu#{code}")
    expect(page.locator("#code")).to_have_value(spell_code(code))
    assert page.url == f"{desk.url}/tra-cuu", "the code has left the address"
    before = page.evaluate("history.length")
    page.keyboard.press("Enter")  # the button stands under the finger already
    expect(page.locator("h1")).to_have_text("Phản ánh của quý vị")
    expect(page.locator(".card")).to_contain_text("Còn 2 ngày làm việc")

    page.locator("summary", has_text="Viết thêm").tap()
    page.fill("#text", "Tôi cần học bạ trước 01/06 ạ.")
    page.get_by_role("button", name="English").tap()
    expect(page.locator("h1")).to_have_text("Your complaint")
    expect(page.locator("#text")).to_be_visible()
    page.get_by_role("button", name="Tiếng Việt").tap()
    expect(page.locator("h1")).to_have_text("Phản ánh của quý vị")
    expect(page.locator("#text")).to_have_value("Tôi cần học bạ trước 01/06 ạ.")
    page.locator(".write .button.primary", has_text="Gửi").tap()
    expect(page.locator(".noted")).to_have_text("Nhà trường đã nhận được lời của quý vị.")
    expect(page.locator(".said.own .text")).to_have_text("Tôi cần học bạ trước 01/06 ạ.")
    desk.case.desk("answer", ANSWER)
    page.goto(f"{desk.url}/tra-cuu")
    enter(page, spell_code(code))
    expect(page.locator(".answer .text")).to_contain_text("Kính gửi quý phụ huynh")
    page.locator(".verdict summary").tap()
    page.fill("#again", "Chưa có trang 3.")
    page.locator(".button", has_text="Đề nghị giải quyết lại").tap()
    expect(page.locator(".noted")).to_contain_text("sẽ giải quyết lại")
    desk.case.desk("answer", "Đã bổ sung trang 3.")
    page.goto(f"{desk.url}/tra-cuu")
    enter(page, code)
    page.locator(".verdict .button.primary").first.tap()
    expect(page.locator(".card .big")).to_have_text("Đã giải quyết")
    assert desk.case.row["satisfied"] == 1
    assert page.evaluate("history.length") == before, "no answer stays behind"
    page.reload()
    expect(page.locator("#code")).to_have_value("")
    assert code not in kept_by(page)
    assert context.cookies() == []
    assert watch.complaints == []
    sent.assert_the_code_went_in_bodies_alone(code, desk.url)
    context.close()


def test_without_scripts(desk: Desk, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page, sent = context.new_page(), Sent().on(context)
    code = desk.case.code
    page.goto(f"{desk.url}/tra-cuu")
    enter(page, "1234")
    expect(page.locator(".wrong")).to_have_text("Không tìm thấy mã này. Xin kiểm tra đủ 16 số.")
    expect(page.locator("#code")).to_be_focused()
    expect(page.locator("#code")).to_have_value("1234")
    enter(page, spell_code(code))
    page.locator("summary", has_text="Viết thêm").click()
    page.locator(".write .button.primary", has_text="Gửi").click()
    expect(page.locator(".write .wrong")).to_have_text("Xin viết vài chữ rồi gửi.")
    page.fill("#text", "Một lời")
    page.locator(".write .button.primary", has_text="Gửi").click()
    expect(page.locator(".said.own .text")).to_have_text("Một lời")
    page.reload()
    expect(page.locator(".said.own .text")).to_have_text("Một lời")
    assert [row["action"] for row in desk.case.entries()].count("word") == 1, "the reload sent it once more"
    page.locator(".write summary").click()
    page.fill("#text", "Thêm một lời")
    page.locator("button.switch").click()
    expect(page.locator("h1")).to_have_text("Your complaint")
    expect(page.locator("#text")).to_have_value("Thêm một lời")
    page.locator("#clear").click()
    expect(page.locator("h1")).to_have_text("Follow a complaint")
    expect(page.locator("#code")).to_have_value("")
    assert page.url == f"{desk.url}/tra-cuu/xoa?lang=en"
    assert context.cookies() == []
    sent.assert_the_code_went_in_bodies_alone(code, desk.url)
    context.close()


def test_cleared_is_gone_and_back_brings_nothing(desk: Desk, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{desk.url}/dang-nhap")
    page.goto(f"{desk.url}/tra-cuu#{desk.case.code}")
    page.click(".ask .button")
    expect(page.locator(".card")).to_be_visible()
    page.click("#clear")
    expect(page.locator(".noted")).to_contain_text("Đã xóa khỏi màn hình này.")
    page.go_back()
    expect(page).to_have_url(f"{desk.url}/dang-nhap")
    page.go_forward()
    expect(page.locator("#code")).to_have_value("")
    assert page.locator(".card").count() == 0
    assert desk.case.code not in page.content()
    page.close()


def test_the_digits_stand_in_groups_while_they_are_typed(desk: Desk, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{desk.url}/tra-cuu")
    field = page.locator("#code")
    field.press_sequentially("48210937556")
    expect(field).to_have_value("4821 0937 556")
    for _ in range(4):
        field.press("ArrowLeft")
    field.press("Backspace")
    expect(field).to_have_value("4821 0935 56")
    field.press_sequentially("9")
    expect(field).to_have_value("4821 0939 556")
    field.fill("không phải số")
    expect(field).to_have_value("không phải số")
    field.fill(f"  {desk.case.code} ")
    expect(field).to_have_value(spell_code(desk.case.code))
    page.goto(f"{desk.url}/tra-cuu#{CODE}")  # the same page: another slip was scanned
    expect(field).to_have_value(spell_code(CODE))
    page.goto(f"{desk.url}/tra-cuu#rubbish")
    expect(field).to_have_value(spell_code(CODE))
    assert page.url == f"{desk.url}/tra-cuu"
    page.close()


def test_a_double_tap_and_a_dead_line_lose_and_double_nothing(desk: Desk, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{desk.url}/tra-cuu")
    enter(page, desk.case.code)
    page.locator("summary", has_text="Viết thêm").click()
    page.fill("#text", "Một lời quan trọng")
    context.set_offline(True)
    send = page.locator(".write .button.primary", has_text="Gửi")
    send.click()
    expect(page.locator(".unsent")).to_have_text("Chưa gửi được. Xin thử lại.")
    expect(page.locator("#text")).to_have_value("Một lời quan trọng")
    context.set_offline(False)
    send.dblclick()
    expect(page.locator(".said.own .text")).to_have_text("Một lời quan trọng")
    assert [row["action"] for row in desk.case.entries()].count("word") == 1
    context.close()


def test_a_wrong_code_is_said_beside_the_field(desk: Desk, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{desk.url}/tra-cuu")
    enter(page, new_code())
    expect(page.get_by_role("alert")).to_have_text("Không tìm thấy mã này. Xin kiểm tra đủ 16 số.")
    expect(page.locator("#code")).to_be_focused()
    expect(page.locator("#code")).to_have_attribute("aria-invalid", "true")
    keep_picture(page, PICTURES / "ma-sai-390.jpg")
    page.close()


def stand(desk: Desk, name: str) -> Reported:
    """A case in one of the states that a page can show."""
    clock = desk.clock
    clock.ms = NOW - (30 if name == "qua-han" else 10) * DAY
    case = Reported(desk.ctx)
    if name == "moi":
        return case
    clock.ms += HOUR
    case.desk("receive").desk("classify", kind="pakn", summary="Chờ học bạ")
    clock.ms += DAY
    case.desk("assign", assignee=LOGIN)
    if name in ("trao-doi", "hoi", "tra-loi"):
        clock.ms = NOW - DAY + 6 * HOUR
        case.desk("ask", "Quý vị nộp học bạ bản chính hay bản sao?")
    if name in ("trao-doi", "tra-loi"):
        clock.ms = NOW - HOUR
        write(case, "word", "Tôi nộp bản chính ạ.")
    if name in ("tra-loi", "da-xong", "dong-xong"):
        case.desk("answer", ANSWER)
    if name == "da-xong":
        write(case, "settled")
    if name == "dong-xong":
        case.desk("close", reason="resolved")
    if name == "dong":
        case.desk("close", reason="not_eligible")
    if name == "chuyen":
        case.desk("forward", reason="superior", data={"body": "UBND phường Bãi Cháy", "mode": "transfer"})
    if name == "huong-dan":
        case.desk("return", "Việc này do Phòng Văn hóa – Xã hội giải quyết.", reason="guidance")
    return case


STATES = (
    "nhap", "moi", "trao-doi", "hoi", "tra-loi", "da-xong", "dong-xong", "dong", "chuyen", "huong-dan",
    "qua-han",
)  # fmt: skip


def assert_sound(page: Page) -> None:
    """Names, order of headings, sizes to touch, contrast of text, nothing that sticks out."""
    found = page.evaluate(SOUND)
    assert found == []


REPRESENTATIVE = ("nhap", "trao-doi", "tra-loi")
"""The states that are pictured by night, in English and on a tablet too; the rest is only checked there."""


@pytest.mark.parametrize("state", STATES)
def test_every_state_in_every_size(shown: Desk, browser: Browser, state: str) -> None:
    case = None if state == "nhap" else stand(shown, state)
    shown.clock.ms = NOW
    page = browser.new_page()
    watch = Watch().on(page)
    for lang, schemes, sizes in (("vi", ("dark", "light"), SIZES), ("en", ("light",), {"390": SIZES["390"]})):
        page.goto(f"{shown.url}/tra-cuu?lang={lang}")
        if case is not None:
            enter(page, case.code)
            expect(page.locator(".card")).to_be_visible()
        for size, (width, height) in sizes.items():
            page.set_viewport_size({"width": width, "height": height})
            fold(page, opened=True)
            assert_sound(page)
            fold(page, opened=False)
            usual = (size, lang) == ("390", "vi")
            for scheme in schemes if state in REPRESENTATIVE and size == "390" else ("light",):
                if usual or state in REPRESENTATIVE:
                    keep_picture(page, PICTURES / f"{state}-{size}-{scheme}-{lang}.jpg", scheme=scheme)
    assert watch.complaints == []
    page.close()


def fold(page: Page, *, opened: bool) -> None:
    """Open or close all that can be; the focus goes where it is not seen."""
    page.evaluate(
        """(opened) => {
            for (const each of document.querySelectorAll("details")) each.open = opened;
            document.activeElement.blur();
        }""",
        opened,
    )


@pytest.mark.parametrize("state", ["nhap", "tra-loi"])
def test_with_the_font_doubled(shown: Desk, browser: Browser, state: str) -> None:
    case = None if state == "nhap" else stand(shown, state)
    shown.clock.ms = NOW
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(f"{shown.url}/tra-cuu")
    if case is not None:
        enter(page, case.code)
        expect(page.locator(".card")).to_be_visible()
    page.evaluate("document.styleSheets[0].insertRule('html { font-size: 200% }')")
    assert_sound(page)
    keep_picture(page, PICTURES / f"{state}-360-hai-lan.jpg")
    page.close()


def test_with_the_keyboard_alone(desk: Desk, browser: Browser) -> None:
    page = browser.new_page()
    desk.case.desk("answer", ANSWER)
    page.goto(f"{desk.url}/tra-cuu")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type(desk.case.code)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    button = page.locator(".verdict .button.primary").first
    expect(button).to_be_focused()
    assert button.evaluate("each => getComputedStyle(each).outlineWidth") == "3px"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#again")).to_be_visible()
    page.close()
