"""A thief has the server's disk, last night's backup and the kiosk's card: what they read and can do."""

from __future__ import annotations

import queue
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from kiosk.complaint.form import Lodge
from kiosk.complaint.sealing import seal_complaint, spelled
from kiosk.delivery.outbox_writer import Lodged, OutboxWriter, Recovered, Result
from kiosk.device.identity import Identity, keep_identity
from server.domain.problems import Problem
from server.services.devices import complaint_terms
from server.services.keys import open_keys
from server.settings import Settings
from server.transport.http.security.limiting import WRONG
from server.wiring.contexts import build
from server.wiring.pages import create_app
from survey_defs.complaint import Contact
from tests.support.commands import hailong, run_hailong
from tests.support.device import Device, event
from tests.support.kiosk_samples import TestClock
from tests.support.leaks import Secrets
from tests.support.pages import try_login
from tests.support.reading import reading
from tests.support.server import ServerProcess

SCHOOL, KIOSK, LOGIN, PASSWORD = "mau", "kiosk-quay-1", "pho-hieu-truong", "mot-mat-khau-dai"
PASSPHRASE, BACKUP_PHRASE = "bốn con ngựa qua cầu", "bảy con cò trắng bay qua sông"
FIRST, SECOND = "Tôi chờ ba tuần vẫn chưa có học bạ của cháu.", "Cô ở quầy số hai nói rất khó nghe."
SENDER = Contact("Trần Bích Ngà", "0987 654 321", "Tôi đồng ý.")


def test_the_thief_has_all_three_and_reads_nobodys_words(tmp_path: Path) -> None:
    data, card, backup = tmp_path / "data", tmp_path / "kiosk", tmp_path / "last-night.backup"
    password = a_school_at_work(data)
    ctx = build(Settings(data=str(data)))
    terms = complaint_terms.terms(reading(ctx), SCHOOL)
    assert terms is not None

    # A mother's complaint has reached the school and was read; another still waits on the kiosk's card.
    code, content = seal_complaint(Lodge(1, "vi", "hoc-ba", ("cho-lau",), FIRST, SENDER, terms))
    with ServerProcess(data) as server:
        device = Device(server.mqtt_port, KIOSK, password).listen()
        letter = event(1, type="complaint", **content)
        device.send(letter)
        assert device.outcome(letter["id"]) == {letter["id"]: "accepted"}
        device.close()
    app = create_app(ctx)
    deputy = app.test_client()
    assert try_login(deputy, LOGIN, PASSWORD).status_code == 303
    assert deputy.get("/phan-anh").status_code == 200
    cookie = next(each.value for each in deputy._cookies.values() if each.decoded_key.endswith("hailong"))
    lodged = waits_on_the_card(card, Lodge(2, "vi", "hoc-ba", ("thai-do",), SECOND, SENDER, terms), password)
    hailong("backup", "-o", backup, "--data", data)
    ctx.store.flush()
    ctx.store.close()

    # In the night somebody takes the server's disk, the stick with the backup and the kiosk's card.
    loot = tmp_path / "loot"
    shutil.copytree(data, loot / "disk")
    shutil.copytree(card, loot / "card")
    shutil.copy(backup, loot)

    # No word, no name, no number to call, no code, no passphrase and no password lies anywhere in the clear.
    said = (FIRST, SECOND, SENDER.name, SENDER.reach, code, lodged, " ".join(spelled(code)))
    written = Secrets(*said, PASSPHRASE, BACKUP_PHRASE, PASSWORD, cookie)
    assert written.in_files(loot) == {}
    assert written.in_database(loot / "disk" / "hailong.db") == {}
    assert written.in_database(loot / "card" / "outbox.db") == {}
    assert Secrets(password).in_files(loot / "disk") == {}
    backup_says = Secrets(KIOSK, LOGIN, "Trường THCS Mẫu", "BEGIN PRIVATE KEY", password)
    assert backup_says.within(backup.read_bytes()) == set(), "a sealed backup names nobody"

    # What lies there in place of a secret is none: as a cookie, a password or a passphrase it opens nothing.
    stolen = build(Settings(data=str(loot / "disk")))
    theirs = create_app(stolen)
    kept = kept_in_place_of_secrets(loot / "disk" / "hailong.db")
    assert len(kept) >= 5
    for found in kept:
        somebody = theirs.test_client()
        somebody.set_cookie("hailong", found)
        assert somebody.get("/phan-anh").headers["Location"].startswith("/dang-nhap")
        with pytest.raises(Problem, match="passphrase is wrong"):
            open_keys.unlock(stolen, LOGIN, found)
    assert try_login(theirs.test_client(), LOGIN, kept[0]).status_code == WRONG
    stolen.store.close()

    # The backup does not open, and says so in one sentence.
    done = run_hailong("restore", backup, "--passphrase-stdin", "--data", loot / "new", stdin=f"{PASSWORD}\n")
    assert done.returncode == 1 and "not the passphrase" in done.stderr
    assert not (loot / "new" / "hailong.db").exists()

    # With the card they can speak for that kiosk. The technician takes it out of use in the morning.
    with ServerProcess(data) as server:
        thief = Device(server.mqtt_port, KIOSK, password).wait_connected()
        assert thief.subscribe("hailong/1/mau/+/config", "hailong/1/mau/kiosk-quay-2/receipt") == [
            False,
            False,
        ]
        thief.close()
        hailong("device", "retire", KIOSK, "--data", data)
        assert Device(server.mqtt_port, KIOSK, password).refused.wait(10)


