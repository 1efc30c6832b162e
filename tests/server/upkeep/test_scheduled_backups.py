"""A backup every day at its hour: made once, made up for, by one at a time; old ones go, never the newest."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from msgspec import structs

from server.domain.localtime import SCHOOL_ZONE
from server.domain.problems import Problem
from server.services.context import Context
from server.services.upkeep import backup, backup_sheet, scheduled_backups
from server.settings import BadSettings, read_settings
from server.transport.background.backups import Backups
from server.wiring.pages import create_app
from tests.support.commands import hailong
from tests.support.forked import Forked
from tests.support.pages import signed_in
from tests.support.seed import add_school, make_context
from tests.support.server import ServerProcess
from tests.support.store import World

PHRASE = "bảy con cò trắng bay qua sông"
DAY_MS = 24 * 3_600_000
MAKE_MANY = """
import sys
from pathlib import Path
from server.services.upkeep import backup
from server.settings import Settings
from server.wiring.contexts import build
data, place, count = sys.argv[1:]
ctx = build(Settings(data=data))
for number in range(int(count)):
    backup.back_up(ctx, Path(f"{place}-{number}.backup"))
"""


def at(day: int, hour: int, minute: int = 0) -> int:
    """A moment of June 2026 by the school's clock."""
    return round(datetime(2026, 6, day, hour, minute, tzinfo=SCHOOL_ZONE).timestamp() * 1000)


def with_settings(world: World, **settings: object) -> Context:
    return replace(world.ctx, settings=structs.replace(world.ctx.settings, **settings))


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "data")
    backup.make_key(world.ctx, PHRASE)
    return world


def making(data: Path, place: Path, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", MAKE_MANY, str(data), str(place), str(count)], stderr=subprocess.PIPE
    )


