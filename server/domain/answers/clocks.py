"""When did it happen? Worked out without trusting a device's clock.

Every batch says which boot sent it and how long that boot had been running. The server's time of
arrival less that is the boot's *origin*: the server's time at its zero. The true origin is never later
(a message can be late, not early), so the earliest that any batch implied is kept, as the boot's
*anchor*. An event's time is its boot's origin plus its own running time, never after its arrival.

An improvement of less than `WORTH_MS`, or one that the drift of a device's oscillator explains, leaves
the anchor as it is: times that staff have seen move only for a reason.

Qualities:
- `synced`: anchored, and the device's own clock, which was synced when it sent the event, said the same
  to within `AGREE_MS`: two clocks that know nothing of each other.
- `anchored`: the boot itself has reached the server.
- `bounded`: the boot never has; the event lies between its neighbours in the journal. The middle is
  stored, and as its uncertainty what is from there to the farther end of where these may lie themselves.
- `unknown`: none of these; stored is the latest it can have been.

What a device's clock says decides nothing but `synced`: a clock that is ten years off moves no event.
"""

from typing import NamedTuple

WORTH_MS = 1_000
AGREE_MS = 2_000
DELAY_MS = 5_000
"""How late a batch usually is at the most: the network, the broker and the wait for its turn."""
CERTAIN = ("synced", "anchored")
"""The qualities of a time that is known, and not only estimated between others."""
DRIFT_PER = 10_000
"""An oscillator is off by no more than one in so many (100 ppm)."""


class Anchor(NamedTuple):
    """A boot's zero on the server's clock, and when the batch arrived that said so. Milliseconds.

    `doubt`: the one in which the server's clock was then; None: it was believed.
    """

    origin: int
    seen_at: int
    doubt: int | None = None


class When(NamedTuple):
    """An event's time, how it is known and how far it may be off (None: nobody can say)."""

    occurred_at: int
    quality: str
    uncertainty_ms: int | None


class Neighbour(NamedTuple):
    """Another event of the journal, whose time is known: its number, its time, how far that may be off."""

    seq: int
    occurred_at: int
    uncertainty_ms: int


def anchor(received_at: int, up_ms: int, doubt: int | None = None) -> Anchor | None:
    """What one batch implies of its boot; None where the boot would have begun before 1970."""
    origin = received_at - up_ms
    return Anchor(origin, received_at, doubt) if origin >= 0 else None


def better(old: Anchor | None, new: Anchor) -> bool:
    """Whether `new` is to replace `old`: always, where `old` was made in doubt and `new` was not.

    The other way round never: no doubtful word stands against one that is believed.
    """
    if old is None:
        return True
    if old.doubt != new.doubt:
        return new.doubt is None or old.doubt is not None
    gain = old.origin - new.origin
    if gain < WORTH_MS:
        return False
    apart = abs((new.seen_at - new.origin) - (old.seen_at - old.origin))
    return gain > apart // DRIFT_PER


def anchored(at: Anchor, up_ms: int, wall_ms: int | None, synced: bool, received_at: int | None) -> When:
    """The time of an event of an anchored boot; `received_at` None: nobody knows when it came in.

    `up_ms` is the boot's running time at the event, `wall_ms` what the device's clock said then, or
    None; `synced` whether the batch that brought it said that the clock was synced.
    """
    occurred_at = at.origin + up_ms
    if received_at is not None:
        occurred_at = min(occurred_at, received_at)
    if synced and wall_ms is not None and abs(wall_ms - occurred_at) <= AGREE_MS:
        return When(occurred_at, "synced", AGREE_MS)
    apart = abs((at.seen_at - at.origin) - up_ms)
    return When(occurred_at, "anchored", DELAY_MS + apart // DRIFT_PER)


def between(earlier: Neighbour | None, later: Neighbour | None, came_by: int) -> When:
    """The time of an event of a boot that never reached the server, which had come at that moment.

    `earlier` and `later` are its nearest neighbours in the journal whose boots did, or None where there is
    none. By what their own times may be off, the event may lie outside of them.
    """
    latest = came_by if later is None else min(later.occurred_at, came_by)
    if earlier is None:
        return When(latest, "unknown", None)
    middle = min((earlier.occurred_at + latest) // 2, came_by)
    lowest = earlier.occurred_at - earlier.uncertainty_ms
    highest = came_by if later is None else min(later.occurred_at + later.uncertainty_ms, came_by)
    ends = (lowest, highest, earlier.occurred_at, latest)  # neighbours whose times contradict each other
    return When(middle, "bounded", max(middle - min(ends), max(ends) - middle))
