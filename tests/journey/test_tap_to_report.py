"""A parent touches a face; the rating is in the store, on the dashboard and in the report."""

import json
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import expect

from tests.journey.line import HALF, LOGIN, PASSWORD, SCHOOL, Line, wait_until
from tests.support.browser import chromium, sign_in


@pytest.mark.timeout(240)
@pytest.mark.parametrize("broker", ["mosquitto", "embedded"])
def test_from_a_touch_to_the_report(tmp_path: Path, broker: str) -> None:
    with Line(tmp_path, broker) as line, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        sign_in(page, line.url, LOGIN, PASSWORD)
        expect(page.locator("main")).to_contain_text("Chưa có lượt đánh giá nào trong kỳ này")

        for _ in range(4):
            line.visit("chuyen-truong", 5, timeliness="dung-hen")
        # Four answers are too few to state a rate without exposing anybody; the fifth makes one.
        line.rate("hoc-ba", 1)
        line.kiosk.touch("choice:tre-hen")
        line.kiosk.wait_for_screen("question:reasons")
        line.kiosk.touch("choice:thoi-gian")
        line.kiosk.touch("next")
        line.kiosk.wait_for_screen("thanks")
        # Nobody loads the page anew: it moves by itself.
        expect(page.locator("main")).to_contain_text("80,0", timeout=10_000)
        page.screenshot(path=tmp_path / "dashboard.png")

        stored = line.stored()
        given = [(row["procedure"], row["level"]) for row in stored]
        assert given == [("chuyen-truong", 5)] * 4 + [("hoc-ba", 1)]
        assert [row["seq"] for row in stored] == [1, 2, 3, 4, 5]
        last = json.loads(stored[-1]["answers"])
        assert last == {"rating": 1, "reasons": ["thoi-gian"], "timeliness": "tre-hen"}
        wait_until(lambda: line.waiting_on_kiosk() == 0, "the receipts")

        out = tmp_path / "bao-cao.docx"
        line.hailong("report", "make", "--school", SCHOOL, "--regime", "ha-long", "--period", HALF,
            "--format", "docx", "-o", str(out),
        )  # fmt: skip
        document = Document(str(out))
        cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
        total = next(row for row in cells if "Cộng" in row)
        assert total[-4:-1] == ["5", "4", "80,0"], total

        with page.expect_download() as download:
            page.goto(f"{line.url}/bao-cao")
            page.click("a[href*='.docx']")
        assert Path(download.value.path()).stat().st_size > 10_000
