"""Sessions live on the server: what ends them, who sees them, and what a thief of its files cannot do."""

from __future__ import annotations

import hashlib
import hmac
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from server.domain.network.addresses import Opened
from server.services import schools
from server.services.access import browsers, people, sessions, tokens
from server.services.access.accounts import find_account
from server.services.context import Context
from server.services.keys import custody
from server.services.upkeep.backup import back_up
from server.settings import Settings
from server.wiring.contexts import build
from server.wiring.pages import create_app
from server.wiring.restoring import restore
from tests.support.commands import hailong, run_hailong
from tests.support.pages import csrf, signed_in, try_login, words
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Clock, add_school, make_context

PHRASE = "hoa phượng nở đỏ sân trường"
NEW = "một mật khẩu khác hẳn"
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.6778.86 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
ADDRESS = "203.0.113.77"


class School(NamedTuple):
    """A school with two people, of whom one holds a key."""

    ctx: Context
    clock: Clock
    app: Flask

    @property
    def data(self) -> Path:
        return Path(self.ctx.settings.data)

    @property
    def open_keys(self) -> int:
        """How many sessions have keys open."""
        return len(self.app.extensions["hailong.unlocking"].vault)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    clock = Clock()
    ctx = make_context(tmp_path / "data", clock)
    add_school(ctx)
    people.add_user(ctx, "hieu-truong", "principal", SCHOOL, PASSWORD)
    custody.make_key(ctx, SCHOOL, "complaints", LOGIN, PHRASE)
    yield School(ctx, clock, create_app(ctx))
    ctx.store.close()


@pytest.fixture
def client(school: School) -> FlaskClient:
    """Signed in, with the key open."""
    found = signed_in(school.app)
    send(found, "/mo-khoa", passphrase=PHRASE)
    assert school.open_keys == 1
    return found


def send(client: FlaskClient, path: str, page: str = "", **fields: str) -> TestResponse:
    """Send a form of a page."""
    return client.post(path, data={"csrf_token": csrf(client.get(page or path).text), **fields})


def is_in(client: FlaskClient) -> bool:
    return client.get("/").status_code == 200


def id_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("hailong")
    assert cookie is not None
    return str(cookie.value)


def rows(ctx: Context, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in ctx.store.connection.execute(f"SELECT * FROM {table}")]