def until(holds: Callable[[], object], within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_two_processes_that_make_backups_at_once_take_nothing_from_each_other(
    world: World, tmp_path: Path
) -> None:
    made = [making(tmp_path / "data", tmp_path / name, 5) for name in ("daily", "by-hand")]
    said = [each.communicate(timeout=60)[1].decode() for each in made]
    assert [each.returncode for each in made] == [0, 0], said
    for number in range(5):
        for name in ("daily", "by-hand"):
            saved = tmp_path / f"{name}-{number}.backup"
            assert backup.is_sealed(saved) is not None
    hailong("backup", "verify", tmp_path / "daily-4.backup", "--passphrase-stdin", stdin=PHRASE)


def test_who_comes_second_is_told_that_it_waits(world: World, tmp_path: Path) -> None:
    second = tmp_path / "second.backup"
    with world.ctx.store.alone(backup.WORK):
        waiting = Forked(("backup", "-o", second, "--data", tmp_path / "data"), tmp_path / "said")
        waiting.wait_for_words("waiting until it is done")
        assert not second.exists()
    assert waiting.wait(60) == 0
    assert second.exists()


def test_what_a_killed_one_left_in_the_clear_goes_when_the_server_starts(
    world: World, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    process = making(data, tmp_path / "lost", 10_000)
    copy = data / ".backup.db"
    until(lambda: process.poll() is not None or _is_stopped_beside(process.pid, copy))
    process.kill()
    process.communicate()
    (data / ".unpacked-x" / "tls").mkdir(parents=True)
    (data / ".unpacked-x" / "tls" / "ca.key").write_text("key")
    assert copy.exists()
    with ServerProcess(data):
        until(lambda: not list(data.glob(".backup.db*")) + list(data.glob(".unpacked-*")))
    assert (data / "backup.key").exists()


def test_the_servers_settings_are_in_it_wherever_they_lie(world: World, tmp_path: Path) -> None:
    kept, file = tmp_path / "kept", tmp_path / "etc" / "hailong.toml"
    file.parent.mkdir()
    file.write_text(f'backup_dir = "{kept}"\n')
    with ServerProcess(tmp_path / "data", options=("--settings", str(file))):
        until(lambda: kept.exists() and [name for name in names(kept) if not name.startswith(".")])
    (made,) = kept.iterdir()
    listed = hailong("backup", "verify", made, "--passphrase-stdin", "--json", stdin=PHRASE)
    assert "hailong.toml" in listed["files"]


def _is_stopped_beside(process: int, copy: Path) -> bool:
    os.kill(process, signal.SIGSTOP)
    if copy.exists():
        return True
    os.kill(process, signal.SIGCONT)
    return False


def test_certificates_made_at_once_fit_their_keys(tmp_path: Path) -> None:
    data = tmp_path / "data"
    World(data)
    command = ("tls", "make", "--name", "127.0.0.1", "--data", data)
    made = [Forked(command, tmp_path / name) for name in ("one", "other")]
    assert [each.wait(60) for each in made] == [0, 0]
    from server.services.network.endpoints import credentials
    from server.settings import Settings
    from server.transport.ports.tls import server_context

    shown = credentials(Settings(data=str(data)))
    assert shown is not None
    server_context(shown)  # raises where they do not belong together


def test_it_is_made_once_a_day_from_its_hour_on_and_made_up_for(world: World, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    ctx = with_settings(world, backup_dir=str(kept), backup_at="23:15")
    world.time = at(10, 12)
    assert scheduled_backups.run(ctx) == kept / "hailong-2026-06-09.backup", "the first, at once"
    assert scheduled_backups.run(ctx) is None
    world.time = at(10, 23, 14)
    assert scheduled_backups.run(ctx) is None
    world.time = at(10, 23, 15)
    assert scheduled_backups.run(ctx) == kept / "hailong-2026-06-10.backup"
    world.time = at(12, 7)  # the server was off in the night
    assert scheduled_backups.overdue(ctx) is None, "it may be that it has only just started"
    assert scheduled_backups.run(ctx) == kept / "hailong-2026-06-11.backup"
    world.time = at(13, 11, 16)
    assert scheduled_backups.overdue(ctx) == (date(2026, 6, 11),), "half a day after it was due"


@pytest.mark.parametrize("wrong", ["24:00", "2:5", "nửa đêm", "02:30-03:00", ""])
def test_a_time_that_is_none_is_told_in_one_sentence(wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "hailong.toml"
    file.write_text(f'backup_at = "{wrong}"\n')
    with pytest.raises(BadSettings, match="backup_at must be a time of day like 02:30"):
        read_settings(file, {})
    file.write_text("backup_at = 23:15:00\n")  # as TOML itself writes a time
    assert read_settings(file, {}).backup_at == "23:15"
    file.write_text("backup_daily = 0\n")
    with pytest.raises(BadSettings, match="backup_daily must be 1 or more"):
        read_settings(file, {})


@contextlib.contextmanager
def running(ctx: Context) -> Iterator[None]:
    """The part of the server that makes them, looking all the time."""
    part = Backups(ctx, None, every_s=0.001)
    part.start()
    try:
        yield
    finally:
        part.stop(within_s=30)


def test_a_running_server_makes_one_each_day_and_lets_old_ones_go(world: World, tmp_path: Path) -> None:
    kept, today = tmp_path / "kept", date(2026, 6, 1)
    ctx = with_settings(world, backup_dir=str(kept), backup_daily=3, backup_weekly=2, backup_keep_days=9)
    world.time = at(1, 3)  # a Monday
    with running(ctx):
        for _ in range(12):
            until((kept / f"hailong-{today}.backup").exists)
            today += timedelta(days=1)
            world.time += DAY_MS
        until(lambda: (kept / "hailong-2026-06-13.backup").exists() and len(names(kept)) == 4)
    stay = [f"hailong-2026-06-{day:02}.backup" for day in (7, 11, 12, 13)]
    assert names(kept) == stay, "three days, the newest of each of two weeks, and nothing else"
    found = scheduled_backups.days(kept, today)
    hailong("backup", "verify", kept / f"hailong-{found[0]}.backup", "--passphrase-stdin", stdin=PHRASE)


def test_the_newest_good_one_stays_whatever_its_age(world: World, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    ctx = with_settings(world, backup_dir=str(kept), backup_keep_days=5, backup_daily=1, backup_weekly=0)
    world.time = at(1, 3)
    assert scheduled_backups.run(ctx) is not None
    old = kept / "hailong-2026-06-01.backup"
    emptied, ahead = kept / "hailong-2026-06-19.backup", kept / "hailong-2031-01-01.backup"
    world.time = at(19, 3)
    emptied.write_bytes(b"")  # the day's file is there, and the disk has lost what was in it
    ahead.write_bytes(old.read_bytes())  # named by a clock that was wrong
    assert scheduled_backups.last(ctx) == date(2026, 6, 1), "neither that one nor the one that is yet to come"
    (kept / ".hailong-2026-06-02.backup.unfinished").write_text("cut off")
    os.utime(kept / ".hailong-2026-06-02.backup.unfinished", (0, 0))
    with pytest.raises(Problem, match="cannot be written"):
        scheduled_backups.run(with_settings(world, data="/proc", backup_dir=str(kept)))
    assert old.exists(), "nothing goes before there is another"
    assert scheduled_backups.run(ctx) == emptied
    assert names(kept) == [emptied.name, f"{emptied.name}.broken", ahead.name]
    os.utime(kept / f"{emptied.name}.broken", (0, 0))
    assert scheduled_backups.run(ctx) is None
    assert names(kept) == [emptied.name, ahead.name]
    assert backup.is_backup(emptied) and scheduled_backups.last(ctx) == date(2026, 6, 19)


def test_one_is_kept_of_each_week(world: World, tmp_path: Path) -> None:
    days = [date(2026, 6, 30) - timedelta(days=back) for back in range(60)]
    stay = scheduled_backups.staying(days, days[0], 7, 4, 30)
    assert len(stay) == 9, "seven days, and of four weeks the newest, of which two are among these"
    assert (max(stay) - min(stay)).days <= 28
    assert scheduled_backups.staying(days[40:], days[0], 7, 4, 30) == {days[40]}


def test_what_is_missing_is_told(world: World, tmp_path: Path) -> None:
    ctx = with_settings(world, backup_dir=str(tmp_path / "kept"))
    assert "there is none" in scheduled_backups.trouble(ctx)
    scheduled_backups.run(ctx)
    assert "hailong backup sheet" in scheduled_backups.trouble(ctx)
    backup_sheet.make_sheet(ctx, backup.by_passphrase(PHRASE), lambda _: None)
    assert scheduled_backups.trouble(ctx) == ""
    backup.make_key(ctx, PHRASE, renew=True)
    assert "hailong backup sheet" in scheduled_backups.trouble(ctx), "that was a sheet of the key before"
    world.time += 2 * DAY_MS
    assert "the last one is of" in scheduled_backups.trouble(ctx)


def test_a_missing_backup_stands_on_the_home_page_and_in_the_figures(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    ctx = make_context(tmp_path / "data", backup_dir=str(kept))
    add_school(ctx)
    app = create_app(ctx)
    deputy = signed_in(app)
    assert "Máy chủ chưa có bản sao lưu nào" in deputy.get("/").text
    assert "hailong_backup_age" not in deputy.get("/metrics").text
    assert scheduled_backups.run(ctx) is not None
    assert "bản sao lưu" not in deputy.get("/").text
    (made,) = kept.iterdir()
    made.rename(made.with_name(f"hailong-2026-01-05{backup.ENDING}"))
    assert "Bản sao lưu gần nhất là của ngày 05/01/2026" in unescape(deputy.get("/").text)
    figures = app.test_client().get("/metrics").text
    assert float(re.findall(r"^hailong_backup_age_seconds (.*)$", figures, re.MULTILINE)[0]) > 86_400
    ctx.store.close()
