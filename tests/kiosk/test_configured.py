"""What the server configures: taken, shown, and refused where it cannot be used."""

from __future__ import annotations

import array
import io
import os
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from kiosk.delivery.link import Pauses
from kiosk.device.clock import DeviceClock, SchoolTime
from kiosk.device.program import Program
from kiosk.device.settings import Broker, KioskSettings
from kiosk.device.sleep import AWAKE_AFTER_TOUCH_MS, Backlight, SleepControl, is_open
from kiosk.ui.chime_sound import SECONDS, chime_wav
from kiosk.visit.questionnaire import IDLE_MS
from kiosk.visit.visits import Visits
from kiosk.wiring import Parts
from survey_defs import wire
from survey_defs.device_config import MAX_BYTES
from tests.support.device_broker import DEVICE, SCHOOL, Peer, accept, open_broker
from tests.support.kiosk import KioskProcess
from tests.support.kiosk_samples import LANGUAGES, config_bytes, consent, keep_config, tthc
from tests.support.waiting import wait_until
from tests.support.xvfb import Xvfb

# Languages


def test_the_languages_are_those_of_the_configuration_and_in_its_order() -> None:
    visits = Visits(replace(tthc(), languages=("en", "vi")), LANGUAGES, 0, consent=consent)
    assert (visits.view(0).lang, visits.view(0).other_lang) == ("en", "vi")
    visits.change_program(replace(tthc(), languages=("vi",)))
    visits.tick(IDLE_MS)
    view = visits.view(IDLE_MS)
    assert (view.lang, view.other_lang) == ("vi", "vi")
    assert "language" not in view.targets()
    assert visits.touch("language", IDLE_MS) == []
    visits.change_program(replace(tthc(), languages=("zh", "en")))
    visits.tick(2 * IDLE_MS)
    assert visits.view(2 * IDLE_MS).lang == "en", "nobody can read what is not there"
    visits.change_program(replace(tthc(), languages=("zh",)))
    visits.tick(3 * IDLE_MS)
    assert visits.view(3 * IDLE_MS).lang == "vi"


# Hours and brightness


@pytest.mark.parametrize(
    ("hours", "time_of_day", "is_so"),
    [
        ("", "03:00", True),
        ("05:30-19:30", "05:29", False),
        ("05:30-19:30", "05:30", True),
        ("05:30-19:30", "19:29", True),
        ("05:30-19:30", "19:30", False),
        ("00:00-24:00", "23:59", True),
    ],
)
def test_a_schools_day_is_its_own_time(hours: str, time_of_day: str, is_so: bool) -> None:
    assert is_open(hours, at(time_of_day)) is is_so


def at(time_of_day: str) -> int:
    ms = wire.parse_wall(f"2026-11-23T{time_of_day}:00+07:00")
    assert ms is not None
    return ms


class Panel:
    """A kiosk's night with a backlight of files and a clock that the test sets."""

    def __init__(self, directory: Path) -> None:
        self.files = directory / "panel"
        self.files.mkdir()
        (self.files / "max_brightness").write_text("255\n")
        (self.files / "brightness").write_text("255\n")
        self.wall = at("12:00")
        self.synced = True
        self.told: list[bool] = []
        clock = DeviceClock("b", lambda: 0, lambda: wire.format_time(self.wall), lambda: self.synced)
        self.time = SchoolTime(clock)
        self.night = SleepControl(self.time, Backlight(directory), self.told.append)

    @property
    def brightness(self) -> int:
        return int((self.files / "brightness").read_text())


def test_outside_the_schools_day_it_is_dimmed_until_somebody_touches(tmp_path: Path) -> None:
    panel = Panel(tmp_path)
    asked = replace(tthc(), hours="05:30-19:30", brightness=80)
    panel.night.look(asked, 0, idle=True)
    assert (panel.brightness, panel.told) == (204, [])
    panel.wall = at("20:00")
    panel.night.look(asked, 1_000, idle=False)
    assert panel.told == [], "a visit is never dimmed"
    panel.night.look(asked, 2_000, idle=True)
    assert (panel.brightness, panel.told) == (41, [True])
    panel.night.touched(asked, 3_000)
    panel.night.look(asked, 3_000 + AWAKE_AFTER_TOUCH_MS - 1, idle=True)
    assert (panel.brightness, panel.told) == (204, [True, False])
    panel.night.look(asked, 3_000 + AWAKE_AFTER_TOUCH_MS, idle=True)
    assert (panel.brightness, panel.told) == (41, [True, False, True])
    panel.synced = False
    panel.night.look(asked, 200_000, idle=True)
    assert (panel.brightness, panel.told[-1]) == (204, False), "a clock that was never set tells nothing"


def test_the_servers_word_of_the_time_stands_above_the_kiosks_own_clock(tmp_path: Path) -> None:
    """A clock that says it was set may have been moved by hand since, or set by a router that is wrong."""
    panel = Panel(tmp_path)
    asked = replace(tthc(), hours="05:30-19:30", brightness=80)
    panel.wall = at("23:00") - 400 * 24 * 3_600_000
    panel.time.told(None)  # the server is in doubt itself
    panel.night.look(asked, 0, idle=True)
    assert panel.told == [True]
    panel.time.told("2026-11-23T11:00:00+07:00")
    panel.night.look(asked, 1_000, idle=True)
    assert panel.told == [True, False]
    panel.time.told(None)
    assert panel.time.now() == at("11:00"), "the last word stands, and goes on by the running time"


