"""The commands that set a school up and look after its store, as processes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from server.storage.migrations import migrations
from survey_defs.cli import main
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port
from tests.support.server import HAILONG, ServerProcess

LONG = "mat-khau-du-dai"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    hailong("school", "add", "mau", "--name", "Trường THCS Mẫu", "--data", data)
    return data


def run(*arguments: object, stdin: str | None = None, env: dict[str, str] | None = None) -> Result:
    """A command in this process, which is a dozen times faster than one of its own."""
    return CliRunner().invoke(main, [str(each) for each in arguments], input=stdin, env=env)


def hailong(*arguments: object, stdin: str | None = None, env: dict[str, str] | None = None) -> Any:
    """A command that must succeed; with `--json`, the object that it printed."""
    done = run(*arguments, stdin=stdin, env=env)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def error(*arguments: object, stdin: str | None = None, env: dict[str, str] | None = None) -> str:
    """What a command says that must fail, in its one line."""
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        result = run(*arguments, stdin=stdin, env=env)
    finally:
        for number, handler in signals.items():  # those that run on take the signals of their process
            signal.signal(number, handler)
    assert result.exit_code != 0
    assert re.fullmatch(r"Error: .+\n", result.stderr), result.stderr
    return result.stderr.strip()


def test_every_command_has_help() -> None:
    def walk(command: click.Command, *path: str) -> None:
        context = click.Context(command)
        assert command.get_help(context)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                walk(child, *path, name)

    walk(main)
    for path in (("serve",), ("broker", "config"), ("device", "add"), ("doctor",)):
        assert "--data" in hailong(*path, "--help")


def test_school(data: Path) -> None:
    shown = hailong("school", "show", "mau", "--json", "--data", data)
    assert (shown["name"], shown["abbreviation"], shown["recipient"], shown["goal"]) == (
        "Trường THCS Mẫu", "THCSM", "Phòng GD&ĐT", 0.9,
    )  # fmt: skip
    assert {each["slug"] for each in shown["procedures"]} >= {"hoc-ba", "chuyen-truong", "tuyen-sinh-6"}
    hailong("school", "add", "phong", "--name", "Phòng GD&ĐT", "--data", data)
    hailong(
        "school",
        "set",
        "mau",
        "--signer",
        "Nguyễn Văn A",
        "--goal",
        "0.85",
        "--parent",
        "phong",
        "--data",
        data,
    )
    shown = hailong("school", "show", "mau", "--json", "--data", data)
    assert (shown["signer"], shown["goal"], shown["parent"], shown["name"]) == (
        "Nguyễn Văn A", 0.85, "phong", "Trường THCS Mẫu",
    )  # fmt: skip
    hailong("school", "set", "mau", "--parent", "", "--data", data)
    listed = hailong("school", "list", "--json", "--data", data)["schools"]
    assert [(each["slug"], each["parent"]) for each in listed] == [("mau", None), ("phong", None)]
    assert "Trường THCS Mẫu" in hailong("school", "list", "--data", data)


def test_school_mistakes(data: Path) -> None:
    assert "already" in error("school", "add", "mau", "--name", "x", "--data", data)
    for slug in ("Mẫu", "a b", "", "x" * 65):
        assert "cannot be used" in error("school", "add", slug, "--name", "x", "--data", data)
    assert "no school 'none'" in error(
        "school", "add", "b", "--name", "x", "--parent", "none", "--data", data
    )
    assert "no school 'none'" in error("school", "show", "none", "--data", data)
    assert "no school 'none'" in error("school", "set", "none", "--name", "x", "--data", data)
    assert "above itself" in error("school", "set", "mau", "--parent", "mau", "--data", data)
    for goal in ("1.5", "-1", "nan"):
        assert "between 0 and 1" in error("school", "set", "mau", "--goal", goal, "--data", data)


def test_device(data: Path) -> None:
    made = hailong("device", "add", "k1", "--school", "mau", "--kind", "kiosk", "--json", "--data", data)
    assert set(made) == {"device", "school", "username", "password", "broker"}
    assert (made["device"], made["school"], made["username"]) == ("k1", "mau", "k1")
    assert made["broker"].startswith("mqtt://")
    renewed = hailong("device", "renew-password", "k1", "--json", "--data", data)
    assert set(renewed) == set(made)
    assert renewed["password"] != made["password"]
    public = {"HAILONG_PUBLIC_BROKER": "mqtts://mqtt.example:8883"}
    told = hailong("device", "renew-password", "k1", "--json", "--data", data, env=public)
    assert told["broker"] == "mqtts://mqtt.example:8883"
    outside = {"HAILONG_BROKER": "mqtts://user:secret@mqtt.example"}
    told = hailong("device", "renew-password", "k1", "--json", "--data", data, env=outside)
    assert told["broker"] == "mqtts://mqtt.example:8883"
    assert b"secret" not in json.dumps(told).encode()
    (listed,) = hailong("device", "list", "--json", "--data", data)["devices"]
    assert (listed["id"], listed["kind"], listed["retired_at"]) == ("k1", "kiosk", None)
    assert "already" in error("device", "add", "k1", "--school", "mau", "--kind", "kiosk", "--data", data)
    hailong("device", "retire", "k1", "--data", data)
    for command in (
        ("retire", "k1"), ("renew-password", "k1"), ("add", "k1", "--school", "mau", "--kind", "qr"),
    ):  # fmt: skip
        assert "retired" in error("device", *command, "--data", data)
    assert "no device 'k9'" in error("device", "retire", "k9", "--data", data)
    assert "no school 'x'" in error("device", "add", "k2", "--school", "x", "--kind", "kiosk", "--data", data)
    assert "no kind" in error("device", "add", "k2", "--school", "mau", "--kind", "tv", "--data", data)
    assert "cannot be used" in error(
        "device", "add", "K2", "--school", "mau", "--kind", "kiosk", "--data", data
    )


def test_lists_stand_in_the_order_of_the_names(data: Path) -> None:
    """A person finds a school or a device by its name; scripts get the order of the ids."""
    hailong("school", "add", "a-sau", "--name", "Trường THCS Bãi Cháy", "--data", data)
    hailong("school", "add", "b-dau", "--name", "Trường THCS Ân Thi", "--data", data)
    for device, school, label in (
        ("a", "mau", "Quầy 10"), ("b", "mau", "Quầy 2"), ("c", "mau", "Đón tiếp"), ("d", "a-sau", "Dự phòng"),
        ("e", "b-dau", "Văn thư"),
    ):  # fmt: skip
        named = ("--school", school, "--kind", "qr", "--label", label)
        hailong("device", "add", device, *named, "--data", data)
        hailong("token", "add", "--school", school, "--label", label, "--data", data)
    hailong("user", "add", "lan", "--role", "staff", "--school", "a-sau", "--password-stdin", "--data", data,
        stdin=LONG,
    )  # fmt: skip
    hailong("user", "add", "ba", "--role", "staff", "--school", "mau", "--password-stdin", "--data", data,
        stdin=LONG,
    )  # fmt: skip

    def column(n: int, *command: str) -> list[str]:
        lines = str(hailong(*command, "list", "--data", data)).splitlines()[1:]
        return [re.split("  +", line)[n] for line in lines]

    assert column(0, "school") == ["b-dau", "a-sau", "mau"]
    assert column(0, "device") == column(0, "point") == ["e", "d", "c", "b", "a"]
    assert column(4, "token") == ["Văn thư", "Dự phòng", "Đón tiếp", "Quầy 2", "Quầy 10"]
    assert column(0, "user") == ["lan", "ba"]
    listed = hailong("device", "list", "--json", "--data", data)["devices"]
    assert [(each["school"], each["id"]) for each in listed] == [
        ("a-sau", "d"), ("b-dau", "e"), ("mau", "a"), ("mau", "b"), ("mau", "c"),
    ]  # fmt: skip


def test_user(data: Path) -> None:
    add = ("user", "add", "--role", "staff", "--school", "mau", "--password-stdin", "--data", data)
    made = hailong(*add, "co.lan@mau", "--json", stdin=f"{LONG}\n")
    assert made == {"login": "co.lan@mau", "role": "staff", "school": "mau"}
    assert "already" in error(*add, "co.lan@mau", stdin=LONG)
    assert "at least 10" in error(*add, "thay-ba", stdin="ngan\n")
    assert "at least 10" in error(*add, "thay-ba", stdin="")
    assert "cannot be used" in error(*add, "Cô Lan", stdin=LONG)
    king = ("user", "add", "x", "--role", "king", "--school", "mau", "--data", data)
    assert "no role" in error(*king, "--password-stdin", stdin=LONG)
    assert "--password-stdin" in error(*king)
    hailong("user", "passwd", "co.lan@mau", "--password-stdin", "--data", data, stdin=LONG + "2")
    hailong("user", "disable", "co.lan@mau", "--data", data)
    (listed,) = hailong("user", "list", "--json", "--data", data)["users"]
    assert listed["disabled_at"] is not None
    assert "password" not in json.dumps(listed)
    for command in (("passwd", "nobody", "--password-stdin"), ("disable", "nobody")):
        assert "no account 'nobody'" in error("user", *command, "--data", data, stdin=LONG)


def test_token(data: Path) -> None:
    token = hailong("token", "add", "--school", "mau", "--label", "Sở", "--json", "--data", data)["token"]
    (listed,) = hailong("token", "list", "--json", "--data", data)["tokens"]
    assert token not in json.dumps(listed)
    assert listed["kind"] == "live"
    assert "single answers can be worked out" in hailong("token", "add", "--school", "mau", "--data", data)
    made = hailong("token", "add", "--school", "mau", "--public", "--json", "--data", data)
    assert made["kind"] == "public"
    for each in hailong("token", "list", "--json", "--data", data)["tokens"]:
        if each["id"] != listed["id"]:
            hailong("token", "revoke", each["id"], "--data", data)
    assert token.encode() not in (data / "hailong.db").read_bytes()
    hailong("token", "revoke", listed["id"], "--data", data)
    assert all(each["revoked_at"] for each in hailong("token", "list", "--json", "--data", data)["tokens"])
    assert "no token" in error("token", "revoke", "nonsense", "--data", data)
    assert "no school" in error("token", "add", "--school", "x", "--data", data)


def test_settings_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "hailong.toml"
    for text in ("port = 'many'", "colour = 'blue'", "port ="):
        file.write_text(text)
        assert str(file) in (said := error("school", "list", "--settings", file)) or "settings" in said
    assert "settings" in error("school", "list", "--data", tmp_path / "d", env={"HAILONG_PORT": "x"})


def test_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    for command in (
        ("school", "add", "mau", "--name", "Trường THCS Mẫu"),
        ("serve",),
        ("restore", tmp_path / "file"),
    ):
        said = error(*command, "--data", tmp_path / "file" / "data")
        assert "cannot be written" in said
        assert "--data" in said


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "hailong.db").write_bytes(os.urandom(8192))
    for command in (("school", "list"), ("serve",), ("doctor",), ("migrate",)):
        assert "not a Hài Lòng database" in error(*command, "--data", tmp_path)


def test_a_store_of_a_newer_program(data: Path) -> None:
    store = sqlite3.connect(data / "hailong.db")
    with store:
        store.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('hailong', '9999_future', '')"
        )
    store.close()
    for command in (("school", "list"), ("migrate",), ("serve",)):
        assert "9999_future" in error(*command, "--data", data)


def test_a_published_survey_that_was_changed(data: Path) -> None:
    store = sqlite3.connect(data / "hailong.db")
    with store:
        store.execute(
            "UPDATE survey_versions SET body = replace(body, 'thai-do', 'thai-do-2') WHERE survey = 'tthc'"
        )
    store.close()
    assert "'tthc'" in error("school", "list", "--data", data)


def test_ports_that_are_taken(data: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        serve = ("serve", "--host", "127.0.0.1", "--data", data)
        said = error(*serve, "--port", taken, "--mqtt-port", free_port())
        assert said == f"Error: port {taken} is already taken; choose another with --port"
        said = error(*serve, "--port", free_port(), "--mqtt-port", taken)
        assert said == f"Error: port {taken} is already taken; choose another with --mqtt-port"
        assert f"port {taken} is already taken" in error(
            "web", "--host", "127.0.0.1", "--port", taken, "--data", data
        )
    assert "cannot listen" in error("web", "--host", "192.0.2.1", "--port", free_port(), "--data", data)
    assert "--port" in error("web", "--port", "99999", "--data", data)


def test_a_broker_address_that_cannot_be(data: Path) -> None:
    for url in ("mqtt.example", "http://x", "mqtt://", "mqtt://u:geheim@h:port"):
        said = error("serve", "--port", free_port(), "--broker", url, "--data", data)
        assert "mqtt://user:password@host:port" in said
        assert "geheim" not in said
    assert "--broker" in error("ingest", "--data", data)


def test_serve_alone_on_its_data_while_restore_waits_and_a_clean_end(data: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    server = ServerProcess(data, afresh=True)
    try:
        server.start()
        assert "already takes the answers" in error("serve", "--port", free_port(), "--data", data)
        assert hailong("backup", "-o", saved, "--json", "--data", data)["bytes"] == saved.stat().st_size
        assert "Stop it first" in error("restore", saved, "--data", data)
        words = server.words()
        assert f"pages   http://127.0.0.1:{server.port}/" in words
        assert f"broker  mqtt://127.0.0.1:{server.mqtt_port} (embedded)" in words
    finally:
        began = time.monotonic()
        assert server.stop() == 0
    assert time.monotonic() - began < 10
    assert server.words().count("Error") == 0
    assert "Traceback" not in server.words()


def test_a_broker_that_is_not_there_is_told_once(data: Path) -> None:
    port = free_port()
    server = ServerProcess(data, broker=f"mqtt://user:geheim@127.0.0.1:{port}")
    try:
        server.launch()
        server.wait_until(503)
        time.sleep(1)  # in which it tries twice more
        words = server.words()
        assert words.count("The broker cannot be reached") == 1
        assert "geheim" not in words
        config = data.parent / "broker"
        hailong("broker", "config", "-o", config, "--port", port, "--data", data)
        with Mosquitto(config):
            server.wait_until(503)  # it is there, and refuses this user
            assert hailong("device", "list", "--data", data)
        os.kill(server.pid, signal.SIGINT)  # Ctrl-C does what a service manager's SIGTERM does
    finally:
        assert server.stop() == 0
    assert "Traceback" not in server.words()


def test_broker_config(data: Path, tmp_path: Path) -> None:
    hailong("device", "add", "k1", "--school", "mau", "--kind", "kiosk", "--data", data)
    hailong("device", "add", "gone", "--school", "mau", "--kind", "kiosk", "--data", data)
    hailong("device", "retire", "gone", "--data", data)
    config = tmp_path / "broker"
    said = hailong("broker", "config", "-o", config, "--port", "18833", "--data", data)
    assert "mosquitto -c" in said
    assert "kill -HUP" in said
    assert f"hailong serve --data {data} --broker mqtt://127.0.0.1:18833" in said
    conf = (config / "mosquitto.conf").read_text()
    for line in ("allow_anonymous false", "listener 18833 127.0.0.1", "max_inflight_messages 40000"):
        assert line in conf
    acl = (config / "acl").read_text()
    assert "user k1\ntopic write hailong/1/mau/k1/health\n" in acl
    assert "gone" not in acl + (config / "passwd").read_text()
    secret = (data / "broker-password").read_text().strip()
    assert stat.S_IMODE((data / "broker-password").stat().st_mode) == 0o600
    assert stat.S_IMODE((config / "passwd").stat().st_mode) == 0o640
    assert secret not in conf + acl + (config / "passwd").read_text() + said
    hailong("broker", "config", "-o", config, "--port", "18833", "--data", data)
    assert (data / "broker-password").read_text().strip() == secret
    assert "both" in error("broker", "config", "-o", config, "--tls-cert", config / "acl", "--data", data)
    missing = ("--tls-cert", config / "none", "--tls-key", config / "acl")
    assert "no file" in error("broker", "config", "-o", config, *missing, "--data", data)
    assert "cannot be written" in error("broker", "config", "-o", config / "acl" / "x", "--data", data)


def test_backup_and_restore(data: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    hailong("backup", "-o", saved, "--data", data)
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert "exists already" in error("backup", "-o", saved, "--data", data)
    assert "cannot be written" in error("backup", "-o", tmp_path / "none" / "saved.db", "--data", data)
    hailong("school", "add", "later", "--name", "Trường sau", "--data", data)
    restored = hailong("restore", saved, "--json", "--data", data)
    assert [each["slug"] for each in hailong("school", "list", "--json", "--data", data)["schools"]] == [
        "mau"
    ]
    aside = sqlite3.connect(restored["aside"])
    assert aside.execute("SELECT slug FROM schools ORDER BY slug").fetchall() == [("later",), ("mau",)]
    aside.close()
    hailong("restore", saved, "--data", tmp_path / "fresh")
    assert hailong("doctor", "--json", "--data", tmp_path / "fresh")["sound"]
    assert "no file" in error("restore", tmp_path / "none.db", "--data", data)
    (tmp_path / "rubbish").write_bytes(b"rubbish" * 999)
    said = error("restore", tmp_path / "rubbish", "--data", data)
    assert str(tmp_path / "rubbish") in said
    cut = tmp_path / "cut.db"
    cut.write_bytes(saved.read_bytes()[:-20_000])
    assert "damaged" in error("restore", cut, "--data", data)
    assert [each["slug"] for each in hailong("school", "list", "--json", "--data", data)["schools"]] == [
        "mau"
    ]


def test_migrate_says_from_where_to_where(tmp_path: Path) -> None:
    path = tmp_path / "hailong.db"
    migrations.apply(Database(path), stop_before="0002_complaints")
    first = hailong("migrate", "--json", "--data", tmp_path)
    assert first["from"].startswith("0001")
    assert first["taken"][-1] == first["to"]
    again = hailong("migrate", "--json", "--data", tmp_path)
    assert (again["from"], again["to"], again["taken"]) == (first["to"], first["to"], [])


def test_doctor_exits_with_1_when_something_disagrees(data: Path) -> None:
    assert "BAD" not in hailong("doctor", "--data", data)
    store = sqlite3.connect(data / "hailong.db")
    with store:
        store.execute("INSERT INTO quality_cells VALUES ('mau', '2026-01-01', 'synced', 1, 3)")
    store.close()
    done = run("doctor", "--data", data)
    assert done.exit_code == 1
    assert "BAD  certainty of times" in done.stdout
    assert "BAD" not in hailong("doctor", "--repair", "--data", data)


def test_two_that_start_at_once_make_one_store(tmp_path: Path) -> None:
    data = tmp_path / "data"
    processes = [
        subprocess.Popen(
            [*HAILONG, "school", "add", slug, "--name", "Trường", "--json", "--data", str(data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for slug in ("mot", "hai")
    ]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    listed = hailong("school", "list", "--json", "--data", data)["schools"]
    assert [each["slug"] for each in listed] == ["hai", "mot"]
