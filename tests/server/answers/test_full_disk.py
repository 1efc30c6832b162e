"""`/healthz` says whether answers can be stored: on a disk that is full or shut, and once it is not."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from server.domain.problems import Problem
from server.services.context import Context
from server.storage.faults import check_growth
from server.transport.http.api import health
from server.wiring.pages import create_app
from tests.support.device import Device, event
from tests.support.seed import sample_school
from tests.support.server import ServerProcess
from tests.support.store import make_school

DISK = "24m"


class Squeeze:
    """A disk that can be filled and freed again."""

    def __init__(self, room: Path, own: bool) -> None:
        self.data = room / "data"
        self._filler = room / "filler"
        self._own = own
        """Whether it is a small disk of its own; else the server may write no longer files."""

    def fill(self, server: ServerProcess) -> None:
        if self._own:
            with self._filler.open("wb", buffering=0) as file:
                try:
                    while file.write(b"x" * 65536):
                        continue
                except OSError:
                    return
        log = self.data / "hailong.db-wal"
        self._limit(server, log.stat().st_size)

    def free(self, server: ServerProcess) -> None:
        if self._own:
            self._filler.unlink()
        else:
            self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: ServerProcess, size: int) -> None:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.fixture(params=["disk", "file size"])
def squeeze(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Squeeze]:
    """A tmpfs of a few MB where we may mount one; who may not has the other way for both."""
    room = tmp_path / "room"
    room.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(room)]
    own = request.param == "disk" and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    yield Squeeze(room, own)
    if own:
        subprocess.run(["umount", "--lazy", str(room)], check=True)


def said_by_health(server: ServerProcess) -> str:
    try:
        with urllib.request.urlopen(f"{server.url}/healthz", timeout=20) as answer:
            return str(answer.read().decode()).strip()
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read().decode().strip()}"


def test_health_is_not_well_while_answers_are_not_receipted(squeeze: Squeeze) -> None:
    password = make_school(squeeze.data)["k1"]
    with ServerProcess(squeeze.data) as server:
        device = Device(server.mqtt_port, "k1", password).listen()
        device.send(first := event(1))
        assert device.outcome(first["id"]) == {first["id"]: "accepted"}
        squeeze.fill(server)
        server.wait_until(503)
        assert said_by_health(server).split()[1] in ("disk-full", "store-io", "answers")
        for number in range(2):  # nor is it well between two tries of the intake
            # Perhaps a small one still finds a place; perhaps the intake lets the line go.
            with contextlib.suppress(AssertionError):
                device = Device(server.mqtt_port, "k1", password).listen()
                device.send(one := event(2 + number))
                device.outcome(one["id"], within_s=1)
            assert said_by_health(server).startswith("503")
        squeeze.free(server)
        server.wait_until(200)
        device = Device(server.mqtt_port, "k1", password).listen()
        device.send(second := event(9))
        assert device.outcome(second["id"]) == {second["id"]: "accepted"}
        assert server.health() == 200
        device.close()
        assert "Traceback" not in server.words()


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    monkeypatch.setattr(health, "_TRY_EVERY_S", 0.0)
    context = sample_school(tmp_path)
    yield context
    context.store.close()


def test_health_of_a_store_that_takes_nothing(ctx: Context) -> None:
    client = create_app(ctx).test_client()
    assert client.get("/healthz").text == "ok"
    ctx.store.connection.execute("PRAGMA query_only = ON")
    shut = client.get("/healthz")
    assert (shut.status_code, shut.text) == (503, "store-read-only\n")
    ctx.store.connection.execute("PRAGMA query_only = OFF")
    assert client.get("/healthz").status_code == 200


def test_who_writes_at_length_does_not_make_the_server_unwell(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app(ctx).test_client()
    ctx.store.connection.execute("PRAGMA busy_timeout = 100")
    with closing(sqlite3.connect(ctx.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert client.get("/healthz").status_code == 200
        other.execute("ROLLBACK")


def test_the_disk_is_tried_now_and_then_and_not_for_each_who_asks(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    probe = ctx.store.probe

    def counted() -> None:
        tries.append(1)
        probe()

    monkeypatch.setattr(health, "_TRY_EVERY_S", 60.0)
    monkeypatch.setattr(ctx.store, "probe", counted)
    client = create_app(ctx).test_client()
    assert {client.get("/healthz").status_code for _ in range(20)} == {200}
    assert len(tries) == 1


@contextmanager
def small_files(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_room_to_grow_is_looked_for_behind_what_is_there(tmp_path: Path) -> None:
    store = tmp_path / "hailong.db"
    store.write_bytes(b"x" * 3_000_000)
    check_growth(store)
    with small_files(3_500_000), pytest.raises(Problem) as caught:
        check_growth(store)
    assert caught.value.code == "store-io"
    with pytest.raises(Problem) as nowhere:
        check_growth(tmp_path / "nothing" / "hailong.db")
    assert nowhere.value.code == "store-io"
    assert os.listdir(tmp_path) == ["hailong.db"]
