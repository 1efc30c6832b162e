"""A claim code becomes credentials: whatever stands in between, is lost, or loses its power."""

from __future__ import annotations

import errno
import itertools
import json
import os
import stat
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner

from kiosk.cli import kiosk as command
from kiosk.cli.enrol import enrol_at_start, sentence
from kiosk.delivery.outbox import FILE, open_outbox
from kiosk.device.identity import Identity, authority_file, keep_identity, kept_identity
from kiosk.setup.enrolment import enrol
from kiosk.setup.problem import EnrolProblem
from kiosk.setup.server import read_server
from kiosk.setup.undelivered import deliver_all
from server.services.context import Context
from server.services.devices import claims, registry
from server.services.devices.enrol import Runs, exchange
from server.settings import Settings
from server.wiring.contexts import build
from survey_defs import claim
from tests.support.claim_server import CODE, Door, certificate, fingerprint, keeper_of
from tests.support.claiming import Keeper, refusal
from tests.support.device_broker import DEVICE, SCHOOL, Peer, accept, open_broker
from tests.support.ports import free_port
from tests.support.reading import reading
from tests.support.server import ServerProcess, hailong
from tests.support.store import make_school

OTHER = "aaaaaaaaaa"
EVENT = {"boot": "b", "up_ms": 5, "wall": None, "type": "answer", "answers": {"rating": 4}}


def new_id() -> str:
    return str(uuid4())


def rest_in(data: Path, number: int) -> list[str]:
    """So many answers in the outbox."""
    data.mkdir(parents=True, exist_ok=True)
    outbox = open_outbox(data / FILE, new_id)
    ids = [outbox.add(EVENT, closed=True).id for _ in range(number)]
    outbox.close()
    return ids


def journals(data: Path) -> tuple[int, str]:
    """How many answers wait, and the journal in which the next one will be numbered."""
    outbox = open_outbox(data / FILE, new_id)
    try:
        return outbox.depth(), outbox.journal
    finally:
        outbox.close()


def command_enrol(*arguments: object) -> Any:
    return CliRunner().invoke(command, ["enrol", *map(str, arguments)])


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


# The exchange


def test_a_server_that_nobody_vouches_for_is_known_by_the_code(
    tmp_path: Path, tls: tuple[Path, Path]
) -> None:
    ca = tls[0].read_text()
    with Door(keeper_of(ca=ca), tls) as door:
        done = command_enrol("--server", door.url, "--claim", "K7PM9-XQ2RE", "--data", tmp_path)
        assert (done.exit_code, "'kiosk-1' of the school 'mau'" in done.output) == (0, True), done.output
    assert door.shown == [fingerprint(tls[0])]
    kept = json.loads((tmp_path / "device.json").read_bytes())
    assert kept["password"] not in b"".join(door.asked).decode()
    assert (kept["broker"], kept["school"], kept["device"]) == ("mqtts://127.0.0.1:8883", "mau", "kiosk-1")
    assert stat.S_IMODE((tmp_path / "device.json").stat().st_mode) == 0o600
    assert (tmp_path / "ca.pem").read_text() == ca
    assert not (tmp_path / "enrol-run").exists()
    for secret in (kept["password"], CODE, "K7PM"):
        assert secret not in done.output
        assert secret not in repr(kept_identity(tmp_path))


def test_an_authority_that_is_known_vouches_for_the_server(tmp_path: Path, tls: tuple[Path, Path]) -> None:
    with Door(keeper_of(ca=tls[0].read_text()), tls) as door:
        enrol(tmp_path, door.url, CODE, ca_file=tls[0])
        door.answer = keeper_of(OTHER)
        enrol(tmp_path, door.url, "AAAAA AAAAA")  # by the authority of the first time
        assert door.shown == ["", ""]
        again = enrol(tmp_path, door.url, "aaaaa-aaaaa")
    assert len(door.asked) == 4, "a code that was exchanged is not asked about again"
    assert again == kept_identity(tmp_path)
    assert not (tmp_path / "ca.pem").exists(), "the second answer named no authority"


def test_whoever_stands_in_between_gets_nothing(tmp_path: Path, tls: tuple[Path, Path]) -> None:
    (tmp_path / "server").mkdir()
    make_school(tmp_path / "server")
    own = certificate(tmp_path, "own")
    ctx = build(Settings(data=str(tmp_path / "server"), tls_cert=str(own[0]), tls_key=str(own[1])))
    code = claims.make(ctx, "k1").code
    with Door(server_of(ctx), tls) as between, pytest.raises(EnrolProblem) as refused:
        enrol(tmp_path, between.url, code)
    assert refused.value.code == "certificate-mismatch"
    assert not (tmp_path / "device.json").exists()
    assert claims.open_claim(reading(ctx), "k1") is None


