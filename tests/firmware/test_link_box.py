"""The box's link against a real mosquitto: what the server's receipts say counts, and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from survey_defs import wire
from tests.support.box import PROJECT, BoxProcess, box_environment, start_box
from tests.support.certificates import certificate
from tests.support.device_broker import DEVICE, SCHOOL, Peer, accept, closed_broker
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port
from tests.support.waiting import wait_until
from tests.support.whole_box import compile_firmware

SCRIPT = PROJECT / "tests" / "firmware" / "on_device" / "deliver.py"
PASSWORD = "mot-mat-khau"


class Server:
    """The server's part: by default it accepts; a test changes `answer` for a while."""

    def __init__(self) -> None:
        self.answer: Any = accept

    def __call__(self, batch: Any) -> bytes | None:
        return self.answer(batch)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """Knows the box; listens without TLS and with it (`cert.pem` and `key.pem` beside its configuration)."""
    directory = tmp_path_factory.mktemp("link")
    broker = closed_broker(directory / "broker", DEVICE, PASSWORD)
    passwords = directory / "broker" / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", str(passwords), "peer", "x"], check=True)
    cert, key = certificate(broker.config.parent)
    port = free_port()
    broker.config.write_text(
        broker.config.read_text() + f"listener {port} 127.0.0.1\ncertfile {cert}\nkeyfile {key}\n"
    )
    broker.tls_port = port  # type: ignore[attr-defined]
    with broker:
        yield broker


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_firmware(tmp_path_factory.mktemp("mpy"))


@pytest.fixture(scope="module")
def server() -> Server:
    return Server()


@pytest.fixture(scope="module")
def peer(broker: Mosquitto, server: Server) -> Iterator[Peer]:
    peer = Peer(broker.port, server)
    peer._client.username_pw_set("peer", "x")
    with peer:
        yield peer


class Bench:
    """One box after another on the module's broker."""

    def __init__(
        self, directory: Path, compiled: Path, broker: Mosquitto, peer: Peer, server: Server
    ) -> None:
        self.compiled = compiled
        self.directory, self.broker, self.peer, self.server = directory, broker, peer, server
        server.answer = accept

    def box(self, *, tls: Path | None = None, password: str = PASSWORD) -> BoxProcess:
        """A box; with `tls` it trusts this certificate and no other."""
        port = self.broker.tls_port if tls else self.broker.port  # type: ignore[attr-defined]
        who = {"device": DEVICE, "school": SCHOOL, "password": password, "host": "127.0.0.1"}
        identity = self.directory / "identity.json"
        identity.write_text(json.dumps(who | {"port": port, "tls": bool(tls)}))
        return start_box(
            SCRIPT, self.directory / "journal", identity, *([tls] if tls else []), path=[self.compiled]
        )

    def press(self, box: BoxProcess, *levels: int) -> None:
        for level in levels:
            box.send(f"press {level}")

    def stored(self) -> list[tuple[int, int]]:
        """(number, level) of every distinct answer that the server was sent since this bench was made."""
        journals = {path.name.split(".")[1] for path in (self.directory / "journal").iterdir()}
        found = {e["id"]: e for e in self.peer.events() if e["journal"] in journals}
        return [(event["seq"], event["answers"]["rating"]) for event in found.values()]


@pytest.fixture
def bench(tmp_path: Path, compiled: Path, broker: Mosquitto, peer: Peer, server: Server) -> Bench:
    return Bench(tmp_path, compiled, broker, peer, server)


def test_presses_are_delivered_in_their_order_and_receipts_free_the_journal(bench: Bench) -> None:
    with bench.box() as box:
        box.wait_for("state up - 0 0")
        levels = [number % 5 + 1 for number in range(40)]
        bench.press(box, *levels)
        box.wait_for("state up - 40")
        box.wait_for("state up - 0", since=len(box.lines) - 1)
        assert bench.stored() == [(number + 1, level) for number, level in enumerate(levels)]
        batches = [batch for batch in bench.peer.batches if batch["events"]]
        assert max(len(batch["events"]) for batch in batches) == 8
        box.send("rest")
        box.wait_for("rested")
        wait_until(lambda: bench.peer.last("state")["state"] == "sleeping", "its good night")
        box.send("wake")
        box.wait_for("state up", since=len(box.lines))
        health = bench.peer.last("health")
        assert health and health["outbox"] == 0 and health["v"] == 1
        box.kill9()
    wait_until(lambda: bench.peer.last("state")["state"] == "lost", "its last will")


def test_a_lost_receipt_costs_nothing(bench: Bench) -> None:
    heard = threading.Event()

    def deaf(batch: Any) -> bytes | None:
        if batch["events"]:
            heard.set()
            return None
        return accept(batch)

    bench.server.answer = deaf
    with bench.box() as box:
        bench.press(box, 5, 4)
        # The broker has acknowledged all of it: that proves nothing.
        box.wait_for(lambda line: line.endswith(" deaf 2 0"))
        assert heard.is_set()
        bench.server.answer = accept
        box.wait_for("state up - 0")
    assert bench.stored() == [(1, 5), (2, 4)]


