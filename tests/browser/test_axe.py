"""axe-core over every page of the server, by day and by night: nothing is left that it would complain of.

Which pages there are the app itself says: a new page without an example here fails the test.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from server.services.cases import templates
from server.services.devices import points, slips
from server.services.misuse.review import review
from server.services.privacy import requests
from server.wiring.pages import create_app
from tests.support.axe import CONTRAST, Contrasts, violations
from tests.support.browser import cut_rings, let_in, send_form, served
from tests.support.desk import PASSPHRASE, Cases, DeskSchool, full_desk
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, add_trouble

NO_PAGES = {
    "api.openapi", "api.school_rates", "health.healthz", "health.metrics", "static", "pages.overview_news",
    "reports.document", "registers.reply_slip", "registers.book_file", "registers.receptions_file",
    "registers.petitions_file", "points.poster",
}  # fmt: skip
"""What answers with a file, or with a part of a page that stands here itself."""

NO_SURVEY = {"/q/cu", "/q/khong-co", "/q/phieu", "/q/phieu/aaaaaaaa"}
"""Examples that are answered with why there is nothing to fill in."""


@dataclass
class Everything:
    """A school in which every page has something to show."""

    school: DeskSchool
    cases: Cases
    app: Flask
    address: str
    slip: str
    request: int
    template: str

    def pages(self) -> dict[str, list[str]]:
        """For each endpoint the addresses under which it is looked at."""
        actions = ("classify", "answer", "petition")
        working = self.cases.working
        return {
            "account.account_page": ["/tai-khoan"],
            "calendar.calendar_page": ["/lich"],
            "cases.action_page": [f"/phan-anh/{working}/{action}" for action in actions],
            "cases.case_page": [
                f"/phan-anh/{ref}" for ref in (working, self.cases.late)
            ],
            "cases.queue_page": ["/phan-anh"],
            "devices.device_page": ["/thiet-bi/kiosk-1", "/thiet-bi/nut-thu-vien"],
            "devices.devices_page": ["/thiet-bi"],
            "devices.move_page": ["/thiet-bi/nut-thu-vien/chuyen"],
            "devices.new_page": ["/thiet-bi/moi"],
            "devices.rename_page": ["/thiet-bi/nut-thu-vien/ten"],
            "devices.retire_page": ["/thiet-bi/nut-thu-vien/ngung"],
            "follow.clear": ["/tra-cuu/xoa"],
            "follow.form": ["/tra-cuu", "/tra-cuu?lang=en"],
            "keys.keys_page": ["/khoa"],
            "keys.passphrase_page": ["/khoa/mat-khau"],
            "keys.restore_page": ["/khoa/khoi-phuc"],
            "keys.room_page": [f"/khoa/phan-anh/{step}" for step in ("thay", "ban-luu")],
            "login.form": ["/dang-nhap"],
            "misuse.misuse_page": ["/khong-tinh"],
            "misuse.single_answers": ["/khong-tinh/luot?may=nut-thu-vien&ngay=2026-05-28"],
            "pages.data_page": ["/so-lieu"],
            "pages.overview_page": ["/", "/?lang=en"],
            "phone.letter": ["/q/ban-1/gop-y", "/q/ban-1/gop-y?lang=en"],
            "phone.survey": [
                "/q/ban-1", "/q/ban-1?lang=en", "/q/hoc-sinh", "/q/cu", "/q/khong-co",
                "/q/phieu", f"/q/phieu/{self.slip}", "/q/phieu/aaaaaaaa",
            ],
            "points.change_page": ["/diem-khao-sat/ban-1/sua"],
            "points.point_page": ["/diem-khao-sat/ban-1", "/diem-khao-sat/phieu", "/diem-khao-sat/cu"],
            "points.points_page": ["/diem-khao-sat"],
            "points.retire_page": ["/diem-khao-sat/ban-1/ngung"],
            "privacy.privacy_page": ["/rieng-tu"],
            "privacy.request_page": [f"/rieng-tu/{self.request}"],
            "privacy.take_down_page": ["/rieng-tu/moi"],
            "registers.book_page": ["/so-tiep-cong-dan"],
            "registers.walk_in_page": ["/so-tiep-cong-dan/moi"],
            "reports.reports_page": ["/bao-cao"],
            "settings.settings_page": ["/cai-dat"],
            "templates.delete_page": [f"/mau-tra-loi/{self.template}/xoa"],
            "templates.edit_page": [f"/mau-tra-loi/{self.template}"],
            "templates.new_page": ["/mau-tra-loi/them"],
            "templates.templates_page": ["/mau-tra-loi"],
            "unlocking.form": ["/mo-khoa"],
        }  # fmt: skip


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    school, cases = full_desk(tmp_path_factory.mktemp("axe"))
    ctx = school.ctx
    add_trouble(ctx)
    review(ctx)
    points.add(ctx, "ban-1", SCHOOL, label="Bàn số 1")
    for audience in ("hoc-sinh", "giao-vien"):
        points.add(ctx, audience, SCHOOL, label=audience, place="audience", audience=audience)
    points.add(ctx, "cu", SCHOOL, label="Mã cũ")
    points.retire(ctx, "cu")
    slip = slips.make_slips(ctx, points.add(ctx, "phieu", SCHOOL, label="Phiếu cắt", single_use=True))[0]
    request = requests.take_down(ctx, school.actor(LOGIN), "see", cases.working, "Muốn xem hồ sơ của mình")
    template = templates.save(ctx, SCHOOL, None, name="Mẫu của trường", body="Kính gửi quý vị.", by=LOGIN)
    app = create_app(ctx)
    with served(app) as address:
        yield Everything(school, cases, app, address, slip, request, template)
    ctx.store.close()


@pytest.fixture(scope="module")
def page(browser: Browser, everything: Everything) -> Page:
    """Somebody who may see all pages, with the key open."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce").new_page()
    opened.set_default_timeout(10_000)
    let_in(opened, everything.address, LOGIN, PASSWORD)
    send_form(opened, f"{everything.address}/mo-khoa", passphrase=PASSPHRASE)
    return opened


