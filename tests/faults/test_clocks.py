"""The clock drill: a real server whose clock goes wrong in every way, with a real box, a device and a phone.

Whatever the clock did, at its end every answer stands where it was given, within what its row claims.
"""

from __future__ import annotations

import sqlite3
import time
import urllib.parse
import urllib.request
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from survey_defs import wire
from tests.support.clock import DAY_MS, FaultyClock
from tests.support.device import Device, event
from tests.support.forked import hailong
from tests.support.kiosk import KioskProcess
from tests.support.kiosk_with_clock import go_wrong
from tests.support.phone import token_of
from tests.support.server import ServerProcess
from tests.support.server import hailong as hailong_with_clock
from tests.support.whole_box import TestBox, compile_firmware
from tests.support.xvfb import Xvfb

BOX, KIOSK, POINT, SCHOOL = "nut-cua-truoc", "kiosk-1", "ban-1", "mau"
LOGIN, PHRASE = "pho-hieu-truong", "con mèo nằm trên mái ngói\n"
KIOSK_DAYS_OFF = 400
"""The kiosk's own clock, which says that it is set."""
_LATE_MS = 1_000
"""A finger, a line and a commit on a busy machine, beyond what a time itself claims."""


class Fault(NamedTuple):
    """What happens next to the server's clock, and whether the server is restarted with it."""

    what: str
    days: float
    restart: bool = False
    boot: str = "boot-1"
    synced: bool = False
    doubt: str = ""


FAULTS = (
    Fault("all is well", 0, restart=True),
    Fault("three days behind at a restart of the program", -3, restart=True, doubt="jumped"),
    Fault("and right again at the next", 0, restart=True),
    Fault("three years ahead while it runs", 1100, doubt="jumped"),
    Fault("and back", 0),
    Fault("an hour back while it runs", -1 / 24, doubt="jumped"),
    Fault("which NTP puts right", 0, synced=True),
    Fault("the machine started anew two years behind", -730, restart=True, boot="boot-2", doubt="behind"),
    Fault("somebody sets it", 0, boot="boot-2"),
    Fault("started anew three years ahead", 1100, restart=True, boot="boot-3", doubt="ahead"),
    Fault("NTP sets it", 0, boot="boot-3", synced=True),
)


