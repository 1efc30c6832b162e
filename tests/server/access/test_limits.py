"""Limits of tries: exact however many come at once, by account and by address; nobody locks others out.

40 at the same moment get no further than 40 one after the other: each is counted before it is looked at.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.domain.few_at_once import FewAtOnce
from server.domain.keys import key_lock
from server.domain.problems import Problem
from server.services.access import accounts, passwords, people
from server.services.access.address_counter import FORGET_MS, PAUSES_MS, WINDOW_MS, AddressCounter, Limit
from server.services.access.sign_in_limits import TRIES, TRIES_OF_ADDRESS, TRIES_OF_LOGIN
from server.services.context import Context
from server.services.devices import points
from server.services.keys import custody, open_keys
from server.services.phone import survey_form
from server.services.phone.limits import WRONG_SLIPS, Limits
from server.services.sender import follow
from server.services.sender.lookup_gate import Gate
from server.transport.http.devices import enrol
from server.transport.http.security.limiting import WRONG
from server.wiring.pages import create_app
from survey_defs import claim
from tests.support.pages import try_login, words
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Clock, add_school, make_context

AT_ONCE = 40
PHRASE = "hoa phượng nở đỏ sân trường"
MINUTE_MS = 60_000
NOT_ONES_OWN = "hieu-truong"


class School(NamedTuple):
    """A school with two people and an app whose forms need no tokens: what is looked at are the limits."""

    ctx: Context
    clock: Clock
    app: Flask

    def at_once(self, path: str, fields: dict[str, str], client: FlaskClient | None = None) -> Counter[int]:
        """The statuses of 40 forms that are sent at the same moment, from one address."""
        cookie = client.get_cookie("hailong") if client else None
        start = threading.Barrier(AT_ONCE)

        def send(_: int) -> int:
            one = self.app.test_client()
            if cookie:
                one.set_cookie("hailong", cookie.value)
            start.wait(20)
            status = one.post(path, data=fields).status_code
            self.ctx.store.close()  # of this thread
            return status

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return Counter(pool.map(send, range(AT_ONCE)))


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    clock = Clock()
    ctx = make_context(tmp_path, clock)
    add_school(ctx)
    people.add_user(ctx, NOT_ONES_OWN, "principal", SCHOOL, PASSWORD)
    app = create_app(ctx)
    app.config["WTF_CSRF_ENABLED"] = False
    yield School(ctx, clock, app)
    ctx.store.close()


def counting(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, answer: Callable[..., Any]
) -> list[int]:
    """Put `answer` where the costly look at a secret is, and note each look."""
    looks: list[int] = []

    def looked(*given: Any, **named: Any) -> Any:
        looks.append(1)
        return answer(*given, **named)

    monkeypatch.setattr(module, name, looked)
    return looks


def test_forty_passwords_at_once_are_ten_that_are_looked_at(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = threading.Barrier(TRIES)  # all that are let through are in there at the same time
    looks = counting(monkeypatch, passwords, "verify", lambda *_: slow.wait(20) < 0)
    found = school.at_once("/dang-nhap", {"login": LOGIN, "password": "sai"})
    assert found == {WRONG: TRIES, 429: AT_ONCE - TRIES}
    assert len(looks) == TRIES, "counted before the password is hashed"


def test_while_many_sign_in_one_is_asked_to_come_again_and_that_counts_for_nothing(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = FewAtOnce(1, 0, 0, "hashing-busy")
    monkeypatch.setattr(passwords, "hashing", gate.turn)
    monkeypatch.setattr(key_lock, "hashing", gate.turn)
    custody.make_key(school.ctx, SCHOOL, "complaints", LOGIN, PHRASE)
    client = signed_in_without_tokens(school)
    stranger = school.app.test_client()
    with gate.turn():
        for _ in range(TRIES + 1):
            busy = stranger.post("/dang-nhap", data={"login": LOGIN, "password": PASSWORD})
            assert busy.status_code == 429
        assert "Xin đợi vài giây rồi thử lại" in words(busy.text)
        assert f'value="{LOGIN}"' in busy.text and PASSWORD not in busy.text
        locked = client.post("/mo-khoa", data={"passphrase": PHRASE})
        assert (locked.status_code, "Xin đợi vài giây" in words(locked.text)) == (429, True)
    assert stranger.post("/dang-nhap", data={"login": LOGIN, "password": PASSWORD}).status_code == 303
    assert client.post("/mo-khoa", data={"passphrase": PHRASE}).status_code == 303


def test_forty_passphrases_at_once_are_ten_that_are_looked_at(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    custody.make_key(school.ctx, SCHOOL, "complaints", LOGIN, PHRASE)
    client = signed_in_without_tokens(school)
    slow = threading.Barrier(TRIES)

    def wrong(*_: object) -> None:
        slow.wait(20)
        raise Problem("wrong-passphrase")

    looks = counting(monkeypatch, open_keys, "open_locks", wrong)
    found = school.at_once("/mo-khoa", {"passphrase": "sai"}, client)
    assert found == {WRONG: TRIES, 429: AT_ONCE - TRIES}
    assert len(looks) == TRIES


def test_forty_present_passwords_at_once_are_ten_that_are_looked_at(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in_without_tokens(school)
    slow = threading.Barrier(TRIES)
    looks = counting(monkeypatch, passwords, "verify", lambda *_: slow.wait(20) < 0)
    found = school.at_once("/tai-khoan", {"old": "sai", "new": PHRASE, "again": PHRASE}, client)
    assert found == {WRONG: TRIES, 429: AT_ONCE - TRIES}
    assert len(looks) == TRIES


def signed_in_without_tokens(school: School) -> FlaskClient:
    client = school.app.test_client()
    assert client.post("/dang-nhap", data={"login": LOGIN, "password": PASSWORD}).status_code == 303
    return client


def test_forty_claim_codes_at_once_are_ten_that_are_looked_at(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = threading.Barrier(enrol.WRONG_FROM_ONE)

    def unknown(*_: object) -> None:
        slow.wait(20)
        raise Problem("claim-unknown")

    looks = counting(monkeypatch, enrol, "exchange", unknown)
    found = school.at_once(claim.PATH, {"x": "y"})
    assert found.pop(429) == AT_ONCE - enrol.WRONG_FROM_ONE
    assert sum(found.values()) == len(looks) == enrol.WRONG_FROM_ONE


def test_forty_slips_at_once_are_thirty_that_are_looked_at(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    points.add(school.ctx, "ban-1", SCHOOL, label="Bàn số 1", single_use=True)
    slow = threading.Barrier(WRONG_SLIPS)

    def unknown(*_: object) -> None:
        slow.wait(20)
        raise Problem("slip-unknown")

    looks = counting(monkeypatch, survey_form, "view", unknown)
    start = threading.Barrier(AT_ONCE)

    def ask(_: int) -> int:
        start.wait(20)
        status = school.app.test_client().get("/q/ban-1/aaaaaaaa").status_code
        school.ctx.store.close()
        return status

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = Counter(pool.map(ask, range(AT_ONCE)))
    assert found[429] == AT_ONCE - WRONG_SLIPS
    assert len(looks) == WRONG_SLIPS


def test_forty_looked_up_codes_at_once_are_no_more_than_may_miss(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = counting(monkeypatch, follow, "read_keys", lambda *_: None)
    app = create_app(school.ctx)
    monkeypatch.setattr(Gate, "turn", lambda _: _Open())
    most = 30
    found = school._replace(app=app).at_once("/tra-cuu", {"code": "1234 5678 9012 3456"})
    assert found[429] == AT_ONCE - most
    assert len(looks) == most


class _Open:
    """A place for everybody: what is looked at here is who may ask."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize("limits", [(30, 400), (400, 30)], ids=["by address", "by point"])