def test_whoever_answers_in_the_servers_place_tries_one_code_with_each_run_and_five_in_all(
    tmp_path: Path, tls: tuple[Path, Path]
) -> None:
    """Each proof of the kiosk answers one guess; it gives no more of them away than the person allows."""
    real = claim.make_code(b"k7pm9xq2r")
    guesses = [claim.name_of(real) + claim.make_code(bytes([n] * 9))[3:] for n in range(8)]
    strangers = [Keeper(guess) for guess in guesses]
    met: list[bytes] = []

    def guess(request: bytes) -> bytes:
        """Another guess at each first request; whatever is proved to it is denied."""
        if claim.Request(request).proof:
            met.append(request)
            return refusal("enrol-again")
        return strangers[len(met)].answer(request, {}) or b""

    with Door(guess, tls) as stranger, pytest.raises(EnrolProblem) as refused:
        enrol(tmp_path, stranger.url, real)
    assert refused.value.code == "no-proof"
    assert len(met) == claim.MAX_RUNS
    assert len({claim.Request(each).share for each in met}) == len(met), "no number serves two runs"
    assert not (tmp_path / "device.json").exists()
    with Door(guess, tls) as stranger, pytest.raises(EnrolProblem, match="no-proof"):
        enrol(tmp_path, stranger.url, real)
    assert len(met) == claim.MAX_RUNS, "a new start is no new beginning"


def server_of(ctx: Context) -> Any:
    """The server's own service behind the door."""

    runs = Runs()

    def answer(request: bytes) -> bytes:
        try:
            return exchange(ctx, runs, request)
        except Exception as problem:
            return refusal(str(getattr(problem, "code", "?")))

    return answer


def test_every_refusal_of_the_server_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    make_school(tmp_path / "server")
    now = [1_780_000_000_000]
    ctx = build(Settings(data=str(tmp_path / "server")), now=lambda: now[0])
    registry.add_device(ctx, "nut-1", "mau", "button")
    said = {}
    with Door(server_of(ctx)) as door:

        def ask(what: str, code: str, data: str = "kiosk") -> None:
            done = command_enrol("--server", door.url, "--claim", code, "--data", tmp_path / data)
            said[what] = done.output
            assert done.exit_code == (0 if what == "ok" else 1), done.output
            assert claim.spell_code(code)[:5] not in done.output

        ask("claim-unknown", "m3k7pq9xwg")
        withdrawn, code = claims.make(ctx, "k1").code, claims.make(ctx, "k1").code
        ask("claim-withdrawn", withdrawn)
        ask("ok", code)
        ask("claim-used", code, "another")
        expired = claims.make(ctx, "k1").code
        now[0] += claims.VALID_MS
        ask("claim-expired", expired)
        ask("claim-wrong-kind", claims.make(ctx, "nut-1").code, "box")
        for error in ("certificate-unknown", "too-many-tries", "bad-enrolment"):
            door.answer = lambda _, error=error: refusal(error)  # type: ignore[misc]
            ask(error, "m3k7pq9xwg")
        door.answer = lambda _: b"<html>another server</html>"
        ask("bad-answer", "m3k7pq9xwg")
    del said["ok"]
    assert all(
        len(output.strip().splitlines()) == 1 and output.startswith("Error: ") for output in said.values()
    )
    assert len(set(said.values())) == len(said) == 9


@pytest.mark.parametrize(
    ("server", "code", "problem"),
    [
        ("https://", CODE, "bad-address"),
        ("ftp://host", CODE, "bad-address"),
        ("https://host:port", CODE, "bad-address"),
        ("https://host/kiosk", CODE, "bad-address"),
        ("http://192.168.1.10:8080", CODE, "enrol-insecure"),
        ("no-such-machine.invalid", CODE, "unknown-host"),
        ("https://127.0.0.1:FREE", CODE, "unreachable"),
        ("127.0.0.1", "k7pm9xq2r", "bad-code"),
        ("127.0.0.1", "k7pm9xq2r0", "bad-code"),
        ("127.0.0.1", "k7mp9xq2re", "bad-code"),
    ],
)
def test_a_wrong_address_or_code_is_one_sentence(
    tmp_path: Path, server: str, code: str, problem: str
) -> None:
    with pytest.raises(EnrolProblem) as refused:
        enrol(tmp_path, server.replace("FREE", str(free_port())), code)
    assert refused.value.code == problem
    assert "\n" not in sentence(refused.value)
    assert not (tmp_path / "device.json").exists()


