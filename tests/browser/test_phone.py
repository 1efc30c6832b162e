"""The phone survey in a real Chromium: one light request, complete without scripts, never counted twice."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from server.services.context import Context
from server.services.devices import points
from server.wiring.pages import create_app
from survey_defs.complaint import spell_code
from tests.support.browser import Watch, served
from tests.support.phone import DESK, POINTS, bad_line, phone_school, stored, token_of
from tests.support.pictures import ARTEFACTS, keep_picture
from tests.support.seed import Clock

PICTURES = ARTEFACTS / "phone"
SOUND = (Path(__file__).parents[1] / "support" / "sound.js").read_text(encoding="utf-8")
SIZES = {"360": (360, 740), "390": (390, 844), "768": (768, 1024)}
MAX_BYTES = 14 * 1024
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@dataclass
class School:
    """A served school with points."""

    ctx: Context
    clock: Clock
    url: str

    def last(self) -> dict[str, object]:
        return stored(self.ctx)[-1]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    clock = Clock()
    ctx = phone_school(tmp_path_factory.mktemp("phone"), clock, public_url="https://thcs-mau.example")
    points.add(ctx, "da-nghi", "mau", label="Đã nghỉ")
    points.retire(ctx, "da-nghi")
    with served(create_app(ctx)) as url:
        yield School(ctx, clock, url)
    ctx.store.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(**PHONE)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def letters(school: School) -> int:
    """How many complaints there are."""
    return int(school.ctx.store.connection.execute("SELECT COUNT(*) FROM cases").fetchone()[0])


def thanked(page: Page) -> None:
    expect(page.locator("h1")).to_have_text("Cảm ơn quý vị.")
    expect(page.locator(".calm")).to_contain_text("Ý kiến của quý vị đã được ghi nhận.")


@pytest.mark.parametrize("point", POINTS)
def test_one_request_of_at_most_14_kb(school: School, page: Page, point: str) -> None:
    log = page.context.new_cdp_session(page)
    asked: list[str] = []
    weights: list[float] = []
    log.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    log.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    log.send("Network.enable")
    watch = Watch().on(page)
    page.goto(f"{school.url}/q/{point}", wait_until="networkidle")
    for summary in page.locator("summary").all():
        summary.click()
    sent = [url for url in asked if not url.startswith("data:")]
    assert sent == [f"{school.url}/q/{point}"]
    assert len([weight for weight in weights if weight]) == 1
    assert sum(weights) <= MAX_BYTES, weights
    assert watch.complaints == []
    assert page.context.cookies() == []


def test_a_whole_visit_without_scripts(school: School, browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(**PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    before = len(stored(school.ctx))
    page.goto(f"{school.url}/q/{DESK}")
    page.select_option("#procedure", label="Chuyển trường")
    page.locator("#send").tap()
    expect(page.locator("#why")).to_have_text("Xin chọn một khuôn mặt.")
    expect(page.locator("#procedure")).to_have_value("chuyen-truong")
    expect(page.locator("#q1-1")).to_be_focused()
    page.locator("#q1-1").tap()
    page.locator("#q1-2").tap()
    page.locator("summary").tap()
    page.locator("#q2-3").check()
    page.locator("#q3-4").check()
    page.locator("#send").tap()
    thanked(page)
    page.reload()
    thanked(page)
    row = school.last()
    assert len(stored(school.ctx)) == before + 1, "the reload counted"
    assert json.loads(str(row["answers"])) == {"rating": 2, "timeliness": "tre-hen", "reasons": ["giay-to"]}
    assert row["procedure"] == "chuyen-truong"
    page.locator("a.button", has_text="Viết góp ý, phản ánh").tap()
    page.locator("#about-3").check()
    page.fill("#text", "Tôi muốn tố cáo việc thu tiền.")
    page.locator("summary").tap()
    page.fill("#reach", "0912 000 000")
    page.locator("#send").tap()
    expect(page.locator("#contact-wrong")).to_contain_text("đánh dấu vào ô đồng ý")
    page.locator("#consent").check()
    page.locator("#send").tap()
    expect(page.locator("#advice")).to_contain_text("Luật Tố cáo")
    expect(page.locator("#text")).to_have_value("Tôi muốn tố cáo việc thu tiền.")
    page.locator("#send").tap()
    expect(page.locator("h1")).to_have_text("Xin giữ mã tra cứu này")
    code = re.sub(r"\D", "", page.locator("#code").inner_text())
    assert len(code) == 16
    with page.expect_download() as download:
        page.locator("a[download]").tap()
    assert download.value.suggested_filename == "ma-tra-cuu.txt"
    download.value.save_as(tmp_path / "ma.txt")
    assert spell_code(code) in (tmp_path / "ma.txt").read_text(encoding="utf-8-sig")
    page.reload()
    assert re.sub(r"\D", "", page.locator("#code").inner_text()) == code
    page.locator("a", has_text="Đã lưu, kết thúc").tap()
    expect(page.locator(".calm")).to_contain_text("Quý vị có thể đóng trang này.")
    page.goto(f"{school.url}/tra-cuu")
    page.fill("#code", code)
    page.locator(".ask .button").tap()
    expect(page.locator("h1")).to_have_text("Phản ánh của quý vị")
    assert context.cookies() == []
    context.close()


def test_reasons_follow_a_low_rating_and_nothing_is_sent_unseen(school: School, page: Page) -> None:
    page.goto(f"{school.url}/q/{DESK}")
    page.locator("summary").tap()
    expect(page.locator("#q3")).to_be_hidden()
    page.locator("#q1-1").check()
    expect(page.locator("#q3")).to_be_visible()
    page.locator("#q3-1").check()
    page.locator("#q1-5").check()
    expect(page.locator("#q3")).to_be_visible()
    page.locator("#q3-1").uncheck()
    expect(page.locator("#q3")).to_be_hidden()


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_line_that_breaks_between_sending_and_answer_counts_once(
    school: School, page: Page, cut: str
) -> None:
    before = len(stored(school.ctx))
    with bad_line(school.url) as line:
        page.goto(f"{line.url}/q/{DESK}")
        page.locator("#q1-4").check()
        line.cut = cut
        page.locator("#send").tap()
        net = page.locator("#net")
        expect(net).to_contain_text("Chưa gửi được vì mất mạng. Câu trả lời vẫn được giữ; máy tự gửi lại sau")
        expect(page.locator("#q1-4")).to_be_checked()
        expect(page.locator("#send")).to_have_text("Gửi đánh giá")
        expect(net).to_contain_text("sau 4 giây")  # it was tried again by itself
        assert len(stored(school.ctx)) - before == (cut == "after")
        assert "q.rating=4" in page.evaluate(f"sessionStorage.getItem('hl:/q/{DESK}')")
        line.cut = ""
        net.locator("button").tap()
        thanked(page)
        assert line.cuts >= 2
    assert len(stored(school.ctx)) - before == 1
    assert school.last()["level"] == 4
    assert page.evaluate("sessionStorage.length") == 0


def test_a_visit_begun_before_a_restart_and_a_tab_thrown_away(school: School, page: Page) -> None:
    before = len(stored(school.ctx))
    with served(create_app(school.ctx)) as first, bad_line(first) as line:
        page.goto(f"{line.url}/q/{DESK}")
        page.locator("#q1-2").check()
        page.select_option("#procedure", "hoc-ba")
        line.cut = "after"
        page.locator("#send").tap()
        expect(page.locator("#net")).to_contain_text("vẫn được giữ")
        line.move(school.url)  # the same data, another server
        line.cut = ""
        page.reload()
        thanked(page)
    assert len(stored(school.ctx)) - before == 1
    assert (school.last()["level"], school.last()["procedure"]) == (2, "hoc-ba")


def test_a_server_that_is_down_is_waited_for(school: School, page: Page) -> None:
    troubles = iter([503, 500])

    def answer(route: Route) -> None:
        status = next(troubles, None) if route.request.method == "POST" else None
        if status is None:
            route.continue_()
        else:
            route.fulfill(status=status, body="…")

    page.route("**/q/*", answer)
    page.goto(f"{school.url}/q/{DESK}")
    page.locator("#q1-3").check()
    page.locator("#send").tap()
    expect(page.locator("#net")).to_contain_text("máy của trường chưa trả lời")
    page.locator("#net button").tap()
    expect(page.locator("#net")).to_contain_text("sau 4 giây")
    page.evaluate("dispatchEvent(new Event('online'))")
    thanked(page)


def test_a_network_that_answers_in_our_place_is_no_receipt(school: School, page: Page) -> None:
    page.goto(f"{school.url}/q/{DESK}")
    page.route("**/q/*", lambda route: route.fulfill(body="<h1>Wi-Fi</h1>", content_type="text/html"))
    page.locator("#q1-3").check()
    page.locator("#send").tap()
    expect(page.locator("#net")).to_contain_text("vẫn được giữ")
    page.unroute("**/q/*")
    page.locator("#net button").tap()
    thanked(page)


def test_two_taps_and_a_form_sent_twenty_times_at_once_count_once(school: School, page: Page) -> None:
    before = len(stored(school.ctx))
    page.goto(f"{school.url}/q/{DESK}")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.method))
    page.locator("#q1-5").check()
    page.locator("#send").dblclick()
    thanked(page)
    assert posts == ["POST"]
    assert len(stored(school.ctx)) - before == 1
    with urlopen(f"{school.url}/q/{DESK}") as fresh:
        body = urlencode({"token": token_of(fresh.read().decode()), "q.rating": "4"}).encode()
    gate = threading.Barrier(20)

    def send(_: int) -> str:
        gate.wait()
        with urlopen(Request(f"{school.url}/q/{DESK}", body)) as answer:
            return str(answer.read().decode())

    with ThreadPoolExecutor(20) as pool:
        pages = set(pool.map(send, range(20)))
    assert len(pages) == 1
    assert "đã được ghi nhận" in pages.pop()
    assert len(stored(school.ctx)) - before == 2


def test_a_letter_survives_a_bad_line_and_its_code_is_not_lost(school: School, page: Page) -> None:
    text = "Mèo vàng nằm trên mái ngói."
    asked: list[str] = []
    before = letters(school)
    with bad_line(school.url) as line:
        page.goto(f"{line.url}/q/{DESK}/gop-y")
        page.fill("#text", text)
        expect(page.locator("#left")).to_have_text("Còn viết được 3973 ký tự.")
        line.cut = "after"
        page.locator("#send").tap()
        expect(page.locator("#net")).to_contain_text("vẫn được giữ")
        assert page.evaluate("sessionStorage.length + localStorage.length") == 0
        expect(page.locator("#text")).to_have_value(text)
        line.cut = ""
        page.locator("#net button").tap()
        expect(page.locator("h1")).to_have_text("Xin giữ mã tra cứu này")
        code = re.sub(r"\D", "", page.locator("#code").inner_text())
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))  # type: ignore[func-returns-value]
        page.evaluate("setTimeout(() => location.reload(), 0)")
        page.wait_for_timeout(300)
        assert asked == ["beforeunload"], "nobody leaves before the code is saved"
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=line.url)
        page.locator("#copy").tap()
        expect(page.locator("#copied")).to_have_text("Đã chép mã.")
        assert re.sub(r"\D", "", page.evaluate("navigator.clipboard.readText()")) == code
        assert page.url.endswith("/gop-y")
        page.locator("a", has_text="Mở trang tra cứu với mã này").tap()
        expect(page.locator("#code")).to_have_value(spell_code(code))
    assert asked == ["beforeunload"]
    assert letters(school) - before == 1


def test_a_finger_finds_five_faces_at_360(school: School, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(f"{school.url}/q/lop-9a")
    boxes = page.evaluate(
        """[...document.querySelectorAll("[type=radio], [type=checkbox], button, a, summary, select")]
            .filter((each) => each.checkVisibility())
            .map((each) => each.getBoundingClientRect()).map((box) => [box.width, box.height])"""
    )
    assert len(boxes) > 35
    assert all(width >= 44 and height >= 44 for width, height in boxes), boxes
    faces = page.locator(".five input")
    assert faces.count() == 25
    faces.nth(1).check()
    expect(page.locator(".five .w").nth(1)).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(faces.nth(2)).to_be_checked()
    page.close()


def shown(school: School, page: Page, state: str, lang: str) -> None:
    """Bring a page into one of its states."""
    end = f"?lang={lang}"
    path = {"nghi": "/q/da-nghi", "em": "/q/hoc-sinh-quy", "dai": "/q/lop-9a"}.get(state, f"/q/{DESK}")
    writes = state in ("thu", "thu-sai", "khuyen", "ma", "xong")
    end += "&da-luu=1" if state == "xong" else ""
    page.goto(school.url + path + ("/gop-y" if writes else "") + end)
    if state in ("chon", "cam-on", "mat-mang"):
        page.select_option("#procedure", "chuyen-truong")
        page.check("#q1-2" if state == "chon" else "#q1-4")
    if state == "chon":
        page.click("summary")
        page.check("#q3-2")
    if state in ("em", "dai"):
        page.check("#q2-5")
    if state == "mat-mang":
        page.context.set_offline(True)
    if state == "ma":
        page.fill("#text", "Chờ lâu")
    if state == "thu-sai":
        page.click("summary")
        page.fill("#name", "Mẫu")
        page.fill("#text", "Chờ lâu")
    if state == "khuyen":
        page.fill("#text", "Tôi muốn tố cáo một việc.")
    if state in ("cam-on", "mat-mang", "sai", "ma", "khuyen", "thu-sai"):
        page.click("#send")
    waited = {"cam-on": ".calm", "mat-mang": "#net button", "sai": "#why", "ma": "#code", "khuyen": "#advice",
              "thu-sai": "#why"}  # fmt: skip
    if state in waited:
        expect(page.locator(waited[state])).to_be_visible()


STATES = (
    "moi", "chon", "sai", "cam-on", "nghi", "mat-mang", "dai", "em", "thu", "thu-sai", "khuyen", "ma", "xong",
)  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_every_state_in_every_size(school: School, browser: Browser, state: str) -> None:
    for lang in ("vi", "en"):
        context = browser.new_context()
        page = context.new_page()
        page.set_viewport_size({"width": 390, "height": 844})
        page.on("dialog", lambda dialog: dialog.accept())
        shown(school, page, state, lang)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("document.activeElement.blur()")
            assert page.evaluate(SOUND) == []
            keep_picture(page, PICTURES / f"{state}-{size}-{lang}.jpg")
        if lang == "vi":
            page.emulate_media(color_scheme="dark")
            assert page.evaluate(SOUND) == []
            keep_picture(page, PICTURES / f"{state}-768-toi.jpg")
        context.set_offline(False)
        context.close()


@pytest.mark.parametrize("state", ["chon", "dai", "khuyen", "ma", "mat-mang"])
def test_with_the_font_doubled(school: School, browser: Browser, state: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    shown(school, page, state, "vi")
    page.evaluate("document.styleSheets[0].insertRule('html { font-size: 200% }', 0)")
    page.evaluate("document.activeElement.blur()")
    assert page.evaluate(SOUND) == []
    clipped = page.evaluate(
        """[...document.querySelectorAll("label, button, a, p, legend, h1, h2, summary, li, b, .name span")]
            .filter((each) => each.checkVisibility() && !each.closest(".unseen"))
            .filter((each) => getComputedStyle(each).display !== "inline")
            .filter((each) => each.scrollWidth > each.clientWidth + 1)
            .map((each) => each.outerHTML.slice(0, 90))"""
    )
    assert clipped == []
    touching = page.evaluate(
        """[...document.querySelectorAll(".rows label, .opts label")].filter((each) => {
            const words = document.createRange();
            words.selectNodeContents(each);
            const edge = each.getBoundingClientRect().right - parseFloat(getComputedStyle(each).paddingRight);
            return each.checkVisibility() && words.getBoundingClientRect().right > edge + 1;
        }).map((each) => each.innerText)"""
    )
    assert touching == []
    keep_picture(page, PICTURES / f"{state}-360-hai-lan.jpg")
    context.set_offline(False)
    context.close()