def test_forms_of_a_point_are_counted_exactly(school: School, limits: tuple[int, int]) -> None:
    points.add(school.ctx, "ban-1", SCHOOL, label="Bàn số 1")
    point, asked, start = (
        points.find(reading(school.ctx), "ban-1"),
        Limits(desk=limits),
        threading.Barrier(AT_ONCE),
    )

    def ask(_: int) -> str:
        start.wait(20)
        try:
            asked.ask(point, "10.0.0.1", 0)
        except Problem as problem:
            return problem.code
        return "taken"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert Counter(pool.map(ask, range(AT_ONCE))) == {"taken": 30, "too-many-answers": 10}


def tries(school: School, login: str, address: str, password: str = "sai") -> int:
    """One try from a browser that nobody knows."""
    answer = school.app.test_client().post(
        "/dang-nhap", data={"login": login, "password": password}, environ_base={"REMOTE_ADDR": address}
    )
    return answer.status_code


def test_pauses_grow_and_a_right_password_ends_them(school: School) -> None:
    assert [tries(school, LOGIN, "10.0.0.1") for _ in range(TRIES)] == [WRONG] * TRIES
    for pause in (*PAUSES_MS, PAUSES_MS[-1]):
        assert tries(school, LOGIN, "10.0.0.1", PASSWORD) == 429
        school.clock.ms += pause - 1
        assert tries(school, f" {LOGIN.upper()} ", "10.0.0.1", PASSWORD) == 429, "however it is spelled"
        school.clock.ms += 1
        assert tries(school, LOGIN, "10.0.0.1") == WRONG, "one try after each pause"
    school.clock.ms += PAUSES_MS[-1]
    assert tries(school, LOGIN, "10.0.0.1", PASSWORD) == 303
    assert [tries(school, LOGIN, "10.0.0.1") for _ in range(TRIES)] == [WRONG] * TRIES


