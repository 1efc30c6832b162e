"""Who may call what: every route, sessions, tokens of forms, limits, headers, secrets."""

import re
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from server.domain.problems import Problem
from server.services.access import passwords, people
from server.services.access.session_key import secret_key
from server.services.context import Context
from server.transport.http.security import access
from server.transport.http.security.access import Access
from server.transport.http.security.limiting import WRONG
from server.wiring.pages import create_app
from tests.support.pages import csrf, signed_in, try_login
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Clock, add_school, make_context

OPEN_ROUTES = {
    "/dang-nhap": Access.PUBLIC,
    "/tra-cuu": Access.PUBLIC,
    "/tra-cuu/xoa": Access.PUBLIC,
    "/q/<point>": Access.PUBLIC,
    "/q/<point>/<slip>": Access.PUBLIC,
    "/q/<point>/gop-y": Access.PUBLIC,
    "/healthz": Access.PUBLIC,
    "/metrics": Access.PUBLIC,
    "/static/<path:filename>": Access.PUBLIC,
    "/api/1/openapi.json": Access.PUBLIC,
    "/api/1/enrol": Access.PUBLIC,
    "/api/1/schools/<school>/rates": Access.TOKEN,
}
"""All that anybody may call, or a program with its token; everything else is the staff's."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    context = make_context(tmp_path, clock)
    add_school(context)
    yield context
    context.store.close()


@pytest.fixture
def app(ctx: Context) -> Flask:
    return create_app(ctx)


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    declared = {rule.rule: access.declared(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert {rule: who for rule, who in declared.items() if who is not Access.STAFF} == OPEN_ROUTES


def test_an_app_with_a_silent_route_does_not_start(app: Flask, ctx: Context) -> None:
    app.view_functions["pages.data_page"] = lambda: "anybody"
    with pytest.raises(RuntimeError, match="/so-lieu"):
        access.install(app, ctx)


def test_staff_pages_send_a_stranger_to_the_login(app: Flask) -> None:
    client = app.test_client()
    staff = [rule for rule in app.url_map.iter_rules() if rule.rule not in OPEN_ROUTES]
    assert len(staff) > 30
    for rule in staff:
        address = re.sub(r"<[^>]+>", "2026-1", re.sub(r"<int:[^>]+>", "1", rule.rule))
        if "GET" in (rule.methods or ()):
            response = client.get(address)
            assert response.status_code == 303, address
            assert response.headers["Location"].startswith("/dang-nhap")
            assert "Trường THCS" not in response.text
            assert client.get(address, headers={"X-Requested-With": "fetch"}).status_code == 401
        assert client.post(address).status_code in (400, 401, 405), address


def test_a_school_sees_only_itself(app: Flask, ctx: Context) -> None:
    add_school(ctx, "khac", "Trường THCS Khác")
    other = signed_in(app, f"{LOGIN}-khac")
    assert "Trường THCS Khác" in other.get("/").text
    assert "Trường THCS Mẫu" not in other.get("/").text


def test_login_and_logout(app: Flask) -> None:
    client = signed_in(app)
    page = client.get("/")
    assert page.status_code == 200
    assert client.get("/dang-nhap").status_code == 303
    assert client.post("/dang-xuat").status_code == 400
    assert client.get("/").status_code == 200
    assert client.post("/dang-xuat", data={"csrf_token": csrf(page.text)}).status_code == 303
    assert client.get("/").status_code == 303


KEYBOARDS = {
    "one sign for a letter": "mật khẩu rất dài",
    "a sign for each mark": unicodedata.normalize("NFD", "mật khẩu rất dài"),
    "a sign for the tone": "mâ\u0323t khâ\u0309u râ\u0301t da\u0300i",
}


@pytest.mark.parametrize("kept", KEYBOARDS.values(), ids=KEYBOARDS)
@pytest.mark.parametrize("typed", KEYBOARDS.values(), ids=KEYBOARDS)
def test_a_password_is_the_same_on_every_keyboard(app: Flask, ctx: Context, kept: str, typed: str) -> None:
    people.set_password(ctx, LOGIN, kept)
    assert try_login(app.test_client(), password=typed).status_code == 303
    with ctx.write() as work:  # as it was kept before passwords were in NFC
        old = passwords._hasher.hash(kept)
        work.sql.user_set_password(login=LOGIN, password_hash=old)
    assert try_login(app.test_client(), password=typed).status_code == 303
    assert try_login(app.test_client(), password=typed[:-1]).status_code == WRONG


def test_what_is_wrong_is_not_told_apart(app: Flask, ctx: Context) -> None:
    people.add_user(ctx, "da-nghi", "staff", SCHOOL, PASSWORD)
    people.disable_user(ctx, "da-nghi")
    pages = set()
    for login, password in ((LOGIN, "sai-mat-khau-roi"), ("khong-co-ai", PASSWORD), ("da-nghi", PASSWORD)):
        response = try_login(app.test_client(), login, password)
        assert response.status_code == 422
        pages.add(re.sub(r'value="[^"]*"', "", response.text))
    assert len(pages) == 1
    assert try_login(app.test_client(), LOGIN, "x" * 5000).status_code == 422


def test_a_form_needs_its_token(app: Flask) -> None:
    response = app.test_client().post("/dang-nhap", data={"login": LOGIN, "password": PASSWORD})
    assert response.status_code == 400
    assert "Xin xem lại rồi gửi lần nữa" in response.text


def test_a_session_ends_after_twelve_hours_however_often_it_is_used(app: Flask, clock: Clock) -> None:
    client = signed_in(app)
    for _ in range(11):
        clock.ms += 3_600_000
        assert client.get("/").status_code == 200
    clock.ms += 3_600_000
    assert client.get("/").status_code == 303


def test_a_session_ends_with_its_password_and_its_account(app: Flask, ctx: Context) -> None:
    client = signed_in(app)
    people.set_password(ctx, LOGIN, "mat-khau-moi-day")
    assert client.get("/").status_code == 303
    assert try_login(client, LOGIN, "mat-khau-moi-day").status_code == 303
    people.disable_user(ctx, LOGIN)
    assert client.get("/").status_code == 303


def test_a_forged_session_opens_nothing(app: Flask) -> None:
    client = app.test_client()
    for forged in ("eyJfdXNlcl9pZCI6InBoby1oaWV1LXRydW9uZyJ9.aaaa.bbbb", "A" * 43, "A" * 500, "", LOGIN):
        client.set_cookie("hailong", forged)
        assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    ("target", "led_to"),
    [
        ("/thiet-bi", "/thiet-bi"),
        ("/?ky=2026-Q1", "/?ky=2026-Q1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
    ],
)
def test_nobody_is_led_elsewhere(app: Flask, target: str, led_to: str) -> None:
    assert try_login(app.test_client(), tiep=target).headers["Location"] == led_to


@pytest.mark.parametrize(
    "address", ["/dang-nhap", "/", "/khong-co", "/healthz", "/static/app.css", "/api/1/x"]
)
def test_headers_of_every_answer(app: Flask, address: str) -> None:
    headers = app.test_client().get(address).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_are_kept_by_no_cache(app: Flask) -> None:
    assert signed_in(app).get("/").headers["Cache-Control"] == "no-store"


def test_cookies_are_strict(ctx: Context, tmp_path: Path) -> None:
    cookie = try_login(create_app(ctx).test_client()).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    safe = make_context(tmp_path / "safe", secure_cookies=True)
    add_school(safe)
    client = create_app(safe).test_client()
    token = csrf(client.get("/dang-nhap", base_url="https://localhost").text)
    response = client.post(
        "/dang-nhap",
        data={"login": LOGIN, "password": PASSWORD, "csrf_token": token},
        base_url="https://localhost",
        headers={"Referer": "https://localhost/dang-nhap"},
    )
    assert "Secure" in response.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in response.headers


def test_no_page_carries_inline_code_or_style(app: Flask) -> None:
    client = signed_in(app)
    for address in ("/", "/thiet-bi", "/so-lieu", "/bao-cao", "/khong-co"):
        html = client.get(address).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html), address
        assert not re.search(r'(?:src|href)="(?:https?:)?//', html), address


def test_the_key_is_minted_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    assert len(key) == 32
    assert secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "session.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["session.key"]
    (tmp_path / "session.key").write_bytes(b"short")
    with pytest.raises(Problem, match="damaged"):
        secret_key(tmp_path)


def test_language_is_chosen_and_kept(app: Flask) -> None:
    client = app.test_client()
    assert '<html lang="vi">' in client.get("/dang-nhap").text
    english = client.get("/dang-nhap?lang=en&tiep=/thiet-bi")
    assert '<html lang="en">' in english.text
    assert "Sign in" in client.get("/dang-nhap").text
    assert 'href="/dang-nhap?tiep=/thiet-bi&amp;lang=vi"' in english.text
    assert '<html lang="en">' in client.get("/dang-nhap?lang=xx").text
    assert "English" in client.get("/dang-nhap?lang=vi").text


def test_errors_speak_to_the_reader(app: Flask) -> None:
    client = signed_in(app)
    page = client.get("/khong-co-trang-nay")
    assert page.status_code == 404
    assert "Không có trang này" in page.text
    page = client.get("/?ky=hom-qua")
    assert page.status_code == 422
    assert "hom-qua" in page.text
    assert client.get("/?ky=<script>").text.count("<script>") == 0
    assert client.post("/khong-co").status_code in (400, 404)
    big = client.post("/dang-nhap", data={"login": "x" * 100_000})
    assert big.status_code in (400, 413)
    assert "Traceback" not in big.text


def test_a_crash_shows_no_trace_and_no_words_of_the_reader_are_logged(
    ctx: Context, capfd: pytest.CaptureFixture[str]
) -> None:
    app = create_app(ctx)

    @access.allow(Access.PUBLIC)
    def broken() -> str:
        raise ZeroDivisionError("something inside")

    app.view_functions["health.healthz"] = broken
    page = app.test_client().get("/healthz?bi-mat=1234")
    assert page.status_code == 500
    assert "something inside" not in page.text
    assert "ZeroDivisionError" not in page.text
    assert "Số liệu vẫn được giữ" in page.text
    assert "1234" not in "".join(capfd.readouterr())


def test_what_breaks_under_the_page_of_what_went_wrong_is_answered_and_not_repeated(
    ctx: Context, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(ctx)

    def no_template(*_: object) -> str:
        raise OSError("too many open files: bi-mat-1234")

    monkeypatch.setattr(app.jinja_env, "get_or_select_template", no_template)
    page = app.test_client().get("/dang-nhap?bi-mat=1234")
    assert page.status_code == 500
    assert "Số liệu vẫn được giữ" in page.text
    said = "".join(capfd.readouterr())
    assert "error=OSError" in said
    assert "1234" not in said + page.text
    assert "/dang-nhap" not in said


@pytest.mark.parametrize("host", ["a" * 64 + ".vn", "x..y", ".", "b" * 3000])
def test_a_host_that_is_none_is_a_bad_request_as_any_other(
    app: Flask, host: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for path in ("/dang-nhap", "/thiet-bi", "/api/1/x", "/static/app.css", "/bi-mat-1234"):
        answer = app.test_client().get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Yêu cầu không đọc được" in app.test_client().get("/dang-nhap", headers={"Host": host}).text
    assert "".join(capfd.readouterr()) == ""


def test_nothing_of_a_library_or_a_thread_is_written_down_but_where_it_failed() -> None:
    program = """
import logging, threading
from server.cli.logs import hear_failures, set_logging
set_logging()
hear_failures()
def fail():
    raise ValueError("bi-mat-1234")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
logging.getLogger("a.library").error("of bi-mat-%s", 1234)
try:
    fail()
except ValueError:
    logging.getLogger("a.library").exception("bi-mat-1234")
class Left:
    def __del__(self):
        fail()
Left()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    said = done.stdout + done.stderr
    assert said.count("error=ValueError") == 3
    assert said.count("library=a.library") == 2
    assert "bi-mat" not in said
    assert "Traceback" not in said
