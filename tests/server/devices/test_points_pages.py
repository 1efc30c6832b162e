"""`/diem-khao-sat`: who may do what with points, what the pages say, what the files are called."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.domain.records import ROLES
from server.services.access import people
from server.services.context import Context
from server.services.devices import points, registry, slips
from server.wiring.pages import create_app
from tests.support.pages import csrf, signed_in, words
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Feeder, add_school, day_ms, make_context

MAKERS = {"principal", "deputy", "reception", "technician"}
KEEPERS = {"principal", "deputy", "technician"}
NASTY = "<script>alert(1)</script>=1+1&\"'{{7*7}}"
URL = "https://hailong.example.vn"


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    context = make_context(tmp_path, public_url=URL)
    add_school(context)
    yield context
    context.store.close()


@pytest.fixture
def app(ctx: Context) -> Flask:
    return create_app(ctx)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return signed_in(app)


def send(client: FlaskClient, path: str, form: str = "/diem-khao-sat", **fields: str) -> tuple[int, str, str]:
    """Send a form with the token of the page `form`: status, where it leads, text."""
    token = csrf(client.get(form).text)
    answer = client.post(path, data={"csrf_token": token, **fields})
    return answer.status_code, answer.headers.get("Location", ""), answer.text


NEW = {"label": "Bàn số 1", "place": "desk", "audience": "phu-huynh", "survey": "", "wifi": "THCS-Mau"}


def test_the_first_point_is_made_printed_and_seen(client: FlaskClient, ctx: Context) -> None:
    page = words(client.get("/diem-khao-sat").text)
    assert "Chưa có mã nào" in page
    assert "Tạo mã đầu tiên cho quầy tiếp nhận" in page
    assert "public_url" not in page
    status, to, _ = send(client, "/diem-khao-sat", **NEW)
    assert (status, to) == (303, "/diem-khao-sat/ban-so-1?xong=made")
    page = client.get(to).text
    assert "hailong.example.vn/q/ban-so-1" in words(page)
    assert '<svg xmlns="http://www.w3.org/2000/svg" viewBox=' in page
    for paper, begins in (("a4.pdf", b"%PDF-"), ("a5.pdf", b"%PDF-"), ("a5.docx", b"PK")):
        answer = client.get(f"/diem-khao-sat/ban-so-1/to-dan/{paper}")
        assert answer.status_code == 200
        name = f'attachment; filename="to-dan-ban-so-1-{paper}"'
        assert answer.headers["Content-Disposition"] == name
        assert answer.data.startswith(begins)
    feeder = Feeder(ctx, "ban-so-1")
    feeder.rate(5, 4, channel="qr", at=day_ms(2026, 5, 4))
    with ctx.write() as work:
        work.connection.execute("UPDATE answers SET misuse = 'burst' WHERE level = 4")
    page = words(client.get("/diem-khao-sat").text)
    assert "Lượt từ 01/01" in page
    assert "1 1 không tính" in page
    assert "04/05/2026" in page
    assert "1 · 1 không tính" in words(client.get("/diem-khao-sat/ban-so-1").text)


def test_who_may_do_what(app: Flask, ctx: Context) -> None:
    for role in ROLES:
        people.add_user(ctx, f"mot-{role}", role, SCHOOL, PASSWORD)
    made = points.add(ctx, None, SCHOOL, label="Bàn tiếp dân")
    slip = points.add(ctx, None, SCHOOL, label="Bàn số 2", single_use=True)
    one, two = f"/diem-khao-sat/{made.id}", f"/diem-khao-sat/{slip.id}"
    for role in ROLES:
        client = signed_in(app, f"mot-{role}")
        page = client.get("/diem-khao-sat").text
        assert "Bàn tiếp dân" in page
        assert client.get(one).status_code == 200
        token = csrf(client.get("/").text)
        maker, keeper = role in MAKERS, role in KEEPERS
        assert ("Tạo điểm" in page, "/to-dan/" in page) == (maker, maker), role
        assert ("/ngung" in client.get(one).text) == keeper
        if role in ("deputy", "staff"):
            assert client.get(f"{one}/to-dan/a4.pdf").status_code == (200 if maker else 403)
        asked = {"csrf_token": token, "label": ""}
        assert client.post("/diem-khao-sat", data=asked).status_code == (422 if maker else 403), role
        assert client.post(f"{two}/phieu", data=asked).status_code == (404 if maker else 403)
        assert client.post(f"{one}/sua", data=asked).status_code == (422 if keeper else 403)
        for page in ("sua", "ngung"):
            assert client.get(f"{one}/{page}").status_code == (200 if keeper else 403)
        for act in ("ngung", "dung-lai"):
            done = client.post(f"{one}/{act}", data=asked).status_code
            assert done == (303 if keeper else 403)
        assert points.find(reading(ctx), made.id) == made


def test_another_schools_point_is_not_there(app: Flask, ctx: Context) -> None:
    add_school(ctx, "khac", "Trường THCS Khác")
    made = points.add(ctx, None, SCHOOL, label="Bàn tiếp dân")
    other = signed_in(app, f"{LOGIN}-khac")
    token = csrf(other.get("/").text)
    assert "Bàn tiếp dân" not in other.get("/diem-khao-sat").text
    for path in ("", "/sua", "/ngung", "/to-dan/a4.pdf"):
        answer = other.get(f"/diem-khao-sat/{made.id}{path}")
        assert answer.status_code == 404
        assert "Bàn tiếp dân" not in answer.text
    for path in ("/sua", "/ngung", "/dung-lai", "/phieu"):
        sent = {"csrf_token": token, "label": "x", "sheets": "1", "ending": "pdf"}
        assert other.post(f"/diem-khao-sat/{made.id}{path}", data=sent).status_code == 404
    assert points.find(reading(ctx), made.id) == made


def test_a_point_is_changed_retired_and_brought_back(client: FlaskClient, ctx: Context) -> None:
    points.add(ctx, None, SCHOOL, label="Phụ huynh quý II", place="audience", wifi="A")
    one = "/diem-khao-sat/phu-huynh-quy-ii"
    sent = {"label": "Học sinh quý II", "audience": "hoc-sinh", "wifi": "",
            "survey": "tam-tu-nguyen-vong-phu-huynh"}  # fmt: skip
    form = f"{one}/sua"
    assert send(client, form, form, **sent)[:2] == (303, f"{one}?xong=changed")
    made = points.find(reading(ctx), "phu-huynh-quy-ii")
    # The survey that stood in the form goes with the group, as if nobody had touched it.
    assert (made.label, made.survey, made.wifi) == ("Học sinh quý II", "tam-tu-nguyen-vong-hoc-sinh", "")
    status, _, page = send(client, form, form, **(sent | {"survey": "sipas"}))
    assert status == 422
    assert "không dành cho nhóm người đã chọn" in page
    assert '<option value="sipas" selected>' in page
    asked = words(client.get(f"{one}/ngung").text)
    assert "Các lượt đã nhận vẫn được giữ" in asked
    assert "Có thể cho hoạt động trở lại" in asked
    assert send(client, f"{one}/ngung", f"{one}/ngung")[:2] == (303, one)
    for page in ("ngung", "sua"):
        assert client.get(f"{one}/{page}").headers["Location"] == one
    page = client.get(one).text
    assert "Ngừng dùng từ 28/05/2026." in page
    assert "<svg xmlns" not in page  # nobody is to scan it from the screen
    assert client.get(f"{one}/to-dan/a4.pdf").status_code == 409
    assert send(client, f"{one}/dung-lai", one)[:2] == (303, f"{one}?xong=back")
    assert points.find(reading(ctx), "phu-huynh-quy-ii").retired_at is None


def test_slips_are_printed_by_the_sheet(client: FlaskClient, ctx: Context) -> None:
    points.add(ctx, None, SCHOOL, label="Bàn số 1", single_use=True)
    one = "/diem-khao-sat/ban-so-1"
    assert "Chưa in phiếu nào" in client.get(one).text
    token = csrf(client.get(one).text)
    answer = client.post(f"{one}/phieu", data={"csrf_token": token, "sheets": "1", "ending": "docx"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="phieu-cat-ban-so-1.docx"'
    assert answer.headers["Cache-Control"] == "no-store"
    body = zipfile.ZipFile(io.BytesIO(answer.data)).read("word/document.xml").decode()
    assert "ban-so-1" in re.sub(r"<[^>]+>", "", body)
    page = words(client.get(one).text)
    assert "Còn 24 phiếu chưa dùng trong 24 phiếu đã in." in page
    assert client.get(f"{one}/to-dan/a4.pdf").status_code == 409
    for sheets in ("0", "1000", "-1", "", "²", "9" * 50):
        status, _, page = send(client, f"{one}/phieu", one, sheets=sheets, ending="pdf")
        assert status == 422, sheets
        assert "từ 1 đến 20 tờ" in page
        assert f'value="{sheets}"' in page
    assert send(client, f"{one}/phieu", one, sheets="1", ending="exe")[0] == 404
    assert slips.left(reading(ctx), SCHOOL) == {"ban-so-1": (24, 24)}


def test_slips_whose_sheet_cannot_be_drawn_were_never_made(
    client: FlaskClient, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    points.add(ctx, None, SCHOOL, label="Bàn số 1", single_use=True)

    def fails(*_: object) -> bytes:
        raise RuntimeError("the typesetter broke")

    monkeypatch.setattr("server.reports.devices.point_papers.slips_pdf", fails)
    one = "/diem-khao-sat/ban-so-1"
    assert send(client, f"{one}/phieu", one, sheets="1", ending="pdf")[0] == 500
    assert slips.left(reading(ctx), SCHOOL) == {}


def test_scripts_and_formulas_stay_letters(client: FlaskClient, ctx: Context) -> None:
    status, to, _ = send(client, "/diem-khao-sat", **(NEW | {"label": NASTY, "wifi": "<b>\"'&"}))
    assert status == 303
    made = points.points(reading(ctx), SCHOOL)[0]
    assert (made.label, made.id) == (NASTY, "script-alert-1-script-1")
    for path in (to, "/diem-khao-sat", f"/diem-khao-sat/{made.id}/ngung", "/thiet-bi", f"{to}&lang=en"):
        page = client.get(path).text
        assert NASTY in html.unescape(page)
        assert "<script>alert" not in page
        assert "{{7*7}}" in page
    answer = client.get(f"/diem-khao-sat/{made.id}/to-dan/a4.docx")
    assert answer.headers["Content-Disposition"].endswith('"to-dan-script-alert-1-script-1-a4.docx"')
    body = zipfile.ZipFile(io.BytesIO(answer.data)).read("word/document.xml").decode()
    assert "<script" not in body
    assert "alert(1)" in body
    # What is refused is shown as letters too, and what was typed stays.
    status, _, page = send(client, "/diem-khao-sat", **(NEW | {"label": NASTY, "place": NASTY}))
    assert status == 422
    assert "<script>alert" not in page
    assert NASTY in html.unescape(page)


def test_a_school_without_a_public_address_is_told_so(tmp_path: Path) -> None:
    for settings, said in (
        ({"host": "192.168.1.20"}, "Mã chỉ mở được trong mạng của trường: địa chỉ hiện là http://192.168.1.20:8080."),
        ({"host": "127.0.0.1"}, "Mã chỉ mở được trên chính máy chủ này"),
    ):  # fmt: skip
        ctx = make_context(tmp_path / settings["host"], **settings)
        add_school(ctx)
        client = signed_in(create_app(ctx))
        points.add(ctx, None, SCHOOL, label="Bàn số 1")
        for path in ("/diem-khao-sat", "/diem-khao-sat/ban-so-1"):
            page = words(client.get(path).text)
            assert said in page
            assert 'public_url = "https://…"' in page
            assert "Chưa in được tờ dán và phiếu" in page
            assert "/to-dan/" not in client.get(path).text
        refused = client.get("/diem-khao-sat/ban-so-1/to-dan/a4.pdf")
        assert (refused.status_code, "public_url" in refused.text) == (409, True)
        ctx.store.close()


def test_other_pages_lead_here(client: FlaskClient, ctx: Context) -> None:
    assert 'href="/diem-khao-sat"' in client.get("/cai-dat").text
    assert 'href="/diem-khao-sat"' in client.get("/thiet-bi").text
    registry.add_device(ctx, "qr-ban-1", SCHOOL, "qr", "Mã QR bàn số 1")
    assert '<a href="/diem-khao-sat/qr-ban-1">Mã QR bàn số 1</a>' in client.get("/thiet-bi").text
    assert client.get("/diem-khao-sat/qr-ban-1").status_code == 200
    registry.add_device(ctx, "kiosk-1", SCHOOL, "kiosk")
    for path in ("kiosk-1", "khong-co", "<b>", "qr-ban-1/to-dan/a3.pdf", "qr-ban-1/to-dan/a4.exe"):
        answer = client.get(f"/diem-khao-sat/{path}")
        assert answer.status_code == 404
        assert "<b>”" not in answer.text