def test_the_page_says_how_long_to_wait_and_keeps_what_was_being_written(school: School) -> None:
    for _ in range(TRIES):
        tries(school, LOGIN, "127.0.0.1")
    page = try_without_token(school, LOGIN)
    assert page.status_code == 429
    assert "Xin đợi 1 phút rồi thử lại" in words(page.text)
    assert f'value="{LOGIN}"' in page.text
    assert "sai-mat-khau" not in page.text


def try_without_token(school: School, login: str) -> Any:
    return school.app.test_client().post("/dang-nhap", data={"login": login, "password": "sai-mat-khau"})


def test_a_school_behind_one_address_is_not_locked_out_by_one(school: School) -> None:
    """Somebody there tries every password of one account, then of many."""
    desk = school.app.test_client()  # where the deputy signs in every morning
    entered = {"login": LOGIN, "password": PASSWORD}
    assert desk.post("/dang-nhap", data=entered, environ_base={"REMOTE_ADDR": "10.0.0.1"}).status_code == 303
    desk.post("/dang-xuat")
    for _ in range(TRIES + 5):
        tries(school, LOGIN, "10.0.0.1")
    assert tries(school, NOT_ONES_OWN, "10.0.0.1", PASSWORD) == 303, "others of the school"
    found = Counter(tries(school, f"ai-do-{n}", "10.0.0.1") for n in range(TRIES_OF_ADDRESS))
    assert found == {WRONG: TRIES_OF_ADDRESS - TRIES, 429: TRIES}
    assert tries(school, NOT_ONES_OWN, "10.0.0.1", PASSWORD) == 429, (
        "a browser that nobody has signed in with"
    )
    assert tries(school, NOT_ONES_OWN, "10.0.0.2", PASSWORD) == 303
    again = desk.post("/dang-nhap", data=entered, environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert again.status_code == 303, "the deputy at their own desk"


def test_tries_from_everywhere_are_counted_and_keep_nobody_from_their_own_desk(school: School) -> None:
    desk = school.app.test_client()
    entered = {"login": LOGIN, "password": PASSWORD}
    desk.post("/dang-nhap", data=entered)
    desk.post("/dang-xuat")
    found = Counter(tries(school, LOGIN, f"10.1.{n}.1") for n in range(TRIES_OF_LOGIN + 10))
    assert found == {WRONG: TRIES_OF_LOGIN, 429: 10}
    assert tries(school, LOGIN, "10.9.9.9", PASSWORD) == 429
    assert desk.post("/dang-nhap", data=entered).status_code == 303
    for _ in range(TRIES):
        desk.post("/dang-nhap", data=entered | {"password": "sai"})
    assert desk.post("/dang-nhap", data=entered).status_code == 429, "a browser that was taken has few tries"


def test_another_persons_browser_counts_for_nothing(school: School) -> None:
    desk = school.app.test_client()
    desk.post("/dang-nhap", data={"login": LOGIN, "password": PASSWORD})
    desk.post("/dang-xuat")
    for _ in range(TRIES):
        desk.post("/dang-nhap", data={"login": NOT_ONES_OWN, "password": "sai"})
    refused = desk.post("/dang-nhap", data={"login": NOT_ONES_OWN, "password": PASSWORD})
    assert refused.status_code == 429


def test_no_account_is_told_from_none(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the words, by the limit, or by the work that the server does: one hash of the same cost."""
    people.add_user(school.ctx, "da-nghi", "staff", SCHOOL, PASSWORD)
    people.disable_user(school.ctx, "da-nghi")
    costs: dict[str, list[str]] = {}
    real = passwords._hasher.verify
    for login in (LOGIN, "khong-co-ai", "da-nghi"):
        looked: list[str] = costs.setdefault(login, [])

        class Hasher:
            def verify(self, stored: str, password: str, looked: list[str] = looked) -> bool:
                looked.append(stored.rsplit("$", 2)[0])
                return bool(real(stored, password))

        monkeypatch.setattr(passwords, "_hasher", Hasher())
        accounts.check_login(reading(school.ctx), login, "sai-mat-khau")
    assert costs[LOGIN] == costs["khong-co-ai"] == costs["da-nghi"] != []
    monkeypatch.undo()
    pages = {re.sub(r'value="[^"]*"', "", try_without_token(school, login).text) for login in costs}
    assert len(pages) == 1
    limits = {login: [tries(school, login, "10.7.7.7") for _ in range(TRIES + 1)] for login in costs}
    assert len({tuple(each) for each in limits.values()}) == 1


def test_what_fails_for_another_reason_counts_for_nothing(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Problem("store-busy", path="x")

    with monkeypatch.context() as patched:
        patched.setattr(accounts.passwords, "verify", busy)
        assert {tries(school, LOGIN, "10.0.0.1") for _ in range(TRIES + 5)} == {503}
    assert tries(school, LOGIN, "10.0.0.1", PASSWORD) == 303


def test_a_form_without_its_token_is_no_try(school: School) -> None:
    app = create_app(school.ctx)
    for _ in range(TRIES + 5):
        answer = app.test_client().post("/dang-nhap", data={"login": LOGIN, "password": "sai"})
        assert answer.status_code == 400
    assert try_login(app.test_client()).status_code == 303


def test_windows_and_growing_pauses_end_by_themselves() -> None:
    counter = AddressCounter()
    window, grows = Limit("a", 2, "10.0.0.1"), Limit("b", 2, "10.0.0.1", grows=True)
    assert [counter.take(at, window) for at in (0, 1, 2)] == [0, 0, 15]
    assert counter.take(WINDOW_MS - 1, window) == 1
    assert counter.take(WINDOW_MS, window) == 0
    assert [counter.take(at, grows) for at in (0, 1, 2, MINUTE_MS + 1)] == [0, 0, 1, 0]
    assert counter.take(MINUTE_MS + 2, grows) == 2
    assert [counter.take(MINUTE_MS + 1 + FORGET_MS + at, grows) for at in range(3)] == [0, 0, 1]


def test_of_several_limits_all_count_or_none() -> None:
    counter = AddressCounter()
    narrow, wide = Limit("a", 1, "10.0.0.1"), Limit("a", 3)
    assert counter.take(0, narrow, wide) == 0
    for _ in range(9):
        assert counter.take(0, narrow, wide) > 0, "what is refused is not counted by the wide one"
    assert [counter.take(0, wide) for _ in range(3)] == [0, 0, 15]
    counter.give_back(0, wide)
    assert [counter.take(0, wide) for _ in range(2)] == [0, 15]
    counter.give_back(0, Limit("never", 1))


def test_the_forms_that_ask_for_a_secret_are_known(school: School) -> None:
    """Each of them limits its tries: a new one has to say by what, and to be looked at here."""
    app = create_app(school.ctx)
    secret = {rule.endpoint for rule in app.url_map.iter_rules()
              if getattr(app.view_functions[rule.endpoint], "secret", False)}  # fmt: skip
    assert secret == {"login.enter", "unlocking.enter", "account.change", "keys.room_step", "keys.restore",
                      "keys.passphrase", "privacy.erase"}  # fmt: skip
