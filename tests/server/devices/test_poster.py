"""Posters and slips before they are set: their words, the address as it is typed, the QR, the bytes."""

import io
import unicodedata
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import etree
from PIL import Image

from server.reports.devices.poster import (
    Poster,
    Size,
    address_pieces,
    poster_words,
    printable,
    slip_words,
    spelled,
)
from server.reports.devices.poster_docx import poster_docx
from server.reports.devices.poster_pdf import poster_pdf, slips_pdf
from server.reports.devices.poster_pictures import QUIET_ZONE, make_qr, qr_png
from server.reports.devices.slips_docx import slips_docx
from server.reports.documents.docx_sheet import fitted_address
from server.reports.words.textwidth import sans_width_mm
from survey_defs.texts import load_texts

ROOM = Path(__file__).parents[3] / "server" / "reports"
POSTER = Poster(
    school_name="Trường THCS Mẫu",
    label="Bàn số 1",
    address="https://thcs-mau.example/q/ban-1",
    place="desk",
    audience="phu-huynh",
    wifi="THCS-Mau",
    sample=False,
)
HOSTILE = '=HYPERLINK("x") *đậm* $x$ #eval("1+1") \\ <b>&amp; `c` _y_ [z] @k {0} ~'


@pytest.mark.parametrize(
    ("address", "wifi", "says"),
    [
        ("https://thcs-mau.example/q/ban-1", "", ""),
        ("http://192.168.1.20:8080/q/ban-1", "THCS-Mau", ""),
        ("http://192.168.1.20:8080/q/ban-1", "", "Chỉ mở trong mạng của trường"),
        ("http://127.0.0.1:8080/q/ban-1", "THCS-Mau", "BẢN THỬ, chỉ mở trên máy chủ"),
        ("http://localhost:8080/q/ban-1", "", "BẢN THỬ, chỉ mở trên máy chủ"),
    ],
)
def test_an_address_that_not_everybody_can_open_says_so(address: str, wifi: str, says: str) -> None:
    poster = POSTER._replace(address=address, wifi=wifi)
    for said in (poster_words(poster).remarks, slip_words(poster).remarks):
        assert said.partition(" – ")[0] == says
    assert ("DỮ LIỆU MẪU" in poster_words(poster._replace(sample=True)).remarks) is True


def test_both_languages_say_the_same_things() -> None:
    texts = load_texts(ROOM / "texts" / "poster")
    assert texts.gaps() == []
    assert texts.languages == ("vi", "en")
    code = (ROOM / "devices" / "poster.py").read_text("utf-8")
    for key in texts.keys():  # noqa: SIM118
        assert (
            f'"{key}"' in code or f'"{key.rpartition(".")[0]}.' in code or f'f"{key.split(".")[0]}.' in code
        )
    for lang in texts.languages:
        for key in texts.keys(lang):
            assert unicodedata.is_normalized("NFC", texts(lang, key, wifi="", address=""))


@pytest.mark.parametrize(
    ("place", "audience", "vi", "en"),
    [
        ("desk", "phu-huynh", "Kính mời quý phụ huynh đánh giá", "Please rate your visit"),
        ("waiting", None, "Kính mời quý phụ huynh đánh giá", "Please rate your visit"),
        ("letter", "phu-huynh", "Kính mời quý phụ huynh đánh giá", "Please rate our service"),
        ("classroom", "hoc-sinh", "Mời các em học sinh cho ý kiến", "Pupils: please tell us what you think"),
        ("audience", "hoc-sinh", "Mời các em học sinh cho ý kiến", "Pupils: please tell us what you think"),
        ("audience", "giao-vien", "Kính mời quý thầy cô góp ý", "Teachers: please tell us what you think"),
        ("audience", "phu-huynh", "Kính mời quý phụ huynh góp ý", "Parents: please tell us what you think"),
    ],
)
def test_whom_the_poster_speaks_to(place: str, audience: str | None, vi: str, en: str) -> None:
    poster = POSTER._replace(place=place, audience=audience)
    words = poster_words(poster)
    assert (" ".join(words.title.vi), words.title.en) == (vi, en)
    assert slip_words(poster).invitation.vi[0].startswith(vi.split(" ", maxsplit=1)[0].replace("Mời", "Mời"))


def test_only_a_sample_says_so() -> None:
    assert poster_words(POSTER).remarks == slip_words(POSTER).remarks == ""
    assert poster_words(POSTER._replace(sample=True)).remarks == "DỮ LIỆU MẪU – Sample"


def test_without_wifi_nothing_is_said_of_it() -> None:
    words = poster_words(POSTER._replace(wifi=" \u200b"))
    assert "Wi-Fi" not in words.cannot_scan.vi[0] + words.cannot_scan.en
    assert "Wi-Fi" in poster_words(POSTER).cannot_scan.vi[0]


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("https://thcs-mau.example/q/ban-1", "thcs-mau.example/q/ban-1"),
        ("https://thcs-mau.example:443/q/ban-1", "thcs-mau.example:443/q/ban-1"),
        ("http://192.168.1.20:8080/q/ban-1", "192.168.1.20:8080/q/ban-1"),
        # Typed without its scheme, a browser would ask the port without encryption.
        ("https://thcs-mau.example:8443/q/ban-1", "https://thcs-mau.example:8443/q/ban-1"),
    ],
)
def test_the_address_is_as_short_as_can_be_typed(address: str, typed: str) -> None:
    assert spelled(address) == typed


