"""The docx read back from its XML and held against the figures of Nghị định 30, typed here from the law."""

import io
import re
import unicodedata
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from lxml import etree
from PIL import Image

from server.reports import render
from server.reports.documents.letter import signer_lines
from server.reports.reporting.outline import make_document
from server.reports.words import numbers
from server.reports.words.textwidth import bold_width_mm
from server.services.reporting.facts import ReportFacts
from server.services.reporting.gather import gather
from tests.support.reading import reading
from tests.support.report_school import SCHOOL, a_half_year, add_rates, report_school

TODAY = date(2026, 5, 29)
MM_PER_TWIP = 25.4 / 1440
MM_PER_EMU = 1 / 36000


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> ReportFacts:
    context = report_school(tmp_path_factory.mktemp("data"))
    a_half_year(context)
    return gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY)


@pytest.fixture(scope="module")
def file(facts: ReportFacts) -> bytes:
    return render(facts, "docx")


@pytest.fixture(scope="module")
def document(file: bytes) -> Any:
    return docx.Document(io.BytesIO(file))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Any:
    context = report_school(tmp_path_factory.mktemp("data"), sample=True, signer="")
    a_half_year(context)
    return docx.Document(
        io.BytesIO(render(gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY), "docx"))
    )


def runs_of(paragraph: Any) -> list[Any]:
    return [run for run in paragraph.runs if run.text.strip()]


def effective(run: Any, paragraph: Any) -> tuple[float, bool, bool]:
    """Size in points, bold, italic: of the run, else of its paragraph's style."""
    style = paragraph.style
    size = run.font.size or style.font.size
    bold = run.bold if run.bold is not None else bool(style.font.bold)
    italic = run.italic if run.italic is not None else bool(style.font.italic)
    return size.pt, bold, italic


def find(document: Any, words: str) -> Any:
    """The one paragraph that begins so, in the body or in a table."""
    everywhere = [*document.paragraphs]
    for table in document.tables:
        for row in table.rows:
            for cell in row.cells:
                everywhere += cell.paragraphs
    found = [each for each in everywhere if each.text.startswith(words)]
    assert len(found) == 1, (words, [each.text for each in found])
    return found[0]


def letters(document: Any, words: str) -> tuple[float, bool, bool]:
    paragraph = find(document, words)
    [each] = {effective(run, paragraph) for run in runs_of(paragraph)}
    return each


def whole_text(document: Any) -> str:
    texts = [each.text for each in document.paragraphs]
    for table in document.tables:
        texts += ["\t".join(cell.text for cell in row.cells) for row in table.rows]
    return "\n".join(texts)


def of_paragraph(paragraph: Any, name: str) -> Any:
    """What holds for a paragraph: its own, or what its style or one of those beneath says."""
    found, style = getattr(paragraph.paragraph_format, name), paragraph.style
    while found is None and style is not None:
        found, style = getattr(style.paragraph_format, name), style.base_style
    return found


def test_everything_of_the_text_is_justified_and_no_line_stands_alone(document: Any, sample: Any) -> None:
    """Also headings of two lines, and paragraphs that end in dots to write on."""
    for each in (document, sample):
        text = [p for p in each.paragraphs if p.style.name in ("Body Text", "Heading 1", "Heading 2", "Note")]
        assert {p.style.name for p in text} >= {"Body Text", "Heading 1", "Heading 2", "Note"}
        for paragraph in text:
            assert of_paragraph(paragraph, "alignment") == WD_ALIGN_PARAGRAPH.JUSTIFY, paragraph.text
            assert of_paragraph(paragraph, "widow_control") is True, paragraph.text
            assert round(of_paragraph(paragraph, "first_line_indent").mm, 1) in (10, 12.7), paragraph.text


def test_page_is_a4_with_the_margins_of_the_law(document: Any) -> None:
    [section] = document.sections
    assert (round(section.page_width.mm, 1), round(section.page_height.mm, 1)) == (210, 297)
    assert 20 <= round(section.top_margin.mm, 2) <= 25
    assert 20 <= round(section.bottom_margin.mm, 2) <= 25
    assert 30 <= round(section.left_margin.mm, 2) <= 35
    assert 15 <= round(section.right_margin.mm, 2) <= 20
    assert section.gutter == 0


