"""The report's section on complaints: counted, not typed; and nothing in it of what must stay apart."""

import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest

from server.domain.figures.periods import parse_period
from server.domain.localtime import local_day
from server.reports import render
from server.reports.documents.docx import CELL_SIDE_MM
from server.reports.documents.docx_styles import CELL_PT
from server.reports.words.textwidth import TIMES_BOLD
from server.services.registers import books
from server.services.registers.books import Asked
from server.services.reporting.complaints import ComplaintFacts
from server.services.reporting.facts import ReportFacts
from server.services.reporting.gather import gather
from tests.support.complaint_half_year import complaint_half_year
from tests.support.complaint_school import SCHOOL, ComplaintSchool
from tests.support.reading import reading


def accuse(school: ComplaintSchool, against: str) -> None:
    case = school.send("2026-05-04", "Thu tiền sai", name="Đỗ Chín")
    more = {"against_principal": "1"} if against else {}
    school.act("2026-05-05", case, "petition", kind="to_cao", number="02", date="2026-05-05", **more)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComplaintSchool]:
    school = complaint_half_year(tmp_path_factory.mktemp("data"))
    yield school
    school.ctx.store.close()


def facts_of(school: ComplaintSchool, period: str = "2026-H1") -> ReportFacts:
    return gather(reading(school.ctx), SCHOOL, "ha-long", period, local_day(school.now))


@pytest.fixture(scope="module")
def facts(school: ComplaintSchool) -> ComplaintFacts:
    return facts_of(school).complaints


def test_the_counts_are_those_of_the_sheet(school: ComplaintSchool, facts: ComplaintFacts) -> None:
    asked = Asked(parse_period("2026-01-01..2026-05-29"))
    assert facts.row == books.petitions(reading(school.ctx), school.actor("le.tan"), asked).row
    assert facts.receptions == books.received(reading(school.ctx), school.actor("le.tan"), asked).row
    assert (facts.row.total, facts.row.processed, facts.row.within, facts.row.guided) == (10, 8, 7, 1)
    assert facts.thanks == 1


def test_what_was_late_and_what_is_overdue(facts: ComplaintFacts) -> None:
    # Case 4 took from 3 February over Tết to 20 March; the one of 6 April was never answered.
    assert facts.answers == (5, 1, 2, 1)
    # QĐ 766: seven are due; five in time, and one of these five not content.
    assert facts.reflections == (7, 5, 4)


def test_what_is_open_is_told_without_anybody(facts: ComplaintFacts) -> None:
    assert [(each.ref, each.kind, each.status) for each in facts.open] == [
        ("2026-9", "pakn", "new"), ("2026-10", "pakn", "new"), ("2026-8", "khieu_nai", "accepted"),
    ]  # fmt: skip
    overdue, running, complained = facts.open
    assert overdue.left is not None and overdue.left < 0
    # 25 May: ten working days end on 8 June, six of them after 29 May.
    assert (running.due, running.left) == (date(2026, 6, 8), 6)
    assert complained.due == date(2026, 6, 19)


def test_no_column_of_days_breaks_them(school: ComplaintSchool) -> None:
    document: Any = docx.Document(io.BytesIO(render(facts_of(school), "docx")))
    needed = TIMES_BOLD.width_mm("30/12/2026", CELL_PT) + 2 * CELL_SIDE_MM
    days = [
        (column.cells[0].text, cell.width.mm)
        for table in document.tables
        for column in table.columns
        for cell in column.cells
        if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", cell.text)
    ]
    assert {title for title, _ in days} == {"Ngày\ntiếp nhận", "Hạn"}
    assert [each for each in days if each[1] < needed] == []


