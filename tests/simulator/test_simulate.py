"""`hailong simulate`: what it refuses, how it ends, and a week in which everything goes wrong."""

import json
import re
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from survey_defs.cli import main
from tests.support.commands import hailong
from tests.support.forked import Forked
from tests.support.ports import free_port
from tests.support.server import HAILONG, ServerProcess
from tests.support.waiting import wait_until

DAYS, EACH = 3, 12
SPEED = 38_000
"""A day in nine tenths of a second."""


def simulate(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["simulate", *map(str, arguments)])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--kiosks", 0, "--boxes", 0], "no device at all: give --kiosks or --boxes"),
        (["--speed", 0, "--drops", 0.1], "--drops and --broker-restarts happen at a time of day"),
        (["--data", "/nowhere/at/all"], "there is no data directory /nowhere/at/all"),
        (["--data", ".", "--devices", "x.json"], "give --data or --devices, not both"),
        (["--data", ".", "--broker-restarts", 1], "are for a server of its own"),
        (["--data", ".", "--clock-faults"], "are for a server of its own"),
        (["--clock-faults", "--speed", 0], "--clock-faults hold times against the truth"),
        (["--broker", "mqtt://localhost"], "--broker needs the devices' passwords"),
        (["--devices", "/nowhere.json"], "must hold what 'hailong device add-sample --json' printed"),
        (["--school", "Trường"], "--school 'Trường' must be 1 to 64 of a-z, 0-9 and '-'"),
        (["--days", 0], "is not in the range"),
    ],
)
def test_what_does_not_go_together_is_said_in_one_line(arguments: list[object], words: str) -> None:
    done = simulate(*arguments)
    assert done.exit_code != 0
    assert re.search(rf"^Error: .*{re.escape(words)}", done.output, re.MULTILINE), done.output
    assert "Traceback" not in done.output


def test_a_real_school_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    hailong("school", "add", "that", "--name", "Trường THCS Thật", "--data", data)
    done = simulate("--data", data, "--school", "that")
    assert done.exit_code != 0
    assert "Error: The school 'that' is no sample" in done.output
    assert hailong("device", "list", "--json", "--data", data)["devices"] == []


def test_the_same_sample_devices_get_new_passwords_and_a_hole_is_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    numbers = ("--kiosks", 2, "--boxes", 1, "--json", "--data", data)
    first, second = (hailong("device", "add-sample", *numbers)["devices"] for _ in range(2))
    assert [(one["device"], one["kind"]) for one in first] == [
        ("sim-kiosk-001", "kiosk"),
        ("sim-kiosk-002", "kiosk"),
        ("sim-box-001", "button"),
    ]
    assert all(old["device"] == new["device"] for old, new in zip(first, second, strict=True))
    assert not {one["password"] for one in first} & {one["password"] for one in second}
    assert hailong("school", "show", "mo-phong", "--json", "--data", data)["sample"] is True
    with closing(sqlite3.connect(data / "hailong.db")) as store, store:
        store.execute("INSERT INTO arrived VALUES ('j', 1, 4, 'mo-phong', 'sim-kiosk-001')")
        store.execute("INSERT INTO arrived VALUES ('j', 7, 9, 'mo-phong', 'sim-kiosk-001')")
    done = CliRunner().invoke(main, ["device", "arrived", "--school", "mo-phong", "--data", str(data)])
    assert done.exit_code == 1
    assert "5-6" in done.output
    assert "7 arrived, 2 missing" in done.output


def test_what_was_made_and_not_stored_is_told_and_kept(tmp_path: Path) -> None:
    devices = tmp_path / "devices.json"
    made = hailong("device", "add-sample", "--kiosks", 1, "--boxes", 1, "--json", "--data", tmp_path / "data")
    devices.write_text(json.dumps(made))
    nobody = f"mqtt://127.0.0.1:{free_port()}"
    done = simulate("--devices", devices, "--broker", nobody, "--speed", 0, "--visits", 4, "--wait", 0.2)
    assert done.exit_code == 1
    assert re.search(r"WRONG  sim-kiosk-001 still has \d+ that nobody gave a receipt for", done.output)
    assert re.search(r"WRONG  sim-box-001 still has \d+ that nobody gave a receipt for", done.output)
    assert "once and whole" not in done.output
    kept = re.search(r"is kept in (\S+)", done.output)
    assert kept
    assert {path.name for path in (Path(kept[1]) / "devices").iterdir()} == {"sim-kiosk-001", "sim-box-001"}


