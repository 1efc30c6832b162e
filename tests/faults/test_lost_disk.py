"""Receipted is stored: what a server lost comes back from the devices, which still keep it.

Real kiosks without a window (visit, outbox and link are the real ones), a real box under MicroPython, a real
server. The disk is lost in mid-traffic and yesterday's backup restored; or 200 bytes of the log are damaged.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.support import waiting
from tests.support.forked import Forked, hailong, run_forked
from tests.support.kiosk import visited
from tests.support.server import ServerProcess
from tests.support.whole_box import TestBox, compile_firmware

wait_until = partial(waiting.wait_until, seconds=60)

SCHOOL, BOX, KIOSKS = "mau", "nut-cua-truoc", ("kiosk-1", "kiosk-2")
LOGIN, PHRASE = "pho-hieu-truong", "con mèo nằm trên mái ngói\n"


class School:
    """A server with its devices, each of which remembers what it numbered."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        made = ("--data", self.data)
        hailong("school", "add", SCHOOL, "--name", "Trường THCS Mẫu", *made)
        account = ("--role", "deputy", "--school", SCHOOL, "--password-stdin")
        hailong("user", "add", LOGIN, *account, *made, stdin="mat-khau-de-thu")
        key = ("--school", SCHOOL, "--holder", LOGIN, "--passphrase-stdin")
        hailong("key", "make", *key, *made, stdin=PHRASE)
        self.passwords = {
            device: hailong("device", "add", device, "--school", SCHOOL, "--kind", kind, "--json", *made)[
                "password"
            ]
            for device, kind in ((BOX, "button"), *((name, "kiosk") for name in KIOSKS))
        }
        self.server = ServerProcess(self.data)

    @contextmanager
    def visited(self) -> Iterator[None]:
        """Visitors come to all kiosks, one after the other."""
        running = [self._at(name, visits=0, pace=0.05) for name in KIOSKS]
        try:
            yield
        finally:
            for each in running:
                each.terminate()
            for each in running:
                assert each.wait(60) in (0, 1)

    def last_visits(self) -> None:
        """One more at each kiosk, which ends when all is delivered."""
        for last in [self._at(name, visits=1) for name in KIOSKS]:
            assert last.wait(60) == 0, last.words()

    def _at(self, name: str, *, visits: int, pace: float = 0.0) -> Forked:
        """Visitors at one of the kiosks."""
        return visited(
            self.folder / name,
            broker=self.server.broker_url,
            school=SCHOOL,
            device=name,
            password=self.passwords[name],
            visits=visits,
            pace=pace,
        )

    def made(self) -> dict[str, int]:
        """How many events each kiosk has numbered, by its journal."""
        found = {}
        for name in KIOSKS:
            file = self.folder / name / "outbox.db"
            if file.exists():
                with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as outbox:
                    found.update(dict(outbox.execute("SELECT id, last_seq FROM journal")))
        return found

    def stored(self, device: str = "%") -> dict[str, int]:
        """How many events stand in the store, by journal; no two at one place."""
        query = (
            "SELECT journal, COUNT(DISTINCT seq), COUNT(*) FROM events WHERE device LIKE ? GROUP BY journal"
        )
        with closing(sqlite3.connect(f"file:{self.data / 'hailong.db'}?mode=ro", uri=True)) as store:
            rows = store.execute(query, [device]).fetchall()
        assert all(different == all_of_them for _, different, all_of_them in rows)
        return {journal: count for journal, count, _ in rows}

    def total(self) -> int:
        """How many events stand in the store."""
        return sum(self.stored().values())

    def holds(self, made: dict[str, int]) -> bool:
        """Whether of each of these journals all numbers up to this one are stored."""
        query = "SELECT journal, hi FROM arrived WHERE lo = 1"
        with closing(sqlite3.connect(f"file:{self.data / 'hailong.db'}?mode=ro", uri=True)) as store:
            arrived = dict(store.execute(query))
        return all(arrived.get(journal, 0) >= last for journal, last in made.items())

    def is_whole(self) -> bool:
        """Whether all that the kiosks numbered is stored, from 1 to the last."""
        stored = self.stored("kiosk%")
        return bool(stored) and stored == {journal: last for journal, last in self.made().items() if last}

    def doctor(self) -> tuple[bool, dict[str, str]]:
        """Whether all is sound, and what is said of each check that is not."""
        done = run_forked("doctor", "--json", "--data", self.data)
        said = json.loads(done.stdout)
        assert done.returncode == (0 if said["sound"] else 1)
        return said["sound"], {each["check"]: each["words"] for each in said["findings"] if not each["sound"]}


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    found = School(tmp_path)
    yield found
    found.server.kill9()