def test_the_cookie_is_a_random_id_and_the_store_keeps_its_hash(school: School) -> None:
    ids = [id_of(signed_in(school.app)) for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", each) for each in ids), "256 random bits"
    kept = {row["hash"] for row in rows(school.ctx, "sessions")}
    assert kept == {hashlib.sha256(each.encode()).hexdigest() for each in ids}
    school.ctx.store.flush()
    everything = b"".join(each.read_bytes() for each in school.data.rglob("*") if each.is_file())
    assert not any(each.encode() in everything for each in ids)


def test_a_stolen_database_and_the_servers_key_sign_nobody_in(
    school: School, client: FlaskClient, tmp_path: Path
) -> None:
    """The thief has every file of the server, and writes cookies and tokens with what is in them."""
    loot = tmp_path / "loot"
    shutil.copytree(school.data, loot)
    key = (loot / "session.key").read_bytes()
    stolen = Flask("thief")
    stolen.secret_key = key
    signer = SecureCookieSessionInterface().get_signing_serializer(stolen)
    assert signer is not None
    values = [str(value) for table in ("sessions", "browsers", "users") for row in rows(school.ctx, table)
              for value in row.values()]  # fmt: skip
    since = [school.ctx.now(), "", 0]
    old = [signer.dumps({"_user_id": each, "_fresh": True, "keys": each, "since": since}) for each in values]
    for cookie in (*values, *old):
        for name in ("hailong", "__Host-hailong", "hailong-browser"):
            thief = school.app.test_client()
            thief.set_cookie(name, cookie)
            assert not is_in(thief), cookie
    tokens = URLSafeTimedSerializer(key, salt="wtf-csrf-token")
    for row in rows(school.ctx, "sessions"):
        mark = hmac.new(key, b"hailong pages" + row["hash"].encode(), hashlib.sha256).hexdigest()[:40]
        forged = tokens.dumps(f"{mark}:{LOGIN}")
        assert client.post("/dang-xuat", data={"csrf_token": forged}).status_code == 400
    assert is_in(client)


def test_signing_in_takes_no_id_that_somebody_has_put_there(school: School) -> None:
    planted = "A" * 43
    victim, thief = school.app.test_client(), school.app.test_client()
    victim.set_cookie("hailong", planted)
    assert try_login(victim).status_code == 303
    assert id_of(victim) != planted
    thief.set_cookie("hailong", planted)
    assert not is_in(thief)


def test_the_page_before_signing_in_has_an_id_that_opens_nothing(school: School) -> None:
    client = school.app.test_client()
    client.get("/dang-nhap")
    assert rows(school.ctx, "sessions") == []
    assert not is_in(client)


def leaves(school: School, client: FlaskClient) -> None:
    send(client, "/dang-xuat", "/")


def gets_a_password(school: School, _: FlaskClient) -> None:
    people.set_password(school.ctx, LOGIN, NEW)


def gets_a_password_by_command(school: School, _: FlaskClient) -> None:
    hailong("user", "passwd", LOGIN, "--password-stdin", "--json", "--data", school.data, stdin=NEW)


def gets_a_role(school: School, _: FlaskClient) -> None:
    with school.ctx.write() as work:
        work.connection.execute("UPDATE users SET role = 'staff' WHERE login = ?", (LOGIN,))


def gets_a_school(school: School, _: FlaskClient) -> None:
    schools.add_school(school.ctx, "khac", "Trường THCS Khác")
    with school.ctx.write() as work:
        work.connection.execute("UPDATE users SET school = 'khac' WHERE login = ?", (LOGIN,))


def is_shut(school: School, _: FlaskClient) -> None:
    people.disable_user(school.ctx, LOGIN)


def is_ended_by_command(school: School, _: FlaskClient) -> None:
    hailong("user", "sessions", LOGIN, "--end", "--json", "--data", school.data)


def does_nothing(school: School, _: FlaskClient) -> None:
    school.clock.ms += sessions.IDLE_MS


def stays_all_day(school: School, client: FlaskClient) -> None:
    for _ in range(11):
        school.clock.ms += HOUR_MS
        assert is_in(client)
    school.clock.ms += HOUR_MS


def only_looks_for_news(school: School, client: FlaskClient) -> None:
    """An overview asks for news by itself: that is no person."""
    for _ in range(8):
        school.clock.ms += 15 * MINUTE_MS
        client.get("/tong-quan/moi", headers={"X-Requested-With": "fetch"})


ENDS = (leaves, gets_a_password, gets_a_password_by_command, gets_a_role, gets_a_school, is_shut,
        is_ended_by_command, does_nothing, stays_all_day, only_looks_for_news)  # fmt: skip


@pytest.mark.parametrize("end", ENDS, ids=lambda each: each.__name__)
def test_what_ends_a_session_ends_it_for_good_and_its_keys_with_it(
    school: School, client: FlaskClient, end: Callable[[School, FlaskClient], None]
) -> None:
    id, hash = id_of(client), sessions.session_hash(id_of(client))
    end(school, client)
    again = school.app.test_client()
    again.set_cookie("hailong", id)
    assert not sessions.is_live(reading(school.ctx), hash)
    with school.app.app_context():
        school.app.extensions["hailong.unlocking"].forget_ended()  # what the clock does within a minute
    assert school.open_keys == 0
    assert not is_in(again)
    assert again.post("/dang-xuat", data={}).status_code in (400, 401)
    assert not sessions.of_login(reading(school.ctx), LOGIN)


def test_keys_go_with_the_next_request_of_an_ended_session(school: School, client: FlaskClient) -> None:
    people.set_password(school.ctx, LOGIN, NEW)
    assert school.open_keys == 1
    client.get("/")
    assert school.open_keys == 0


def test_a_restored_backup_ends_all_sessions(school: School, client: FlaskClient) -> None:
    id, saved = id_of(client), school.data.parent / "saved.db"
    back_up(school.ctx, saved)
    school.ctx.store.close()
    restored = restore(Settings(data=str(school.data)), saved).ctx
    later = create_app(restored).test_client()
    later.set_cookie("hailong", id)
    assert not is_in(later)
    assert rows(restored, "sessions") == []
    restored.store.close()


def test_sessions_outlive_a_restart_of_the_program_and_keys_do_not(
    school: School, client: FlaskClient
) -> None:
    later = create_app(school.ctx)
    again = later.test_client()
    again.set_cookie("hailong", id_of(client))
    assert is_in(again)
    assert len(later.extensions["hailong.unlocking"].vault) == 0


def test_who_reads_waits_for_no_writer_and_is_noted_with_the_next_page(
    school: School, client: FlaskClient
) -> None:
    school.clock.ms += 5 * MINUTE_MS
    seen = rows(school.ctx, "sessions")[0]["seen_at"]
    other = make_context(school.data)
    with other.write():
        assert is_in(client)
    assert rows(school.ctx, "sessions")[0]["seen_at"] == seen
    assert is_in(client)
    assert rows(school.ctx, "sessions")[0]["seen_at"] == school.clock.ms
    other.store.close()


def test_what_has_ended_is_forgotten(school: School, client: FlaskClient) -> None:
    school.clock.ms += sessions.IDLE_MS
    signed_in(school.app)
    assert len(rows(school.ctx, "sessions")) == 1
    assert len(rows(school.ctx, "browsers")) == 2
    school.clock.ms += browsers.KEPT_MS
    signed_in(school.app)
    assert len(rows(school.ctx, "browsers")) == 1


def at(school: School, agent: str, login: str = LOGIN) -> FlaskClient:
    """Signed in with a browser of that kind, from an address."""
    client = school.app.test_client()
    client.environ_base |= {"HTTP_USER_AGENT": agent, "REMOTE_ADDR": ADDRESS}
    assert try_login(client, login).status_code == 303
    return client


def test_the_page_lists_where_one_is_signed_in_and_keeps_no_address(school: School) -> None:
    here, there, other = at(school, CHROME), at(school, FIREFOX), at(school, FIREFOX, "hieu-truong")
    school.clock.ms += 10 * MINUTE_MS
    page = words(here.get("/tai-khoan").text)
    assert "Chrome, Windows Phiên này" in page
    assert "Firefox, Linux" in page
    assert page.count("Firefox, Linux") == 1, "and not where others are"
    kept = repr(rows(school.ctx, "sessions") + rows(school.ctx, "browsers"))
    assert not any(each in kept for each in (ADDRESS, "131", "Mozilla", "x86_64"))
    ended = send(here, "/tai-khoan/phien", "/tai-khoan", phien=sessions.session_hash(id_of(there))[:16])
    assert ended.headers["Location"] == "/tai-khoan?xong=ended"
    assert [is_in(each) for each in (here, there, other)] == [True, False, True]
    assert "chỉ đang đăng nhập ở đây" in here.get("/tai-khoan").text


def test_the_command_lists_them_for_the_technician(tmp_path: Path) -> None:
    ctx = build(Settings(data=str(tmp_path)))
    add_school(ctx)
    account = find_account(reading(ctx), LOGIN)
    assert account is not None
    for machine in ("Chrome, Windows", ""):
        sessions.begin(ctx, account, machine)
    ctx.store.close()

    def asked(*more: str) -> dict[str, Any]:
        return hailong("user", "sessions", LOGIN, *more, "--json", "--data", tmp_path)

    assert {each["machine"] for each in asked()["sessions"]} == {"Chrome, Windows", ""}
    assert "Chrome, Windows" in run_hailong("user", "sessions", LOGIN, "--data", tmp_path).stdout
    assert asked("--end") == {"login": LOGIN, "ended": 2}
    assert asked() == {"login": LOGIN, "sessions": []}
    wrong = run_hailong("user", "sessions", "khong-co", "--data", tmp_path)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)