def test_ctrl_c_ends_it_when_all_is_delivered(tmp_path: Path) -> None:
    with (tmp_path / "said.txt").open("w") as said:
        process = subprocess.Popen(
            [*HAILONG, "simulate", "--kiosks", "1", "--boxes", "1", "--days", "9", "--speed", "9000"],
            stdout=said,
            stderr=said,
        )
    until = time.monotonic() + 60
    while "Password" not in (tmp_path / "said.txt").read_text():
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.8)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0, (tmp_path / "said.txt").read_text()
    words = (tmp_path / "said.txt").read_text()
    assert "Everything that was made was stored, once and whole." in words
    thanked = re.search(r"Thanked for +(\d+)", words)
    assert thanked
    assert int(thanked[1]) > 0
    assert "Dashboard  http://127.0.0.1:" in words


@pytest.mark.timeout(240)
def test_one_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    where = ("--data", tmp_path / "data", "--broker", f"mqtt://127.0.0.1:{free_port()}")
    process = Forked(["simulate", "--kiosks", 1, "--boxes", 0, *where], tmp_path / "log")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    wait_until(lambda: children.read_text().split(), "its fleet")
    fleet = children.read_text().split()
    process.kill()
    process.wait()
    wait_until(lambda: not any(is_running(each) for each in fleet), "the end of its fleet")


def is_running(process: str) -> bool:
    """Whether it still does something; one that has ended may not have been asked for its end yet."""
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_day_of_wrong_clocks_leaves_every_time_within_what_it_claims() -> None:
    fleet = "--kiosks 2 --boxes 2 --visits 30 --speed 1000 --clock-faults --resets 0.5 --json"
    done = subprocess.run(
        [*HAILONG, "simulate", *fleet.split()], capture_output=True, text=True, timeout=220, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["clock_faults"] > 6, "on a busy machine the day is over before the last of eleven"
    assert said["stored"] == said["made"] > 60
    assert said["open_times"] < said["made"] / 4


def stored(data: Path) -> tuple[Counter[str], dict[str, list[int]]]:
    """How often each event stands in the store, and the numbers of each journal."""
    with closing(sqlite3.connect(f"file:{data / 'hailong.db'}?mode=ro", uri=True)) as store:
        rows = store.execute("SELECT id, journal, seq FROM events ORDER BY journal, seq").fetchall()
    journals: dict[str, list[int]] = {}
    for _, journal, seq in rows:
        journals.setdefault(journal, []).append(seq)
    return Counter(row[0] for row in rows), journals


@pytest.mark.timeout(240)
def test_in_a_week_of_faults_nothing_is_lost_and_nothing_counted_twice(tmp_path: Path) -> None:
    """The small one; `make soak` is the week of 200 and 200."""
    with ServerProcess(tmp_path / "data") as server:
        killer = threading.Timer(2.0, server.restart)
        killer.start()
        process = subprocess.run(
            [
                *HAILONG, "simulate", "--data", str(server.data), "--broker", server.broker_url,
                "--kiosks", str(EACH), "--boxes", str(EACH), "--days", str(DAYS), "--speed", str(SPEED),
                "--visits", "3", "--resets", "0.3", "--drops", "0.9",
                "--ledger", str(tmp_path / "thanked.txt"), "--json",
            ],
            check=False,
            capture_output=True,
            text=True,
        )  # fmt: skip
        killer.join()
        assert process.returncode == 0, process.stdout + process.stderr
        found: dict[str, Any] = json.loads(process.stdout)
        ids, journals = stored(server.data)
    thanked = (tmp_path / "thanked.txt").read_text().split()
    assert found["wrong"] == []
    assert len(thanked) == len(set(thanked)) == found["thanked"] > EACH * DAYS * 2
    assert set(thanked) <= ids.keys()
    assert sum(ids.values()) == len(ids) == found["stored"] == found["made"]
    assert len(journals) == 2 * EACH
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in journals.values())
    assert found["power_cuts"] > 10
    assert found["broken_lines"] > 2
