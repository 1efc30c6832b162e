"""Words being written, in a real Chromium: a locked key, an ended session, another's act, a server away."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.services.keys.vault import IDLE_MS
from server.transport.http.security.form_sizes import MAX_TYPED_TEXT
from server.wiring.pages import create_app
from tests.support.browser import ARGUMENTS, CHROMIUM, Served, Watch, click_and_wait, let_in
from tests.support.desk import OFFICER, PASSPHRASE, DeskSchool, empty_desk
from tests.support.leaks import Secrets
from tests.support.pictures import ARTEFACTS, keep_picture
from tests.support.seed import LOGIN, PASSWORD

PICTURES = ARTEFACTS / "desk"
WORDS = "Kính thưa quý vị,\nnhà trường đã kiểm tra sổ tiếp nhận & trả hồ sơ ngày 12/5."


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeskSchool, Served]]:
    """A school at work, and its server, which can be stopped and started."""
    school = empty_desk(tmp_path_factory.mktemp("kept"))
    server = Served(create_app(school.ctx))
    yield school, server
    server.stop()
    school.ctx.store.close()


@pytest.fixture
def given(work: tuple[DeskSchool, Served]) -> tuple[DeskSchool, Served, str]:
    """The school, its server, and the path of a case that was given to the officer."""
    school, server = work
    ref = school.at(5, 18, 9, 42).comes()
    school.does(LOGIN, ref, "classify", kind="pakn", summary="Hồ sơ chuyển trường chậm trả")
    school.does(LOGIN, ref, "assign", assignee=OFFICER)
    return school, server, f"/phan-anh/{ref}"


@contextmanager
def writing(
    browser: Browser, server: Served, path: str, *, scripts: bool = True, words: str = WORDS
) -> Iterator[Page]:
    """An officer in the middle of an answer."""
    context = browser.new_context(java_script_enabled=scripts, locale="vi-VN")
    page = context.new_page()
    let_in(page, server.address, OFFICER, PASSWORD)
    page.goto(f"{server.address}{path}/answer")
    page.get_by_label("Câu trả lời", exact=True).fill(words)
    yield page
    context.close()


def still_there(page: Page, words: str = WORDS) -> None:
    expect(page.get_by_label("Câu trả lời", exact=True)).to_have_value(words)


def enter_passphrase(page: Page) -> None:
    page.get_by_label("Mật khẩu mở khóa").fill(PASSPHRASE)
    page.get_by_role("button", name="Mở khóa", exact=True).click()


def sign_in_again(page: Page, login: str = OFFICER) -> None:
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()


def send(page: Page) -> None:
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("button", name="Gửi câu trả lời").click()


def test_without_scripts_a_day_full_of_interruptions(
    browser: Browser, given: tuple[DeskSchool, Served, str]
) -> None:
    school, server, path = given
    with writing(browser, server, path, scripts=False) as page:
        click_and_wait(page.locator(".act").get_by_role("button", name="Mở khóa rồi quay lại"))
        assert WORDS not in page.content()
        enter_passphrase(page)
        still_there(page)
        school.clock.ms += IDLE_MS + 1000  # the key locks itself
        send(page)
        expect(page.locator("#wrong")).to_contain_text("Xin mở khóa trước")
        still_there(page)
        page.locator("#wrong").get_by_role("button", name="Mở khóa rồi quay lại").click()
        enter_passphrase(page)
        still_there(page)
        other = page.context.new_page()
        other.goto(f"{server.address}/cai-dat")
        click_and_wait(other.get_by_role("button", name="Đăng xuất").first)  # in another tab
        other.close()
        click_and_wait(page.get_by_role("button", name="Xem trước"))
        expect(page.get_by_role("alert")).to_contain_text("vẫn được giữ")
        assert WORDS not in page.content()
        keep_picture(page, PICTURES / "phien-het-1440.png", whole=False)
        sign_in_again(page)
        still_there(page)
        page.locator(".act").get_by_role("button", name="Mở khóa rồi quay lại").click()
        enter_passphrase(page)
        still_there(page)
        school.does(
            LOGIN, path.rpartition("/")[2], "note", text="Xin trả lời trước thứ Sáu."
        )  # another's act
        click_and_wait(page.get_by_role("button", name="Xem trước"))
        expect(page.locator("#wrong")).to_contain_text("Vừa có người khác cập nhật")
        still_there(page)
        keep_picture(page, PICTURES / "vua-doi-1440.png", whole=False)
        send(page)
        expect(page.locator(".history")).to_contain_text("nhà trường đã kiểm tra sổ")


def test_a_token_from_an_older_session_brings_the_form_back(
    browser: Browser, given: tuple[DeskSchool, Served, str]
) -> None:
    _, server, path = given
    with writing(browser, server, path) as page:
        page.context.clear_cookies()
        let_in(page, server.address, OFFICER, PASSWORD)
        page.get_by_role("button", name="Xem trước").click()
        expect(page.locator("#wrong")).to_contain_text("Trang đã mở quá lâu")
        still_there(page)
        page.get_by_role("button", name="Xem trước").click()
        expect(page.locator(".said-plain")).to_contain_text("nhà trường đã kiểm tra")


def test_a_server_that_is_away_is_told_of_and_takes_nothing_along(
    browser: Browser, given: tuple[DeskSchool, Served, str]
) -> None:
    _, server, path = given
    with writing(browser, server, path) as page:
        notice = page.locator("#lost")
        expect(notice).to_be_hidden()
        server.stop()
        page.get_by_role("button", name="Xem trước").click()
        expect(notice).to_contain_text("Những gì quý vị đã nhập vẫn còn trên trang này")
        still_there(page)
        for width, name in ((1440, "1440"), (390, "390")):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 900})
                keep_picture(page, PICTURES / f"mat-ket-noi-{name}-{scheme}.png", scheme=scheme, whole=False)
        server.start()
        expect(notice).to_be_hidden(timeout=15_000)
        still_there(page)
        page.get_by_role("button", name="Xem trước").click()
        expect(page.locator(".said-plain")).to_contain_text("nhà trường đã kiểm tra")
        assert page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]


OLD_BROWSER = """
for (const name of ["matches", "closest", "querySelector", "querySelectorAll"]) {
  const now = Element.prototype[name];
  Element.prototype[name] = function (selector) {
    if (selector.includes(":has(")) throw new SyntaxError(selector);
    return now.call(this, selector);
  };
}
delete HTMLFormElement.prototype.requestSubmit;
"""
"""As in Chrome 88 and Safari 15: no `:has()`, and no sending a form after its event is over."""


def test_an_old_browser_sends_and_gives_a_text_too_long_back(
    browser: Browser, given: tuple[DeskSchool, Served, str]
) -> None:
    _, server, path = given
    with writing(browser, server, path) as page:
        page.context.add_init_script(OLD_BROWSER)
        watch = Watch().on(page)
        page.reload()
        answer = page.get_by_label("Câu trả lời", exact=True)
        answer.fill("")
        page.keyboard.insert_text("ữ" * 600_000)  # a whole file, pasted
        page.get_by_role("button", name="Xem trước").click()
        expect(page.locator("#wrong")).to_contain_text("dài quá")
        assert answer.input_value() == "ữ" * MAX_TYPED_TEXT
        answer.fill(WORDS)
        page.get_by_role("button", name="Xem trước").click()
        expect(page.locator(".said-plain")).to_contain_text("nhà trường đã kiểm tra")
        # The browser itself notes the answer of 422.
        assert [line for line in watch.complaints if "422" not in line] == []


def test_the_language_changes_in_the_middle_of_writing(
    browser: Browser, given: tuple[DeskSchool, Served, str]
) -> None:
    _, server, path = given
    for scripts in (False, True):
        with writing(browser, server, path, scripts=scripts) as page:
            page.get_by_role("button", name="English").click()
            expect(page.locator("#wrong")).to_contain_text("It has not been sent")
            expect(page.locator("textarea[name=text]")).to_have_value(WORDS)
            page.get_by_role("button", name="Tiếng Việt").click()
            still_there(page)
            page.get_by_role("button", name="Xem trước").click()
            expect(page.locator(".said-plain")).to_contain_text("nhà trường đã kiểm tra sổ")


def test_every_page_tells_when_the_server_is_away(
    browser: Browser, given: tuple[DeskSchool, Served, str]
) -> None:
    _, server, _ = given
    context = browser.new_context(locale="vi-VN")
    let_in(context.new_page(), server.address, OFFICER, PASSWORD)
    pages = []
    for path in ("/", "/thiet-bi", "/cai-dat"):
        pages.append(context.new_page())
        pages[-1].goto(server.address + path)
    server.stop()
    for page in pages:
        page.bring_to_front()
        expect(page.locator("#lost")).to_contain_text("Mất kết nối với máy chủ", timeout=30_000)
    server.start()
    for page in pages:
        page.bring_to_front()
        expect(page.locator("#lost")).to_be_hidden(timeout=15_000)
    context.close()


def test_nothing_readable_stays_in_the_browser(
    work: tuple[DeskSchool, Served], given: tuple[DeskSchool, Served, str], browser: Browser, tmp_path: Path
) -> None:
    school, server, path = given
    words = "chiếc đồng hồ quả lắc màu tím than"
    profile = tmp_path / "profile"
    context = browser.browser_type.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=list(ARGUMENTS), locale="vi-VN"
    )
    page = context.pages[0] if context.pages else context.new_page()
    let_in(page, server.address, OFFICER, PASSWORD)
    page.goto(f"{server.address}{path}/answer")
    page.get_by_label("Câu trả lời", exact=True).fill(words)
    page.locator(".act").get_by_role("button", name="Mở khóa rồi quay lại").click()
    enter_passphrase(page)
    still_there(page, words)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Đăng xuất").first.click()
    page.wait_for_url("**/dang-nhap")
    context.close()
    assert Secrets(words).in_files(profile) == {}
    assert Secrets(words).in_files(Path(school.ctx.settings.data)) == {}