@pytest.mark.parametrize(
    ("words", "least", "most", "bold", "italic"),
    [
        ("UBND PHƯỜNG MẪU", 12, 13, False, False),
        ("TRƯỜNG THCS MẪU", 12, 13, True, False),
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, 13, True, False),
        ("Độc lập - Tự do - Hạnh phúc", 13, 14, True, False),
        ("Số:", 13, 13, False, False),
        ("Phường Mẫu, ngày", 13, 14, False, True),
        ("BÁO CÁO", 13, 14, True, False),
        ("Sơ kết 6 tháng đầu năm 2026", 13, 14, True, False),
        ("và sự hài lòng của phụ huynh", 13, 14, True, False),
        ("Thực hiện Kế hoạch", 13, 14, False, False),
        ("I. ĐẶC ĐIỂM TÌNH HÌNH", 13, 14, True, False),
        ("3. Mức độ hài lòng", 13, 14, True, False),
        ("KT. HIỆU TRƯỞNG", 13, 14, True, False),
        ("PHÓ HIỆU TRƯỞNG", 13, 14, True, False),
        ("Nguyễn Thị Mẫu", 13, 14, True, False),
        ("Nơi nhận:", 12, 12, True, True),
        ("- Phòng GD&ĐT (để báo cáo);", 11, 11, False, False),
        ("- Lưu: VT.", 11, 11, False, False),
    ],
)
def test_sizes_and_styles(document: Any, words: str, least: int, most: int, bold: bool, italic: bool) -> None:
    size, is_bold, is_italic = letters(document, words)
    assert least <= size <= most
    assert (is_bold, is_italic) == (bold, italic)


def test_one_typeface_for_every_script_and_nothing_to_fall_back_on(file: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(file)) as package:
        names = package.namelist()
        parts = {name: etree.fromstring(package.read(name)) for name in names if name.endswith(".xml")}
    assert not [name for name in names if "theme" in name]
    every = [fonts for part in parts.values() for fonts in part.iter(qn("w:rFonts"))]
    assert len(every) > 20
    for fonts in every:
        assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "eastAsia", "cs")} == {
            "Times New Roman"
        }
        assert not [name for name in fonts.attrib if "heme" in name]
    colours = {each.get(qn("w:val")) for part in parts.values() for each in part.iter(qn("w:color"))}
    assert colours <= {"000000"}


def test_body_paragraphs(document: Any) -> None:
    body = [each for each in document.paragraphs if each.style.name == "Body Text"]
    assert len(body) > 15
    style = body[0].style.paragraph_format
    assert round(style.first_line_indent.mm, 1) in (10, 12.7)
    assert style.space_after.pt >= 6
    assert 1 <= style.line_spacing <= 1.5
    assert style.alignment is not None and style.alignment.name == "JUSTIFY"
    for paragraph in body:
        own = paragraph.paragraph_format
        assert own.first_line_indent is None and own.space_after is None and own.line_spacing is None
        assert own.alignment is None or paragraph.text.endswith("\t")


def rule_below(paragraph: Any, room_mm: float) -> float:
    """The length of the line in the next paragraph, in millimetres."""
    after = paragraph._p.getnext()
    assert after.find(f"{qn('w:pPr')}/{qn('w:pBdr')}/{qn('w:bottom')}") is not None
    indent = after.find(f"{qn('w:pPr')}/{qn('w:ind')}")
    sides = int(indent.get(qn("w:left"))), int(indent.get(qn("w:right")))
    assert abs(sides[0] - sides[1]) <= 1
    return room_mm - sum(sides) * MM_PER_TWIP


def test_rules_are_as_long_as_the_law_says(document: Any) -> None:
    widths = [cell.width.mm for cell in document.tables[0].rows[0].cells]
    assert sum(widths) == pytest.approx(160, abs=0.2)
    motto = find(document, "Độc lập")
    assert rule_below(motto, widths[1]) == pytest.approx(bold_width_mm(motto.text, 13), abs=0.3)
    issuer = find(document, "TRƯỜNG THCS MẪU")
    share = rule_below(issuer, widths[0]) / bold_width_mm(issuer.text, 12)
    assert 1 / 3 <= share <= 1 / 2
    subject = find(document, "và sự hài lòng")
    share = rule_below(subject, 160) / bold_width_mm(subject.text, 14)
    assert 1 / 3 <= share <= 1 / 2


def test_the_head_is_two_columns_without_borders(document: Any) -> None:
    head = document.tables[0]
    assert len(head.columns) == 2
    assert head.style.name == "Normal Table"
    assert head._tbl.tblPr.find(qn("w:tblBorders")) is None
    assert find(document, "Số:").text == "Số:\N{NO-BREAK SPACE}……/BC-THCSM"
    assert find(document, "Phường Mẫu").text.replace("\N{NO-BREAK SPACE}", " ") == (
        "Phường Mẫu, ngày 29 tháng 5 năm 2026"
    )


