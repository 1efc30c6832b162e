"""A box exchanges its claim code: with the real server over TLS, with strangers, through power cuts."""

from __future__ import annotations

import asyncio
import http.server
import json
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware import durable_json, enrol
from server.services.devices import claims
from server.settings import Settings
from server.wiring.contexts import build
from survey_defs import claim
from survey_defs.claim import PATH, ClaimError
from tests.support.box import run_box
from tests.support.certificates import certificate
from tests.support.claiming import new_run
from tests.support.commands import hailong
from tests.support.device import Device
from tests.support.enrolling import GOOD, REFUSED, Enrolling, enrolling
from tests.support.server import ServerProcess
from tests.support.store import make_school
from tests.support.whole_box import compile_firmware

ROOM = Path(__file__).parent / "on_device"
BOX = "hop-nut-1"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_firmware(tmp_path_factory.mktemp("firmware"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    data = tmp_path_factory.mktemp("enrol") / "data"
    make_school(data)
    hailong("device", "add", BOX, "--school", "mau", "--kind", "button", "--data", data)
    hailong("tls", "make", "--name", "127.0.0.1", "--data", data)
    with ServerProcess(data) as running:
        yield running


def code_of(server: ServerProcess) -> str:
    ctx = build(Settings(data=str(server.data)))
    code = claims.make(ctx, BOX).code
    ctx.store.close()
    return code


def exchanged(compiled: Path, *arguments: object) -> dict[str, Any]:
    """What a box makes of it, in 120 KB."""
    said = run_box(ROOM / "enrol_once.py", *arguments, path=[compiled]).stdout
    found: dict[str, Any] = json.loads(said)
    return found


def test_the_real_server_lets_a_box_in(server: ServerProcess, compiled: Path, tmp_path: Path) -> None:
    code, run = code_of(server), tmp_path / "run"
    url = server.secure_url
    first = exchanged(compiled, url, code.upper(), run)
    assert first["terms"]["device"] == BOX
    authority = tmp_path / "ca.pem"
    authority.write_text(first["terms"]["ca"])
    # The answer was lost, and it is asked again: with the authority of before, with one that is another's.
    other = certificate(tmp_path)[0]
    assert exchanged(compiled, url, code, run, authority)["password"] == first["password"]
    assert exchanged(compiled, url, code, run, other)["password"] == first["password"]
    assert exchanged(compiled, url, code, tmp_path / "2") == {"refused": "claim-used"}
    assert exchanged(compiled, url, "aaaaaaaaaa", tmp_path / "3") == {"refused": "claim-unknown"}
    trust = ssl.create_default_context(cafile=str(authority))
    Device(server.mqtt_tls_port, BOX, first["password"], tls=trust).listen().close()
    print(f"\nfree of 120 KB after an exchange over TLS: {first['free'] // 1024} KB")
    assert first["free"] > 40_000


@contextmanager
def in_between(server: ServerProcess, folder: Path) -> Iterator[str]:
    """Somebody with a certificate of their own, who passes everything on."""

    class Passing(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            request = urllib.request.Request(server.secure_url + PATH, body, method="POST")
            trust = ssl.create_default_context(cafile=str(server.data / "tls" / "ca.pem"))
            try:
                with urllib.request.urlopen(request, timeout=10, context=trust) as answer:
                    status, said = answer.status, answer.read()
            except urllib.error.HTTPError as error:
                status, said = error.code, error.read()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            pass

    cert, key = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with http.server.HTTPServer(("127.0.0.1", 0), Passing) as stranger:
        stranger.socket = context.wrap_socket(stranger.socket, server_side=True)
        thread = threading.Thread(target=stranger.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{stranger.server_address[1]}"
        stranger.shutdown()
        thread.join(5)


def test_whoever_stands_in_between_is_found_out(
    server: ServerProcess, compiled: Path, tmp_path: Path
) -> None:
    code, run = code_of(server), tmp_path / "run"
    with in_between(server, tmp_path) as url:
        assert exchanged(compiled, url, code, run) == {"refused": "certificate-mismatch"}
    assert exchanged(compiled, server.secure_url, code, run) == {"refused": "claim-withdrawn"}


def test_a_box_goes_on_where_the_server_was_started_again_in_between(
    server: ServerProcess, compiled: Path, tmp_path: Path
) -> None:
    """Its answer was lost too: what it proved before, it does not prove to another share."""
    code, run = code_of(server), tmp_path / "run"
    met = claim.new_run(code, "11" * 32) | {"met": "04" + "0" * 128}
    durable_json.write(str(run), met)
    assert exchanged(compiled, server.secure_url, code, run)["terms"]["device"] == BOX
    kept = durable_json.read(str(run))
    assert kept and kept["runs"] == 1 and kept["met"] != met["met"]


def asked(url: str, code: str = GOOD, timeout_s: int = 5) -> tuple[dict[str, Any], str]:
    return asyncio.run(enrol.exchange(url, code, new_run(code), lambda run: None, timeout_s=timeout_s))


@pytest.fixture(scope="module")
def little() -> Iterator[Enrolling]:
    with enrolling() as running:
        yield running


@pytest.mark.parametrize(("code", "problem"), [*REFUSED.items(), ("dddddddddv", "claim-unknown")])
def test_a_refusal_says_why(little: Enrolling, code: str, problem: str) -> None:
    with pytest.raises(ClaimError) as refused:
        asked(little.url, code)
    assert refused.value.code == problem


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\x01",
        b"HTTP/1.0 200 OK\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n<html>",
        b"SSH-2.0-server\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}",
        b'HTTP/1.0 200 OK\r\n\r\n{"v":2,"share":"04%s"}' % (b"0" * 128),
        b"HTTP/1.0 200 OK\r\nX: " + b"y" * 5000,
        b"HTTP/1.0 200 OK\r\n\r\n" + b" " * 30000,
    ],
    ids=range(11),
)
def test_nonsense_is_not_believed_and_takes_no_room(
    little: Enrolling, compiled: Path, tmp_path: Path, raw: bytes
) -> None:
    little.raw = raw
    try:
        with pytest.raises(ClaimError) as refused:
            asked(little.url)
        if len(raw) > 4000:
            box = exchanged(compiled, little.url, GOOD, tmp_path / "run")
            assert box == {"refused": "bad-answer"}
    finally:
        little.raw = None
    assert refused.value.code == "bad-answer"


def test_who_does_not_answer_is_not_waited_for_for_ever(compiled: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(OSError):
            asked(url, timeout_s=1)
        assert "unreached" in exchanged(compiled, url, GOOD, tmp_path / "run", "", "1")
    with pytest.raises(OSError):
        asked(url)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://192.168.1.10:8443", "https://192.168.1.10:8443"),
        (" HTTPS://Hailong.Truong.edu.vn/thiet-bi ", "https://hailong.truong.edu.vn:443"),
        ("192.168.1.10", "https://192.168.1.10:8443"),
        ("may-chu:9000", "https://may-chu:9000"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("", "bad-server"),
        ("https://", "bad-server"),
        ("ftp://192.168.1.10", "bad-server"),
        ("https://a b", "bad-server"),
        ("https://a:0", "bad-server"),
        ("https://a:99999", "bad-server"),
        ("https://a:8443x", "bad-server"),
        ("https://user@192.168.1.10", "bad-server"),
        ("http://192.168.1.10:8080", "enrol-insecure"),
    ],
)
def test_the_server_that_somebody_types(typed: str, meant: str) -> None:
    try:
        found = enrol.read_server(typed).spell()
    except ClaimError as error:
        found = error.code
    assert found == meant


def test_a_set_up_is_there_whole_or_not_at_all_at_any_cut(compiled: Path) -> None:
    said = run_box(ROOM / "cut_setup.py", heap="2M", path=[compiled], timeout_s=100).stdout
    found = [json.loads(line) for line in said.splitlines() if line.startswith("[")]
    print("\npower cut at " + ", ".join(f"{points} points of {kind}" for kind, points, *_ in found))
    print(f"presses looked for: {sum(each[2] for each in found)}")
    assert [each[3] for each in found] == [[]] * 4
    assert min(each[1] for each in found) >= 100
