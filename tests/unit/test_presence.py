"""Is a device there?"""

import pytest

from firmware.link import Timing
from firmware.power import RETRY_S
from kiosk.delivery.link import Pauses
from server.domain.devices.presence import Presence, hear, is_silent
from survey_defs.presence import BATTERY_HEALTH_S, BOX_HEALTH_S, KIOSK_HEALTH_S, max_silence_s

HERE = Presence("ready", "s2", 100, 100)


def test_the_first_word() -> None:
    assert hear(None, "init", "s1", 5, retained=False) == Presence("init", "s1", 5, 5)
    assert hear(None, "ready", "s1", 5, retained=True) == Presence("ready", "s1", 5, None)
    assert hear(None, "lost", "s1", 5, retained=False) == Presence("lost", "s1", 5, None)


@pytest.mark.parametrize("ending", ["lost", "disconnected"])
@pytest.mark.parametrize("retained", [False, True])
def test_the_end_of_an_older_session_is_ignored(ending: str, retained: bool) -> None:
    assert hear(HERE, ending, "s1", 200, retained=retained) == HERE


def test_the_end_of_this_session_counts() -> None:
    assert hear(HERE, "lost", "s2", 200, retained=False) == Presence("lost", "s2", 200, 100)
    assert hear(HERE, "disconnected", "s2", 200, retained=False) == Presence("disconnected", "s2", 200, 200)


def test_a_new_session_takes_over() -> None:
    lost = Presence("lost", "s2", 150, 100)
    assert hear(lost, "ready", "s3", 200, retained=False) == Presence("ready", "s3", 200, 200)
    assert hear(lost, "lost", "s2", 200, retained=True) == lost


def test_sleeping_and_alert_are_states_like_others() -> None:
    sleeping = hear(HERE, "sleeping", "s2", 200, retained=False)
    assert sleeping == Presence("sleeping", "s2", 200, 200)
    assert hear(sleeping, "alert", "s2", 300, retained=False) == Presence("alert", "s2", 300, 300)


def test_the_same_again_is_heard_but_changes_nothing() -> None:
    assert hear(HERE, "ready", "s2", 200, retained=False) == Presence("ready", "s2", 100, 200)


def test_what_the_broker_kept_is_no_sign_of_life() -> None:
    assert hear(HERE, "ready", "s2", 900, retained=True) == HERE
    assert hear(HERE, "ready", "s9", 900, retained=True) == Presence("ready", "s9", 900, 100)


def test_a_device_known_from_batches_alone_can_be_lost() -> None:
    assert hear(Presence("ready", "", 1, 50), "lost", "s1", 60, retained=False) == Presence(
        "lost", "s1", 60, 50
    )


QUIET_MORNING_S = 4 * 3600
NIGHT_S = 16 * 3600
DAY_S = 86_400


@pytest.mark.parametrize(
    ("kind", "state", "on_battery", "silent_s", "silent"),
    [
        ("kiosk", "ready", False, 9 * 60, False),
        ("kiosk", "ready", False, 11 * 60, True),
        ("kiosk", "sleeping", False, 9 * 60, False),
        ("kiosk", "sleeping", False, NIGHT_S, True),
        ("kiosk", "disconnected", False, 9 * DAY_S, False),
        ("kiosk", "disconnected", False, 15 * DAY_S, True),
        ("button", "ready", False, 14 * 60, False),
        ("button", "ready", False, QUIET_MORNING_S, True),
        ("button", "init", False, QUIET_MORNING_S, True),
        ("button", "ready", True, QUIET_MORNING_S, False),
        ("button", "sleeping", True, DAY_S + 3600, False),
        ("button", "sleeping", False, DAY_S + 3600, False),
        ("button", "sleeping", True, 3 * DAY_S, True),
        ("button", "sleeping", True, 200 * DAY_S, True),
        ("button", "disconnected", True, 200 * DAY_S, True),
        ("button", "alert", False, 14 * 60, False),
    ],
)
def test_how_long_each_kind_may_say_nothing(
    kind: str, state: str, on_battery: bool, silent_s: int, silent: bool
) -> None:
    assert is_silent(kind, state, on_battery=on_battery, since=5, now=5 + silent_s * 1000) is silent


def test_a_device_speaks_often_enough_for_its_rule() -> None:
    """A word may be missed, and the longest pause between two attempts to connect lies in between."""
    box, kiosk = Timing(), Pauses()
    assert box.health_s == BOX_HEALTH_S
    assert 2 * BOX_HEALTH_S + box.max_backoff_s + box.connect_s < max_silence_s("button", "ready", False)
    assert max_silence_s("button", "sleeping", True) > 2 * BATTERY_HEALTH_S + RETRY_S
    assert 2 * KIOSK_HEALTH_S + kiosk.longest < max_silence_s("kiosk", "ready", False)
