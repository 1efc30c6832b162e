"""Is a device there?"""

import pytest

from server.domain.presence import Presence, hear, is_present

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


@pytest.mark.parametrize(
    ("known", "present"),
    [
        (None, False),
        (Presence("ready", "s", 0, None), False),
        (Presence("ready", "s", 0, 900), True),
        (Presence("sleeping", "s", 0, 900), True),
        (Presence("ready", "s", 0, 899), False),
        (Presence("lost", "s", 0, 1000), False),
    ],
)
def test_who_is_there(known: Presence | None, present: bool) -> None:
    assert is_present(known, 1000, 100) is present
