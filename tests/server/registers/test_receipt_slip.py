"""The slip for a walk-in: what it shows, that its QR can be read, that nothing of it is kept."""

import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from server.domain.network.addresses import Reach
from server.transport.http.registers.receipt_slip import code_qr_svg, lookup_with_code, receipt_slip
from server.wiring.pages import create_app
from tests.support.browser import Watch, chromium
from tests.support.pictures import ARTEFACTS, WANTED
from tests.support.seed import add_school, make_context

CODE = "0482109375562104"
LOOKUP = "https://truong-mau.edu.vn/tra-cuu"
PICTURES = ARTEFACTS / "slip"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    ctx = make_context(tmp_path / "data")
    add_school(ctx)
    yield create_app(ctx)
    ctx.store.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def slip(app: Flask, reach: Reach = "anywhere") -> str:
    with app.test_request_context("/"):
        app.preprocess_request()
        return receipt_slip(
            school="Trường THCS Mẫu <b>",
            number="14/2026",
            day=date(2026, 5, 28),
            due=date(2026, 6, 11),
            code=CODE,
            lookup=LOOKUP,
            reach=reach,
            back="/so-tiep-cong-dan",
        )


@pytest.mark.parametrize(
    ("reach", "mark"),
    [
        ("network", "Chỉ mở được trong mạng của trường."),
        ("machine", "Địa chỉ thử"),
        ("nobody", "Địa chỉ này hiện không mở được."),
    ],
)
def test_the_slip_says_who_can_open_its_address(app: Flask, reach: Reach, mark: str) -> None:
    assert mark in slip(app, reach)
    assert mark not in slip(app)


def read_qr(picture: Path) -> str:
    done = subprocess.run(
        ["zbarimg", "-q", "--raw", str(picture)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_slip_says_it_all_and_keeps_nothing(app: Flask, tmp_path: Path) -> None:
    html = slip(app)
    assert re.findall(r"<span>(\d{4})</span>", html) == ["0482", "1093", "7556", "2104"]
    assert CODE not in html, "the whole code stands in the squares alone"
    for words in (
        "Trường THCS Mẫu &lt;b&gt;",
        "Số 14/2026 · nhận ngày 28/05/2026",
        "Nhà trường trả lời chậm nhất: <strong>thứ Năm 11/06/2026</strong>",
        LOOKUP,
        "/so-tiep-cong-dan",
    ):
        assert words in html
    assert " style=" not in html
    for path in (tmp_path / "data").rglob("*"):
        if path.is_file():
            assert CODE.encode() not in path.read_bytes()


def test_the_code_travels_behind_the_fragment() -> None:
    assert lookup_with_code(LOOKUP, CODE) == f"{LOOKUP}#{CODE}"
    assert lookup_with_code(f"{LOOKUP}#cũ", CODE) == f"{LOOKUP}#{CODE}"
    assert "data:" not in code_qr_svg(LOOKUP)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_printed_qr_is_read(app: Flask, browser: Browser, scheme: str, tmp_path: Path) -> None:
    pictures = PICTURES if WANTED else tmp_path
    page = browser.new_page(viewport={"width": 820, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    watch = Watch().on(page)
    html, client = slip(app), app.test_client()

    def answer(route, request) -> None:  # type: ignore[no-untyped-def]
        path = request.url.removeprefix("http://slip.test")
        if path == "/":
            policy = client.get("/dang-nhap").headers["Content-Security-Policy"]
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": policy})
            return
        given = client.get(path)
        route.fulfill(body=given.data, content_type=given.content_type)

    page.route("**/*", answer)
    page.goto("http://slip.test/")
    shown = pictures / f"phieu-{scheme}.png"
    page.screenshot(path=shown, full_page=True)
    assert read_qr(shown) == f"{LOOKUP}#{CODE}"
    assert page.locator("#print").bounding_box()["height"] >= 44  # type: ignore[index]
    page.emulate_media(media="print", color_scheme=scheme)  # type: ignore[arg-type]
    printed = pictures / f"phieu-{scheme}-in.png"
    page.screenshot(path=printed, full_page=True)
    assert read_qr(printed) == f"{LOOKUP}#{CODE}"
    assert not page.locator(".desk").is_visible()
    assert watch.complaints == []
    page.close()