def test_page_numbers_in_the_header_but_not_on_the_first_page(document: Any) -> None:
    [section] = document.sections
    assert section.different_first_page_header_footer
    [header] = section.header.paragraphs
    assert header.alignment is not None and header.alignment.name == "CENTER"
    assert [each.text.strip() for each in header._p.iter(qn("w:instrText"))] == ["PAGE"]
    [size] = {run.font.size.pt for run in header.runs}
    assert 13 <= size <= 14
    assert section.header_distance.mm < section.top_margin.mm
    assert not list(section.first_page_header._element.iter(qn("w:instrText")))


def test_tables_repeat_their_head_and_never_cut_a_row(document: Any) -> None:
    data = [table for table in document.tables if table.style.name == "Table Grid"]
    assert len(data) == 4
    for table in data:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        title = table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
        above = table._tbl.getprevious()
        assert "".join(text.text for text in above.iter(qn("w:t"))) == title
        assert re.match(r"Bảng \d\. ", title)
    signature = document.tables[-1]
    assert signature.rows[0]._tr.trPr.find(qn("w:cantSplit")) is not None
    closing = find(document, "Trên đây là Báo cáo")
    assert closing.paragraph_format.keep_with_next and closing.text.endswith("./.")


def test_the_chart_has_words_and_is_sharp_enough(document: Any, file: bytes) -> None:
    [shape] = document.inline_shapes
    words = shape._inline.docPr.get("descr")
    assert words.startswith("Biểu đồ tỷ lệ hài lòng theo tháng, mục tiêu 90")
    assert "Tháng 4/2026: 91,4" in words
    with zipfile.ZipFile(io.BytesIO(file)) as package:
        [name] = [name for name in package.namelist() if name.startswith("word/media/")]
        picture = Image.open(io.BytesIO(package.read(name)))
    assert picture.width / (shape.width.mm / 25.4) >= 200
    assert shape.width.mm <= 160


def test_the_document_says_who_wrote_it_in_which_language(document: Any) -> None:
    properties = document.core_properties
    assert properties.title.startswith("Báo cáo sơ kết 6 tháng đầu năm 2026 về giải quyết")
    assert (properties.author, properties.language) == ("Trường THCS Mẫu", "vi-VN")
    defaults = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    assert defaults.find(qn("w:lang")).get(qn("w:val")) == "vi-VN"
    levels = [each.style.name for each in document.paragraphs if each.style.name.startswith("Heading")]
    assert levels.count("Heading 1") == 5 and levels.count("Heading 2") == 8


def test_what_the_figures_say_is_in_the_words(document: Any) -> None:
    text = whole_text(document).replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "số liệu từ ngày 01/01/2026 đến hết ngày 29/5/2026",
        "Có 1.068 lượt đánh giá hợp lệ",
        "đạt 92,4 %, khoảng tin cậy 95 % từ 90,7 % đến 93,9 %, đạt mục tiêu 90 % của nhà trường",
        "từ ngày 01/01/2025 đến hết ngày 29/5/2025: 90,1 % trên 980 lượt), tỷ lệ hài lòng tăng 2,3 điểm",
        "từ −0,1 đến 4,8 điểm phần trăm. Mức thay đổi này chưa phân biệt được với dao động ngẫu nhiên.",
        "2\tChuyển trường đối với học sinh trung học cơ sở\t246\t208\t84,6\t79,5 – 88,5",
        "học sinh người nước ngoài và thủ tục ngoài danh mục (thu-tuc-la).",
        "\tCộng\t1.068\t987\t92,4\t90,7 – 93,9",
        "tỷ lệ trước hẹn và đúng hẹn đạt 91,9 % (khoảng tin cậy 95 % từ 89,5 % đến 93,8 %)",
        "Về thái độ phục vụ: 6 lượt. Về gây phiền hà: dưới 5 lượt hoặc không có.",
        "còn thiếu 3 số: Kiosk sảnh B 3 số",
        "31 lượt bị loại vì có dấu hiệu bấm dồn",
        "1.052 lượt có thời điểm chắc chắn; 12 lượt chỉ biết trong một khoảng thời gian; 4 lượt",
        "2 tin gửi đến không hợp lệ (câu trả lời ngoài các mức: 1; không đọc được: 1)",
        "2 thủ tục được gộp ở Bảng 1; 3 lý do không nêu số",
        "Thủ tục có tỷ lệ hài lòng thấp hơn mục tiêu 90 %: Chuyển trường (84,6 %).",
    ):
        assert words in text
    assert "SỐ LIỆU MẪU" not in text


