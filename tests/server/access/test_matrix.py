"""Who may do what: every route by every identity, with requests that do something, against one table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.services.access import people, tokens
from server.transport.http.security.access import Access, declared
from server.wiring.pages import create_app
from tests.support.desk import CONTACT, PASSPHRASE, TEXT
from tests.support.matrix import OTHER, PEOPLE, ROLE_OF, Row, School, schools, table
from tests.support.seed import LOGIN, PASSWORD, SCHOOL

HOLDERS = "DPO"
OF_THE_SCHOOL = ("Trường THCS Mẫu", TEXT[:40], CONTACT.name, "Kiosk quầy tiếp nhận", "khi xin rút học bạ")
"""What no stranger and nobody of another school may see."""


class Who(NamedTuple):
    """One identity: what it sends along; `letter` of its person, if it is one."""

    name: str
    letter: str = ""
    there: bool = False
    cookie: str = ""
    token: str = ""

    def may(self, row: Row) -> bool:
        """What the table says."""
        if row.public:
            return True
        if row.endpoint == "api.school_rates":
            return self.name == "token"
        return bool(self.letter) and self.letter in (row.there if self.there else row.may)


class Site:
    """The schools, the app, everybody signed in; put back as it was after each request that changed it."""

    def __init__(self, school: School) -> None:
        self.school, self.ctx = school, school.desk.ctx
        self.app: Flask = create_app(self.ctx)
        self.app.config["WTF_CSRF_ENABLED"] = False  # a form's token is its page's; here forms come without
        self.vault = self.app.extensions["hailong.unlocking"].vault
        self.everybody = self._everybody()
        self.rows = table(school)
        self._keys = dict(self.vault._open)
        self._kept = sqlite3.connect(":memory:")
        self.ctx.store.connection.execute("PRAGMA synchronous = OFF")
        self.ctx.store.connection.backup(self._kept)

    def _everybody(self) -> list[Who]:
        found = [Who("nobody"), Who("token", token=tokens.add_token(self.ctx, SCHOOL, "")),
                 Who(f"token of {OTHER}", token=tokens.add_token(self.ctx, OTHER, ""))]  # fmt: skip
        people.add_user(self.ctx, "da-nghi", "principal", SCHOOL, PASSWORD)
        found.append(Who("a shut account", cookie=self._enter("da-nghi")))
        people.disable_user(self.ctx, "da-nghi")
        for letter, login in PEOPLE.items():
            found.append(Who(login, letter, cookie=self._enter(login, unlocks=letter in HOLDERS)))
        for letter, role in ROLE_OF.items():
            login = f"{LOGIN}-{OTHER}" if role == "deputy" else f"{role}-{OTHER}"
            found.append(Who(login, letter, there=True, cookie=self._enter(login)))
        return found

    def _enter(self, login: str, *, unlocks: bool = False) -> str:
        client = self.app.test_client()
        sent = {"login": login, "password": PASSWORD}
        assert client.post("/dang-nhap", data=sent).status_code == 303
        if unlocks:
            assert client.post("/mo-khoa", data={"passphrase": PASSPHRASE}).status_code == 303
        cookie = client.get_cookie("hailong")
        assert cookie is not None
        return str(cookie.value)

    def _count(self) -> tuple[int, int]:
        """Rows that were ever changed, and readings of texts that were noted."""
        connection = self.ctx.store.connection
        return connection.total_changes, connection.execute("SELECT COUNT(*) FROM readings").fetchone()[0]

    def ask(self, who: Who, row: Row) -> tuple[TestResponse, bool]:
        """The answer, and whether anything was changed; what was changed is put back."""
        client: FlaskClient = self.app.test_client()
        if who.cookie:
            client.set_cookie("hailong", who.cookie)
        headers = {"Authorization": f"Bearer {who.token}"} if who.token else {}
        here = {"REMOTE_ADDR": f"127.0.0.{self.everybody.index(who) + 1}"}  # nobody meets another's limit
        before = self._count()
        answer = client.open(row.path, method=row.method, data=row.fields or None, headers=headers,
                             environ_base=here)  # fmt: skip
        after = self._count()
        # Who may read a text is shown it beside a refusal: the reading is noted, as ever.
        changed = after[0] - before[0] > after[1] - before[1]
        if after != before:
            self._kept.backup(self.ctx.store.connection)
        self.vault._open.update(self._keys)
        return answer, changed


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(schools(tmp_path_factory.mktemp("matrix")))
    yield made
    made.ctx.store.close()


def test_every_route_has_its_row(site: Site) -> None:
    rules = {(rule.endpoint, method) for rule in site.app.url_map.iter_rules()
             for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}  # fmt: skip
    assert rules == {(row.endpoint, row.method) for row in site.rows}, (
        "a route without a row, or a row without one"
    )
    for row in site.rows:
        endpoint, _ = site.app.url_map.bind("localhost").match(row.path.partition("?")[0], row.method)
        assert endpoint == row.endpoint, row.path


@pytest.mark.timeout(300)
def test_who_may_and_who_may_not(site: Site) -> None:
    wrong, done = [], 0
    for row in site.rows:
        for who in site.everybody:
            answer, changed = site.ask(who, row)
            may, said = who.may(row), _fault(site, who, row, answer, changed=changed)
            done += may
            if said:
                wrong.append(f"{row.method} {row.path}: {who.name} {'may' if may else 'may not'}, but {said}")
    count = len(site.rows) * len(site.everybody)
    print(f"{len(site.rows)} requests × {len(site.everybody)} identities = {count}; {done} let through")
    assert wrong == [], "\n".join(wrong)


def _fault(site: Site, who: Who, row: Row, answer: TestResponse, *, changed: bool) -> str:
    """What is not as the table says; '' where all is."""
    to_login = answer.headers.get("Location", "").startswith("/dang-nhap") and row.endpoint != "login.leave"
    staffs = declared(site.app, row.endpoint) is Access.STAFF
    if staffs and answer.headers.get("Cache-Control") != "no-store":
        return "a cache may keep it"
    if who.may(row):
        if answer.status_code not in row.done or to_login:
            return f"got {answer.status_code}"
        return (
            ""
            if changed or row.method == "GET" or row.public or row.endpoint in CHANGES_NOTHING
            else "nothing was done"
        )
    refused = (
        answer.status_code in (401, 403, 404)
        or to_login
        or answer.status_code in REFUSED_ELSE.get(row.endpoint, ())
    )
    if not refused:
        return f"got {answer.status_code}"
    if changed:
        return "something was done"
    shown = (
        [each for each in OF_THE_SCHOOL if each in answer.text] if not (who.letter and not who.there) else []
    )
    return f"was shown {shown}" if shown else ""


CHANGES_NOTHING = {"login.leave", "unlocking.shut", "cases.search", "devices.enrol_file", "account.end",
                   "server_clock.confirm", "keys.restore"}  # fmt: skip
"""Forms that leave the store as it is, or may."""
REFUSED_ELSE: dict[str, tuple[int, ...]] = {
    "unlocking.enter": (422,),
    "keys.passphrase": (422,),
    "registers.walk_in": (409,),
}
"""Refusals that are no 403: who holds no key has no passphrase, and a school without one seals no words."""
