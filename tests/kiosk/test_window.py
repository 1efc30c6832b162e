"""The kiosk's window as a visitor and a technician meet it."""

import sqlite3
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli import kiosk as command
from kiosk.device.settings import BadSettings, prepare_data, read_broker, read_size
from kiosk.screen.texts import kiosk_texts
from survey_defs.loader import builtin_surveys
from tests.support.kiosk import KioskProcess
from tests.support.xvfb import Xvfb


def rows(data: Path) -> list[tuple[int, int, str]]:
    with sqlite3.connect(f"file:{data / 'outbox.db'}?mode=ro", uri=True) as connection:
        return connection.execute(
            "SELECT seq, closed, CAST(body AS TEXT) FROM events ORDER BY seq"
        ).fetchall()


def test_two_reports_of_one_touch_a_kill_and_a_restart_make_one_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    data = tmp_path / "kiosk"
    with Xvfb(800, 480) as display, KioskProcess(display, data) as kiosk:
        kiosk.touch("procedure:hoc-ba")
        kiosk.wait_for_screen("question:rating")
        time.sleep(0.4)
        x, y = kiosk.point("level:2")
        display.xdotool("mousemove", x, y, "click", "--repeat", 3, "--delay", 40, 1)
        kiosk.wait_for_screen("question:timeliness")
        kiosk.wait_until(lambda: rows(data), "the commit")
        kiosk.kill()
        [(seq, closed, body)] = rows(data)
        assert (seq, closed) == (1, 0)
        assert '"answers":{"rating":2}' in body
        kiosk.start()
        kiosk.wait_for_screen("rest")
        kiosk.wait_until(lambda: rows(data)[0][1] == 1, "the row closed at the start")
        assert rows(data) == [(1, 1, body)]
        kill_in_the_follow_up(kiosk)
        other = CliRunner().invoke(
            command, ["--broker", "mqtt://127.0.0.1", "--school", "a", "--device", "b", "--data", str(data)]
        )
        assert (other.exit_code, "another kiosk already runs" in other.output) == (1, True)
    assert list(home.rglob("*")) == []


def kill_in_the_follow_up(kiosk: KioskProcess) -> None:
    """Faces asked anew, or a reason ticked and not sent: what was touched before the power failed counts."""
    for touches, rating, reasons in (("level:1 change", 1, ""), ("level:2 next choice:khac", 2, '["khac"]')):
        number = len(rows(kiosk.data)) + 1
        kiosk.touch("procedure:hoc-ba")
        for touch in touches.split():
            kiosk.wait_until(lambda name=touch: name in kiosk.screen()["targets"], f"'{touch}'")
            kiosk.touch(touch)
        last = "question:reasons" if reasons else "question:rating"
        kiosk.wait_for_screen(last)
        kiosk.wait_until(lambda want=reasons: want in rows(kiosk.data)[-1][2], "the tick on the disk")
        kiosk.kill()
        assert [(seq, closed) for seq, closed, _ in rows(kiosk.data)][-1] == (number, 0)
        kiosk.start()
        kiosk.wait_for_screen("rest")
        kiosk.wait_until(lambda: rows(kiosk.data)[-1][1] == 1, "the row closed at the start")
        seq, _, body = rows(kiosk.data)[-1]
        assert seq == number
        assert f'"answers":{{"rating":{rating}{f""","reasons":{reasons}""" if reasons else ""}}}' in body


def test_a_touch_that_slides_away_counts_for_nothing_and_the_trace_tells_no_answer(tmp_path: Path) -> None:
    with Xvfb(800, 480) as display, KioskProcess(display, tmp_path / "kiosk") as kiosk:
        kiosk.press("procedure:hoc-ba")
        x, y = kiosk.point("procedure:tuyen-sinh-6")
        display.xdotool("mousemove", x, y)
        kiosk.release()
        kiosk.touch("procedure:chuyen-truong")
        kiosk.wait_for_screen("question:rating")
        assert [line["name"] for line in kiosk.lines("screen")] == ["rest", "question:rating"]
        kiosk.touch("level:1")
        kiosk.wait_for_screen("question:timeliness")
        for line in kiosk.lines():
            if line["kind"] in ("touch", "release", "acted", "frame", "still"):
                assert set(line) == {"t", "kind"}
        assert {line["kind"] for line in kiosk.lines()} == {
            "screen",
            "still",
            "touch",
            "release",
            "acted",
            "frame",
            "commit",
        }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--broker", "http://x"], "--broker must look like"),
        (["--broker", "mqtt://x:nonsense"], "--broker must look like"),
        (["--device", "Kiosk 1"], "--device 'Kiosk 1' must be"),
        (["--school", "Trường"], "--school 'Trường' must be"),
        (["--size", "wide"], "--size must look like"),
        (["--data", "/proc/hailong"], "cannot be written"),
        (["--password-file", "/nowhere/at-all"], "cannot be read"),
    ],
)
def test_each_bad_setting_gets_its_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    good = ["--broker", "mqtt://127.0.0.1", "--school", "a", "--device", "b", "--data", str(tmp_path)]
    done = CliRunner().invoke(command, [*good, *arguments])
    assert done.exit_code == 1
    assert sentence in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_broker_addresses() -> None:
    broker = read_broker("mqtts://ban%40:m%3At@may-chu", "kiosk-1", None)
    assert (broker.username, broker.password, broker.port, broker.tls) == ("ban@", "m:t", 8883, True)
    assert "m:t" not in repr(broker)
    broker = read_broker("may-chu:1999", "kiosk-1", "p")
    assert (broker.username, broker.password, broker.port, broker.tls) == ("kiosk-1", "p", 1999, False)
    assert read_size("1024x600") == (1024, 600)
    with pytest.raises(BadSettings):
        prepare_data(Path("/dev/null/x"))


def test_the_texts_agree_and_every_survey_finds_its_invitation() -> None:
    texts = kiosk_texts()
    assert texts.gaps() == []
    for survey in builtin_surveys():
        assert f"rest.invite.{survey.audiences[0]}" in texts
