"""Every route, by everybody, with everything: nothing from outside makes a 5xx or is repeated in the log."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from server.transport.http.security.clean_request import CleanRequest
from server.wiring.pages import create_app
from tests.support.desk import OFFICE, OFFICER, PRINCIPAL, RECEPTION, STAFF, TECHNICIAN, DeskSchool
from tests.support.every_route import (
    BODIES,
    HEADERS,
    MARK,
    TEXTS,
    Asked,
    Heard,
    Person,
    addresses,
    described,
    encoded,
    methods,
    openapi_path,
    rules,
)
from tests.support.full_school import full_school, unlock
from tests.support.pages import csrf, signed_in
from tests.support.seed import LOGIN, SCHOOL, add_school
from tests.support.server import ServerProcess
from tests.support.store import make_school

EVERYBODY = ("", LOGIN, PRINCIPAL, OFFICER, RECEPTION, STAFF, OFFICE, TECHNICIAN, f"{LOGIN}-khac")
KNOWN = {
    "school": SCHOOL, "period": "2026-05", "ref": "2026-1", "action": "classify", "slug": "phan-anh",
    "step": "tao", "n": "1", "filename": "app.css", "point": "ban-1", "slip": "a" * 8, "size": "a4",
    "ending": "docx", "id": "kiosk-1",
}  # fmt: skip
SOME_PARTS, SOME_FIELDS = 1, 2
"""So many hostile ones for each route, method and person; taken in turns, so that all come round."""
MADE_UP = 3
"""Requests that schemathesis makes up for each route: the same in each run."""


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    with full_school(tmp_path / "data") as made:
        yield made


@pytest.fixture
def app(school: DeskSchool, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    add_school(school.ctx, "khac", "Trường THCS Khác")
    monkeypatch.setattr(CleanRequest, "parameter_storage_class", Heard)
    Heard.names.clear()
    yield create_app(school.ctx)


def enter(app: Flask, login: str) -> Person:
    """Sign in and open the keys; a stranger does neither."""
    if not login:
        client = app.test_client()
        return Person("", client, csrf(client.get("/dang-nhap").text))
    client = signed_in(app, login)
    unlock(client)
    return Person(login, client, csrf(client.get("/mo-khoa").text))


def known(path: str) -> dict[str, str]:
    return KNOWN | ({"id": "ban-1"} if path.startswith("/diem-khao-sat") else {})


class Turns:
    """Hostile things, each in its turn."""

    def __init__(self) -> None:
        self._texts, self._headers, self._bodies = map(itertools.cycle, (TEXTS, HEADERS, BODIES))
        self._parts = itertools.count()

    def fields(self, rule: Rule) -> dict[str, str]:
        return {name: next(self._texts) for name in sorted(Heard.names[rule.rule] - {"csrf_token"})}

    def head(self) -> dict[str, str]:
        return next(self._headers)

    def body(self) -> bytes:
        return next(self._bodies)

    def some(self, paths: list[str]) -> list[str]:
        return [paths[next(self._parts) % len(paths)] for _ in range(SOME_PARTS)] if paths else []


def requests(
    rule: Rule, method: str, token: str, turns: Turns
) -> Iterator[tuple[str, str | bytes, dict[str, str]]]:
    """What somebody tries there: address, query or body, header."""
    keep = {"csrf_token": token} if method == "POST" else {}
    plain, *hostile = addresses(rule, known(rule.rule))
    yield plain, encoded(keep), {}
    for path in turns.some(hostile):
        yield path, encoded(keep), {}
    for number in range(SOME_FIELDS):
        yield plain, encoded(keep | turns.fields(rule)), turns.head() if number else {}
    if method == "POST":
        yield plain, turns.body(), {"X-CSRFToken": token} | turns.head()


@pytest.mark.timeout(300)
def test_nothing_from_outside_breaks_a_route(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    asked, turns = Asked(), Turns()
    for login in EVERYBODY:
        person = enter(app, login)
        for rule in rules(app):
            for method in methods(rule):
                for path, sent, head in requests(rule, method, person.token, turns):
                    asked.ask(person, rule, method, path, sent, head)
    said = "".join(capfd.readouterr())
    with capfd.disabled():
        print(f"\n{len(asked.tried)} routes with their methods, {asked.count} requests by {len(EVERYBODY)}")
    assert asked.faults == []
    assert asked.tried == {
        (rule.rule, method) for rule in app.url_map.iter_rules() for method in methods(rule)
    }
    assert MARK not in said
    assert "Traceback" not in said
    assert "page-failed" not in said


def test_nothing_made_up_from_the_description_of_all_routes_breaks_one(
    app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    person, asked, turns = enter(app, LOGIN), Asked(), Turns()
    for rule in rules(app):  # so that what each looks for is known
        for method in methods(rule):
            asked.ask(person, rule, method, *next(requests(rule, method, person.token, turns)))
    person, asked = enter(app, LOGIN), Asked()
    description = schemathesis.openapi.from_dict(described(app, Heard.names))
    routes = {(openapi_path(rule), method): rule for rule in rules(app) for method in methods(rule)}

    def ask(case: Any, is_known: bool) -> None:
        """`is_known`: a page that there is, with fields made up; else all of it is."""
        method = case.method.upper()
        rule = routes[case.path, method]
        path = next(addresses(rule, known(rule.rule) if is_known else texts_of(case.path_parameters)))
        fields = (
            texts_of(case.query) if method == "GET" else texts_of(case.body) | {"csrf_token": person.token}
        )
        asked.ask(person, rule, method, path, encoded(fields), {})

    operations = [each.ok() for each in description.get_all_operations()]
    for operation in sorted(operations, key=lambda each: each.path in ("/dang-xuat", "/dong-khoa")):
        tried = given(case=operation.as_strategy(), is_known=st.booleans())(ask)
        settings(
            max_examples=MADE_UP, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(tried)()  # fmt: skip
    said = "".join(capfd.readouterr())
    with capfd.disabled():
        print(f"\n{len(asked.tried)} routes with their methods, {asked.count} requests made up")
    assert asked.faults == []
    assert asked.tried == {
        (rule.rule, method) for rule in app.url_map.iter_rules() for method in methods(rule)
    }
    assert "page-failed" not in said


def texts_of(fields: Any) -> dict[str, str]:
    """The fields of a made-up request; none where it has none."""
    return {str(name): str(value) for name, value in fields.items()} if isinstance(fields, dict) else {}


HEAD = b"Host: x\r\n\r\n"
RAW = (
    b"GET / HTTP/1.1\r\nHost: " + b"a" * 64 + b".vn\r\n\r\n",
    b"GET /dang-nhap HTTP/1.1\r\nHost: x..y\r\n\r\n",
    b"GET /dang-nhap HTTP/1.1\r\n\r\n",
    b"GET /dang-nhap HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET http://[::1/bi-mat-0912 HTTP/1.1\r\n" + HEAD,
    b"GET http://bi-mat-0912:99999999/ HTTP/1.1\r\n" + HEAD,
    b"GET //bi-mat-0912 HTTP/1.1\r\n" + HEAD,
    b"GET /\xff\xfe\x00bi-mat-0912 HTTP/1.1\r\n" + HEAD,
    b"GET /%ef%bf%be%ed%a0%80bi-mat-0912?a=%ff&lang=%00 HTTP/1.1\r\n" + HEAD,
    b"GET * HTTP/1.1\r\n" + HEAD,
    b"OPTIONS * HTTP/1.1\r\n" + HEAD,
    b"CONNECT bi-mat-0912:443 HTTP/1.1\r\n" + HEAD,
    b"TRACE / HTTP/1.1\r\n" + HEAD,
    b"bi-mat-0912 / HTTP/1.1\r\n" + HEAD,
    b"\xff\xff / HTTP/1.1\r\n" + HEAD,
    b"GET / HTTP/9.9\r\n" + HEAD,
    b"GET /\r\n" + HEAD,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1\nHost: x\n\n\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n folded: bi-mat-0912\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: " + b"bi-mat-0912" * 9000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 3000 + HEAD,
    b"POST /dang-nhap HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n" + HEAD,
    b"POST /dang-nhap HTTP/1.1\r\nContent-Length: -1\r\n" + HEAD,
    b"POST /dang-nhap HTTP/1.1\r\nContent-Length: 1, 2\r\n" + HEAD + b"ab",
    b"POST /dang-nhap HTTP/1.1\r\nContent-Length: 99999999999\r\n" + HEAD,
    b"POST /dang-nhap HTTP/1.1\r\nTransfer-Encoding: bi-mat-0912\r\n" + HEAD,
    b"POST /dang-nhap HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n" + HEAD,
    b"POST /dang-nhap HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HEAD + b"zz\r\n",
    b"POST /dang-nhap HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HEAD + b"f" * 40 + b"\r\nx",
    b"POST /dang-nhap HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n" + HEAD + b"0\r\n\r\n",
    b"POST /api/1/enrol HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 5\r\n"
    + HEAD
    + b"[[[[[",
    b"\r\n\r\n\r\n" + b"GET /bi-mat-0912 HTTP/1.1\r\n" + HEAD,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200 + b"\r\n\r\n",
)
"""What no client sends, as far as the server is to answer it."""


def test_no_request_however_malformed_breaks_the_server_or_is_repeated_in_its_log(tmp_path: Path) -> None:
    make_school(tmp_path / "data")
    with ServerProcess(tmp_path / "data") as server:
        for raw in RAW:
            with socket.create_connection(("127.0.0.1", server.port), 20) as line:
                line.sendall(raw)
                line.shutdown(socket.SHUT_WR)  # what waits for more of it ends here, without an answer
                begun = line.recv(65536)
            assert not begun or 200 <= int(begun.split(b" ", 2)[1]) < 500, (raw[:80], begun[:200])
        assert server.health() == 200
        said = server.words()
    assert MARK not in said
    assert "Traceback" not in said
    assert "failed" not in said