def test_a_screen_whose_light_is_not_ours_changes_nothing(tmp_path: Path) -> None:
    Backlight(tmp_path / "nowhere").set(50)
    panel = Panel(tmp_path)
    (panel.files / "max_brightness").write_text("much\n")
    panel.night.look(replace(tthc(), brightness=10), 0, idle=True)
    assert panel.brightness == 255
    (panel.files / "max_brightness").write_text("3\n")
    (panel.files / "brightness").unlink()
    (panel.files / "brightness").mkdir()
    panel.night.look(replace(tthc(), brightness=20), 0, idle=True)


# Taken and refused


@contextmanager
def running(data: Path, port: int) -> Iterator[tuple[Parts, list[Any]]]:
    """A kiosk without a face, and what it is told."""
    data.mkdir()
    settings = KioskSettings(
        broker=Broker("127.0.0.1", port, DEVICE, ""), school=SCHOOL, device=DEVICE, data=data
    )
    parts = Parts(settings, pauses=Pauses(first=0.05, longest=0.1))
    news: list[Any] = []
    parts.listen(news.append)
    parts.start()
    try:
        yield parts, news
    finally:
        parts.stop()


def test_what_cannot_be_used_is_refused_and_told_and_the_last_good_one_stays(tmp_path: Path) -> None:
    data = tmp_path / "kiosk"
    good = config_bytes(school="Trường Một", device=DEVICE)
    other = config_bytes(school="Trường Hai", device="kiosk-2")
    unusable = msgspec.json.decode(config_bytes(school="Trường Ba"))
    unusable |= {"survey": "khong-co", "revision": "r3"}
    revision = msgspec.json.decode(good)["revision"]
    with (
        open_broker(tmp_path / "broker") as broker,
        Peer(broker.port, accept) as peer,
        running(data, broker.port) as (parts, news),
    ):

        def tells(wanted: dict[str, Any]) -> None:
            def told() -> bool:
                health = peer.last("health") or {}
                return {key: health.get(key) for key in wanted} == wanted

            began = time.monotonic()
            wait_until(told, str(wanted))
            assert time.monotonic() - began < 20, "long before the next minute's word"

        tells({"revision": "", "refused": None})
        for payload, code, name in (
            (b"{", "bad-config", None),
            (b"[" * (MAX_BYTES + 1), "too-large", None),
            (other, "other-device", msgspec.json.decode(other)["revision"]),
            (msgspec.json.encode(unusable), "unusable", "r3"),
        ):
            peer.publish("config", payload)
            tells({"revision": "", "refused": {"revision": name, "code": code}})
        peer.publish("config", good)
        tells({"revision": revision, "refused": None})
        peer.publish("config", b'{"v":1,"revision":"worse"}')
        tells({"revision": revision, "refused": {"revision": "worse", "code": "bad-config"}})
        assert (data / "config.json").read_bytes() == good
        assert [program.school for program in news if isinstance(program, Program)] == ["Trường Một"]
        parts.sleep(asleep=True)
        wait_until(lambda: (peer.last("state") or {}).get("state") == "sleeping", "that it sleeps")
        parts.sleep(asleep=False)
        wait_until(lambda: (peer.last("state") or {}).get("state") == "ready", "that it is awake")


# Sound, and words of the school's own


def test_the_chime_is_short_and_soft() -> None:
    with wave.open(io.BytesIO(chime_wav())) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        assert sound.getnframes() / sound.getframerate() == pytest.approx(SECONDS, abs=0.01)
        samples = array.array("h", sound.readframes(sound.getnframes()))
    assert 6_000 < max(map(abs, samples)) < 20_000
    assert abs(samples[0]) + abs(samples[-1]) < 100, "no click at either end"


def test_a_configured_kiosk_thanks_in_the_schools_words_and_with_its_chime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sound library plays into a file."""
    heard, data = tmp_path / "heard.raw", tmp_path / "kiosk"
    monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
    monkeypatch.setenv("SDL_DISKAUDIOFILE", str(heard))
    words = {"welcome": {"vi": "Chào quý phụ huynh"}, "thanks": {"vi": "Hẹn gặp lại quý vị!"}}
    keep_config(data, config_bytes(languages=("vi",), volume=60, texts=words))
    with Xvfb(800, 480) as display, KioskProcess(display, data) as kiosk:
        assert "language" not in kiosk.screen()["targets"]
        kiosk.touch("procedure:hoc-ba")
        kiosk.wait_for_screen("question:rating")
        assert not heard.exists() or not any(heard.read_bytes())
        kiosk.touch("level:5")
        kiosk.wait_for_screen("question:timeliness")
        kiosk.touch("next")
        kiosk.wait_for_screen("thanks")
        assert kiosk.screen()["overflows"] == []
        kiosk.wait_until(lambda: heard.exists() and any(heard.read_bytes()), "the chime")


def test_without_a_sound_device_there_is_a_word_about_it_and_no_wait(tmp_path: Path) -> None:
    (tmp_path / "kivy").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", NO_DEVICE, str(tmp_path)],
        env={**os.environ, "SDL_AUDIODRIVER": "no such driver"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "there is no sound" in done.stderr
    assert float(done.stdout.splitlines()[-1]) < 0.05, "seconds that the window's thread waited"


NO_DEVICE = """
import sys, time
from pathlib import Path
from kiosk.device.log import log_to_stderr
from kiosk.device.settings import KioskSettings
from kiosk.ui.chime import Chime
from kiosk.ui.run import prepare_window
log_to_stderr()
data = Path(sys.argv[1])
prepare_window(KioskSettings(broker=None, school="", device="", data=data))
chime, began = Chime(data / "kivy"), time.monotonic()
chime.play(60)
waited = time.monotonic() - began
chime._thread.join(30)
chime.play(60)
print(waited)
"""