class Drill:
    """The server under its clock, and all who speak to it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.true: dict[tuple[str, int], tuple[int, int]] = {}
        """(device, its n-th answer) → the real moments just before and just after it."""
        self._counts: dict[str, int] = {}
        self.clock = FaultyClock(folder / "clock.json")
        made = ("--data", self.data)
        hailong("school", "add", SCHOOL, "--name", "Trường THCS Mẫu", *made)
        account = ("--role", "deputy", "--school", SCHOOL, "--password-stdin")
        hailong("user", "add", LOGIN, *account, *made, stdin="mat-khau-de-thu")
        hailong(
            "key", "make", "--school", SCHOOL, "--holder", LOGIN, "--passphrase-stdin", *made, stdin=PHRASE
        )
        hailong("point", "add", POINT, "--school", SCHOOL, "--label", "Bàn 1", *made)
        self.passwords = {
            device: hailong("device", "add", device, "--school", SCHOOL, "--kind", kind, "--json", *made)[
                "password"
            ]
            for device, kind in ((BOX, "button"), (KIOSK, "kiosk"))
        }
        self.server = ServerProcess(self.data, env=self.clock.env)
        self.box = TestBox(folder / "box", compile_firmware(folder / "mpy"))
        self.box.enrol(
            {"device": BOX, "school": SCHOOL, "password": self.passwords[BOX], "host": "127.0.0.1"}
            | {"port": self.server.mqtt_port, "tls": False}
        )
        self._booted = time.monotonic()

    def happen(self, fault: Fault) -> None:
        """The fault, and until the server says what it makes of it."""
        if fault.restart:
            self.server.kill9()
        self.clock.be(days=fault.days, boot=fault.boot, synced=fault.synced)
        if fault.restart:
            self.server.start()
        wanted = f"ok\nclock: {fault.doubt}\n" if fault.doubt else "ok"
        until = time.monotonic() + 10
        while (said := self._health()) != wanted:
            assert time.monotonic() < until, (fault.what, said, self.server.words())
            time.sleep(0.05)

    def everybody_answers(self) -> None:
        """Somebody at the box, at the kiosk and on a phone."""
        self._timed(BOX, lambda: self.box.press(5))
        self._timed(KIOSK, self._kiosk)
        self._timed(POINT, self._phone)
        self.box.wait_delivered()

    def complain(self) -> str:
        """A letter from a phone; the page that thanks for it."""
        return self._post(f"/q/{POINT}/gop-y", text="Thầy cô không nghe máy.")

    def _timed(self, who: str, act: object) -> None:
        before = _now()
        act()  # type: ignore[operator]
        self._counts[who] = self._counts.get(who, 0) + 1
        self.true[who, self._counts[who]] = before, _now()

    def _kiosk(self) -> None:
        """A kiosk whose own clock is far off and says that it is set."""
        seq = self._counts.get(KIOSK, 0) + 1
        up = round((time.monotonic() - self._booted) * 1000)
        wall = wire.format_time(_now() + KIOSK_DAYS_OFF * DAY_MS)
        device = Device(self.server.mqtt_port, KIOSK, self.passwords[KIOSK], school=SCHOOL).listen()
        one = event(seq, up_ms=up, wall=wall)
        device.send(one, up_ms=up, wall=wall, synced=True)
        assert device.outcome(one["id"]) == {one["id"]: "accepted"}
        device.close()

    def _phone(self) -> None:
        assert "token" not in self._post(f"/q/{POINT}", **{"q.rating": "5"})

    def _post(self, path: str, **fields: str) -> str:
        with urllib.request.urlopen(f"{self.server.url}{path}") as page:
            token = token_of(page.read().decode())
        sent = urllib.parse.urlencode({"token": token, **fields}).encode()
        with urllib.request.urlopen(f"{self.server.url}{path}", sent) as page:
            return str(page.read().decode())

    def _health(self) -> str:
        with urllib.request.urlopen(f"{self.server.url}/healthz") as answer:
            return str(answer.read().decode())

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"file:{self.data / 'hailong.db'}?mode=ro", uri=True)) as store:
            return store.execute(query).fetchall()


def _now() -> int:
    return time.time_ns() // 1_000_000


@pytest.mark.timeout(180)
def test_every_time_stands_where_it_was_whatever_the_clock_did(tmp_path: Path) -> None:
    drill = Drill(tmp_path)
    drill.happen(FAULTS[0])
    try:
        with drill.box.running():
            for fault in FAULTS:
                drill.happen(fault)
                drill.everybody_answers()
                if fault.days == -730:
                    waits = drill.complain()
                    assert "Máy chủ đang chờ chỉnh lại giờ" in waits
                    assert drill.rows("SELECT COUNT(*) FROM cases") == [(0,)]
    finally:
        drill.server.stop()
    query = "SELECT device, seq, occurred_at, quality, uncertainty_ms FROM events WHERE type = 'answer'"
    stored = drill.rows(query)
    assert len(stored) == len(drill.true)
    counted: dict[str, int] = {}
    for device, _, occurred_at, quality, uncertainty in sorted(stored, key=lambda row: (row[0], row[1])):
        name = str(device)
        counted[name] = counted.get(name, 0) + 1
        before, after = drill.true[name, counted[name]]
        assert quality in ("anchored", "synced"), (name, counted[name], quality)
        assert isinstance(occurred_at, int)
        assert isinstance(uncertainty, int)
        slack = uncertainty + _LATE_MS
        assert before - slack <= occurred_at <= after + slack, (name, counted[name], occurred_at - before)
    year = time.gmtime().tm_year
    assert drill.rows("SELECT year, number FROM cases") == [(year, 1)]
    assert "agree" in hailong("doctor", "--data", drill.data)


class WrongKiosk:
    """A kiosk's window on a machine whose clock is wrong, and says that a time server has set it."""

    def __init__(self, folder: Path, display: Xvfb, server: ServerProcess, password: str) -> None:
        self.clock = FaultyClock(folder / "kiosk-clock.json", days=KIOSK_DAYS_OFF)
        synced = folder / "synced"
        synced.touch()
        self.kiosk = KioskProcess(
            display,
            folder / "kiosk",
            broker=f"mqtt://127.0.0.1:{server.mqtt_port}",
            school=SCHOOL,
            device=KIOSK,
            password=password,
            options=("--synced-file", str(synced)),
            first=partial(go_wrong, self.clock.file),
        )
        self.touched: list[tuple[int, int]] = []
        """The real moments just before and just after each face was touched."""

    def visit(self, *, jump_to_days: float | None = None) -> None:
        """Somebody rates; the clock may jump while they stand before the faces."""
        self.kiosk.wait_for_screen("rest")
        self.kiosk.touch("procedure:hoc-ba")
        self.kiosk.wait_for_screen("question:rating")
        if jump_to_days is not None:
            self.clock.be(days=jump_to_days)
        before = _now()
        self.kiosk.touch("level:4")
        self.kiosk.wait_for_screen("question:timeliness")
        self.touched.append((before, _now()))
        self.kiosk.touch("next")
        self.kiosk.wait_for_screen("thanks")

    def again(self, *, days: float, boot: str = "boot-1") -> None:
        """The program is killed and started anew with its clock so, in the same boot or in another."""
        self.kiosk.kill()
        self.clock.be(days=days, boot=boot)
        self.kiosk.start()


