"""Pages and the embedded broker over TLS, as `hailong tls make` and `hailong serve` set them up."""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.services.devices import claims
from server.settings import Settings
from server.wiring.contexts import build
from survey_defs import claim
from tests.support.claiming import Comer
from tests.support.commands import hailong, run_hailong
from tests.support.device import Device, event
from tests.support.server import ServerProcess
from tests.support.store import make_school


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    data = tmp_path_factory.mktemp("tls") / "data"
    make_school(data)
    made = hailong("tls", "make", "--name", "127.0.0.1", "--json", "--data", data)
    assert made["new_authority"] is True
    with ServerProcess(data) as running:
        yield running


def trusting(server: ServerProcess) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.data / "tls" / "ca.pem"))


def code_of(server: ServerProcess, device: str) -> str:
    ctx = build(Settings(data=str(server.data)))
    code = claims.make(ctx, device).code
    ctx.store.close()
    return code


def enrol(server: ServerProcess, device: str, certificate: str) -> tuple[dict[str, str], str]:
    """The terms and the password of a device that enrols over TLS."""

    def post(body: bytes) -> bytes:
        request = urllib.request.Request(server.secure_url + claim.PATH, body, method="POST")
        with urllib.request.urlopen(request, timeout=10, context=trusting(server)) as answer:
            return bytes(answer.read())

    return Comer(code_of(server, device), certificate).come_in(post)


def test_a_device_enrols_over_tls_and_delivers_over_tls(server: ServerProcess) -> None:
    terms, password = enrol(server, "k1", "")
    assert terms["broker"] == f"mqtts://127.0.0.1:{server.mqtt_tls_port}"
    context = ssl.create_default_context(cadata=terms["ca"])
    device = Device(server.mqtt_tls_port, "k1", password, tls=context).listen()
    first = event(1)
    device.send(first)
    assert device.outcome(first["id"]) == {first["id"]: "accepted"}
    device.close()
    assert "mqtts://" in server.words()
    assert "https://" in server.words()


def test_the_certificate_that_was_shown_is_part_of_the_proof(server: ServerProcess) -> None:
    line = ssl.create_default_context()
    line.check_hostname, line.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", server.tls_port)) as plain,
        line.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped,
    ):
        der = wrapped.getpeercert(binary_form=True)
    assert der is not None
    shown = hashlib.sha256(der).hexdigest()
    assert enrol(server, "k2", shown)[0]["device"] == "k2"
    with pytest.raises(urllib.error.HTTPError) as caught:
        enrol(server, "k2", "0" * 64)
    assert json.loads(caught.value.read())["code"] == "certificate-mismatch"


def test_a_client_that_stays_silent_keeps_nobody_waiting(server: ServerProcess) -> None:
    silent = [socket.create_connection(("127.0.0.1", server.tls_port)) for _ in range(3)]
    with urllib.request.urlopen(f"{server.secure_url}/healthz", timeout=5, context=trusting(server)) as page:
        assert page.status == 200
    for each in silent:
        each.close()


def test_a_client_of_the_wrong_kind_harms_nobody_and_is_not_named(server: ServerProcess) -> None:
    for port in (server.tls_port, server.mqtt_tls_port):
        with socket.create_connection(("127.0.0.1", port)) as rude:
            rude.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            rude.settimeout(5)
            rude.recv(100)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{server.secure_url}/healthz", timeout=5)  # nobody it knows vouches for it
    assert "Traceback" not in server.words()
    assert server.health() == 200


class _Stays(urllib.request.HTTPRedirectHandler):
    """Shows where a page leads, and does not go there."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def asked(server: ServerProcess, url: str, **headers: str) -> tuple[int, str, str]:
    """Status, where it leads, the cookies that it sets."""
    opener = urllib.request.build_opener(_Stays, urllib.request.HTTPSHandler(context=trusting(server)))
    try:
        answer = opener.open(urllib.request.Request(url, headers=headers), timeout=10)
    except urllib.error.HTTPError as error:
        answer = error  # type: ignore[assignment]
    with answer:
        return answer.status, answer.headers.get("Location", ""), answer.headers.get("Set-Cookie", "")


def test_the_staffs_pages_are_to_be_had_over_tls_alone(server: ServerProcess) -> None:
    for path in ("/", "/dang-nhap", "/phan-anh?tim=1"):
        assert asked(server, server.url + path) == (303, server.secure_url + path, "")
    for path in ("/tra-cuu", "/healthz", "/metrics", "/static/app.css", "/api/1/openapi.json"):
        assert asked(server, server.url + path) == (200, "", "")
    status, _, cookie = asked(server, f"{server.secure_url}/dang-nhap")
    assert status == 200
    assert cookie.startswith("__Host-hailong=")
    assert cookie.endswith("; Secure; HttpOnly; Path=/; SameSite=Strict")


def test_made_again_the_authority_stays_unless_a_new_one_is_asked_for(tmp_path: Path) -> None:
    hailong("school", "add", "mau", "--name", "Trường THCS Mẫu", "--data", tmp_path)

    def make(*options: str) -> tuple[bool, str, str]:
        said = hailong("tls", "make", "--json", "--data", tmp_path, *options)
        folder = Path(said["folder"])
        return said["new_authority"], (folder / "ca.pem").read_text(), (folder / "server.pem").read_text()

    first, again, new = make(), make("--name", "may-chu.truong.vn"), make("--new-authority")
    assert [each[0] for each in (first, again, new)] == [True, False, True]
    assert first[1] == again[1] != new[1]
    assert first[2] != again[2]
    (tmp_path / "tls" / "ca.key").write_text("no key")
    assert "hailong tls make" in run_hailong("tls", "make", "--data", tmp_path).stderr
    assert "neither" in run_hailong("tls", "make", "--name", "không hợp lệ", "--data", tmp_path).stderr
