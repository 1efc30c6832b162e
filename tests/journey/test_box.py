"""Button boxes, the real firmware under MicroPython: a claim code, a finger, the figure on the dashboard."""

import sqlite3
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from firmware import durable_json
from tests.journey.line import LOGIN, PASSWORD, SCHOOL
from tests.support.browser import chromium, sign_in
from tests.support.commands import hailong
from tests.support.leaks import Secrets
from tests.support.ports import free_port
from tests.support.server import ServerProcess
from tests.support.whole_box import TestBox, compile_firmware

CABLE, NEW = "nut-cua-truoc", "nut-cua-sau"
SET_UP_HEAP = "240k"
"""Enrolment and everything else at once, in words twice as long as a board's."""


def test_presses_of_an_enrolled_box_and_of_one_without_tls_are_on_the_dashboard(tmp_path: Path) -> None:
    data = tmp_path / "data"

    def command(*words: object, stdin: str | None = None) -> Any:
        return hailong(*words, "--data", data, stdin=stdin)

    command("school", "add", SCHOOL, "--name", "Trường THCS Mẫu")
    command("user", "add", LOGIN, "--role", "deputy", "--school", SCHOOL, "--password-stdin", stdin=PASSWORD)
    added = command("device", "add", CABLE, "--school", SCHOOL, "--kind", "button", "--json")
    claimed = command("device", "add", NEW, "--school", SCHOOL, "--kind", "button", "--claim", "--json")
    command("tls", "make", "--name", "127.0.0.1")
    phrase = "hoa phượng nở đỏ sân trường"
    command("key", "make", "--school", SCHOOL, "--holder", LOGIN, "--passphrase-stdin", stdin=phrase)

    compiled = compile_firmware(tmp_path / "mpy")
    plain, secure = TestBox(tmp_path / "plain", compiled), TestBox(tmp_path / "secure", compiled)
    with ServerProcess(data, free_port(), free_port()) as server:
        plain.enrol(
            {"device": CABLE, "school": SCHOOL, "password": added["password"], "host": "127.0.0.1"}
            | {"port": server.mqtt_port, "tls": False}
        )
        wish = {"ssid": "Truong", "password": "", "server": server.secure_url, "code": claimed["claim"]}
        durable_json.write(str(secure.folder / "wish.json"), wish | {"run": None, "same": False, "tries": 0})
        with secure.running(heap=SET_UP_HEAP) as first:  # as `hailong device flash` leaves it
            first.wait_for("reset")
            first.wait()
        with plain.running(), secure.running(), chromium() as browser:
            plain.press(5)
            secure.press(1)
            # The installation's own authority, which the browser does not know: its warning is clicked away.
            page = browser.new_page(viewport={"width": 1440, "height": 900}, ignore_https_errors=True)
            sign_in(page, server.secure_url, LOGIN, PASSWORD)
            plain.press(5)
            secure.press(4)
            server.kill9()
            secure.press(5)  # thanked for, with nobody there to take it
            server.start()
            plain.wait_delivered()
            secure.wait_delivered()
            expect(page.locator("main")).to_contain_text("80,0", timeout=10_000)
            now = secure.say()
            assert now["revision"] and now["problem"] == ""
            assert durable_json.read(str(secure.folder / "identity.json"))["tls"]
            # Boxes take no complaints: their flash knows nothing of keys, subjects or where to look one up.
            assert Secrets("complaint", "code_salt", "tra-cuu", "sealed").in_files(secure.folder) == {}

        with sqlite3.connect(f"file:{data / 'hailong.db'}?mode=ro", uri=True) as store:
            query = "SELECT e.device, e.seq, a.level, a.channel FROM events e JOIN answers a ON a.event = e.n"
            stored = sorted(store.execute(query).fetchall())
        assert stored == [
            (NEW, 1, 1, "button"),
            (NEW, 2, 4, "button"),
            (NEW, 3, 5, "button"),
            (CABLE, 1, 5, "button"),
            (CABLE, 2, 5, "button"),
        ]
