"""How often a device sends its health, and how long a silence means that it is lost.

One rule for each kind of device: a device speaks by it and the server judges by it. Written in the subset of
Python that MicroPython runs.
"""

KIOSK_HEALTH_S = 60
"""Between two health messages of a kiosk, asleep or awake: it is connected day and night."""
BOX_HEALTH_S = 300
"""Likewise of a button box on a plug."""
BATTERY_HEALTH_S = 86_400
"""Longest time between two connections of a box on a battery, though nobody presses."""

KIOSK_MAX_SILENCE_S = 10 * KIOSK_HEALTH_S
BOX_MAX_SILENCE_S = 3 * BOX_HEALTH_S
"""Room for a broker that is restarted and for the longest pause between two attempts to connect."""
BATTERY_MAX_SILENCE_S = 2 * BATTERY_HEALTH_S + 7_200
"""One daily message may be missed, and the hourly attempts after the second are waited for."""
OFF_MAX_S = 14 * 86_400
"""Who said good-bye is off, not lost, for longer than the holidays of Tết; then somebody should look."""


def max_silence_s(kind: str, state: str, on_battery: bool) -> int:
    """How long a device of this `kind` may say nothing after its last word, in seconds.

    `state` is what it said last, one of `wire.STATES`; `on_battery`, whether it said that it runs on one.
    """
    if state == "disconnected":
        return OFF_MAX_S
    if kind == "button":
        # Only a box on a battery ever sleeps.
        return BATTERY_MAX_SILENCE_S if on_battery or state == "sleeping" else BOX_MAX_SILENCE_S
    return KIOSK_MAX_SILENCE_S