def test_numbers_never_part_from_their_units(document: Any) -> None:
    text = whole_text(document)
    assert not re.search(r"\d %", text)
    assert not re.search(r"\d\.\d{1,2}(?!\d)", text)
    assert unicodedata.is_normalized("NFC", text)
    assert "{" not in text and "None" not in text and "~" not in text


def test_what_is_not_known_stays_open(document: Any) -> None:
    text = whole_text(document).replace("\N{NO-BREAK SPACE}", " ")
    assert "Tổng số ……… hồ sơ (kỳ trước chuyển sang ……;" in text
    assert "Có ……… hồ sơ nộp trực tuyến" in text
    opened = [each.text for each in document.paragraphs if each.text.endswith("\t")]
    assert "Đối với Phòng GD&ĐT: \t" in opened


def test_a_sample_says_so_on_every_page(sample: Any) -> None:
    [section] = sample.sections
    assert "SỐ LIỆU MẪU" in section.footer.paragraphs[0].text
    assert "SỐ LIỆU MẪU" in section.first_page_footer.paragraphs[0].text
    assert "SỐ LIỆU MẪU" in "\n".join(each.text for each in sample.paragraphs[:8])
    assert "SỐ LIỆU MẪU" in sample.core_properties.title


def test_nobody_named_to_sign(sample: Any) -> None:
    assert find(sample, "HIỆU TRƯỞNG").text == "HIỆU TRƯỞNG"
    assert find(sample, "……………………………").text == "………………………………"


@pytest.mark.parametrize(
    ("signer", "post", "name"),
    [
        ("Nguyễn Văn A", ("HIỆU TRƯỞNG",), "Nguyễn Văn A"),
        ("Hiệu trưởng Nguyễn Văn A", ("HIỆU TRƯỞNG",), "Nguyễn Văn A"),
        ("Phó Hiệu trưởng Trần Thị B", ("KT. HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG"), "Trần Thị B"),
        ("phó hiệu trưởng: Trần Thị B", ("KT. HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG"), "Trần Thị B"),
        ("TL. Hiệu trưởng; Tổ trưởng Văn phòng; Lê C", ("TL. HIỆU TRƯỞNG", "TỔ TRƯỞNG VĂN PHÒNG"), "Lê C"),
        ("", ("HIỆU TRƯỞNG",), ""),
    ],
)
def test_who_signs(facts: ReportFacts, signer: str, post: tuple[str, ...], name: str) -> None:
    assert signer_lines(signer, facts.layout) == (post, name)


def test_the_same_facts_give_the_same_bytes(facts: ReportFacts, file: bytes) -> None:
    assert render(facts, "docx") == file


def test_a_period_without_answers_is_still_a_report(tmp_path: Path) -> None:
    context = report_school(tmp_path, superior="", place="")
    made = docx.Document(
        io.BytesIO(render(gather(reading(context), SCHOOL, "ha-long", "2026-Q1", TODAY), "docx"))
    )
    text = whole_text(made).replace("\N{NO-BREAK SPACE}", " ")
    assert "chưa có lượt đánh giá nào" in text
    assert "Chưa có số liệu cùng kỳ năm trước (từ ngày 01/01/2025 đến hết ngày 31/3/2025)" in text
    assert "quý I năm 2026" in text and "chưa máy nào gửi dữ liệu" in text
    assert len(made.tables) == 2 and not made.inline_shapes


def test_too_few_answers_are_counted_but_not_told(tmp_path: Path) -> None:
    context = report_school(tmp_path)
    add_rates(context, date(2026, 3, 3), "hoc-ba", (4, 0, 0, 0, 0))
    made = docx.Document(
        io.BytesIO(render(gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY), "docx"))
    )
    text = whole_text(made).replace("\N{NO-BREAK SPACE}", " ")
    assert "Có 4 lượt đánh giá hợp lệ. Số lượt dưới 5 chưa đủ" in text
    assert "tỷ lệ chung không được nêu" in text
    assert "rất không hài lòng 4" not in text and "Bảng 1" not in text


