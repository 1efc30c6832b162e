"""Who connects and says nothing, or too little, takes nobody's turn: on the pages' ports and the broker's."""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask

from server.services.devices import claims
from server.services.network.endpoints import Credentials
from server.settings import Settings
from server.transport.http.serving import waitress_server
from server.transport.http.serving.server import THREADS, Pages
from server.transport.mqtt.silent import GuardedListener
from server.transport.ports.connection_limits import BROKER, ENOUGH_FILES, PAGES, Room
from server.transport.ports.tls import server_context
from server.wiring.contexts import build
from survey_defs import claim
from tests.support.claiming import Comer
from tests.support.commands import hailong
from tests.support.device import Device, event
from tests.support.server import ServerProcess
from tests.support.silence import HALF_CONNECT, HALF_FORM, HALF_HEADER, HALF_HELLO, silent
from tests.support.store import make_school

SILENT = 500
LARGE = 30_000_000
"""More than both ends of a connection take in, and than waitress makes ready for who does not read."""
FEW_FILES = 512
"""What a server may have open that cannot hold all of them."""


@pytest.mark.parametrize("files", [None, FEW_FILES], ids=["files enough", "few files"])
def test_hundreds_who_say_nothing_keep_nobody_waiting(tmp_path: Path, files: int | None) -> None:
    data = tmp_path / "data"
    passwords = make_school(data)
    hailong("tls", "make", "--name", "127.0.0.1", "--data", data)
    trust = ssl.create_default_context(cafile=str(data / "tls" / "ca.pem"))
    with ServerProcess(data, files=files) as server, ExitStack() as held:
        low_numbers = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]

        def hold(port: int, count: int, *beginnings: bytes, tls: bool = False) -> None:
            held.enter_context(silent(port, count, *beginnings, tls=tls))

        hold(server.port, SILENT, b"", HALF_HEADER, HALF_FORM)
        hold(server.tls_port, SILENT - 50, b"", HALF_HELLO)
        hold(server.tls_port, 50, b"", HALF_HEADER, HALF_FORM, tls=True)
        hold(server.mqtt_port, SILENT // 2, b"", HALF_CONNECT)
        hold(server.mqtt_tls_port, SILENT // 2, b"", HALF_HELLO)
        for url in (server.url, server.secure_url):
            for path in ("/healthz", "/dang-nhap", "/static/app.css"):
                with urllib.request.urlopen(url + path, timeout=30, context=trust) as page:
                    assert page.status == 200
        enrol(server, trust)
        for number in low_numbers:  # the device's client waits by select(), which ends at the 1024th file
            os.close(number)
        for seq, (port, tls) in enumerate(((server.mqtt_port, None), (server.mqtt_tls_port, trust)), 1):
            device = Device(port, "k1", passwords["k1"], tls=tls).listen()
            one = event(seq)
            device.send(one)
            assert device.outcome(one["id"]) == {one["id"]: "accepted"}
            device.close()
        assert "Traceback" not in server.words()


def enrol(server: ServerProcess, trust: ssl.SSLContext) -> None:
    ctx = build(Settings(data=str(server.data)))
    code = claims.make(ctx, "k2").code
    ctx.store.close()

    def post(body: bytes) -> bytes:
        request = urllib.request.Request(server.secure_url + claim.PATH, body, method="POST")
        with urllib.request.urlopen(request, timeout=30, context=trust) as answer:
            return bytes(answer.read())

    terms, _ = Comer(code, "").come_in(post)
    assert terms["device"] == "k2"


class Door:
    """An app behind a port whose pages take as long as they are let."""

    def __init__(self, context: ssl.SSLContext | None, room: Room | None, proxy: str = "") -> None:
        self.go_on, self.began = threading.Event(), threading.Event()
        app = Flask(__name__)
        app.add_url_rule("/", "form", lambda: "taken", methods=["POST"])
        app.add_url_rule("/", "page", lambda: "here")
        app.add_url_rule("/large", "large", lambda: "x" * LARGE)

        @app.get("/slow")
        def slow() -> str:
            self.began.set()
            self.go_on.wait(30)
            return "slow"

        self.pages = Pages(app, "127.0.0.1", 0, proxy, context=context, room=room)
        self._tls = context is not None

    def line(self, address: str = "127.0.0.1") -> socket.socket:
        """A connection that has said nothing; over TLS after its handshake."""
        plain = socket.create_connection(("127.0.0.1", self.pages.port), 30, (address, 0))
        if not self._tls:
            return plain
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(plain)

    def ask(self, path: str = "/", address: str = "127.0.0.1") -> str:
        """A page, asked for by a connection of its own."""
        with self.line(address) as line:
            return ask(line, path)


def ask(line: socket.socket, path: str = "/") -> str:
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    answer = http.client.HTTPResponse(line)
    answer.begin()
    return answer.read().decode()


def is_ended(line: socket.socket) -> bool:
    """Whether the other side has ended the connection, waited for."""
    try:
        while line.recv(65536):
            continue
    except (ConnectionError, ssl.SSLError):
        return True
    except TimeoutError:
        return False
    return True


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    data = tmp_path_factory.mktemp("tls")
    make_school(data)
    hailong("tls", "make", "--name", "127.0.0.1", "--data", data)
    return server_context(Credentials(data / "tls" / "server.pem", data / "tls" / "server.key"))


@contextmanager
def door(context: ssl.SSLContext | None, room: Room | None = None, proxy: str = "") -> Iterator[Door]:
    made = Door(context, room, proxy)
    made.pages.start()
    try:
        yield made
    finally:
        made.go_on.set()
        made.pages.stop()
        assert not made.pages.is_alive


BOTH = pytest.mark.parametrize("over_tls", [False, True], ids=["plain", "tls"])


@BOTH
def test_no_worker_is_given_to_a_request_that_has_not_come(
    certificate: ssl.SSLContext, over_tls: bool
) -> None:
    with door(certificate if over_tls else None) as made, contextlib.ExitStack() as held:
        for begun in (b"", HALF_HEADER, HALF_FORM) * THREADS:
            line = held.enter_context(made.line())
            line.sendall(begun)
        assert made.ask() == "here"
        with made.line() as line:  # one that is slow and means it
            line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\na=")
            assert made.ask() == "here"
            line.sendall(b"bc")
            answer = http.client.HTTPResponse(line)
            answer.begin()
            assert answer.read() == b"taken"


@BOTH
def test_the_oldest_who_waits_makes_room_and_whoever_is_served_stays(
    certificate: ssl.SSLContext, over_tls: bool
) -> None:
    with (
        door(certificate if over_tls else None, Room(4, 3)) as made,
        made.line("127.0.0.2") as slow,
        made.line("127.0.0.3") as first,
        made.line("127.0.0.4") as second,
    ):
        slow.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert made.began.wait(30)
        third = made.line("127.0.0.5")
        assert made.ask(address="127.0.0.6") == "here"
        assert is_ended(first)
        second.settimeout(0.2)
        assert not is_ended(second)
        made.go_on.set()
        answer = http.client.HTTPResponse(slow)
        answer.begin()
        assert answer.read() == b"slow"
        third.close()


def test_a_network_drops_its_own_oldest_and_one_that_has_most_goes_before_others() -> None:
    with door(None, Room(5, 3)) as made:
        honest = made.line("127.0.0.9")
        crowd = [made.line("127.0.0.2") for _ in range(4)]
        assert is_ended(crowd[0])
        other = [made.line("127.0.0.3") for _ in range(2)]
        assert is_ended(crowd[1])
        assert ask(honest) == "here"
        for line in (honest, *crowd, *other):
            line.close()


def test_behind_a_reverse_proxy_all_are_one_network_without_a_share() -> None:
    with door(None, Room(6, 2), "127.0.0.1") as made:
        lines = [made.line() for _ in range(6)]
        assert [ask(line) for line in lines] == ["here"] * 6
        for line in lines:
            line.close()


@BOTH
def test_who_is_slow_on_purpose_is_let_go(
    certificate: ssl.SSLContext, over_tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("BEGIN_WITHIN_S", "REQUEST_WITHIN_S", "KEEP_OPEN_S", "TAKE_WITHIN_S"):
        monkeypatch.setattr(waitress_server, limit, 2.0)
    monkeypatch.setattr(waitress_server, "_LOOK_EVERY_S", 0.1)
    with door(certificate if over_tls else None) as made, contextlib.ExitStack() as held:
        lines = {}

        def begin(name: str, said: bytes) -> None:
            lines[name] = held.enter_context(made.line())
            lines[name].sendall(said)

        begin("kept", b"")
        assert ask(lines["kept"]) == "here"
        begin("silent", b"")
        begin("form", HALF_FORM)
        begin("greedy", b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        begin("head", HALF_HEADER)
        stop = threading.Event()

        def drip() -> None:
            with contextlib.suppress(OSError):
                while not stop.wait(0.05):
                    lines["head"].sendall(b"a")

        dripping = threading.Thread(target=drip)
        dripping.start()
        ended = {name: is_ended(line) for name, line in lines.items() if name not in ("head", "greedy")}
        dripping.join(30)
        assert not dripping.is_alive()
        stop.set()
        assert ended == {"silent": True, "form": True, "kept": True}
        deadline = time.monotonic() + 30
        while made.pages.connections:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        taken = 0
        with contextlib.suppress(OSError):
            while some := lines["greedy"].recv(65536):
                taken += len(some)
        assert taken < 2 * LARGE, "what it did not take in time is not kept for it"
        assert made.ask() == "here"


def test_a_handshake_that_does_not_come_is_let_go(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waitress_server, "BEGIN_WITHIN_S", 0.3)
    with door(certificate) as made:
        for begun in (b"", HALF_HELLO, b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 2000):
            with socket.create_connection(("127.0.0.1", made.pages.port), 30) as line:
                line.sendall(begun)
                assert is_ended(line)
        assert made.ask() == "here"


def test_forms_that_do_not_end_are_not_held_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waitress_server, "MAX_HELD_BYTES", 300_000)
    monkeypatch.setattr(waitress_server, "_LOOK_EVERY_S", 0.1)
    with door(None) as made:
        small = made.line()
        small.sendall(HALF_FORM)
        large = [made.line() for _ in range(4)]
        for line in large:
            line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n" + b"x" * 100_000)
        ended, _, _ = select.select(large, [], [], 30)
        assert is_ended(ended[0])
        small.settimeout(0.3)
        assert not is_ended(small)
        for line in (small, *large):
            line.close()


@BOTH
def test_a_large_form_and_a_large_page_arrive_whole(certificate: ssl.SSLContext, over_tls: bool) -> None:
    with door(certificate if over_tls else None) as made, made.line() as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert answer.read() == b"taken"
        assert len(ask(line, "/large")) == LARGE
        assert ask(line) == "here"


def test_all_ports_together_stay_below_the_limit_of_files() -> None:
    for files in (64, 256, 512, ENOUGH_FILES, 100_000):
        rooms = [PAGES.within(files), PAGES.within(files), BROKER.within(files), BROKER.within(files)]
        assert sum(room.connections for room in rooms) < min(files, ENOUGH_FILES)
        assert all(0 < room.of_a_network <= room.connections for room in rooms)


def test_the_broker_holds_so_many_who_have_not_said_who_they_are() -> None:
    plain = socket.create_server(("127.0.0.1", 0))
    listener = GuardedListener(plain, Room(3, 2))
    listener.setblocking(True)
    try:
        address = listener.getsockname()
        clients, accepted = [], []
        for source in ("127.0.0.2", "127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.4"):
            clients.append(socket.create_connection(address, 5, (source, 0)))
            accepted.append(listener.accept())
            if len(accepted) == 2:
                listener.heard(accepted[1][1])
        assert is_ended(clients[0])
        clients[1].settimeout(0.1)
        assert not is_ended(clients[1])
        for line, _ in accepted:
            line.close()
        for client in clients:
            client.close()
    finally:
        listener.close()
