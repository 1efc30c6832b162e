"""Who sees no single answers sees no figure from which one follows: public tokens, pages by role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.services.access import people, tokens
from server.services.context import Context
from server.services.devices import registry
from server.wiring.pages import create_app
from tests.support.pages import signed_in
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Feeder, add_school, day_ms, make_context

COUNTS = {
    (2025, 9): 40,
    (2025, 10): 3,
    (2025, 11): 25,
    (2026, 1): 3,
    (2026, 2): 20,
    (2026, 3): 30,
    (2026, 4): 40,
}


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """On 28 May 2026: October and January have three ratings each, May has begun."""
    context = make_context(tmp_path_factory.mktemp("public"))
    add_school(context)
    people.add_user(context, "le-tan", "reception", SCHOOL, PASSWORD)
    registry.add_device(context, "kiosk-1", SCHOOL, "kiosk")
    feeder = Feeder(context, "kiosk-1")
    for (year, month), n in COUNTS.items():
        feeder.rate(*[5] * (n - 1), 1, at=day_ms(year, month, 4), procedure="hoc-ba")
    feeder.rate(*[4] * 10, at=day_ms(2026, 5, 4), procedure="ban-sao")
    with closing(context.store):
        yield context


@pytest.fixture(scope="module")
def app(ctx: Context) -> Flask:
    return create_app(ctx)


@pytest.fixture(scope="module")
def public(ctx: Context) -> str:
    return tokens.add_token(ctx, SCHOOL, "Sở", public=True)


def ask(app: Flask, token: str, first: str, last: str, **more: str) -> tuple[int, Any]:
    response = app.test_client().get(
        f"/api/1/schools/{SCHOOL}/rates",
        query_string={"from": first, "to": last} | more,
        headers={"Authorization": f"Bearer {token}"},
    )
    return response.status_code, response.json


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    ("first", "last", "more", "code"),
    [
        ("2026-03-01", "2026-03-30", {}, "public-period"),
        ("2026-03-02", "2026-03-31", {}, "public-period"),
        ("2026-03-01", "2026-04-30", {}, "public-period"),
        ("2026-01-01", "2026-03-31", {}, "public-period"),
        ("2025-07-01", "2025-12-31", {}, "public-period"),
        ("2026-05-01", "2026-05-31", {}, "public-period-running"),
        ("2026-01-01", "2026-06-30", {}, "public-period-running"),
        ("2025-01-01", "2025-12-31", {"by": "procedure"}, "public-by"),
        ("2025-01-01", "2025-12-31", {"by": "device"}, "public-by"),
        ("2025-01-01", "2025-12-31", {"by": "channel"}, "public-by"),
        ("2025-01-01", "2025-12-31", {"misuse": "include"}, "public-misuse"),
    ],
)
def test_a_public_token_refuses_what_could_be_subtracted(
    app: Flask, public: str, first: str, last: str, more: dict[str, str], code: str
) -> None:
    status, answer = ask(app, public, first, last, **more)
    assert (status, answer["code"]) == (403, code)
    assert len(answer["message"]) > 40


def test_a_period_less_its_months_names_nobody(app: Flask, public: str) -> None:
    status, answer = ask(app, public, "2025-01-01", "2025-12-31")
    [year] = answer["groups"]
    assert (status, year["n"], year["levels"]) == (200, 68, [3, 0, 0, 0, 65])
    _, answer = ask(app, public, "2025-01-01", "2025-12-31", by="month")
    # October has three, and November goes with it: together they are what the year less September tells.
    assert [(group["key"], group["n"], group["levels"]) for group in answer["groups"]] == [
        ("2025-09", 40, [1, 0, 0, 0, 39]), ("2025-10", 3, None), ("2025-11", 25, None),
    ]  # fmt: skip
    for first, last, hidden in (
        ("2026-03-01", "2026-03-31", False),
        ("2026-02-01", "2026-02-28", True),
        ("2026-01-01", "2026-01-31", True),
        ("2026-04-01", "2026-04-30", False),
    ):
        _, answer = ask(app, public, first, last)
        assert [group["suppressed"] for group in answer["groups"]] == [hidden], first


def test_a_live_token_opens_any_days_and_is_told_apart(app: Flask, ctx: Context) -> None:
    live = tokens.add_token(ctx, SCHOOL, "nội bộ")
    assert ask(app, live, "2026-03-02", "2026-03-30", by="device", misuse="include")[0] == 200
    assert {token.label: token.kind for token in tokens.tokens(reading(ctx))}["nội bộ"] == "live"


@pytest.fixture(scope="module")
def reception(app: Flask) -> FlaskClient:
    return signed_in(app, "le-tan")


@pytest.mark.parametrize("page", ["/", "/tong-quan/moi", "/so-lieu", "/khong-tinh"])
def test_pages_show_whole_periods_to_whom_no_rows_are_shown(
    app: Flask, reception: FlaskClient, page: str
) -> None:
    told = {
        "2026-03-01..2026-04-29": (403, "từng tháng, quý, nửa năm"),
        "2026-05-04..2026-05-04": (403, "từng tháng, quý, nửa năm"),
        "2026": (403, "năm đã kết thúc"),
        "2026-02-01..2026-02-28": (403, "suy ra được một kỳ có dưới 5 lượt"),
        "2026-01-01..2026-01-31": (200, ""),
        "2026-03-01..2026-03-31": (200, ""),
        "2026-Q1": (200, ""),
        "2026-H1": (200, ""),
        "2025": (200, ""),
    }
    leader = signed_in(app, LOGIN)
    for code, (status, sentence) in told.items():
        response = reception.get(f"{page}?ky={code}")
        assert (response.status_code, sentence in words(response.text)) == (status, True), code
        assert leader.get(f"{page}?ky={code}").status_code == 200, "who answers for the school sees any days"


def test_details_are_told_of_periods_that_do_not_overlap(reception: FlaskClient) -> None:
    half = words(reception.get("/?ky=2026-H1").text)
    assert "Bản sao từ sổ gốc n = 10" in half and "chỉ nêu theo nửa năm" not in half
    for page in ("/", "/so-lieu"):
        quarter = reception.get(f"{page}?ky=2026-Q1").text
        assert '<ul class="bars">' not in quarter
    assert words(reception.get("/?ky=2026-Q1").text).count("Số chi tiết chỉ nêu theo nửa năm") == 3
    assert '<option value="2026">' not in reception.get("/").text


def test_months_hidden_for_a_periods_sake_are_hidden_on_every_page(
    reception: FlaskClient,
) -> None:
    for code in ("2026-H1", "2026-Q1", "2026-Q2", "2026-03-01..2026-03-31"):
        page = words(reception.get(f"/?ky={code}").text)
        for month in ("10/2025 3", "11/2025 25", "1/2026 3", "2/2026 20"):
            assert f"{month} ẩn" in page, code
        assert "3/2026 30 96,7 %" in page
    assert "5/2026 10 100,0 %" in words(reception.get("/").text)


def test_reports_follow_the_reader(reception: FlaskClient, app: Flask) -> None:
    assert reception.get("/bao-cao/2026-H1.docx").status_code == 200
    for code in ("2026", "2025", "2026-Q1", "2026-03-01..2026-03-31", "2026-05-01..2026-05-27"):
        refused = reception.get(f"/bao-cao/{code}.docx")
        assert (refused.status_code, "hiệu trưởng hoặc phó hiệu trưởng" in words(refused.text)) == (403, True)
    assert "/bao-cao/2026.docx" not in reception.get("/bao-cao").text
    leader = signed_in(app, LOGIN)
    assert "/bao-cao/2026.docx" in leader.get("/bao-cao").text
    assert leader.get("/bao-cao/2026-05-01..2026-05-27.docx").status_code == 200