def faults(page: Page, contrasts: Contrasts) -> list[str]:
    """By day with all rules; by day and by night for the contrast of what was not seen on another page."""
    page.emulate_media(color_scheme="light")
    return violations(page, but=CONTRAST) + contrasts.violations(page)


def test_a_pale_word_is_seen_among_known_ones(everything: Everything, page: Page) -> None:
    contrasts = Contrasts()
    page.goto(f"{everything.address}/phan-anh")
    assert contrasts.violations(page) == []
    page.evaluate("document.querySelector('main h1').className = 'pale'")
    page.evaluate("document.styleSheets[0].insertRule('h1.pale { color: #bbb; background: #ddd }')")
    assert [each.split(":")[0] for each in contrasts.violations(page)] == ["color-contrast (serious)", "dark"]
    assert contrasts.violations(page) == []


def test_every_page_has_an_example(everything: Everything) -> None:
    rules = everything.app.url_map.iter_rules()
    endpoints = {rule.endpoint for rule in rules if "GET" in (rule.methods or ())}
    assert set(everything.pages()) == endpoints - NO_PAGES
    assert all(everything.pages().values())


@pytest.mark.timeout(240)
def test_no_page_has_a_violation(everything: Everything, page: Page) -> None:
    found, contrasts = {}, Contrasts()
    for addresses in everything.pages().values():
        for path in addresses:
            answer = page.goto(everything.address + path)
            assert answer is not None and (answer.ok or path in NO_SURVEY), path
            if wrong := faults(page, contrasts) + cut_rings(page):
                found[path] = wrong
    assert found == {}


def test_the_login_and_what_is_not_there(browser: Browser, everything: Everything) -> None:
    page = browser.new_page(reduced_motion="reduce")
    for path in ("/dang-nhap", "/khong-co-trang-nay"):
        page.goto(everything.address + path)
        assert faults(page, Contrasts()) == []
    page.context.close()


def test_small_screens_with_their_menu_open(everything: Everything, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(everything.address)
    page.click("#menu summary")
    assert faults(page, Contrasts()) == []
    page.set_viewport_size({"width": 1280, "height": 900})


def test_what_a_visitor_comes_to_on_the_phone(browser: Browser, everything: Everything) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    page = context.new_page()
    survey = f"{everything.address}/q/ban-1"
    page.goto(survey)
    page.click("button[type=submit], main form button")
    page.get_by_text("Xin chọn một khuôn mặt.").first.wait_for()
    assert faults(page, Contrasts()) == []
    page.locator("input[name='q.rating'][value='2']").check(force=True)
    page.locator("details summary").first.click()
    assert faults(page, Contrasts()) == []
    page.locator("main form button").last.click()
    page.get_by_text("đã được ghi nhận").wait_for()
    assert faults(page, Contrasts()) == []
    page.goto(f"{survey}/gop-y")
    page.fill("textarea", "Tôi muốn tố cáo việc chờ lâu.")
    page.locator("main form button").last.click()
    page.get_by_text("Luật Tố cáo").wait_for()
    assert faults(page, Contrasts()) == []
    page.locator("main form button").last.click()
    page.get_by_text("16 số").first.wait_for()
    assert faults(page, Contrasts()) == []
    context.close()
