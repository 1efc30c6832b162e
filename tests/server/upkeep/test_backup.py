"""One file and one passphrase bring a server back; without the passphrase it says nothing."""

from __future__ import annotations

import gc
import json
import ssl
import tarfile
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

import pytest

from server.domain.keys.sealed_stream import CHUNK_BYTES, Reader, Writer, new_key, read_head
from server.domain.problems import Problem
from server.services.upkeep import backup
from tests.support.commands import hailong, run_hailong
from tests.support.device import Device, event
from tests.support.leaks import Secrets
from tests.support.server import ServerProcess
from tests.support.store import World

PHRASE = "bảy con cò trắng bay qua sông"
LOGIN, PASSWORD = "pho-hieu-truong", "mat-khau-de-thu"


def refused(*words: object, stdin: str = "") -> str:
    """What a command says that must fail: one sentence, no traceback."""
    done = run_hailong(*words, stdin=stdin)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def school(data: Path) -> str:
    """A school with an account, a kiosk and certificates; the kiosk's password."""
    at = ("--data", data)
    hailong("school", "add", "mau", "--name", "Trường THCS Mẫu Ở Phố Cổ", *at)
    account = ("--role", "deputy", "--school", "mau", "--password-stdin")
    hailong("user", "add", LOGIN, *account, *at, stdin=PASSWORD)
    added = hailong("device", "add", "kiosk-1", "--school", "mau", "--kind", "kiosk", "--json", *at)
    hailong("tls", "make", "--name", "127.0.0.1", *at)
    (data / "hailong.toml").write_text('lang = "en"\nsmall_cell = 7\n')
    return str(added["password"])


