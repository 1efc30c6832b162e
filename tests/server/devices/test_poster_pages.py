"""Posters and slips on paper: each rendered to a picture, its words read back, its codes scanned by zbar."""

import re
import shutil
import subprocess
import unicodedata
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree
from PIL import Image, ImageFilter

from server.domain.devices.slips import SHEET
from server.reports.devices.poster import PAGES_MM, SIZES, Poster, spelled
from server.reports.devices.poster_docx import poster_docx
from server.reports.devices.poster_pdf import poster_pdf, slips_pdf
from server.reports.devices.slips_docx import slips_docx
from tests.support.pictures import ARTEFACTS, WANTED

PICTURES = ARTEFACTS / "posters"
MM_PER_POINT = 25.4 / 72
DPI = 120
PHONE_PIXELS, BLUR = 280, ImageFilter.GaussianBlur(1.5)
"""A code of 25 mm as a phone sees it from two hands' widths, out of focus: its width, and the blur."""
SLIP_MM, SLIPS_LEFT, SLIPS_TOP, SLIP_QR_MM = (66, 35.4), 6, 7.2, 26
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"

PLAIN = Poster(
    school_name="Trường THCS Mẫu",
    label="Bàn số 1",
    address="https://thcs-mau.example/q/ban-1",
    place="desk",
    audience="phu-huynh",
    wifi="THCS-Mau",
    sample=False,
)
LONG = Poster(
    school_name="Trường Trung học cơ sở và Trung học phổ thông Nguyễn Thị Minh Khai",
    label="Phòng chờ tầng 2, cạnh cửa phòng tuyển sinh",
    address="https://khaosat.truongthcsvathptnguyenthiminhkhai.edu.vn/q/"
    "phong-cho-tang-hai-canh-cua-phong-tuyen-sinh-va-van-phong-truong",
    place="waiting",
    audience="hoc-sinh",
    wifi="THCS THPT Nguyen Thi Minh Khai 5G",
    sample=True,
)
STRANGE = Poster(
    school_name="Trường <b>Mẫu</b> & #strong[x]",
    label='=1+1 *đậm* $x$ #eval("1") \\ `c` _y_ @k',
    address=f"http://192.168.1.20:8080/q/{'a' * 64}",
    place="audience",
    audience="giao-vien",
    wifi="",
    sample=False,
)
POSTERS = {"thuong": PLAIN, "dai": LONG, "la": STRANGE}
ENDLESS = LONG._replace(
    school_name=f"{LONG.school_name} " * 3,
    label="Phòng chờ " * 20,
    address=f"https://khaosat.{'w' * 60}.edu.vn:8443/q/{'m' * 64}",
    wifi="W" * 32,
)
"""Longer than anything that is allowed anywhere: it need not be beautiful, but stays on its page."""
SAID = {
    "thuong": ("Kính mời quý phụ huynh đánh giá", "Please rate your visit", "Vào Wi-Fi THCS-Mau, mở"),
    "dai": ("Mời các em học sinh cho ý kiến", "Pupils: please tell", "DỮ LIỆU MẪU – Sample"),
    "la": ("Kính mời quý thầy cô góp ý", "Teachers: please tell", "Không quét được? Xin mở"),
}
EVERYWHERE = (
    "Mở máy ảnh trên điện thoại Open your phone camera",
    "Hướng vào mã bên cạnh Point it at the code",
    "Chọn một khuôn mặt Choose a face",
    "Không cần ghi tên",
    "Không cần cài ứng dụng",
    "No name needed",
    "Cannot scan?",
)
QR_MM = {"a4": 91, "a5": 62}
NAMES = [f"{name}-{size}-{kind}" for name in POSTERS for size in SIZES for kind in ("pdf", "docx")]
SHEETS = [f"{name}-phieu-{kind}" for name in ("thuong", "dai") for kind in ("pdf", "docx")]


