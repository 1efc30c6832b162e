"""The address that is printed, shown and sent: whether the server answers there, and what is said if not."""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from server.domain.network.addresses import Answer, Opened, Reach, is_unproven, reach
from server.domain.problems import Problem
from server.reports.devices.point_papers import poster_paper, slips_paper
from server.services.context import Context
from server.services.devices import claims, points, registry
from server.services.devices.complaint_terms import terms
from server.services.devices.config_payloads import DeviceMessages
from server.services.keys import custody
from server.services.network import certificates, endpoints, public_address
from server.services.network.lan import lan_address
from server.services.upkeep.doctor import examine
from server.settings import BadSettings, read_settings
from server.storage.locks import IN_USE, Lock
from server.transport.background.address_check import look
from server.transport.http.serving.server import Pages
from server.transport.mqtt.embedded import EmbeddedBroker, Secure
from server.transport.ports.tls import LiveTls
from server.wiring.pages import create_app
from tests.support.commands import hailong, run_hailong
from tests.support.pages import csrf, signed_in
from tests.support.ports import free_port
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, add_school, make_context
from tests.support.server import ServerProcess

LAN = lan_address()


@pytest.mark.parametrize(
    ("address", "answer", "own", "who"),
    [
        ("http://192.168.1.20:8080", "unasked", False, "network"),
        ("http://192.168.1.20:8080", "ours", False, "network"),  # a proxy on another machine
        ("http://192.168.1.20:8080", "none", False, "nobody"),  # an address that the router gave to another
        ("http://192.168.1.20:8080", "other", True, "nobody"),  # another port of this machine
        ("http://192.0.2.2:8080", "unasked", False, "nobody"),
        ("http://192.0.2.2:8080", "ours", True, "network"),
        ("http://0.0.0.0:8080", "ours", True, "nobody"),
        ("http://127.0.0.1:8080", "none", True, "nobody"),
        ("http://127.0.0.1:8080", "ours", True, "machine"),
        ("https://hailong.example.vn", "none", False, "anywhere"),
        ("https://hailong.example.vn", "none", True, "nobody"),
        ("https://8.8.8.8", "other", False, "anywhere"),  # the router's own page, seen from inside
    ],
)
def test_who_gets_there_after_all_that_was_seen(address: str, answer: Answer, own: bool, who: Reach) -> None:
    assert reach(address, Opened(answer, own)) == who


def test_a_failure_of_the_way_from_here_is_no_verdict() -> None:
    assert is_unproven("https://hailong.example.vn", Opened("none"))
    assert not is_unproven("https://hailong.example.vn", Opened("ours"))
    assert not is_unproven("http://192.168.1.20", Opened("none"))
    assert not is_unproven("https://hailong.example.vn", Opened())