def test_an_address_is_parted_only_behind_its_signs() -> None:
    pieces = address_pieces("thcs-mau.edu.vn/q/phong-cho/abcd2345")
    assert pieces == (("thcs-", "mau.", "edu.", "vn/"), ("q/",), ("phong-", "cho/"), ("abcd2345",))
    long = f"https://{'a' * 40}.edu.vn:8443/q/{'b' * 64}/abcd2345"
    assert "".join(sum(address_pieces(long), ())) == long


def test_lines_of_an_address_end_behind_its_signs() -> None:
    parts = address_pieces(f"khaosat.truong-mau.edu.vn/q/phong-cho-tang-2-{'b' * 24}/abcd2345")
    for width in (40, 50, 60, 80):
        lines, size = fitted_address(parts, (9, 8, 7, 6, 5), width, 12)
        assert "".join(lines) == "".join(sum(parts, ()))
        assert all(line[-1] in "/.-" for line in lines[:-1])
        assert all(sans_width_mm(line, size) <= width for line in lines)
    # Only what no line can hold is cut inside.
    lines, _ = fitted_address((("b" * 64,),), (6, 5), 30, 12)
    assert "".join(lines) == "b" * 64
    assert len(lines) > 1


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Bàn\tsố\r\n1", "Bàn số 1"),
        ("  Bàn   1 ", "Bàn 1"),
        ("a\x00b\x07c", "a b c"),
        ("đảo\u202engược", "đảongược"),
        ("Ba\u0300n", "Bàn"),
        (HOSTILE, HOSTILE),
    ],
)
def test_control_characters_never_reach_the_paper(text: str, clean: str) -> None:
    assert printable(text) == clean


@pytest.mark.parametrize(
    "address", [POSTER.address, f"https://{'x' * 50}.edu.vn/q/{'a' * 64}/abcd2345", "http://a.vn/q/1"]
)
def test_the_code_survives_the_loss_of_a_quarter(address: str) -> None:
    code = make_qr(address)
    assert code.error in ("Q", "H")
    assert not code.is_micro
    picture = Image.open(io.BytesIO(qr_png(address, 480)))
    modules = code.symbol_size(border=QUIET_ZONE)[0]
    assert picture.width % modules == 0 and 0 <= 480 - picture.width < modules
    scale = picture.width // modules
    grey = picture.convert("L")
    free = QUIET_ZONE * scale
    assert grey.crop((0, 0, grey.width, free)).getextrema() == (255, 255)
    assert grey.crop((0, 0, free, grey.height)).getextrema() == (255, 255)
    assert grey.crop((free, free, free + 7 * scale, free + scale)).getextrema() == (0, 0)
    assert {tone for tone, count in enumerate(grey.histogram()) if count} == {0, 255}


def test_the_same_poster_is_the_same_file() -> None:
    slips = [f"{POSTER.address}/abcd2345"]
    for make in (poster_pdf, poster_docx):
        assert make(POSTER, "a5") == make(POSTER, "a5")
    for make_slips in (slips_pdf, slips_docx):
        assert make_slips(POSTER, slips) == make_slips(POSTER, slips)


def test_a_sheet_needs_a_slip() -> None:
    for make in (slips_pdf, slips_docx):
        with pytest.raises(ValueError, match="at least one address"):
            make(POSTER, [])


@pytest.mark.parametrize(("size", "page"), [("a4", (210, 297)), ("a5", (148, 210))])
def test_the_docx_is_to_the_millimetre_and_in_arial_alone(size: Size, page: tuple[int, int]) -> None:
    file = poster_docx(POSTER._replace(label=HOSTILE, school_name=HOSTILE), size)
    document = Document(io.BytesIO(file))
    [section] = document.sections
    width, height = section.page_width, section.page_height
    assert width is not None and height is not None
    assert (round(width.mm, 1), round(height.mm, 1)) == page
    texts = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert texts.count(HOSTILE) == 2
    assert document.core_properties.author == HOSTILE
    with zipfile.ZipFile(io.BytesIO(file)) as package:
        parts = [etree.fromstring(package.read(name)) for name in package.namelist() if name.endswith(".xml")]
    fonts = {value for part in parts for each in part.iter(qn("w:rFonts")) for value in each.attrib.values()}
    assert fonts == {"Arial"}
    assert not [each for part in parts for each in part.iter(qn("w:instrText"), qn("w:hyperlink"))]


# ECMA-376 part 1, annex A: the order of elements. Word calls a file damaged where it is another one.
ORDER = {
    "pPr": "pStyle keepNext keepLines spacing ind jc rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs color sz szCs lang",
    "tblPr": "tblStyle tblW jc tblBorders tblLayout tblCellMar tblLook",
    "tcPr": "tcW gridSpan vMerge tcBorders vAlign",
}


def test_elements_stand_in_the_order_of_the_schema() -> None:
    seen: set[str] = set()
    for file in (poster_docx(POSTER, "a4"), slips_docx(POSTER, [f"{POSTER.address}/abcd2345"] * 4)):
        with zipfile.ZipFile(io.BytesIO(file)) as package:
            body = etree.fromstring(package.read("word/document.xml"))
        for element in body.iter(*(qn(f"w:{tag}") for tag in ORDER)):
            tag = etree.QName(element).localname
            wanted = ORDER[tag].split()
            places = [wanted.index(etree.QName(child).localname) for child in element]
            assert places == sorted(set(places)), etree.tostring(element)
            seen.add(tag)
        for cell in body.iter(qn("w:tc")):
            assert etree.QName(cell[-1]).localname == "p", "Word wants a paragraph in every cell"
    assert seen == set(ORDER)