def words(school: ComplaintSchool, period: str = "2026-H1") -> str:
    document: Any = docx.Document(io.BytesIO(render(facts_of(school, period), "docx")))
    tables = "\n".join(
        "\t".join(cell.text for cell in row.cells) for table in document.tables for row in table.rows
    )
    text = "\n".join(each.text for each in document.paragraphs) + "\n" + tables
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_report_says_how_every_case_stands(school: ComplaintSchool) -> None:
    text = words(school)
    for said in (
        "6. Tiếp công dân; phản ánh, kiến nghị và đơn thư",
        "Tiếp công dân: 2 lượt, 7 người, 2 vụ việc; trong đó Hiệu trưởng tiếp 1 lượt trong 1 ngày; có 1 đoàn",
        "Tổng số phản ánh, kiến nghị và đơn thư: 10, trong đó kỳ trước chuyển sang 0, tiếp nhận trong kỳ 10.",
        "khiếu nại 1; kiến nghị, phản ánh 7. Thuộc thẩm quyền của nhà trường 7; không thuộc thẩm quyền 1 (đã",
        "giải quyết xong 6 trường hợp thuộc thẩm quyền, trong đó đúng hạn hoặc trước hạn 5, quá hạn 1. Đến",
        "còn 3 trường hợp đang giải quyết: trong hạn 2, quá hạn 1.",
        "trả lời đúng hạn và trước hạn đạt 71,4 %; mức độ hài lòng về kết quả trả lời đạt 57,1 %",
        "Có 1 lượt thông tin, khen ngợi",
        "Nội dung được nêu nhiều nhất: chờ lâu (6 lượt).",
        "Phản ánh, đơn thư đang giải quyết đến hết ngày 29/5/2026",
        "8/2026\tKhiếu nại\t01/4/2026\tđã thụ lý\t19/6/2026",
        "9/2026\tKiến nghị, phản ánh\t06/4/2026\tmới nhận\t20/4/2026\tquá hạn",
        "Có 1 phản ánh, đơn thư giải quyết quá hạn; 1 trường hợp quá hạn chưa giải quyết.",
    ):
        assert said in text, said
    for secret in ("Lê Văn Sáu", "Trần Thị Bảy", "Vũ Tám", "Phòng học", "can.bo", "việc 1"):
        assert secret not in text
    assert "{" not in text and "None" not in text


@pytest.mark.parametrize("against", ["", "principal"])
def test_a_denunciation_changes_not_a_word(tmp_path: Path, against: str) -> None:
    """Whoever reads the report cannot tell from it whether there is one."""
    without, with_one = ComplaintSchool(tmp_path / "a"), ComplaintSchool(tmp_path / "b")
    for school in (without, with_one):
        school.send("2026-02-02", "Chờ lâu")
    accuse(with_one, against)
    for school in (without, with_one):
        school.go("2026-05-29")
    assert words(without) == words(with_one)
    assert "báo cáo\nriêng" not in words(with_one) and "riêng (nếu có)" in words(with_one)
    for school in (without, with_one):
        school.ctx.store.close()


def test_few_answers_give_no_share(tmp_path: Path) -> None:
    school = ComplaintSchool(tmp_path)
    case = school.send("2026-02-02", "Chờ lâu")
    school.act("2026-02-03", case, "classify", kind="pakn", summary="Chờ lâu")
    school.act("2026-02-03", case, "assign", assignee="can.bo")
    school.act("2026-02-04", case, "answer", by="can.bo", text="Xin lỗi")
    school.go("2026-05-29")
    text = words(school)
    assert "đã quá hạn dưới 5 nên không nêu tỷ lệ" in text and "Nội dung được nêu nhiều nhất" not in text
    assert "không còn trường hợp nào đang trong thời hạn" in text
    assert "Trong kỳ không có phản ánh, kiến nghị hoặc đơn thư nào" in words(school, "2025-H1")
    school.ctx.store.close()


def test_the_next_period_takes_over_what_was_open(tmp_path: Path) -> None:
    school = ComplaintSchool(tmp_path)
    school.send("2026-03-20", "Chờ lâu")
    school.go("2026-05-29")
    assert "còn 1 trường hợp đang giải quyết: trong hạn 1, quá hạn 0" in words(school, "2026-Q1")
    assert "kỳ trước chuyển sang 1, tiếp nhận trong kỳ 0" in words(school, "2026-Q2")
    school.ctx.store.close()


def test_a_school_that_takes_no_complaints_writes_its_own_figures(tmp_path: Path) -> None:
    from tests.support.report_school import report_school

    context = report_school(tmp_path)
    made = gather(reading(context), SCHOOL, "ha-long", "2026-H1", date(2026, 5, 29))
    assert not made.complaints.taken
    document: Any = docx.Document(io.BytesIO(render(made, "docx")))
    text = "\n".join(each.text for each in document.paragraphs)
    assert "chưa tiếp nhận phản ánh, kiến nghị qua phần mềm" in text and "……" in text
