"""Is the server's clock to be believed? Judged from what it says, how long the machine runs, and NTP's word.

What is known is a `Standing`: the time at a moment of this boot. From then on the running time of the
machine, which nobody can set, says what the time is to be (`expected`). A clock that says otherwise is in
*doubt*:

- `jumped`: it moved by more than `step` allows while the machine ran;
- `behind`: at a start it shows a time that is over (what was stored is newer, or this program is);
- `ahead`: at a start it shows a time more than `AWAY_MS` after the last one that was known.

While there is a doubt the server's time goes on by the running time alone: from the time that was known
before a jump, else from the latest time that is certainly over. A doubt ends when the clock agrees again,
when NTP says that the clock is set, or when a person says so. How far the server's own time was off in
between is then known to the millisecond, as long as the machine was not started anew (`shift`).

Nothing is deleted for good on a clock that was not plausible for `VOUCHED_MS`, nor after a jump of more than
`HELD_MS` without a person's word (`may_erase`).

All times are milliseconds since 1970, `up` milliseconds since the machine's start.
"""

from typing import Literal, NamedTuple

RELEASE = "0.1.0"
NOT_BEFORE = 1_767_200_400_000
"""1 January 2026 in Vietnam, the year of `RELEASE`: no clock that shows an earlier day is right.

Written down and not worked out: the moment of a build differs between two builds of the same sources, and a
file's is what the machine that unpacked it believed. A test sees to it that a new version brings a new year.
"""
AWAY_MS = 14 * 24 * 3_600_000
"""A server may be away for so long without an explanation: Tết is nine days at the most."""
HELD_MS = 24 * 3_600_000
VOUCHED_MS = 24 * 3_600_000
_STEP_MS = 120_000
_DRIFT_PER = 5_000
"""A clock that nobody sets and the running time differ by no more than one in so many (200 ppm)."""
_BACK_MS = 120_000
"""At a start a clock may be so much behind what was stored: the last moments may be another machine's."""

Doubt = Literal["", "jumped", "behind", "ahead"]


class Reading(NamedTuple):
    """What the machine says. `boot` names this start of it; `synced`: NTP says that the clock is set."""

    wall: int
    up: int
    boot: str
    synced: bool


class Standing(NamedTuple):
    """What is known of the time: it was `at` when this `boot` had run for `up`.

    `known`: it is a time that was believed, and not only one that is certainly over. `since`: the clock has
    been plausible since then. `held`: it jumped by more than a day, and no person has said that it is right.
    `unset_since`: since then this boot's time rests on the machine's own clock, without NTP's word.
    """

    boot: str
    up: int
    at: int
    doubt: Doubt
    known: bool
    since: int
    held: bool
    unset_since: int

    def expected(self, seen: Reading) -> int:
        """The time at that reading, by the running time alone."""
        return self.at + seen.up - self.up

    def may_erase(self, now: int) -> bool:
        """Whether what is over may be deleted for good."""
        return not self.doubt and not self.held and now - self.since >= VOUCHED_MS


def step(up_ms: int) -> int:
    """How far clock and running time may be apart after so long."""
    return _STEP_MS + max(0, up_ms) // _DRIFT_PER


def agrees(before: Standing, seen: Reading) -> bool:
    """Whether the clock says what the running time says."""
    return abs(seen.wall - before.expected(seen)) <= step(seen.up - before.up)


def judge(before: Standing | None, newest: int, seen: Reading) -> Standing:
    """What is known now. `before`: what was known last, None for a new store; `newest`: the newest moment
    that the store holds, 0 for none.
    """
    if before is None or before.boot != seen.boot or seen.up < before.up:
        return _at_start(before, newest, seen)
    expected = before.expected(seen)
    if agrees(before, seen) and before.known:
        return _right(before, seen, new=bool(before.doubt))
    if seen.synced:
        jumped = before.known and abs(seen.wall - expected) > HELD_MS
        return _right(before, seen, new=True, held=before.held or jumped)
    doubt: Doubt = "jumped" if before.known else _doubt_of(expected, expected, seen)
    if doubt:
        return before._replace(up=seen.up, at=expected, doubt=doubt, since=expected)
    return _right(before, seen, new=True)


def confirm(before: Standing, seen: Reading) -> Standing:
    """What is known once a person has said that the clock is right as it stands."""
    return _right(before, seen, new=bool(before.doubt), held=False)


def shift(began: Standing, now: Standing) -> int | None:
    """How far the server's own time was behind the true one in a doubt that began so and is over now.

    None where the machine was started anew meanwhile: nobody can say.
    """
    return now.at - (began.at + now.up - began.up) if began.boot == now.boot else None


def set_late(before: Standing | None, now: Standing, seen: Reading) -> int | None:
    """How far the believed time of this boot was off, where NTP has just set it; None: it was not.

    A machine without a battery for its clock starts where it ended, and runs so until NTP is there.
    """
    if before is None or before.boot != seen.boot or before.doubt or not before.known or now.doubt:
        return None
    return None if agrees(before, seen) or not seen.synced else seen.wall - before.expected(seen)


def _at_start(before: Standing | None, newest: int, seen: Reading) -> Standing:
    last = before.at if before is not None else 0
    held = before is not None and before.held
    floor = NOT_BEFORE if seen.synced else max(last, newest, NOT_BEFORE)
    if doubt := _doubt_of(floor, last or seen.wall, seen):
        return Standing(seen.boot, seen.up, floor, doubt, False, floor, held, floor)
    # Where the machine was away for longer, nobody watched its clock: a day of it begins anew.
    goes_on = before is not None and not before.doubt and 0 <= seen.wall - last <= HELD_MS
    since = before.since if before is not None and goes_on else seen.wall
    return Standing(seen.boot, seen.up, seen.wall, "", True, since, held, seen.wall)


def _doubt_of(floor: int, last: int, seen: Reading) -> Doubt:
    if seen.wall < floor - _BACK_MS:
        return "behind"
    return "ahead" if seen.wall - last > AWAY_MS and not seen.synced else ""


def _right(before: Standing, seen: Reading, *, new: bool, held: bool | None = None) -> Standing:
    since, unset = (seen.wall, seen.wall) if new else (before.since, before.unset_since)
    return Standing(
        seen.boot,
        seen.up,
        seen.wall,
        "",
        True,
        since,
        before.held if held is None else held,
        seen.wall if seen.synced else unset,
    )
