"""Certificates are said to end in time, and renewed ones are shown without a restart: real ones."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.services.access import people
from server.services.context import Context
from server.services.devices import claims
from server.services.network import certificates
from server.services.network.certificate_terms import Term, pressing, terms
from server.services.network.endpoints import Credentials, credentials, fingerprint_of
from server.services.observed import Served
from server.services.upkeep.doctor import examine
from server.settings import Settings
from server.transport.background import certificate_watch
from server.transport.background.certificate_watch import CertificateWatch
from server.transport.mqtt.mosquitto import Listener, write_files
from server.transport.ports.tls import LiveTls
from server.wiring.contexts import build
from server.wiring.pages import create_app
from tests.support.claiming import let_in
from tests.support.commands import hailong
from tests.support.device import Device, event
from tests.support.mosquitto import Mosquitto
from tests.support.pages import signed_in
from tests.support.ports import free_port
from tests.support.reading import reading
from tests.support.seed import PASSWORD, SCHOOL, Clock, sample_school
from tests.support.server import ServerProcess
from tests.support.store import make_school

DAY_MS = 86_400_000


def make(data: Path, days: float, *, now_ms: int | None = None, **more: bool) -> None:
    """A certificate for 127.0.0.1 that has `days` left."""
    now = datetime.now(UTC) if now_ms is None else datetime.fromtimestamp(now_ms / 1000, UTC)
    begun = now - timedelta(days=365 * certificates.YEARS) + timedelta(days=days)
    certificates.make(data, ["127.0.0.1"], begun, **more)


def shown(port: int, authority: Path) -> str:
    """The certificate that a client is shown which trusts this authority alone."""
    ssl_context = ssl.create_default_context(cafile=str(authority))
    with (
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        ssl_context.wrap_socket(plain, server_hostname="127.0.0.1") as line,
    ):
        return ssl.DER_cert_to_PEM_cert(line.getpeercert(binary_form=True) or b"")


def first_of(path: Path) -> str:
    return path.read_text().partition("-----END CERTIFICATE-----")[0].strip()


def wait_for(what: Callable[[], bool], why: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline, why()
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("days", "step"), [(31.5, None), (30.5, 30), (14.5, 14), (13.9, 14), (3.5, 3), (0.5, 3), (-0.5, 0)]
)
def test_the_steps_before_the_end(tmp_path: Path, days: float, step: int | None) -> None:
    now = 1_780_000_000_000
    make(tmp_path, days, now_ms=now)
    found = {term.name: term for term in terms(Settings(data=str(tmp_path)))}
    assert found["pages"].step(now) == step
    assert found["authority"].step(now) is None
    assert bool(pressing(Settings(data=str(tmp_path)), now)) is (step is not None)


def test_a_certificate_that_cannot_be_read_and_none_at_all(tmp_path: Path) -> None:
    assert terms(Settings(data=str(tmp_path))) == ()
    broken = tmp_path / "proxy.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nhalf")
    assert pressing(Settings(data=str(tmp_path), tls_cert=str(broken)), 0) == (
        Term("pages", broken, False, None),
    )


def test_a_certificate_does_not_outlive_its_authority(tmp_path: Path) -> None:
    begun = datetime.now(UTC)
    certificates.make(tmp_path, ["127.0.0.1"], begun)
    certificates.make(tmp_path, ["127.0.0.1"], begun + timedelta(days=365 * 25))
    ends = {term.name: term.until for term in terms(Settings(data=str(tmp_path)))}
    assert ends["pages"] == ends["authority"]


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    context = sample_school(tmp_path, Clock())
    yield context
    context.store.close()


def test_who_can_act_reads_it_on_the_home_page_and_watchers_in_figures(ctx: Context) -> None:
    data, now = Path(ctx.settings.data), ctx.now()
    people.add_user(ctx, "le-tan", "reception", SCHOOL, PASSWORD)
    app = create_app(ctx)
    keeper, desk = signed_in(app), signed_in(app, "le-tan")
    make(data, 100, now_ms=now)
    assert "Chứng thư" not in keeper.get("/").text
    make(data, 13.5, now_ms=now)
    page = keeper.get("/").text
    assert "Chứng thư của máy chủ hết hạn ngày" in page
    assert "hailong tls make" in page
    assert "Chứng thư" not in desk.get("/").text
    make(data, -1, now_ms=now)
    assert "Chứng thư của máy chủ đã hết hạn ngày" in keeper.get("/").text
    assert "certificate ended on" in keeper.get("/?lang=en").text
    figures = dict(
        line.rsplit(" ", 1) for line in keeper.get("/metrics").text.splitlines() if line.startswith("hailong")
    )
    left = float(figures['hailong_certificate_expiry_seconds{name="pages"}'])
    assert left == pytest.approx(-86400, abs=2)
    assert float(figures['hailong_certificate_expiry_seconds{name="authority"}']) > 0
    [found] = [each for each in examine(reading(ctx)) if each.check == "certificates"]
    assert (found.sound, found.warns) == (True, True)
    assert "has ended; hailong tls make" in found.words


def test_each_step_is_logged_once(ctx: Context, capsys: pytest.CaptureFixture[str]) -> None:
    make(Path(ctx.settings.data), 14.5, now_ms=ctx.now())
    watch = CertificateWatch(ctx, None)
    for _ in range(3):
        watch._look()
    ctx.now.ms += 12 * DAY_MS  # type: ignore[attr-defined]
    for _ in range(3):
        watch._look()
    said = capsys.readouterr()
    words = said.out + said.err
    assert (words.count("ends in 14 days"), words.count("ends in 2 days")) == (1, 1)


def test_a_renewed_certificate_is_shown_by_pages_and_broker_and_half_a_one_is_not(tmp_path: Path) -> None:
    data = tmp_path / "data"
    password = make_school(data)["k1"]
    make(data, 10)
    folder = data / "tls"
    authority = tmp_path / "ca.pem"
    shutil.copy(folder / "ca.pem", authority)

    with ServerProcess(data) as server:
        ports = (server.tls_port, server.mqtt_tls_port)

        def both_show(certificate: str) -> bool:
            return all(shown(port, authority).strip().startswith(certificate) for port in ports)

        first = first_of(folder / "server.pem")
        assert both_show(first)
        assert server.words().count("ends in 9 days; hailong tls make") == 1
        trust = ssl.create_default_context(cafile=str(authority))
        device = Device(server.mqtt_tls_port, "k1", password, tls=trust).listen()

        hailong("tls", "make", "--name", "127.0.0.1", "--data", data)
        second = first_of(folder / "server.pem")
        assert second != first
        wait_for(lambda: both_show(second), server.words)
        one = event(1)
        device.send(one)  # who is connected notices nothing
        assert device.outcome(one["id"]) == {one["id"]: "accepted"}
        device.close()

        whole = (folder / "server.pem").read_bytes()
        (folder / "server.pem").write_bytes(whole[:300])
        wait_for(lambda: "The one before is shown on" in server.words(), server.words)
        assert both_show(second)
        make(tmp_path / "other", 100)
        shutil.copy(tmp_path / "other" / "tls" / "server.pem", folder / "server.pem")  # another's: no pair
        wait_for(lambda: server.words().count("The one before is shown on") == 2, server.words)
        assert both_show(second)
        hailong("tls", "make", "--name", "127.0.0.1", "--data", data)
        wait_for(lambda: both_show(first_of(folder / "server.pem")), server.words)
        assert server.health() == 200


def test_a_key_of_another_kind_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """Public authorities go from RSA to elliptic curves: a living context would go on showing the old one."""
    pair = Credentials(tmp_path / "c.pem", tmp_path / "k.pem")

    def issue(kind: str) -> str:
        command = f"openssl req -x509 -newkey {kind} -nodes -days 2 -subj /CN=x"
        command += " -addext subjectAltName=IP:127.0.0.1"
        subprocess.run(
            [*command.split(), "-keyout", str(pair.key), "-out", str(pair.certificate)],
            check=True,
            capture_output=True,
        )
        return first_of(pair.certificate)

    def handshake() -> str:
        outer, inner = ssl.MemoryBIO(), ssl.MemoryBIO()
        trust = ssl.create_default_context(cafile=str(pair.certificate))
        client = trust.wrap_bio(inner, outer, server_hostname="127.0.0.1")
        server = live.context.wrap_bio(outer, inner, server_side=True)
        for _ in range(4):
            for end in (client, server):
                try:
                    end.do_handshake()
                except ssl.SSLWantReadError:
                    continue
        return ssl.DER_cert_to_PEM_cert(client.getpeercert(binary_form=True) or b"").strip()

    for first, second in (("rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256"),):
        old = issue(first)
        live = LiveTls(pair, Served())
        assert handshake().startswith(old)
        new = issue(second)
        live.renew()
        assert handshake().startswith(new)


def test_a_device_that_saw_the_certificate_before_may_still_enrol(tmp_path: Path) -> None:
    make_school(tmp_path)
    make(tmp_path, 10)
    ctx = build(Settings(data=str(tmp_path)))
    pair = tmp_path / "tls" / "server.pem"
    seen = fingerprint_of(pair)
    shown_by = credentials(ctx.settings)
    assert shown_by is not None
    live = LiveTls(shown_by, ctx.served)
    code = claims.make(ctx, "k1").code
    make(tmp_path, 100)
    live.renew()
    assert fingerprint_of(pair) != seen
    assert let_in(ctx, code, seen)["device"] == "k1"
    ctx.store.close()


@pytest.mark.parametrize("by_link", [False, True], ids=["in its place", "behind a link, as by certbot"])
def test_mosquitto_shows_a_renewed_certificate(tmp_path: Path, by_link: bool) -> None:
    data, config, live = tmp_path / "data", tmp_path / "broker", tmp_path / "live"
    make_school(data)
    make(data, 10)
    folder, port = data / "tls", free_port()

    def link(number: int) -> None:
        """The files of this number, under the names that stay."""
        live.mkdir(exist_ok=True)
        for name in ("server.pem", "server.key"):
            kept = tmp_path / f"{number}-{name}"
            shutil.copy(folder / name, kept)
            (live / f"{name}.new").symlink_to(kept)
            (live / f"{name}.new").replace(live / name)

    link(1)
    place = live if by_link else folder
    tls = ("--tls-cert", place / "server.pem", "--tls-key", place / "server.key")
    hailong("broker", "config", "-o", config, "--port", port, *tls, "--data", data)
    first = first_of(folder / "server.pem")
    with Mosquitto(config):
        assert shown(port, folder / "ca.pem").startswith(first)
        ctx = build(Settings(data=str(data), broker=f"mqtts://127.0.0.1:{port}"))
        watch = CertificateWatch(ctx, None, every_s=0.05)
        watch.start()
        time.sleep(0.3)
        make(data, 400)
        link(2)
        second = first_of(folder / "server.pem")
        wait_for(lambda: shown(port, folder / "ca.pem").startswith(second), lambda: "the old one is shown on")
        watch.stop()
        ctx.store.close()


def test_a_broker_that_does_not_show_the_renewed_certificate_is_told_of(
    ctx: Context, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could tell it, or it has read the certificate and may not read its key."""
    data, config, port = Path(ctx.settings.data), tmp_path / "broker", free_port()
    place = tmp_path / "place"
    place.mkdir()

    def renew(*names: str) -> None:
        make(data, 400)
        for name in names:
            shutil.copy(data / "tls" / name, place / name)

    renew("server.pem", "server.key")
    broker = Listener("127.0.0.1", port, place / "server.pem", place / "server.key")
    write_files(ctx, config, broker)
    outside = Context(
        ctx.store,
        ctx.surveys,
        msgspec.structs.replace(ctx.settings, broker=f"mqtts://127.0.0.1:{port}"),
        ctx.now,
        ctx.new_id,
    )
    people.add_user(ctx, "le-tan", "reception", SCHOOL, PASSWORD)
    app = create_app(outside)
    keeper, desk = signed_in(app), signed_in(app, "le-tan")
    watch = CertificateWatch(outside, None)
    for pause in ("ASK_EVERY_S", "ASK_AGAIN_S"):
        monkeypatch.setattr(certificate_watch, pause, 0)

    def said() -> bool:
        """In every place alike, or in none."""
        watch._look()
        watch._look()
        page = keeper.get("/").text
        assert "chưa dùng chứng thư mới" not in desk.get("/").text
        on_page = "mosquitto chưa dùng chứng thư mới" in page and f"quyền đọc {place / 'server.pem'}" in page
        in_log = "does not show the certificate" in "".join(capsys.readouterr())
        [found] = [each for each in examine(reading(outside)) if each.check == "certificates"]
        in_doctor = found.warns and "systemctl reload mosquitto" in found.words
        assert on_page == in_doctor
        assert on_page or not in_log
        return on_page

    with Mosquitto(config) as mosquitto:
        assert not said()
        assert "OpenSSL" not in mosquitto.log.read_text(), "asking leaves nothing in its log"
        pid = config / "state" / "mosquitto.pid"
        number = pid.read_bytes()
        pid.unlink()
        renew("server.pem", "server.key")  # nobody can tell it
        assert said()
        monkeypatch.setenv("HAILONG_BROKER", outside.settings.broker)
        by_command = hailong("doctor", "--data", data)
        assert f"does not show the certificate {place / 'server.pem'}" in by_command
        mosquitto.reload()
        wait_for(lambda: not said(), lambda: "it shows the new one")

        pid.write_bytes(number)
        renew(
            "server.pem"
        )  # the key is not to be read: as the old one, it does not belong to the certificate
        mosquitto.reload()
        wait_for(said, lambda: "it can show none")
        shutil.copy(data / "tls" / "server.key", place / "server.key")
        wait_for(lambda: not said(), lambda: "it was told by the watch")
    assert not said(), "a broker that is away is told of elsewhere"