def test_all_others_end_and_nobody_ends_those_of_another_person(school: School, client: FlaskClient) -> None:
    others = [at(school, CHROME), at(school, FIREFOX)]
    principal = at(school, CHROME, "hieu-truong")
    of_principal = sessions.session_hash(id_of(principal))
    send(others[0], "/tai-khoan/phien", "/tai-khoan", phien=of_principal[:16])
    send(others[0], "/tai-khoan/phien", "/tai-khoan", phien=of_principal)
    assert is_in(principal)
    assert send(others[0], "/tai-khoan/phien", "/tai-khoan").status_code == 303
    assert school.open_keys == 0, "keys that lay open in one of them are gone at once"
    assert [is_in(each) for each in (others[0], others[1], client, principal)] == [True, False, False, True]


def test_a_new_password_of_ones_own(school: School, client: FlaskClient) -> None:
    other, before = at(school, FIREFOX), id_of(client)
    path = "/tai-khoan"

    def tries(**fields: str) -> tuple[int, str]:
        answer = send(client, path, **({"old": PASSWORD, "new": NEW, "again": NEW} | fields))
        assert not any(each in answer.text for each in (PASSWORD, NEW)), "no secret comes back"
        return answer.status_code, words(answer.text)

    status, page = tries(old="không phải")
    assert (status, "Mật khẩu đang dùng không đúng" in page) == (422, True)
    assert "không giống nhau" in tries(again=NEW + "x")[1]
    assert "ít nhất 10 ký tự" in tries(new="ngắn", again="ngắn")[1]
    assert "nhiều nhất 1024 ký tự" in tries(new="x" * 1025, again="x" * 1025)[1]
    assert is_in(other)
    assert tries()[0] == 303
    assert is_in(client)
    assert id_of(client) != before, "the session goes on under another id"
    assert not is_in(other)
    assert school.open_keys == 0
    assert try_login(school.app.test_client()).status_code == 422
    assert try_login(school.app.test_client(), password=NEW).status_code == 303
    told = (school.data / "withdrawals").read_text()
    assert f"user-password {LOGIN}:" in told, "an older backup does not bring the old one back"