class Foreign(http.server.BaseHTTPRequestHandler):
    """A page that is not ours; with `behind`, a proxy in front of ours."""

    behind = ""

    def do_GET(self) -> None:
        answer = urllib.request.urlopen(self.behind + self.path, timeout=5) if self.behind else None
        self.send_response(200)
        for name, value in answer.headers.items() if answer else ():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.read() if answer else b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def foreign(behind: str = "") -> Iterator[str]:
    handler = type("Handler", (Foreign,), {"behind": behind})
    server = http.server.ThreadingHTTPServer((LAN, 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{LAN}:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    context = make_context(tmp_path / "data", port=free_port())
    add_school(context)
    yield context
    context.store.close()


@contextmanager
def running(ctx: Context) -> Iterator[None]:
    """The pages on their port, and the data in use."""
    lock, pages = Lock(Path(ctx.settings.data) / IN_USE), Pages(create_app(ctx), "0.0.0.0", ctx.settings.port)
    assert lock.take(shared=True)
    pages.start()
    yield
    pages.stop()
    lock.release()


def at(ctx: Context, url: str) -> Context:
    """The same installation, told this address, which it has tried."""
    return tried(replaced(ctx, public_url=url))


def replaced(ctx: Context, **settings: object) -> Context:
    return Context(
        ctx.store, ctx.surveys, msgspec.structs.replace(ctx.settings, **settings), ctx.now, ctx.new_id
    )


def tried(ctx: Context) -> Context:
    look(ctx)
    return ctx


def test_the_server_opens_its_own_address(ctx: Context) -> None:
    with running(ctx):
        right = f"http://{LAN}:{ctx.settings.port}"
        assert at(ctx, right).site.opened == ("ours", True)
        assert at(ctx, f"http://{LAN}:{free_port()}").site.opened == ("none", True)
        assert at(ctx, f"https://{LAN}:{ctx.settings.port}").site.opened == ("none", True)
        with foreign() as other, foreign(right) as proxy:
            assert at(ctx, other).site.opened == ("other", True)
            assert at(ctx, proxy).site.opened == ("ours", True)
        assert at(ctx, "http://khong-co.invalid").site.opened == ("none", False)


def test_another_installation_is_not_this_one(ctx: Context, tmp_path: Path) -> None:
    second = make_context(tmp_path / "second")
    with running(ctx):
        lock = Lock(tmp_path / "second" / IN_USE)
        assert lock.take(shared=True)
        assert at(second, f"http://{LAN}:{ctx.settings.port}").site.opened == ("other", True)
        lock.release()
    second.store.close()


def test_without_a_server_the_settings_are_believed(ctx: Context) -> None:
    """A command may print before the server runs; what the settings contradict gets a word beside it."""
    assert public_address.printed(at(ctx, f"http://{LAN}:{ctx.settings.port}"))
    assert public_address.printed(at(ctx, "https://hailong.example.vn"))
    other = at(ctx, f"http://{LAN}:{free_port()}")
    assert public_address.printed(other)
    assert "could not open" in public_address.trouble(other)
    with pytest.raises(Problem, match="Nothing is printed with"):
        public_address.printed(at(ctx, "http://198.51.100.7:8080"))


def test_paper_is_refused_and_what_is_handed_over_is_marked(ctx: Context) -> None:
    """Every place that shows or sends the address, with one that nobody can open."""
    desk = points.add(ctx, "ban-1", SCHOOL, label="Bàn số 1")
    slip = points.add(ctx, "ban-2", SCHOOL, label="Bàn số 2", single_use=True)
    with running(ctx):
        wrong = at(ctx, f"https://{LAN}:{free_port()}")
        for paper in (
            lambda: poster_paper(wrong, desk, "a4", "pdf"),
            lambda: slips_paper(wrong, slip, ["abcd2345"], "docx"),
        ):
            with pytest.raises(Problem, match="Nothing is printed with"):
                paper()
        client = signed_in(create_app(wrong))
        assert client.get("/diem-khao-sat/ban-1/to-dan/a4.pdf").status_code == 409
        for page in ("/diem-khao-sat", "/diem-khao-sat/ban-1", "/diem-khao-sat/ban-2"):
            text = client.get(page).text
            assert "Hiện không ai mở được các mã này" in text
            assert f"http://{LAN}:{ctx.settings.port}" in text, "where it does run"
            assert "/to-dan/" not in text
        assert endpoints.enrol_server(wrong.settings, wrong.site.opened) == ""
        found = {each.check: each for each in examine(reading(wrong))}["address"]
        assert found.warns
        assert "public_url" in found.words
        right = at(ctx, f"http://{LAN}:{ctx.settings.port}")
        assert poster_paper(right, desk, "a4", "pdf").content.startswith(b"%PDF-")
        assert "Hiện không ai mở được" not in signed_in(create_app(right)).get("/diem-khao-sat").text


def test_an_address_that_was_not_proved_prints_with_a_word_beside_it(ctx: Context) -> None:
    desk = points.add(ctx, "ban-1", SCHOOL, label="Bàn số 1")
    with running(ctx):
        named = at(ctx, "https://hailong.khong-co.invalid")
        assert poster_paper(named, desk, "a4", "pdf").content.startswith(b"%PDF-")
        page = signed_in(create_app(named)).get("/diem-khao-sat/ban-1").text
        assert "lấy điện thoại dùng mạng di động quét thử" in page
        assert "/to-dan/" in page


@pytest.mark.parametrize(
    ("answer", "marked"), [(Opened("ours", True), "machine"), (Opened("none", True), "nobody")]
)
def test_devices_are_told_who_can_open_the_address(ctx: Context, answer: Opened, marked: str) -> None:
    points.add(ctx, "ban-1", SCHOOL, label="Bàn số 1")
    registry.add_device(ctx, "kiosk-1", SCHOOL, "kiosk")
    custody.make_key(ctx, SCHOOL, "complaints", LOGIN, PASSWORD)
    told = replaced(ctx, public_url="http://127.0.0.1:8080")
    told.site.opened = answer
    made = terms(reading(told), SCHOOL)
    assert made is not None
    assert made.reach == marked
    [message] = DeviceMessages(told).messages([registry.device(reading(told), "kiosk-1")]).values()
    sent = json.loads(message)
    assert sent["complaints"]["reach"] == marked
    assert sent["phone"] == "", "no phone could open it"
    everywhere = replaced(ctx, public_url="https://hailong.example.vn")
    [message] = DeviceMessages(everywhere).messages([registry.device(reading(told), "kiosk-1")]).values()
    sent = json.loads(message)
    assert sent["complaints"]["reach"] == "anywhere"
    assert sent["phone"] == "https://hailong.example.vn/q/ban-1"


def test_a_server_moved_to_another_port_prints_no_poster(tmp_path: Path) -> None:
    """As it was seen: the address said one port, `serve --port` another."""
    data, said = tmp_path / "data", free_port()
    env = {"HAILONG_PUBLIC_URL": f"http://127.0.0.1:{said}"}
    run_hailong("school", "add", "mau", "--name", "Trường THCS Mẫu", "--data", data)
    run_hailong("point", "add", "ban-1", "--school", "mau", "--label", "Bàn số 1", "--data", data)
    poster = ("point", "poster", "ban-1", "-o", tmp_path / "to-dan.pdf", "--data", data)
    with ServerProcess(data, env=env) as server:
        refused = run_hailong(*poster, env=env | {"HAILONG_PORT": str(said)})
        assert refused.returncode == 1
        assert re.fullmatch(r"Error: Nothing is printed with http://[\d.]+:\d+: .+\n", refused.stderr)
        assert not (tmp_path / "to-dan.pdf").exists()
        assert "public_url" in server.log.read_text(encoding="utf-8"), "who started it is told"
        # It listens on this machine's loopback alone, so that nobody else's phone gets there.
        abroad = run_hailong(*poster, env={"HAILONG_PUBLIC_URL": f"http://{LAN}:{server.port}"})
        assert abroad.returncode == 1
        hailong(*poster, env={"HAILONG_PUBLIC_URL": server.url})
        assert (tmp_path / "to-dan.pdf").exists()


@contextmanager
def silent(greets: bool) -> Iterator[int]:
    """Something on this machine that is no broker; its port."""
    listener = socket.create_server((LAN, 0))
    threading.Thread(target=_answer_oddly, args=(listener, greets), daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


def _answer_oddly(listener: socket.socket, greets: bool) -> None:
    with contextlib.suppress(OSError):
        while True:
            line, _ = listener.accept()
            if greets:
                line.sendall(b"220 mail.example\r\n")
            line.close()


def test_the_broker_s_address_is_opened_as_a_device_does(ctx: Context) -> None:
    """A plain port, one over TLS, something that is no broker, nothing."""
    certificates.make(Path(ctx.settings.data), ["127.0.0.1"], datetime.now(UTC))
    shown = endpoints.credentials(ctx.settings)
    assert shown is not None
    broker = EmbeddedBroker(ctx, "0.0.0.0", 0, Secure(0, LiveTls(shown, ctx.served).context))
    broker.start()
    lock = Lock(Path(ctx.settings.data) / IN_USE)
    assert lock.take(shared=True)

    def told(address: str) -> Opened:
        return tried(replaced(ctx, public_broker=address)).broker.opened

    try:
        assert told(f"mqtt://{LAN}:{broker.port}") == ("ours", True)
        assert told(f"mqtts://{LAN}:{broker.secure_port}") == ("ours", True)
        assert told(f"mqtts://{LAN}:{broker.port}") == ("none", True)
        assert told(f"mqtt://{LAN}:{free_port()}") == ("none", True)
        assert told("mqtts://khong-co.invalid") == ("none", False)
        for greets in (False, True):
            with silent(greets) as port:
                assert told(f"mqtt://{LAN}:{port}") == ("other", True)
    finally:
        broker.stop()
        lock.release()


def test_a_broker_that_nobody_can_open_is_handed_to_no_device(ctx: Context) -> None:
    registry.add_device(ctx, "kiosk-1", SCHOOL, "kiosk")
    with running(ctx):
        wrong = tried(replaced(ctx, public_broker=f"mqtt://{LAN}:{free_port()}"))
        with pytest.raises(Problem, match="No device is given mqtt://"):
            claims.make(wrong, "kiosk-1")
        client = signed_in(create_app(wrong))
        assert "public_broker" in client.get("/thiet-bi/moi").text
        form = {"csrf_token": csrf(client.get("/thiet-bi/moi").text), "kind": "kiosk", "label": "Kiosk sảnh"}
        refused = client.post("/thiet-bi/moi", data=form)
        assert refused.status_code == 409
        assert "hiện không ai mở được" in refused.text
        assert 'value="Kiosk sảnh"' in refused.text
        assert [each.id for each in registry.devices(reading(wrong))] == ["kiosk-1"]
        found = {each.check: each for each in examine(reading(wrong))}["broker"]
        assert found.warns
        assert "public_broker" in found.words

        unproven = tried(replaced(ctx, public_broker="mqtts://mqtt.khong-co.invalid"))
        client = signed_in(create_app(unproven))
        page = client.post(
            "/thiet-bi/moi", data=form | {"csrf_token": csrf(client.get("/thiet-bi/moi").text)}
        )
        assert page.status_code == 200
        assert "Máy chủ tự mở thử địa chỉ mqtts://mqtt.khong-co.invalid mà không được" in page.text
        assert "could not open" in {each.check: each for each in examine(reading(unproven))}["broker"].words


def test_commands_hand_out_no_broker_s_address_that_nobody_can_open(tmp_path: Path) -> None:
    data = tmp_path / "data"
    hailong("school", "add", "mau", "--name", "Trường THCS Mẫu", "--data", data)
    hailong("device", "add", "kiosk-1", "--school", "mau", "--kind", "kiosk", "--data", data)
    wrong = {"HAILONG_PUBLIC_BROKER": f"mqtt://127.0.0.1:{free_port()}"}
    add = ("device", "add", "kiosk-2", "--school", "mau", "--kind", "kiosk", "--data", data)
    with ServerProcess(data, env=wrong) as server:
        for command in (add, (*add, "--claim"), ("device", "claim", "kiosk-1", "--data", data)):
            refused = run_hailong(*command, env=wrong)
            assert refused.returncode == 1
            assert re.fullmatch(r"Error: No device is given mqtt://[\d.]+:\d+: .+\n", refused.stderr)
        assert "kiosk-2" not in hailong("device", "list", "--data", data)
        assert "public_broker" in server.words()
        right = {"HAILONG_PUBLIC_BROKER": f"mqtt://127.0.0.1:{server.mqtt_port}"}
        assert right["HAILONG_PUBLIC_BROKER"] in hailong(*add, env=right)
        assert "the broker refused a connection" not in server.words()
    # Without a server the settings are believed; what they contradict gets a word beside it.
    marked = run_hailong("device", "renew-password", "kiosk-1", "--data", data, env=wrong)
    assert marked.returncode == 0
    assert "could not open" in marked.stderr


@pytest.mark.parametrize("address", ["1883", "http://x", "mqtt://u:p@x", "mqtt://x/path", "mqtt://"])
def test_what_is_no_broker_s_address_is_no_setting(address: str) -> None:
    with pytest.raises(BadSettings, match="public_broker must be like mqtts://"):
        read_settings(None, {"HAILONG_PUBLIC_BROKER": address})
