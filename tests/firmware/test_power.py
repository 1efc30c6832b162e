"""What a battery pays for: worked through by the hour, without a battery."""

from __future__ import annotations

from firmware.power import AWAKE_MS, CONNECT_TIMEOUT_MS, MAX_WAIT_S, MIN_PRESSES, RETRY_S, Power
from survey_defs.box_config import is_open
from survey_defs.presence import BATTERY_HEALTH_S

START = 1_800_000_000


def rested() -> Power:
    """A box on a battery that has just been heard."""
    power = Power(on_battery=True)
    power.delivered(START)
    return power


def test_on_usb_it_is_always_there() -> None:
    power = Power(on_battery=False)
    assert power.wants_line(0, START, 0) and power.may_sleep(10**9, START, 0) == 0
    assert not power.has_tried_enough(10**9)


def test_a_press_waits_for_company_but_not_for_long() -> None:
    power = rested()
    power.pressed(1000, START + 10)
    assert power.may_sleep(1000 + AWAKE_MS - 1, START + 17, 1) == 0  # the next parent may be there already
    assert not power.wants_line(9000, START + 18, 1)
    assert power.may_sleep(9000, START + 18, 1) == (10 + MAX_WAIT_S - 18) * 1000
    assert Power(True, power.memory()).wants_line(5, START + 10 + MAX_WAIT_S, 1)  # after deep sleep too
    assert power.wants_line(9500, START + 20, MIN_PRESSES)
    assert power.may_sleep(20_000, START + 20, MIN_PRESSES) == 0  # not before it was tried


def test_once_a_day_it_says_that_it_is_there() -> None:
    power = rested()
    assert power.may_sleep(0, START + 60, 0) == (BATTERY_HEALTH_S - 60) * 1000
    assert power.wants_line(0, START + BATTERY_HEALTH_S, 0)
    power.delivered(START + BATTERY_HEALTH_S + 5)
    assert not power.wants_line(1, START + BATTERY_HEALTH_S + 6, 0)
    assert Power(on_battery=True).wants_line(0, START, 0)  # a new one introduces itself


def test_a_line_that_does_not_come_up_is_left_alone_for_a_while() -> None:
    power = rested()
    assert power.wants_line(0, START + 60, MIN_PRESSES)
    assert not power.has_tried_enough(CONNECT_TIMEOUT_MS) and power.has_tried_enough(CONNECT_TIMEOUT_MS + 1)
    power.gave_up(START + 120)
    assert not power.wants_line(70_000, START + 121, MIN_PRESSES)
    assert power.may_sleep(70_000, START + 121, MIN_PRESSES) == (RETRY_S - 1) * 1000
    assert power.wants_line(80_000, START + 120 + RETRY_S, MIN_PRESSES)


def test_outside_opening_hours_only_the_daily_word_counts() -> None:
    power = rested()
    power.pressed(0, START)
    assert not power.wants_line(20_000, START + 2 * MAX_WAIT_S, MIN_PRESSES, False)
    assert power.wants_line(20_000, START + 2 * MAX_WAIT_S, MIN_PRESSES, True)


def test_a_calendar_that_jumps_makes_things_due_and_never_puts_them_off() -> None:
    for jump in (-(10**9), 10**9):
        assert rested().wants_line(0, START + jump, 0)


def test_the_schools_hours() -> None:
    assert [is_open("05:30-19:30", minute) for minute in (329, 330, 1169, 1170)] == [False, True, True, False]
    assert is_open("", 0) and is_open("05:30-19:30", None)
