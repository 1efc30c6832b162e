"""When the server's clock is believed: readings as tables, without a store."""

from __future__ import annotations

import time
from importlib.metadata import version

import pytest

from server.domain.localtime import local, local_day
from server.domain.server_clock import (
    NOT_BEFORE,
    RELEASE,
    VOUCHED_MS,
    Standing,
    confirm,
    judge,
    set_late,
    shift,
)
from tests.support.clock import DAY_MS, HOUR_MS, MINUTE_MS, Machine

NOW = NOT_BEFORE + 300 * DAY_MS


def right(machine: Machine) -> Standing:
    standing = judge(None, 0, machine.read())
    assert standing.doubt == ""
    return standing


def test_no_clock_is_right_before_the_year_of_this_version() -> None:
    """A new version sets its own year; never one that has yet to come, with which every clock were wrong."""
    assert version("hailong") == RELEASE, "RELEASE and NOT_BEFORE go with the version of pyproject.toml"
    begins = local(NOT_BEFORE)
    assert (begins.month, begins.day, begins.hour, begins.minute) == (1, 1, 0, 0)
    assert begins.date() <= local_day(time.time_ns() // 1_000_000)


def jumped(off: float, *, synced: bool = False) -> Standing:
    machine = Machine(NOW)
    before = right(machine)
    machine.go(HOUR_MS)
    machine.off, machine.synced = round(off * DAY_MS), synced
    return judge(before, 0, machine.read())


@pytest.mark.parametrize(
    ("days", "synced", "doubt", "held"),
    [
        (0, False, "", False),
        (-3, False, "jumped", False),
        (1100, False, "jumped", False),
        (-1 / 24, False, "jumped", False),
        (1 / 24, False, "jumped", False),
        (1 / 1440, False, "", False),  # a minute: somebody's watch
        (-1 / 24, True, "", False),  # NTP has set it
        (1100, True, "", True),  # NTP says so: for times it is enough, for deleting it is not
    ],
)
def test_while_it_runs(days: float, synced: bool, doubt: str, held: bool) -> None:
    found = jumped(days, synced=synced)
    assert (found.doubt, found.held) == (doubt, held)
    if doubt:
        assert found.at == NOW + HOUR_MS  # the time that the running time says


@pytest.mark.parametrize(
    ("away_days", "off_days", "synced", "doubt"),
    [
        (2, 0, False, ""),
        (9, 0, False, ""),  # Tết
        (70, 0, False, "ahead"),  # a summer, or a clock that is wrong
        (70, 0, True, ""),
        (0.1, -3, False, "behind"),
        (0.1, -730, False, "behind"),
        (0.1, 1100, False, "ahead"),
        (3, -200, True, ""),  # what is stored lies in the future: NTP knows better
    ],
)
def test_at_a_start_of_the_machine(away_days: float, off_days: float, synced: bool, doubt: str) -> None:
    machine = Machine(NOW)
    before = right(machine)
    machine.reboot(round(away_days * DAY_MS))
    machine.off, machine.synced = round(off_days * DAY_MS), synced
    found = judge(before, 0, machine.read())
    assert found.doubt == doubt
    if doubt:
        assert before.at <= found.at <= machine.true  # never later than the truth


def test_the_first_start_ever() -> None:
    assert judge(None, 0, Machine(1_000_000).read()).doubt == "behind"
    assert judge(None, NOW + DAY_MS, Machine(NOW).read()).doubt == "behind"  # the store knows better
    assert judge(None, NOW - 200 * DAY_MS, Machine(NOW).read()).doubt == ""


def test_a_restart_of_the_program_alone_is_seen_through() -> None:
    machine = Machine(NOW)
    before = right(machine)
    machine.go(40 * DAY_MS)  # the program was away, the machine was not
    assert judge(before, 0, machine.read()).doubt == ""
    machine.off = -3 * DAY_MS
    assert judge(before, 0, machine.read()) == before._replace(
        up=machine.up, at=machine.true, doubt="jumped", since=machine.true
    )


def test_a_doubt_ends_by_itself_by_ntp_or_by_a_word() -> None:
    machine = Machine(NOW)
    before = right(machine)
    machine.off = 1100 * DAY_MS
    doubt = judge(before, 0, machine.read())
    machine.go(10_000)
    assert judge(doubt, 0, machine.read()).doubt == "jumped"
    said = confirm(doubt, machine.read())
    assert (said.doubt, said.at, said.held) == ("", machine.true + machine.off, False)
    assert shift(doubt, said) == machine.off
    machine.off = 0
    back = judge(doubt, 0, machine.read())
    assert (back.doubt, back.at) == ("", machine.true)
    assert shift(doubt, back) == 0


def test_a_clock_that_somebody_sets_by_hand_is_plausible_again() -> None:
    machine = Machine(NOW)
    before = right(machine)
    machine.reboot(2 * DAY_MS)
    machine.off = -730 * DAY_MS
    doubt = judge(before, 0, machine.read())
    machine.go(HOUR_MS)
    machine.off = 0
    back = judge(doubt, 0, machine.read())
    assert (back.doubt, back.at) == ("", machine.true)
    assert shift(doubt, back) == 2 * DAY_MS
    machine.reboot()
    assert shift(doubt, judge(back, 0, machine.read())) is None  # nobody can say any more


def test_a_word_ends_a_future_that_never_was() -> None:
    """The clock was far ahead unseen, and what is stored lies in the future: coming back is not `behind`."""
    machine = Machine(NOW)
    machine.off = 300 * DAY_MS
    before = right(machine)
    machine.reboot(HOUR_MS)
    machine.off = 0
    doubt = judge(before, 0, machine.read())
    assert doubt.doubt == "behind"
    said = confirm(doubt, machine.read())
    machine.reboot(HOUR_MS)
    assert judge(said, 0, machine.read()).doubt == ""


def test_deleting_waits_for_a_day_and_after_a_jump_for_a_word() -> None:
    machine = Machine(NOW)
    standing = right(machine)
    assert not standing.may_erase(machine.true)
    machine.go(VOUCHED_MS)
    standing = judge(standing, 0, machine.read())
    assert standing.may_erase(machine.true)
    machine.off = 1100 * DAY_MS
    assert not judge(standing, 0, machine.read()).may_erase(machine.true + machine.off)
    machine.synced = True
    held = judge(standing, 0, machine.read())
    machine.go(2 * VOUCHED_MS)
    held = judge(held, 0, machine.read())
    assert held.held
    assert not held.may_erase(held.at)
    said = confirm(held, machine.read())
    assert said.may_erase(said.at)


def test_a_jump_begins_the_day_anew() -> None:
    machine = Machine(NOW)
    standing = right(machine)
    machine.go(2 * VOUCHED_MS)
    standing = judge(standing, 0, machine.read())
    machine.off = -5 * HOUR_MS
    standing = judge(standing, 0, machine.read())
    machine.off = 0
    standing = judge(standing, 0, machine.read())
    assert standing.doubt == ""
    assert not standing.may_erase(standing.at)


def test_ntp_that_comes_late_shows_how_far_the_start_was_off() -> None:
    """A machine without a battery starts where it ended: half a day later its first minutes are put right."""
    machine = Machine(NOW)
    before = right(machine)
    machine.reboot(12 * HOUR_MS)
    machine.off = -12 * HOUR_MS
    standing = judge(before, 0, machine.read())
    assert standing.doubt == ""  # nothing speaks against it yet
    machine.go(5 * MINUTE_MS)
    machine.off, machine.synced = 0, True
    after = judge(standing, 0, machine.read())
    assert (after.doubt, after.at) == ("", machine.true)
    assert set_late(standing, after, machine.read()) == 12 * HOUR_MS
    assert after.unset_since == machine.true
