"""A parent touches a face; the rating is in the store, on the dashboard and in the report."""

import json
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import expect

from server.settings import Settings
from server.wiring.contexts import build
from server.wiring.machine import real_now
from tests.journey.line import DEVICE, HALF, LOGIN, PASSWORD, SCHOOL, Line
from tests.support.browser import chromium, sign_in
from tests.support.seed import Feeder
from tests.support.waiting import wait_until


def test_from_a_touch_to_the_store_through_the_embedded_broker(tmp_path: Path) -> None:
    with Line(tmp_path, "embedded") as line:
        line.visit("hoc-ba", 1, timeliness="tre-hen")
        wait_until(lambda: line.waiting_on_kiosk() == 0, "the receipt")
        [row] = line.stored()
        assert (row["procedure"], row["level"], row["seq"]) == ("hoc-ba", 1, 1)


@pytest.mark.timeout(240)
def test_from_a_touch_to_the_report(tmp_path: Path) -> None:
    with Line(tmp_path, "mosquitto") as line, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        sign_in(page, line.url, LOGIN, PASSWORD)
        expect(page.locator("main")).to_contain_text("Chưa có lượt đánh giá nào trong kỳ này")

        earlier = Feeder(build(Settings(data=str(line.data)), now=real_now), DEVICE, SCHOOL)
        earlier.rate(5, 5, 5, 5, procedure="chuyen-truong")
        earlier.rate(5, 5, 5, 1, procedure="hoc-ba")
        earlier.ctx.store.close()
        line.visit("chuyen-truong", 5, timeliness="dung-hen")
        # Four answers on a procedure are too few to state its rate; the fifth makes one.
        line.rate("hoc-ba", 1)
        line.kiosk.touch("choice:tre-hen")
        line.kiosk.wait_for_screen("question:reasons")
        line.kiosk.touch("choice:thoi-gian")
        line.kiosk.touch("next")
        line.kiosk.wait_for_screen("thanks")
        # Nobody loads the page anew: it moves by itself.
        expect(page.locator("main")).to_contain_text("80,0", timeout=10_000)
        page.screenshot(path=tmp_path / "dashboard.png")

        stored = [row for row in line.stored() if row["journal"] != earlier.journal]
        given = [(row["procedure"], row["level"]) for row in stored]
        assert given == [("chuyen-truong", 5), ("hoc-ba", 1)]
        assert [row["seq"] for row in stored] == [1, 2]
        last = json.loads(stored[-1]["answers"])
        assert last == {"rating": 1, "reasons": ["thoi-gian"], "timeliness": "tre-hen"}
        wait_until(lambda: line.waiting_on_kiosk() == 0, "the receipts")

        out = tmp_path / "bao-cao.docx"
        line.hailong("report", "make", "--school", SCHOOL, "--regime", "ha-long", "--period", HALF,
            "--format", "docx", "-o", str(out),
        )  # fmt: skip
        assert total_of(out)[-4:-1] == ["10", "8", "80,0"]

        with page.expect_download() as download:
            page.goto(f"{line.url}/bao-cao")
            page.click("a[href*='.docx']")
        saved = tmp_path / "from-the-page.docx"
        download.value.save_as(saved)
        assert total_of(saved)[-4:-1] == ["10", "8", "80,0"]


def total_of(report: Path) -> list[str]:
    """The last row of a report's first table."""
    document = Document(str(report))
    cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    return next(row for row in cells if "Cộng" in row)