def test_the_present_password_is_not_found_by_trying(school: School, client: FlaskClient) -> None:
    fields = {"old": "sai", "new": NEW, "again": NEW}
    statuses = [send(client, "/tai-khoan", **fields).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    assert send(client, "/tai-khoan", **(fields | {"old": PASSWORD})).status_code == 429
    assert try_login(school.app.test_client()).status_code == 303, "the login counts for itself"


def cookies(answer: TestResponse) -> dict[str, str]:
    """By name; an end is written as the moment of signing in and a year, which no second sign-in shares."""
    found = (re.sub(r"Expires=[^;]+; ", "Expires; ", each) for each in answer.headers.getlist("Set-Cookie"))
    return {each.partition("=")[0]: each.partition("; ")[2] for each in found}


def sign_in_over(school: School, base: str) -> dict[str, str]:
    client = school.app.test_client()
    token = csrf(client.get("/dang-nhap", base_url=base).text)
    fields = {"login": LOGIN, "password": PASSWORD, "csrf_token": token}
    answer = client.post("/dang-nhap", data=fields, base_url=base, headers={"Referer": f"{base}/dang-nhap"})
    assert answer.status_code == 303, answer.text
    return cookies(answer)


def test_over_tls_cookies_are_secure_and_no_neighbour_can_set_them(school: School) -> None:
    assert sign_in_over(school, "https://truong.example") == {
        "__Host-hailong": "Secure; HttpOnly; Path=/; SameSite=Strict",
        "__Secure-hailong-browser": cookie_of_a_year(
            "Secure; HttpOnly; Path=/dang-nhap; SameSite=Strict", school
        ),
    }
    assert set(sign_in_over(school, "http://truong.example")) == {"hailong", "hailong-browser"}


def cookie_of_a_year(rest: str, school: School) -> str:
    """As it is sent now; its end is the browser's affair."""
    client = school.app.test_client()
    base = "https://truong.example"
    token = csrf(client.get("/dang-nhap", base_url=base).text)
    fields = {"login": LOGIN, "password": PASSWORD, "csrf_token": token}
    answer = client.post("/dang-nhap", data=fields, base_url=base, headers={"Referer": f"{base}/dang-nhap"})
    sent = cookies(answer)["__Secure-hailong-browser"]
    assert sent.endswith(rest)
    return sent


def test_an_id_from_the_clear_counts_for_nothing_over_tls(school: School) -> None:
    client = signed_in(school.app)
    id = id_of(client)
    for name in ("hailong", "hailong-browser"):
        over = school.app.test_client()
        over.set_cookie(name, id, domain="localhost")
        assert over.get("/", base_url="https://localhost").status_code == 303
    over = school.app.test_client()
    over.set_cookie("__Host-hailong", id, domain="localhost", secure=True)
    assert over.get("/", base_url="https://localhost").status_code == 200, (
        "the same id, had it been sent there"
    )


PUBLIC = "https://hailong.example.vn"
STAFFS = ("/", "/dang-nhap", "/phan-anh?tim=1", "/khong-tinh/luot")
PARENTS = ("/q/ban-1", "/tra-cuu", "/q/ban-1/gop-y?lang=en")
OPEN = ("/healthz", "/metrics", "/static/app.css", "/api/1/openapi.json")


def leads(school: School, path: str, host: str = "10.0.0.5:8080", **headers: str) -> str | None:
    """Where a page in the clear leads on to, if it leads away from there."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = school.app.test_client().get(path, base_url=f"http://{host}", headers=named)
    target = answer.headers.get("Location", "")
    return target if target.startswith("https:") else None


@pytest.fixture
def public(tmp_path: Path) -> Iterator[School]:
    """A school whose codes lead to an address of TLS, and whose own port speaks it too."""
    clock = Clock()
    ctx = make_context(tmp_path / "public", clock, public_url=PUBLIC)
    add_school(ctx)
    ctx.site.opened = Opened("ours")
    app = create_app(ctx)
    app.config["TLS_PORT"] = 8443
    yield School(ctx, clock, app)
    ctx.store.close()


def test_without_tls_everything_stays_where_it_is(school: School) -> None:
    assert {leads(school, path) for path in (*STAFFS, *PARENTS, *OPEN)} == {None}


def test_with_an_authority_of_its_own_only_the_staff_is_led_to_tls(school: School) -> None:
    school.app.config["TLS_PORT"] = 8443
    assert [leads(school, path) for path in STAFFS] == [f"https://10.0.0.5:8443{path}" for path in STAFFS]
    assert leads(school, "/", "[fd00::5]:8080") == "https://[fd00::5]:8443/"
    assert leads(school, "/", "truong.local") == "https://truong.local:8443/"
    assert {leads(school, path) for path in (*PARENTS, *OPEN)} == {None}, (
        "no parent meets a browser's warning"
    )
    client = school.app.test_client()
    sent = client.post("/dang-nhap", data={"login": LOGIN, "password": PASSWORD})
    assert (sent.status_code, sent.headers["Location"]) == (303, "https://localhost:8443/dang-nhap")
    assert "Set-Cookie" not in sent.headers
    assert client.post("/dang-xuat").headers["Location"] == "https://localhost:8443/dang-xuat"


def test_leaving_clears_what_the_browser_keeps_over_tls(school: School) -> None:
    """But neither the mark of a browser that is known, nor what a parent's page may hold on to."""
    plain = signed_in(school.app)
    left = send(plain, "/dang-xuat", "/")
    assert (left.status_code, left.headers.get("Clear-Site-Data")) == (303, None), "no browser hears it there"
    base = "https://localhost"
    over = school.app.test_client()
    token = csrf(over.get("/dang-nhap", base_url=base).text)
    fields = {"login": LOGIN, "password": PASSWORD, "csrf_token": token}
    over.post("/dang-nhap", data=fields, base_url=base, headers={"Referer": f"{base}/dang-nhap"})
    token = csrf(over.get("/", base_url=base).text)
    data, referer = {"csrf_token": token}, {"Referer": f"{base}/"}
    left = over.post("/dang-xuat", data=data, base_url=base, headers=referer)
    assert (left.status_code, left.headers.get("Clear-Site-Data")) == (303, '"cache"')


def test_a_token_in_the_clear_is_refused_where_there_is_tls(school: School) -> None:
    path = f"/api/1/schools/{SCHOOL}/rates?from=2026-01-01&to=2026-01-31"
    token = {"Authorization": f"Bearer {tokens.add_token(school.ctx, SCHOOL, 'trang tin')}"}
    far = {"REMOTE_ADDR": "10.0.0.9"}

    def ask(base: str, headers: dict[str, str], **environ: str) -> tuple[int, str]:
        client = school.app.test_client()
        answer = client.get(path, base_url=base, headers=headers, environ_overrides=environ)
        return answer.status_code, answer.json.get("message", "") if answer.json else ""

    assert ask("http://10.0.0.5:8080", token, **far)[0] == 200, "there is no TLS"
    school.app.config["TLS_PORT"] = 8443
    status, said = ask("http://10.0.0.5:8080", token, **far)
    assert status == 403
    assert "Ask https://10.0.0.5:8443 instead" in said and "hailong token revoke" in said
    assert ask("http://10.0.0.5:8080", {}, **far)[0] == 401
    assert ask("http://127.0.0.1:8080", token)[0] == 200, "from this very machine, on no line"
    assert ask("https://10.0.0.5:8443", token, **far)[0] == 200


def test_a_public_address_of_tls_takes_parents_too_if_it_leads_here(public: School) -> None:
    assert [leads(public, path) for path in (*STAFFS, *PARENTS)] == [
        f"{PUBLIC}{p}" for p in (*STAFFS, *PARENTS)
    ]
    assert {leads(public, path) for path in OPEN} == {None}
    for answer in ("unasked", "none", "other"):
        public.ctx.site.opened = Opened(answer)  # type: ignore[arg-type]
        assert leads(public, "/q/ban-1") is None
        assert leads(public, "/dang-nhap") == "https://10.0.0.5:8443/dang-nhap"


def test_behind_a_proxy_nobody_runs_in_circles(public: School) -> None:
    host = "hailong.example.vn"
    assert leads(public, "/dang-nhap", host) is None, "a proxy that says nothing of TLS"
    assert leads(public, "/dang-nhap", host, X_Forwarded_Proto="http") == f"{PUBLIC}/dang-nhap"
    assert leads(public, "/dang-nhap", "10.0.0.5") == f"{PUBLIC}/dang-nhap"
    told = create_app(make_context(public.data, secure_cookies=True))
    told.config["TLS_PORT"] = 8443
    assert leads(public._replace(app=told), "/dang-nhap") is None, (
        "secure_cookies says that a proxy brings TLS"
    )