def test_what_the_server_has_lost_comes_once_more_from_the_flash(bench: Bench) -> None:
    """It lacks 3 to 40 of 45, whatever it is sent; the box sends 32 at once, each once, and greets again."""
    levels = [number % 5 + 1 for number in range(45)]
    with bench.box() as box:
        box.wait_for("state up - 0 0")
        bench.press(box, *levels)
        box.wait_for("state up - 45")
        box.wait_for("state up - 0", since=len(box.lines) - 1)
    before = len(bench.peer.batches)
    journal = bench.peer.events()[-1]["journal"]

    def ask(batch: Any) -> bytes:
        ids = [event["id"] for event in batch["events"]]
        return wire.encode_receipt(1_790_000_000_000, ids, [], [] if ids else [(journal, 3, 40)])

    bench.server.answer = ask
    with bench.box() as box:  # a power cut later
        wait_until(
            lambda: (
                [len(batch["events"]) for batch in bench.peer.batches[before:]] == [0, 8, 8, 8, 8, 0, 6, 0]
            ),
            "all of it again",
        )
        box.wait_for("state up - 0")
        sent = bench.peer.batches[before:]
    assert [event["seq"] for batch in sent for event in batch["events"]] == list(range(3, 41))
    assert [event["answers"]["rating"] for batch in sent for event in batch["events"]] == levels[2:40]
    assert sent[0]["kept"] == [(journal, 1, 45)]
    assert sent[-1]["origins"][0][0] == sent[-1]["boot"], "it has been told when it began"
    assert len(bench.peer.batches) == before + 8, "no loop"


@pytest.mark.parametrize("code", ["conflict", "wrong-device"])
def test_what_the_server_refuses_goes_too_and_numbers_of_anothers_begin_a_new_journal(
    bench: Bench, code: str
) -> None:
    def refuse(batch: Any) -> bytes | None:
        codes = {1: "bad-answer", 2: code}
        return wire.encode_receipt(
            0,
            [event["id"] for event in batch["events"] if event["seq"] not in codes],
            [(event["id"], codes[event["seq"]]) for event in batch["events"] if event["seq"] in codes],
        )

    bench.server.answer = refuse
    with bench.box() as box:
        bench.press(box, 1, 2, 3)
        box.wait_for("state up - 0 2")
        before = {event["journal"] for event in bench.peer.events() if event["seq"] == 2}
        bench.server.answer = accept
        bench.press(box, 5)
        box.wait_for("state up - 1 2")
        box.wait_for("state up - 0 2", since=len(box.lines) - 1)
    last = bench.peer.events()[-1]
    assert last["seq"] == 1 and last["journal"] not in before


def test_a_configuration_that_is_too_large_is_not_even_read(bench: Bench) -> None:
    with bench.box() as box:
        box.wait_for("state up")
        bench.peer.publish("config", b"x" * 4096)
        box.wait_for("config 4096")
        bench.peer.publish("config", b"x" * 60_000)
        box.wait_for("config too-large")
        bench.press(box, 3)
        box.wait_for("state up - 1")
        box.wait_for("state up - 0", since=len(box.lines) - 1)


def test_a_broker_that_is_killed_and_a_power_cut_lose_nothing(bench: Bench) -> None:
    with bench.box() as box:
        box.wait_for("state up")
        bench.press(box, 1)
        box.wait_for("state up - 1")
        bench.broker.kill9()
        box.wait_for(lambda line: " offline " in line)
        bench.press(box, 2, 3)
        box.wait_for(lambda line: line.startswith("state") and line.split()[3] in ("2", "3"))
        box.kill9()
    bench.broker.start()
    wait_until(bench.peer._client.is_connected, "the server's return")
    with bench.box() as box:
        bench.press(box, 4)
        box.wait_for("state up - 0")
        wait_until(lambda: len(bench.stored()) == 4, "all four")
    assert sorted(bench.stored()) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_a_wrong_password_is_told_apart(bench: Bench) -> None:
    with bench.box(password="ein-anderes") as box:
        bench.press(box, 2)
        box.wait_for("state down refused 1")
    with bench.box() as box:
        box.wait_for("state up - 0")
    assert bench.stored() == [(1, 2)]


def test_a_certificate_that_changed_keeps_the_presses_until_the_right_one_is_back(
    bench: Bench, tmp_path: Path
) -> None:
    trusted = tmp_path / "ca.pem"
    folder = bench.broker.config.parent
    shutil.copy(folder / "cert.pem", trusted)
    with bench.box(tls=trusted) as box:
        box.wait_for("state up")
        bench.press(box, 1)
        box.wait_for("state up - 1")
        box.wait_for("state up - 0", since=len(box.lines) - 1)
        right = [(folder / name).read_bytes() for name in ("cert.pem", "key.pem")]
        certificate(folder)
        bench.broker.restart()
        box.wait_for(lambda line: " certificate " in line)
        bench.press(box, 2)
        box.wait_for("state down certificate 1")
        for name, content in zip(("cert.pem", "key.pem"), right, strict=True):
            (folder / name).write_bytes(content)
        bench.broker.restart()
        box.wait_for("state up - 0", since=len(box.lines))
    assert bench.stored() == [(1, 1), (2, 2)]


def test_the_same_link_runs_under_cpython(bench: Bench, tmp_path: Path) -> None:
    """The simulator and the tests of others use it there."""
    trusted = bench.broker.config.parent / "cert.pem"
    bench.box(tls=trusted).__exit__()
    command = [
        sys.executable,
        str(SCRIPT),
        str(tmp_path / "other"),
        str(tmp_path / "identity.json"),
        str(trusted),
    ]
    environment = box_environment() | {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdin and run.stdout
        run.stdin.write("press 4\n")
        run.stdin.flush()
        before = len(bench.peer.events())
        wait_until(lambda: len(bench.peer.events()) > before, "the press", 10)
        for line in run.stdout:
            if line.startswith("state up - 0"):
                break
        run.stdin.write("quit\n")
        run.stdin.flush()
        assert run.wait(10) == 0
