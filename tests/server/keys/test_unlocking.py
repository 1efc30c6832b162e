"""Opening keys in a session: how long they stay, what ends them; nothing of them leaves the server."""

import base64
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.services.access import people
from server.services.context import Context
from server.services.keys import custody, keys
from server.services.keys.open_keys import OpenKeys
from server.services.keys.vault import IDLE_MS, Vault
from server.transport.http.keys.unlocking import keys_are_open, open_keys
from server.wiring.pages import create_app
from survey_defs import process_memory
from survey_defs.complaint import Letter
from tests.support.keys import take_away
from tests.support.pages import csrf, signed_in
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Clock, add_school, make_context

PHRASE = "hoa phượng nở đỏ sân trường"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    context = make_context(tmp_path, clock)
    add_school(context)
    people.add_user(context, "hieu-truong", "principal", SCHOOL, PASSWORD)
    people.add_user(context, "le-tan", "reception", SCHOOL, PASSWORD)
    people.add_user(context, "giao-vu", "officer", SCHOOL, PASSWORD)
    custody.make_key(context, SCHOOL, "complaints", LOGIN, PHRASE)
    yield context
    context.store.close()


@pytest.fixture
def app(ctx: Context) -> Flask:
    return create_app(ctx)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return signed_in(app)


def unlock(client: FlaskClient, passphrase: str = PHRASE, **more: str) -> object:
    data = {"csrf_token": csrf(client.get("/mo-khoa").text), "passphrase": passphrase, **more}
    return client.post("/mo-khoa", data=data)


def opened(client: FlaskClient) -> OpenKeys | None:
    """What a page of this session would be given."""
    with client:
        client.get("/mo-khoa")
        return open_keys()


def test_unlocking_opens_the_boxes_of_the_room(ctx: Context, client: FlaskClient) -> None:
    box = keys.seal_for_desk(reading(ctx), SCHOOL, "complaints", Letter("Tôi đã chờ ba tuần."))
    assert opened(client) is None
    response = unlock(client, tiep="/bao-cao?ky=2026")
    assert response.status_code == 303
    assert response.headers["Location"] == "/bao-cao?ky=2026"
    found = opened(client)
    assert found is not None
    assert found.open("complaints", box) == Letter("Tôi đã chờ ba tuần.")
    assert "đang mở" in client.get("/mo-khoa").text


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("", "Cài đặt"),
        ("/phan-anh?tim=1", "Phản ánh"),
        ("/so-tiep-cong-dan?mo=1", "Cài đặt"),
        ("/", ""),
        ("/x", ""),
    ],
)
def test_the_strip_on_top_marks_where_the_reader_came_from(
    client: FlaskClient, target: str, place: str
) -> None:
    asked = client.get(f"/mo-khoa?tiep={quote(target)}" if target else "/mo-khoa")
    for page in (asked, unlock(client, "không phải câu này đâu", tiep=target)):
        marked = re.findall(r'aria-current="true">([^<]*)', page.text.replace("\n", ""))
        assert {each.strip() for each in marked} == ({place} if place else set())
        assert 'aria-current="page"' not in page.text


@pytest.mark.parametrize("target", ["https://ac.example/", "//ac.example", "/\\ac.example", "javascript:x"])
def test_nobody_is_led_elsewhere(client: FlaskClient, target: str) -> None:
    assert unlock(client, tiep=target).headers["Location"] == "/"


def test_a_wrong_passphrase_says_so_and_is_counted(app: Flask, client: FlaskClient) -> None:
    response = unlock(client, "không phải câu này đâu")
    assert response.status_code == 422
    assert "Mật khẩu mở khóa không đúng" in response.text
    assert "không phải câu này" not in response.text
    assert opened(client) is None
    for _ in range(9):
        assert unlock(client, "sai").status_code == 422
    refused = unlock(client)
    assert refused.status_code == 429
    assert "không phải câu này" not in refused.text
    assert opened(client) is None


def test_a_login_password_opens_nothing(client: FlaskClient) -> None:
    assert unlock(client, PASSWORD).status_code == 422