@pytest.mark.timeout(240)
def test_a_disk_lost_in_mid_traffic_and_yesterdays_backup_come_to_everything_that_was_made(
    school: School, tmp_path: Path
) -> None:
    box = TestBox(tmp_path / "box", compile_firmware(tmp_path / "mpy"))
    box.enrol(
        {"device": BOX, "school": SCHOOL, "password": school.passwords[BOX], "host": "127.0.0.1"}
        | {"port": school.server.mqtt_port, "tls": False}
    )
    truth: list[int] = []

    def press() -> None:
        box.press(5)
        truth.append(time.time_ns() // 1_000_000)

    backup, fresh = tmp_path / "yesterday", tmp_path / "fresh"
    school.server.start()
    with school.visited():
        with box.running():
            press()
            box.wait_delivered()
            wait_until(lambda: school.total() > 30, "the answers of yesterday")
            hailong("backup", "-o", backup, "--data", school.data)
            before = school.total()
            press()
            press()
            box.wait_delivered()
        with box.running():  # the power was cut: another boot
            press()
            box.wait_delivered()
            wait_until(lambda: school.total() > before + 60, "the answers of today")
            receipted, made = school.total(), school.made()
            school.server.kill9()
            shutil.rmtree(school.data)  # the disk
            press()  # thanked for, with nobody there to take it
            hailong("restore", backup, "--data", fresh)
            fresh.rename(school.data)
            assert school.total() < receipted - 60
            school.server.start()
            wait_until(lambda: school.holds(made), "what was made before the disk was lost")
            box.wait_delivered()
            wait_until(lambda: sum(school.stored(BOX).values()) == 5, "all presses")
            box.wait_delivered()
    school.last_visits()
    assert school.is_whole(), (school.stored(), school.made())
    school.server.stop()
    assert school.doctor() == (True, {})
    query = "SELECT seq, occurred_at, uncertainty_ms, quality FROM events WHERE device = ? ORDER BY seq"
    with closing(sqlite3.connect(school.data / "hailong.db")) as store:
        rows = store.execute(query, [BOX]).fetchall()
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5]
    for (seq, at, uncertainty, quality), real in zip(rows, truth, strict=True):
        assert abs(at - real) <= uncertainty + 1_000, (seq, quality)
        assert (quality, uncertainty < 10_000) == ("anchored", True), "its boot was told by the box"


@pytest.mark.timeout(240)
def test_two_hundred_damaged_bytes_of_the_log_cost_nothing_and_doctor_tells_the_truth(school: School) -> None:
    school.server.start()
    with school.visited():
        wait_until(lambda: school.total() > 10, "the first answers")
        with closing(sqlite3.connect(school.data / "hailong.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")  # who reads for long keeps the log from being cut
            before = reader.execute("SELECT COUNT(*) FROM events").fetchone()[0]
            wait_until(lambda: school.total() > before + 60, "answers that stand in the log alone")
            school.server.kill9()
            receipted, made = school.total(), school.made()
            store, log = school.data / "hailong.db", school.data / "hailong.db-wal"
            files = {path: bytearray(path.read_bytes()) for path in (store, log)}
        at = len(files[log]) // 3
        files[log][at : at + 200] = bytes(byte ^ 0xA5 for byte in files[log][at : at + 200])
        for path, content in files.items():  # the reader, as the last one, has brought the log into the store
            path.write_bytes(content)
        sound, wrong = school.doctor()
        assert not sound
        assert "write-ahead log was damaged" in wrong["file"]
        assert "were receipted and are not stored" in wrong["receipts"]
        assert school.total() < receipted - 10
        school.server.start()
        assert "were receipted and are not stored" in school.server.words()
        wait_until(lambda: school.holds(made), "what the damage had taken")
    school.last_visits()
    assert school.is_whole(), (school.stored(), school.made())
    school.server.stop()
    assert school.doctor() == (True, {})
