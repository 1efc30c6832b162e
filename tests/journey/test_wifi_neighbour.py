"""Somebody on the school's Wi-Fi, a whole morning: hears all, speaks with everything, gets nothing.

The neighbour has no password, no code and no place on a machine of the school. All doors are open to them.
"""

from __future__ import annotations

import json
import socket
import sqlite3
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from click.testing import CliRunner

from kiosk.cli import kiosk
from kiosk.device.identity import kept_identity
from survey_defs import claim
from tests.support import raw_mqtt
from tests.support.claim_server import Door, certificate
from tests.support.claiming import Comer
from tests.support.commands import hailong, run_hailong
from tests.support.server import ServerProcess
from tests.support.tap import Tap

SCHOOL, DEVICE, LOGIN, PASSWORD = "mau", "kiosk-quay-1", "pho-hieu-truong", "mot-mat-khau-dai"
ANYBODY = ssl._create_unverified_context()
SILENT = 150
REFUSED = (4, 5)
"""MQTT's words for who may not come in."""


def test_the_wifi_neighbour_hears_nothing_opens_nothing_and_stops_nobody(tmp_path: Path) -> None:
    data, own = tmp_path / "data", tmp_path / "kiosk"
    hailong("school", "add", SCHOOL, "--name", "Trường THCS Mẫu", "--data", data)
    add_user = ("user", "add", LOGIN, "--role", "deputy", "--school", SCHOOL, "--password-stdin")
    hailong(*add_user, "--data", data, stdin=PASSWORD)
    hailong("tls", "make", "--name", "127.0.0.1", "--data", data)
    add = ("device", "add", DEVICE, "--school", SCHOOL, "--kind", "kiosk", "--claim", "--json")
    code = hailong(*add, "--data", data)["claim"]

    with ServerProcess(data) as server, Tap(server.tls_port) as door, Tap(server.mqtt_tls_port) as line:
        # The technician types the address and the code into the new kiosk. The neighbour stands in between,
        # shows a certificate of their own and passes on what is said: the proof is about that certificate.
        theirs = certificate(tmp_path, "neighbour")
        with Door(lambda body: post(server, body), theirs) as between:
            done = enrol(own, between.url, code)
            assert done != 0 and kept_identity(own) is None
            assert between.asked, "the neighbour has seen the whole exchange"
            seen = b"".join(between.asked).lower()
            assert code.lower().encode() not in seen and code.replace("-", "").lower().encode() not in seen
        assert refusal(server, code) == "claim-withdrawn", "whoever was seen in between has spoilt the code"

        # With a new code, and the neighbour only listening, the kiosk comes in and delivers what is touched.
        code = hailong("device", "claim", DEVICE, "--json", "--data", data)["claim"]
        assert enrol(own, f"https://127.0.0.1:{door.port}", code) == 0
        identity = kept_identity(own)
        assert identity is not None and identity.broker.startswith("mqtts://")
        (own / "device.json").write_text(
            (own / "device.json").read_text().replace(f":{server.mqtt_tls_port}", f":{line.port}")
        )
        assert visit(own, 3) == 0
        heard = (door.heard + line.heard).lower()
        for secret in (code, code.replace("-", ""), identity.password, "answers", "hailong/1/", SCHOOL + "/"):
            assert secret.lower().encode() not in heard

        # They try codes of their own at the door, and are told to wait long before any can be found.
        said = {refusal(server, guess) for guess in guesses(30)}
        assert "too-many-tries" in said and said <= {"too-many-tries", "claim-unknown", "claim-wrong"}

        # They speak with the broker under every name that they may have seen somewhere, the server's too.
        for user in (DEVICE, "hailong-server", "admin", LOGIN, "", None):
            for password in (None, "", DEVICE, PASSWORD):
                assert connack(server, user, password) in REFUSED

        # They wait at the plain port: the staff are led away from it before anybody types a password.
        for path in ("/", "/dang-nhap", "/phan-anh", "/khoa"):
            assert location(f"{server.url}{path}").startswith(server.secure_url)
        form = f"login={LOGIN}&password={PASSWORD}".encode()
        assert "set-cookie" not in headers(f"{server.url}/dang-nhap", form)

        # They hold every port with connections that say nothing, and the kiosk goes on all the same.
        ports = (server.port, server.tls_port, server.mqtt_port, server.mqtt_tls_port)
        with silent(ports):
            assert server.health() == 200
            assert visit(own, 2) == 0

    with closing(sqlite3.connect(data / "hailong.db")) as store:
        answers = store.execute("SELECT device, COUNT(*) FROM answers GROUP BY device").fetchall()
        assert answers == [(DEVICE, 5)], "all that visitors gave, and nothing of anybody else's"
        assert store.execute("SELECT COUNT(*) FROM sessions").fetchone() == (0,)
    words = server.words()
    assert code.lower() not in words.lower() and identity.password not in words and PASSWORD not in words


def enrol(own: Path, address: str, code: str) -> int:
    """What the technician does at the kiosk; its exit status."""
    return run_hailong("kiosk", "enrol", "--server", address, "--data", own, stdin=f"{code}\n").returncode


def visit(own: Path, count: int) -> int:
    """Visitors touch faces, and the kiosk goes on until all is receipted."""
    done = CliRunner().invoke(
        kiosk, ["--data", str(own), "--simulate", str(count), "--pace", "0", "--seed", "1"]
    )
    return done.exit_code


def post(server: ServerProcess, body: bytes) -> bytes:
    """Hand a request on to the real door."""
    request = urllib.request.Request(
        server.secure_url + claim.PATH, body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, context=ANYBODY, timeout=20) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.read()


def refusal(server: ServerProcess, code: str) -> str:
    """What the door says to who comes with that code and is no device of the school."""
    comer = Comer(claim.read_code(code) or code)
    said = post(server, comer.hello())
    if "code" not in json.loads(said):
        said = post(server, comer.proof(said))
    return str(json.loads(said).get("code", "let in"))


def guesses(count: int) -> Iterator[str]:
    """Codes that could be ones."""
    for number in range(count):
        yield claim.make_code(bytes((number * 7 + place) % 256 for place in range(claim.DRAWN_BYTES)))


def connack(server: ServerProcess, user: str | None, password: str | None) -> int:
    """What the broker answers to a name and a password."""
    with socket.create_connection(("127.0.0.1", server.mqtt_port), timeout=10) as line:
        line.sendall(raw_mqtt.connect(user, password, client=user or "somebody"))
        said = line.recv(4)
        return said[3] if len(said) == 4 else REFUSED[0]  # closed without a word


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _open(url: str, form: bytes | None = None) -> dict[str, str]:
    try:
        with urllib.request.build_opener(_Stay).open(url, form, timeout=20) as answer:
            return {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        return {name.lower(): value for name, value in error.headers.items()}


def location(url: str) -> str:
    """Where a page leads on to; '' where it does not."""
    return _open(url).get("location", "")


def headers(url: str, form: bytes) -> dict[str, str]:
    """Of the answer to a form."""
    return _open(url, form)


@contextmanager
def silent(ports: tuple[int, ...]) -> Iterator[None]:
    """Connections to each port that say nothing, or half a word."""
    with ExitStack() as stack:
        for number in range(SILENT):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", ports[number % len(ports)])))
            if number % 3 == 0:
                line.sendall(b"\x16\x03")
        yield
