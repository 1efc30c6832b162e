"""The web server itself: whose address it believes, and what it lays down of a form."""

import contextlib
import http.client
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask, request

from server.settings import BadSettings, read_settings
from server.transport.http.serving.server import Pages


def echo() -> Flask:
    app = Flask(__name__)

    @app.post("/")
    def who() -> str:
        files = [os.readlink(each) for each in Path("/proc/self/fd").iterdir() if each.exists()]
        laid_down = [name for name in files if "(deleted)" in name]
        return f"{request.remote_addr} {len(request.get_data())} {len(laid_down)}"

    return app


@contextmanager
def running(trusted_proxy: str = "") -> Iterator[int]:
    pages = Pages(echo(), "127.0.0.1", 0, trusted_proxy)
    pages.start()
    try:
        yield pages.port
    finally:
        pages.stop()


def post(port: int, body: bytes = b"x", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/", body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_only_the_proxy_that_is_trusted_says_who_asks() -> None:
    with running() as port:
        assert post(port, X_Forwarded_For="203.0.113.9")[1].startswith("127.0.0.1 ")
    with running("127.0.0.1") as port:
        assert post(port, X_Forwarded_For="203.0.113.9")[1].startswith("203.0.113.9 ")
        assert post(port)[1].startswith("127.0.0.1 ")


def test_no_form_is_laid_down_in_a_file() -> None:
    with running() as port:
        _, before = post(port)
        status, said = post(port, b"x" * 1_000_000)
        assert (status, said.split()[1]) == (200, "1000000")
        assert said.split()[2] == before.split()[2]
        with contextlib.suppress(ConnectionError):  # it may be refused before all of it was sent
            assert post(port, b"x" * 3_000_000)[0] == 413
        assert post(port)[0] == 200


@pytest.mark.parametrize("text", ["nginx", "127.0.0.1:80", "10.0.0.0/8"])
def test_a_proxy_is_named_by_its_address(text: str) -> None:
    with pytest.raises(BadSettings, match="trusted_proxy must be an address"):
        read_settings(None, {"HAILONG_TRUSTED_PROXY": text})


def test_a_settings_file_that_is_no_utf8_is_told(tmp_path: Path) -> None:
    file = tmp_path / "hailong.toml"
    file.write_bytes('lang = "việt"'.encode("utf-16"))
    with pytest.raises(BadSettings, match=r"hailong\.toml"):
        read_settings(file, {})
