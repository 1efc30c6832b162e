"""What anybody may open is the same for everybody: no cookie goes in, none comes out, nothing is kept of one.

Every public address is opened after every kind of session, and by a stranger afterwards.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.services.access import people
from server.services.sample.sample_school import SCHOOL
from server.transport.http.security.access import Access, declared
from server.transport.http.security.cookieless import BARE
from server.wiring.pages import create_app
from tests.support.demo import Demo, demo_school
from tests.support.pages import csrf, signed_in, try_login
from tests.support.seed import PASSWORD

_OWN = re.compile(r'(?<=name="token" form="f" value=")[^"]*|<!--[0-9a-f]*-->')
"""The token of a form, which is each reader's own and says nothing of them; what only fills a page up."""


class Public(NamedTuple):
    """What the public may ask for, and the sessions after which it is asked for."""

    app: Flask
    sessions: dict[str, FlaskClient]
    asks: list[tuple[str, str, dict[str, str]]]


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Public]:
    demo = demo_school(tmp_path_factory.mktemp("bare"))
    app = create_app(demo.ctx)
    yield Public(app, sessions_of(app, demo), asks_of(demo))
    demo.ctx.store.close()


def sessions_of(app: Flask, demo: Demo) -> dict[str, FlaskClient]:
    """Every kind: each role, another language, opened keys, a wrong password, an ended one, rubbish."""
    found = {role: signed_in(app, login) for role, login in demo.logins.items()}
    found["in English"] = signed_in(app, demo.logins["deputy"])
    assert found["in English"].get("/?lang=en").status_code == 200
    found["with keys open"] = signed_in(app, demo.logins["officer"])
    page = found["with keys open"].get("/mo-khoa").text
    sent = {"csrf_token": csrf(page), "passphrase": demo.passphrase, "dang-viet": ""}
    assert found["with keys open"].post("/mo-khoa", data=sent).status_code == 303
    found["refused"] = app.test_client()
    assert try_login(found["refused"], password="sai-mat-khau").status_code == 422
    people.add_user(demo.ctx, "se-nghi", "staff", SCHOOL, PASSWORD)
    found["ended"] = signed_in(app, "se-nghi")
    people.disable_user(demo.ctx, "se-nghi")
    found["in the middle of a search"] = signed_in(app, demo.logins["deputy"])
    token = csrf(found["in the middle of a search"].get("/cai-dat").text)
    found["in the middle of a search"].post("/phan-anh", data={"csrf_token": token, "q": "Nguyễn"})
    found["rubbish"] = app.test_client()
    for name in ("hailong", "__Host-hailong", "hailong-lang", "remember_token"):
        found["rubbish"].set_cookie(name, "eyJfdXNlcl9pZCI6InBobyJ9.x.y")
    return found


def asks_of(demo: Demo) -> list[tuple[str, str, dict[str, str]]]:
    """Method, address and fields of everything that is public, in every language."""
    places = [
        *(f"/q/{demo.point}{rest}" for rest in ("", "/", "/gop-y", "/khong-co-phieu")),
        "/q/khong-co", "/tra-cuu", "/tra-cuu/xoa", "/healthz", "/metrics", "/static/app.css", "/static/x",
        "/api/1/openapi.json", "/api/1/enrol", f"/api/1/schools/{SCHOOL}/rates", "/api/khong-co",
    ]  # fmt: skip
    asked = [("GET", place + lang, {}) for place in places for lang in ("", "?lang=en", "?lang=vi")]
    posts = [
        (f"/q/{demo.point}", {"token": "x", "q.rating": "5"}),
        (f"/q/{demo.point}/gop-y", {"text": "Một lời"}),
        ("/tra-cuu", {"code": demo.code}),
        ("/tra-cuu", {"code": "1234 5678 9012 3456"}),
        ("/api/1/enrol", {"x": "y"}),
        ("/tra-cuu", {"csrf_token": "x", "switch": "code-form", "code": "1"}),
    ]
    return asked + [("POST", place, fields) for place, fields in posts]


def ask(client: FlaskClient, method: str, address: str, fields: dict[str, str]) -> TestResponse:
    here = {"REMOTE_ADDR": f"10.0.0.{random.randrange(250)}"}  # nobody meets a limit
    return client.open(address, method=method, data=fields or None, environ_base=here)


def seen(answer: TestResponse) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """What a reader gets, without what is drawn anew for each."""
    body = _OWN.sub("", answer.text)
    headers = sorted(each for each in answer.headers if each[0] not in ("Content-Length", "Date"))
    return answer.status_code, body, tuple(headers)


def test_what_is_bare_is_all_that_anybody_may_open_but_the_login(public: Public) -> None:
    for rule in public.app.url_map.iter_rules():
        is_public = declared(public.app, rule.endpoint) is not Access.STAFF
        assert rule.rule.startswith(BARE) == (is_public and rule.rule != "/dang-nhap"), rule.rule


def test_a_stranger_gets_the_same_after_every_session_and_nothing_of_it(public: Public) -> None:
    count = 0
    for method, address, fields in public.asks:
        before = seen(ask(public.app.test_client(), method, address, fields))
        for name, client in public.sessions.items():
            theirs = ask(client, method, address, fields)
            after = ask(public.app.test_client(), method, address, fields)
            for answer in (theirs, after):
                count += 1
                assert "Set-Cookie" not in answer.headers, (name, address)
                assert "Cookie" not in answer.headers.get("Vary", ""), (name, address)
                assert seen(answer)[:2] == before[:2], (name, address)
            assert seen(theirs)[2] == seen(after)[2], (name, address)
    print(f"{len(public.asks)} addresses × {len(public.sessions)} sessions: {count} answers without a cookie")


def test_what_is_somebodys_is_kept_by_nobody(public: Public) -> None:
    """Pages and files of the staff, and every answer that sets a cookie."""
    client = public.sessions["deputy"]
    for address in ("/", "/phan-anh", "/tai-khoan", "/so-lieu", "/dang-nhap", "/khong-co", "/?lang=en",
                    "/bao-cao/tai?ky=2026-H1&loai=xlsx", "/so-tiep-cong-dan"):  # fmt: skip
        answer = client.get(address)
        assert answer.headers["Cache-Control"] == "no-store", address
        assert "Cookie" in answer.headers["Vary"], address
    stranger = public.app.test_client().get("/dang-nhap")
    assert "Set-Cookie" in stranger.headers
    assert stranger.headers["Cache-Control"] == "no-store"