def files(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_one_file_and_its_passphrase_bring_a_server_back_that_its_devices_trust(
    data: Path, tmp_path: Path
) -> None:
    password = school(data)
    authority = ssl.create_default_context(cafile=str(data / "tls" / "ca.pem"))
    made = hailong("backup", "key", "--passphrase-stdin", "--json", "--data", data, stdin=f"{PHRASE}\n")
    saved, fresh = tmp_path / "saved.backup", tmp_path / "fresh"
    with ServerProcess(data) as server:
        device = Device(server.mqtt_tls_port, "kiosk-1", password, tls=authority).listen()
        stored = event(1)
        device.send(stored)
        assert device.outcome(stored["id"]) == {stored["id"]: "accepted"}
        device.close()
        said = hailong("backup", "-o", saved, "--json", "--data", data)  # nobody types anything
    assert said["sealed_to"] == made["key"]
    listed = hailong("backup", "verify", saved, "--passphrase-stdin", "--json", stdin=PHRASE)
    assert {"hailong.db", "hailong.toml", "tls/ca.key", "tls/server.key", "session.key", "receipted"} <= set(
        listed["files"]
    )
    names = {path.name: path.read_bytes() for path in (data / "tls").iterdir()}
    back = hailong("restore", saved, "--passphrase-stdin", "--json", "--data", fresh, stdin=PHRASE)
    assert {path.name: path.read_bytes() for path in (fresh / "tls").iterdir()} == names
    assert (fresh / "session.key").read_bytes() == (data / "session.key").read_bytes()
    assert (fresh / "hailong.toml").read_text() == (data / "hailong.toml").read_text()
    assert all(path.stat().st_mode & 0o077 == 0 for path in fresh.rglob("*"))
    assert "in_use" in back, "what was withdrawn since the backup nobody knows here: it is to be looked over"
    assert not list(fresh.glob(".unpacked-*"))
    with ServerProcess(fresh) as server:
        device = Device(server.mqtt_tls_port, "kiosk-1", password, tls=authority).listen()
        again = event(2)
        device.send(stored, again)
        assert set(device.outcome(stored["id"], again["id"]).values()) == {"accepted"}
        device.close()


def test_a_wrong_passphrase_a_turned_byte_and_a_cut_change_nothing(data: Path, tmp_path: Path) -> None:
    school(data)
    hailong("backup", "key", "--passphrase-stdin", "--data", data, stdin=f"{PHRASE}\n")
    saved = tmp_path / "saved.backup"
    hailong("backup", "-o", saved, "--data", data)
    gc.collect()  # this process's last look at the store ends, and with it the store's log
    content, before = saved.read_bytes(), files(data)
    assert not any(name.endswith("-wal") for name in before)
    restore = ("restore", "--passphrase-stdin", "--data", data)
    assert "not the passphrase" in refused(*restore, saved, stdin="một câu hoàn toàn khác")
    places = (20, 60, 300, len(content) // 3, len(content) - 3)
    for number, place in enumerate(places):
        turned = bytearray(content)
        turned[place] ^= 1
        bad = tmp_path / f"turned-{number}"
        bad.write_bytes(turned)
        said = refused(*restore, bad, stdin=PHRASE)
        assert "damaged or cut off" in said or "not the passphrase" in said, said
    for number, length in enumerate((30, 500, len(content) // 2, len(content) - 1)):
        bad = tmp_path / f"cut-{number}"
        bad.write_bytes(content[:length])
        assert "damaged or cut off" in refused(*restore, bad, stdin=PHRASE)
    bad = tmp_path / "longer"
    bad.write_bytes(content + b"x")
    assert "damaged or cut off" in refused(*restore, bad, stdin=PHRASE)
    assert files(data).keys() == before.keys()
    assert all(files(data)[name] == content for name, content in before.items() if not name.endswith("-shm"))
    assert "already" in refused("backup", "key", "--passphrase-stdin", "--data", data, stdin=f"{PHRASE}\n")


def test_what_lies_there_already_is_newer_than_the_backup(data: Path, tmp_path: Path) -> None:
    """The list of withdrawals opens no door again; other files are left, and that is said."""
    school(data)
    hailong("backup", "key", "--passphrase-stdin", "--data", data, stdin=f"{PHRASE}\n")
    saved = tmp_path / "saved.backup"
    hailong("backup", "-o", saved, "--data", data)
    hailong("device", "retire", "kiosk-1", "--data", data)
    (data / "hailong.toml").write_text('lang = "vi"\n')
    back = hailong("restore", saved, "--passphrase-stdin", "--json", "--data", data, stdin=PHRASE)
    assert back["devices"] == ["kiosk-1"], "out of use again"
    assert back["kept"] == ["hailong.toml"]
    assert (data / "hailong.toml").read_text() == 'lang = "vi"\n'


def test_without_a_key_it_is_said_that_the_copy_lies_in_the_clear(data: Path, tmp_path: Path) -> None:
    school(data)
    assert "NOT sealed" in hailong("backup", "-o", tmp_path / "plain", "--data", data)
    hailong("restore", tmp_path / "plain", "--data", tmp_path / "fresh")
    short = refused("backup", "key", "--passphrase-stdin", "--data", data, stdin="ngắn\n")
    assert "too short" in short
    hailong("backup", "key", "--passphrase-stdin", "--data", data, stdin=f"{PHRASE}\n")
    asked = hailong("backup", "-o", tmp_path / "asked", "--plain", "--data", data)
    assert "NOT sealed" in asked


def test_a_backup_names_nobody_and_says_no_word(data: Path, tmp_path: Path) -> None:
    school(data)
    hailong("backup", "key", "--passphrase-stdin", "--data", data, stdin=f"{PHRASE}\n")
    saved = tmp_path / "away" / "saved.backup"
    saved.parent.mkdir()
    hailong("backup", "-o", saved, "--data", data)
    told = Secrets("Trường THCS Mẫu Ở Phố Cổ", LOGIN, "kiosk-1", PHRASE, "SQLite format", "PRIVATE KEY")
    assert told.in_files(saved.parent) == {}
    assert saved.stat().st_mode & 0o777 == 0o600


def test_its_passphrase_is_the_same_on_every_keyboard_and_none_that_anybody_would_try(tmp_path: Path) -> None:
    world, saved = World(tmp_path / "data"), tmp_path / "saved.backup"
    for guess in ("123456789012", "matkhau12345"):
        with pytest.raises(Problem, match="easily guessed"):
            backup.make_key(world.ctx, guess)
    backup.make_key(world.ctx, normalize("NFC", PHRASE))
    backup.back_up(world.ctx, saved)
    with backup.opened(saved, backup.by_passphrase(normalize("NFD", PHRASE)), tmp_path) as found:
        assert (found / "hailong.db").is_file()


def sealed(content: bytes) -> bytes:
    out = BytesIO()
    writer = Writer(out, new_key(PHRASE))
    writer.write(content)
    writer.finish()
    return out.getvalue()


def read(raw: bytes) -> bytes:
    file = BytesIO(raw)
    head = read_head(file, "f")
    assert head is not None
    reader = Reader(file, head, backup.by_passphrase(PHRASE)(head.key, "f"), "f")
    found = reader.read(10**9)
    reader.finish()
    return found


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7])
def test_a_stream_comes_back_whole_and_no_chunk_can_be_moved(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    raw = sealed(content)
    assert read(raw) == content
    chunk = CHUNK_BYTES + 17 + 4
    if size > 3 * CHUNK_BYTES:
        start = len(raw) - (size - 3 * CHUNK_BYTES + 17 + 4) - 3 * chunk
        swapped = raw[:start] + raw[start + chunk : start + 2 * chunk] + raw[start : start + chunk]
        with pytest.raises(Problem, match="damaged or cut off"):
            read(swapped + raw[start + 2 * chunk :])
        with pytest.raises(Problem, match="damaged or cut off"):  # cut between two chunks
            read(raw[: start + 2 * chunk])


def test_a_file_from_elsewhere_does_not_choose_what_opening_costs() -> None:
    magic, line, rest = sealed(b"x").split(b"\n", 2)
    head = json.loads(line)
    for name, value in (("memory", 1 << 32), ("operations", 10_000)):
        changed = {**head, "key": {**head["key"], name: value}}
        with pytest.raises(Problem, match="damaged or cut off"):
            read(b"\n".join((magic, json.dumps(changed).encode(), rest)))


def test_an_archive_that_reaches_elsewhere_is_refused(data: Path, tmp_path: Path) -> None:
    school(data)
    archive = BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("../../out")
        entry.size = 1
        tar.addfile(entry, BytesIO(b"x"))
    saved = tmp_path / "foreign"
    saved.write_bytes(sealed(archive.getvalue()))
    said = refused("restore", saved, "--passphrase-stdin", "--data", data, stdin=PHRASE)
    assert "damaged or cut off" in said
    assert not (tmp_path / "out").exists()
