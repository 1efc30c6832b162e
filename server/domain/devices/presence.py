"""Is a device there? What its presence messages mean, one after the other.

A device has a *session* for each time that it connects. Its last will says `lost` in the name of the
session that set it, and a broker can deliver that late, after the device is back: a `lost` of an older
session is therefore ignored.
"""

from typing import NamedTuple

from survey_defs.presence import max_silence_s
from survey_defs.wire import STATES

__all__ = ["ENDINGS", "STATES", "Presence", "hear", "is_silent"]

ENDINGS = ("disconnected", "lost")
"""With these a session ends; they speak for no session but their own."""


class Presence(NamedTuple):
    """What is known of a device. `session` is '' while only batches were heard of it."""

    state: str
    session: str
    changed_at: int
    heard_at: int | None
    """The last word of any kind; None while only a retained message is known, which may be old."""


def hear(known: Presence | None, state: str, session: str, at: int, *, retained: bool) -> Presence:
    """What is known after one presence message.

    `retained` marks what the broker had kept: it tells the state, and nothing of when it was said.
    """
    # "lost" is the broker's word for a device that says nothing any more, not the device's own.
    spoke = not retained and state != "lost"
    heard_at = at if spoke else known.heard_at if known else None
    if known is None:
        return Presence(state, session, at, heard_at)
    if state in ENDINGS and known.session not in ("", session):
        return known
    changed_at = known.changed_at if (state, session) == (known.state, known.session) else at
    return Presence(state, session, changed_at, heard_at)


def is_silent(kind: str, state: str, *, on_battery: bool, since: int, now: int) -> bool:
    """Whether a device has said nothing for longer than its kind may; `since` and `now` in milliseconds."""
    return now - since > max_silence_s(kind, state, on_battery) * 1000