class Word(NamedTuple):
    """A word and its box in millimetres."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=100).stdout


def slip_addresses(poster: Poster) -> list[str]:
    return [
        f"{poster.address}/" + "".join(LETTERS[(number * 7 + place * 5) % 32] for place in range(8))
        for number in range(SHEET)
    ]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every document as a PDF with a picture of its page beside it; one call of LibreOffice for all."""
    room = tmp_path_factory.mktemp("posters")
    for name, poster in POSTERS.items():
        for size in SIZES:
            (room / f"{name}-{size}-pdf.pdf").write_bytes(poster_pdf(poster, size))
            (room / f"{name}-{size}-docx.docx").write_bytes(poster_docx(poster, size))
        if poster is not STRANGE:
            (room / f"{name}-phieu-pdf.pdf").write_bytes(slips_pdf(poster, slip_addresses(poster)))
            (room / f"{name}-phieu-docx.docx").write_bytes(slips_docx(poster, slip_addresses(poster)))
    for size in SIZES:
        (room / f"vo-tan-{size}-pdf.pdf").write_bytes(poster_pdf(ENDLESS, size))
        (room / f"vo-tan-{size}-docx.docx").write_bytes(poster_docx(ENDLESS, size))
    run(
        "soffice", f"-env:UserInstallation=file://{room}/office", "--headless",
        "--convert-to", "pdf", "--outdir", str(room), *map(str, sorted(room.glob("*.docx"))),
    )  # fmt: skip
    for pdf in room.glob("*.pdf"):
        run("pdftoppm", "-r", str(DPI), "-jpeg", "-singlefile", str(pdf), str(pdf.with_suffix("")))
        if WANTED:
            PICTURES.mkdir(parents=True, exist_ok=True)
            shutil.copy(pdf.with_suffix(".jpg"), PICTURES)
    return {pdf.stem: pdf for pdf in room.glob("*.pdf")}


def scanned(*pictures: Path) -> list[str]:
    done = run("zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", *map(str, pictures))
    return sorted(done.split())


def words_of(pdf: Path) -> list[Word]:
    tree = etree.fromstring(
        run("pdftotext", "-bbox", str(pdf), "-").encode(), etree.HTMLParser(encoding="utf-8")
    )
    return [
        Word(
            word.text or "",
            *(float(word.get(key)) * MM_PER_POINT for key in ("xmin", "ymin", "xmax", "ymax")),
        )
        for word in tree.iter("word")
    ]


def text_of(pdf: Path) -> str:
    return unicodedata.normalize("NFC", " ".join(run("pdftotext", "-raw", str(pdf), "-").split()))


