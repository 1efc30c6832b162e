"""From the poster to the phone: a rating across a server's death, a complaint, its answer; and no trace."""

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journey.browsing import Heard, act, place
from tests.journey.line import LOGIN, PASSWORD, SCHOOL
from tests.support.browser import chromium, let_in
from tests.support.commands import hailong
from tests.support.leaks import Secrets
from tests.support.ports import free_port
from tests.support.server import ServerProcess

PASSPHRASE = "bốn con ngựa qua cầu"
TEXT = "Cửa phòng chờ kẹt, cháu tôi bị kẹp tay."
NAME, REACH = "Trần Bích Ngà", "0987 654 321"
ANSWER = "Nhà trường đã thay bản lề trong sáng nay."


def scan(poster: Path) -> str:
    """What a phone's camera reads off the printed page."""
    picture = poster.with_suffix("")
    subprocess.run(["pdftoppm", "-r", "100", "-png", "-singlefile", poster, picture], check=True)
    read = subprocess.check_output(["zbarimg", "--quiet", "--raw", f"{picture}.png"], text=True)
    return read.strip()


@contextmanager
def mobile(browser: Browser, heard: Heard | None = None, **more: Any) -> Iterator[Page]:
    """Somebody's phone, which keeps nothing of ours."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, **more)
    page = context.new_page()
    page.set_default_timeout(15_000)
    if heard:
        heard.on(page)
    yield page
    assert context.cookies() == []
    context.close()


def rate(page: Page, level: int) -> None:
    page.select_option("select[name=procedure]", index=1)
    page.locator(f"input[name='q.rating'][value='{level}']").check(force=True)


@pytest.mark.timeout(240)
def test_from_the_poster_to_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, heard = tmp_path / "data", Heard()
    server = ServerProcess(data, free_port(), free_port())
    monkeypatch.setenv("HAILONG_PUBLIC_URL", server.url)

    def command(*words: object, stdin: str | None = None) -> Any:
        return hailong(*words, "--data", data, stdin=stdin)

    command("school", "add", SCHOOL, "--name", "Trường THCS Mẫu")
    command("user", "add", LOGIN, "--role", "deputy", "--school", SCHOOL, "--password-stdin", stdin=PASSWORD)
    command("key", "make", "--school", SCHOOL, "--holder", LOGIN, "--passphrase-stdin", stdin=PASSPHRASE)
    command("point", "add", "ban-1", "--school", SCHOOL, "--label", "Bàn số 1")
    command("point", "poster", "ban-1", "--size", "a4", "--format", "pdf", "-o", tmp_path / "to-dan.pdf")
    address = scan(tmp_path / "to-dan.pdf")
    assert address == f"{server.url}/q/ban-1"

    with server, chromium() as browser:
        # A visit that begins before the server dies, and is sent after it is back.
        with mobile(browser) as page:
            page.goto(address)
            rate(page, 2)
            server.kill9()
            page.locator("main form button").last.click()
            expect(page.locator("main")).to_contain_text("Câu trả lời vẫn được giữ")
            server.start()
            expect(page.locator("main")).to_contain_text("đã được ghi nhận", timeout=40_000)
        # Without scripts.
        with mobile(browser, heard, java_script_enabled=False) as page:
            page.goto(address)
            rate(page, 5)
            page.locator("main form button").last.click()
            expect(page.locator("main")).to_contain_text("đã được ghi nhận")
            page.reload()
            page.goto(f"{address}/gop-y")
            code = complain(page)

        desk = browser.new_page(viewport={"width": 1440, "height": 900})
        heard.on(desk)
        let_in(desk, server.url, LOGIN, PASSWORD)
        desk.goto(f"{server.url}/phan-anh")
        desk.click("main a[href*='/phan-anh/20']")
        expect(desk.locator("main")).not_to_contain_text(TEXT)
        desk.click("text=Mở khóa để đọc")
        desk.fill("#passphrase", PASSPHRASE)
        desk.click("main form button.primary")
        for words in (TEXT, NAME, REACH):
            expect(desk.locator("main")).to_contain_text(words)
        act(desk, "classify", kind="pakn", summary="Cửa phòng chờ")
        act(desk, "start")
        act(desk, "answer", text=ANSWER)

        with mobile(browser, heard) as page:
            page.goto(f"{server.url}/tra-cuu#{code}")
            page.click("main button.primary")
            expect(page.locator("main")).to_contain_text(ANSWER)
        command("backup", "-o", tmp_path / "backup.db")
        assert command("doctor")
        desk.goto(f"{server.url}/metrics")
        desk.goto(f"{server.url}/diem-khao-sat")

    with sqlite3.connect(data / "hailong.db") as connection:
        assert sorted(connection.execute("SELECT level, channel FROM answers")) == [(2, "qr"), (5, "qr")]
        assert list(connection.execute("SELECT journal, lo, hi FROM arrived")) == [("ban-1", 1, 3)]
    secrets = Secrets(TEXT, NAME, REACH, ANSWER, code, code[:4] + " " + code[4:8], PASSPHRASE, PASSWORD)
    assert secrets.in_files(tmp_path) == {}
    assert secrets.in_database(data / "hailong.db") == {}
    assert secrets.in_database(tmp_path / "backup.db") == {}
    assert secrets.within("\n".join(heard.asked).encode()) == set(), "no address and no header names anything"
    shown = {place(url.removeprefix(server.url)) for url, body in heard.bodies if secrets.within(body)}
    assert {each for each in shown if not each.startswith("/phan-anh/N")} == {"/tra-cuu", "/q/ban-1/gop-y"}
    words = Secrets(TEXT, NAME, REACH)
    assert not any(words.within(body) for url, body in heard.bodies if "/tra-cuu" in url or "/q/" in url)
    addresses = Secrets("127.0.0.1", "::ffff:127")
    assert addresses.in_database(data / "hailong.db") == {}, "nobody's address is kept"


def complain(page: Page) -> str:
    """Somebody writes, with a contact, and saves the code as a file; what the file says."""
    page.locator("input[name=about][value='viec-khac']").check(force=True)
    page.fill("textarea[name=text]", TEXT)
    page.locator("details summary").last.click()
    page.fill("input[name=name]", NAME)
    page.fill("input[name=reach]", REACH)
    page.locator("input[name=consent]").check(force=True)
    page.locator("main form button").last.click()
    link = page.locator("a[download]")
    link.wait_for()
    kept = unquote((link.get_attribute("href") or "").partition(",")[2])
    found = re.search(r"\d{4} \d{4} \d{4} \d{4}", kept)
    assert found is not None and "/tra-cuu" in kept
    assert found[0] in " ".join(page.inner_text("main").split())
    return found[0].replace(" ", "")