def test_no_table_over_nothing_and_no_finding_without_evidence(tmp_path: Path) -> None:
    """Five ratings of two procedures in one month: the whole can be told, and nothing of its parts."""
    context = report_school(tmp_path)
    add_rates(context, date(2026, 3, 3), "hoc-ba", (0, 0, 0, 1, 2))
    add_rates(context, date(2026, 3, 3), "ban-sao", (1, 0, 0, 0, 1))
    made = docx.Document(
        io.BytesIO(render(gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY), "docx"))
    )
    text = whole_text(made).replace("\N{NO-BREAK SPACE}", " ")
    assert "đạt 80,0 %" in text
    assert "Chưa đủ dữ liệu để nêu tỷ lệ hài lòng theo thủ tục: mỗi thủ tục cần từ 5 lượt" in text
    assert "Chưa đủ dữ liệu để nêu tỷ lệ hài lòng theo tháng: cần ít nhất 2 tháng có từ 5 lượt" in text
    assert "Chưa đủ dữ liệu để xác định thủ tục nào có tỷ lệ hài lòng thấp hơn mục tiêu" in text
    assert "không nêu tỷ lệ của 2 thủ tục" in text
    assert "Bảng" not in text and "Biểu đồ" not in text and "Chưa có thủ tục nào" not in text


def test_names_with_signs_of_their_own(tmp_path: Path) -> None:
    """Ampersands, braces and tildes of a school's name are letters, not commands."""
    context = report_school(tmp_path, recipient="Phòng <VH&XH> {1} ~")
    made = make_document(gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY))
    assert made.letter.recipients[0] == "- Phòng <VH&XH> {1} ~ (để báo cáo);"
    read = docx.Document(
        io.BytesIO(render(gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY), "docx"))
    )
    assert find(read, "Đối với").text == "Đối với Phòng <VH&XH> {1} ~: \t"


@pytest.mark.parametrize(
    ("made", "written"),
    [
        (numbers.whole(1068), "1.068"),
        (numbers.whole(12345678), "12.345.678"),
        (numbers.percent(0.924), "92,4\N{NO-BREAK SPACE}%"),
        (numbers.percent(1 / 16), "6,3\N{NO-BREAK SPACE}%"),
        (numbers.points(0.1405), "14,1"),
        (numbers.decimal(-0.04, 1), "0,0"),
        (numbers.decimal(-0.06, 1), "\N{MINUS SIGN}0,1"),
        (numbers.decimal(1234.5, 1), "1.234,5"),
        (numbers.goal(0.9), "90\N{NO-BREAK SPACE}%"),
        (numbers.goal(0.925), "92,5\N{NO-BREAK SPACE}%"),
        (numbers.goal(1.0), "100\N{NO-BREAK SPACE}%"),
        (numbers.short_date(date(2026, 2, 5)), "05/02/2026"),
        (numbers.short_date(date(2026, 3, 5)), "05/3/2026"),
        (numbers.short_date(date(2026, 12, 25)), "25/12/2026"),
        (numbers.long_date(date(2026, 3, 5)).replace("\N{NO-BREAK SPACE}", " "), "ngày 05 tháng 3 năm 2026"),
        (
            numbers.long_date(date(2026, 1, 15)).replace("\N{NO-BREAK SPACE}", " "),
            "ngày 15 tháng 01 năm 2026",
        ),
        (numbers.month(date(2026, 2, 1)), "02/2026"),
    ],
)
def test_numbers_and_dates_as_documents_write_them(made: str, written: str) -> None:
    assert made == written


# ECMA-376 part 1, annex A: the order of elements. Word calls a file damaged where it is another one.
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl numPr pBdr shd tabs spacing ind jc "
    "outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs caps color sz szCs u lang",
    "tblPr": "tblStyle tblW jc tblInd tblBorders tblLayout tblCellMar tblLook tblCaption tblDescription",
    "tcPr": "tcW gridSpan vMerge tcBorders shd tcMar vAlign",
    "style": "name basedOn next link uiPriority semiHidden unhideWhenUsed qFormat locked pPr rPr tblPr",
    "sectPr": "headerReference footerReference type pgSz pgMar cols titlePg docGrid",
    "settings": "zoom defaultTabStop characterSpacingControl compat themeFontLang decimalSymbol "
    "listSeparator",
}


def test_elements_stand_in_the_order_of_the_schema(file: bytes) -> None:
    seen: set[str] = set()
    with zipfile.ZipFile(io.BytesIO(file)) as package:
        for name in package.namelist():
            if not (name.startswith("word/") and name.endswith(".xml")):
                continue
            for element in etree.fromstring(package.read(name)).iter(*(qn(f"w:{tag}") for tag in ORDER)):
                tag = etree.QName(element).localname
                wanted = ORDER[tag].split()
                places = [wanted.index(etree.QName(child).localname) for child in element]
                assert places == sorted(places), (name, etree.tostring(element))
                assert tag == "sectPr" or len(places) == len(set(places)), etree.tostring(element)
                seen.add(tag)
    assert seen == set(ORDER)
