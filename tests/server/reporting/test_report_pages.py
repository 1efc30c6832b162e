"""The report as pages: laid out by LibreOffice, read back with their places, kept as pictures to look at."""

import re
import subprocess
from datetime import date
from typing import NamedTuple

import pytest
from lxml import etree

from server.reports import render
from server.services.reporting.gather import gather
from tests.support.complaint_half_year import complaint_half_year
from tests.support.pictures import ARTEFACTS, keep_paper
from tests.support.reading import reading
from tests.support.report_school import SCHOOL, a_half_year, report_school

MM_PER_POINT = 25.4 / 72


class Word(NamedTuple):
    text: str
    left: float
    top: float
    right: float
    bottom: float


class Page(NamedTuple):
    words: list[Word]
    lines: list[str]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    """Every page with its words in millimetres; of the report with complaints only their number."""
    room = tmp_path_factory.mktemp("pages")
    context = report_school(room / "data", sample=True)
    a_half_year(context)
    facts = gather(reading(context), SCHOOL, "ha-long", "2026-H1", date(2026, 5, 29))
    file = room / "bao-cao-ha-long-2026-H1.docx"
    file.write_bytes(render(facts, "docx"))
    school = complaint_half_year(room / "complaints")
    facts = gather(reading(school.ctx), SCHOOL, "ha-long", "2026-H1", date(2026, 5, 29))
    with_complaints = room / "bao-cao-phan-anh.docx"
    with_complaints.write_bytes(render(facts, "docx"))
    school.ctx.store.close()
    run(
        "soffice", f"-env:UserInstallation=file://{room}/office", "--headless",
        "--convert-to", "pdf", "--outdir", str(room), str(file), str(with_complaints),
    )  # fmt: skip
    pdf = file.with_suffix(".pdf")
    keep_paper(pdf, ARTEFACTS / "report" / "trang")
    keep_paper(with_complaints.with_suffix(".pdf"), ARTEFACTS / "report-complaints" / "trang")
    counted = re.search(r"^Pages: +(\d+)$", run("pdfinfo", str(with_complaints.with_suffix(".pdf"))), re.M)
    assert counted
    assert int(counted[1]) >= 4
    run("pdftotext", "-bbox-layout", str(pdf), str(room / "words.html"))
    tree = etree.parse(room / "words.html", etree.HTMLParser(encoding="utf-8"))
    assert "Liberation Serif" in run("pdffonts", str(pdf)).replace("LiberationSerif", "Liberation Serif")
    return [read_page(page) for page in tree.iter("page")]


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=100).stdout


def read_page(page: etree._Element) -> Page:
    words = [
        Word(
            word.text or "",
            *(float(word.get(key)) * MM_PER_POINT for key in ("xmin", "ymin", "xmax", "ymax")),
        )
        for word in page.iter("word")
    ]
    lines = [" ".join(word.text or "" for word in line.iter("word")) for line in page.iter("line")]
    return Page(words, lines)


def test_the_first_page_has_no_number_the_others_have(pages: list[Page]) -> None:
    assert len(pages) >= 3
    for number, page in enumerate(pages, start=1):
        above = [word for word in page.words if word.bottom < 20]
        if number == 1:
            assert above == []
        else:
            [mark] = above
            assert mark.text == str(number)
            # In the middle of the text's width: 30 mm to 190 mm.
            assert (mark.left + mark.right) / 2 == pytest.approx(110, abs=0.5)


def test_text_stays_between_the_margins(pages: list[Page]) -> None:
    body = [word for page in pages for word in page.words if 20 < word.top < 275]
    assert min(word.left for word in body) == pytest.approx(30, abs=0.5)
    assert max(word.right for word in body) <= 190.5
    assert min(word.top for page in pages for word in page.words if word.bottom > 20) >= 19.5
    for page in pages:
        marks = [word for word in page.words if word.top > 277]
        assert " ".join(word.text for word in marks).startswith("SỐ LIỆU MẪU")


def test_no_page_ends_with_a_heading_or_a_caption(pages: list[Page]) -> None:
    for page in pages:
        body = [line for line in page.lines if not line.startswith("SỐ LIỆU MẪU")]
        assert not re.match(r"([IV]+|\d)\. |Bảng \d|Biểu đồ \d", body[-1]), body[-1]


def test_the_signature_stays_in_one_piece_with_the_last_words(pages: list[Page]) -> None:
    last = "\n".join(pages[-1].lines)
    for words in (
        "Trên đây là Báo cáo",
        "Nơi nhận:",
        "- Lưu: VT.",
        "KT. HIỆU TRƯỞNG",
        "PHÓ HIỆU TRƯỞNG",
        "Nguyễn Thị Mẫu",
    ):
        assert words in last
    post = next(word for word in pages[-1].words if word.text == "PHÓ")
    name = next(word for word in pages[-1].words if word.text == "Nguyễn")
    assert name.top - post.bottom > 20, "no room to sign"


def test_tables_are_whole(pages: list[Page]) -> None:
    for caption, last in (("Bảng 1.", "Cộng"), ("Bảng 2.", "5/2026")):
        [at] = [
            number
            for number, page in enumerate(pages)
            if any(caption in line and "Tỷ lệ" in line for line in page.lines)
        ]
        assert any(last in line for line in pages[at].lines)