@pytest.mark.parametrize("name", NAMES)
def test_a_poster_is_one_page_and_says_it_all(papers: dict[str, Path], name: str) -> None:
    case, size, kind = name.split("-")
    poster, pdf = POSTERS[case], papers[name]
    about = run("pdfinfo", str(pdf))
    assert re.search(r"^Pages: +1$", about, re.MULTILINE)
    [page] = re.findall(r"^Page size: +([\d.]+) x ([\d.]+) pts", about, re.MULTILINE)
    assert [float(side) * MM_PER_POINT for side in page] == pytest.approx(PAGES_MM[size], abs=0.1)  # type: ignore[index]
    text = text_of(pdf)
    for words in (*EVERYWHERE, *SAID[case]):
        assert words in text, words
    # What stands in two columns or on two lines is told line by line.
    for words in (*poster.label.split(" "), *poster.school_name.split(" ")):
        assert words in text, words
    assert ("Wi-Fi" in text) == bool(poster.wifi)
    assert ("DỮ LIỆU MẪU" in text) == poster.sample
    assert spelled(poster.address) in text.replace("/ ", "/")
    width, height = PAGES_MM[size]  # type: ignore[index]
    for word in words_of(pdf):
        assert word.left >= 10 and word.right <= width - 10, word
        assert word.top >= 5 and word.bottom <= height - 4, word
    wanted = "Roboto" if kind == "pdf" else "LiberationSans"
    fonts = run("pdffonts", str(pdf)).splitlines()[2:]
    assert fonts
    for font in fonts:
        assert wanted in font.split()[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_poster_is_scanned_from_near_and_far(papers: dict[str, Path], name: str, tmp_path: Path) -> None:
    case, size, _ = name.split("-")
    near, far = papers[name].with_suffix(".jpg"), tmp_path / "far.pgm"
    page = Image.open(near).convert("L")
    share = PAGES_MM[size][0] * PHONE_PIXELS / QR_MM[size] / page.width  # type: ignore[index]
    page.resize((round(page.width * share), round(page.height * share))).filter(BLUR).save(far)
    assert scanned(near) == scanned(far) == [POSTERS[case].address]


@pytest.mark.parametrize("name", SHEETS)
def test_every_slip_of_a_sheet_is_scanned(papers: dict[str, Path], name: str, tmp_path: Path) -> None:
    """Each by itself, as it is handed out: blurred, its code no more than 25 mm for the phone."""
    addresses = sorted(slip_addresses(POSTERS[name.partition("-")[0]]))
    assert len(set(addresses)) == SHEET
    per_mm = PHONE_PIXELS / SLIP_QR_MM
    sheet = tmp_path / "sheet"
    run(
        "pdftoppm", "-scale-to-x", f"{210 * per_mm:.0f}", "-scale-to-y", "-1", "-gray", "-singlefile",
        str(papers[name]), str(sheet),
    )  # fmt: skip
    page = Image.open(f"{sheet}.pgm").filter(BLUR)
    slips = []
    for number in range(SHEET):
        row, column = divmod(number, 3)
        left, top = SLIPS_LEFT + column * SLIP_MM[0], SLIPS_TOP + row * SLIP_MM[1]
        slips.append(tmp_path / f"slip-{number}.pgm")
        edges = (left, top, left + SLIP_MM[0], top + SLIP_MM[1])
        page.crop(tuple(round(edge * per_mm) for edge in edges)).save(slips[-1])  # type: ignore[arg-type]
    assert scanned(*slips) == addresses


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_can_be_cut(papers: dict[str, Path], name: str) -> None:
    """Every word lies inside one of 3 x 8 slips, and each slip has all that it needs."""
    case = name.split("-", maxsplit=1)[0]
    poster, pdf = POSTERS[case], papers[name]
    assert re.search(r"^Pages: +1$", run("pdfinfo", str(pdf)), re.MULTILINE)
    (across, down), left, top = SLIP_MM, SLIPS_LEFT, SLIPS_TOP
    slips: dict[tuple[int, int], list[str]] = {}
    for word in words_of(pdf):
        column, row = int((word.left - left) // across), int((word.top - top) // down)
        assert left + column * across + 0.5 <= word.left, word
        assert word.right <= left + (column + 1) * across - 0.5, word
        assert word.bottom <= top + (row + 1) * down + 0.2, word
        slips.setdefault((row, column), []).append(unicodedata.normalize("NFC", word.text))
    assert set(slips) == {(row, column) for row in range(8) for column in range(3)}
    for number, address in enumerate(slip_addresses(poster)):
        words = " ".join(slips[divmod(number, 3)])
        assert spelled(address) in words.replace(" ", "")
        for said in (*poster.school_name.split(" "), "Dùng một lần", "Single use", "Please"):
            assert said in words
        assert ("DỮ LIỆU MẪU" in words) == poster.sample


@pytest.mark.parametrize("name", [f"vo-tan-{size}-{kind}" for size in SIZES for kind in ("pdf", "docx")])
def test_endless_words_stay_on_the_page(papers: dict[str, Path], name: str) -> None:
    assert re.search(r"^Pages: +1$", run("pdfinfo", str(papers[name])), re.MULTILINE)
    assert scanned(papers[name].with_suffix(".jpg")) == [ENDLESS.address]
    assert "open this address" in text_of(papers[name]), "the last words of the page"


def test_more_slips_than_a_sheet_holds_take_a_second(tmp_path: Path) -> None:
    file = tmp_path / "phieu.pdf"
    file.write_bytes(slips_pdf(PLAIN, [*slip_addresses(PLAIN), f"{PLAIN.address}/abcd2345"]))
    assert re.search(r"^Pages: +2$", run("pdfinfo", str(file)), re.MULTILINE)


def test_every_vietnamese_letter_is_in_the_typeface_that_comes_along(tmp_path: Path) -> None:
    vowels = ["a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y"]
    marks = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    letters = [unicodedata.normalize("NFC", vowel + mark) for vowel in vowels for mark in marks] + ["đ"]
    every = [*letters, *(letter.upper() for letter in letters)]
    assert len(set(every)) == 146
    lines = [" ".join(every[start : start + 73]) for start in (0, 73)]
    file = tmp_path / "chu.pdf"
    file.write_bytes(poster_pdf(PLAIN._replace(school_name=lines[0], label=lines[1]), "a4"))
    read = text_of(file).split()
    for letter in every:
        assert letter in read, letter
    assert {line.split()[0].partition("+")[2] for line in run("pdffonts", str(file)).splitlines()[2:]} == {
        "Roboto-Regular"
    }