@pytest.mark.timeout(180)
def test_a_kiosks_window_may_have_any_clock(tmp_path: Path) -> None:
    """Days off, jumping during a visit, restarted, and started anew while the server is away."""
    data = tmp_path / "data"
    hailong("school", "add", SCHOOL, "--name", "Trường THCS Mẫu", "--data", data)
    made = hailong("device", "add", KIOSK, "--school", SCHOOL, "--kind", "kiosk", "--json", "--data", data)
    with ServerProcess(data) as server, Xvfb(800, 480) as display:
        wrong = WrongKiosk(tmp_path, display, server, made["password"])
        with wrong.kiosk:
            wrong.visit()
            wrong.visit(jump_to_days=-30)
            server.kill9()
            wrong.again(days=-700, boot="boot-2")
            wrong.visit()
            wrong.kiosk.kill()  # before the server is back: that boot never reaches it
            server.start()
            wrong.again(days=5, boot="boot-3")
            wrong.visit()
            stored = wait_for_answers(data, len(wrong.touched))
    assert [quality for _, quality, _ in stored] == ["anchored", "anchored", "bounded", "anchored"]
    for (occurred_at, _, uncertainty), (before, after) in zip(stored, wrong.touched, strict=True):
        slack = uncertainty + _LATE_MS
        assert before - slack <= occurred_at <= after + slack, (occurred_at - before, uncertainty)


def wait_for_answers(data: Path, number: int) -> list[tuple[int, str, int]]:
    """(time, quality, uncertainty) of the answers, in the order of their journal, once there are so many."""
    query = "SELECT occurred_at, quality, uncertainty_ms FROM events WHERE type = 'answer' ORDER BY seq"
    until = time.monotonic() + 30
    with closing(sqlite3.connect(f"file:{data / 'hailong.db'}?mode=ro", uri=True)) as store:
        while len(rows := store.execute(query).fetchall()) < number:
            assert time.monotonic() < until, rows
            time.sleep(0.05)
    return rows


@pytest.mark.timeout(60)
def test_nothing_goes_for_good_on_ten_seconds_of_a_wrong_clock(tmp_path: Path) -> None:
    """Three years ahead at a start: an old store, put aside by a restore, is still there."""
    data, clock = tmp_path / "data", FaultyClock(tmp_path / "clock.json")
    hailong("school", "add", SCHOOL, "--name", "Trường THCS Mẫu", "--data", data)
    aside = data / f"before-restore-{time.strftime('%Y%m%d')}T000000Z.db"
    aside.write_bytes(b"old")
    with ServerProcess(data, env=clock.env) as server:
        clock.be(days=1100)
        until = time.monotonic() + 10
        while "clock looks wrong" not in server.words():
            assert time.monotonic() < until, server.words()
            time.sleep(0.05)
        server.restart()
        done = hailong_with_clock("clock", "show", "--data", data, "--json", env=clock.env)
        assert (done["doubt"], done["may_erase"]) == ("jumped", False)
        clock.be(days=0)
    assert aside.exists()
