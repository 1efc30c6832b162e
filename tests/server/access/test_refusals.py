"""Refused requests and wrong passwords stand in the log: by route, role and school, and by nobody's name."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from structlog.testing import capture_logs

from server.services.access import people
from server.services.access.sign_in_limits import TRIES
from server.services.keys import custody
from server.transport.http.security.refusals import MAX_A_MINUTE
from server.wiring.pages import create_app
from tests.support.pages import csrf, signed_in, try_login
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Clock, add_school, make_context

PHRASE, TEACHER, REF = "hoa phượng nở đỏ sân trường", "giao-vien", "2026-4711"
REFUSED, WRONG, ENTERED = "a request was refused", "a password or code was wrong", "somebody signed in"
ADDRESS, WORD, GUESS = "203.0.113.77", "sai-mat-khau-nay", "một câu nào khác hẳn"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Flask:
    ctx = make_context(tmp_path, clock)
    add_school(ctx)
    people.add_user(ctx, TEACHER, "staff", SCHOOL, PASSWORD)
    custody.make_key(ctx, SCHOOL, "complaints", LOGIN, PHRASE)
    return create_app(ctx)


def told(lines: list[Any]) -> list[tuple[Any, ...]]:
    names = ("event", "route", "method", "status", "code", "role", "school")
    return [tuple(line.get(name) for name in names) for line in lines]


def test_each_refusal_is_a_line_that_names_nobody(app: Flask) -> None:
    with capture_logs() as lines:
        stranger, here = app.test_client(), {"REMOTE_ADDR": ADDRESS}
        try_login(stranger, LOGIN, WORD)
        deputy, teacher = signed_in(app), signed_in(app, TEACHER)
        page = deputy.get("/mo-khoa")
        deputy.post("/mo-khoa", data={"passphrase": GUESS, "csrf_token": csrf(page.text)})
        teacher.get("/khoa", environ_overrides=here)
        deputy.get(f"/phan-anh/{REF}", environ_overrides=here)
        deputy.post("/dang-xuat", data={"csrf_token": "gia"}, environ_overrides=here)
        stranger.post("/diem-khao-sat", data={}, environ_overrides=here)
        api = f"/api/1/schools/{SCHOOL}/rates?from=2026-01-01&to=2026-01-31"
        stranger.get(api, headers={"Authorization": "Bearer hl_la"}, environ_overrides=here)
        for _ in range(TRIES + 1):
            try_login(stranger, LOGIN, WORD)
    found = told(lines)
    staff = ("deputy", SCHOOL)
    assert found[0] == (WRONG, "/dang-nhap", "POST", 422, None, None, None)
    assert found[1:3] == [
        (ENTERED, "/dang-nhap", "POST", 303, None, *staff),
        (ENTERED, "/dang-nhap", "POST", 303, None, "staff", SCHOOL),
    ]
    assert found[3][:4] == (WRONG, "/mo-khoa", "POST", 422) and found[3][5:] == staff
    assert found[4] == (REFUSED, "/khoa", "GET", 403, "not-yours", "staff", SCHOOL)
    assert found[5] == (REFUSED, "/phan-anh/<ref>", "GET", 404, "unknown-case", *staff)
    assert found[6][:4] == (REFUSED, "/dang-xuat", "POST", 400) and found[6][4] == "csrf"
    assert (REFUSED, "/api/1/schools/<school>/rates", "GET", 401, "no-token", None, None) in found
    assert found[-1] == (REFUSED, "/dang-nhap", "POST", 429, "too-many-wrong", None, None)
    for secret in (LOGIN, TEACHER, REF, ADDRESS, WORD, GUESS, "hl_la"):
        assert secret not in json.dumps(lines, ensure_ascii=False)


def test_a_flood_does_not_fill_the_log_and_hides_no_other_kind(app: Flask, clock: Clock) -> None:
    stranger = app.test_client()
    api = f"/api/1/schools/{SCHOOL}/rates"
    with capture_logs() as lines:
        for _ in range(500):
            stranger.get(api)
        try_login(stranger, LOGIN, WORD)
        clock.ms += 60_000
        stranger.get(api)
    assert Counter(line["event"] for line in lines) == {
        REFUSED: MAX_A_MINUTE + 1,
        WRONG: 1,
        f"{REFUSED}, more often than is told": 1,
    }
    (more,) = (line for line in lines if "times" in line)
    assert more["times"] == 500 - MAX_A_MINUTE


def test_methods_and_addresses_that_somebody_makes_up_are_not_repeated(app: Flask) -> None:
    with capture_logs() as lines:
        deputy = signed_in(app)
        deputy.open("/khoa/nguyen-van-a", method="NGUYENVANA")
        deputy.get("/nguyen-van-a/khong-co")
        app.test_client().open("/phan-anh", method="NGUYENVANA")
    assert "nguyen" not in json.dumps(lines).lower()