def test_the_cookie_holds_an_id_and_no_key(ctx: Context, client: FlaskClient) -> None:
    unlock(client)
    found = opened(client)
    assert found is not None
    (held,) = found.of_room("complaints")
    cookie = client.get_cookie("hailong")
    assert cookie is not None
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", cookie.value), "32 random bytes"
    again = base64.urlsafe_b64decode(cookie.value + "=")
    assert again not in (held.private, bytes.fromhex(held.id) * 4)
    assert held.private.hex() not in repr(found)


def test_many_unlocks_share_one_clock(app: Flask, client: FlaskClient) -> None:
    def clocks() -> int:
        return sum(isinstance(each, threading.Timer) for each in threading.enumerate())

    before = clocks()
    for _ in range(5):
        unlock(client)
    assert clocks() - before <= 1


def test_idle_keys_lock_themselves_and_looking_at_other_pages_does_not_keep_them(
    client: FlaskClient, clock: Clock
) -> None:
    unlock(client)
    clock.ms += IDLE_MS - 1000
    assert opened(client) is not None  # used: the time begins anew
    clock.ms += IDLE_MS - 1000
    with client:
        client.get("/")  # such as an overview that asks for news all day
        assert keys_are_open()
    clock.ms += 2000
    assert opened(client) is None


def test_leaving_locks_and_so_does_the_button(app: Flask, client: FlaskClient) -> None:
    unlock(client)
    token = csrf(client.get("/mo-khoa").text)
    client.post("/dong-khoa", data={"csrf_token": token})
    assert opened(client) is None
    unlock(client)
    vault = app.extensions["hailong.unlocking"].vault
    assert len(vault) == 1
    client.post("/dang-xuat", data={"csrf_token": token})
    assert len(vault) == 0


def test_memory_is_let_go_of_where_keys_were_open_and_at_no_strangers_request(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a moment in which nothing else runs: nobody may ask for it without end."""
    times: list[int] = []
    monkeypatch.setattr(process_memory, "collect_and_trim", lambda: times.append(1))
    stranger = app.test_client()
    stranger.set_cookie("hailong", "x" * 43)
    for path in ("/", "/dang-nhap", "/mo-khoa", "/phan-anh"):
        stranger.get(path)
        client.get(path)
    assert times == []
    unlock(client)
    client.post("/dong-khoa", data={"csrf_token": csrf(client.get("/mo-khoa").text)})
    assert times == [1]


def test_a_new_password_ends_the_session_and_drops_its_keys(
    app: Flask, ctx: Context, client: FlaskClient
) -> None:
    unlock(client)
    people.set_password(ctx, LOGIN, "mat-khau-moi-tinh")
    assert client.get("/mo-khoa").status_code == 303
    assert len(app.extensions["hailong.unlocking"].vault) == 0


def test_revoked_and_shut_accounts_open_nothing_from_now_on(ctx: Context, client: FlaskClient) -> None:
    mine = keys.unlock(ctx, LOGIN, PHRASE)
    custody.grant(ctx, SCHOOL, "complaints", mine, holder="hieu-truong", passphrase="cây bàng già trước cổng")
    unlock(client)
    assert opened(client) is not None
    custody.grant(
        ctx, SCHOOL, "complaints", mine, holder="giao-vu", passphrase="tiếng trống vào lớp sáng thứ hai"
    )
    take_away(ctx, "complaints", LOGIN, "hieu-truong", "cây bàng già trước cổng")
    assert opened(client) is None
    assert "chưa được cấp khóa" in client.get("/mo-khoa").text


def test_sessions_do_not_share(app: Flask, client: FlaskClient) -> None:
    unlock(client)
    assert opened(signed_in(app)) is None


def test_who_may_not_hold_a_key_does_not_see_the_page(app: Flask) -> None:
    assert signed_in(app, "le-tan").get("/mo-khoa").status_code == 403
    assert app.test_client().get("/mo-khoa").status_code == 303
    assert app.test_client().post("/mo-khoa", data={"passphrase": "x"}).status_code in (400, 401)


def test_the_vault_stands_many_threads() -> None:
    vault, keys_of_one = Vault(), OpenKeys("a", ())
    failures: list[BaseException] = []

    def use(number: int) -> None:
        try:
            for at in range(400):
                vault.put(f"{number}-{at}", keys_of_one, at * 10_000)
                vault.get(f"{number}-{at}", at * 10_000)
                vault.drop(f"{number}-{at - 1}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert vault.sweep(10**12) == 0
