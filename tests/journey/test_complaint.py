"""A complaint, from the finger on the kiosk's keys to the answer on a phone; and where its words lie."""

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journey.browsing import Heard, act, place
from tests.journey.line import HALF, LOGIN, PASSWORD, SCHOOL, Line
from tests.support.browser import chromium, sign_in
from tests.support.kiosk_typing import keys_of_text
from tests.support.leaks import Secrets
from tests.support.pictures import ARTEFACTS, keep_picture
from tests.support.waiting import wait_until

PASSPHRASE = "bốn con ngựa qua cầu"
TEXT = "Cổng phụ ngập nước, tôi phải lội đến quầy."
NAME, REACH = "Trần Bích Ngà", "0987 654 321"
WORD = "Chiều qua vẫn ngập ạ."
ANSWER = "Nhà trường đã cho nạo vét rãnh thoát nước và lát lại lối vào."
SUMMARY = "Lối vào quầy tiếp nhận"


def write(line: Line) -> str:
    """Somebody writes at the kiosk, with a contact, and keeps the code that it shows."""
    kiosk = line.kiosk
    kiosk.wait_until(lambda: "write" in kiosk.screen()["targets"], "the way to a complaint")
    kiosk.touch("write")
    kiosk.wait_for_screen("complaint:subjects")
    kiosk.touch("subject:viec-khac")
    kiosk.touch("next")
    kiosk.wait_for_screen("complaint:text")
    kiosk.type_keys(keys_of_text(TEXT))
    kiosk.touch("next")
    kiosk.wait_for_screen("complaint:contact")
    kiosk.touch("consent")
    kiosk.touch("next")
    kiosk.wait_for_screen("complaint:reach")
    kiosk.type_keys(keys_of_text(NAME))
    kiosk.touch("field:reach")
    kiosk.wait_until(lambda: "key:0" in kiosk.screen()["targets"], "the digits")
    kiosk.type_keys(REACH)
    kiosk.touch("next")
    kiosk.wait_for_screen("complaint:code")
    picture = kiosk.screenshot(line.directory / "code.png")
    address = subprocess.check_output(["zbarimg", "--quiet", "--raw", str(picture)], text=True).strip()
    picture.unlink()
    kiosk.touch("next")
    kiosk.wait_for_screen("complaint:saved")
    kiosk.touch("finish")
    kiosk.wait_for_screen("thanks")
    lookup, _, code = address.partition("#")
    assert lookup.endswith("/tra-cuu"), "the code stays out of what a server sees of an address"
    assert re.fullmatch(r"\d{16}", code)
    return code


