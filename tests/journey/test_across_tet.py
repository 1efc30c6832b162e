"""A complaint of the last days before Tết 2027 runs over its limit: at the desk and in the counts."""

import json
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from server.domain.figures.periods import parse_period
from server.domain.registers.petition_counts import PetitionRow, check
from server.services.registers import books
from server.services.registers.books import Asked
from server.wiring.pages import create_app
from tests.support.browser import chromium, served, sign_in
from tests.support.complaint_school import PASSWORD, ComplaintSchool
from tests.support.pictures import ARTEFACTS, keep_picture
from tests.support.reading import reading

# Luật Tiếp công dân Điều 28: ten working days after Monday 1 February 2027. Tết takes Thursday 4 to
# Wednesday 10 February: 2, 3 | 11, 12 | 15, 16, 17, 18, 19 | 22.
CAME, LAST_DAY, LATE = "2027-02-01", "2027-02-22", "2027-02-24"
LEAD = "hieu.pho"


def counted(school: ComplaintSchool, period: str) -> PetitionRow:
    """The columns of 01/XLD of a period."""
    return books.petitions(reading(school.ctx), school.actor(LEAD), Asked(parse_period(period))).row


def show(page: Page, address: str, path: str, name: str) -> str:
    """What a page says on a new day, which begins with signing in."""
    page.context.clear_cookies()
    sign_in(page, address, LEAD, PASSWORD)
    page.goto(f"{address}{path}")
    keep_picture(page, ARTEFACTS / f"tet-{name}.png")
    return page.locator("main").inner_text()


def test_a_case_runs_over_its_limit_across_tet(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "survey_defs.cli", "deadline", "citizen_reception.answer")
    said = subprocess.check_output([*command, "--from", CAME, "--json"], text=True)
    assert json.loads(said)["last_day"] == LAST_DAY

    school = ComplaintSchool(tmp_path)
    early = school.send("2027-01-25", "Bảng tin cũ quá")
    case = school.send(CAME, "Hồ sơ quá hẹn")
    school.go(CAME, 15)
    with served(create_app(school.ctx)) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        text = show(page, address, f"/phan-anh/{case}", "den")
        assert "thứ Hai 22/02/2027" in text

        # The school is closed: nothing of the limit passes from 4 to 10 February.
        school.go("2027-02-03")
        before = show(page, address, f"/phan-anh/{case}", "truoc-tet")
        school.go("2027-02-10")
        during = show(page, address, f"/phan-anh/{case}", "trong-tet")
        assert "Còn 8 ngày làm việc" in before
        assert "Còn 8 ngày làm việc" in during

        school.act("2027-02-11", early, "receive")
        school.act("2027-02-11", early, "classify", kind="pakn", summary="Bảng tin cần thay")
        school.act("2027-02-11", early, "assign", assignee="can.bo")
        school.act("2027-02-11", early, "answer", by="can.bo", text="Nhà trường đã thay bảng tin.")

        school.go(LATE)
        text = show(page, address, f"/phan-anh/{case}", "qua-han")
        assert "Quá hạn 2 ngày làm việc" in text
        fresh = school.send(LATE, "Mới gửi")
        show(page, address, "/phan-anh", "hang-doi")
        links = [link.get_attribute("href") for link in page.locator("main a[href*='/phan-anh/20']").all()]
        order = [each for each in dict.fromkeys(links) if each in (f"/phan-anh/{case}", f"/phan-anh/{fresh}")]
        assert order == [f"/phan-anh/{case}", f"/phan-anh/{fresh}"], "what is late stands on top"
        page.goto(f"{address}/")
        expect(page.locator(".tasks")).to_contain_text("Quá hạn")

    # Processed in February as it came in January: carried over, and the sums hold.
    january = counted(school, "2027-01-01..2027-01-31")
    february = counted(school, "2027-02-01..2027-02-28")
    assert (january.carried_over, january.received, january.unprocessed) == (0, 1, 1)
    assert (february.carried_over, february.received) == (1, 2)
    assert (february.processed, february.unprocessed) == (1, 2)
    assert check(january) == check(february) == []