def test_a_port_without_tls_and_an_address_without_port(tmp_path: Path) -> None:
    with Door(keeper_of()) as door, pytest.raises(EnrolProblem) as refused:
        enrol(tmp_path, door.url.replace("http", "https"), CODE)
    assert refused.value.code == "not-tls"
    assert read_server("192.168.1.10").spell() == "https://192.168.1.10:8443"
    assert read_server(" https://truong.edu.vn/ ").spell() == "https://truong.edu.vn:443"
    assert read_server("[fe80::1]:9443").host_port() == "[fe80::1]:9443"


# Lost answers, cuts of the power


def test_a_lost_answer_costs_nothing(tmp_path: Path) -> None:
    with Door(keeper_of()) as door:
        door.losing = True
        with pytest.raises(EnrolProblem):
            enrol(tmp_path, door.url, CODE)
        door.losing = False
        enrol(tmp_path, door.url, CODE)
    assert door.asked[:2] == door.asked[2:]


class Cut(BaseException):
    """The power goes."""


def test_a_cut_of_the_power_at_any_write_is_harmless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every call that changes the disk: then the old credentials are whole, or the new ones are."""
    old = Identity("mqtt://127.0.0.1:1", "khac", "k3", "old password", "old authority\n")
    real = {name: getattr(os, name) for name in ("fsync", "replace", "unlink", "open")}
    cuts = 0
    with Door(keeper_of(ca="new authority\n")) as door:
        for cut_at in itertools.count(1):
            data = tmp_path / str(cut_at)
            rest_in(data, 0)
            keep_identity(data, old)
            (data / "config.json").write_text("{}")
            calls, before = itertools.count(1), len(door.asked)

            def counted(
                name: str, *arguments: Any, calls: Any = calls, cut_at: int = cut_at, **more: Any
            ) -> Any:
                if next(calls) == cut_at:
                    raise Cut
                return real[name](*arguments, **more)

            with monkeypatch.context() as patch:
                for name in real:
                    patch.setattr(os, name, lambda *a, name=name, **k: counted(name, *a, **k))
                try:
                    enrol(data, door.url, CODE)
                    break
                except Cut:
                    cuts += 1
            identity = kept_identity(data)
            assert identity is not None
            if identity != old:
                assert (identity.school, identity.ca) == ("mau", "new authority\n")
                assert not (data / "config.json").exists()
            path = authority_file(data, identity)
            assert path is not None
            assert path.read_text() == identity.ca
            after = enrol(data, door.url, CODE)
            assert after == kept_identity(data)
            proofs = {asked.proof for asked in map(claim.Request, door.asked[before:])} - {""}
            assert len(proofs) == 1, "whoever asks again is answered alike"
    print(f"enrolment: {cuts} cut points")
    assert cuts > 10


# Answers of before


def test_answers_go_first_with_the_old_credentials_then_a_new_journal_begins(tmp_path: Path) -> None:
    data = tmp_path / "kiosk"
    ids = rest_in(data, 70)
    (data / "config.json").write_text("{}")
    before = journals(data)[1]
    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, accept) as peer,
        Door(keeper_of(school="khac")) as door,
    ):
        keep_identity(data, Identity(f"mqtt://127.0.0.1:{broker.port}", SCHOOL, DEVICE, "old"))
        keeper = door.answer
        door.answer = lambda request: (
            keeper(request) if len(peer.events()) == 70 else refusal("bad-enrolment")
        )
        enrol(data, door.url, CODE)
        assert [event["id"] for event in peer.events()] == ids
    left, journal = journals(data)
    assert (left, journal == before, (data / "config.json").exists()) == (0, False, False)
    identity = kept_identity(data)
    assert identity is not None
    assert identity.school == "khac"


def test_answers_that_cannot_be_delivered_hold_the_exchange_back(tmp_path: Path) -> None:
    rest_in(tmp_path, 3)
    old = Identity(f"mqtt://127.0.0.1:{free_port()}", "mau", "kiosk-1", "old")
    with Door(keeper_of()) as door:
        with pytest.raises(EnrolProblem) as refused:
            enrol(tmp_path, door.url, CODE)
        assert (refused.value.code, "3 answers" in sentence(refused.value)) == ("undelivered", True)
        assert "--" not in sentence(refused.value), "it is for a finger at the screen too"
        told = command_enrol("--server", door.url, "--claim", CODE, "--data", tmp_path)
        assert (told.exit_code, "--leave-undelivered" in told.output) == (1, True)
        keep_identity(tmp_path, old)
        with pytest.raises(EnrolProblem, match="undelivered"):
            enrol(tmp_path, door.url, CODE, deliver=lambda *each: deliver_all(*each, timeout_s=0.2))
        assert (door.asked, kept_identity(tmp_path)) == ([], old)
        enrol(tmp_path, door.url, CODE, leave_undelivered=True)
        assert journals(tmp_path)[0] == 3, "the same device at the same school brings them itself"
        door.answer = keeper_of(OTHER, school="khac")
        done = command_enrol(
            "--server", door.url, "--claim", OTHER, "--data", tmp_path, "--leave-undelivered"
        )
        assert done.exit_code == 0, done.output
    assert journals(tmp_path)[0] == 0
    [aside] = tmp_path.glob("outbox.db.undelivered-*")
    outbox = open_outbox(aside, new_id)
    assert outbox.depth() == 3
    outbox.close()


# The file on the boot partition


def test_the_file_is_used_and_then_deleted(
    tmp_path: Path, tls: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    data, file = tmp_path / "kiosk", tmp_path / "hailong-enrol.toml"
    data.mkdir()
    with Door(keeper_of(), tls) as door:
        for ca in (tls[0].read_text(), "boot-ca.pem"):
            (tmp_path / "boot-ca.pem").write_text(tls[0].read_text())
            file.write_text(f'server = "{door.url}"\nclaim = "K7PM9-XQ2RE"\nca = """{ca}"""\n')
            (data / "device.json").unlink(missing_ok=True)
            enrol_at_start(data, file, None, at_screen=False)
            assert kept_identity(data) is not None
            assert not file.exists()
        assert door.shown == ["", ""]
    assert "K7PM" not in caplog.text


def test_a_file_that_cannot_be_deleted_is_spoken_of_and_used_up_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    data, file = tmp_path / "kiosk", tmp_path / "hailong-enrol.toml"
    data.mkdir()
    unlink = os.unlink

    def refused(path: Any, **more: Any) -> None:
        if Path(path) == file:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        unlink(path, **more)

    monkeypatch.setattr(os, "unlink", refused)
    with Door(keeper_of()) as door:
        file.write_text(f'server = "{door.url}"\nclaim = "K7PM9-XQ2RE"\n')
        for _ in range(2):
            caplog.clear()
            enrol_at_start(data, file, None, at_screen=False)
            assert "delete it by hand" in caplog.text
            assert "Read-only" in caplog.text
        assert len(door.asked) == 2


def test_a_file_that_is_of_no_use_keeps_no_kiosk_from_its_work(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "hailong-enrol.toml"
    assert enrol_at_start(tmp_path, file, "host", at_screen=True).server == "host"
    with Door(lambda _: refusal("claim-expired")) as door:
        for text, said in (
            ("claim = ABCDE-2345T", "cannot be read"),
            ('claim = "ABCDE-2345T"', "cannot be read"),
            (f'server = "{door.url}"\nclaim = "ABCDE-2345T"\nca = "nowhere.pem"', "no certificate authority"),
            (f'server = "{door.url}"\nclaim = "ABCDE-2345T"\nca = "-----BEGIN nothing"', "has expired"),
            (f'server = "{door.url}"\nclaim = "ABCDE-2345T"', "has expired"),
            (f'server = "https://127.0.0.1:{free_port()}"\nclaim = "ABCDE-2345T"', "cannot be reached"),
        ):
            file.write_text(text)
            caplog.clear()
            enrol_at_start(tmp_path, file, None, at_screen=False, timeout_s=-1)
            assert said in caplog.text
            assert "2345" not in caplog.text
            assert file.exists()


# With the real server


def test_a_kiosk_comes_in_by_its_file_and_delivers_over_tls(tmp_path: Path) -> None:
    """The server's own authority, of which the kiosk first hears in the answer, vouches for the broker."""
    make_school(tmp_path / "server")
    data, file = tmp_path / "kiosk", tmp_path / "hailong-enrol.toml"
    hailong("tls", "make", "--name", "127.0.0.1", "--data", tmp_path / "server")
    ctx = build(Settings(data=str(tmp_path / "server")))
    with ServerProcess(tmp_path / "server") as server:
        code = claim.spell_code(claims.make(ctx, "k1").code)
        file.write_text(f'server = "{server.secure_url}"\nclaim = "{code}"\n')
        done = CliRunner().invoke(
            command,
            ["--data", str(data), "--enrol-file", str(file), "--simulate", "2", "--pace", "0", "--seed", "1"],
        )
        assert done.exit_code == 0, done.output
        identity = kept_identity(data)
        assert identity is not None
        assert identity.broker == f"mqtts://127.0.0.1:{server.mqtt_tls_port}"
        assert (data / "ca.pem").read_text() == (tmp_path / "server" / "tls" / "ca.pem").read_text()
    assert not file.exists()
    stored = ctx.store.connection.execute(
        "SELECT device, COUNT(*) AS n FROM answers GROUP BY device"
    ).fetchall()
    assert [tuple(row) for row in stored] == [("k1", 2)]