def a_school_at_work(data: Path) -> str:
    """A school with a deputy who holds its key, a kiosk and a key for backups; the kiosk's password."""
    at = ("--data", data)
    hailong("school", "add", SCHOOL, "--name", "Trường THCS Mẫu", *at)
    account = ("--role", "deputy", "--school", SCHOOL, "--password-stdin")
    hailong("user", "add", LOGIN, *account, *at, stdin=PASSWORD)
    holder = ("--school", SCHOOL, "--holder", LOGIN, "--passphrase-stdin")
    hailong("key", "make", *holder, *at, stdin=f"{PASSPHRASE}\n")
    hailong("backup", "key", "--passphrase-stdin", *at, stdin=f"{BACKUP_PHRASE}\n")
    hailong("token", "add", "--school", SCHOOL, *at)
    return str(
        hailong("device", "add", KIOSK, "--school", SCHOOL, "--kind", "kiosk", "--json", *at)["password"]
    )


def waits_on_the_card(card: Path, letter: Lodge, password: str) -> str:
    """The kiosk has it, and no network; the code that its sender keeps."""
    card.mkdir()
    keep_identity(card, Identity("mqtt://127.0.0.1:1883", SCHOOL, KIOSK, password))
    news: queue.Queue[Result] = queue.Queue()
    keeper = OutboxWriter(card, TestClock().device(), lambda: str(uuid4()), news.put)
    keeper.start()
    assert news.get(timeout=10) == Recovered()
    keeper.submit(letter)
    lodged = news.get(timeout=30)
    assert isinstance(lodged, Lodged)
    keeper.stop()
    return lodged.code


def kept_in_place_of_secrets(database: Path) -> list[str]:
    """Every hash and every locked key of the store, as text."""
    columns = (
        "users.password_hash",
        "sessions.hash",
        "tokens.hash",
        "devices.password_hash",
        "key_holders.box",
    )
    with closing(sqlite3.connect(database)) as store:
        found: list[Any] = []
        for column in columns:
            table, name = column.split(".")
            found += [row[0] for row in store.execute(f"SELECT {name} FROM {table}") if row[0]]
    return [each.hex() if isinstance(each, bytes) else str(each) for each in found]
