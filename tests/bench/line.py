"""Durable answers per second through a real mosquitto, as a ratio to a bare subscriber of the same run."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from server.domain.network.rights import SERVER_USER
from server.transport.mqtt.mosquitto import server_secret
from tests.bench.ingest import fresh_store, insert_bare, rows_of, take
from tests.bench.report import figure
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port

_ROUNDS = 3
_KINDS = {
    "bare": "a bare paho subscriber, kept nowhere",
    "insert": "one insert a message, no receipt",
    "sqlite": "bare SQLite, the same rows, no broker",
    "ours": "committed and receipted",
}
# How many answers to measure. The insert of a whole batch as one text is no measure for 64 answers.
_ONE_ANSWER = {"bare": 20_000, "insert": 2_000, "ours": 20_000}
_FULL = {"bare": 128_000, "sqlite": 64_000, "ours": 64_000}


def run() -> None:
    """Measure messages of one answer (a visitor at a time) and full batches (after an outage)."""
    with tempfile.TemporaryDirectory(prefix="hailong-bench-") as directory:
        for per_message, kinds in ((1, _ONE_ANSWER), (64, _FULL)):
            print(f"\n{per_message} answers a message, best of {_ROUNDS}", flush=True)
            best = dict.fromkeys(kinds, 0.0)
            for number in range(_ROUNDS):
                for kind, events in kinds.items():
                    where = Path(directory) / f"{per_message}-{number}-{kind}"
                    where.mkdir()
                    best[kind] = max(best[kind], Round(where, kind, events, per_message).rate())
            for kind, rate in best.items():
                figure(f"{_KINDS[kind]}: answers/s", f"{rate:,.0f}")
                if per_message > 1:
                    figure(f"{_KINDS[kind]}: messages/s", f"{rate / per_message:,.0f}")
            aim = "≥ 0.85" if per_message == 1 else ""
            figure("ratio to the bare subscriber", f"{best['ours'] / best['bare']:.2f}", aim)
            if "sqlite" in best:
                figure("ratio to bare SQLite", f"{best['ours'] / best['sqlite']:.2f}", "≥ 0.5")
            if "insert" in best:
                figure("ratio to one insert a message", f"{best['ours'] / best['insert']:.2f}", "≥ 5")


class Round:
    """One broker, one receiver, one publisher."""

    def __init__(self, directory: Path, kind: str, events: int, per_message: int) -> None:
        self.directory, self.kind, self.events, self.per_message = directory, kind, events, per_message
        self.port = free_port()
        self.processes: list[subprocess.Popen[str]] = []
        self.mosquitto: Mosquitto | None = None

    def rate(self) -> float:
        """Answers per second from the first byte published to the last answer received or stored."""
        try:
            if self.kind == "ours":
                return self._ours()
            if self.kind == "sqlite":
                return self._sqlite()
            return self._reference()
        finally:
            for process in self.processes:
                process.kill()
                process.wait()
            if self.mosquitto is not None:
                self.mosquitto.kill9()

    def _start(self, arguments: list[str], password: str = "") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PASSWORD": password},
        )
        self.processes.append(process)
        return process

    def _hailong(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "survey_defs.cli", *arguments, "--data", str(self.directory / "data")],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def _broker(self) -> tuple[str, str]:
        """Start mosquitto as `hailong broker config` sets it up; the device's name and password."""
        self._hailong("school", "add", "mau", "--name", "Trường THCS Mẫu")
        device = json.loads(
            self._hailong("device", "add", "kiosk-1", "--school", "mau", "--kind", "kiosk", "--json")
        )
        self._hailong("broker", "config", "-o", str(self.directory / "broker"), "--port", str(self.port))
        self.mosquitto = Mosquitto(self.directory / "broker")
        self.mosquitto.start()
        return device["username"], device["password"]

    def _server_login(self) -> tuple[str, str]:
        secret = server_secret(self.directory / "data")
        assert secret is not None
        return SERVER_USER, secret

    def _publisher(self, user: str, password: str, *receipts: str) -> subprocess.Popen[str]:
        publisher = self._start(
            [
                sys.executable, "-m", "tests.bench.publisher", str(self.port), user,
                "hailong/1/mau/kiosk-1/up", str(self.events), str(self.per_message), *receipts,
            ],
            password,
        )  # fmt: skip
        assert publisher.stdout is not None
        line = publisher.stdout.readline()
        assert line == "ready\n", f"the publisher said {line!r}"
        return publisher

    def _reference(self) -> float:
        user, password = self._broker()
        publisher = self._publisher(user, password)
        server, secret = self._server_login()
        messages = -(-self.events // self.per_message)
        subscriber = self._start(
            [
                sys.executable, "-m", "tests.bench.subscriber", self.kind, str(self.port), server,
                "hailong/1/+/+/up", str(messages), str(self.directory / "messages.db"),
            ],
            secret,
        )  # fmt: skip
        assert subscriber.stdout is not None
        assert publisher.stdin is not None
        assert subscriber.stdout.readline() == "ready\n"
        started = time.perf_counter()
        publisher.stdin.write("\n")
        publisher.stdin.flush()
        assert subscriber.stdout.readline() == "done\n"
        return self.events / (time.perf_counter() - started)

    def _sqlite(self) -> float:
        """What the ingest would store of these answers, inserted in commits of the size of its own."""
        taken = fresh_store(self.directory / "taken")
        take(taken, self.events, self.per_message, 6400)
        commit = -(-taken.settings.batch_events // self.per_message) * self.per_message
        _, took = insert_bare(self.directory / "bare", rows_of(taken), commit)
        return self.events / took

    def _ours(self) -> float:
        user, password = self._broker()
        publisher = self._publisher(user, password, "hailong/1/mau/kiosk-1/receipt")
        ingest = self._start(
            [
                sys.executable, "-m", "survey_defs.cli", "ingest", "--data", str(self.directory / "data"),
                "--broker", f"mqtt://127.0.0.1:{self.port}",
            ]
        )  # fmt: skip
        assert ingest.stdout is not None
        # Before that mosquitto knows of nobody to keep an answer for.
        assert any("answers can be taken" in said for said in ingest.stdout)
        assert publisher.stdin is not None
        started = time.perf_counter()
        publisher.stdin.write("\n")
        publisher.stdin.flush()
        database = sqlite3.connect(self.directory / "data" / "hailong.db")
        while True:
            stored = database.execute(
                "SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE n >= ?)", (self.events,)
            )
            if stored.fetchone()[0]:
                return self.events / (time.perf_counter() - started)
            if time.perf_counter() - started > 120:
                raise RuntimeError("not all answers were stored within two minutes")
            time.sleep(0.01)