@contextmanager
def phone(browser: Browser, heard: Heard, line: Line, code: str) -> Iterator[Page]:
    """The sender's phone, with the lookup page open at the case."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    heard.on(page)
    page.goto(f"{line.url}/tra-cuu#{code}")
    page.click("main button.primary")
    yield page
    assert context.cookies() == []
    context.close()


@pytest.mark.timeout(300)
def test_from_a_sealed_word_to_an_answer(tmp_path: Path) -> None:
    heard = Heard()
    with (
        Line(tmp_path, "mosquitto", passphrase=PASSPHRASE, tapped=True) as line,
        chromium() as browser,
    ):
        officer = ("giao-vu", "--role", "officer", "--school", SCHOOL, "--password-stdin")
        line.hailong("user", "add", *officer, stdin=PASSWORD)
        line.kiosk.wait_until(lambda: "write" in line.kiosk.screen()["targets"], "what complaints need")

        # Written while the line is down, and the kiosk killed before it is up again.
        line.tap.cut()
        code = write(line)
        line.kiosk.kill()
        assert line.waiting_on_kiosk() == 1
        # As a thief finds it: log, settings, the pinned key and the letter that waits, in the clear nowhere.
        kept, written = line.kiosk.data, Secrets(TEXT, NAME, REACH, code, code[:4] + " " + code[4:8])
        assert {"outbox.db", "outbox.db-wal", "config.json", "seal-key.json"} <= {
            each.name for each in kept.iterdir()
        }
        assert written.in_files(kept) == {}
        assert written.in_database(kept / "outbox.db") == {}
        line.tap.mend()
        line.kiosk.start()
        wait_until(lambda: line.waiting_on_kiosk() == 0, "the receipt")

        page = browser.new_page(viewport={"width": 1440, "height": 900})
        heard.on(page)
        sign_in(page, line.url, LOGIN, PASSWORD)
        expect(page.locator(".tasks")).to_contain_text("phản ánh")
        page.goto(f"{line.url}/phan-anh")
        page.click("main table a, main .case-row a, main a[href*='/phan-anh/20']")
        expect(page.locator("main")).to_contain_text("đang niêm phong")
        expect(page.locator("main")).not_to_contain_text(TEXT)
        page.click("text=Mở khóa để đọc")
        page.fill("#passphrase", PASSPHRASE)
        page.click("main form button.primary")
        expect(page.locator("main")).to_contain_text(TEXT)
        expect(page.locator("main")).to_contain_text(NAME)
        expect(page.locator("main")).to_contain_text(REACH)
        keep_picture(page, ARTEFACTS / "hanh-trinh-ho-so.png")

        act(page, "receive")
        act(page, "classify", kind="pakn", summary=SUMMARY)
        act(page, "assign", assignee="giao-vu")
        act(page, "ask", text="Hôm nay nước còn ngập không ạ?")
        with phone(browser, heard, line, code) as mobile:
            expect(mobile.locator("main")).to_contain_text("Hôm nay nước còn ngập không ạ?")
            mobile.fill("#text", WORD)
            mobile.click(".reply button.primary")
            expect(mobile.locator("main")).to_contain_text(WORD)
        page.reload()
        expect(page.locator("main")).to_contain_text(WORD)
        act(page, "answer", text=ANSWER)
        with phone(browser, heard, line, code) as mobile:
            expect(mobile.locator("main")).to_contain_text(ANSWER)
            keep_picture(mobile, ARTEFACTS / "hanh-trinh-tra-cuu.png")
            mobile.click(".verdict button.primary")
            expect(mobile.locator(".told")).to_be_visible()
        page.reload()
        expect(page.locator(".case-head")).to_contain_text("Đã đóng")

        row = line.hailong("register", "xld", "--school", SCHOOL, "--period", HALF, "--json",
            "-o", tmp_path / "xld.xlsx",
        )["columns"]  # fmt: skip
        figures = list(row.values()) if isinstance(row, dict) else row
        # 1=2+3=4+5; one reflection, within the school's competence, settled at the first go.
        assert figures[:6] == [1, 0, 1, 1, 0, 1]
        assert (figures[9], figures[10], figures[13], figures[16]) == (1, 1, 1, 1)
        line.hailong("register", "book", "--school", SCHOOL, "--period", HALF, "-o", tmp_path / "so.xlsx")
        line.hailong("report", "make", "--school", SCHOOL, "--regime", "ha-long", "--period", HALF,
            "--format", "docx", "-o", tmp_path / "bao-cao.docx",
        )  # fmt: skip
        line.hailong("backup", "-o", tmp_path / "backup.db")
        assert line.hailong("doctor")
        page.goto(f"{line.url}/metrics")
        page.goto(f"{line.url}/so-tiep-cong-dan")
        packets = line.tap.heard

    secrets = Secrets(TEXT, NAME, REACH, WORD, ANSWER, code, code[:4] + " " + code[4:8], PASSPHRASE, PASSWORD)
    assert b"hailong/1/mau" in packets, "the tap heard the line"
    assert secrets.within(packets) == set()
    assert secrets.in_files(tmp_path) == {}
    assert secrets.in_database(tmp_path / "data" / "hailong.db") == {}
    assert secrets.in_database(tmp_path / "backup.db") == {}
    assert secrets.within("\n".join(heard.asked).encode()) == set(), "no address and no header names anything"
    shown = {place(url.removeprefix(line.url)) for url, body in heard.bodies if secrets.within(body)}
    assert "/phan-anh/N" in shown
    at_desk = {each for each in shown if each.startswith("/phan-anh/N")}
    assert shown - at_desk == {"/tra-cuu"}, "read at the desk and by the sender, nowhere else"
    words = Secrets(TEXT, NAME, REACH)
    assert not any(words.within(body) for url, body in heard.bodies if "/tra-cuu" in url)
    with sqlite3.connect(tmp_path / "data" / "hailong.db") as connection:
        readers = {row[0] for row in connection.execute("SELECT actor FROM readings")}
    assert readers == {LOGIN}
