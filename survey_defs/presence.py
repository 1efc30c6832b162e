"""How often a device says that it is there, and how long a silence means that it is lost.

One rule for each kind of device: a device speaks by it and the server judges by it. Written in the subset of
Python that MicroPython runs.
"""

KIOSK_WORD_S = 60
"""A kiosk says how it is so often, asleep or awake: its line stands day and night."""
BOX_WORD_S = 300
"""Likewise a button box that is fed from the mains."""
BATTERY_WORD_S = 86_400
"""A box on a battery connects at least so often, though nobody presses."""

KIOSK_MAX_SILENCE_S = 10 * KIOSK_WORD_S
BOX_MAX_SILENCE_S = 3 * BOX_WORD_S
"""Room for a broker that is restarted and for the longest pause between two attempts to connect."""
BATTERY_MAX_SILENCE_S = 2 * BATTERY_WORD_S + 7_200
"""One daily word may be missed, and the hourly attempts after the second are waited for."""
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
