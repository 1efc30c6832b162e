"""What a scanner from the Internet looks for first: methods, folders, versions, accounts, other origins."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.services.access import people, tokens
from server.services.context import Context
from server.services.devices import registry
from server.wiring.pages import create_app
from tests.support.pages import signed_in
from tests.support.reading import reading
from tests.support.seed import add_school, make_context

STATIC = Path(__file__).parents[3] / "server" / "static"
TEMPLATES = STATIC.parent / "templates"


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    context = make_context(tmp_path)
    add_school(context)
    yield context
    context.store.close()


@pytest.fixture
def app(ctx: Context) -> Flask:
    return create_app(ctx)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def addresses(app: Flask) -> set[str]:
    """Every route with something in its places."""
    rules = (rule.rule for rule in app.url_map.iter_rules())
    return {re.sub(r"<[^>]+>", "2026-1", re.sub(r"<int:[^>]+>", "1", rule)) for rule in rules}


def test_a_new_store_has_no_account_and_no_token(tmp_path: Path) -> None:
    fresh = make_context(tmp_path / "fresh")
    assert (
        people.users(reading(fresh)),
        tokens.tokens(reading(fresh)),
        registry.devices(reading(fresh)),
    ) == ([], [], [])
    fresh.store.close()


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_a_method_that_no_page_has_is_refused(app: Flask, client: FlaskClient, method: str) -> None:
    for address in addresses(app):
        answer = client.open(address, method=method, headers={"X-Secret": "echo-me"})
        assert answer.status_code == 405, (method, address)
        assert b"echo-me" not in answer.data


def test_only_reading_methods_read(app: Flask) -> None:
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    "address",
    [
        "/static/",
        "/static/.",
        "/static/../app.py",
        "/static/%2e%2e/settings.py",
        "/static/..%2f..%2fpyproject.toml",
        "/static//etc/passwd",
        "/.git/config",
        "/.env",
        "/hailong.db",
        "/session.key",
    ],
)
def test_neither_folders_nor_other_files_are_shown(client: FlaskClient, address: str) -> None:
    assert client.get(address, follow_redirects=True).status_code == 404


def test_every_answer_says_what_it_is_and_nothing_of_what_it_runs_on(app: Flask) -> None:
    client = signed_in(app)
    for address in addresses(app):
        answer = client.get(address, headers={"Origin": "https://evil.example"})
        kind = answer.headers["Content-Type"]
        assert not kind.startswith(("text/html", "text/plain")) or "charset=utf-8" in kind, address
        assert answer.headers["X-Content-Type-Options"] == "nosniff", address
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")], address
        assert not re.search(r"werkzeug|flask|cheroot|waitress|python/", str(answer.headers), re.I), address


def test_a_form_full_of_marks_holds_nobody_up(client: FlaskClient) -> None:
    """A stranger's half a megabyte of accents on one letter: in disorder they would be sorted for minutes."""
    marks = "a" + "\u0301" * 60_000 + "\u0323" * 60_000
    for address in ("/dang-nhap", "/tra-cuu"):
        answer = client.post(
            address, data={"login": marks, "code": marks}, content_type="multipart/form-data"
        )
        assert answer.status_code in (200, 400, 422)


def test_scripts_and_styles_go_out_as_such(client: FlaskClient) -> None:
    kinds = {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
    }
    for file in STATIC.iterdir():
        assert client.get(f"/static/{file.name}").headers["Content-Type"].startswith(kinds[file.suffix])


def test_a_password_is_typed_unseen_and_may_be_pasted_or_filled_in() -> None:
    fields = [
        field
        for page in TEMPLATES.rglob("*.html")
        for field in re.findall(r"<input[^>]*>", page.read_text(encoding="utf-8"))
        if re.search(r'name="(password|passphrase|own|again)"', field)
    ]
    assert fields
    assert all('type="password"' in field and "autocomplete=" in field for field in fields)
    assert not any("maxlength" in field for field in fields)
    scripts = "".join(file.read_text(encoding="utf-8") for file in STATIC.glob("*.js"))
    assert "paste" not in scripts


def test_scripts_write_no_text_of_others_as_html_and_hear_no_other_page() -> None:
    """What they put in as HTML is the answer of a page of ours, or stands in the script itself."""
    for file in STATIC.glob("*.js"):
        script = file.read_text(encoding="utf-8")
        assert not re.search(
            r"eval\(|new Function|document\.write|insertAdjacentHTML|outerHTML|postMessage", script
        )
        assert not re.search(r"localStorage|indexedDB|document\.cookie", script), file.name
        for written in re.findall(r"innerHTML = ([^;]+);", script):
            assert re.fullmatch(r"'[^']*'|other\.innerHTML", written), (file.name, written)
